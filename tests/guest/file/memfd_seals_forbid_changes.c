/* F_ADD_SEALS, F_GET_SEALS: shrink, grow, write, seal, future writes; mappings in the way. */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "../test.h"

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x10
#endif

int main(void)
{
	int fd = memfd_create("unsealable", 0), fds[2];
	char buf[8] = "abc";

	CHECK_EQ(fcntl(fd, F_GET_SEALS), F_SEAL_SEAL);
	CHECK_ERR(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EPERM);
	REQUIRE(pipe(fds) == 0);
	CHECK_ERR(fcntl(fds[0], F_GET_SEALS), EINVAL);
	CHECK_ERR(memfd_create("x", 0x100), EINVAL);
	CHECK_EQ(sys2(SYS_memfd_create, BAD_HIGH, 0), -EFAULT);
	char longname[260];
	memset(longname, 'n', 259);
	longname[250] = 0;
	CHECK_ERR(memfd_create(longname, 0), EINVAL);
	longname[249] = 0;
	CHECK(memfd_create(longname, 0) >= 0);

	fd = memfd_create("sealed", MFD_ALLOW_SEALING | MFD_CLOEXEC);
	CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(fcntl(fd, F_GET_SEALS), 0);
	CHECK_EQ(ftruncate(fd, 2 * (off_t)PAGE), 0);
	CHECK_ERR(fcntl(fd, F_ADD_SEALS, 0x1000), EINVAL);
	CHECK_EQ(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK), 0);
	CHECK_ERR(ftruncate(fd, PAGE), EPERM);
	CHECK_EQ(ftruncate(fd, 3 * (off_t)PAGE), 0);
	CHECK_EQ(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW), 0);
	CHECK_ERR(ftruncate(fd, 4 * (off_t)PAGE), EPERM);
	CHECK_EQ(ftruncate(fd, 3 * (off_t)PAGE), 0);
	CHECK_EQ(pwrite(fd, buf, 3, 0), 3);
	CHECK_ERR(pwrite(fd, buf, 3, 3 * (off_t)PAGE), EPERM);
	CHECK_ERR(fallocate(fd, 0, 0, 4 * (off_t)PAGE), EPERM);
	char *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	REQUIRE(p != MAP_FAILED);
	CHECK_ERR(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EBUSY);
	CHECK_EQ(mprotect(p, PAGE, PROT_READ), 0); /* it could be written to again */
	CHECK_ERR(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EBUSY);
	CHECK_EQ(mprotect(p, PAGE, PROT_READ | PROT_WRITE), 0);
	CHECK_EQ(fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE), 0);
	p[0] = 'x'; /* what is mapped stays writable */
	CHECK_ERR(pwrite(fd, buf, 3, 0), EPERM);
	CHECK(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
	CHECK_EQ(errno, EPERM);
	munmap(p, PAGE);
	CHECK_EQ(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), 0);
	p = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	CHECK(p != MAP_FAILED);
	CHECK_EQ(p[0], 'x');
	CHECK_ERR(mprotect(p, PAGE, PROT_READ | PROT_WRITE), EACCES);
	char *own = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	CHECK(own != MAP_FAILED);
	own[0] = 'y';
	CHECK_EQ(p[0], 'x');
	CHECK_ERR(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, PAGE), EPERM);
	CHECK_EQ(fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL), 0);
	CHECK_ERR(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW), EPERM);
	CHECK_EQ(fcntl(fd, F_GET_SEALS), F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW |
						 F_SEAL_WRITE | F_SEAL_FUTURE_WRITE);
	return TEST_RESULT;
}
