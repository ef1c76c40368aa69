/* mq_open: names, flags, permissions, attributes and their errors; mq_unlink. */
#include "mqueue.h"
#include <sys/stat.h>

static void bad_names(void)
{
	char longest[300];

	memset(longest, 'x', sizeof(longest));
	longest[0] = '/';
	longest[299] = '\0';
	CHECK_ERR(mq_open("no-slash", O_RDWR), EINVAL); /* the C library's */
	CHECK_ERR(mq_open("/", O_RDWR), ENOENT);
	CHECK_ERR(mq_open("/a/b", O_RDWR | O_CREAT, 0600, NULL), EACCES);
	CHECK_ERR(mq_open("/.", O_RDWR), EACCES);
	CHECK_ERR(mq_open("/..", O_RDWR | O_CREAT, 0600, NULL), EACCES);
	CHECK_ERR(mq_open(longest, O_RDWR | O_CREAT, 0600, NULL), ENAMETOOLONG);
	CHECK_ERR(syscall(SYS_mq_open, BAD_LOW, O_RDWR, 0, NULL), EFAULT);
	CHECK_ERR(syscall(SYS_mq_open, "x", O_RDWR | O_CREAT, 0600, BAD_LOW), EFAULT);
	CHECK_ERR(mq_open("/nacre-test-none", O_RDWR), ENOENT);
	CHECK_ERR(mq_unlink("/nacre-test-none"), ENOENT);
	CHECK_ERR(mq_unlink("/"), ENOENT);
}

static void bad_attributes(void)
{
	static const struct mq_attr bad[] = {
		{ .mq_maxmsg = 0, .mq_msgsize = 10 },
		{ .mq_maxmsg = 5, .mq_msgsize = 0 },
		{ .mq_maxmsg = -1, .mq_msgsize = 10 },
		{ .mq_maxmsg = 70000, .mq_msgsize = 10 },
		{ .mq_maxmsg = 5, .mq_msgsize = 20 << 20 },
	};
	const char *name = "/nacre-test-attr";

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK_ERR(mq_open(name, O_RDWR | O_CREAT, 0600, &bad[i]), EINVAL);
	CHECK_ERR(mq_open(name, O_RDWR), ENOENT); /* none was made */
}

int main(void)
{
	struct mq_attr attr;
	struct stat st;
	mqd_t q, again;

	bad_names();
	bad_attributes();
	umask(027);
	snprintf(queue_name, sizeof(queue_name), "/nacre-test-%d", getpid());
	queue_maker = getpid();
	q = mq_open(queue_name, O_CREAT | O_RDONLY | O_NONBLOCK, 0666, NULL);
	REQUIRE(q >= 0);
	CHECK_EQ(mq_getattr(q, &attr), 0);
	CHECK_EQ(attr.mq_maxmsg, 10);
	CHECK_EQ(attr.mq_msgsize, 8192);
	CHECK_EQ(attr.mq_curmsgs, 0);
	CHECK_EQ(attr.mq_flags, O_NONBLOCK);
	CHECK_EQ(fcntl(q, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(fstat(q, &st), 0);
	CHECK_EQ(st.st_mode, S_IFREG | 0640);
	CHECK_EQ(st.st_size, 80);
	CHECK_ERR(mq_open(queue_name, O_CREAT | O_EXCL | O_RDWR, 0600, NULL), EEXIST);
	again = mq_open(queue_name, O_WRONLY);
	REQUIRE(again >= 0);
	CHECK_EQ(mq_unlink(queue_name), 0);
	CHECK_ERR(mq_open(queue_name, O_RDONLY), ENOENT);
	CHECK_EQ(mq_send(again, "x", 1, 0), 0); /* who has it open keeps it */
	CHECK_EQ(mq_getattr(q, &attr), 0);
	CHECK_EQ(attr.mq_curmsgs, 1);
	CHECK_EQ(mq_close(q), 0);
	CHECK_EQ(mq_close(again), 0);
	CHECK_ERR(mq_close(again), EBADF);
	return TEST_RESULT;
}
