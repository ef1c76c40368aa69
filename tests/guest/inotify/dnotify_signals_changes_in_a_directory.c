/* F_NOTIFY: a directory's owner gets a signal, once or with DN_MULTISHOT each time. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <time.h>

#include "../test.h"

#define RT (SIGRTMIN + 3)

static char path[64], other[64];

static const char *in(char *to, const char *dir, const char *name)
{
	snprintf(to, sizeof(path), "%s/%s", dir, name);
	return to;
}

/* How many signals have come; each must be of this descriptor. */
static int signals(int fd)
{
	struct timespec ts = { .tv_nsec = 20000000 };
	siginfo_t info;
	sigset_t set;
	int n = 0, sig;

	sigemptyset(&set);
	sigaddset(&set, RT);
	sigaddset(&set, SIGIO);
	for (; (sig = sigtimedwait(&set, &info, &ts)) > 0; n++) {
		CHECK_EQ(sig, RT);
		CHECK_EQ(info.si_code, POLL_MSG);
		CHECK_EQ(info.si_fd, fd);
		CHECK_EQ(info.si_band, POLLIN | POLLRDNORM | POLLMSG);
	}
	return n;
}

static void touch(const char *name)
{
	int fd = open(name, O_CREAT | O_WRONLY, 0600);

	CHECK(fd >= 0);
	close(fd);
}

int main(void)
{
	char dir[] = "/tmp/dnotifyXXXXXX";
	sigset_t set;
	int fd, file;

	sigemptyset(&set);
	sigaddset(&set, RT);
	sigaddset(&set, SIGIO);
	REQUIRE(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
	REQUIRE(mkdtemp(dir) != NULL);
	fd = open(dir, O_RDONLY | O_DIRECTORY);
	REQUIRE(fd >= 0);
	touch(in(path, dir, "f"));
	file = open(path, O_RDWR);

	CHECK_ERR(fcntl(-1, F_NOTIFY, DN_CREATE), EBADF);
	CHECK_ERR(fcntl(file, F_NOTIFY, DN_CREATE), ENOTDIR);
	CHECK_EQ(fcntl(fd, F_NOTIFY, 0), 0);
	CHECK_EQ(fcntl(fd, F_NOTIFY, DN_MULTISHOT), 0);
	CHECK_EQ(fcntl(fd, F_SETSIG, RT), 0);

	CHECK_EQ(fcntl(fd, F_NOTIFY, DN_CREATE), 0);
	CHECK_EQ(fcntl(fd, F_GETOWN), getpid());
	CHECK_EQ(write(file, "x", 1), 1);
	CHECK_EQ(signals(fd), 0);
	touch(in(path, dir, "g"));
	CHECK_EQ(signals(fd), 1);
	touch(in(path, dir, "h"));
	CHECK_EQ(signals(fd), 0); /* once */

	CHECK_EQ(fcntl(fd, F_NOTIFY, DN_MODIFY | DN_MULTISHOT), 0);
	CHECK_EQ(write(file, "x", 1), 1);
	CHECK_EQ(write(file, "x", 1), 1);
	CHECK_EQ(signals(fd), 2);
	CHECK_EQ(fcntl(fd, F_NOTIFY, DN_DELETE | DN_RENAME | DN_MULTISHOT), 0); /* adds */
	CHECK_EQ(write(file, "x", 1), 1);
	CHECK_EQ(signals(fd), 1);
	CHECK_EQ(unlink(path), 0);
	CHECK_EQ(signals(fd), 1);
	CHECK_EQ(rename(in(path, dir, "g"), in(other, dir, "i")), 0);
	CHECK(signals(fd) >= 1);

	CHECK_EQ(fcntl(fd, F_NOTIFY, 0), 0);
	CHECK_EQ(unlink(other), 0);
	CHECK_EQ(signals(fd), 0);
	CHECK_EQ(fcntl(fd, F_NOTIFY, DN_ATTRIB | DN_ACCESS | DN_MULTISHOT), 0);
	CHECK_EQ(chmod(in(path, dir, "f"), 0640), 0);
	CHECK_EQ(signals(fd), 1);
	close(fd);
	CHECK_EQ(chmod(path, 0600), 0);
	CHECK_EQ(signals(fd), 0);
	unlink(path);
	rmdir(dir);
	return TEST_RESULT;
}
