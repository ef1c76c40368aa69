/*
 * fs.protected_*: symbolic links, hard links, FIFOs and files in sticky directories that
 * everybody may write to. What the settings say is what happens.
 */
#include "../test.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define SETTING(name) setting("/proc/sys/fs/protected_" name)

static bool setting(const char *path)
{
	char c = '0';
	int fd = open(path, O_RDONLY);

	REQUIRE(fd >= 0 && read(fd, &c, 1) == 1);
	close(fd);
	return c != '0';
}

/* What an open gives: 0 or errno. */
static int try_open(const char *path, int flags)
{
	int fd = open(path, flags, 0600);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static void as_user(uid_t uid, void (*run)(void))
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		REQUIRE(setgid(uid) == 0 && setuid(uid) == 0);
		run();
		_exit(TEST_RESULT);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

static void make_theirs(void)
{
	REQUIRE(symlink("target", "/tmp/s/link") == 0);
	REQUIRE(symlink("dir", "/tmp/s/dirlink") == 0);
	umask(0);
	REQUIRE(close(open("/tmp/s/file", O_CREAT | O_WRONLY, 0666)) == 0);
	REQUIRE(close(open("/tmp/s/locked", O_CREAT | O_WRONLY, 0644)) == 0);
	REQUIRE(close(open("/tmp/s/setuid", O_CREAT | O_WRONLY, 0666)) == 0);
	REQUIRE(chmod("/tmp/s/setuid", 04666) == 0);
	REQUIRE(mkfifo("/tmp/s/fifo", 0666) == 0);
}

static void look(void)
{
	int links = SETTING("symlinks") ? EACCES : 0;
	int files = SETTING("regular") ? EACCES : 0;
	int fifos = SETTING("fifos") ? EACCES : 0;

	CHECK_EQ(try_open("/tmp/s/link", O_RDONLY), links);
	CHECK_EQ(try_open("/tmp/s/link", O_RDONLY), links); /* cached, too */
	CHECK_EQ(try_open("/tmp/s/link", O_RDONLY | O_NOFOLLOW), ELOOP);
	CHECK_EQ(try_open("/tmp/s/dirlink/inside", O_RDONLY), 0); /* not the end of the path */
	CHECK_EQ(try_open("/tmp/plain/link", O_RDONLY), 0);
	CHECK_EQ(try_open("/tmp/s/file", O_RDWR), 0);
	CHECK_EQ(try_open("/tmp/s/file", O_RDWR | O_CREAT), files);
	CHECK_EQ(try_open("/tmp/s/file", O_RDWR | O_CREAT | O_EXCL), EEXIST);
	CHECK_EQ(try_open("/tmp/s/fifo", O_RDWR), 0);
	CHECK_EQ(try_open("/tmp/s/fifo", O_RDWR | O_CREAT), fifos);
}

static void link_them(void)
{
	bool on = SETTING("hardlinks");

	CHECK_EQ(link("/tmp/s/file", "/tmp/s/file2"), 0);
	CHECK_EQ(link("/tmp/s/locked", "/tmp/s/locked2") == 0 ? 0 : errno, on ? EPERM : 0);
	CHECK_EQ(link("/tmp/s/setuid", "/tmp/s/setuid2") == 0 ? 0 : errno, on ? EPERM : 0);
	CHECK_EQ(link("/tmp/s/fifo", "/tmp/s/fifo2") == 0 ? 0 : errno, on ? EPERM : 0);
	CHECK_EQ(link("/tmp/s/link", "/tmp/s/link2") == 0 ? 0 : errno, on ? EPERM : 0);
}

static void others(void)
{
	look();
	link_them();
}

int main(void)
{
	if (getuid() != 0)
		skip("not root");
	REQUIRE(mkdir("/tmp/s", 0755) == 0 && chmod("/tmp/s", 01777) == 0);
	REQUIRE(mkdir("/tmp/s/dir", 0755) == 0 && mkdir("/tmp/plain", 0755) == 0);
	REQUIRE(close(open("/tmp/s/dir/inside", O_CREAT | O_WRONLY, 0644)) == 0);
	REQUIRE(close(open("/tmp/s/target", O_CREAT | O_WRONLY, 0644)) == 0);
	as_user(1001, make_theirs);
	REQUIRE(symlink("../s/target", "/tmp/plain/link") == 0);
	REQUIRE(lchown("/tmp/plain/link", 1001, 1001) == 0);
	look(); /* root is no exception */
	as_user(1002, others);
	CHECK_EQ(link("/tmp/s/locked", "/tmp/s/locked3"), 0); /* root may */
	return TEST_RESULT;
}
