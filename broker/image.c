/*
 * Files in memory, and the kernel image: what is executed in the jail has the image's first
 * steps, and those map it from this program's own file, so that all sandboxes share its pages
 * and none has to copy it.
 */
#include <errno.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
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

static size_t image_size(void)
{
	return (size_t)(kernel_image_end - kernel_image_start);
}

/* 0 or -errno. */
static int image_write(int fd, size_t at, size_t len)
{
	size_t end = at + len;

	while (at < end) {
		ssize_t n = pwrite(fd, kernel_image_start + at, end - at, (off_t)at);

		if (n < 0 && errno != EINTR)
			return -errno;
		at += n < 0 ? 0 : (size_t)n;
	}
	return 0;
}

/* The header and the first steps' text, in a file as large as the image. */
static int image_write_first_steps(int fd)
{
	const Elf64_Ehdr *header = (const Elf64_Ehdr *)kernel_image_start;
	const Elf64_Phdr *ph = (const Elf64_Phdr *)(kernel_image_start + header->e_phoff);
	int r = ftruncate(fd, (off_t)image_size()) < 0 ? -errno : image_write(fd, 0, 4096);

	for (int i = 0; i < header->e_phnum && r == 0; i++)
		if (ph[i].p_type == PT_LOAD && (ph[i].p_flags & PF_X))
			r = image_write(fd, ph[i].p_offset, BOOT_TEXT_SIZE);
	return r;
}

int kernel_image_fill(const struct session *s)
{
	int r = s->image_fd == s->exec_fd ? image_write(s->exec_fd, 0, image_size()) :
					    image_write_first_steps(s->exec_fd);

	if (r == 0 && fcntl(s->exec_fd, F_ADD_SEALS,
			    F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
		r = -errno;
	return r;
}

static int find_offset(struct dl_phdr_info *info, size_t size, void *ret)
{
	u64 at = (u64)(uintptr_t)kernel_image_start - info->dlpi_addr;

	(void)size;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const Elf64_Phdr *ph = &info->dlpi_phdr[i];

		if (ph->p_type == PT_LOAD && at >= ph->p_vaddr &&
		    at - ph->p_vaddr < ph->p_filesz)
			*(u64 *)ret = at - ph->p_vaddr + ph->p_offset;
	}
	return 1; /* the program itself comes first */
}

/*
 * This program's file, which has the image: nobody can write to it while we run. -1 where it
 * cannot be read.
 */
static int own_file_open(u64 *ret_offset)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	char header[4096];
	u64 offset = 0;

	dl_iterate_phdr(find_offset, &offset);
	if (fd >= 0 && offset != 0 && offset % sizeof(header) == 0 &&
	    pread(fd, header, sizeof(header), (off_t)offset) == sizeof(header) &&
	    memcmp(header, kernel_image_start, sizeof(header)) == 0) {
		*ret_offset = offset;
		return fd;
	}
	if (fd >= 0)
		close(fd);
	return -1;
}

bool kernel_image_open(struct session *s)
{
	int r = s->exec_fd = memory_file("nacre-kernel", true);

	if (r < 0) {
		say("kernel image: %s%s", strerror(-r),
		    r == -EACCES || r == -EPERM ? " (sysctl vm.memfd_noexec forbids it?)" :
						  "");
		return false;
	}
	s->block->image_offset = 0;
	s->image_fd = own_file_open(&s->block->image_offset);
	if (s->image_fd < 0)
		s->image_fd = s->exec_fd;
	return true;
}
