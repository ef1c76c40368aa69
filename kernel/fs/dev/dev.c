/*
 * Character devices.
 *
 * OVERVIEW. A table from device number to file operations. A node of any file system leads
 * here when it is opened, so mknod in a directory of the guest's works as well as /dev.
 *
 * LINUX BEHAVIOUR. null, zero, full, random and urandom as drivers/char/mem.c and random.c;
 * random never blocks. tty is the process's controlling terminal.
 *
 * NOT DONE. console, mem, kmsg, block devices: ENXIO. A node of a pty's slave made elsewhere
 * than in devpts: EIO, as on Linux.
 */
#include "kernel/fs/dev/dev.h"

#include "abi/errno.h"
#include "abi/linux/fcntl.h"
#include "abi/linux/mman.h"
#include "kernel/fs/dev/devfs.h"
#include "kernel/mm/uaccess.h"
#include "kernel/task/task.h"
#include "kernel/tty/tty.h"
#include "kernel/vfs/iter.h"
#include "platform/plat.h"

#define RANDOM_CHUNK 256u
#define PTS_MAJOR 136u
#define RND_GET_ENTROPY_COUNT 0x80045200u /* Linux: RNDGETENTCNT */

/* Linux: null_lseek; every position is 0. */
static s64 seek_zero(UNUSED struct file *f, UNUSED s64 offset, UNUSED int whence)
{
	return 0;
}

/* --- null, zero, full --- */

static s64 null_read(UNUSED struct file *f, UNUSED struct iter *to, UNUSED u64 *pos)
{
	return 0;
}

static s64 null_write(UNUSED struct file *f, struct iter *from, UNUSED u64 *pos)
{
	size_t len = from->count;

	iter_advance(from, len);
	return (s64)len;
}

static s64 zero_read(UNUSED struct file *f, struct iter *to, UNUSED u64 *pos)
{
	s64 total = 0;

	while (to->count != 0) {
		size_t want = MIN(to->count, (size_t)1 << 20);
		s64 n = iter_zero(to, want);

		if (n < 0)
			return total != 0 ? total : n;
		total += n;
		if ((size_t)n < want)
			break;
		if (to->count != 0 && signal_pending())
			break;
	}
	return total;
}

static s64 full_write(UNUSED struct file *f, UNUSED struct iter *from, UNUSED u64 *pos)
{
	return -ENOSPC;
}

/* Linux: mmap of /dev/zero is another way to ask for anonymous memory. */
static int zero_map(UNUSED struct file *f, const struct map_request *req)
{
	int flags = (req->shared ? LINUX_MAP_SHARED : LINUX_MAP_PRIVATE) | LINUX_MAP_ANONYMOUS;

	return plat_map(req->addr, req->len, req->prot, flags | req->extra, -1, 0);
}

/* --- random, urandom --- */

static s64 random_read(UNUSED struct file *f, struct iter *to, UNUSED u64 *pos)
{
	u8 chunk[RANDOM_CHUNK];
	s64 total = 0;

	while (to->count != 0) {
		size_t want = MIN(to->count, sizeof(chunk));
		s64 n;

		plat_random(chunk, want);
		n = iter_copy_to(to, chunk, want);
		if (n < 0)
			return total != 0 ? total : n;
		total += n;
		if ((size_t)n < want)
			break;
		/* Linux: a signal ends a read of more than a page's worth */
		if (total % PAGE_SIZE == 0 && signal_pending())
			break;
	}
	return total;
}

/* What is written would be mixed into the host's pool; here it is only read. */
static s64 random_write(UNUSED struct file *f, struct iter *from, UNUSED u64 *pos)
{
	u8 chunk[RANDOM_CHUNK];
	s64 total = 0;

	while (from->count != 0) {
		s64 n = iter_copy_from(from, chunk, MIN(from->count, sizeof(chunk)));

		if (n <= 0)
			return total != 0 ? total : n;
		total += n;
	}
	return total;
}

static s64 random_ioctl(UNUSED struct file *f, u32 cmd, uaddr_t arg)
{
	s32 bits = 256;

	if (cmd != RND_GET_ENTROPY_COUNT)
		return -EINVAL;
	return copy_out(arg, &bits, sizeof(bits));
}

static const struct file_ops null_ops = {
	.read = null_read,
	.write = null_write,
	.seek = seek_zero,
};

static const struct file_ops zero_ops = {
	.read = zero_read,
	.write = null_write,
	.seek = seek_zero,
	.map = zero_map,
};

static const struct file_ops full_ops = {
	.read = zero_read,
	.write = full_write,
	.seek = seek_zero,
};

static const struct file_ops random_ops = {
	.read = random_read,
	.write = random_write,
	.seek = seek_zero,
	.ioctl = random_ioctl,
};

const struct device devices[] = {
	{ "null", DEV(1, 3), 0666, &null_ops, NULL },
	{ "zero", DEV(1, 5), 0666, &zero_ops, NULL },
	{ "full", DEV(1, 7), 0666, &full_ops, NULL },
	{ "random", DEV(1, 8), 0666, &random_ops, NULL },
	{ "urandom", DEV(1, 9), 0666, &random_ops, NULL },
	{ "tty", DEV(5, 0), 0666, NULL, tty_open_current },
	{ "ptmx", DEV(5, 2), 0666, NULL, ptmx_open },
};

const size_t device_count = ARRAY_SIZE(devices);

int dev_open_node(struct inode *inode, struct file *file)
{
	if (!LINUX_S_ISCHR(inode->mode))
		return -ENXIO;
	for (size_t i = 0; i < device_count; i++) {
		if (devices[i].rdev != inode->rdev)
			continue;
		if (devices[i].open != NULL)
			return devices[i].open(file);
		file->ops = devices[i].ops;
		file->mode |= FMODE_SEEK;
		return 0;
	}
	return DEV_MAJOR(inode->rdev) == PTS_MAJOR ? -EIO : -ENXIO;
}
