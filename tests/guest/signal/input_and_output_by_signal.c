/* O_ASYNC, F_SETOWN, F_SETSIG, FIOASYNC: pipes, sockets and terminals tell by signal. */
#include "../test.h"
#include <fcntl.h>
#include <pthread.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>

static sigset_t watched;

/* The signal that comes within 200 ms, 0: none. */
static int next(siginfo_t *info)
{
	const struct timespec wait = { 0, 200000000 };
	int sig = sigtimedwait(&watched, info, &wait);

	return sig < 0 ? 0 : sig;
}

static void none(void)
{
	const struct timespec wait = { 0, 20000000 };
	siginfo_t info;

	CHECK_ERR(sigtimedwait(&watched, &info, &wait), EAGAIN);
}

static void drain(void)
{
	const struct timespec wait = { 0, 20000000 };
	siginfo_t info;

	while (sigtimedwait(&watched, &info, &wait) > 0)
		continue;
}

static void arm(int fd, int sig)
{
	CHECK_EQ(fcntl(fd, F_SETOWN, getpid()), 0);
	CHECK_EQ(fcntl(fd, F_SETSIG, sig), 0);
	CHECK_EQ(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_ASYNC), 0);
	CHECK(fcntl(fd, F_GETFL) & O_ASYNC);
}

static void input_is_told(int reader, int writer)
{
	siginfo_t info;
	char buf[10];

	/* Plain SIGIO says nothing more. */
	arm(reader, 0);
	drain();
	CHECK_EQ(write(writer, "x\n", 2), 2);
	CHECK_EQ(next(&info), SIGIO);
	CHECK_EQ(info.si_code, SI_KERNEL);
	CHECK_EQ(info.si_pid, 0);
	CHECK_EQ(read(reader, buf, 2), 2);
	drain();
	/* A chosen signal says which descriptor and what. */
	CHECK_EQ(fcntl(reader, F_SETSIG, SIGRTMIN), 0);
	CHECK_EQ(fcntl(reader, F_GETSIG), SIGRTMIN);
	CHECK_EQ(write(writer, "y\n", 2), 2);
	CHECK_EQ(next(&info), SIGRTMIN);
	CHECK_EQ(info.si_code, POLL_IN);
	CHECK_EQ(info.si_fd, reader);
	CHECK_EQ(info.si_band, POLLIN | POLLRDNORM);
	CHECK_EQ(read(reader, buf, 2), 2);
	drain();
	/* Without an owner, or switched off: nothing. */
	CHECK_EQ(fcntl(reader, F_SETOWN, 0), 0);
	CHECK_EQ(write(writer, "z\n", 2), 2);
	none();
	CHECK_EQ(fcntl(reader, F_SETOWN, getpid()), 0);
	CHECK_EQ(fcntl(reader, F_SETFL, fcntl(reader, F_GETFL) & ~O_ASYNC), 0);
	CHECK(!(fcntl(reader, F_GETFL) & O_ASYNC));
	CHECK_EQ(write(writer, "z\n", 2), 2);
	none();
	CHECK_EQ(read(reader, buf, 2), 2);
	CHECK_EQ(read(reader, buf, 2), 2);
}

static void pipes(void)
{
	int fds[2];
	siginfo_t info;

	REQUIRE(pipe(fds) == 0);
	input_is_told(fds[0], fds[1]);
	arm(fds[0], SIGRTMIN);
	drain();
	close(fds[1]);
	CHECK_EQ(next(&info), SIGRTMIN);
	CHECK_EQ(info.si_fd, fds[0]);
	close(fds[0]);
	drain();
}

static void pipe_with_room(void)
{
	char block[65536] = "", buf[65536];
	siginfo_t info;
	int fds[2];

	REQUIRE(pipe(fds) == 0);
	CHECK_EQ(write(fds[1], block, sizeof(block)), sizeof(block));
	arm(fds[1], SIGRTMIN);
	drain();
	CHECK_EQ(read(fds[0], buf, sizeof(buf)), sizeof(buf));
	CHECK_EQ(next(&info), SIGRTMIN);
	CHECK_EQ(info.si_code, POLL_OUT);
	CHECK_EQ(info.si_fd, fds[1]);
	CHECK_EQ(info.si_band, POLLOUT | POLLWRNORM | POLLWRBAND);
	close(fds[0]);
	close(fds[1]);
	drain();
}

