/* The loader compared with this host's execve(): results, memory maps and stacks. */

/*
 * OVERVIEW
 *	Built from FAKE_SOURCES and LOADER_SOURCES of platform/fake/fake.mk.
 *	Each case is a file (and perhaps others it refers to). A child with no
 *	privileges and no address randomisation executes it under ptrace, so it stops
 *	before its first instruction; the loader does the same on platform/fake. Both
 *	must give the same errno, or both die, or both have the same mappings (the
 *	stack's extent apart), start address, strings, argument and environment pointers
 *	and auxiliary vector (AT_RSEQ_* and the vDSO apart). After the cases written
 *	down come random changes of fields.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "abi/linux/auxv.h"
#include "abi/linux/mman.h"
#include "kernel/mm/heap.h"
#include "kernel/mm/mm.h"
#include "kernel/task/loader.h"
#include "kernel/vfs/vfs.h"
#include "platform/fake/fake.h"
#include "tests/guest/test.h"
#include "tests/unit/loader_images.h"

#define MAPS_MAX 400
#define STACK_MAX 0x20000
#define NOBODY 65534
#define MMAP_AREA 0x7e0000000000 /* mappings without a place of their own are above */
#define USER_IP (16 * 8) /* offsets in struct user */
#define USER_SP (19 * 8)

enum kind { REFUSED, KILLED, LOADED };

struct map {
	u64 start, end, offset;
	int prot;
	bool file;
};

/* What became of an execve. */
struct outcome {
	enum kind kind;
	int error; /* REFUSED */
	struct map maps[MAPS_MAX];
	int map_count, stack_prot;
	u64 ip, sp;
	char comm[16];
	u8 stack[STACK_MAX]; /* from sp to the top */
	size_t stack_len;
};

static char dir[64], target[96], interp[96];
static char *const default_argv[] = { "zero", "one", "", "three with blank", NULL };
static char *const default_env[] = { "PATH=/bin", "EMPTY=", NULL };

/* --- the host --- */

static void write_file(const char *path, struct blob b, mode_t mode)
{
	int fd;

	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0755);
	REQUIRE(fd >= 0);
	REQUIRE(write(fd, b.bytes, b.len) == (ssize_t)b.len);
	REQUIRE(fchmod(fd, mode) == 0);
	close(fd);
}

static void add_map(struct outcome *o, struct map m)
{
	struct map *last = o->map_count ? &o->maps[o->map_count - 1] : NULL;

	/* The host joins what may be joined; so do we, everywhere. */
	if (last != NULL && last->end == m.start && last->prot == m.prot &&
	    last->file == m.file &&
	    (!m.file || last->offset + (last->end - last->start) == m.offset)) {
		last->end = m.end;
		return;
	}
	REQUIRE(o->map_count < MAPS_MAX);
	o->maps[o->map_count++] = m;
}

static void read_native_maps(pid_t pid, struct outcome *o)
{
	char path[64], line[512], prot[8], name[256];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	f = fopen(path, "r");
	REQUIRE(f != NULL);
	while (fgets(line, sizeof(line), f) != NULL) {
		struct map m = { 0 };
		u64 ino;

		name[0] = '\0';
		REQUIRE(sscanf(line, "%lx-%lx %7s %lx %*s %lu %255s", &m.start, &m.end,
			       prot, &m.offset, &ino, name) >= 5);
		m.prot = (prot[0] == 'r') | (prot[1] == 'w') << 1 |
			 (prot[2] == 'x') << 2;
		m.file = ino != 0;
		if (!m.file)
			m.offset = 0;
		if (str_equal(name, "[stack]"))
			o->stack_prot = m.prot;
		else if (strncmp(name, "[v", 2) != 0)
			add_map(o, m);
	}
	fclose(f);
}

