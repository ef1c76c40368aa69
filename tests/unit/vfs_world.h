/* What the vfs_ tests share: the real VFS on platform/fake, and calls as a guest makes them. */
#ifndef TESTS_UNIT_VFS_WORLD_H
#define TESTS_UNIT_VFS_WORLD_H

#include "abi/errno.h"
#include "abi/linux/dirent.h"
#include "abi/linux/fcntl.h"
#include "abi/linux/stat.h"
#include "kernel/fs/dev/dev.h"
#include "kernel/fs/host/host.h"
#include "kernel/fs/over/over.h"
#include "kernel/mm/pool.h"
#include "kernel/vfs/fdtable.h"
#include "kernel/vfs/namei.h"
#include "kernel/vfs/vfs.h"
#include "lib/string.h"
#include "platform/fake/fake.h"
#include "tests/guest/test.h"

/* --- parts of the kernel that are not under test --- */

static int no_mount(UNUSED const struct fs_type *type, UNUSED const char *source,
		    UNUSED const char *options, UNUSED struct super **ret)
{
	return -ENODEV;
}

const struct fs_type proc_fs_type = { .name = "proc", .mount = no_mount };
const struct fs_type sys_fs_type = { .name = "sysfs", .mount = no_mount };
const struct fs_type dev_fs_type = { .name = "devtmpfs", .mount = no_mount };
extern const struct fs_type devpts_fs_type;
const struct fs_type devpts_fs_type = { .name = "devpts", .mount = no_mount };
const struct fs_type mqueue_fs_type = { .name = "mqueue", .mount = no_mount };

int dev_open_node(UNUSED struct inode *inode, UNUSED struct file *file)
{
	return -ENXIO;
}

int fifo_open(struct inode *inode, struct file *file);
int fifo_open(UNUSED struct inode *inode, UNUSED struct file *file)
{
	return -ENXIO;
}

int kthread_start(void (*fn)(void *arg), void *arg);
int kthread_start(UNUSED void (*fn)(void *arg), UNUSED void *arg)
{
	return -EAGAIN;
}

void epoll_file_gone(struct file *f);
void epoll_file_gone(UNUSED struct file *f)
{
}

/* --- the boot options --- */

static struct {
	struct boot_block block;
	struct boot_mount mounts[8];
	char strings[1024];
} world_boot;
static u32 world_strings;

const struct boot_block *boot_block(void)
{
	return &world_boot.block;
}

static UNUSED u32 world_string(const char *s)
{
	u32 at = world_strings;

	strcpy(world_boot.strings + at, s);
	world_strings += (u32)strlen(s) + 1;
	return (u32)offsetof(__typeof__(world_boot), strings) + at;
}

static UNUSED void world_mount(u32 tree, u32 flags, const char *target,
			       const char *options)
{
	struct boot_mount *m = &world_boot.mounts[world_boot.block.mount_count++];

	m->tree = tree;
	m->objects = m->upper = ~0u;
	m->flags = flags;
	m->target = world_string(target);
	m->source = world_string("source");
	m->options = world_string(options);
}

/* Call after world_mount() of the root and others. */
static UNUSED void world_start(void)
{
	struct boot_block *b = &world_boot.block;

	b->mounts = (u32)offsetof(__typeof__(world_boot), mounts);
	b->memory_limit = ~(u64)0;
	b->cwd = world_string("/");
	fake_init(FAKE_IDENTITY);
	REQUIRE(vfs_init() == 0);
	REQUIRE(fdtable_create(&current()->files) == 0);
	current()->fs->umask = 0;
}

/* --- calls --- */

static UNUSED int k_openat(int dirfd, const char *name, u32 flags, u32 mode)
{
	struct file *f;
	int err = file_open_at(dirfd, name, flags, mode, 0, &f);

	return err < 0 ? err : fd_install_new(f, flags);
}

static UNUSED int k_open(const char *name, u32 flags, u32 mode)
{
	return k_openat(LINUX_AT_FDCWD, name, flags, mode);
}

static UNUSED void k_close(int fd)
{
	CHECK_EQ(fd_close(fd), 0);
}

/* Whatever the result is. */
static UNUSED void k_try(UNUSED s64 result)
{
}

static int kern_io;
static UNUSED s64 k_io(int fd, void *buf, size_t len, bool write, s64 offset)
{
	struct file *f = fd_get(fd);
	u64 pos = (u64)offset;
	struct iter it;
	s64 n;

	if (f == NULL)
		return -EBADF;
	if (kern_io)
		iter_init_kernel(&it, buf, len);
	else
		iter_init_user(&it, (uaddr_t)buf, len);
	if (offset < 0)
		n = write ? file_write_pos(f, &it) : file_read_pos(f, &it);
	else
		n = write ? file_write(f, &it, &pos) : file_read(f, &it, &pos);
	file_put(f);
	return n;
}

static UNUSED s64 k_read(int fd, void *buf, size_t len)
{
	return k_io(fd, buf, len, false, -1);
}

static UNUSED s64 k_write(int fd, const void *buf, size_t len)
{
	return k_io(fd, (void *)(uintptr_t)buf, len, true, -1);
}

static UNUSED s64 k_lseek(int fd, s64 offset, int whence)
{
	struct file *f = fd_get(fd);
	s64 n = f == NULL ? -EBADF : file_seek(f, offset, whence);

	file_put(f);
	return n;
}

static UNUSED int k_stat(int dirfd, const char *name, u32 walk, struct inode_attr *ret)
{
	struct path p;
	int err = path_walk(dirfd, name, walk, &p);

	if (err < 0)
		return err;
	err = vfs_getattr(&p, NULL, ret);
	path_put(&p);
	return err;
}

/* The same as the stat family does it. */
struct k_attr_ask {
	struct path_ask ask;
	struct inode_attr *ret;
};

static UNUSED int k_attr_answer(struct path_ask *ask, const struct path *p,
				const struct walk_guard *guard)
{
	return vfs_getattr(p, guard, container_of(ask, struct k_attr_ask, ask)->ret);
}

static UNUSED int k_ask(int dirfd, const char *name, u32 walk, struct inode_attr *ret)
{
	struct k_attr_ask q = { { k_attr_answer }, ret };

	return path_ask_user(dirfd, (uaddr_t)name, walk, &q.ask);
}

/* Names of a directory, sorted by the caller's comparison of strings, '.' and '..' left out. */
struct k_names {
	struct dir_sink sink;
	u32 count, max, room; /* room: entries taken by one call of emit's user */
	char (*name)[256];
	u8 *type;
};

static UNUSED bool k_emit(struct dir_sink *sink, const char *name, size_t len,
			  UNUSED u64 ino, u32 type, UNUSED u64 next_offset)
{
	struct k_names *n = container_of(sink, struct k_names, sink);

	if (n->room == 0 || n->count == n->max)
		return false;
	n->room--;
	if (name[0] == '.' && (len == 1 || (len == 2 && name[1] == '.')))
		return true;
	memcpy(n->name[n->count], name, len);
	n->name[n->count][len] = '\0';
	n->type[n->count++] = (u8)type;
	return true;
}

/* Reads all entries of an open directory, step of them a call. */
static UNUSED int k_readdir(int fd, struct k_names *n, u32 step)
{
	struct file *f = fd_get(fd);
	int err;

	if (f == NULL)
		return -EBADF;
	n->sink.emit = k_emit;
	do {
		n->room = step;
		err = file_readdir(f, &n->sink);
	} while (err == 0 && n->room == 0 && n->count < n->max);
	file_put(f);
	return err;
}

#endif
