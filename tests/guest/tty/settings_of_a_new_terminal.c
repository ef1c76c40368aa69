/* What tcgetattr says of a fresh slave, the same from both sides; sizes are zero. */
#include "pty.h"

int main(void)
{
	static const unsigned char keys[19] = { 3,    28, 127, 21, 4,  0,  1,  0, 17, 19,
						26, 0,	18,  15, 23, 22, 0, 0, 0 };
	struct pair p;
	struct termios t, m;
	struct winsize size = { 1, 1, 1, 1 };
	int n = -1;

	pair_open(&p);
	CHECK_EQ(tcgetattr(p.slave, &t), 0);
	CHECK_EQ(t.c_iflag, ICRNL | IXON);
	CHECK_EQ(t.c_oflag, OPOST | ONLCR);
	CHECK_EQ(t.c_cflag, B38400 | CS8 | CREAD);
	CHECK_EQ(t.c_lflag,
		 ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN);
	CHECK(memcmp(t.c_cc, keys, sizeof(keys)) == 0);
	CHECK_EQ(cfgetospeed(&t), B38400);
	CHECK_EQ(tcgetattr(p.master, &m), 0);
	CHECK_EQ(m.c_lflag, t.c_lflag);
	CHECK_EQ(ioctl(p.slave, TIOCGWINSZ, &size), 0);
	CHECK(size.ws_row == 0 && size.ws_col == 0);
	CHECK_EQ(ioctl(p.slave, TIOCGETD, &n), 0);
	CHECK_EQ(n, 0);
	CHECK_ERR(ioctl(p.slave, TCGETS, BAD_LOW), EFAULT);
	CHECK_ERR(ioctl(p.slave, TCSETS, BAD_HIGH), EFAULT);
	CHECK_ERR(ioctl(p.slave, 0x54fe, 0), ENOTTY);
	/* A pty has eight bits and a receiver, whatever is asked. */
	t.c_cflag = (t.c_cflag & ~(tcflag_t)(CSIZE | CREAD)) | CS5 | PARENB;
	CHECK_EQ(ioctl(p.slave, TCSETS, &t), 0);
	CHECK_EQ(tcgetattr(p.slave, &m), 0);
	CHECK_EQ(m.c_cflag & (CSIZE | CREAD | PARENB), CS8 | CREAD);
	return TEST_RESULT;
}