static void read_native(pid_t pid, struct outcome *o)
{
	char path[64];
	int fd;

	o->kind = LOADED;
	o->ip = (u64)ptrace(PTRACE_PEEKUSER, pid, USER_IP, 0);
	o->sp = (u64)ptrace(PTRACE_PEEKUSER, pid, USER_SP, 0);
	read_native_maps(pid, o);
	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	fd = open(path, O_RDONLY);
	REQUIRE(fd >= 0);
	o->stack_len = MIN((size_t)(LINUX_TASK_SIZE - o->sp), sizeof(o->stack));
	/* A segment may have been mapped over the stack. */
	if (pread(fd, o->stack, o->stack_len, (off_t)o->sp) != (ssize_t)o->stack_len)
		o->stack_len = 0;
	close(fd);
	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	fd = open(path, O_RDONLY);
	REQUIRE(fd >= 0 && read(fd, o->comm, sizeof(o->comm)) > 0);
	o->comm[strcspn(o->comm, "\n")] = '\0';
	close(fd);
}

static void __attribute__((noreturn)) child(char *const argv[], int error_fd)
{
	struct rlimit core = { 0, 0 };
	int error;

	setrlimit(RLIMIT_CORE, &core);
	personality(ADDR_NO_RANDOMIZE);
	if (getuid() == 0 && (setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
			      setresuid(NOBODY, NOBODY, NOBODY) < 0))
		_exit(99);
	if (ptrace(PTRACE_TRACEME, 0, 0, 0) < 0)
		_exit(98);
	execve(target, argv, default_env);
	error = errno;
	if (write(error_fd, &error, sizeof(error)) != sizeof(error))
		_exit(97);
	_exit(0);
}

static void run_native(char *const argv[], struct outcome *o)
{
	int pipe_fd[2], status;
	pid_t pid;

	REQUIRE(pipe2(pipe_fd, O_CLOEXEC) == 0);
	pid = fork();
	REQUIRE(pid >= 0);
	if (pid == 0)
		child(argv, pipe_fd[1]);
	close(pipe_fd[1]);
	REQUIRE(waitpid(pid, &status, 0) == pid);
	*o = (struct outcome){ .kind = KILLED };
	if (WIFSTOPPED(status)) {
		if (WSTOPSIG(status) == SIGTRAP)
			read_native(pid, o);
		kill(pid, SIGKILL);
		REQUIRE(waitpid(pid, &status, 0) == pid);
	} else if (WIFEXITED(status)) {
		if (WEXITSTATUS(status) == 98)
			skip("ptrace is not permitted here");
		REQUIRE(WEXITSTATUS(status) == 0);
		o->kind = REFUSED;
		REQUIRE(read(pipe_fd[0], &o->error, sizeof(o->error)) ==
			sizeof(o->error));
	}
	close(pipe_fd[0]);
}

/* --- ours --- */

static void join_strings(char *const list[], char *buf, u32 *count)
{
	for (*count = 0; list[*count] != NULL; ++*count) {
		size_t len = strlen(list[*count]) + 1;

		memcpy(buf, list[*count], len);
		buf += len;
	}
}

static void read_own_maps(struct outcome *o)
{
	const struct mm *mm = current()->process->mm;

	for (u32 i = 0; i < mm->count; i++) {
		const struct vma *v = &mm->vmas[i];

		if (v->flags & VMA_STACK)
			o->stack_prot = v->prot;
		else
			add_map(o,
				(struct map){ v->start, v->end, v->file ? v->offset : 0,
					      v->prot, v->file != NULL });
	}
}

static void run_own(char *const argv[], struct outcome *o, struct exec_error *why)
{
	static char argv_text[4096], env_text[4096];
	struct exec_image image;
	struct exec_start start;
	u32 argc, envc;
	int r;

	*o = (struct outcome){ .kind = REFUSED };
	join_strings(argv, argv_text, &argc);
	join_strings(default_env, env_text, &envc);
	mm_reset(current()->process->mm, false);
	r = exec_prepare_kernel(target, argc, argv_text, envc, env_text, &image, why);
	if (r < 0) {
		o->error = -r;
		return;
	}
	r = exec_commit(&image, &start, why);
	exec_image_fini(&image);
	if (r < 0) {
		o->kind = KILLED;
		return;
	}
	o->kind = LOADED;
	o->ip = start.ip;
	o->sp = start.sp;
	read_own_maps(o);
	o->stack_len = MIN((size_t)(LINUX_TASK_SIZE - o->sp), sizeof(o->stack));
	o->stack_len = fake_guest_read(o->sp, o->stack, o->stack_len);
	memcpy(o->comm, current()->comm, sizeof(o->comm));
}

