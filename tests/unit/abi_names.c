/* Checks the names of abi/: errors, signals, flags as strace has them, look-ups. */
#include <stdio.h>
#include <string.h>

#include "abi/linux/fcntl.h"
#include "abi/linux/futex.h"
#include "abi/linux/mman.h"
#include "abi/names.h"
#include "abi/syscalls.h"

static int failures;

static void expect(const char *what, const char *got, const char *wanted)
{
	if (got && wanted ? strcmp(got, wanted) == 0 : got == wanted)
		return;
	printf("%s: got %s, wanted %s\n", what, got ? got : "NULL",
	       wanted ? wanted : "NULL");
	failures++;
}

static void expect_number(const char *what, long got, long wanted)
{
	if (got == wanted)
		return;
	printf("%s: got %ld, wanted %ld\n", what, got, wanted);
	failures++;
}

static void expect_flags(enum flag_set set, u64 value, const char *wanted)
{
	char buf[256];
	int len = flags_format(set, value, buf, sizeof(buf));

	expect(flag_set_name(set), buf, wanted);
	expect_number("its length", len, (long)strlen(wanted));
}

static void check_errors(void)
{
	expect("errno 2", errno_name(2), "ENOENT");
	expect("errno 133", errno_name(133), "EHWPOISON");
	expect("errno 512", errno_name(512), "ERESTARTSYS");
	expect("errno 0", errno_name(0), NULL);
	expect("errno -1", errno_name(-1), NULL);
	expect("errno 41", errno_name(41), NULL);
	expect("errno 134", errno_name(134), NULL);
	expect("text of 14", errno_text(14), "Bad address");
}

static void check_signals(void)
{
	char buf[32];

	expect("signal 9", signal_name(9), "SIGKILL");
	expect("signal 0", signal_name(0), NULL);
	expect("signal 32", signal_name(32), NULL);
	expect_number("SIGCHLD", signal_default_action(17), SIGNAL_IGN);
	expect_number("SIGSEGV", signal_default_action(11), SIGNAL_CORE);
	expect_number("SIGRT_5", signal_default_action(37), SIGNAL_TERM);
	signal_format(34, buf, sizeof(buf));
	expect("signal 34", buf, "SIGRT_2");
	signal_format(65, buf, sizeof(buf));
	expect("signal 65", buf, "65");
}

static void check_flags(void)
{
	expect_flags(SET_open, 0, "O_RDONLY");
	expect_flags(SET_open, LINUX_O_CLOEXEC, "O_RDONLY|O_CLOEXEC");
	expect_flags(SET_open, 02101102,
		     "O_RDWR|O_CREAT|O_TRUNC|O_LARGEFILE|O_CLOEXEC");
	expect_flags(SET_open, LINUX_O_TMPFILE | 1, "O_WRONLY|O_TMPFILE");
	expect_flags(SET_open, LINUX_O_SYNC, "O_RDONLY|O_SYNC");
	expect_flags(SET_open, LINUX_O_DSYNC, "O_RDONLY|O_DSYNC");
	expect_flags(SET_open, 0x80000000, "O_RDONLY|0x80000000");
	expect_flags(SET_prot, 0, "PROT_NONE");
	expect_flags(SET_prot, 3, "PROT_READ|PROT_WRITE");
	expect_flags(SET_prot, 0x100, "0x100 /* PROT_??? */");
	expect_flags(SET_map, 0x22, "MAP_PRIVATE|MAP_ANONYMOUS");
	expect_flags(SET_map, 0x20, "MAP_ANONYMOUS");
	expect_flags(SET_map, 0x2f, "MAP_ANONYMOUS|0xf");
	expect_flags(SET_futex, 0x189,
		     "FUTEX_WAIT_BITSET_PRIVATE|FUTEX_CLOCK_REALTIME");
	expect_flags(SET_at, 0, "0");
	expect_flags(SET_at_statx, 0x100, "AT_STATX_SYNC_AS_STAT|AT_SYMLINK_NOFOLLOW");
	expect_flags(SET_statx, 0xfff, "STATX_ALL");
	expect_flags(SET_access, 0, "F_OK");
	expect_flags(SET_access, 6, "R_OK|W_OK");
	expect_flags(SET_seek, 2, "SEEK_END");
	expect_flags(SET_seek, 9, "0x9 /* SEEK_??? */");
	expect_flags(SET_rusage, 0xffffffff, "RUSAGE_CHILDREN");
	expect_flags(SET_rusage, ~0UL, "RUSAGE_CHILDREN");
	expect_flags(SET_sock_type, 02000001, "SOCK_STREAM|SOCK_CLOEXEC");
	expect_flags(SET_clone, 0x100000100, "CLONE_VM|CLONE_CLEAR_SIGHAND");
	expect("enum_name", enum_name(SET_fcntl, 1030), "F_DUPFD_CLOEXEC");
	expect("enum_name", enum_name(SET_fcntl, 77), NULL);
}

/* A short buffer is cut, terminated, and the whole length is told. */
static void check_cut(void)
{
	char buf[8] = "xxxxxxx";
	int len = flags_format(SET_prot, 7, buf, 5);

	expect("cut", buf, "PROT");
	expect_number("length of what was cut", len, 30);
	expect("past the end", buf + 5, "xx");
	expect_number("size 0", flags_format(SET_prot, 7, NULL, 0), 30);
}

static void check_table(void)
{
	const struct syscall_desc *desc = syscall_desc_find(LINUX_SYS_openat);

	expect("257", desc->name, "openat");
	expect_number("nargs", desc->nargs, 4);
	expect("kind 0", arg_kind_name(desc->args[0].kind), "dirfd");
	expect("kind 2", arg_kind_name(desc->args[2].kind), "flags");
	expect_number("its set", desc->args[2].param, SET_open);
	expect("kind 3", arg_kind_name(desc->args[3].kind), "open_mode");
	expect_number("its argument", desc->args[3].param, 2);
	expect_number("path", arg_kind_memory(ARG_path), ARG_IN);
	expect_number("buf_out", arg_kind_parameter(ARG_buf_out), ARG_ARG);
	expect_number("mmap", syscall_result_kind(LINUX_SYS_mmap), ARG_ptr);
	expect_number("read", syscall_result_kind(LINUX_SYS_read), ARG_long);
	expect_number("by name", syscall_number_find("statx"), LINUX_SYS_statx);
	expect_number("no such name", syscall_number_find("frob"), -1);
	expect_number("gap", syscall_desc_find(400) == NULL, 1);
	expect_number("limit", syscall_desc_find(LINUX_SYS_LIMIT) == NULL, 1);
	expect_number("largest", syscall_desc_find(~0UL) == NULL, 1);
}

/* Every row that can be met by its value is met by flags_format. */
static void check_every_flag(void)
{
	const char *name;
	char buf[256];
	u64 value;

	for (int set = 0; set < SET_COUNT; set++) {
		for (size_t i = 0; (name = flag_name_at(set, i, &value)); i++) {
			flags_format(set, value, buf, sizeof(buf));
			if (strstr(buf, "???") || strstr(buf, "0x"))
				expect(name, buf, name);
		}
	}
}

int main(void)
{
	check_errors();
	check_signals();
	check_flags();
	check_cut();
	check_table();
	check_every_flag();
	return failures ? 1 : 0;
}
