/*
 * Times the first walk through a tree: prints "name nanoseconds" a line, each name's or
 * directory's share.
 *
 *	walk DIR	lists all directories, then stats all names, then both again
 *	walk -t DIR	lists a directory and stats its names, then the next, as tar and git do
 *
 * Every name is stat'ed in its directory (fstatat), which is kept open. Results are checked:
 * what was listed must be there, and the second time the same.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct dir {
	char *path;
	char *names; /* each terminated by NUL, the first byte is its type; an empty one ends */
	size_t used, room;
};

static struct dir *dirs;
static size_t dir_count, dir_room, name_count;
static uint64_t sum;

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static void need(int ok, const char *what)
{
	if (!ok) {
		perror(what);
		exit(1);
	}
}

static void *grown(void *p, size_t used, size_t more, size_t *room, size_t size)
{
	while (used + more > *room)
		*room = *room == 0 ? 256 : *room * 2;
	p = realloc(p, *room * size);
	need(p != NULL, "realloc");
	return p;
}

static void add_dir(const char *parent, const char *name)
{
	dirs = grown(dirs, dir_count, 1, &dir_room, sizeof(*dirs));
	dirs[dir_count] = (struct dir){ 0 };
	need(asprintf(&dirs[dir_count].path, *name == 0 ? "%s" : "%s/%s", parent, name) > 0,
	     "asprintf");
	dir_count++;
}

static int open_dir(const struct dir *d)
{
	int fd = open(d->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);

	need(fd >= 0, d->path);
	return fd;
}

/* The names of directory AT; its directories are added to the list when FIRST. */
static void list(size_t at, int fd, int first)
{
	static char buf[32768];
	ssize_t n;

	dirs[at].used = 0;
	while ((n = syscall(SYS_getdents64, fd, buf, sizeof(buf))) > 0) {
		for (ssize_t i = 0; i < n;) {
			const struct dirent64 *e = (const void *)(buf + i);
			size_t len = strlen(e->d_name) + 1;
			struct dir *d = &dirs[at];

			i += e->d_reclen;
			if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
				continue;
			d->names = grown(d->names, d->used, len + 2, &d->room, 1);
			memcpy(d->names + d->used, e->d_name, len);
			d->used += len;
			d->names[d->used] = '\0';
			if (first && e->d_type == DT_DIR)
				add_dir(d->path, e->d_name);
			name_count += (size_t)first;
		}
	}
	need(n == 0, dirs[at].path);
}

static void stat_names(const struct dir *d, int fd)
{
	struct stat st;

	for (const char *name = d->names; name != NULL && *name; name += strlen(name) + 1) {
		need(fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0, name);
		sum += st.st_ino + (uint64_t)st.st_size + (uint64_t)st.st_mtim.tv_nsec;
	}
}

/* All directories, listed or stat'ed or both; the nanoseconds it took. */
static uint64_t pass(int lists, int stats, int first)
{
	uint64_t start = now();

	for (size_t at = 0; at < dir_count; at++) {
		int fd = open_dir(&dirs[at]);

		if (lists)
			list(at, fd, first);
		if (stats)
			stat_names(&dirs[at], fd);
		close(fd);
	}
	return now() - start;
}

int main(int argc, char **argv)
{
	int together = argc == 3 && strcmp(argv[1], "-t") == 0;
	uint64_t listed, looked, seen;

	if (argc != 2 + together) {
		fprintf(stderr, "usage: walk [-t] DIR\n");
		return 2;
	}
	add_dir(argv[1 + together], "");
	if (together) {
		looked = pass(1, 1, 1);
		printf("walk-name %.0f\n", (double)looked / (double)name_count);
	} else {
		listed = pass(1, 0, 1);
		looked = pass(0, 1, 0);
		printf("list-directory %.0f\n", (double)listed / (double)dir_count);
		printf("stat-name %.0f\n", (double)looked / (double)name_count);
	}
	seen = sum;
	listed = pass(1, 0, 0);
	printf("list-directory-again %.0f\n", (double)listed / (double)dir_count);
	sum = 0;
	looked = pass(0, 1, 0);
	printf("stat-name-again %.0f\n", (double)looked / (double)name_count);
	if (seen != sum)
		fprintf(stderr, "walk: the second time tells something else\n");
	fprintf(stderr, "%zu names in %zu directories\n", name_count, dir_count);
	return seen != sum;
}
