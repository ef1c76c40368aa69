/* /proc/PID/fd and fdinfo. */
#include "abi/linux/fcntl.h"
#include "abi/linux/stat.h"
#include "kernel/fs/proc/proc.h"
#include "kernel/vfs/fdtable.h"
#include "kernel/vfs/namei.h"
#include "lib/fmt.h"

/* Exactly descriptor fd of the key's process, referenced. */
static struct file *file_of(const struct pseudo_key *key, bool *ret_cloexec)
{
	struct fdtable *ft;
	struct file *f;
	int fd;

	if (proc_files(key, &ft) < 0)
		return NULL;
	fd = fdtable_next(ft, (int)key->number, &f, ret_cloexec);
	fdtable_put(ft);
	if (fd == key->number)
		return f;
	if (fd >= 0)
		file_put(f);
	return NULL;
}

static int lookup(const struct pseudo_key *key, const char *name,
		  const struct pseudo_node *node, struct pseudo_entry *ret)
{
	s64 number = pseudo_parse_number(name, INT32_MAX);
	struct file *f;

	if (number < 0)
		return -ENOENT;
	ret->key = *key;
	ret->key.number = number;
	ret->node = node;
	f = file_of(&ret->key, NULL);
	if (f == NULL)
		return -ENOENT;
	file_put(f);
	return 0;
}

/* The cursor is a descriptor. */
static bool next(const struct pseudo_key *key, u64 *cursor, const struct pseudo_node *node,
		 struct pseudo_entry *ret)
{
	struct fdtable *ft;
	struct file *f;
	int fd;

	if (*cursor > INT32_MAX || proc_files(key, &ft) < 0)
		return false;
	fd = fdtable_next(ft, (int)*cursor, &f, NULL);
	fdtable_put(ft);
	if (fd < 0)
		return false;
	file_put(f);
	ret->key = *key;
	ret->key.number = fd;
	ret->node = node;
	fmt_print(ret->name, sizeof(ret->name), "%d", fd);
	*cursor = (u64)fd + 1;
	return true;
}

int proc_fd_lookup(const struct pseudo_key *key, const char *name, struct pseudo_entry *ret)
{
	return lookup(key, name, &proc_fd_link, ret);
}

bool proc_fd_next(const struct pseudo_key *key, u64 *cursor, struct pseudo_entry *ret)
{
	return next(key, cursor, &proc_fd_link, ret);
}

/* Linux 6.2: the size of the directory is the number of open descriptors. */
void proc_fd_attributes(const struct pseudo_key *key, struct inode_attr *ret)
{
	struct fdtable *ft;
	struct file *f;

	if (proc_files(key, &ft) < 0)
		return;
	for (int fd = 0; (fd = fdtable_next(ft, fd, &f, NULL)) >= 0; fd++) {
		file_put(f);
		ret->size++;
	}
	fdtable_put(ft);
}

int proc_fdinfo_lookup(const struct pseudo_key *key, const char *name, struct pseudo_entry *ret)
{
	return lookup(key, name, &proc_fdinfo_file, ret);
}

bool proc_fdinfo_next(const struct pseudo_key *key, u64 *cursor, struct pseudo_entry *ret)
{
	return next(key, cursor, &proc_fdinfo_file, ret);
}

static int follow(const struct pseudo_key *key, struct path *ret)
{
	AUTO_FILE f = file_of(key, NULL);

	return f == NULL ? -ENOENT : file_get_path(f, ret);
}

static int text(const struct pseudo_key *key, char *buf, size_t size)
{
	AUTO_FILE f = file_of(key, NULL);
	struct path root;
	s64 len;

	if (f == NULL)
		return -ENOENT;
	if (f->path.dentry == NULL && f->ops->describe != NULL)
		return f->ops->describe(f, buf, size);
	if (f->path.dentry == NULL)
		return fmt_print(buf, size, "%s", f->anon_name == NULL ? "anon_inode:" :
									 f->anon_name);
	fs_get_root(&root);
	len = path_format(&f->path, &root, buf, size);
	path_put(&root);
	return (int)len;
}

/* Linux: the permissions of the link say what the descriptor is open for. */
static u32 permissions(const struct pseudo_key *key)
{
	AUTO_FILE f = file_of(key, NULL);
	u32 mode = 0;

	if (f == NULL)
		return 0;
	if (f->mode & FMODE_READ)
		mode |= LINUX_S_IRUSR | LINUX_S_IXUSR;
	if (f->mode & FMODE_WRITE)
		mode |= LINUX_S_IWUSR | LINUX_S_IXUSR;
	return mode;
}

static int show_info(struct seq *s, const struct pseudo_key *key)
{
	bool cloexec = false;
	AUTO_FILE f = file_of(key, &cloexec);

	if (f == NULL)
		return -ENOENT;
	seq_print(s, "pos:\t%lu\nflags:\t0%o\nmnt_id:\t%u\nino:\t%lu\n",
		  (unsigned long)(f->mode & FMODE_SEEK ? atomic_load(&f->pos) : 0),
		  f->flags | (cloexec ? LINUX_O_CLOEXEC : 0),
		  f->path.mnt == NULL ? 0 : f->path.mnt->id, (unsigned long)f->inode->ino);
	if (f->ops->info != NULL)
		f->ops->info(f, s);
	return 0;
}

const struct pseudo_node proc_fd_link = {
	.mode = LINUX_S_IFLNK | 0700,
	.follow = follow,
	.text = text,
	.owner = proc_owner,
	.permissions = permissions,
};

const struct pseudo_node proc_fdinfo_file = {
	.mode = LINUX_S_IFREG | 0444,
	.show = show_info,
	.owner = proc_owner,
};
