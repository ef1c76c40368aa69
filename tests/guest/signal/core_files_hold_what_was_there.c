/* A fatal signal leaves a core file, within RLIMIT_CORE, and the status says so. */
#include "../test.h"
#include <elf.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/procfs.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

static char marker[64] = "not yet";
static char core[65536]; /* its beginning */
static rlim_t limit = RLIM_INFINITY;
static bool dumpable = true;
static int sig = SIGSEGV;

static void die(void)
{
	struct rlimit lim;

	REQUIRE(getrlimit(RLIMIT_CORE, &lim) == 0);
	lim.rlim_cur = limit < lim.rlim_max ? limit : lim.rlim_max;
	REQUIRE(setrlimit(RLIMIT_CORE, &lim) == 0);
	prctl(PR_SET_DUMPABLE, dumpable);
	strcpy(marker, "changed before the end");
	if (sig == SIGSEGV)
		*(volatile int *)BAD_LOW = 1;
	raise(sig);
	_exit(99);
}

/* The wait status of a child that dies; *ret_pid who it was. */
static int run(pid_t *ret_pid)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		die();
	REQUIRE(waitpid(pid, &status, 0) == pid);
	if (ret_pid != NULL)
		*ret_pid = pid;
	CHECK(WIFSIGNALED(status));
	CHECK_EQ(WTERMSIG(status), sig);
	return status;
}

/* The bytes at an address of the process, from the file. */
static bool at_address(int fd, unsigned long address, void *to, size_t size)
{
	Elf64_Ehdr *h = (void *)core;
	Elf64_Phdr *p = (void *)(core + h->e_phoff);

	for (int i = 0; i < h->e_phnum; i++)
		if (p[i].p_type == PT_LOAD && address >= p[i].p_vaddr &&
		    address + size <= p[i].p_vaddr + p[i].p_filesz)
			return pread(fd, to, size, (off_t)(p[i].p_offset + address -
							    p[i].p_vaddr)) == (ssize_t)size;
	return false;
}

static void whole(void)
{
	Elf64_Ehdr *h = (void *)core;
	Elf64_Phdr *p;
	Elf64_Nhdr *n;
	struct stat st;
	pid_t pid;
	int status = run(&pid), fd = open("core", O_RDONLY);
	char found[64];
	unsigned long *regs, word;

	CHECK(WCOREDUMP(status));
	REQUIRE(fd >= 0 && fstat(fd, &st) == 0);
	CHECK_EQ(st.st_mode & 07777, 0600);
	REQUIRE(read(fd, core, sizeof(core)) > 4096);
	CHECK(memcmp(h->e_ident, ELFMAG, 4) == 0);
	CHECK_EQ(h->e_type, ET_CORE);
	CHECK_EQ(h->e_machine, EM_X86_64);
	p = (void *)(core + h->e_phoff);
	CHECK_EQ(p->p_type, PT_NOTE);
	n = (void *)(core + p->p_offset);
	CHECK_EQ(n->n_type, NT_PRSTATUS);
	CHECK_EQ(n->n_descsz, sizeof(struct elf_prstatus));
	struct elf_prstatus status_note;

	memcpy(&status_note, (char *)(n + 1) + 8, sizeof(status_note));
	CHECK_EQ(status_note.pr_cursig, SIGSEGV);
	CHECK_EQ(status_note.pr_pid, pid);
	regs = (unsigned long *)&status_note.pr_reg; /* struct user_regs_struct */
	CHECK(regs[16] != 0);
	CHECK(at_address(fd, (unsigned long)marker, found, sizeof(found)));
	CHECK(strcmp(found, "changed before the end") == 0);
	CHECK(at_address(fd, regs[19], &word, sizeof(word)));
	close(fd);
	unlink("core");
}

static void none(void)
{
	CHECK(!WCOREDUMP(run(NULL)));
	CHECK(access("core", F_OK) != 0);
}

int main(void)
{
	struct rlimit lim;
	struct stat st;
	char pattern[64] = "";
	int fd = open("/proc/sys/kernel/core_pattern", O_RDONLY);

	if (read(fd, pattern, sizeof(pattern)) < 0 || strcmp(pattern, "core\n") != 0)
		skip("this host keeps core files elsewhere");
	getrlimit(RLIMIT_CORE, &lim);
	if (lim.rlim_max < 64 << 20)
		skip("core files are forbidden here");
	REQUIRE(mkdir("/tmp/cores", 0700) == 0 || errno == EEXIST);
	REQUIRE(chdir("/tmp/cores") == 0);
	unlink("core");
	whole();
	sig = SIGTERM;
	none();
	sig = SIGQUIT;
	CHECK(WCOREDUMP(run(NULL)));
	CHECK_EQ(unlink("core"), 0);
	for (limit = 4096; limit <= 128 << 10; limit *= 2) {
		CHECK(WCOREDUMP(run(NULL))); /* a part of it is a dump, too */
		CHECK(stat("core", &st) == 0 && st.st_blocks * 512 <= (long long)limit);
		CHECK_EQ(unlink("core"), 0);
	}
	limit = 4095;
	none();
	limit = 0;
	none();
	limit = RLIM_INFINITY;
	dumpable = false;
	none();
	dumpable = true;
	/* Nothing is written through a link, or into a file with another name. */
	REQUIRE(symlink("elsewhere", "core") == 0);
	run(NULL); /* Linux: whether the status tells differs from version to version */
	CHECK(access("elsewhere", F_OK) != 0);
	unlink("core");
	fd = open("core", O_WRONLY | O_CREAT, 0600);
	CHECK(write(fd, "mine", 4) == 4 && link("core", "second") == 0);
	close(fd);
	run(NULL);
	CHECK(stat("second", &st) == 0 && st.st_size == 4);
	unlink("second");
	unlink("core");
	limit = 8192; /* too little: what fits stays */
	run(NULL);
	CHECK(stat("core", &st) < 0 || st.st_size <= 8192);
	unlink("core");
	CHECK_EQ(chdir("/") | rmdir("/tmp/cores"), 0);
	return TEST_RESULT;
}
