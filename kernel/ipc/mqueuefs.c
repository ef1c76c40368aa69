/*
 * The file system mqueue: POSIX message queues by name.
 *
 * OVERVIEW. One directory. mq_open() looks into it without a path walk; where it is mounted,
 * open, unlink, ls and chmod work on the same queues.
 *
 * LOCKING. A queue's last reference is never put under mq_lock: its end takes that lock.
 *
 * LINUX BEHAVIOUR. mq_overview(7), ipc/mqueue.c: permissions and the sticky directory,
 * RLIMIT_MSGQUEUE, and what read(2) tells of a queue. Limits are fixed at their defaults.
 */
#include "abi/linux/capability.h"
#include "abi/linux/dirent.h"
#include "abi/linux/fcntl.h"
#include "kernel/ipc/mqueue.h"
#include "kernel/mm/heap.h"
#include "kernel/sys/cred.h"
#include "kernel/vfs/iter.h"
#include "lib/fmt.h"
#include "lib/string.h"

#define MQUEUE_MAGIC 0x19800202u
#define MQUEUE_FILE_SIZE 80u /* Linux: FILENT_SIZE, what stat tells */
#define HARD_MSG_MAX 65536
#define HARD_MSGSIZE_MAX (16 << 20)
/* Linux: what a message and a priority cost, struct msg_msg and posix_msg_tree_node. */
#define COST_MESSAGE 48u
#define COST_PRIORITY 48u

static const struct inode_ops queue_inode_ops, dir_inode_ops;
static const struct file_ops queue_file_ops, dir_file_ops;

bool file_is_mqueue(const struct file *f)
{
	return f->ops == &queue_file_ops;
}

/* --- the file system --- */

static int super_make(struct super **ret)
{
	struct super *sb;
	struct inode *root;
	int err = super_create(&mqueue_fs_type, &sb);

	if (err < 0)
		return err;
	sb->flags = SUPER_NO_NEGATIVE | SUPER_NO_CACHE; /* mq_open() goes past the cache */
	err = inode_create(sb, LINUX_S_IFDIR | 01777, &root);
	if (err == 0) {
		root->ops = &dir_inode_ops;
		root->fops = &dir_file_ops;
		root->nlink = 2;
		err = super_set_root(sb, root);
	}
	if (err < 0)
		super_put(sb);
	else
		*ret = sb;
	return err;
}

/* The one there is; it stays for the sandbox's life. mq_lock is held. */
static int super_find_locked(struct super **ret)
{
	int err = ipc->mq_super != NULL ? 0 : super_make(&ipc->mq_super);

	if (err == 0)
		*ret = ipc->mq_super;
	return err;
}

static int mqueue_mount(UNUSED const struct fs_type *type, UNUSED const char *source,
			UNUSED const char *options, struct super **ret)
{
	struct super *sb;
	int err;

	lock_acquire(&ipc->mq_lock);
	err = super_find_locked(&sb);
	lock_release(&ipc->mq_lock);
	if (err == 0)
		*ret = super_get(sb);
	return err;
}

const struct fs_type mqueue_fs_type = {
	.name = "mqueue",
	.magic = MQUEUE_MAGIC,
	.mount = mqueue_mount,
};

/* --- making queues --- */

static int attr_check(const struct linux_mq_attr *attr)
{
	bool privileged = capable(LINUX_CAP_SYS_RESOURCE);

	if (attr->mq_maxmsg <= 0 || attr->mq_msgsize <= 0)
		return -EINVAL;
	if (attr->mq_maxmsg > (privileged ? HARD_MSG_MAX : MQ_MSG_MAX) ||
	    attr->mq_msgsize > (privileged ? HARD_MSGSIZE_MAX : MQ_MSGSIZE_MAX))
		return -EINVAL;
	return 0;
}

/* attr has been checked: nothing overflows. */
static u64 attr_cost(const struct linux_mq_attr *attr)
{
	u64 count = (u64)attr->mq_maxmsg;

	return count * COST_MESSAGE + MIN(count, (u64)LINUX_MQ_PRIO_MAX) * COST_PRIORITY +
	       count * (u64)attr->mq_msgsize;
}

static struct mqueue *mqueue_alloc(const char *name, size_t len,
				   const struct linux_mq_attr *attr)
{
	struct mqueue *q = kzalloc(sizeof(*q) + len + 1);

	if (q == NULL)
		return NULL;
	q->max_count = (u64)attr->mq_maxmsg;
	q->max_size = (u64)attr->mq_msgsize;
	q->cost = attr_cost(attr);
	q->user = current()->process->cred.uid;
	list_init(&q->link);
	list_init(&q->messages);
	list_init(&q->senders);
	list_init(&q->receivers);
	waitq_init(&q->poll);
	memcpy(q->name, name, len);
	q->name_len = (u32)len;
	return q;
}

static struct mqueue *find_locked(const char *name, size_t len)
{
	struct mqueue *q;

	list_for_each(q, &ipc->mq_queues, link)
		if (q->named && q->name_len == len && memcmp(q->name, name, len) == 0)
			return q;
	return NULL;
}

