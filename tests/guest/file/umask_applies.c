/* umask: returned and applied to files and directories, only permission bits count. */
#include "../test.h"
#include <fcntl.h>
#include <sys/stat.h>

static int mode_of(const char *path)
{
	struct stat st;

	REQUIRE(stat(path, &st) == 0);
	return (int)(st.st_mode & 07777);
}

int main(void)
{
	CHECK_EQ(umask(077), 022);
	close(open("/tmp/a", O_WRONLY | O_CREAT, 0666));
	mkdir("/tmp/b", 0777);
	CHECK_EQ(mode_of("/tmp/a"), 0600);
	CHECK_EQ(mode_of("/tmp/b"), 0700);
	CHECK_EQ(umask(07777), 077);
	CHECK_EQ(umask(0), 0777);
	close(open("/tmp/c", O_WRONLY | O_CREAT, 07777));
	mkdir("/tmp/e", 01777);
	CHECK_EQ(mode_of("/tmp/c"), 07777);
	CHECK_EQ(mode_of("/tmp/e"), 01777);
	CHECK_EQ(umask(022), 0);
	CHECK_EQ(chmod("/tmp/a", 0666), 0);
	CHECK_EQ(mode_of("/tmp/a"), 0666);
	return TEST_RESULT;
}
