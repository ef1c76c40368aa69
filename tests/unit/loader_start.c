/* The loader on platform/fake: stacks, auxv, strings, scripts, APE, failures, /proc. */

/* Built from FAKE_SOURCES and LOADER_SOURCES of platform/fake/fake.mk. */
#define _GNU_SOURCE
#include "abi/linux/auxv.h"
#include "abi/linux/fcntl.h"
#include "abi/linux/mman.h"
#include "abi/linux/stat.h"
#include "kernel/mm/heap.h"
#include "kernel/mm/mm.h"
#include "kernel/task/loader.h"
#include "kernel/vfs/vfs.h"
#include "platform/fake/fake.h"
#include "tests/guest/test.h"
#include "tests/unit/loader_images.h"

#define PROGRAM "/bin/program"
#define GUEST 0x10000000ull /* scratch memory of the "caller" */
#define GUEST_SIZE 0x800000ull

static struct exec_start start;
static struct exec_error why;

static u64 word(uaddr_t addr)
{
	u64 w = 0;

	if (fake_guest_read(addr, &w, sizeof(w)) != sizeof(w))
		test_fail("nothing can be read at %#lx", addr);
	return w;
}

static const char *text_at(uaddr_t addr)
{
	static char text[8][256];
	static int turn;

	turn = (turn + 1) % 8;
	memset(text[turn], 0, sizeof(text[turn]));
	fake_guest_read(addr, text[turn], sizeof(text[turn]) - 1);
	return text[turn];
}

static void check_text(uaddr_t addr, const char *want)
{
	if (strcmp(text_at(addr), want) != 0)
		test_fail("at %#lx is '%s', not '%s'", addr, text_at(addr), want);
}

static void add_file(const char *path, struct blob b, u32 mode)
{
	fake_file_add(path, LINUX_S_IFREG | mode, b.bytes, b.len);
	free(b.bytes);
}

static int commit(struct exec_image *image)
{
	int r;

	mm_reset(current()->process->mm, false);
	r = exec_commit(image, &start, &why);
	exec_image_fini(image);
	return r;
}

/* argv and env: "a\0b\0c". */
static int start_kernel(const char *name, u32 argc, const char *argv, u32 envc,
			const char *env)
{
	struct exec_image image;
	int r = exec_prepare_kernel(name, argc, argv, envc, env, &image, &why);

	return r < 0 ? r : commit(&image);
}

static uaddr_t auxv_start(void)
{
	uaddr_t p = start.sp + 8;

	for (int nulls = 0; nulls < 2; p += 8)
		nulls += word(p) == 0;
	return p;
}

static u64 auxv(u64 type)
{
	for (uaddr_t p = auxv_start(); word(p) != LINUX_AT_NULL; p += 16)
		if (word(p) == type)
			return word(p + 8);
	return ~0ull;
}

/* --- the layout, word for word --- */

