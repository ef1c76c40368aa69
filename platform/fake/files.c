/*
 * As much of a VFS as the loader needs, for tests that do not link the real one: files
 * by literal name, kept in host memory files, or the host's own.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "abi/linux/mman.h"
#include "kernel/vfs/fdtable.h"
#include "kernel/vfs/namei.h"
#include "kernel/vfs/vfs.h"
#include "lib/string.h"
#include "platform/fake/fake.h"
#include "platform/fake/internal.h"

#define FDS_MAX 16

struct entry {
	struct entry *next;
	char *name;
	struct inode *inode;
	struct dentry *dentry;
	struct mount *mnt;
};

bool fake_files_from_host;

static struct entry *entries;
static struct super shared_super;
static u64 next_ino = 1, open_count;

static struct {
	const char *name;
	bool cloexec;
} fds[FDS_MAX];

/* --- files of host descriptors; inode->private is the descriptor + 1 --- */

static plat_fd_t inode_fd(const struct inode *inode)
{
	return (plat_fd_t)(intptr_t)inode->private - 1;
}

static int fake_map(struct file *f, const struct map_request *req)
{
	return plat_map(req->addr, req->len, req->prot,
			(req->shared ? LINUX_MAP_SHARED : LINUX_MAP_PRIVATE) |
				req->extra,
			inode_fd(f->inode), req->offset);
}

static const struct file_ops fake_file_ops = { .map = fake_map };

static struct inode *fake_inode(u32 mode, plat_fd_t fd)
{
	struct inode *inode = calloc(1, sizeof(*inode));

	if (inode == NULL)
		fake_die("inode");
	ref_init(&inode->ref);
	inode->fops = &fake_file_ops;
	inode->sb = &shared_super;
	inode->ino = next_ino++;
	inode->mode = mode;
	inode->nlink = 1;
	inode->private = (void *)(intptr_t)(fd + 1);
	return inode;
}

static void fake_inode_put(struct inode *inode)
{
	if (!ref_put(&inode->ref))
		return;
	if (inode_fd(inode) >= 0)
		close(inode_fd(inode));
	free(inode);
}

static plat_fd_t bytes_to_fd(const void *bytes, size_t len)
{
	plat_fd_t fd = memfd_create("fake", MFD_CLOEXEC);

	if (fd < 0)
		fake_die("memfd_create");
	for (size_t done = 0; done < len;) {
		ssize_t n = write(fd, (const char *)bytes + done, len - done);

		if (n <= 0)
			fake_die("write");
		done += (size_t)n;
	}
	return fd;
}

/* --- the names --- */

static struct entry *entry_find(const char *name)
{
	for (struct entry *e = entries; e != NULL; e = e->next)
		if (str_equal(e->name, name))
			return e;
	return NULL;
}

static struct entry *entry_add(const char *name, struct inode *inode)
{
	struct entry *e = calloc(1, sizeof(*e));
	const char *slash = strrchr(name, '/'), *last = slash ? slash + 1 : name;

	if (e == NULL)
		fake_die("entry");
	e->name = malloc(strlen(name) + 1);
	e->dentry = calloc(1, sizeof(*e->dentry));
	e->mnt = calloc(1, sizeof(*e->mnt));
	if (e->name == NULL || e->dentry == NULL || e->mnt == NULL)
		fake_die("entry");
	str_copy(e->name, name, strlen(name) + 1);
	e->inode = e->dentry->inode = inode;
	e->dentry->name = e->dentry->inline_name;
	e->dentry->name_len =
		(u16)str_copy(e->dentry->name, last, sizeof(e->dentry->inline_name));
	ref_init(&e->dentry->ref);
	ref_init(&e->mnt->ref);
	e->next = entries;
	entries = e;
	return e;
}

void fake_file_add(const char *path, u32 mode, const void *bytes, size_t len)
{
	struct inode *inode = fake_inode(mode, bytes_to_fd(bytes, len));

	inode->size = len;
	entry_add(path, inode);
}

void fake_file_set_mount_flags(const char *path, u32 mount_flags)
{
	entry_find(path)->mnt->flags = mount_flags;
}

void fake_file_set_owner(const char *path, u32 uid, u32 gid)
{
	struct inode *inode = entry_find(path)->inode;

	inode->uid = uid;
	inode->gid = gid;
}

