/* /proc/self/fdinfo/N of eventfd, epoll, signalfd, timerfd, inotify and pidfd. */
#include "../test.h"
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>

/* The text from the line that begins with word on; NULL: there is none. */
static const char *info(int fd, const char *word)
{
	static char text[4096];
	char path[64];
	int file, len;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = open(path, O_RDONLY);
	REQUIRE(file >= 0);
	len = (int)read(file, text, sizeof(text) - 1);
	close(file);
	REQUIRE(len > 0);
	text[len] = '\0';
	for (char *line = text; *line != '\0';) {
		if (strncmp(line, word, strlen(word)) == 0)
			return line;
		line = strchr(line, '\n');
		if (line == NULL)
			break;
		line++;
	}
	test_fail("no %s in %s", word, text);
	return "";
}

static int starts(const char *text, const char *want)
{
	return strncmp(text, want, strlen(want)) == 0;
}

static void counters(void)
{
	int fd = eventfd(0x123, EFD_CLOEXEC);

	CHECK(starts(info(fd, "eventfd-count"), "eventfd-count:              123\n"));
	CHECK(starts(info(fd, "eventfd-semaphore"), "eventfd-semaphore: 0\n"));
	CHECK(starts(info(fd, "flags"), "flags:\t02000002\n"));
	CHECK(fcntl(fd, F_SETFD, 0) == 0);
	CHECK(starts(info(fd, "flags"), "flags:\t02\n"));
	fd = eventfd(1, EFD_SEMAPHORE);
	CHECK(starts(info(fd, "eventfd-semaphore"), "eventfd-semaphore: 1\n"));
}

static void signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	sigaddset(&set, 34);
	int fd = signalfd(-1, &set, 0);

	CHECK(starts(info(fd, "sigmask"), "sigmask:\t0000000200000a00\n"));
}

static void timers(void)
{
	int fd = timerfd_create(CLOCK_MONOTONIC, 0);
	struct itimerspec it = { .it_interval = { 5, 6 }, .it_value = { 1000, 0 } };
	uint64_t ticks;

	CHECK(starts(info(fd, "clockid"), "clockid: 1\nticks: 0\nsettime flags: 00\n"
					  "it_value: (0, 0)\nit_interval: (0, 0)\n"));
	CHECK(timerfd_settime(fd, 0, &it, NULL) == 0);
	CHECK(starts(info(fd, "it_value"), "it_value: (999, "));
	CHECK(starts(info(fd, "it_interval"), "it_interval: (5, 6)\n"));
	it = (struct itimerspec){ .it_value = { 0, 1 } };
	CHECK(timerfd_settime(fd, TFD_TIMER_ABSTIME, &it, NULL) == 0);
	while (!starts(info(fd, "ticks"), "ticks: 1\nsettime flags: 01\nit_value: (0, 0)\n"))
		usleep(1000);
	CHECK(read(fd, &ticks, sizeof(ticks)) == sizeof(ticks) && ticks == 1);
	CHECK(starts(info(fd, "ticks"), "ticks: 0\n"));
}

static void watches(void)
{
	int in = inotify_init(), ep = epoll_create1(0), fd[2], got;
	struct epoll_event e = { EPOLLIN | EPOLLET, { .u64 = 0x1234 } };
	unsigned long ino, pos;
	unsigned int mask, dev, events;
	unsigned long long data;
	struct stat st;

	REQUIRE(stat("/tmp", &st) == 0);
	REQUIRE(inotify_add_watch(in, "/tmp", IN_MODIFY | IN_ONESHOT | IN_EXCL_UNLINK) == 1);
	CHECK(sscanf(info(in, "inotify"), "inotify wd:1 ino:%lx sdev:%x mask:%x ignored_mask:0",
		     &ino, &dev, &mask) == 3);
	CHECK(ino == st.st_ino);
	CHECK(mask == (IN_MODIFY | IN_ONESHOT | IN_EXCL_UNLINK));

	REQUIRE(pipe(fd) == 0);
	REQUIRE(epoll_ctl(ep, EPOLL_CTL_ADD, fd[0], &e) == 0);
	CHECK(sscanf(info(ep, "tfd"), "tfd: %d events: %x data: %llx  pos:%lu ino:%lx sdev:", &got,
		     &events, &data, &pos, &ino) == 5);
	REQUIRE(fstat(fd[0], &st) == 0);
	CHECK(got == fd[0] && data == 0x1234 && pos == 0 && ino == st.st_ino);
	CHECK(events == (EPOLLIN | EPOLLET | EPOLLERR | EPOLLHUP));
}

static void processes(void)
{
	char want[64];
	pid_t pid = fork();

	REQUIRE(pid >= 0);
	if (pid == 0) {
		pause();
		_exit(0);
	}
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	REQUIRE(fd >= 0);
	snprintf(want, sizeof(want), "Pid:\t%d\nNSpid:\t%d", pid, pid);
	CHECK(starts(info(fd, "Pid"), want));
	CHECK(kill(pid, SIGKILL) == 0);
	siginfo_t si;

	CHECK(waitid(P_PID, (id_t)pid, &si, WEXITED | WNOWAIT) == 0);
	CHECK(starts(info(fd, "Pid"), want));
	CHECK(waitpid(pid, NULL, 0) == pid);
	CHECK(starts(info(fd, "Pid"), "Pid:\t-1\nNSpid:\t-1\n"));
}

int main(void)
{
	counters();
	signals();
	timers();
	watches();
	processes();
	return TEST_RESULT;
}
