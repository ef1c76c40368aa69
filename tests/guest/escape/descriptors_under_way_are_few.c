/*
 * Answers with descriptors that are not taken: the host counts them for all of the user's
 * programs, which could pass none any more. The broker sends only so many.
 */
//only: nacre
//cflags: -I.
#include "escape.h"
#include <sys/socket.h>
#include <sys/uio.h>

#include "wire/boot.h"
#include "wire/wire.h"

enum { MANY = 600, FIRST_SEQ = 1000000 };

static long tell(int fd, u32 type, const void *body, u32 len)
{
	static u32 seq = FIRST_SEQ;
	struct wire_header header = { .magic = WIRE_MAGIC, .type = type, .len = len, .seq = seq++ };
	struct iovec iov[] = { { &header, sizeof(header) }, { (void *)body, len } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };

	return host_call(SYS_sendmsg, fd, (long)&msg, MSG_NOSIGNAL, 0, 0, 0);
}

/* The answer's descriptor, -1: there is none. */
static int hear(int fd)
{
	static char bytes[4096];
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = { bytes, sizeof(bytes) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
			      .msg_controllen = sizeof(control) };
	int got = -1;

	if (host_call(SYS_recvmsg, fd, (long)&msg, 0, 0, 0, 0) > 0 && msg.msg_controllen != 0)
		memcpy(&got, CMSG_DATA(&control.header), sizeof(got));
	return got;
}

int main(void)
{
	struct {
		struct wire_open open;
		char path[12];
	} open = { { .path_len = 10 }, "etc/passwd" };
	struct wire_hello hello = { .version = BOOT_VERSION, .pid = 2 };
	int count = 0, fd;

	escape_begin();
	/* Our own kernel may be asking, too: once there are many, it would be refused as we are. */
	while (count < MANY && tell(BOOT_FD_WIRE, WIRE_CHANNEL, NULL, 0) > 0 &&
	       (fd = hear(BOOT_FD_WIRE)) >= 0) {
		if (tell(fd, WIRE_HELLO, &hello, sizeof(hello)) < 0)
			break;
		hear(fd);
		tell(fd, WIRE_OPEN, &open, sizeof(open.open) + open.open.path_len);
		count++;
	}
	if (count == MANY)
		dprintf(1, "ESCAPED: %d descriptors are under way\n", count);
	return count == 0 || count == MANY;
}
