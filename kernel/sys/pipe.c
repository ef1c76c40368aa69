/* pipe, pipe2. */
#include "abi/linux/fcntl.h"
#include "kernel/mm/uaccess.h"
#include "kernel/obj/pipe.h"
#include "kernel/sys/syscall.h"
#include "kernel/vfs/fdtable.h"

/* Linux: both numbers are stored before either is published, so EFAULT leaves no trace. */
static s64 pipe_make(uaddr_t fds, u32 flags)
{
	AUTO_FILE reader = NULL;
	AUTO_FILE writer = NULL;
	s32 slot[2];
	int err;

	if (flags & ~(u32)(LINUX_O_CLOEXEC | LINUX_O_NONBLOCK | LINUX_O_DIRECT))
		return -EINVAL;
	err = pipe_create(flags, &reader, &writer);
	if (err < 0)
		return err;
	slot[0] = fd_reserve(0);
	if (slot[0] < 0)
		return slot[0];
	slot[1] = fd_reserve(0);
	if (slot[1] < 0) {
		fd_unreserve(slot[0]);
		return slot[1];
	}
	if (copy_out(fds, slot, sizeof(slot)) < 0) {
		fd_unreserve(slot[0]);
		fd_unreserve(slot[1]);
		return -EFAULT;
	}
	fd_install(slot[0], TAKE(reader), flags);
	fd_install(slot[1], TAKE(writer), flags);
	return 0;
}

SYSCALL_DEFINE(pipe, uaddr_t, fds)
{
	return pipe_make(fds, 0);
}

SYSCALL_DEFINE(pipe2, uaddr_t, fds, int, flags)
{
	return pipe_make(fds, (u32)flags);
}