static void check_layout(void)
{
	static const u64 order[] = {
		LINUX_AT_SYSINFO_EHDR, LINUX_AT_MINSIGSTKSZ, LINUX_AT_HWCAP,
		LINUX_AT_PAGESZ,       LINUX_AT_CLKTCK,	     LINUX_AT_PHDR,
		LINUX_AT_PHENT,	       LINUX_AT_PHNUM,	     LINUX_AT_BASE,
		LINUX_AT_FLAGS,	       LINUX_AT_ENTRY,	     LINUX_AT_UID,
		LINUX_AT_EUID,	       LINUX_AT_GID,	     LINUX_AT_EGID,
		LINUX_AT_SECURE,       LINUX_AT_RANDOM,	     LINUX_AT_HWCAP2,
		LINUX_AT_EXECFN,       LINUX_AT_PLATFORM,    LINUX_AT_NULL,
	};
	struct process *p = current()->process;
	struct exec_image image;
	uaddr_t top = 0x7ffffffff000, at;

	add_file(PROGRAM, image_elf(LINUX_ET_EXEC, 0x400000, NULL), 0755);
	p->cred.uid = 1000;
	p->cred.euid = p->cred.gid = p->cred.egid = 1001;
	REQUIRE(exec_prepare_kernel(PROGRAM, 3, "arg0\0\0arg2", 2, "A=1\0B=2", &image,
				    &why) == 0);
	mm_reset(p->mm, false);
	fake_set_auxv(LINUX_AT_SYSINFO_EHDR, 0x7ffff7fc8000);
	fake_set_auxv(LINUX_AT_MINSIGSTKSZ, 3376);
	REQUIRE(exec_commit(&image, &start, &why) == 0);
	exec_image_fini(&image);
	fake_set_auxv(LINUX_AT_SYSINFO_EHDR, 0);

	CHECK_EQ(start.ip, 0x400000 + IMAGE_CODE);
	CHECK_EQ(start.sp % 16, 0);
	CHECK_EQ(word(top - 8), 0);
	check_text(top - 8 - sizeof(PROGRAM), PROGRAM);
	CHECK_EQ(word(start.sp), 3);
	check_text(word(start.sp + 8), "arg0");
	check_text(word(start.sp + 16), "");
	check_text(word(start.sp + 24), "arg2");
	CHECK_EQ(word(start.sp + 32), 0);
	check_text(word(start.sp + 40), "A=1");
	check_text(word(start.sp + 48), "B=2");
	CHECK_EQ(word(start.sp + 56), 0);
	/* The strings are one block below the file name. */
	CHECK_EQ(word(start.sp + 8), top - 8 - sizeof(PROGRAM) - 11 - 8);
	CHECK_EQ(word(start.sp + 16), word(start.sp + 8) + 5);
	CHECK_EQ(word(start.sp + 48) + 4, auxv(LINUX_AT_EXECFN));
	at = auxv_start();
	CHECK_EQ(at, start.sp + 64);
	for (size_t i = 0; i < ARRAY_SIZE(order); i++)
		CHECK_EQ(word(at + 16 * i), order[i]);
	CHECK_EQ(auxv(LINUX_AT_SYSINFO_EHDR), 0x7ffff7fc8000);
	CHECK_EQ(auxv(LINUX_AT_MINSIGSTKSZ), 3376);
	CHECK_EQ(auxv(LINUX_AT_HWCAP), host_auxv(LINUX_AT_HWCAP));
	CHECK_EQ(auxv(LINUX_AT_PAGESZ), 4096);
	CHECK_EQ(auxv(LINUX_AT_CLKTCK), 100);
	CHECK_EQ(auxv(LINUX_AT_PHDR), 0x400040);
	CHECK_EQ(auxv(LINUX_AT_PHENT), 56);
	CHECK_EQ(auxv(LINUX_AT_PHNUM), 3);
	CHECK_EQ(auxv(LINUX_AT_BASE), 0);
	CHECK_EQ(auxv(LINUX_AT_ENTRY), start.ip);
	CHECK_EQ(auxv(LINUX_AT_UID), 1000);
	CHECK_EQ(auxv(LINUX_AT_EUID), 1001);
	CHECK_EQ(auxv(LINUX_AT_SECURE), 1);
	check_text(auxv(LINUX_AT_PLATFORM), "x86_64");
	CHECK_EQ(auxv(LINUX_AT_RANDOM) + 16, auxv(LINUX_AT_PLATFORM));
	p->cred.uid = p->cred.euid = p->cred.gid = p->cred.egid = 0;
}

/* What the first check leaves for /proc. */
static void check_published(void)
{
	const struct process *p = current()->process;
	const struct mm *mm = p->mm;

	CHECK(strcmp(current()->comm, "program") == 0);
	REQUIRE(p->exe != NULL);
	CHECK(strcmp(p->exe->path.dentry->name, "program") == 0);
	CHECK_EQ(p->cmdline_len, 11);
	CHECK(memcmp(p->cmdline, "arg0\0\0arg2", 11) == 0);
	CHECK_EQ(p->environ_len, 8);
	CHECK(memcmp(p->environ, "A=1\0B=2", 8) == 0);
	CHECK_EQ(p->auxv_len, 21 * 16);
	for (size_t i = 0; i < p->auxv_len / 8; i++)
		CHECK_EQ(((const u64 *)p->auxv)[i], word(auxv_start() + 8 * i));
	CHECK_EQ(p->dumpable, 1);
	CHECK_EQ(mm->stack_start, start.sp);
	CHECK_EQ(mm->arg_start, word(start.sp + 8));
	CHECK_EQ(mm->arg_end, mm->arg_start + 11);
	CHECK_EQ(mm->env_start, mm->arg_end);
	CHECK_EQ(mm->env_end, mm->env_start + 8);
	CHECK_EQ(mm->code_start, 0x400000);
	CHECK_EQ(mm->code_end, 0x400280);
	CHECK_EQ(mm->data_start, 0x402000);
	CHECK_EQ(mm->data_end, 0x402234);
	CHECK_EQ(mm->brk_start, 0x406000);
	CHECK_EQ(mm->brk, 0x406000);
	/* The file's bytes, then zeros. */
	CHECK_EQ(word(0x402228) & 0xff, 0xda);
	CHECK_EQ(word(0x402230), 0xdadadada);
	CHECK_EQ(word(0x402238), 0);
	CHECK_EQ(word(0x4050f8), 0);
	fake_files_clear();
}

