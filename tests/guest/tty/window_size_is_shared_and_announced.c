/* TIOCSWINSZ from either side; SIGWINCH for the foreground group when it changes. */
#include "pty.h"

static volatile int changed;

static void on_winch(int sig)
{
	(void)sig;
	changed++;
}

static int leader(struct pair *p)
{
	struct winsize size;

	(void)p;
	signal(SIGWINCH, on_winch);
	dprintf(0, "r");
	for (int i = 0; i < 3000 && changed == 0; i++)
		pause_ms(10);
	pause_ms(100);
	CHECK_EQ(changed, 1);
	CHECK_EQ(ioctl(0, TIOCGWINSZ, &size), 0);
	CHECK_EQ(size.ws_row, 25);
	CHECK_EQ(size.ws_col, 80);
	return TEST_RESULT;
}

int main(void)
{
	struct winsize size = { 25, 80, 1, 2 }, have;
	struct pair p;
	pid_t pid;

	pair_open(&p);
	pid = session_start(&p, leader);
	EXPECT(p.master, "r");
	CHECK_EQ(ioctl(p.master, TIOCSWINSZ, &size), 0);
	CHECK_EQ(ioctl(p.master, TIOCSWINSZ, &size), 0); /* no change, no signal */
	CHECK_EQ(child_end(pid), 0);
	CHECK_EQ(ioctl(p.slave, TIOCGWINSZ, &have), 0);
	CHECK(memcmp(&have, &size, sizeof(size)) == 0);
	size.ws_row = 7;
	CHECK_EQ(ioctl(p.slave, TIOCSWINSZ, &size), 0);
	CHECK_EQ(ioctl(p.master, TIOCGWINSZ, &have), 0);
	CHECK_EQ(have.ws_row, 7);
	CHECK_ERR(ioctl(p.slave, TIOCSWINSZ, BAD_LOW), EFAULT);
	CHECK_ERR(ioctl(p.slave, TIOCGWINSZ, BAD_LOW), EFAULT);
	return TEST_RESULT;
}
