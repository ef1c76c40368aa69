/* truncate() takes mapped pages away from all processes and threads that have them. */
#include "../test.h"
#include "../fault.h"
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>

static int fd, to_child[2], to_parent[2];
static char *shared, *private;

static void tell(int p[2])
{
	REQUIRE(write(p[1], "x", 1) == 1);
}

static void hear(int p[2])
{
	char c;

	REQUIRE(read(p[0], &c, 1) == 1);
}

static void child(void)
{
	private[2 * PAGE] = 9; /* a copy of its own goes as well */
	CHECK_EQ(shared[2 * PAGE], 3);
	tell(to_parent);
	hear(to_child); /* cut to one page */
	CHECK_EQ(fault_read(shared + PAGE).sig, SIGBUS);
	CHECK_EQ(fault_read(shared + 2 * PAGE).sig, SIGBUS);
	CHECK_EQ(fault_read(private + 2 * PAGE).sig, SIGBUS);
	CHECK_EQ(shared[0], 1);
	tell(to_parent);
	hear(to_child); /* grown again */
	CHECK_EQ(fault_read(shared + PAGE).sig, 0);
	CHECK_EQ(shared[2 * PAGE], 0);
	CHECK_EQ(private[2 * PAGE], 0);
	shared[2 * PAGE] = 5;
	tell(to_parent);
	_exit(TEST_RESULT);
}

/* One that makes no calls finds out, too. */
static volatile int spinning, seen;
static sigjmp_buf out;

static void on_bus(int sig)
{
	(void)sig;
	seen = 1;
	siglongjmp(out, 1);
}

static void *spin(void *unused)
{
	(void)unused;
	if (sigsetjmp(out, 1) == 0)
		for (;;) {
			spinning = 1;
			(void)*(volatile char *)(shared + 2 * PAGE);
		}
	return NULL;
}

int main(void)
{
	int status = -1;
	pthread_t thread;
	pid_t pid;

	fd = open("/tmp/f", O_RDWR | O_CREAT, 0600);
	REQUIRE(fd >= 0 && ftruncate(fd, 3 * PAGE) == 0);
	shared = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	private = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	REQUIRE(shared != MAP_FAILED && private != MAP_FAILED);
	REQUIRE(pipe(to_child) == 0 && pipe(to_parent) == 0);
	for (int i = 0; i < 3; i++)
		shared[i * PAGE] = (char)(i + 1);
	pid = fork();
	if (pid == 0)
		child();
	hear(to_parent);
	REQUIRE(truncate("/tmp/f", PAGE) == 0);
	tell(to_child);
	hear(to_parent);
	REQUIRE(ftruncate(fd, 3 * PAGE) == 0);
	tell(to_child);
	hear(to_parent);
	CHECK_EQ(shared[2 * PAGE], 5);
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	signal(SIGBUS, on_bus);
	REQUIRE(pthread_create(&thread, NULL, spin, NULL) == 0);
	while (!spinning)
		usleep(1000);
	REQUIRE(ftruncate(fd, 10) == 0);
	REQUIRE(pthread_join(thread, NULL) == 0);
	CHECK_EQ(seen, 1);
	return TEST_RESULT;
}
