/* Seals stand in the way of changes, not of opening: by way of /proc a sealed file opens. */
#include "../test.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

int main(void)
{
	static const unsigned seals[] = { F_SEAL_WRITE, F_SEAL_FUTURE_WRITE };
	char name[40];
	struct stat st;
	int fd, again;

	for (unsigned i = 0; i < 2; i++) {
		fd = memfd_create("sealed", MFD_ALLOW_SEALING);
		REQUIRE(fd >= 0);
		CHECK_EQ(write(fd, "hello", 5), 5);
		CHECK_EQ(fcntl(fd, F_ADD_SEALS, seals[i]), 0);
		snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
		again = open(name, O_RDWR);
		CHECK(again >= 0);
		CHECK_ERR(write(again, "x", 1), EPERM);
		CHECK(mmap(NULL, PAGE, PROT_WRITE, MAP_SHARED, again, 0) == MAP_FAILED);
		close(again);
		again = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
		CHECK(again >= 0);
		CHECK_EQ(fstat(fd, &st), 0);
		CHECK_EQ(st.st_size, 0);
		close(again);
		CHECK_EQ(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK), 0);
		CHECK_EQ(ftruncate(fd, 9), 0);
		CHECK_ERR(open(name, O_RDWR | O_TRUNC), EPERM);
		CHECK_EQ(fstat(fd, &st), 0);
		CHECK_EQ(st.st_size, 9);
		close(fd);
	}
	return TEST_RESULT;
}
