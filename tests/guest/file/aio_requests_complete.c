/* Linux AIO: contexts, requests of every kind, events, eventfds, and what is refused. */
#include "../test.h"
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <poll.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>

static aio_context_t ctx;
static struct io_event events[16];

static long setup(unsigned n, aio_context_t *c)
{
	return sys2(SYS_io_setup, n, c);
}

static long submit(aio_context_t c, long n, void *list)
{
	return sys3(SYS_io_submit, c, n, list);
}

static long one(struct iocb *cb)
{
	struct iocb *list[1] = { cb };

	return submit(ctx, 1, list);
}

static long reap(long min, long max, struct timespec *ts)
{
	return sys5(SYS_io_getevents, ctx, min, max, events, ts);
}

static struct iocb request(int op, int fd, void *buf, size_t len, long long offset)
{
	return (struct iocb){ .aio_data = 77, .aio_lio_opcode = (unsigned short)op,
			      .aio_fildes = (unsigned)fd, .aio_buf = (uintptr_t)buf,
			      .aio_nbytes = len, .aio_offset = offset };
}

static void contexts(void)
{
	aio_context_t c = 0, bad = 5, second = 0;

	CHECK_EQ(setup(8, BAD_LOW), -EFAULT);
	CHECK_EQ(setup(8, BAD_HIGH), -EFAULT);
	CHECK_EQ(setup(8, &bad), -EINVAL);
	CHECK_EQ(setup(0, &c), -EINVAL);
	CHECK_EQ(setup(~0u, &c), -EINVAL);
	CHECK_EQ(setup(4000000, &c), -EAGAIN);
	CHECK_EQ(c, 0);
	CHECK_EQ(setup(8, &c), 0);
	CHECK(c != 0);
	CHECK_EQ(setup(1, &second), 0);
	CHECK(second != c);
	CHECK_EQ(sys1(SYS_io_destroy, c), 0);
	CHECK_EQ(sys1(SYS_io_destroy, c), -EINVAL);
	CHECK_EQ(sys1(SYS_io_destroy, second), 0);
	CHECK_EQ(sys1(SYS_io_destroy, 0), -EINVAL);
	CHECK_EQ(submit(c, 0, NULL), -EINVAL);
	CHECK_EQ(sys5(SYS_io_getevents, c, 0, 1, events, NULL), -EINVAL);
}

static void refused(int fd)
{
	struct timespec none = { 0, 0 };
	char buf[16] = "";
	struct iocb cb = request(IOCB_CMD_PREAD, fd, buf, 16, 0), other;

	CHECK_EQ(submit(ctx, -1, NULL), -EINVAL);
	CHECK_EQ(submit(ctx, 0, NULL), 0);
	CHECK_EQ(submit(ctx, 1, BAD_LOW), -EFAULT);
	CHECK_EQ(one(BAD_LOW), -EFAULT);
	other = cb, other.aio_reserved2 = 1;
	CHECK_EQ(one(&other), -EINVAL);
	other = cb, other.aio_nbytes = ~0ull;
	CHECK_EQ(one(&other), -EINVAL);
	other = cb, other.aio_fildes = 999;
	CHECK_EQ(one(&other), -EBADF);
	other = cb, other.aio_lio_opcode = 99;
	CHECK_EQ(one(&other), -EINVAL);
	other = cb, other.aio_lio_opcode = IOCB_CMD_NOOP;
	CHECK_EQ(one(&other), -EINVAL);
	other = cb, other.aio_offset = -1;
	CHECK_EQ(one(&other), -EINVAL);
	other = cb, other.aio_rw_flags = 1 << 30;
	CHECK_EQ(one(&other), -EOPNOTSUPP);
	other = cb, other.aio_buf = (uintptr_t)BAD_HIGH;
	CHECK_EQ(one(&other), -EFAULT);
	other = cb, other.aio_flags = IOCB_FLAG_RESFD, other.aio_resfd = 999;
	CHECK_EQ(one(&other), -EBADF);
	other = cb, other.aio_flags = IOCB_FLAG_RESFD, other.aio_resfd = (unsigned)fd;
	CHECK_EQ(one(&other), -EINVAL);
	other = cb, other.aio_lio_opcode = IOCB_CMD_FSYNC;
	CHECK_EQ(one(&other), -EINVAL); /* has a buffer */
	CHECK_EQ(reap(0, 16, NULL), 0);
	CHECK_EQ(reap(2, 1, NULL), -EINVAL);
	CHECK_EQ(reap(-1, 1, NULL), -EINVAL);
	CHECK_EQ(reap(0, 1, BAD_LOW), -EFAULT);
	CHECK_EQ(reap(1, 1, &none), 0);
	CHECK_EQ(sys3(SYS_io_cancel, ctx, BAD_LOW, events), -EFAULT);
	CHECK_EQ(sys3(SYS_io_cancel, ctx, &cb, events), -EINVAL);
}