/* --- addresses at random --- */

static void check_aslr(void)
{
	struct process *p = current()->process;
	u64 first[4] = { 0 };

	for (int i = 0; i < 40; i++) {
		struct exec_image image;

		add_file("/lib/interp", image_elf(LINUX_ET_DYN, 0, NULL), 0755);
		add_file(PROGRAM,
			 image_elf(LINUX_ET_DYN, 0, i % 2 ? "/lib/interp" : NULL),
			 0755);
		REQUIRE(exec_prepare_kernel(PROGRAM, 1, "x", 0, "", &image, &why) == 0);
		mm_reset(p->mm, true);
		REQUIRE(exec_commit(&image, &start, &why) == 0);
		exec_image_fini(&image);
		u64 base = auxv(LINUX_AT_PHDR) - 64;

		CHECK_EQ(base % PAGE_SIZE, 0);
		CHECK_EQ(start.sp % 16, 0);
		CHECK_EQ(p->mm->brk_start % PAGE_SIZE, 0);
		if (i % 2) {
			CHECK(base >= 0x555555554000 && base < 0x565555554000);
			CHECK(p->mm->brk_start > base + 0x6000);
			CHECK(p->mm->brk_start <= base + 0x7000 + (1ull << 30));
			CHECK(auxv(LINUX_AT_BASE) > base);
		} else {
			CHECK(p->mm->brk_start >= 0x555555555000);
			CHECK(p->mm->brk_start < 0x555595556000);
			CHECK_EQ(auxv(LINUX_AT_BASE), 0);
		}
		if (i < 2) {
			first[i] = base;
			first[2 + i] = start.sp;
		} else if (i == 2) {
			CHECK(first[0] != base && first[2] != start.sp);
		}
		fake_files_clear();
	}
	mm_reset(p->mm, false);
}

/* --- strings from the guest --- */

static void map_guest(void)
{
	mm_reset(current()->process->mm, false);
	REQUIRE(mm_map(GUEST, GUEST_SIZE, LINUX_PROT_READ | LINUX_PROT_WRITE,
		       LINUX_MAP_PRIVATE | LINUX_MAP_ANONYMOUS | LINUX_MAP_FIXED, NULL,
		       0) > 0);
}

/* A vector of count pointers to s at GUEST + 0x1000 * slot; returns its address. */
static uaddr_t put_vector(u32 slot, uaddr_t s, u32 count)
{
	uaddr_t at = GUEST + 0x100000 * slot;
	u64 null = 0;

	for (u32 i = 0; i < count; i++)
		fake_poke(at + 8 * i, &s, 8);
	fake_poke(at + 8 * count, &null, 8);
	return at;
}

static int prepare_user(uaddr_t argv, uaddr_t env)
{
	struct exec_image image;
	int r = exec_prepare_user(LINUX_AT_FDCWD, PROGRAM, 0, argv, env, &image, &why);

	if (r == 0)
		exec_image_fini(&image);
	return r;
}

static void fill(uaddr_t at, size_t len)
{
	char *bytes = malloc(len + 1);

	memset(bytes, 'f', len);
	bytes[len] = '\0';
	CHECK_EQ(fake_poke(at, bytes, len + 1), len + 1);
	free(bytes);
}

