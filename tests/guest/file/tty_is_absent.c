/* Without a controlling terminal /dev/tty is ENXIO; terminal ioctls on pipes are ENOTTY. */
#include "../test.h"
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <termios.h>

int main(void)
{
	struct winsize size;
	struct termios t;
	struct stat st;
	int n = -1;

	CHECK(stat("/dev/tty", &st) == 0 && S_ISCHR(st.st_mode) &&
	      st.st_rdev == makedev(5, 0));
	CHECK_ERR(open("/dev/tty", O_RDWR), ENXIO);
	CHECK_ERR(ioctl(1, TCGETS, &t), ENOTTY);
	CHECK_ERR(ioctl(1, TIOCGWINSZ, &size), ENOTTY);
	CHECK_ERR(tcgetattr(2, &t), ENOTTY);
	CHECK_ERR(ioctl(-1, TCGETS, &t), EBADF);
	CHECK_ERR(ioctl(1, 0x12345678, &t), ENOTTY);
	CHECK_EQ(ioctl(0, FIONBIO, &(int){ 0 }), 0);
	CHECK_EQ(ioctl(1, FIOCLEX), 0);
	CHECK_EQ(fcntl(1, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(ioctl(1, FIONCLEX), 0);
	CHECK_EQ(fcntl(1, F_GETFD), 0);
	CHECK_EQ(sys3(SYS_ioctl, 1, FIONREAD, BAD_HIGH), -EFAULT);
	CHECK_EQ(ioctl(1, FIONREAD, &n), 0);
	return TEST_RESULT;
}
