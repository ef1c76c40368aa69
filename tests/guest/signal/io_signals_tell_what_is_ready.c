/* O_ASYNC, F_SETOWN and F_SETSIG: who is told of input and room, and what siginfo says. */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>

#include "../test.h"

#define RT (SIGRTMIN + 3)

static sigset_t watched;

/* The signal that is there or comes soon; 0: none. */
static int next_signal(siginfo_t *info, int ms)
{
	struct timespec ts = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L };
	int sig = sigtimedwait(&watched, info, &ts);

	return sig < 0 ? 0 : sig;
}

static void nothing_more(void)
{
	siginfo_t info;

	while (next_signal(&info, 0) != 0)
		;
}

static void none(const char *where)
{
	siginfo_t info;
	int sig = next_signal(&info, 50);

	if (sig != 0)
		test_fail("%s: signal %d, code %d, fd %d", where, sig, info.si_code, info.si_fd);
}

static void watch(int fd, int sig)
{
	CHECK_EQ(fcntl(fd, F_SETOWN, getpid()), 0);
	CHECK_EQ(fcntl(fd, F_SETSIG, sig), 0);
	CHECK_EQ(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_ASYNC), 0);
}

static void expect(const char *where, int fd, int code, long band)
{
	siginfo_t info = { 0 };
	int sig = next_signal(&info, 5000);

	if (sig != RT || info.si_code != code || info.si_fd != fd || info.si_band != band)
		test_fail("%s: signal %d, code %d, fd %d for %d, band %#lx", where, sig,
			  info.si_code, info.si_fd, fd, info.si_band);
	nothing_more();
}

static void pipes(void)
{
	siginfo_t info = { 0 };
	char buffer[65536] = "";
	int p[2];

	REQUIRE(pipe(p) == 0);
	CHECK_EQ(fcntl(p[0], F_SETFL, O_ASYNC), 0);
	CHECK_EQ(write(p[1], "x", 1), 1);
	none("no owner");
	CHECK_EQ(fcntl(p[0], F_SETOWN, getpid()), 0);
	CHECK_EQ(write(p[1], "x", 1), 1);
	CHECK_EQ(next_signal(&info, 5000), SIGIO);
	CHECK_EQ(info.si_code, SI_KERNEL);
	CHECK_EQ(info.si_pid, 0);
	nothing_more();
	watch(p[0], RT);
	CHECK_EQ(write(p[1], "x", 1), 1);
	expect("pipe, input", p[0], POLL_IN, POLLIN | POLLRDNORM);
	CHECK_EQ(write(p[1], buffer, sizeof(buffer) - 3), sizeof(buffer) - 3);
	nothing_more();
	watch(p[1], RT);
	CHECK_EQ(read(p[0], buffer, sizeof(buffer)), sizeof(buffer));
	expect("pipe, room", p[1], POLL_OUT, POLLOUT | POLLWRNORM | POLLWRBAND);
	CHECK_EQ(fcntl(p[1], F_SETFL, 0), 0);
	CHECK_EQ(fcntl(p[0], F_SETFL, 0), 0);
	CHECK_EQ(write(p[1], "x", 1), 1);
	none("switched off");
	watch(p[0], RT);
	CHECK_EQ(fcntl(p[0], F_SETOWN, 0), 0);
	CHECK_EQ(write(p[1], "x", 1), 1);
	none("owner taken away");
	watch(p[0], RT);
	close(p[1]);
	expect("pipe, end", p[0], POLL_IN, POLLIN | POLLRDNORM);
	close(p[0]);
}

