/* Threads change watched files and watches all at once: nothing breaks. */
#include "inotify.h"
#include <pthread.h>

#define ROUNDS 300

static void *works(void *argument)
{
	char a[32], b[32];
	int number = (int)(intptr_t)argument;

	sprintf(a, "a%d", number % 2);
	sprintf(b, "b%d", number);
	for (int i = 0; i < ROUNDS; i++) {
		int fd = open(a, O_CREAT | O_RDWR, 0600);

		if (fd >= 0) {
			(void)!write(fd, "x", 1);
			close(fd);
		}
		rename(a, b);
		unlink(b);
	}
	return NULL;
}

static void *watches(void *argument)
{
	char buf[4096];

	for (int i = 0; i < ROUNDS; i++) {
		int wd = inotify_add_watch(in_fd, i % 2 ? "a0" : "a1", IN_ALL_EVENTS);
		int other = inotify_init1(IN_NONBLOCK);

		inotify_add_watch(other, ".", IN_ALL_EVENTS);
		inotify_add_watch(other, "a0", IN_ALL_EVENTS | IN_ONESHOT);
		if (wd > 0)
			inotify_rm_watch(in_fd, wd);
		while (read(in_fd, buf, sizeof(buf)) > 0)
			;
		close(other);
	}
	return argument;
}

int main(void)
{
	pthread_t threads[6];

	in_start();
	for (int i = 0; i < 6; i++)
		REQUIRE(pthread_create(&threads[i], NULL, i < 4 ? works : watches,
				       (void *)(intptr_t)i) == 0);
	for (int i = 0; i < 6; i++)
		pthread_join(threads[i], NULL);
	close(in_fd);
	in_fd = inotify_init1(IN_NONBLOCK);
	in_watch(".", IN_CREATE, "dir");
	in_touch("last");
	CHECK_EVENTS("dir:CREATE(last)");
	return TEST_RESULT;
}
