/* Events come from every process; an instance passes through fork; programs that run report. */
#include "inotify.h"
#include <spawn.h>
#include <sys/mman.h>

extern char **environ;

static void copy_self(const char *to)
{
	char buf[65536];
	int in = open("/proc/self/exe", O_RDONLY), out = open(to, O_CREAT | O_WRONLY, 0755);
	ssize_t n;

	while ((n = read(in, buf, sizeof(buf))) > 0)
		REQUIRE(write(out, buf, (size_t)n) == n);
	close(in);
	close(out);
}

int main(int argc, char **argv)
{
	char *words[] = { "prog", "end", NULL };
	int status, fd;
	pid_t pid;
	char *p;

	(void)argv;
	if (argc > 1)
		return 0;
	in_start();
	copy_self("prog");
	in_watch(".", IN_ALL_EVENTS, "dir");
	pid = fork();
	if (pid == 0) {
		in_touch("made");
		_exit(strcmp(in_events(), "dir:CREATE(made) dir:OPEN(made) dir:CLOSE_WRITE(made)"));
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
	CHECK_EVENTS(""); /* the child has read them */
	REQUIRE(posix_spawn(&pid, "./prog", NULL, NULL, words, environ) == 0);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
	CHECK_EVENTS("dir:OPEN(prog) dir:ACCESS(prog) dir:CLOSE_NOWRITE(prog)");
	fd = in_make("map");
	REQUIRE(ftruncate(fd, 4096) == 0);
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	in_events();
	close(fd);
	p[0] = 1; /* nobody sees stores */
	CHECK_EVENTS("");
	munmap(p, 4096);
	CHECK_EVENTS("dir:CLOSE_WRITE(map)"); /* the mapping had it open */
	return TEST_RESULT;
}
