/*
 * Who asks about a name while others exchange directories, make and remove files, and change
 * the working directory he asks from, is told of one of the files that the name led to: never
 * of another, never of half of one, never that there is none.
 */
#include "../test.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define ROUNDS 4000

static atomic_bool over;
static char top[4096];

static void make(const char *name, size_t size, mode_t mode)
{
	static const char bytes[16];
	int fd = open(name, O_CREAT | O_WRONLY, 0600);

	REQUIRE(fd >= 0 && write(fd, bytes, size) == (ssize_t)size);
	REQUIRE(fchmod(fd, mode) == 0 && close(fd) == 0);
}

static pid_t in_child(void (*work)(unsigned))
{
	pid_t pid = fork();

	REQUIRE(pid >= 0);
	if (pid == 0)
		for (unsigned n = 0;; n++)
			work(n);
	return pid;
}

static void exchange(unsigned n)
{
	(void)n;
	if (renameat2(AT_FDCWD, "a", AT_FDCWD, "b", RENAME_EXCHANGE) != 0)
		_exit(1);
}

/* What is freed is used again, for other files and directories. */
static void churn(unsigned n)
{
	char name[64];

	snprintf(name, sizeof(name), "churn/%u", n % 7);
	mkdir(name, 0700);
	snprintf(name, sizeof(name), "churn/%u/f", n % 7);
	close(open(name, O_CREAT | O_WRONLY, 0644));
	if (n % 2)
		truncate(name, 9);
	unlink(name);
	snprintf(name, sizeof(name), "churn/%u", n % 7);
	rmdir(name);
}

static void *wander(void *arg)
{
	char a[4200], b[4200];

	(void)arg;
	snprintf(a, sizeof(a), "%s/x", top);
	snprintf(b, sizeof(b), "%s/y", top);
	for (unsigned n = 0; !over; n++)
		if (chdir(n % 2 ? a : b) != 0)
			test_fail("chdir: %s", strerror(errno));
	return NULL;
}

static void check_file(const char *name)
{
	struct stat st;

	if (stat(name, &st) != 0)
		test_fail("%s: %s", name, strerror(errno));
	else if (!(st.st_size == 1 && st.st_mode == (S_IFREG | 0600)) &&
		 !(st.st_size == 2 && st.st_mode == (S_IFREG | 0400)))
		test_fail("%s: size %ld, mode %o", name, (long)st.st_size, st.st_mode);
}

static void check_round(void)
{
	char name[4200];

	snprintf(name, sizeof(name), "%s/a/f", top);
	check_file(name);
	CHECK_EQ(access(name, R_OK), 0);
	check_file("f");
	check_file("../x/f");
	CHECK_EQ(access("f", R_OK), 0);
	CHECK_ERR(access("f/g", F_OK), ENOTDIR);
	CHECK_ERR(access("none", F_OK), ENOENT);
}

int main(void)
{
	char dir[] = "moves.XXXXXX", command[64];
	pid_t pid[2];
	pthread_t thread;
	int status;

	REQUIRE(mkdtemp(dir) != NULL && chdir(dir) == 0 && getcwd(top, sizeof(top)) != NULL);
	for (const char *d = "abxy"; *d != '\0'; d++) {
		char name[] = { *d, '\0', 'f', '\0' };

		REQUIRE(mkdir(name, 0755) == 0);
		name[1] = '/';
		make(name, *d == 'a' || *d == 'x' ? 1 : 2, *d == 'a' || *d == 'x' ? 0600 : 0400);
	}
	REQUIRE(mkdir("churn", 0755) == 0);
	pid[0] = in_child(exchange);
	pid[1] = in_child(churn);
	REQUIRE(chdir("x") == 0);
	REQUIRE(pthread_create(&thread, NULL, wander, NULL) == 0);
	for (unsigned n = 0; n < ROUNDS; n++)
		check_round();
	over = true;
	pthread_join(thread, NULL);
	for (int n = 0; n < 2; n++) {
		kill(pid[n], SIGKILL);
		REQUIRE(waitpid(pid[n], &status, 0) == pid[n]);
		CHECK(WIFSIGNALED(status));
	}
	REQUIRE(chdir(top) == 0 && chdir("..") == 0);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	CHECK_EQ(system(command), 0);
	return TEST_RESULT;
}