static void check_limits(void)
{
	struct linux_rlimit64 *stack = &current()->process->rlimits[LINUX_RLIMIT_STACK];
	uaddr_t long_string = GUEST + 0x400000, none = put_vector(3, 0, 0), v;

	add_file(PROGRAM, image_elf(LINUX_ET_EXEC, 0x400000, NULL), 0755);
	/* One string: 128 KiB with its NUL. */
	fill(long_string, EXEC_STRING_MAX - 1);
	v = put_vector(0, long_string, 1);
	CHECK_EQ(prepare_user(v, none), 0);
	CHECK_EQ(prepare_user(none, v), 0);
	fill(long_string, EXEC_STRING_MAX);
	CHECK_EQ(prepare_user(v, none), -E2BIG);
	CHECK_EQ(prepare_user(none, v), -E2BIG);
	/* All of them: a quarter of the stack's limit, pointers included. */
	fill(long_string, 0xffff);
	put_vector(0, long_string, 31);
	CHECK_EQ(prepare_user(v, none), 0);
	put_vector(0, long_string, 32);
	CHECK_EQ(prepare_user(v, none), -E2BIG);
	stack->rlim_cur = 16 << 20;
	CHECK_EQ(prepare_user(v, none), 0);
	/* Never more than 6 MiB, never less than 128 KiB. */
	stack->rlim_cur = LINUX_RLIM_INFINITY;
	put_vector(0, long_string, 95);
	CHECK_EQ(prepare_user(v, none), 0);
	put_vector(0, long_string, 96);
	CHECK_EQ(prepare_user(v, none), -E2BIG);
	stack->rlim_cur = 4096;
	put_vector(0, long_string, 1);
	CHECK_EQ(prepare_user(v, none), 0);
	put_vector(0, long_string, 2);
	CHECK_EQ(prepare_user(v, none), -E2BIG);
	stack->rlim_cur = 8 << 20;
	/* Pointers alone. */
	fill(long_string, 0);
	put_vector(0, long_string, 0x100000 / 8 - 1);
	CHECK_EQ(prepare_user(v, none), 0);
	stack->rlim_cur = 4 << 20;
	CHECK_EQ(prepare_user(v, none), -E2BIG);
	stack->rlim_cur = 8 << 20;
}

static void check_faults(void)
{
	uaddr_t bad = GUEST + GUEST_SIZE, none = put_vector(3, 0, 0), v, w;
	uaddr_t edge = bad - 5;

	CHECK_EQ(prepare_user(bad, none), -EFAULT);
	CHECK_EQ(prepare_user(none, bad), -EFAULT);
	CHECK_EQ(prepare_user(ZONE_MIN, none), -EFAULT);
	CHECK_EQ(prepare_user(~7ull, none), -EFAULT);
	CHECK_EQ(prepare_user(0, 0), 0);
	v = put_vector(0, bad, 1);
	CHECK_EQ(prepare_user(v, none), -EFAULT);
	CHECK_EQ(prepare_user(none, v), -EFAULT);
	/* A string up to the last byte that is mapped; one that runs over it. */
	fake_poke(edge, "last", 5);
	v = put_vector(0, edge, 1);
	CHECK_EQ(prepare_user(v, none), 0);
	fake_poke(edge, "over!", 5);
	CHECK_EQ(prepare_user(v, none), -EFAULT);
	/* A vector that is not ended. */
	w = bad - 8;
	fake_poke(w, &v, 8);
	CHECK_EQ(prepare_user(w, none), -EFAULT);
	/* The environment is read first: its error wins. */
	fake_poke(edge, "over!", 5);
	fill(GUEST + 0x400000, EXEC_STRING_MAX);
	w = put_vector(1, GUEST + 0x400000, 1);
	CHECK_EQ(prepare_user(v, w), -E2BIG);
	CHECK_EQ(prepare_user(w, v), -EFAULT);
}

