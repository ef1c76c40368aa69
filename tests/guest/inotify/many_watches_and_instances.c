/* Hundreds of watches, many instances on one file, all gone with a close. */
#include "inotify.h"

#define FILES 300

static void name_of(char *name, int i)
{
	sprintf(name, "f%03d", i);
}

static void check_many(void)
{
	char name[16], buf[65536] __attribute__((aligned(8)));
	int fd = inotify_init1(IN_NONBLOCK), count = 0;

	for (int i = 0; i < FILES; i++) {
		name_of(name, i);
		in_touch(name);
		CHECK_EQ(inotify_add_watch(fd, name, IN_ATTRIB), i + 1);
	}
	for (int i = 0; i < FILES; i += 2)
		CHECK_EQ(inotify_rm_watch(fd, i + 1), 0);
	while (read(fd, buf, sizeof(buf)) > 0)
		;
	for (int i = 0; i < FILES; i++) {
		name_of(name, i);
		CHECK_EQ(chmod(name, 0600), 0);
	}
	for (ssize_t n = read(fd, buf, sizeof(buf)), at = 0; at < n;) {
		const struct inotify_event *e = (void *)(buf + at);

		CHECK_EQ(e->wd, 2 * ++count);
		at += (ssize_t)(sizeof(*e) + e->len);
	}
	CHECK_EQ(count, FILES / 2);
	close(fd);
}

int main(void)
{
	int fds[2000], count = 0;
	char buf[64];

	in_start();
	check_many();
	in_touch("one");
	while (count < 2000 && (fds[count] = inotify_init1(IN_NONBLOCK)) >= 0)
		count++;
	CHECK(errno == EMFILE);
	CHECK(count > 20 && count < 2000);
	for (int i = 0; i < count; i++)
		CHECK_EQ(inotify_add_watch(fds[i], "one", IN_ATTRIB), 1);
	CHECK_EQ(chmod("one", 0600), 0);
	for (int i = 0; i < count; i++)
		CHECK_EQ(read(fds[i], buf, sizeof(buf)), 16);
	for (int i = 0; i < count; i++)
		close(fds[i]);
	CHECK_EQ(chmod("one", 0600), 0);
	fds[0] = inotify_init1(IN_NONBLOCK);
	CHECK(fds[0] >= 0);
	return TEST_RESULT;
}
