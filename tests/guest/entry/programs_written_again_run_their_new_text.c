/*
 * A program in a file that is written, run often, written again in every way there is, and run
 * again: each time it does what its bytes say then. While it runs nobody can write to it.
 */
#include <elf.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "../test.h"

#define CALLS 64 /* places that call */
#define RUNS 8
#define CODE_AT 0x1000
#define BASE 0x40000000ul

struct program {
	unsigned char bytes[CODE_AT + CALLS * 7 + 32];
	size_t status_at; /* where the byte that is the exit status lies */
};

static size_t put(struct program *p, size_t at, const void *code, size_t len)
{
	memcpy(p->bytes + at, code, len);
	return at + len;
}

/* getppid() CALLS times, then exit_group(status); pausing: pause() in between. */
static struct program make(int status, bool pausing)
{
	struct program p = { .status_at = 0 };
	Elf64_Ehdr *e = (void *)p.bytes;
	Elf64_Phdr *ph = (void *)(p.bytes + sizeof(*e));
	size_t at = CODE_AT;

	memcpy(e->e_ident, ELFMAG "\2\1\1", 7);
	e->e_type = ET_EXEC;
	e->e_machine = EM_X86_64;
	e->e_version = 1;
	e->e_entry = BASE + CODE_AT;
	e->e_phoff = sizeof(*e);
	e->e_ehsize = sizeof(*e);
	e->e_phentsize = sizeof(*ph);
	e->e_phnum = 1;
	ph->p_type = PT_LOAD;
	ph->p_flags = PF_R | PF_X;
	ph->p_vaddr = ph->p_paddr = BASE;
	ph->p_filesz = ph->p_memsz = sizeof(p.bytes);
	ph->p_align = 0x1000;
	for (int i = 0; i < CALLS; i++)
		at = put(&p, at, "\xb8\x6e\0\0\0\x0f\x05", 7);
	if (pausing)
		at = put(&p, at, "\xb8\x22\0\0\0\x0f\x05", 7);
	p.status_at = at + 1;
	at = put(&p, at, (unsigned char[]){ 0xbf, (unsigned char)status, 0, 0, 0 }, 5);
	put(&p, at, "\xb8\xe7\0\0\0\x0f\x05", 7);
	return p;
}

static void store(const char *name, const struct program *p, int flags)
{
	int fd = open(name, O_WRONLY | O_CREAT | flags, 0755);

	REQUIRE(fd >= 0);
	CHECK_EQ(write(fd, p->bytes, sizeof(p->bytes)), sizeof(p->bytes));
	close(fd);
}

static pid_t start(const char *name)
{
	pid_t pid = vfork();

	if (pid == 0) {
		execl(name, name, NULL);
		_exit(99);
	}
	return pid;
}

static void run(const char *name, int want)
{
	for (int i = 0; i < RUNS; i++) {
		int status = -1;
		pid_t pid = start(name);

		REQUIRE(waitpid(pid, &status, 0) == pid);
		CHECK_EQ(WIFEXITED(status) ? WEXITSTATUS(status) : -status, want);
	}
}

static void change_by_write(const char *name, const struct program *p, int status)
{
	unsigned char byte = (unsigned char)status;
	int fd = open(name, O_WRONLY);

	REQUIRE(fd >= 0);
	CHECK_EQ(pwrite(fd, &byte, 1, (off_t)p->status_at), 1);
	close(fd);
}

static void change_by_mapping(const char *name, const struct program *p, int status)
{
	int fd = open(name, O_RDWR);
	unsigned char *at = mmap(NULL, sizeof(p->bytes), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	REQUIRE(fd >= 0 && at != MAP_FAILED);
	close(fd);
	CHECK_ERR(execl(name, name, NULL), ETXTBSY);
	at[p->status_at] = (unsigned char)status;
	munmap(at, sizeof(p->bytes));
}

static void change_while_it_runs(const char *name)
{
	struct program p = make(70, true);
	int status = -1;
	pid_t pid;

	store(name, &p, O_TRUNC);
	run("/bin/true", 0);
	pid = start(name);
	CHECK_ERR(open(name, O_WRONLY), ETXTBSY);
	CHECK_ERR(truncate(name, 0), ETXTBSY);
	kill(pid, SIGKILL);
	REQUIRE(waitpid(pid, &status, 0) == pid);
	p = make(71, false);
	store(name, &p, O_TRUNC);
	run(name, 71);
}

static void try_in(const char *name)
{
	char other[300];
	struct program p = make(10, false);

	snprintf(other, sizeof(other), "%s.other", name);
	store(name, &p, O_TRUNC);
	run(name, 10);
	change_by_write(name, &p, 11);
	run(name, 11);
	change_by_mapping(name, &p, 12);
	run(name, 12);
	p = make(13, false);
	store(name, &p, O_TRUNC);
	run(name, 13);
	/* Two files, then one takes the other's name. */
	p = make(14, false);
	store(other, &p, O_TRUNC);
	run(other, 14);
	run(name, 13);
	CHECK_EQ(rename(other, name), 0);
	run(name, 14);
	/* Gone, and made anew. */
	CHECK_EQ(unlink(name), 0);
	p = make(15, false);
	store(name, &p, O_EXCL);
	run(name, 15);
	change_while_it_runs(name);
	unlink(name);
}

int main(void)
{
	char name[200];

	snprintf(name, sizeof(name), "/tmp/written_again.%d", (int)getpid());
	try_in(name);
	snprintf(name, sizeof(name), "written_again.%d", (int)getpid());
	try_in(name);
	return TEST_RESULT;
}