/* --- comparison --- */

static const char *case_name;
static struct outcome native, own;
static u64 own_moved, moved_from;

static const char *kind_text(const struct outcome *o)
{
	static char text[2][64];
	static int turn;

	turn = !turn;
	if (o->kind == REFUSED)
		snprintf(text[turn], sizeof(text[turn]), "refused: %s",
			 strerror(o->error));
	else
		snprintf(text[turn], sizeof(text[turn]), "%s",
			 o->kind == KILLED ? "killed" : "loaded");
	return text[turn];
}

static void print_maps(const char *who, const struct outcome *o)
{
	for (int i = 0; i < o->map_count; i++)
		dprintf(2, "  %s %lx-%lx prot %d %s+%lx\n", who, o->maps[i].start,
			o->maps[i].end, o->maps[i].prot,
			o->maps[i].file ? "file" : "anon", o->maps[i].offset);
}

/*
 * Linux places mappings of 2 MiB and more at multiples of that, for huge pages, and has
 * no kernel zone to step around. Where that moved a large object as a whole, move ours
 * too.
 */
static void follow_placement(void)
{
	u64 move = native.ip - own.ip, from = own.ip < MMAP_AREA ? 0 : MMAP_AREA;
	u64 low = ~0ull, high = 0;

	own_moved = 0;
	for (int i = 0; i < own.map_count; i++) {
		if (own.maps[i].start >= from) {
			low = MIN(low, own.maps[i].start);
			high = MAX(high, own.maps[i].end);
		}
	}
	if (move == 0 || low > high || high - low < 2 << 20)
		return;
	own_moved = move;
	moved_from = from;
	own.ip += move;
	for (int i = 0; i < own.map_count; i++) {
		if (own.maps[i].start >= from) {
			own.maps[i].start += move;
			own.maps[i].end += move;
		}
	}
}

static bool same_map(const struct map *a, const struct map *b)
{
	return a->start == b->start && a->end == b->end && a->offset == b->offset &&
	       a->prot == b->prot && a->file == b->file;
}

static void compare_maps(void)
{
	bool same = native.map_count == own.map_count;

	for (int i = 0; same && i < native.map_count; i++)
		same = same_map(&native.maps[i], &own.maps[i]);
	if (!same) {
		test_fail("%s: maps differ", case_name);
		print_maps("native", &native);
		print_maps("own", &own);
	}
	if (native.stack_prot != own.stack_prot)
		test_fail("%s: stack protection is %d, not %d", case_name,
			  own.stack_prot, native.stack_prot);
}

/* The words at sp: argc, argv, NULL, env, NULL, auxv. */
struct vectors {
	const u64 *words;
	size_t count, auxv; /* index of the first entry */
};

static bool find_vectors(const struct outcome *o, struct vectors *v)
{
	size_t i = 1, nulls = 0;

	v->words = (const u64 *)o->stack;
	v->count = o->stack_len / sizeof(u64);
	for (; i < v->count && nulls < 2; i++)
		nulls += v->words[i] == 0;
	v->auxv = i;
	return nulls == 2;
}

static bool auxv_value(const struct vectors *v, u64 type, u64 *ret)
{
	for (size_t i = v->auxv; i + 1 < v->count; i += 2) {
		if (v->words[i] == type) {
			*ret = v->words[i + 1];
			return true;
		}
		if (v->words[i] == LINUX_AT_NULL)
			return false;
	}
	return false;
}

static bool auxv_ignored(u64 type)
{
	return type == LINUX_AT_SYSINFO_EHDR || type == LINUX_AT_RSEQ_FEATURE_SIZE ||
	       type == LINUX_AT_RSEQ_ALIGN;
}

static bool is_address(u64 type)
{
	return type == LINUX_AT_PHDR || type == LINUX_AT_BASE || type == LINUX_AT_ENTRY;
}

