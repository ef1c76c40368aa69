/* mlock, mlockall, MAP_LOCKED: RLIMIT_MEMLOCK, VmLck, what fork and munmap do to them. */
#include "../test.h"
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

static long locked_kb(void)
{
	FILE *f = fopen("/proc/self/status", "r");
	char line[200];
	long kb = -1;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		sscanf(line, "VmLck: %ld", &kb);
	fclose(f);
	return kb;
}

static char *pages(int n, int flags)
{
	return mmap(NULL, (size_t)n * PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
}

static void limit(rlim_t n)
{
	struct rlimit lim;

	REQUIRE(getrlimit(RLIMIT_MEMLOCK, &lim) == 0);
	lim.rlim_cur = n < lim.rlim_max ? n : lim.rlim_max;
	REQUIRE(setrlimit(RLIMIT_MEMLOCK, &lim) == 0);
}

static void counting(void)
{
	char *p = pages(16, 0);
	int status;
	pid_t pid;

	CHECK_EQ(locked_kb(), 0);
	CHECK_EQ(mlock(p + 100, 1), 0);
	CHECK_EQ(locked_kb(), 4);
	CHECK_EQ(mlock(p, 4 * PAGE), 0);
	CHECK_EQ(locked_kb(), 16);
	CHECK_EQ(munlock(p + PAGE, PAGE), 0);
	CHECK_EQ(locked_kb(), 12);
	CHECK_EQ(mlock2(p, 8 * PAGE, MLOCK_ONFAULT), 0);
	CHECK_EQ(locked_kb(), 32);
	pid = fork();
	if (pid == 0) {
		CHECK_EQ(locked_kb(), 0);
		_exit(TEST_RESULT);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	CHECK_EQ(munmap(p, 2 * PAGE), 0);
	CHECK_EQ(locked_kb(), 24);
	CHECK_EQ(madvise(p + 4 * PAGE, PAGE, MADV_DONTNEED), -1);
	CHECK_EQ(errno, EINVAL);
	CHECK_EQ(munmap(p + 2 * PAGE, 14 * PAGE), 0);
	CHECK_EQ(locked_kb(), 0);
	CHECK_ERR(mlock(p, PAGE), ENOMEM);
	CHECK_ERR(munlock(p, PAGE), ENOMEM);
	CHECK_ERR(mlock(BAD_HIGH, PAGE), ENOMEM);
	CHECK_EQ(mlock(p, (size_t)-1), 0); /* Linux: rounded up to nothing */
	CHECK_ERR(mlock(p, -(8 * PAGE)), EINVAL);
	CHECK_ERR(mlock2(p, PAGE, 2), EINVAL);
	CHECK_EQ(mlock(p, 0), 0);
	CHECK_ERR(mlockall(0), EINVAL);
	CHECK_ERR(mlockall(MCL_ONFAULT), EINVAL);
	CHECK_ERR(mlockall(8), EINVAL);
}

static void holes(void)
{
	char *p = pages(3, 0);

	munmap(p + PAGE, PAGE);
	CHECK_ERR(mlock(p, 3 * PAGE), ENOMEM);
	CHECK_EQ(locked_kb(), 4); /* what is before the hole */
	munmap(p, PAGE);
	munmap(p + 2 * PAGE, PAGE);
}

static void future(void)
{
	char *p, *q;
	int status;

	CHECK_EQ(mlockall(MCL_FUTURE), 0);
	p = pages(4, 0);
	CHECK_EQ(locked_kb(), 16);
	q = mremap(p, 4 * PAGE, 6 * PAGE, MREMAP_MAYMOVE);
	CHECK(q != MAP_FAILED);
	CHECK_EQ(locked_kb(), 24);
	if (fork() == 0) {
		pages(4, 0);
		CHECK_EQ(locked_kb(), 0);
		_exit(TEST_RESULT);
	}
	CHECK(wait(&status) > 0 && status == 0);
	CHECK_EQ(munlockall(), 0);
	CHECK_EQ(locked_kb(), 0);
	p = pages(4, 0);
	CHECK_EQ(locked_kb(), 0);
	munmap(p, 4 * PAGE);
	munmap(q, 6 * PAGE);
	p = pages(4, MAP_LOCKED);
	CHECK_EQ(locked_kb(), 16);
	munmap(p, 4 * PAGE);
}

static void limits(void)
{
	char *p = pages(16, 0);

	REQUIRE(setresuid(54321, 54321, 54321) == 0);
	limit(8 * PAGE);
	CHECK_EQ(mlock(p, 8 * PAGE), 0);
	CHECK_EQ(mlock(p, 8 * PAGE), 0); /* nothing new */
	CHECK_ERR(mlock(p, 9 * PAGE), ENOMEM);
	CHECK_ERR(mlock(p + 8 * PAGE, PAGE), ENOMEM);
	CHECK_EQ(locked_kb(), 32);
	CHECK(pages(1, MAP_LOCKED) == MAP_FAILED && errno == EAGAIN);
	CHECK(mremap(p, 8 * PAGE, 9 * PAGE, MREMAP_MAYMOVE) == MAP_FAILED && errno == EAGAIN);
	CHECK_ERR(mlockall(MCL_CURRENT), ENOMEM);
	CHECK_EQ(munlock(p, 16 * PAGE), 0);
	limit(0);
	CHECK_ERR(mlock(p, PAGE), EPERM);
	CHECK_ERR(mlockall(MCL_CURRENT), EPERM);
	CHECK_ERR(mlockall(MCL_FUTURE), EPERM);
	CHECK(pages(1, MAP_LOCKED) == MAP_FAILED && errno == EPERM);
	CHECK_EQ(munlock(p, PAGE), 0);
	CHECK_EQ(munlockall(), 0);
	limit(8 * PAGE);
	CHECK_EQ(mlockall(MCL_FUTURE), 0);
	CHECK(pages(9, 0) == MAP_FAILED && errno == EAGAIN);
	CHECK_EQ(munlockall(), 0);
}

static void everything(void)
{
	limit(RLIM_INFINITY);
	CHECK_EQ(mlockall(MCL_CURRENT | MCL_ONFAULT), 0);
	CHECK(locked_kb() > 100);
	CHECK_EQ(munlockall(), 0);
	CHECK_EQ(locked_kb(), 0);
}

int main(void)
{
	if (getuid() != 0)
		skip("needs root, for his limits");
	locked_kb(); /* the stream's buffer is there from now on */
	counting();
	holes();
	future();
	everything();
	limits();
	return TEST_RESULT;
}
