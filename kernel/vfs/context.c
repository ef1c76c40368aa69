/* What a process sees the tree from: root, working directory, umask. */
#include "abi/linux/capability.h"
#include "kernel/locks.h"
#include "kernel/task/table.h"
#include "kernel/vfs/internal.h"
#include "kernel/vfs/namei.h"
#include "lib/string.h"

static void fs_get(struct path *from, struct path *ret)
{
	struct fs_context *fs = current()->fs;

	lock_acquire(&fs->lock);
	path_get(from);
	*ret = *from;
	lock_release(&fs->lock);
}

void fs_get_root(struct path *ret)
{
	fs_get(&current()->fs->root, ret);
}

void fs_get_cwd(struct path *ret)
{
	fs_get(&current()->fs->cwd, ret);
}

u32 fs_umask(void)
{
	return atomic_load(&current()->fs->umask) & 0777;
}

static void fs_set(struct fs_context *fs, struct path *place, const struct path *p)
{
	struct path old;

	path_get(p);
	lock_acquire(&fs->lock);
	atomic_store_relaxed(&fs->seq, fs->seq + 1);
	atomic_fence();
	old = *place;
	atomic_store_relaxed(&place->mnt, p->mnt);
	atomic_store_relaxed(&place->dentry, p->dentry);
	atomic_store(&fs->seq, fs->seq + 1);
	lock_release(&fs->lock);
	path_put(&old);
}

static bool place_is(const struct path *place, const struct path *p)
{
	return place->mnt == p->mnt && place->dentry == p->dentry;
}

/* A context that stands there, referenced; NULL: none any more. */
static struct fs_context *context_at(const struct path *p)
{
	struct fs_context *found = NULL;
	const struct process *process;
	const struct thread *t;

	task_lock();
	list_for_each(process, &sandbox->processes, all_link)
		list_for_each(t, &process->threads, group_link)
			if (found == NULL && t->fs != NULL &&
			    (place_is(&t->fs->root, p) || place_is(&t->fs->cwd, p)))
				found = fs_context_get(t->fs);
	task_unlock();
	return found;
}

void fs_replace_places(const struct path *from, const struct path *to)
{
	struct fs_context *fs;

	while ((fs = context_at(from)) != NULL) {
		if (place_is(&fs->root, from))
			fs_set(fs, &fs->root, to);
		if (place_is(&fs->cwd, from))
			fs_set(fs, &fs->cwd, to);
		fs_context_put(fs);
	}
}

int vfs_chdir(const struct path *p)
{
	int err;

	if (!inode_is_dir(p->dentry->inode))
		return -ENOTDIR;
	err = inode_permission(p->dentry->inode, LINUX_X_OK);
	if (err == 0)
		fs_set(current()->fs, &current()->fs->cwd, p);
	return err;
}

int vfs_chroot(const struct path *p)
{
	int err;

	if (!inode_is_dir(p->dentry->inode))
		return -ENOTDIR;
	err = inode_permission(p->dentry->inode, LINUX_X_OK);
	if (err < 0)
		return err;
	if (!vfs_capable(LINUX_CAP_SYS_CHROOT))
		return -EPERM;
	fs_set(current()->fs, &current()->fs->root, p);
	return 0;
}

/* Linux: a working directory outside of the root is shown after "(unreachable)". */
s64 vfs_getcwd(char *buf, size_t size)
{
	static const char prefix[] = "(unreachable)";
	AUTO_KFREE char *text = kzalloc(VFS_PATH_MAX);
	struct path root, cwd;
	bool reachable = true;
	size_t skip = 0;
	s64 len;

	if (text == NULL)
		return -ENOMEM;
	fs_get_root(&root);
	fs_get_cwd(&cwd);
	if (dentry_is_unlinked(cwd.dentry))
		len = -ENOENT;
	else
		len = path_format_from(&cwd, &root, text, VFS_PATH_MAX, &reachable);
	path_put(&root);
	path_put(&cwd);
	if (len < 0)
		return len;
	if (!reachable)
		skip = sizeof(prefix) - 1;
	if (skip + (size_t)len + 1 > size)
		return -ERANGE;
	memcpy(buf, prefix, skip);
	memcpy(buf + skip, text, (size_t)len + 1);
	return (s64)skip + len + 1;
}

int fs_context_copy(struct fs_context *from, struct fs_context **ret)
{
	struct fs_context *fs = kzalloc(sizeof(*fs));

	if (fs == NULL)
		return -ENOMEM;
	lock_rank(&fs->lock, RANK_FS_CONTEXT);
	ref_init(&fs->ref);
	lock_acquire(&from->lock);
	fs->root = from->root;
	fs->cwd = from->cwd;
	path_get(&fs->root);
	path_get(&fs->cwd);
	lock_release(&from->lock);
	fs->umask = atomic_load(&from->umask);
	*ret = fs;
	return 0;
}

struct fs_context *fs_context_get(struct fs_context *fs)
{
	ref_get(&fs->ref);
	return fs;
}

void fs_context_put(struct fs_context *fs)
{
	if (fs == NULL || !ref_put(&fs->ref))
		return;
	path_put(&fs->root);
	path_put(&fs->cwd);
	kfree(fs);
}