/* RLIMIT_MSGQUEUE and the number of queues. */
static int limits_locked(const struct mqueue *fresh)
{
	u64 limit = task_rlimit(LINUX_RLIMIT_MSGQUEUE), cost = fresh->cost;
	const struct mqueue *q;

	if (ipc->mq_count >= (u32)MQ_QUEUES_MAX && !capable(LINUX_CAP_SYS_RESOURCE))
		return -ENOSPC;
	list_for_each(q, &ipc->mq_queues, link)
		if (q->user == fresh->user)
			cost += q->cost;
	return cost > limit ? -EMFILE : 0;
}

/* The inode of q, which it takes over on success. One reference is the name's. */
static int inode_make_locked(struct mqueue *q, u32 mode, struct inode **ret)
{
	const struct cred *c = &current()->process->cred;
	struct super *sb;
	struct inode *i;
	int err = super_find_locked(&sb);

	if (err == 0)
		err = inode_create(sb, LINUX_S_IFREG | mode, &i);
	if (err < 0)
		return err;
	i->ops = &queue_inode_ops;
	i->fops = &queue_file_ops;
	i->uid = c->fsuid;
	i->gid = c->fsgid;
	i->size = MQUEUE_FILE_SIZE;
	i->object = q;
	q->inode = i;
	q->named = true;
	q->serial = ++ipc->mq_serial;
	list_add_tail(&ipc->mq_queues, &q->link);
	ipc->mq_count++;
	*ret = i;
	return 0;
}

/* The name is free; mode's umask is applied. *ret is borrowed from the name. */
static int create_locked(const char *name, size_t len, u32 mode,
			 const struct linux_mq_attr *attr, struct inode **ret)
{
	static const struct linux_mq_attr defaults = {
		.mq_maxmsg = MQ_MSG_DEFAULT,
		.mq_msgsize = MQ_MSGSIZE_DEFAULT,
	};
	struct mqueue *q;
	int err;

	if (attr == NULL)
		attr = &defaults;
	err = attr_check(attr);
	if (err < 0)
		return err;
	q = mqueue_alloc(name, len, attr);
	if (q == NULL)
		return -ENOMEM;
	err = limits_locked(q);
	if (err == 0)
		err = inode_make_locked(q, mode & 07777, ret);
	if (err < 0)
		kfree(q);
	return err;
}

/* --- mq_open, mq_unlink --- */

/* Linux: lookup_one_len(). */
static int name_check(const char *name, size_t len)
{
	if (len == 0)
		return -ENOENT;
	if (strchr(name, '/') != NULL || str_equal(name, ".") || str_equal(name, ".."))
		return -EACCES;
	return len > VFS_NAME_MAX ? -ENAMETOOLONG : 0;
}

/* Linux: prepare_open(). *ret is referenced. */
static int find_or_create(const char *name, u32 flags, u32 mode,
			  const struct linux_mq_attr *attr, struct inode **ret)
{
	static const u32 needs[3] = { LINUX_R_OK, LINUX_W_OK, LINUX_R_OK | LINUX_W_OK };
	const u32 exclusive = LINUX_O_CREAT | LINUX_O_EXCL;
	size_t len = strlen(name);
	struct mqueue *q;
	int err = 0;

	lock_acquire(&ipc->mq_lock);
	q = find_locked(name, len);
	if (q == NULL && !(flags & LINUX_O_CREAT)) {
		err = -ENOENT;
	} else if (q == NULL) {
		mode &= ~atomic_load(&current()->fs->umask);
		err = create_locked(name, len, mode, attr, ret);
	} else if ((flags & exclusive) == exclusive) {
		err = -EEXIST;
	} else if ((flags & LINUX_O_ACCMODE) == LINUX_O_ACCMODE) {
		err = -EINVAL;
	} else {
		err = inode_permission(q->inode, needs[flags & LINUX_O_ACCMODE]);
		*ret = q->inode;
	}
	if (err == 0)
		inode_get(*ret);
	lock_release(&ipc->mq_lock);
	return err;
}

int mqueue_open(const char *name, u32 flags, u32 mode, const struct linux_mq_attr *attr,
		struct file **ret)
{
	const u32 kept = LINUX_O_ACCMODE | LINUX_O_NONBLOCK;
	struct inode *i = NULL;
	int err = name_check(name, strlen(name));

	if (err == 0)
		err = find_or_create(name, flags, mode, attr, &i);
	if (err < 0)
		return err;
	err = inode_open(i, flags & kept, ret);
	inode_put(i);
	return err;
}

/* The name is gone; its reference of the inode is the caller's to put. */
static void unname_locked(struct mqueue *q)
{
	q->named = false;
	ipc->mq_count--;
}

static bool may_unlink(const struct inode *i)
{
	u32 fsuid = current()->process->cred.fsuid;
	const struct inode *dir = ipc->mq_super->root->inode;

	return fsuid == i->uid || fsuid == dir->uid || capable(LINUX_CAP_FOWNER);
}