static void check_user_strings(void)
{
	struct exec_image image;
	uaddr_t argv, env;

	fake_poke(GUEST + 0x400000, "one\0TERM=x", 11);
	argv = put_vector(0, GUEST + 0x400000, 300);
	env = put_vector(1, GUEST + 0x400004, 2);
	REQUIRE(exec_prepare_user(LINUX_AT_FDCWD, PROGRAM, 0, argv, env, &image,
				  &why) == 0);
	REQUIRE(commit(&image) == 0);
	CHECK_EQ(word(start.sp), 300);
	check_text(word(start.sp + 8), "one");
	check_text(word(start.sp + 8 * 300), "one");
	CHECK_EQ(word(start.sp + 8 * 301), 0);
	check_text(word(start.sp + 8 * 303), "TERM=x");
	CHECK_EQ(current()->process->cmdline_len, 1200);
	/* Linux: an empty vector becomes { "" }. */
	REQUIRE(exec_prepare_user(LINUX_AT_FDCWD, PROGRAM, 0, 0, 0, &image, &why) == 0);
	REQUIRE(commit(&image) == 0);
	CHECK_EQ(word(start.sp), 1);
	check_text(word(start.sp + 8), "");
	CHECK_EQ(word(start.sp + 16), 0);
	CHECK_EQ(word(start.sp + 24), 0);
	CHECK_EQ(current()->process->cmdline_len, 1);
	CHECK_EQ(current()->process->environ_len, 0);
	fake_files_clear();
}

/* --- execveat --- */

static int prepare_at(int fd, const char *name, u32 flags, struct exec_image *image)
{
	return exec_prepare_user(fd, name, flags, 0, 0, image, &why);
}

static void check_descriptors(void)
{
	struct exec_image image;
	uaddr_t argv;

	add_file("/tmp/some-long-program-name",
		 image_elf(LINUX_ET_EXEC, 0x400000, NULL), 0755);
	add_file("/tmp/script", blob_text("#!/tmp/some-long-program-name -x\n"), 0755);
	fake_fd_set(7, "/tmp/some-long-program-name", true);
	fake_fd_set(8, "/tmp/script", false);
	CHECK_EQ(prepare_at(7, "", LINUX_AT_EMPTY_PATH | 0x40000, &image), -EINVAL);
	CHECK_EQ(prepare_at(9, "", LINUX_AT_EMPTY_PATH, &image), -EBADF);
	REQUIRE(prepare_at(7, "", LINUX_AT_EMPTY_PATH, &image) == 0);
	REQUIRE(commit(&image) == 0);
	check_text(auxv(LINUX_AT_EXECFN), "/dev/fd/7");
	CHECK(strcmp(current()->comm, "some-long-progr") == 0);
	REQUIRE(prepare_at(8, "", LINUX_AT_EMPTY_PATH, &image) == 0);
	REQUIRE(commit(&image) == 0);
	argv = start.sp + 8;
	CHECK_EQ(word(start.sp), 3);
	check_text(word(argv), "/tmp/some-long-program-name");
	check_text(word(argv + 8), "-x");
	check_text(word(argv + 16), "/dev/fd/8");
	check_text(auxv(LINUX_AT_EXECFN), "/dev/fd/8");
	CHECK(strcmp(current()->comm, "script") == 0);
	CHECK(strcmp(current()->process->exe->path.dentry->name,
		     "some-long-program-name") == 0);
	/* The interpreter could not open a script that is closed by then. */
	fake_fd_set(8, "/tmp/script", true);
	CHECK_EQ(prepare_at(8, "", LINUX_AT_EMPTY_PATH, &image), -ENOENT);
	CHECK(strstr(why.text, "/dev/fd/8") != NULL);
	CHECK_EQ(prepare_at(8, "/tmp/script", 0, &image), 0);
	exec_image_fini(&image);
	/* Only asked whether. */
	REQUIRE(prepare_at(8, "", LINUX_AT_EMPTY_PATH | LINUX_AT_EXECVE_CHECK,
			   &image) == 0);
	CHECK(image.check_only && image.program == NULL);
	exec_image_fini(&image);
	fake_fd_set(7, NULL, false);
	fake_fd_set(8, NULL, false);
	fake_files_clear();
}

/* --- refusals and their reasons --- */

static void check_refused(const char *name, int error, const char *reason)
{
	int r = start_kernel(name, 1, "x", 0, "");

	if (r != -error || strstr(why.text, reason) == NULL)
		test_fail("%s: %d (%s)", name, r, why.text);
}