static void transfers(int fd)
{
	char a[8] = "abcdefg", b[8] = "", c[4] = "", d[4] = "";
	struct iovec v[2] = { { c, 3 }, { d, 3 } };
	struct iocb w = request(IOCB_CMD_PWRITE, fd, a, 7, 10);
	struct iocb r = request(IOCB_CMD_PREAD, fd, b, 7, 10);
	struct iocb rv = request(IOCB_CMD_PREADV, fd, v, 2, 11);
	struct iocb sync = request(IOCB_CMD_FSYNC, fd, NULL, 0, 0);
	struct iocb bad = request(99, fd, NULL, 0, 0);
	struct iocb *list[5] = { &w, &r, &rv, &sync, &bad };

	lseek(fd, 3, SEEK_SET);
	CHECK_EQ(submit(ctx, 5, list), 4); /* the wrong one ends the list */
	CHECK_EQ(reap(4, 16, NULL), 4);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 3);
	for (int i = 0; i < 4; i++) {
		const struct iocb *cb = (void *)(uintptr_t)events[i].obj;

		CHECK_EQ(events[i].data, 77);
		CHECK_EQ(events[i].res2, 0);
		CHECK(cb == &w || cb == &r || cb == &rv || cb == &sync);
		CHECK_EQ(events[i].res, cb == &rv ? 6 : cb == &sync ? 0 : 7);
		CHECK_EQ(cb->aio_key, 0);
	}
	CHECK(strcmp(b, "abcdefg") == 0);
	CHECK(strcmp(c, "bcd") == 0 && strcmp(d, "efg") == 0);
	r.aio_offset = 1000; /* past the end */
	CHECK_EQ(one(&r), 1);
	CHECK_EQ(reap(1, 1, NULL), 1);
	CHECK_EQ(events[0].res, 0);
	r.aio_offset = 10; /* a buffer that is not there is the request's own error */
	r.aio_buf = 4096;
	CHECK_EQ(one(&r), 1);
	CHECK_EQ(reap(1, 1, NULL), 1);
	CHECK_EQ(events[0].res, -EFAULT);
}

static void wrong_modes(void)
{
	char c = 'x';
	int ro = open("/tmp/f", O_RDONLY), wo = open("/tmp/f", O_WRONLY);
	int dir = open("/tmp", O_RDONLY);
	struct iocb w = request(IOCB_CMD_PWRITE, ro, &c, 1, 0);
	struct iocb r = request(IOCB_CMD_PREAD, wo, &c, 1, 0);

	CHECK_EQ(one(&w), -EBADF);
	CHECK_EQ(one(&r), -EBADF);
	r.aio_fildes = (unsigned)dir;
	CHECK_EQ(one(&r), -EINVAL);
	close(ro);
	close(wo);
	close(dir);
}

static void told_by_eventfd(int fd)
{
	char c = 'x';
	int e = eventfd(0, EFD_NONBLOCK);
	struct pollfd p = { e, POLLIN, 0 };
	struct iocb w = request(IOCB_CMD_PWRITE, fd, &c, 1, 0);
	struct iocb *list[2] = { &w, &w };
	uint64_t n = 0;

	w.aio_flags = IOCB_FLAG_RESFD;
	w.aio_resfd = (unsigned)e;
	CHECK_EQ(poll(&p, 1, 0), 0);
	CHECK_EQ(submit(ctx, 2, list), 2);
	CHECK_EQ(poll(&p, 1, 1000), 1);
	CHECK(read(e, &n, 8) == 8 && n == 2);
	CHECK_EQ(sys5(SYS_io_getevents, ctx, 2, 2, BAD_LOW, NULL), -EFAULT);
	CHECK_EQ(reap(2, 16, NULL), 2); /* they were not lost */
	close(e);
}

static void nothing(int sig)
{
	(void)sig;
}

static void waits(void)
{
	struct timespec short_time = { 0, 20000000 };
	struct itimerval often = { { 0, 100000 }, { 0, 100000 } }, off = { 0 };
	struct sigaction sa = { .sa_handler = nothing, .sa_flags = SA_RESTART };
	int status = -1;
	pid_t pid;

	CHECK_EQ(reap(1, 1, &short_time), 0);
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	CHECK_EQ(reap(1, 1, NULL), -EINTR);
	setitimer(ITIMER_REAL, &off, NULL);
	pid = fork();
	if (pid == 0) { /* a child has no contexts */
		CHECK_EQ(reap(0, 1, NULL), -EINVAL);
		_exit(TEST_RESULT);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	CHECK_EQ(reap(0, 1, NULL), 0);
}

static void pipes(void)
{
	int p[2];
	char c = 'p', got = 0;
	struct iocb w, r;
	struct iocb *list[2] = { &w, &r };

	REQUIRE(pipe(p) == 0);
	w = request(IOCB_CMD_PWRITE, p[1], &c, 1, 0);
	r = request(IOCB_CMD_PREAD, p[0], &got, 1, 0);
	CHECK_EQ(submit(ctx, 2, list), 2);
	CHECK_EQ(reap(2, 2, NULL), 2);
	CHECK_EQ(got, 'p');
	close(p[0]);
	close(p[1]);
}

int main(void)
{
	int fd = open("/tmp/f", O_RDWR | O_CREAT, 0600);

	REQUIRE(fd >= 0);
	contexts();
	REQUIRE(setup(64, &ctx) == 0);
	refused(fd);
	transfers(fd);
	wrong_modes();
	told_by_eventfd(fd);
	waits();
	pipes();
	CHECK_EQ(sys1(SYS_io_destroy, ctx), 0);
	return TEST_RESULT;
}
