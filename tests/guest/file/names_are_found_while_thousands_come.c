/*
 * Names that exist are found, and those that do not are not, by threads that look while another
 * one makes and removes thousands: what remembers names grows meanwhile.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>

#include "../test.h"

#define OLD 100
#define NEW 6000

static volatile bool done;

static void *look(void *arg)
{
	const char *dir = arg;
	unsigned long wrong = 0, rounds = 0;
	char name[128];
	struct stat st;

	while (!done || rounds == 0) {
		for (int i = 0; i < OLD; i++) {
			snprintf(name, sizeof(name), "%s/old%d", dir, i);
			wrong += stat(name, &st) != 0 || st.st_size != i;
			snprintf(name, sizeof(name), "%s/not%d", dir, i);
			wrong += stat(name, &st) != -1 || errno != ENOENT;
		}
		rounds++;
	}
	return (void *)wrong;
}

static void make(const char *dir, const char *what, int i, int size)
{
	char name[128];
	int fd;

	snprintf(name, sizeof(name), "%s/%s%d", dir, what, i);
	fd = open(name, O_CREAT | O_EXCL | O_WRONLY, 0644);
	REQUIRE(fd >= 0);
	CHECK(ftruncate(fd, size) == 0);
	close(fd);
}

int main(void)
{
	char dir[] = "/tmp/names.XXXXXX", name[128];
	pthread_t threads[2];
	struct stat st;
	void *wrong;

	REQUIRE(mkdtemp(dir) != NULL);
	for (int i = 0; i < OLD; i++)
		make(dir, "old", i, i);
	for (int i = 0; i < 2; i++)
		REQUIRE(pthread_create(&threads[i], NULL, look, dir) == 0);
	for (int i = 0; i < NEW; i++)
		make(dir, "new", i, 0);
	for (int i = 0; i < NEW; i++) {
		snprintf(name, sizeof(name), "%s/new%d", dir, i);
		CHECK(stat(name, &st) == 0);
		CHECK(unlink(name) == 0);
		CHECK_ERR(stat(name, &st), ENOENT);
	}
	done = true;
	for (int i = 0; i < 2; i++) {
		pthread_join(threads[i], &wrong);
		CHECK(wrong == NULL);
	}
	for (int i = 0; i < OLD; i++) {
		snprintf(name, sizeof(name), "%s/old%d", dir, i);
		CHECK(unlink(name) == 0);
	}
	CHECK(rmdir(dir) == 0);
	return TEST_RESULT;
}