static void check_reasons(void)
{
	struct cred *cred = &current()->process->cred;
	struct blob b;

	add_file("/none", blob_make(0), 0755);
	add_file("/text", blob_text("hello"), 0755);
	add_file("/mode", image_elf(LINUX_ET_EXEC, 0x400000, NULL), 0644);
	add_file("/noexec", image_elf(LINUX_ET_EXEC, 0x400000, NULL), 0755);
	fake_file_set_mount_flags("/noexec", MOUNT_NO_EXEC);
	fake_file_add("/dir", LINUX_S_IFDIR | 0755, "", 0);
	fake_file_add("/dev", LINUX_S_IFCHR | 0755, "", 0);
	b = image_elf(LINUX_ET_EXEC, 0x400000, NULL);
	image_ehdr(&b)->e_machine = LINUX_EM_AARCH64;
	add_file("/arm", b, 0755);
	add_file("/dyn", image_elf(LINUX_ET_DYN, 0, "/lib/ld-none.so"), 0755);
	add_file("/script", blob_text("#!/lib/nothing x\n"), 0755);
	add_file("/loop", blob_text("#!/loop\n"), 0755);
	add_file("/mz", blob_text("MZ\220"), 0755);
	add_file("/dbg", image_ape("APEDBG='", false), 0755);
	add_file("/zone", image_elf(LINUX_ET_EXEC, ZONE_MIN, NULL), 0755);
	b = image_elf(LINUX_ET_EXEC, 0x400000, NULL);
	b.len = 0x1000;
	add_file("/cut", b, 0755);
	b = image_elf(LINUX_ET_EXEC, 0x400000, NULL);
	b.len = 50;
	add_file("/short", b, 0755);
	add_file("/owner", image_elf(LINUX_ET_EXEC, 0x400000, NULL), 0100);

	check_refused("/missing", ENOENT, "");
	check_refused("/none", ENOEXEC, "empty");
	check_refused("/text", ENOEXEC, "begins 68 65 6c 6c");
	check_refused("/mode", EACCES, "mode 0644");
	check_refused("/noexec", EACCES, "noexec");
	check_refused("/dir", EACCES, "not a regular file");
	check_refused("/dev", EACCES, "not a regular file");
	check_refused("/arm", ENOEXEC,
		      "e_machine is 183 (AArch64), expected 62 (x86-64)");
	check_refused("/dyn", ENOENT, "interpreter '/lib/ld-none.so' cannot be opened");
	check_refused("/script", ENOENT, "interpreter '/lib/nothing' cannot be opened");
	check_refused("/loop", ELOOP, "more than 5");
	check_refused("/mz", ENOEXEC, "Windows");
	check_refused("/dbg", ENOEXEC, "APEDBG");
	/* Past the point of no return: the kernel's own memory. */
	check_refused("/zone", ENOMEM, "segment 0 cannot be mapped at 0x7e8000000000");
	check_refused("/cut", EFAULT,
		      "segment 1: p_offset 0x1000 and p_filesz 0x234 end beyond");
	check_refused("/short", ENOEXEC, "ends after 50 of 64");
	cred->fsuid = 5;
	check_refused("/owner", EACCES, "mode 0100");
	fake_file_set_owner("/owner", 5, 0);
	CHECK_EQ(start_kernel("/owner", 1, "x", 0, ""), 0);
	/* It runs, but may not be read: nor may its memory. */
	CHECK_EQ(current()->process->dumpable, 0);
	cred->fsuid = 0;
	fake_files_clear();
}

/* --- APE --- */

static void check_ape(const char *magic, bool fat)
{
	add_file(PROGRAM, image_ape(magic, fat), 0755);
	REQUIRE(start_kernel(PROGRAM, 2, "x\0y", 0, "") == 0);
	CHECK_EQ(start.ip, 0x401210);
	CHECK_EQ(auxv(LINUX_AT_ENTRY), 0x401210);
	CHECK_EQ(auxv(LINUX_AT_PHDR), 0x400800);
	CHECK_EQ(auxv(LINUX_AT_PHNUM), 4);
	check_text(auxv(LINUX_AT_EXECFN), PROGRAM);
	check_text(word(start.sp + 8), "x");
	CHECK(strcmp(current()->process->exe->path.dentry->name, "program") == 0);
	CHECK_EQ(word(0x401210), 0x9090909090909090);
	CHECK_EQ(word(0x4022f8), 0xdadadadadadadada);
	CHECK_EQ(word(0x402300), 0);
	CHECK_EQ(word(0x404338), 0);
	fake_boot.flags |= BOOT_NO_APE;
	check_refused(PROGRAM, ENOEXEC, "switched off");
	fake_boot.flags &= ~(u32)BOOT_NO_APE;
	fake_files_clear();
}