static void compare_auxv(const struct vectors *n, const struct vectors *o)
{
	size_t i = n->auxv, k = o->auxv;

	for (;; i += 2, k += 2) {
		while (auxv_ignored(n->words[i]))
			i += 2;
		while (auxv_ignored(o->words[k]))
			k += 2;
		u64 value = o->words[k + 1];

		if (is_address(n->words[i]) && value > moved_from)
			value += own_moved;
		if (n->words[i] != o->words[k] || n->words[i + 1] != value) {
			test_fail("%s: auxv: native %lu=%#lx, own %lu=%#lx", case_name,
				  n->words[i], n->words[i + 1], o->words[k],
				  o->words[k + 1]);
			return;
		}
		if (n->words[i] == LINUX_AT_NULL)
			return;
	}
}

static void compare_stack(void)
{
	struct vectors n, o;
	u64 random;
	size_t from;

	if (native.stack_len == 0 || own.stack_len == 0)
		return;
	if (!find_vectors(&native, &n) || !find_vectors(&own, &o)) {
		test_fail("%s: no vectors on the stack", case_name);
		return;
	}
	CHECK_EQ(own.sp % 16, 0);
	if (n.auxv != o.auxv || memcmp(n.words, o.words, n.auxv * sizeof(u64)) != 0) {
		test_fail("%s: argc, argv or environment pointers differ: argc %lu, "
			  "not %lu; "
			  "argv[0] %#lx, not %#lx",
			  case_name, o.words[0], n.words[0], o.words[1], n.words[1]);
		return;
	}
	compare_auxv(&n, &o);
	REQUIRE(auxv_value(&n, LINUX_AT_RANDOM, &random));
	/* From behind the random bytes to the top all is determined. */
	from = LINUX_TASK_SIZE - (random + 16);
	if (memcmp(native.stack + native.stack_len - from,
		   own.stack + own.stack_len - from, from) != 0)
		test_fail("%s: the strings at the top of the stack differ", case_name);
}

static void compare(char *const argv[])
{
	struct exec_error why = { "" };

	run_native(argv, &native);
	run_own(argv, &own, &why);
	/* vm.mmap_min_addr of this host may be lower than ours. */
	if (native.kind == LOADED && native.map_count > 0 &&
	    native.maps[0].start < 0x10000)
		return;
	if (native.kind != own.kind || native.error != own.error) {
		test_fail("%s: own %s, native %s (%s)", case_name, kind_text(&own),
			  kind_text(&native), why.text);
		print_maps("native", &native);
		return;
	}
	if (own.kind == LOADED) {
		follow_placement();
		if (native.ip != own.ip)
			test_fail("%s: starts at %#lx, not %#lx", case_name, own.ip,
				  native.ip);
		if (!str_equal(native.comm, own.comm))
			test_fail("%s: comm is %s, not %s", case_name, own.comm,
				  native.comm);
		compare_maps();
		compare_stack();
	} else if (own.kind == REFUSED && own.error == ENOEXEC && why.text[0] == '\0') {
		test_fail("%s: refused without a reason", case_name);
	}
}

/* --- cases --- */

/* Both sides see the bytes under the same name; b is freed. */
static void put_file(const char *path, struct blob b, u32 mode)
{
	write_file(path, b, mode);
	fake_file_add(path, LINUX_S_IFREG | mode, b.bytes, b.len);
	free(b.bytes);
}

static void run_case(const char *name, struct blob b, u32 mode)
{
	case_name = name;
	put_file(target, b, mode);
	compare(default_argv);
	fake_files_clear();
}

