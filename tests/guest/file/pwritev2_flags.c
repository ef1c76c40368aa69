/* preadv2 and pwritev2: the flags, alone and against O_APPEND. */
#include "../test.h"
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#ifndef RWF_NOAPPEND
#define RWF_NOAPPEND 0x20
#endif

static long put(int fd, const char *text, long pos, int flags)
{
	struct iovec v = { (void *)text, strlen(text) };

	return sys6(SYS_pwritev2, fd, (long)&v, 1, pos, 0, flags);
}

static long get(int fd, long pos, int flags)
{
	static char buf[64];
	struct iovec v = { buf, sizeof(buf) };

	return sys6(SYS_preadv2, fd, (long)&v, 1, pos, 0, flags);
}

static void holds(const char *text)
{
	char have[64] = "";
	int fd = open("/tmp/f", O_RDONLY);

	CHECK(fd >= 0 && read(fd, have, sizeof(have) - 1) >= 0);
	if (strcmp(have, text) != 0)
		test_fail("'%s', not '%s'", have, text);
	close(fd);
}

/* Two writers that append at the same time lose nothing. */
static void appenders(void)
{
	int fd = open("/tmp/log", O_RDWR | O_CREAT, 0600), status;
	char c;
	long count[2] = { 0, 0 };
	pid_t pid = fork();

	for (int i = 0; i < 2000; i++)
		CHECK_EQ(put(fd, pid == 0 ? "a" : "b", 0, RWF_APPEND), 1);
	if (pid == 0)
		_exit(TEST_RESULT);
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	CHECK_EQ(lseek(fd, 0, SEEK_END), 4000);
	for (long i = 0; i < 4000 && pread(fd, &c, 1, i) == 1; i++)
		count[c == 'b']++;
	CHECK_EQ(count[0], 2000);
	CHECK_EQ(count[1], 2000);
	close(fd);
}

int main(void)
{
	int fd = open("/tmp/f", O_RDWR | O_CREAT, 0600), app;

	REQUIRE(fd >= 0);
	CHECK_EQ(put(-1, "x", 0, 0), -EBADF);
	CHECK_EQ(put(fd, "x", -2, 0), -EINVAL);
	CHECK_EQ(get(fd, -2, 0), -EINVAL);
	CHECK_EQ(put(fd, "x", 0, 1 << 30), -EOPNOTSUPP);
	CHECK_EQ(get(fd, 0, 1 << 30), -EOPNOTSUPP);
	CHECK_EQ(get(fd, 0, RWF_APPEND), 0); /* taken, and nothing to a read */
	CHECK_EQ(put(fd, "hello", 0, RWF_DSYNC), 5);
	CHECK_EQ(put(fd, "J", 0, RWF_SYNC | RWF_HIPRI), 1);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 0);
	CHECK_EQ(put(fd, "!", 1, RWF_APPEND), 1); /* the place given means nothing */
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 0);
	holds("Jello!");
	CHECK_EQ(put(fd, "?", -1, RWF_APPEND), 1);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 7); /* the position goes along */
	holds("Jello!?");
	CHECK_EQ(get(fd, 0, RWF_HIPRI), 7);
	CHECK_EQ(get(fd, -1, 0), 0);
	app = open("/tmp/f", O_RDWR | O_APPEND);
	CHECK_EQ(put(app, ".", 0, 0), 1);
	holds("Jello!?.");
	if (put(app, "C", 0, RWF_NOAPPEND) == 1) { /* since Linux 6.9 */
		holds("Cello!?.");
		CHECK_EQ(put(app, "C", 0, RWF_NOAPPEND | RWF_APPEND), -EINVAL);
	}
	CHECK_EQ(put(fd, "", 0, RWF_APPEND), 0);
	appenders();
	return TEST_RESULT;
}
