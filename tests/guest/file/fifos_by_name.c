/* mknod and mkfifo: a named pipe opened both ways; devices and other types. */
#include "../test.h"
#include <fcntl.h>
#include <sys/stat.h>

int main(void)
{
	struct stat st;
	char text[8];
	int r, w;

	CHECK_EQ(mkfifo("/tmp/p", 0640), 0);
	CHECK_ERR(mkfifo("/tmp/p", 0640), EEXIST);
	CHECK(stat("/tmp/p", &st) == 0 && st.st_mode == (S_IFIFO | 0640));
	CHECK_ERR(open("/tmp/p", O_WRONLY | O_NONBLOCK), ENXIO);
	r = open("/tmp/p", O_RDONLY | O_NONBLOCK);
	CHECK(r >= 0);
	CHECK_EQ(read(r, text, 8), 0);
	w = open("/tmp/p", O_WRONLY);
	CHECK(w >= 0);
	CHECK_ERR(read(r, text, 8), EAGAIN);
	CHECK_EQ(write(w, "fifo", 4), 4);
	CHECK_EQ(read(r, text, 8), 4);
	CHECK_EQ(mknod("/tmp/plain", S_IFREG | 0600, 0), 0);
	CHECK_EQ(mknod("/tmp/plain2", 0600, 0), 0);
	CHECK(stat("/tmp/plain2", &st) == 0 && S_ISREG(st.st_mode));
	CHECK_ERR(mknod("/tmp/dir", S_IFDIR | 0700, 0), EPERM);
	CHECK_ERR(mknod("/tmp/odd", S_IFLNK | 0700, 0), EINVAL);
	CHECK_EQ(unlink("/tmp/p"), 0);
	return TEST_RESULT;
}
