/* Files in memory: the kernel image that is executed in the jail, the options block. */
#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "broker/session.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008u
#define MFD_EXEC 0x0010u
#endif
#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC 0x0020
#endif

extern const char kernel_image_start[] HIDDEN, kernel_image_end[] HIDDEN;

/* A sealable memory file; -errno. Before Linux 6.3 the executable bit is not a flag. */
int memory_file(const char *name, bool executable)
{
	unsigned int flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	int fd = memfd_create(name, flags | (executable ? MFD_EXEC : MFD_NOEXEC_SEAL));

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create(name, flags);
	return fd < 0 ? -errno : fd;
}

int kernel_image_fill(int fd)
{
	size_t size = (size_t)(kernel_image_end - kernel_image_start), at = 0;

	while (at < size) {
		ssize_t n = write(fd, kernel_image_start + at, size - at);

		if (n < 0 && errno != EINTR)
			return -errno;
		at += n < 0 ? 0 : (size_t)n;
	}
	if (fcntl(fd, F_ADD_SEALS,
		  F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
		return -errno;
	return 0;
}

int kernel_image_create(void)
{
	int fd = memory_file("nacre-kernel", true);

	if (fd >= 0)
		return fd;
	say("kernel image: %s%s", strerror(-fd),
	    fd == -EACCES || fd == -EPERM ? " (sysctl vm.memfd_noexec forbids it?)" : "");
	return -1;
}