static void check_good(void)
{
	put_file(interp, image_elf(LINUX_ET_DYN, 0, NULL), 0755);
	run_case("static", image_elf(LINUX_ET_EXEC, 0x400000, NULL), 0755);
	run_case("static high", image_elf(LINUX_ET_EXEC, 0x100080000000, NULL), 0755);
	run_case("static-pie", image_elf(LINUX_ET_DYN, 0, NULL), 0755);
	run_case("static-pie with a base", image_elf(LINUX_ET_DYN, 0x30000, NULL),
		 0755);
	put_file(interp, image_elf(LINUX_ET_DYN, 0, NULL), 0755);
	run_case("pie", image_elf(LINUX_ET_DYN, 0, interp), 0755);
	put_file(interp, image_elf(LINUX_ET_DYN, 0, NULL), 0755);
	run_case("dynamic", image_elf(LINUX_ET_EXEC, 0x400000, interp), 0755);
	put_file(interp, image_elf(LINUX_ET_DYN, 0x7000000, NULL), 0755);
	run_case("interpreter with a base", image_elf(LINUX_ET_EXEC, 0x400000, interp),
		 0755);
	put_file(interp, image_elf(LINUX_ET_DYN, 0x7000000, NULL), 0755);
	run_case("pie, interpreter with a base", image_elf(LINUX_ET_DYN, 0, interp),
		 0755);
	put_file(interp, image_elf(LINUX_ET_EXEC, 0x9000000, NULL), 0755);
	run_case("interpreter is EXEC", image_elf(LINUX_ET_EXEC, 0x400000, interp),
		 0755);
	/* Only root may look at the maps of a program it may not read. */
	if (getuid() == 0)
		run_case("execute only", image_elf(LINUX_ET_EXEC, 0x400000, NULL),
			 0111);
}

static void check_system(void)
{
	static const char *const files[] = { "/bin/true", "/bin/busybox",
					     "/lib64/ld-linux-x86-64.so.2" };

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		struct blob b = blob_read(files[i], 16u << 20);

		fake_files_from_host = true;
		if (b.len > 0)
			run_case(files[i], b, 0755);
		else
			free(b.bytes);
	}
	fake_files_from_host = false;
	fake_files_clear();
}

static void check_modes(void)
{
	run_case("no x bit", image_elf(LINUX_ET_EXEC, 0x400000, NULL), 0644);
	run_case("nothing", blob_make(0), 0755);
	run_case("one byte", blob_text("\x7f"), 0755);
	run_case("magic only", blob_text("\177ELF"), 0755);
	run_case("text", blob_text("echo hello\n"), 0755);
	run_case("MZ", blob_text("MZ and more"), 0755);
	fake_boot.flags |= BOOT_NO_APE;
	run_case("APE, not native", image_ape("MZqFpD='", false), 0755);
	fake_boot.flags &= ~(u32)BOOT_NO_APE;
}

/* Change one field and compare. The offsets are those of image_elf()'s file. */
struct change {
	const char *name;
	size_t offset, size;
	u64 value;
};

#define EH(field) \
	offsetof(struct linux_elf64_ehdr, field), \
		sizeof(((struct linux_elf64_ehdr *)0)->field)
#define PH(i, field) \
	64 + (i)*56 + offsetof(struct linux_elf64_phdr, field), \
		sizeof(((struct linux_elf64_phdr *)0)->field)

