/* A full eventfd refuses write(2), but AIO makes it overflow: POLLERR, no POLLOUT. */
#include "../test.h"
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>

int main(void)
{
	uint64_t full = ~0ull - 1, one = 1, n = 0;
	int e = eventfd(0, EFD_NONBLOCK), fd = open("/tmp/f", O_RDWR | O_CREAT, 0600);
	struct pollfd p = { .fd = e, .events = POLLIN | POLLOUT };
	struct iocb cb = { .aio_lio_opcode = IOCB_CMD_PWRITE, .aio_fildes = (unsigned)fd,
			   .aio_buf = (uintptr_t)"x", .aio_nbytes = 1,
			   .aio_flags = IOCB_FLAG_RESFD, .aio_resfd = (unsigned)e };
	struct iocb *list[2] = { &cb, &cb };
	struct io_event events[2];
	aio_context_t ctx = 0;

	REQUIRE(e >= 0 && fd >= 0);
	if (sys2(SYS_io_setup, 4, &ctx) != 0)
		skip("no io_setup here");
	CHECK_EQ(write(e, &full, 8), 8);
	CHECK_ERR(write(e, &one, 8), EAGAIN);
	CHECK_EQ(poll(&p, 1, 0), 1);
	CHECK_EQ(p.revents, POLLIN);
	CHECK_EQ(sys3(SYS_io_submit, ctx, 2, list), 2);
	CHECK_EQ(sys5(SYS_io_getevents, ctx, 2, 2, events, NULL), 2);
	CHECK_EQ(poll(&p, 1, 0), 1);
	CHECK_EQ(p.revents, POLLIN | POLLERR);
	CHECK_ERR(write(e, &one, 8), EAGAIN);
	CHECK_EQ(read(e, &n, 8), 8);
	CHECK(n == ~0ull);
	CHECK_EQ(poll(&p, 1, 0), 1);
	CHECK_EQ(p.revents, POLLOUT);
	return TEST_RESULT;
}
