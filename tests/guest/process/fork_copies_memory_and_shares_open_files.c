/* What a child shares (descriptions and their positions) and what it has for itself. */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "process.h"

static int data = 1;

int main(void)
{
	int *shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int *own = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = memfd_create("position", 0), in_child;
	int *gone = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int *wiped = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	REQUIRE(shared != MAP_FAILED && own != MAP_FAILED && fd >= 0);
	*own = 1;
	*wiped = 5;
	CHECK_EQ(madvise(gone, PAGE, MADV_DONTFORK), 0);
	CHECK_EQ(madvise(wiped, PAGE, MADV_WIPEONFORK), 0);
	CHECK_EQ(write(fd, "0123456789", 10), 10);
	CHECK_EQ(lseek(fd, 2, SEEK_SET), 2);
	alarm(100);
	pid_t parent = getpid();

	CHECK_EQ(CHILD_RESULT({
		char buf[3];

		data = 2;
		*own = 2;
		*shared = 2;
		CHECK_EQ(getppid(), parent);
		CHECK(getpid() != parent);
		CHECK_EQ(syscall(SYS_gettid), getpid());
		CHECK_EQ(read(fd, buf, 3), 3);
		CHECK_EQ(alarm(0), 0); /* timers stay with the parent */
		CHECK_EQ(*wiped, 0);
		CHECK_EQ(msync(gone, PAGE, MS_ASYNC), -1);
		CHECK_EQ(errno, ENOMEM);
		in_child = open("/dev/null", O_RDONLY);
		CHECK(in_child >= 0);
		CHECK_EQ(chdir("/"), 0);
		umask(077);
		struct rlimit limit = { 50, 50 };
		CHECK_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
		_exit(TEST_RESULT);
	}), 0);
	CHECK_EQ(data, 1);
	CHECK_EQ(*own, 1);
	CHECK_EQ(*shared, 2);
	CHECK_EQ(*wiped, 5);
	CHECK_EQ(*gone, 0);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 5);
	CHECK(alarm(0) > 0);
	struct rlimit limit;
	CHECK_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
	CHECK(limit.rlim_cur != 50);
	return TEST_RESULT;
}
