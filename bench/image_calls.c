/*
 * Times of metadata and small reads over a list of paths, for bench/image.
 * usage: image_calls LIST: a path a line. Prints "NAME nanoseconds" and "NAME-cpu nanoseconds",
 * per path; the latter is the processor's time of this process, which other load disturbs less.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PATHS_MAX 1000000

static char **paths, **missing;
static int count;

static double now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void read_list(const char *name)
{
	FILE *list = fopen(name, "r");
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	paths = calloc(PATHS_MAX, sizeof(*paths));
	missing = calloc(PATHS_MAX, sizeof(*missing));
	if (list == NULL || paths == NULL || missing == NULL)
		exit(1);
	while (count < PATHS_MAX && (len = getline(&line, &size, list)) > 0) {
		line[len - 1] = 0;
		paths[count] = strdup(line);
		if (asprintf(&missing[count], "%s-none", line) < 0)
			exit(1);
		count++;
	}
	fclose(list);
}

static int do_stat(const char *path)
{
	struct stat st;

	return lstat(path, &st);
}

static int do_missing(const char *path)
{
	struct stat st;

	return lstat(path, &st) == -1 ? 0 : -1;
}

static int do_read(const char *path)
{
	char buf[4096];
	struct stat st;
	int fd, r;

	if (lstat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return 0;
	fd = open(path, O_RDONLY);
	r = fd < 0 || read(fd, buf, sizeof(buf)) < 0 ? -1 : 0;
	close(fd);
	return r;
}

static void measure(const char *name, char **list, int n, int (*one)(const char *path))
{
	double start = now(CLOCK_MONOTONIC), cpu = now(CLOCK_PROCESS_CPUTIME_ID);

	for (int i = 0; i < n; i++)
		if (one(list[i]) < 0) {
			perror(list[i]);
			exit(1);
		}
	printf("%s %.0f\n%s-cpu %.0f\n", name, (now(CLOCK_MONOTONIC) - start) / n, name,
	       (now(CLOCK_PROCESS_CPUTIME_ID) - cpu) / n);
}

int main(int argc, char **argv)
{
	int some;

	if (argc != 2)
		return 2;
	read_list(argv[1]);
	some = count < 20000 ? count : 20000;
	measure("stat-first", paths, count, do_stat);
	measure("stat-again", paths, count, do_stat);
	measure("stat-1000-again", paths, count < 1000 ? count : 1000, do_stat);
	measure("stat-1000-hot", paths, count < 1000 ? count : 1000, do_stat);
	measure("ENOENT-first", missing, count, do_missing);
	measure("ENOENT-again", missing, count, do_missing);
	measure("open+read4k+close-first", paths, some, do_read);
	measure("open+read4k+close-again", paths, some, do_read);
	return 0;
}
