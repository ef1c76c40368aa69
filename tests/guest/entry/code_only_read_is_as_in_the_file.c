/*
 * A program without an interpreter that maps a library's code and only reads it, as a translator
 * of machine code does, finds the file's bytes, also when other programs have executed them.
 */
#include "../test.h"
#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

static const char library[] = "/lib64/ld-linux-x86-64.so.2";

/* Programs that the library starts, until its calls are known well. */
static void use(void)
{
	for (int i = 0; i < 60; i++) {
		int status;
		pid_t pid = fork();

		REQUIRE(pid >= 0);
		if (pid == 0) {
			execl("/bin/true", "true", NULL);
			_exit(9);
		}
		REQUIRE(waitpid(pid, &status, 0) == pid);
		REQUIRE(status == 0);
	}
}

static void compare(int fd, const char *text, const ElfW(Phdr) *p)
{
	static char chunk[65536];

	for (size_t at = 0; at < p->p_filesz; at += sizeof(chunk)) {
		size_t rest = p->p_filesz - at;
		size_t len = rest < sizeof(chunk) ? rest : sizeof(chunk);

		REQUIRE(pread(fd, chunk, len, (off_t)(p->p_offset + at)) == (ssize_t)len);
		CHECK(memcmp(chunk, text + at, len) == 0);
	}
}

int main(void)
{
	int fd = open(library, O_RDONLY);
	struct stat st;

	REQUIRE(fd >= 0);
	REQUIRE(fstat(fd, &st) == 0);
	use();
	char *whole = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);

	REQUIRE(whole != MAP_FAILED);
	const ElfW(Ehdr) *head = (const void *)whole;
	const ElfW(Phdr) *p = (const void *)(whole + head->e_phoff);

	for (int i = 0; i < head->e_phnum; i++) {
		if (p[i].p_type != PT_LOAD || !(p[i].p_flags & PF_X))
			continue;
		char *text = mmap(NULL, p[i].p_filesz, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd,
				  (off_t)p[i].p_offset);

		REQUIRE(text != MAP_FAILED);
		compare(fd, text, &p[i]);
		CHECK(fork() != 0 || (_exit(0), 0));
		CHECK(wait(NULL) > 0);
		compare(fd, text, &p[i]);
	}
	return TEST_RESULT;
}