static const struct change changes[] = {
	{ "EI_CLASS 1", 4, 1, 1 },
	{ "EI_DATA 2", 5, 1, 2 },
	{ "EI_VERSION 9", 6, 1, 9 },
	{ "EI_OSABI 9", 7, 1, 9 },
	{ "e_version 9", EH(e_version), 9 },
	{ "e_type REL", EH(e_type), 1 },
	{ "e_type CORE", EH(e_type), 4 },
	{ "e_type big-endian", EH(e_type), 0x200 },
	{ "e_machine aarch64", EH(e_machine), 183 },
	{ "e_phentsize 32", EH(e_phentsize), 32 },
	{ "e_phnum 0", EH(e_phnum), 0 },
	{ "e_phnum 1", EH(e_phnum), 1 },
	{ "e_phnum 73", EH(e_phnum), 73 },
	{ "e_phnum 74", EH(e_phnum), 74 },
	{ "e_phnum 1170", EH(e_phnum), 1170 },
	{ "e_phnum 1171", EH(e_phnum), 1171 },
	{ "e_phnum 65535", EH(e_phnum), 65535 },
	{ "e_phoff beyond", EH(e_phoff), IMAGE_LEN - 8 },
	{ "e_phoff huge", EH(e_phoff), 1ull << 63 },
	{ "e_phoff all ones", EH(e_phoff), ~0ull },
	{ "e_phoff odd", EH(e_phoff), 65 },
	{ "e_entry kernel", EH(e_entry), 0xffffffff80000000 },
	{ "e_entry top", EH(e_entry), LINUX_TASK_SIZE - 1 },
	{ "e_entry 0", EH(e_entry), 0 },
	{ "filesz above memsz", PH(0, p_filesz), 0x281 },
	{ "memsz below filesz", PH(1, p_memsz), 0x100 },
	{ "filesz beyond the file", PH(1, p_memsz), 0x40000000 },
	{ "memsz huge", PH(1, p_memsz), 1ull << 46 },
	{ "memsz beyond the space", PH(1, p_memsz), 1ull << 47 },
	{ "memsz all ones", PH(1, p_memsz), ~0ull },
	{ "vaddr kernel", PH(1, p_vaddr), 0xffffffff80000000 },
	{ "vaddr beyond", PH(1, p_vaddr), LINUX_TASK_SIZE },
	{ "vaddr last page", PH(1, p_vaddr), LINUX_TASK_SIZE - 0x1000 },
	{ "vaddr 0", PH(1, p_vaddr), 0 },
	{ "vaddr odd", PH(1, p_vaddr), 0x402001 },
	{ "overlapping", PH(1, p_vaddr), 0x400000 },
	{ "overlapping second page", PH(0, p_memsz), 0x2800 },
	{ "offset odd", PH(1, p_offset), 0x1001 },
	{ "offset and vaddr", PH(1, p_offset), 0x1234 },
	{ "offset beyond the file", PH(1, p_offset), 0x100000 },
	{ "offset huge", PH(1, p_offset), 1ull << 62 },
	{ "offset negative", PH(1, p_offset), ~0xfffull },
	{ "filesz 0", PH(1, p_filesz), 0 },
	{ "first filesz 0", PH(0, p_filesz), 0 },
	{ "code not readable", PH(0, p_flags), LINUX_PF_X },
	{ "bss not writable", PH(1, p_flags), LINUX_PF_R },
	{ "bss executable", PH(1, p_flags), 7 },
	{ "bss no access", PH(1, p_flags), 0 },
	{ "bss write only", PH(1, p_flags), LINUX_PF_W },
	{ "align 0", PH(0, p_align), 0 },
	{ "align 3", PH(0, p_align), 3 },
	{ "align 64K", PH(0, p_align), 0x10000 },
	{ "align 2M", PH(0, p_align), 0x200000 },
	{ "align 1G", PH(1, p_align), 1ull << 30 },
	{ "align 2^46", PH(1, p_align), 1ull << 46 },
	{ "align 2^63", PH(1, p_align), 1ull << 63 },
	{ "stack executable", PH(2, p_flags), 7 },
	{ "stack not executable", PH(2, p_flags), 0 },
	{ "no GNU_STACK", PH(2, p_type), LINUX_PT_NULL },
	{ "second LOAD not loaded", PH(1, p_type), LINUX_PT_NULL },
	{ "GNU_STACK is LOAD", PH(2, p_type), LINUX_PT_LOAD },
	{ "interp filesz 1", PH(3, p_filesz), 1 },
	{ "interp filesz 4096", PH(3, p_filesz), 4096 },
	{ "interp filesz 4097", PH(3, p_filesz), 4097 },
	{ "interp cut off", PH(3, p_filesz), 5 },
	{ "interp beyond the file", PH(3, p_offset), IMAGE_LEN - 3 },
	{ "interp far beyond the file", PH(3, p_offset), 1ull << 40 },
	{ "interp offset huge", PH(3, p_offset), ~0ull },
	{ "interp empty", 0x400, 1, 0 },
	{ "interp missing", 0x402, 1, 'Q' },
};

static struct blob base_image(int kind)
{
	switch (kind) {
	case 0:
		return image_elf(LINUX_ET_EXEC, 0x400000, NULL);
	case 1:
		return image_elf(LINUX_ET_DYN, 0, NULL);
	case 2:
		return image_elf(LINUX_ET_EXEC, 0x400000, interp);
	}
	return image_elf(LINUX_ET_DYN, 0, interp);
}

static void apply(struct blob b, const struct change *c)
{
	if (c->offset + c->size <= b.len)
		memcpy(b.bytes + c->offset, &c->value, c->size);
}

