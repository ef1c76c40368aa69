/*
 * pty.h - pairs of terminals, and sessions on them.
 *
 * On the host what the master writes reaches the slave a moment later, so whoever looks
 * for it waits: expect() and arrives() do.
 */
#ifndef TEST_PTY_H
#define TEST_PTY_H

#include "../test.h"
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>

#define PATIENCE 20000 /* ms */

struct pair {
	int master, slave;
	char name[64];
};

static inline void pause_ms(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&t, &t) < 0 && errno == EINTR)
		;
}

static inline void master_open(struct pair *p)
{
	p->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	REQUIRE(p->master >= 0);
	REQUIRE(grantpt(p->master) == 0 && unlockpt(p->master) == 0);
	REQUIRE(ptsname_r(p->master, p->name, sizeof(p->name)) == 0);
	p->slave = -1;
}

static inline void pair_open(struct pair *p)
{
	master_open(p);
	p->slave = open(p->name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	REQUIRE(p->slave >= 0);
}

static inline void pair_close(struct pair *p)
{
	close(p->slave);
	close(p->master);
}

/* Change settings: set and clear bits of one of the flag words. */
#define CHANGE(fd, word, set, clear)                     \
	do {                                             \
		struct termios t_;                       \
		REQUIRE(tcgetattr(fd, &t_) == 0);        \
		t_.word |= (set);                        \
		t_.word &= ~(tcflag_t)(clear);           \
		REQUIRE(tcsetattr(fd, TCSANOW, &t_) == 0); \
	} while (0)

static inline void set_key(int fd, int key, int value)
{
	struct termios t;

	REQUIRE(tcgetattr(fd, &t) == 0);
	t.c_cc[key] = (cc_t)value;
	REQUIRE(tcsetattr(fd, TCSANOW, &t) == 0);
}

static inline void make_raw(int fd)
{
	struct termios t;

	REQUIRE(tcgetattr(fd, &t) == 0);
	cfmakeraw(&t);
	REQUIRE(tcsetattr(fd, TCSANOW, &t) == 0);
}

static inline bool readable(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, ms) == 1 && (p.revents & POLLIN);
}

#define TYPE(p, text) \
	CHECK_EQ(write((p)->master, text, sizeof(text) - 1), (long)sizeof(text) - 1)

/* Exactly these bytes come out of fd, perhaps in pieces. */
static inline void expect_at(int line, int fd, const char *text, size_t len)
{
	char have[4096];
	size_t got = 0;

	while (got < len && readable(fd, PATIENCE)) {
		ssize_t n = read(fd, have + got, len - got);

		if (n <= 0)
			break;
		got += (size_t)n;
	}
	if (got == len && memcmp(have, text, len) == 0)
		return;
	dprintf(2, "line %d: got %zu of %zu bytes:", line, got, len);
	for (size_t i = 0; i < got; i++)
		dprintf(2, have[i] >= ' ' && have[i] < 127 ? "%c" : "\\%03o",
			(unsigned char)have[i]);
	test_fail(" - not what was expected");
}

#define EXPECT(fd, text) expect_at(__LINE__, fd, text, sizeof(text) - 1)

static inline void expect_nothing_at(int line, int fd)
{
	if (readable(fd, 100))
		test_fail("line %d: there is something to read", line);
}

#define EXPECT_NOTHING(fd) expect_nothing_at(__LINE__, fd)

/* One read gives exactly this. */
#define EXPECT_READ(fd, text)                                              \
	do {                                                               \
		char have_[8192];                                          \
		ssize_t n_ = readable(fd, PATIENCE) ? read(fd, have_, sizeof(have_)) : -2; \
		if (n_ != (ssize_t)sizeof(text) - 1 || memcmp(have_, text, (size_t)n_) != 0) \
			test_fail("read gave %zd bytes (%.*s), not \"%s\"", n_,  \
				  n_ > 0 ? (int)n_ : 0, have_, text);      \
	} while (0)

/*
 * Run fn in a child that leads a session with the slave as its terminal, its descriptor
 * 0; the child ends with fn's value.
 */
static inline pid_t session_start(struct pair *p, int (*fn)(struct pair *p))
{
	pid_t pid = fork();

	REQUIRE(pid >= 0);
	if (pid != 0)
		return pid;
	setsid();
	if (p->slave >= 0)
		close(p->slave);
	close(0);
	p->slave = open(p->name, O_RDWR);
	_exit(p->slave == 0 ? fn(p) : 99);
}

/* The status of a child that ends by itself. */
static inline int child_end(pid_t pid)
{
	int status;

	for (int i = 0; i < 5000; i++) {
		pid_t got = waitpid(pid, &status, WNOHANG);

		if (got == pid)
			return status;
		if (got < 0)
			return -1;
		pause_ms(10);
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return -2;
}

/* Child-side checks report by exit status: make the parent's verdict from it. */
#define SESSION_OK(p, fn) CHECK_EQ(child_end(session_start(p, fn)), 0)

/* Wait until a child stops; the signal, or -1. */
static inline int child_stop(pid_t pid)
{
	int status;

	for (int i = 0; i < 5000; i++) {
		pid_t got = waitpid(pid, &status, WNOHANG | WUNTRACED);

		if (got == pid)
			return WIFSTOPPED(status) ? WSTOPSIG(status) : -1;
		if (got < 0)
			return -1;
		pause_ms(10);
	}
	return -1;
}

#endif