static void check_ape_special(void)
{
	struct blob b = image_ape("MZqFpD='", false);
	struct linux_elf64_phdr *p = (struct linux_elf64_phdr *)(b.bytes + 0x800), copy;

	/*
	 * Headers in no segment; a read-only segment whose tail is zeroed all the same.
	 */
	p[0].p_type = LINUX_PT_NOTE;
	p[2].p_flags = LINUX_PF_R;
	copy = p[2];
	fake_file_add(PROGRAM, LINUX_S_IFREG | 0755, b.bytes, b.len);
	REQUIRE(start_kernel(PROGRAM, 1, "x", 0, "") == 0);
	CHECK(auxv(LINUX_AT_PHDR) > start.sp && auxv(LINUX_AT_PHDR) % 8 == 0);
	for (size_t i = 0; i < sizeof(copy) / 8; i++)
		CHECK_EQ(word(auxv(LINUX_AT_PHDR) + 2 * 56 + 8 * i), ((u64 *)&copy)[i]);
	CHECK_EQ(word(0x402300), 0);
	CHECK_EQ(fake_guest_write(0x402300, "x", 1), 0);
	CHECK_EQ(fake_guest_write(0x403000, "x", 1), 0);
	fake_files_clear();
	/* No header for this machine. */
	p[1].p_filesz = 0x500;
	fake_file_add(PROGRAM, LINUX_S_IFREG | 0755, b.bytes, b.len);
	check_refused(PROGRAM, ENOEXEC,
		      "segment 1: p_filesz 0x500 is above p_memsz 0x400");
	fake_files_clear();
	memset(b.bytes + 16, '#', 0x700);
	fake_file_add(PROGRAM, LINUX_S_IFREG | 0755, b.bytes, b.len);
	check_refused(PROGRAM, ENOEXEC, "no printf statement");
	fake_files_clear();
	/* As an interpreter. */
	add_file("/ape", image_ape("jartsr='", true), 0755);
	add_file(PROGRAM, blob_text("#!/ape run\n"), 0755);
	REQUIRE(start_kernel(PROGRAM, 2, "x\0y", 0, "") == 0);
	CHECK_EQ(word(start.sp), 4);
	check_text(word(start.sp + 8), "/ape");
	check_text(word(start.sp + 16), "run");
	check_text(word(start.sp + 24), PROGRAM);
	check_text(word(start.sp + 32), "y");
	CHECK_EQ(start.ip, 0x401210);
	fake_files_clear();
	free(b.bytes);
}

/* --- every allocation fails once --- */

static void check_memory_failures(void)
{
	u64 before;
	int r = -1;

	add_file("/lib/interp", image_elf(LINUX_ET_DYN, 0, NULL), 0755);
	add_file("/prog", image_elf(LINUX_ET_DYN, 0, "/lib/interp"), 0755);
	add_file("/ape", image_ape("MZqFpD='", false), 0755);
	add_file("/script", blob_text("#!/prog x\n"), 0755);
	add_file("/apescript", blob_text("#!/ape x\n"), 0755);
	for (int kind = 0; kind < 2; kind++) {
		REQUIRE(start_kernel("/script", 1, "x", 1, "E=1") == 0);
		before = fake_heap_live();
		r = -1;
		for (u64 n = 0; r != 0 && n < 100; n++) {
			fake_fail_allocation(n);
			r = start_kernel(kind ? "/apescript" : "/script", 1, "x", 1,
					 "E=1");
			fake_fail_allocation(~0ull);
			if (r != 0)
				CHECK_EQ(r, -ENOMEM);
			CHECK(fake_heap_live() <= before);
		}
		CHECK_EQ(r, 0);
	}
	fake_files_clear();
}

int main(void)
{
	fake_init(0);
	map_guest();
	check_layout();
	check_published();
	check_aslr();
	map_guest();
	check_limits();
	check_faults();
	check_user_strings();
	check_descriptors();
	check_reasons();
	check_ape("MZqFpD='", false);
	check_ape("MZqFpD='", true);
	check_ape("jartsr='", true);
	check_ape_special();
	check_memory_failures();
	mm_reset(current()->process->mm, false);
	file_put(current()->process->exe);
	fake_fini();
	CHECK_EQ(fake_files_open(), 0);
	CHECK_EQ(fake_heap_live(), 0);
	return TEST_RESULT;
}
