/*
 * inotify.h - for tests of inotify: a directory of our own, watches with names, and events
 * as text: "dir:CREATE(a) file:OPEN".
 */
#ifndef TEST_INOTIFY_H
#define TEST_INOTIFY_H

#include "../test.h"
#include <fcntl.h>
#include <ftw.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

static int in_fd __attribute__((unused)) = -1;
static char in_dir[64] __attribute__((unused)); /* the current directory */
static const char *in_names[100] __attribute__((unused)); /* of watches, by number */

static inline int in_remove(const char *path, const struct stat *st, int type, struct FTW *f)
{
	(void)st, (void)type, (void)f;
	return remove(path);
}

static pid_t in_maker __attribute__((unused));

static void __attribute__((destructor, unused)) in_remove_all(void)
{
	if (in_maker == getpid() && chdir("/") == 0)
		nftw(in_dir, in_remove, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void in_start(void)
{
	strcpy(in_dir, "/tmp/nacre-test-XXXXXX");
	in_maker = getpid();
	REQUIRE(mkdtemp(in_dir) != NULL && chdir(in_dir) == 0);
	in_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	REQUIRE(in_fd >= 0);
}

static inline int in_watch(const char *path, uint32_t mask, const char *name)
{
	int wd = inotify_add_watch(in_fd, path, mask);

	CHECK(wd > 0 && wd < 100);
	if (wd > 0 && wd < 100)
		in_names[wd] = name;
	return wd;
}

static inline int in_make(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT, 0644);

	REQUIRE(fd >= 0);
	return fd;
}

static inline void in_touch(const char *path)
{
	close(in_make(path));
}

static inline void in_format(char *to, size_t room, const struct inotify_event *e)
{
	static const char *const bits[] = {
		"ACCESS", "MODIFY", "ATTRIB", "CLOSE_WRITE", "CLOSE_NOWRITE", "OPEN",
		"MOVED_FROM", "MOVED_TO", "CREATE", "DELETE", "DELETE_SELF", "MOVE_SELF",
	};
	const char *name = e->wd > 0 && e->wd < 100 && in_names[e->wd] ? in_names[e->wd] : "?";
	size_t n = (size_t)snprintf(to, room, "%s:", name);

	for (int i = 0; i < 12; i++)
		if (e->mask & 1u << i)
			n += (size_t)snprintf(to + n, room - n, "%s", bits[i]);
	if (e->mask & IN_UNMOUNT)
		n += (size_t)snprintf(to + n, room - n, "UNMOUNT");
	if (e->mask & IN_Q_OVERFLOW)
		n += (size_t)snprintf(to + n, room - n, "Q_OVERFLOW");
	if (e->mask & IN_IGNORED)
		n += (size_t)snprintf(to + n, room - n, "IGNORED");
	if (e->mask & IN_ISDIR)
		n += (size_t)snprintf(to + n, room - n, "|ISDIR");
	if (e->len != 0)
		n += (size_t)snprintf(to + n, room - n, "(%s)", e->name);
}

/* What has happened since last asked, as text. */
static inline const char *in_events(void)
{
	static char text[8192], buf[65536] __attribute__((aligned(8)));
	ssize_t n = read(in_fd, buf, sizeof(buf));
	size_t len = 0;

	text[0] = '\0';
	for (ssize_t at = 0; at < n;) {
		const struct inotify_event *e = (void *)(buf + at);

		CHECK_EQ(e->len % 16, 0);
		if (len != 0)
			text[len++] = ' ';
		in_format(text + len, sizeof(text) - len, e);
		len += strlen(text + len);
		at += (ssize_t)(sizeof(*e) + e->len);
	}
	return text;
}

#define CHECK_EVENTS(want)                                                   \
	do {                                                                 \
		const char *have_ = in_events();                             \
		if (strcmp(have_, want) != 0)                                \
			test_fail("events \"%s\", not \"%s\"", have_, want); \
	} while (0)

#endif