int mqueue_unlink(const char *name)
{
	size_t len = strlen(name);
	struct mqueue *q;
	int err = name_check(name, len);

	if (err < 0)
		return err;
	lock_acquire(&ipc->mq_lock);
	q = find_locked(name, len);
	if (q == NULL)
		err = -ENOENT;
	else if (!may_unlink(q->inode))
		err = -EPERM;
	else
		unname_locked(q);
	lock_release(&ipc->mq_lock);
	if (err < 0)
		return err;
	q->inode->nlink = 0;
	inode_put(q->inode);
	return 0;
}

/* --- inodes of queues --- */

static int queue_open(UNUSED struct inode *i, UNUSED struct file *f)
{
	return 0; /* file_ops are the inode's */
}

static void queue_evict(struct inode *i)
{
	struct mqueue *q = i->object;

	lock_acquire(&ipc->mq_lock);
	list_del(&q->link);
	lock_release(&ipc->mq_lock);
	mqueue_fini(q);
	kfree(q);
}

static const struct inode_ops queue_inode_ops = {
	.open = queue_open,
	.setattr = inode_setattr_generic,
	.evict = queue_evict,
};

/* Linux: mqueue_read_file(). */
static s64 queue_read(struct file *f, struct iter *to, u64 *pos)
{
	struct mqueue *q = mqueue_of(f);
	char text[MQUEUE_FILE_SIZE];
	const struct linux_sigevent *e = &q->event;
	u64 len;
	s64 n;

	lock_acquire(&q->lock);
	fmt_print(text, sizeof(text), "QSIZE:%-10lu NOTIFY:%-5d SIGNO:%-5d NOTIFY_PID:%-6d\n",
		  (unsigned long)q->bytes, q->owner != NULL ? e->sigev_notify : 0,
		  q->owner != NULL && e->sigev_notify == LINUX_SIGEV_SIGNAL ? e->sigev_signo : 0,
		  q->owner != NULL ? q->owner->pid : 0);
	lock_release(&q->lock);
	len = strlen(text);
	if (*pos >= len)
		return 0;
	n = iter_copy_to(to, text + *pos, MIN(len - *pos, (u64)to->count));
	if (n > 0)
		*pos += (u64)n;
	return n;
}

static int queue_describe(struct file *f, char *buf, size_t size)
{
	const struct mqueue *q = mqueue_of(f);

	return fmt_print(buf, size, q->named ? "/%s" : "/%s (deleted)", q->name);
}

static const struct file_ops queue_file_ops = {
	.read = queue_read,
	.poll = mqueue_poll,
	.closed = mqueue_closed,
	.describe = queue_describe,
};

/* --- the directory, where it is mounted --- */

static int dir_lookup(UNUSED struct inode *dir, const char *name, size_t len, struct inode **ret)
{
	struct mqueue *q;

	lock_acquire(&ipc->mq_lock);
	q = find_locked(name, len);
	if (q != NULL)
		*ret = inode_get(q->inode);
	lock_release(&ipc->mq_lock);
	return q == NULL ? -ENOENT : 0;
}

static int dir_create(UNUSED struct inode *dir, const char *name, size_t len, u32 mode,
		      struct inode **ret)
{
	int err;

	lock_acquire(&ipc->mq_lock);
	err = find_locked(name, len) != NULL ? -EEXIST :
					       create_locked(name, len, mode, NULL, ret);
	if (err == 0)
		inode_get(*ret);
	lock_release(&ipc->mq_lock);
	return err;
}

static int dir_unlink(UNUSED struct inode *dir, UNUSED const char *name, UNUSED size_t len,
		      struct inode *target)
{
	struct mqueue *q = target->object;
	bool named;

	lock_acquire(&ipc->mq_lock);
	named = q->named;
	if (named)
		unname_locked(q);
	lock_release(&ipc->mq_lock);
	if (!named)
		return -ENOENT;
	target->nlink = 0;
	inode_put(target);
	return 0;
}

static int dir_open(UNUSED struct inode *i, UNUSED struct file *f)
{
	return 0;
}

static const struct inode_ops dir_inode_ops = {
	.lookup = dir_lookup,
	.create = dir_create,
	.unlink = dir_unlink,
	.setattr = inode_setattr_generic,
	.open = dir_open,
};

static int dir_readdir(struct file *f, struct dir_sink *sink)
{
	static const char dots[] = "..";
	const struct mqueue *q;

	for (; f->pos < 2; f->pos++)
		if (!sink->emit(sink, dots, f->pos + 1, f->inode->ino, LINUX_DT_DIR, f->pos + 1))
			return 0;
	lock_acquire(&ipc->mq_lock);
	list_for_each(q, &ipc->mq_queues, link) {
		if (!q->named || q->serial + 2 <= f->pos)
			continue;
		if (!sink->emit(sink, q->name, q->name_len, q->inode->ino, LINUX_DT_REG,
				q->serial + 2))
			break;
		f->pos = q->serial + 2;
	}
	lock_release(&ipc->mq_lock);
	return 0;
}

static const struct file_ops dir_file_ops = {
	.readdir = dir_readdir,
};