static void sockets(void)
{
	int fds[2], on = 1, off = 0;
	siginfo_t info;
	char buf[4];

	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
	input_is_told(fds[0], fds[1]);
	CHECK_EQ(fcntl(fds[0], F_SETSIG, 0), 0);
	CHECK_EQ(ioctl(fds[0], FIOASYNC, &on), 0);
	CHECK(fcntl(fds[0], F_GETFL) & O_ASYNC);
	CHECK_EQ(write(fds[1], "x", 1), 1);
	CHECK_EQ(next(&info), SIGIO);
	CHECK_EQ(ioctl(fds[0], FIOASYNC, &off), 0);
	CHECK(!(fcntl(fds[0], F_GETFL) & O_ASYNC));
	CHECK_EQ(read(fds[0], buf, 1), 1);
	CHECK_ERR(ioctl(fds[0], FIOASYNC, BAD_LOW), EFAULT);
	close(fds[0]);
	close(fds[1]);
	REQUIRE(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds) == 0);
	input_is_told(fds[0], fds[1]);
	close(fds[0]);
	close(fds[1]);
}

static void terminals(void)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY), slave;
	struct termios t;

	REQUIRE(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	REQUIRE(slave >= 0 && tcgetattr(slave, &t) == 0);
	cfmakeraw(&t);
	CHECK_EQ(tcsetattr(slave, TCSANOW, &t), 0);
	input_is_told(slave, master);
	close(slave);
	close(master);
	drain();
}

static void *in_thread(void *arg)
{
	int *fds = arg;
	struct f_owner_ex me = { F_OWNER_TID, (pid_t)syscall(SYS_gettid) };
	siginfo_t info;

	CHECK_EQ(fcntl(fds[0], F_SETOWN_EX, &me), 0);
	CHECK_EQ(write(fds[1], "x", 1), 1);
	CHECK_EQ(next(&info), SIGRTMIN);
	return NULL;
}

static void owners(void)
{
	pthread_t thread;
	int fds[2], status;
	pid_t pid;
	char buf[4];

	REQUIRE(pipe(fds) == 0);
	arm(fds[0], SIGRTMIN);
	drain();
	REQUIRE(pthread_create(&thread, NULL, in_thread, fds) == 0);
	pthread_join(thread, NULL);
	none();
	/* A group, through a descriptor that fork has copied. */
	pid = fork();
	if (pid == 0) {
		siginfo_t info;

		REQUIRE(setpgid(0, 0) == 0);
		CHECK_EQ(fcntl(fds[0], F_SETOWN, -getpid()), 0);
		CHECK_EQ(fcntl(fds[0], F_GETOWN), -getpid());
		CHECK_EQ(write(fds[1], "x", 1), 1);
		CHECK_EQ(next(&info), SIGRTMIN);
		CHECK_EQ(info.si_fd, fds[0]);
		_exit(TEST_RESULT);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	none();
	CHECK_EQ(read(fds[0], buf, 2), 2);
	/* The owner is gone: nobody is told. */
	CHECK_EQ(write(fds[1], "x", 1), 1);
	none();
	close(fds[0]);
	close(fds[1]);
}

static void others(void)
{
	int fd = open("/tmp/f", O_RDWR | O_CREAT, 0600), on = 1, fds[2];

	/* Linux: the flag is dropped for what knows no such signals; only the ioctl says so. */
	CHECK_EQ(fcntl(fd, F_SETFL, O_ASYNC), 0);
	CHECK(!(fcntl(fd, F_GETFL) & O_ASYNC));
	CHECK_EQ(ioctl(fd, FIOASYNC, &(int){ 0 }), 0);
	CHECK_ERR(ioctl(fd, FIOASYNC, &on), ENOTTY);
	close(fd);
	fd = eventfd(0, 0);
	CHECK_ERR(ioctl(fd, FIOASYNC, &on), ENOTTY);
	close(fd);
	REQUIRE(pipe(fds) == 0);
	CHECK_ERR(fcntl(fds[0], F_SETSIG, 65), EINVAL);
	CHECK_ERR(fcntl(fds[0], F_SETSIG, -1), EINVAL);
	CHECK_ERR(fcntl(fds[0], F_SETOWN, 999999), ESRCH);
	close(fds[0]);
	close(fds[1]);
}

int main(void)
{
	sigemptyset(&watched);
	sigaddset(&watched, SIGIO);
	sigaddset(&watched, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &watched, NULL);
	pipes();
	pipe_with_room();
	sockets();
	terminals();
	owners();
	others();
	return TEST_RESULT;
}