static void sockets(void)
{
	int s[2], on = 1, who = getpid();

	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0);
	CHECK_EQ(ioctl(s[0], FIOSETOWN, &who), 0);
	CHECK_EQ(ioctl(s[0], FIOGETOWN, &who), 0);
	CHECK_EQ(who, getpid());
	CHECK_EQ(fcntl(s[0], F_SETSIG, RT), 0);
	CHECK_EQ(ioctl(s[0], FIOASYNC, &on), 0);
	CHECK(fcntl(s[0], F_GETFL) & O_ASYNC);
	CHECK_EQ(write(s[1], "x", 1), 1);
	expect("unix socket, input", s[0], POLL_IN, POLLIN | POLLRDNORM);
	close(s[1]);
	expect("unix socket, hang-up", s[0], POLL_HUP, POLLHUP | POLLERR);
	close(s[0]);
	REQUIRE(socketpair(AF_UNIX, SOCK_DGRAM, 0, s) == 0);
	watch(s[0], RT);
	CHECK_EQ(send(s[1], "x", 1, 0), 1);
	expect("datagram socket, input", s[0], POLL_IN, POLLIN | POLLRDNORM);
	close(s[0]);
	close(s[1]);
}

static void terminals(void)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY), slave;

	REQUIRE(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	REQUIRE(slave >= 0);
	watch(slave, RT);
	CHECK_EQ(write(master, "x", 1), 1);
	none("an unfinished line");
	CHECK_EQ(write(master, "\n", 1), 1);
	expect("terminal, input", slave, POLL_IN, POLLIN | POLLRDNORM);
	close(slave);
	close(master);
}

static void file_events(void)
{
	char dir[] = "/tmp/asyncXXXXXX", file[64];
	int in = inotify_init(), fd;

	REQUIRE(in >= 0 && mkdtemp(dir) != NULL);
	REQUIRE(inotify_add_watch(in, dir, IN_CREATE) > 0);
	watch(in, RT);
	snprintf(file, sizeof(file), "%s/f", dir);
	fd = open(file, O_CREAT | O_RDWR, 0600);
	expect("inotify", in, POLL_IN, POLLIN | POLLRDNORM);
	/* A regular file has no such signals, and the flag is kept all the same. */
	int on = 1;

	CHECK_ERR(ioctl(fd, FIOASYNC, &on), ENOTTY);
	CHECK_EQ(fcntl(fd, F_SETFL, O_ASYNC), 0);
	CHECK_ERR(ioctl(fd, FIOASYNC, 8), EFAULT);
	close(fd);
	close(in);
	unlink(file);
	rmdir(dir);
}

static void a_group(void)
{
	int p[2], ready[2], status;
	char c;

	REQUIRE(pipe(p) == 0 && pipe(ready) == 0);
	pid_t child = fork();

	if (child == 0) {
		siginfo_t info = { 0 };

		setpgid(0, 0);
		_exit(write(ready[1], "x", 1) == 1 && next_signal(&info, 5000) == RT &&
				      info.si_code == POLL_IN && info.si_fd == p[0] ?
			      0 : 1);
	}
	CHECK_EQ(read(ready[0], &c, 1), 1);
	watch(p[0], RT);
	CHECK_EQ(fcntl(p[0], F_SETOWN, -child), 0);
	CHECK_EQ(write(p[1], "x", 1), 1);
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK_EQ(status, 0);
	none("another group's");
	close(p[0]);
	close(p[1]);
}

static void *waits(void *arg)
{
	siginfo_t info = { 0 };
	int *p = arg;
	struct f_owner_ex own = { .type = F_OWNER_TID, .pid = (int)syscall(SYS_gettid) };

	watch(p[0], RT);
	CHECK_EQ(fcntl(p[0], F_SETOWN_EX, &own), 0);
	CHECK_EQ(write(p[1], "x", 1), 1);
	CHECK_EQ(next_signal(&info, 5000), RT);
	CHECK_EQ(info.si_code, POLL_IN);
	return NULL;
}

static void a_thread(void)
{
	pthread_t t;
	int p[2];

	REQUIRE(pipe(p) == 0 && pthread_create(&t, NULL, waits, p) == 0);
	REQUIRE(pthread_join(t, NULL) == 0);
	none("another thread's");
	close(p[0]);
	close(p[1]);
}

int main(void)
{
	sigemptyset(&watched);
	sigaddset(&watched, SIGIO);
	sigaddset(&watched, RT);
	REQUIRE(sigprocmask(SIG_BLOCK, &watched, NULL) == 0);
	pipes();
	sockets();
	terminals();
	file_events();
	a_group();
	a_thread();
	return TEST_RESULT;
}