/* The change in the program, and then in its interpreter. */
static void check_changes(void)
{
	char name[128];

	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		for (int kind = 0; kind < 8; kind++) {
			struct blob program = base_image(kind % 4),
				    other = base_image(kind / 4);

			if (kind >= 4 && kind < 6) {
				free(program.bytes);
				free(other.bytes);
				continue;
			}
			apply(kind < 4 ? program : other, &changes[i]);
			snprintf(name, sizeof(name), "%s, kind %d", changes[i].name,
				 kind);
			put_file(interp, other, 0755);
			run_case(name, program, 0755);
		}
	}
}

static void check_interps(void)
{
	struct blob program;

	for (int i = 0; i < 6; i++) {
		static const char *const texts[] = { "",	 "x",
						     "\177ELF",	 "#!/bin/sh\n",
						     "MZqFpD='", "short" };

		program = image_elf(LINUX_ET_DYN, 0, interp);
		put_file(interp, blob_text(texts[i]), 0755);
		run_case(texts[i], program, 0755);
	}
	put_file(interp, image_elf(LINUX_ET_DYN, 0, NULL), 0644);
	run_case("interpreter without x", image_elf(LINUX_ET_DYN, 0, interp), 0755);
	fake_file_add("/", LINUX_S_IFDIR | 0755, "", 0);
	run_case("interpreter is a directory", image_elf(LINUX_ET_DYN, 0, "/"), 0755);
}

static void check_truncated(void)
{
	for (size_t len = 0; len <= IMAGE_LEN; len += len < 300 ? 7 : 123) {
		for (int kind = 0; kind < 4; kind++) {
			struct blob b = base_image(kind);
			char name[64];

			b.len = MIN(b.len, len);
			snprintf(name, sizeof(name), "cut to %zu, kind %d", len, kind);
			put_file(interp, image_elf(LINUX_ET_DYN, 0, NULL), 0755);
			run_case(name, b, 0755);
		}
	}
}

/* %s is the interpreter, a program. */
static const char *const scripts[] = {
	"#!%s\n",	    "#!%s",	  "#! %s\n",
	"#!\t %s \t\n",	    "#!%s arg\n", "#!%s  two words  \n",
	"#!%s arg",	    "#!%s arg  ", "#!%s  ",
	"#!%s\targ\ttab\n", "#!",	  "#!\n",
	"#!  \n",	    "#!   ",	  "#!%s\r\n",
	"#!/no/such\n",    "#!/\n",	  "#!%s arg \n more",
	"# !%s\n",	    "#!x%s\n",
};

static void check_scripts(void)
{
	char text[512];
	struct blob b;

	fake_file_add("/", LINUX_S_IFDIR | 0755, "", 0);
	for (size_t i = 0; i < ARRAY_SIZE(scripts); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(text, sizeof(text), scripts[i], interp);
#pragma GCC diagnostic pop
		fake_file_add("/", LINUX_S_IFDIR | 0755, "", 0);
		put_file(interp, image_elf(LINUX_ET_EXEC, 0x400000, NULL), 0755);
		run_case(scripts[i], blob_text(text), 0755);
	}
	/* NULs, and lines around the 256 bytes that are looked at. */
	for (size_t len = 200; len < 300; len++) {
		for (int with_blank = 0; with_blank < 3; with_blank++) {
			size_t at = strlen(interp) + 2;

			b = blob_make(len + 1);
			memset(b.bytes, 'a', len);
			memcpy(b.bytes, "#!", 2);
			memcpy(b.bytes + 2, interp, at - 2);
			if (with_blank == 1)
				b.bytes[at] = ' ';
			if (with_blank == 2)
				memset(b.bytes + at, ' ', len - at);
			b.bytes[len] = '\n';
			snprintf(text, sizeof(text), "line of %zu, %d", len,
				 with_blank);
			put_file(interp, image_elf(LINUX_ET_EXEC, 0x400000, NULL),
				 0755);
			run_case(text, b, 0755);
		}
	}
	b = blob_make(100);
	snprintf((char *)b.bytes, 100, "#!%s", interp);
	memcpy(b.bytes + 90, "x\n", 2);
	put_file(interp, image_elf(LINUX_ET_EXEC, 0x400000, NULL), 0755);
	run_case("NUL ends the name", b, 0755);
}

