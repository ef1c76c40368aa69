/* What is done with a file is told to those who watch its directory, with its name. */
#include "inotify.h"
#include <sys/sendfile.h>
#include <sys/uio.h>

int main(void)
{
	struct iovec iov = { "abc", 3 };
	char buf[16], *volatile bad = BAD_LOW;
	int fd, out;

	in_start();
	in_watch(".", IN_ALL_EVENTS, "dir");
	fd = in_make("a");
	CHECK_EVENTS("dir:CREATE(a) dir:OPEN(a)");
	CHECK_EQ(write(fd, "hello", 5), 5);
	CHECK_EVENTS("dir:MODIFY(a)");
	CHECK_EQ(writev(fd, &iov, 1), 3);
	CHECK_EVENTS("dir:MODIFY(a)");
	CHECK_EQ(write(fd, "", 0), 0);
	CHECK_EVENTS("");
	CHECK_EQ(pread(fd, buf, 3, 0), 3);
	CHECK_EVENTS("dir:ACCESS(a)");
	CHECK_EQ(read(fd, buf, 3), 0); /* the end of the file is no access */
	CHECK_EVENTS("");
	CHECK_ERR(pread(fd, bad, 3, 0), EFAULT);
	CHECK_EVENTS("");
	CHECK_EQ(ftruncate(fd, 2), 0);
	CHECK_EVENTS("dir:MODIFY(a)");
	CHECK_EQ(fallocate(fd, 0, 0, 100), 0);
	CHECK_EVENTS("dir:MODIFY(a)");
	out = in_make("b");
	in_events();
	CHECK_EQ(sendfile(out, fd, &(off_t){ 0 }, 2), 2);
	CHECK_EVENTS("dir:ACCESS(a) dir:MODIFY(b)");
	close(out);
	CHECK_EVENTS("dir:CLOSE_WRITE(b)");
	out = dup(fd);
	close(fd);
	CHECK_EVENTS(""); /* one open file description is left */
	close(out);
	CHECK_EVENTS("dir:CLOSE_WRITE(a)");
	close(open("a", O_RDONLY));
	CHECK_EVENTS("dir:OPEN(a) dir:CLOSE_NOWRITE(a)");
	close(open("a", O_WRONLY | O_TRUNC));
	CHECK_EVENTS("dir:OPEN(a) dir:MODIFY(a) dir:CLOSE_WRITE(a)");
	close(open("a", O_PATH));
	CHECK_EVENTS("");
	CHECK_EQ(truncate("a", 10), 0);
	CHECK_EVENTS("dir:MODIFY(a)");
	CHECK_ERR(open("nothing", O_RDONLY), ENOENT);
	CHECK_ERR(open("a", O_CREAT | O_EXCL | O_RDWR, 0600), EEXIST);
	CHECK_EVENTS("");
	return TEST_RESULT;
}
