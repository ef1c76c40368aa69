/* TCGETA, TCSETA, TCGETS2, TCSETS2, speeds without a code. */
#include "../test.h"
#include <asm/termbits.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

struct old_settings {
	unsigned short c_iflag, c_oflag, c_cflag, c_lflag;
	unsigned char c_line, c_cc[8];
};

int main(void)
{
	int master = open("/dev/ptmx", O_RDWR | O_NOCTTY), zero = 0, fd;
	struct old_settings old;
	struct termios2 t2;
	struct termios t;

	REQUIRE(master >= 0);
	REQUIRE(ioctl(master, TIOCSPTLCK, &zero) == 0);
	fd = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY);
	REQUIRE(fd >= 0);
	CHECK_EQ(ioctl(fd, TCGETS2, &t2), 0);
	CHECK_EQ(t2.c_ispeed, 38400);
	CHECK_EQ(t2.c_ospeed, 38400);
	CHECK_EQ(ioctl(fd, TCGETA, &old), 0);
	CHECK_EQ(old.c_lflag, t2.c_lflag & 0xffff);
	CHECK_EQ(old.c_cc[VERASE], 127);
	old.c_lflag &= (unsigned short)~ECHO;
	old.c_cc[VERASE] = 8;
	CHECK_EQ(ioctl(fd, TCSETAW, &old), 0);
	CHECK_EQ(ioctl(fd, TCGETS, &t), 0);
	CHECK_EQ(t.c_lflag & ECHO, 0);
	CHECK_EQ(t.c_cc[VERASE], 8);
	CHECK_EQ(t.c_cc[VWERASE], 23); /* not in the old form: kept */
	t.c_cflag = (t.c_cflag & ~(tcflag_t)CBAUD) | B115200;
	CHECK_EQ(ioctl(fd, TCSETSF, &t), 0);
	CHECK_EQ(ioctl(fd, TCGETS2, &t2), 0);
	CHECK_EQ(t2.c_ospeed, 115200);
	CHECK_EQ(t2.c_ispeed, 115200);
	t2.c_cflag = (t2.c_cflag & ~(tcflag_t)CBAUD) | BOTHER;
	t2.c_ospeed = t2.c_ispeed = 12345;
	CHECK_EQ(ioctl(fd, TCSETS2, &t2), 0);
	memset(&t2, 0, sizeof(t2));
	CHECK_EQ(ioctl(fd, TCGETS2, &t2), 0);
	CHECK_EQ(t2.c_ospeed, 12345);
	CHECK_ERR(ioctl(fd, TCSETS2, BAD_LOW), EFAULT);
	CHECK_ERR(ioctl(fd, TCGETA, BAD_HIGH), EFAULT);
	return TEST_RESULT;
}