/* A chain of scripts: s1 names s2 names ... a program. */
static void check_script_depth(void)
{
	for (int depth = 0; depth <= 7; depth++) {
		char path[128], text[256];

		for (int i = 0; i < depth; i++) {
			snprintf(path, sizeof(path), "%s/s%d", dir, i);
			snprintf(text, sizeof(text),
				 i + 1 == depth ? "#!%s last\n" : "#!%s/s%d a%d\n",
				 i + 1 == depth ? interp : dir, i + 1, i);
			put_file(path, blob_text(text), 0755);
		}
		put_file(interp, image_elf(LINUX_ET_EXEC, 0x400000, NULL), 0755);
		snprintf(text, sizeof(text), "#!%s/s0 first\n", dir);
		snprintf(path, sizeof(path), "%d scripts", depth);
		run_case(path, depth ? blob_text(text) : blob_text("#!\n"), 0755);
	}
}

static u64 random_state = 88172645463325252ull;

static u64 random_u64(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static u64 random_value(void)
{
	static const u64 values[] = { 0,
				      1,
				      2,
				      0xfff,
				      0x1000,
				      0x1001,
				      0x2000,
				      0x10000,
				      0x400000,
				      0x402000,
				      0x7fffffffe000,
				      0x7ffffffff000,
				      0x800000000000,
				      ~0ull,
				      1ull << 63,
				      0x7ffff7fff000,
				      0x555555554000,
				      3,
				      4,
				      7 };
	u64 v = values[random_u64() % ARRAY_SIZE(values)];

	return random_u64() % 4 ? v : v + random_u64() % 64;
}

static const char *const field_names[] = { "type",  "flags",  "offset", "vaddr",
					   "paddr", "filesz", "memsz",	"align" };
static const size_t field_offset[] = { 0, 4, 8, 16, 24, 32, 40, 48 };

/* Several program header fields at once. */
static void check_random(int rounds)
{
	for (int i = 0; i < rounds; i++) {
		struct blob program = base_image((int)(random_u64() % 4));
		struct blob other = base_image((int)(random_u64() % 2));
		char name[256];
		int n = snprintf(name, sizeof(name), "random %d:", i);

		for (u64 k = 0; k <= random_u64() % 3; k++) {
			struct blob *b = random_u64() % 4 ? &program : &other;
			size_t field = random_u64() % 8, header = random_u64() % 4;
			u64 value = random_value();
			size_t size = field < 2 ? 4 : 8;

			memcpy(b->bytes + 64 + header * 56 + field_offset[field],
			       &value, size);
			n += snprintf(name + n, sizeof(name) - (size_t)n,
				      " %s[%zu].%s=%#lx", b == &program ? "p" : "i",
				      header, field_names[field], value);
		}
		put_file(interp, other, 0755);
		run_case(name, program, 0755);
	}
}

static void set_up(void)
{
	struct cred *cred;

	strcpy(dir, "/tmp/nacre-loader.XXXXXX");
	REQUIRE(mkdtemp(dir) != NULL && chmod(dir, 0755) == 0);
	snprintf(target, sizeof(target), "%s/program", dir);
	snprintf(interp, sizeof(interp), "%s/interp", dir);
	fake_init(0);
	cred = &current()->process->cred;
	cred->uid = cred->euid = cred->fsuid = getuid() ? getuid() : NOBODY;
	cred->gid = cred->egid = cred->fsgid = getuid() ? getgid() : NOBODY;
	REQUIRE(chdir("/") == 0);
}

int main(int argc, char **argv)
{
	char command[128];

	set_up();
	check_good();
	check_system();
	check_modes();
	check_changes();
	check_interps();
	check_truncated();
	check_scripts();
	check_script_depth();
	check_random(argc > 1 ? atoi(argv[1]) : 600);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	REQUIRE(system(command) == 0);
	mm_reset(current()->process->mm, false);
	file_put(current()->process->exe);
	fake_fini();
	CHECK_EQ(fake_files_open(), 0);
	CHECK_EQ(fake_heap_live(), 0);
	return TEST_RESULT;
}
