/* RLIMIT_CPU, RLIMIT_NOFILE, RLIMIT_FSIZE, RLIMIT_STACK, RLIMIT_DATA in children. */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "process.h"

static void limit(int which, rlim_t soft, rlim_t hard)
{
	struct rlimit l = { soft, hard };

	REQUIRE(setrlimit((__rlimit_resource_t)which, &l) == 0);
}

static volatile int deep;

static int __attribute__((noinline)) dive(int n)
{
	volatile char room[4096];

	room[0] = (char)n;
	deep = n;
	return n == 0 ? 0 : dive(n - 1) + room[0];
}

static void spin(void)
{
	for (volatile long n = 0;; n++)
		;
}

int main(int argc, char **argv)
{
	struct rlimit l = { 1, 1 };

	if (argc > 1)
		return dive(1000);

	CHECK_ERR(setrlimit((__rlimit_resource_t)99, &l), EINVAL);
	l = (struct rlimit){ 10, 5 };
	CHECK_ERR(setrlimit(RLIMIT_NOFILE, &l), EINVAL);
	CHECK_EQ(sys2(SYS_setrlimit, RLIMIT_NOFILE, BAD_HIGH), -EFAULT);
	CHECK_EQ(CHILD_RESULT(limit(RLIMIT_CPU, 1, 2); spin()), 128 + SIGXCPU);
	CHECK_EQ(CHILD_RESULT(signal(SIGXCPU, SIG_IGN); limit(RLIMIT_CPU, 1, 1); spin()),
		 128 + SIGKILL);
	CHECK_EQ(CHILD_RESULT({
		limit(RLIMIT_NOFILE, 5, 20);
		int got = 0;
		while (open("/dev/null", O_RDONLY) >= 0)
			got++;
		CHECK_EQ(errno, EMFILE);
		CHECK_ERR(dup2(0, 5), EBADF);
		CHECK_ERR(fcntl(0, F_DUPFD, 5), EINVAL);
		CHECK(got <= 2);
		_exit(TEST_RESULT);
	}), 0);
	CHECK_EQ(CHILD_RESULT({
		int fd = memfd_create("f", 0);
		limit(RLIMIT_FSIZE, 100, 100);
		signal(SIGXFSZ, SIG_IGN);
		char buf[200] = "";
		CHECK_EQ(write(fd, buf, 200), 100);
		CHECK_ERR(write(fd, buf, 1), EFBIG);
		CHECK_ERR(ftruncate(fd, 101), EFBIG);
		signal(SIGXFSZ, SIG_DFL);
		_exit(write(fd, buf, 1) == 1 ? 1 : 2);
	}), 128 + SIGXFSZ);
	/* The new program's stack; that of the running one may be large already. */
	CHECK_EQ(CHILD_RESULT({
		char *again[] = { argv[0], "dive", NULL };

		limit(RLIMIT_STACK, 1 << 20, 1 << 20);
		execv(argv[0], again);
	}), 128 + SIGSEGV);
	CHECK_EQ(CHILD_RESULT(dive(1000)), 0);
	CHECK_EQ(CHILD_RESULT({
		limit(RLIMIT_DATA, 4 << 20, 4 << 20);
		void *p = mmap(NULL, 64 << 20, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		CHECK(p == MAP_FAILED && errno == ENOMEM);
		CHECK(sbrk(64 << 20) == (void *)-1);
		CHECK(mmap(NULL, 64 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
		      MAP_FAILED); /* not data */
		_exit(TEST_RESULT);
	}), 0);
	/* Limits are inherited, by exec as well; nobody raises a hard limit without the right. */
	CHECK_EQ(CHILD_RESULT({
		limit(RLIMIT_NOFILE, 33, 44);
		execl("/bin/sh", "sh", "-c", "exit $(ulimit -Sn)", NULL);
	}), 33);
	return TEST_RESULT;
}
