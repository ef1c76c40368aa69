/* st_nlink of /proc's directories: two, and one for each directory in it. A program that
 * wants to be sure it has one thread looks at that of /proc/self/task. */
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "../test.h"

static struct stat of(const char *path)
{
	struct stat st;

	REQUIRE(stat(path, &st) == 0);
	return st;
}

/* Directories in path. */
static long directories(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *e;
	long count = 0;

	REQUIRE(d != NULL);
	while ((e = readdir(d)) != NULL)
		count += e->d_type == DT_DIR && e->d_name[0] != '.';
	closedir(d);
	return count;
}

static void *wait_for_it(void *lock)
{
	pthread_mutex_lock(lock);
	pthread_mutex_unlock(lock);
	return NULL;
}

static void threads(void)
{
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	pthread_t t[3];
	int proc = open("/proc", O_RDONLY | O_DIRECTORY);
	struct stat st;

	CHECK_EQ(of("/proc/self/task").st_nlink, 3);
	pthread_mutex_lock(&lock);
	for (int i = 0; i < 3; i++)
		REQUIRE(pthread_create(&t[i], NULL, wait_for_it, &lock) == 0);
	CHECK_EQ(of("/proc/self/task").st_nlink, 6);
	CHECK(fstatat(proc, "self/task/", &st, 0) == 0 && st.st_nlink == 6);
	if (fork() == 0)
		_exit(of("/proc/self/task").st_nlink != 3);
	int status = -1;
	CHECK(wait(&status) > 0 && status == 0);
	pthread_mutex_unlock(&lock);
	for (int i = 0; i < 3; i++)
		pthread_join(t[i], NULL);
	close(proc);
}

static void descriptors(void)
{
	off_t before = of("/proc/self/fd").st_size;
	int fd;

	if (before == 0)
		return; /* a host before Linux 6.2 */
	fd = dup(0);
	CHECK_EQ(of("/proc/self/fd").st_size, before + 1);
	close(fd);
	CHECK_EQ(of("/proc/self/fd").st_size, before);
}

int main(void)
{
	CHECK_EQ(of("/proc/self").st_nlink, 2 + directories("/proc/self"));
	CHECK_EQ(of("/proc/self/fd").st_nlink, 2);
	CHECK_EQ(of("/proc/self/status").st_nlink, 1);
	CHECK(of("/proc").st_nlink > 3);
	descriptors();
	threads();
	return TEST_RESULT;
}