void fake_files_clear(void)
{
	while (entries != NULL) {
		struct entry *e = entries;

		entries = e->next;
		fake_inode_put(e->inode);
		free(e->name);
		free(e->dentry);
		free(e->mnt);
		free(e);
	}
}

u64 fake_files_open(void)
{
	return open_count;
}

void fake_fd_set(int fd, const char *path, bool cloexec)
{
	fds[fd].name = path;
	fds[fd].cloexec = cloexec;
}

static int entry_from_host(const char *name, struct entry **ret)
{
	plat_fd_t fd = open(name, O_RDONLY | O_CLOEXEC);
	struct stat st;
	struct inode *inode;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		fake_die("fstat");
	inode = fake_inode(st.st_mode, fd);
	inode->size = (u64)st.st_size;
	inode->uid = st.st_uid;
	inode->gid = st.st_gid;
	*ret = entry_add(name, inode);
	return 0;
}

static int lookup(int dirfd, const char *name, struct entry **ret)
{
	if (name[0] == '\0' && dirfd >= 0 && dirfd < FDS_MAX) {
		if (fds[dirfd].name == NULL)
			return -EBADF;
		name = fds[dirfd].name;
	}
	*ret = entry_find(name);
	if (*ret != NULL)
		return 0;
	return fake_files_from_host ? entry_from_host(name, ret) : -ENOENT;
}

/* --- what the loader calls --- */

WEAK int inode_permission(struct inode *i, u32 may)
{
	const struct cred *cred = &current()->process->cred;
	u32 bits = i->mode & 7;

	if (cred->fsuid == 0)
		return !(may & 1) || i->mode & 0111 ? 0 : -EACCES;
	if (cred->fsuid == i->uid)
		bits = i->mode >> 6 & 7;
	else if (cred->fsgid == i->gid)
		bits = i->mode >> 3 & 7;
	return (may & ~bits) == 0 ? 0 : -EACCES;
}

WEAK int path_walk(int dirfd, const char *name, u32 flags, struct path *ret)
{
	struct entry *e;
	int r = lookup(dirfd, name, &e);

	(void)flags;
	if (r == 0)
		*ret = (struct path){ e->mnt, e->dentry };
	return r;
}

WEAK void path_put(struct path *p)
{
	*p = (struct path){ 0 };
}

WEAK void file_end_exec(struct file *f)
{
	(void)f;
}

WEAK int file_open_exec(int dirfd, const char *name, u32 walk_flags, struct file **ret)
{
	struct file *f;
	struct entry *e;
	int r = lookup(dirfd, name, &e);

	(void)walk_flags;
	if (r < 0)
		return r;
	if ((e->inode->mode & LINUX_S_IFMT) == LINUX_S_IFLNK)
		return -ELOOP;
	if ((e->inode->mode & LINUX_S_IFMT) != LINUX_S_IFREG ||
	    e->mnt->flags & MOUNT_NO_EXEC)
		return -EACCES;
	r = inode_permission(e->inode, 1);
	if (r < 0)
		return r;
	f = kzalloc(sizeof(*f));
	if (f == NULL)
		return -ENOMEM;
	ref_init(&f->ref);
	ref_get(&e->inode->ref);
	f->ops = e->inode->fops;
	f->inode = e->inode;
	f->path = (struct path){ e->mnt, e->dentry };
	f->mode = FMODE_READ | FMODE_SEEK;
	open_count++;
	*ret = f;
	return 0;
}

WEAK void file_put(struct file *f)
{
	if (f == NULL || !ref_put(&f->ref))
		return;
	fake_inode_put(f->inode);
	kfree(f);
	open_count--;
}

WEAK s64 file_read_kernel(struct file *f, void *buf, size_t len, u64 offset)
{
	size_t done = 0;

	while (done < len) {
		s64 n = plat_file_read(inode_fd(f->inode), (char *)buf + done,
				       len - done, (s64)(offset + done));

		if (n < 0)
			return n;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (s64)done;
}

WEAK int file_map(struct file *f, const struct map_request *req)
{
	return f->ops->map(f, req);
}

WEAK s64 path_format(const struct path *path, const struct path *root, char *buf,
		     size_t size)
{
	(void)root;
	str_copy(buf, path->dentry->name, size);
	return (s64)strlen(buf);
}

WEAK int fd_get_cloexec(int fd)
{
	return fd >= 0 && fd < FDS_MAX && fds[fd].name != NULL ? fds[fd].cloexec :
								 -EBADF;
}
