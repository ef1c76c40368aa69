/* ETXTBSY, both ways and across processes: a program that runs, a file open for writing. */
#include "../test.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define PROGRAM "/tmp/program"
#define SCRIPT "/tmp/script"

static void copy_self(const char *to)
{
	int in = open("/proc/self/exe", O_RDONLY);
	int out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0700);
	char buf[65536];
	ssize_t n;

	REQUIRE(in >= 0 && out >= 0);
	while ((n = read(in, buf, sizeof(buf))) > 0)
		REQUIRE(write(out, buf, (size_t)n) == n);
	close(in);
	close(out);
}

/* The errno of executing path, 0 when it ran. */
static int exec_error(const char *path)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		execl(path, path, "quit", NULL);
		_exit(errno);
	}
	REQUIRE(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int open_error(int flags)
{
	int fd = open(PROGRAM, flags);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static void not_while_open_for_writing(void)
{
	int fd = open(PROGRAM, O_RDWR), second = dup(fd), path;
	char *map;

	CHECK_EQ(exec_error(PROGRAM), ETXTBSY);
	close(fd);
	CHECK_EQ(exec_error(PROGRAM), ETXTBSY);
	close(second);
	CHECK_EQ(exec_error(PROGRAM), 0);
	fd = open(PROGRAM, O_RDONLY);
	path = open(PROGRAM, O_PATH | O_RDWR);
	CHECK_EQ(exec_error(PROGRAM), 0);
	close(fd);
	close(path);
	fd = open(PROGRAM, O_RDWR);
	map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	CHECK_EQ(exec_error(PROGRAM), ETXTBSY);
	munmap(map, 4096);
	CHECK_EQ(exec_error(PROGRAM), 0);
}

static void not_while_it_runs(void)
{
	int go[2], up[2], status, fd;
	struct stat st;
	char byte, number[2][16];
	pid_t pid;

	REQUIRE(pipe(go) == 0 && pipe(up) == 0);
	snprintf(number[0], 16, "%d", go[0]);
	snprintf(number[1], 16, "%d", up[1]);
	pid = fork();
	if (pid == 0) {
		close(go[1]);
		execl(PROGRAM, PROGRAM, "wait", number[0], number[1], NULL);
		_exit(99);
	}
	close(go[0]);
	REQUIRE(read(up[0], &byte, 1) == 1);
	CHECK_EQ(open_error(O_WRONLY), ETXTBSY);
	CHECK_EQ(open_error(O_RDWR), ETXTBSY);
	CHECK_EQ(open_error(O_RDWR | O_CREAT), ETXTBSY);
	CHECK_EQ(open_error(O_WRONLY | O_TRUNC), ETXTBSY);
	CHECK_EQ(open_error(O_RDONLY | O_TRUNC), ETXTBSY);
	CHECK_EQ(open_error(O_RDONLY), 0);
	CHECK_EQ(open_error(O_RDWR | O_PATH), 0);
	CHECK_EQ(open_error(O_WRONLY | O_DIRECTORY), ENOTDIR);
	CHECK_ERR(truncate(PROGRAM, 0), ETXTBSY);
	CHECK(stat(PROGRAM, &st) == 0);
	/* Its second copy may start, and the name may go to another file. */
	CHECK_EQ(rename(PROGRAM, "/tmp/other"), 0);
	fd = open("/tmp/other", O_WRONLY);
	CHECK(fd < 0 && errno == ETXTBSY);
	copy_self(PROGRAM);
	CHECK_EQ(open_error(O_RDWR), 0);
	CHECK(write(go[1], "", 1) == 1 && waitpid(pid, &status, 0) == pid);
	CHECK_EQ(status, 0);
	fd = open("/tmp/other", O_WRONLY);
	CHECK(fd >= 0);
	close(fd);
}

/* A script is only read: it may change while its interpreter runs, which may not. */
static void scripts(void)
{
	static const char text[] = "#!" PROGRAM " quit\n";
	int fd = open(SCRIPT, O_WRONLY | O_CREAT, 0700);

	REQUIRE(write(fd, text, sizeof(text) - 1) > 0);
	CHECK_EQ(exec_error(SCRIPT), ETXTBSY);
	close(fd);
	CHECK_EQ(exec_error(SCRIPT), 0);
	fd = open(PROGRAM, O_WRONLY);
	CHECK_EQ(exec_error(SCRIPT), ETXTBSY);
	close(fd);
}

/* A file that is refused for another reason is not held for ever. */
static void failed_exec_lets_go(void)
{
	int fd = open("/tmp/garbage", O_WRONLY | O_CREAT, 0700);

	CHECK(write(fd, "garbage", 7) == 7);
	close(fd);
	CHECK_EQ(exec_error("/tmp/garbage"), ENOEXEC);
	fd = open("/tmp/garbage", O_WRONLY);
	CHECK(fd >= 0);
	close(fd);
}

/* Made with its descriptor, a memory file is not counted; opened by its name it is. */
static void memory_files(void)
{
	int fd = memfd_create("program", MFD_CLOEXEC), in = open("/proc/self/exe", O_RDONLY);
	char *argv[] = { "memory", "quit", NULL }, *envp[] = { NULL };
	char buf[65536], name[32];
	int status, again;
	ssize_t n;
	pid_t pid;

	while ((n = read(in, buf, sizeof(buf))) > 0)
		CHECK_EQ(write(fd, buf, (size_t)n), n);
	close(in);
	pid = fork();
	if (pid == 0) {
		fexecve(fd, argv, envp);
		_exit(errno);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	again = open(name, O_RDWR);
	pid = fork();
	if (pid == 0) {
		fexecve(fd, argv, envp);
		_exit(errno);
	}
	CHECK(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == ETXTBSY);
	close(again);
	close(fd);
}

int main(int argc, char **argv)
{
	char byte;

	if (argc > 1 && strcmp(argv[1], "quit") == 0)
		return 0;
	if (argc > 3)
		return write(atoi(argv[3]), "", 1) == 1 && read(atoi(argv[2]), &byte, 1) == 1 ?
			       0 : 1;
	copy_self(PROGRAM);
	not_while_open_for_writing();
	not_while_it_runs();
	scripts();
	failed_exec_lets_go();
	memory_files();
	return TEST_RESULT;
}
