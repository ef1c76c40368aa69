/* Threads allocate, map, open and close all the time; each forked child is whole and alone. */
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>

#include "process.h"

static volatile int stop;

static void *busy(void *arg)
{
	char buf[8];
	int fds[2];

	while (!stop) {
		void *p = mmap(NULL, 5 * PAGE, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		memset(p, 1, 5 * PAGE);
		munmap(p, 5 * PAGE);
		if (pipe(fds) == 0) {
			if (write(fds[1], "x", 1) != 1 || read(fds[0], buf, 1) != 1)
				_exit(9);
			close(fds[0]);
			close(fds[1]);
		}
		int fd = open("/etc/passwd", O_RDONLY);

		if (fd >= 0)
			close(fd);
		free(malloc(100000));
	}
	return arg;
}

static int threads_of_self(void)
{
	DIR *d = opendir("/proc/self/task");
	struct dirent *e;
	int n = 0;

	if (d == NULL)
		return -1;
	while ((e = readdir(d)) != NULL)
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

int main(void)
{
	pthread_t t[3];

	for (int i = 0; i < 3; i++)
		REQUIRE(pthread_create(&t[i], NULL, busy, NULL) == 0);
	for (int i = 0; i < 60; i++) {
		CHECK_EQ(CHILD_RESULT({
			if (threads_of_self() != 1)
				_exit(2);
			void *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
			*(char *)p = 1;
			int fd = open("/etc/passwd", O_RDONLY);
			char c;
			if (fd < 0 || read(fd, &c, 1) != 1)
				_exit(3);
			_exit(i);
		}), i);
	}
	stop = 1;
	for (int i = 0; i < 3; i++)
		pthread_join(t[i], NULL);
	return TEST_RESULT;
}
