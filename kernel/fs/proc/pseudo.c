/*
 * Made-up files: inodes, directories, reading and writing. pseudo.h has the theory.
 *
 * LIFETIME. An inode is made at a look-up and found again as long as somebody has it. An
 * open file's text is made at its first read and again whenever it is read from the start;
 * a reader works on the text it found, even when another one makes a new one meanwhile.
 *
 * LOCKING. pseudo_super.lock: the list of inodes; pseudo_file.lock: which text is current.
 * Both are leaves; show functions run without them.
 *
 * LINUX BEHAVIOUR. st_size is 0 and reads return what there is, as in proc(5). Nothing can
 * be removed or renamed (EPERM by the missing operations) nor created: ENOENT in proc, where
 * a name that is not there cannot even be looked up, EPERM in sysfs.
 */
#include "kernel/fs/proc/pseudo.h"

#include "abi/linux/dirent.h"
#include "abi/linux/fcntl.h"
#include "abi/linux/poll.h"
#include "kernel/vfs/namei.h"
#include "kernel/vfs/poll.h"
#include "lib/string.h"

#define BUCKETS 64u
#define STORE_MAX 4095u
#define FIRST_ENTRY 2u

struct pseudo_inode {
	struct inode *inode;
	struct pseudo_inode *next; /* lock: in the bucket */
	const struct pseudo_node *node;
	struct pseudo_key key;
	u32 bucket;
};

struct pseudo_super {
	struct lock lock;
	struct pseudo_inode *buckets[BUCKETS];
};

static const struct inode_ops pseudo_inode_ops, pseudo_magic_ops;
static const struct file_ops pseudo_file_ops, pseudo_watched_ops, pseudo_dir_ops;

static struct pseudo_inode *pseudo(const struct inode *i)
{
	return i->private;
}

bool pseudo_file_is(const struct file *f, const struct pseudo_node *node, struct pseudo_key *ret)
{
	if ((f->ops != &pseudo_file_ops && f->ops != &pseudo_watched_ops &&
	     f->ops != &pseudo_dir_ops) ||
	    pseudo(f->inode)->node != node)
		return false;
	*ret = pseudo(f->inode)->key;
	return true;
}

s64 pseudo_parse_number(const char *text, s64 max)
{
	s64 n = 0;

	if (*text == '\0' || (text[0] == '0' && text[1] != '\0'))
		return -1;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9' || n > max / 10)
			return -1;
		n = n * 10 + (*text - '0');
	}
	return n <= max ? n : -1;
}

/* --- inodes --- */

static u64 mix(u64 h, u64 v)
{
	h = (h ^ v) * 0x9e3779b97f4a7c15ull;
	return h ^ h >> 29;
}

/* The same for the same entry, whenever it is looked up. */
static u64 entry_number(const struct pseudo_node *node, const struct pseudo_key *key)
{
	u64 h = mix(0, (u64)(uintptr_t)node & 0xffffff);

	h = mix(h, (u64)key->pid << 32 | (u32)key->tid);
	h = mix(h, (u64)key->number);
	h = mix(h, key->start) & 0xffffffffffff;
	return h < 16 ? h + 16 : h;
}

static bool key_equal(const struct pseudo_key *a, const struct pseudo_key *b)
{
	return a->pid == b->pid && a->tid == b->tid && a->number == b->number &&
	       a->start == b->start;
}

static struct inode *inode_find_locked(struct pseudo_super *ps, u32 bucket,
				       const struct pseudo_node *node,
				       const struct pseudo_key *key)
{
	struct pseudo_inode *pi;

	for (pi = ps->buckets[bucket]; pi != NULL; pi = pi->next)
		if (pi->node == node && key_equal(&pi->key, key) &&
		    ref_get_unless_zero(&pi->inode->ref))
			return pi->inode;
	return NULL;
}

static void refresh(struct inode *inode)
{
	struct pseudo_inode *pi = pseudo(inode);
	u32 uid = 0, gid = 0;

	if (pi->node->owner != NULL && pi->node->owner(&pi->key, &uid, &gid) < 0)
		return;
	inode->uid = uid;
	inode->gid = gid;
	if (pi->node->permissions != NULL)
		atomic_store(&inode->mode, (pi->node->mode & LINUX_S_IFMT) |
						   pi->node->permissions(&pi->key));
}

/* Linux: a directory counts its own name, its "." and the ".." of those in it. */
static u32 fixed_links(const struct pseudo_node *node)
{
	u32 links = 2;

	if (!LINUX_S_ISDIR(node->mode))
		return 1;
	for (const struct pseudo_node *n = node->entries; n != NULL && n->name != NULL; n++)
		links += LINUX_S_ISDIR(n->mode);
	return links;
}

static int inode_make(struct super *sb, const struct pseudo_node *node,
		      const struct pseudo_key *key, struct inode **ret)
{
	struct pseudo_inode *pi = kzalloc(sizeof(*pi));
	struct inode *inode;
	int err;

	if (pi == NULL)
		return -ENOMEM;
	err = inode_create(sb, node->mode, &inode);
	if (err < 0) {
		kfree(pi);
		return err;
	}
	pi->inode = inode;
	pi->node = node;
	pi->key = *key;
	pi->bucket = BUCKETS; /* in none */
	inode->private = pi;
	inode->ino = entry_number(node, key);
	inode->ops = node->follow != NULL ? &pseudo_magic_ops : &pseudo_inode_ops;
	inode->fops = LINUX_S_ISDIR(node->mode) ? &pseudo_dir_ops :
		      node->changes != NULL	? &pseudo_watched_ops :
						  &pseudo_file_ops;
	inode->nlink = fixed_links(node);
	refresh(inode);
	*ret = inode;
	return 0;
}

static int inode_of(struct super *sb, const struct pseudo_node *node,
		    const struct pseudo_key *key, struct inode **ret)
{
	struct pseudo_super *ps = sb->private;
	u32 bucket = (u32)entry_number(node, key) % BUCKETS;
	struct inode *made, *found;
	int err;

	lock_acquire(&ps->lock);
	found = inode_find_locked(ps, bucket, node, key);
	lock_release(&ps->lock);
	if (found == NULL) {
		err = inode_make(sb, node, key, &made);
		if (err < 0)
			return err;
		lock_acquire(&ps->lock);
		found = inode_find_locked(ps, bucket, node, key);
		if (found == NULL) {
			pseudo(made)->bucket = bucket;
			pseudo(made)->next = ps->buckets[bucket];
			ps->buckets[bucket] = pseudo(made);
		}
		lock_release(&ps->lock);
		if (found == NULL)
			found = made;
		else
			inode_put(made);
	}
	*ret = found;
	return 0;
}

static void pseudo_evict(struct inode *inode)
{
	struct pseudo_super *ps = inode->sb->private;
	struct pseudo_inode *pi = pseudo(inode), **link;

	if (pi == NULL)
		return;
	lock_acquire(&ps->lock);
	if (pi->bucket < BUCKETS) {
		link = &ps->buckets[pi->bucket];
		while (*link != pi)
			link = &(*link)->next;
		*link = pi->next;
	}
	lock_release(&ps->lock);
	kfree(pi);
	inode->private = NULL;
}

static int pseudo_getattr(struct inode *inode, struct inode_attr *ret)
{
	refresh(inode);
	*ret = (struct inode_attr){
		.ino = inode->ino,
		.dev = inode->sb->dev,
		.mode = atomic_load(&inode->mode),
		.uid = inode->uid,
		.gid = inode->gid,
		.nlink = inode->nlink,
		.blksize = 1024,
		.atime = inode->atime,
		.mtime = inode->mtime,
		.ctime = inode->ctime,
		.btime = inode->btime,
	};
	if (LINUX_S_ISLNK(inode->mode) && pseudo(inode)->node->follow != NULL)
		ret->size = 64; /* Linux: magic links say so, whatever their text */
	if (pseudo(inode)->node->attributes != NULL)
		pseudo(inode)->node->attributes(&pseudo(inode)->key, ret);
	return 0;
}

/* Linux: times may be set and are soon forgotten, O_TRUNC does nothing, the rest is EPERM. */
static int pseudo_setattr(UNUSED struct inode *inode, const struct setattr *attr)
{
	return attr->valid & (SETATTR_MODE | SETATTR_UID | SETATTR_GID) ? -EPERM : 0;
}

/* --- directories --- */

static int refuse_new(struct inode *dir)
{
	return dir->sb->type->magic == LINUX_PROC_SUPER_MAGIC ? -ENOENT : -EPERM;
}

static int pseudo_create(struct inode *dir, UNUSED const char *name, UNUSED size_t len,
			 UNUSED u32 mode, UNUSED struct inode **ret)
{
	return refuse_new(dir);
}

static int pseudo_mknod(struct inode *dir, UNUSED const char *name, UNUSED size_t len,
			UNUSED u32 mode, UNUSED u64 rdev, UNUSED struct inode **ret)
{
	return refuse_new(dir);
}

static int pseudo_symlink(struct inode *dir, UNUSED const char *name, UNUSED size_t len,
			  UNUSED const char *text, UNUSED struct inode **ret)
{
	return refuse_new(dir);
}

static int pseudo_lookup(struct inode *dir, const char *name, size_t len, struct inode **ret)
{
	const struct pseudo_inode *pi = pseudo(dir);
	struct pseudo_entry entry = { .key = pi->key };
	const struct pseudo_node *n;
	u32 uid, gid;
	int err;

	if (pi->node->owner != NULL && pi->node->owner(&pi->key, &uid, &gid) < 0)
		return -ENOENT;
	for (n = pi->node->entries; n != NULL && n->name != NULL; n++)
		if (strlen(n->name) == len && memcmp(n->name, name, len) == 0)
			return inode_of(dir->sb, n, &pi->key, ret);
	if (pi->node->lookup == NULL || len >= sizeof(entry.name))
		return -ENOENT;
	memcpy(entry.name, name, len);
	entry.name[len] = '\0';
	if (memchr(entry.name, '\0', len) != NULL)
		return -ENOENT;
	err = pi->node->lookup(&pi->key, entry.name, &entry);
	return err < 0 ? err : inode_of(dir->sb, entry.node, &entry.key, ret);
}

static bool emit_dots(struct file *f, struct dir_sink *sink)
{
	if (f->pos == 0) {
		if (!sink->emit(sink, ".", 1, f->inode->ino, LINUX_DT_DIR, 1))
			return false;
		f->pos = 1;
	}
	if (f->pos == 1) {
		if (!sink->emit(sink, "..", 2, f->inode->ino, LINUX_DT_DIR, FIRST_ENTRY))
			return false;
		f->pos = FIRST_ENTRY;
	}
	return true;
}

/* Positions: 2 + index of the fixed entries, then the cursor of the dynamic ones. */
static int pseudo_readdir(struct file *f, struct dir_sink *sink)
{
	const struct pseudo_inode *pi = pseudo(f->inode);
	const struct pseudo_node *n = pi->node->entries;
	u64 index = FIRST_ENTRY;

	if (!emit_dots(f, sink))
		return 0;
	for (; n != NULL && n->name != NULL; n++, index++) {
		if (index < f->pos)
			continue;
		if (!sink->emit(sink, n->name, strlen(n->name), entry_number(n, &pi->key),
				LINUX_DT_OF_MODE(n->mode), index + 1))
			return 0;
		f->pos = index + 1;
	}
	while (pi->node->next != NULL) {
		struct pseudo_entry entry = { .key = pi->key };
		u64 cursor = f->pos - index;

		if (!pi->node->next(&pi->key, &cursor, &entry))
			break;
		if (!sink->emit(sink, entry.name, strlen(entry.name),
				entry_number(entry.node, &entry.key),
				LINUX_DT_OF_MODE(entry.node->mode), index + cursor))
			break;
		f->pos = index + cursor;
	}
	return 0;
}

static s64 pseudo_dir_seek(struct file *f, s64 offset, int whence)
{
	return whence == LINUX_SEEK_END ? -EINVAL : file_seek_size(f, offset, whence, 0);
}

/* --- links --- */

static int pseudo_follow(struct inode *inode, struct path *ret)
{
	return pseudo(inode)->node->follow(&pseudo(inode)->key, ret);
}

static int link_text(const struct pseudo_inode *pi, char *buf, size_t size)
{
	struct path target, root;
	s64 len;
	int err;

	if (pi->node->text != NULL)
		return pi->node->text(&pi->key, buf, size);
	err = pi->node->follow(&pi->key, &target);
	if (err < 0)
		return err;
	fs_get_root(&root);
	len = path_format(&target, &root, buf, size);
	path_put(&root);
	path_put(&target);
	return (int)len;
}

static int pseudo_readlink(struct inode *inode, char **ret_text, size_t *ret_len)
{
	char *buf = kzalloc(VFS_PATH_MAX);
	int len;

	if (buf == NULL)
		return -ENOMEM;
	len = link_text(pseudo(inode), buf, VFS_PATH_MAX);
	if (len >= (int)VFS_PATH_MAX)
		len = -ENAMETOOLONG;
	if (len < 0) {
		kfree(buf);
		return len;
	}
	*ret_text = buf;
	*ret_len = (size_t)len;
	return 0;
}

/* --- files --- */

struct text {
	struct ref ref;
	size_t len;
	char *data;
};

struct pseudo_file {
	struct lock lock;
	struct text *text; /* lock, referenced; NULL: not made yet */
	u32 seen;          /* a: the changes that poll(2) has told of */
};

static void text_put(struct text *t)
{
	if (t == NULL || !ref_put(&t->ref))
		return;
	kfree(t->data);
	kfree(t);
}

static int text_make(const struct pseudo_inode *pi, struct text **ret)
{
	struct seq s = { 0 };
	struct text *t;
	int err;

	if (pi->node->show == NULL)
		return -EIO;
	err = pi->node->show(&s, &pi->key);
	t = kzalloc(sizeof(*t));
	if (err == 0 && (s.failed || t == NULL))
		err = -ENOMEM;
	if (err < 0) {
		kfree(t);
		kfree(s.buf);
		return err;
	}
	ref_init(&t->ref);
	t->len = s.len;
	t->data = s.buf;
	*ret = t;
	return 0;
}

/* The text to read from at pos, with a reference. */
static int text_get(struct file *f, u64 pos, struct text **ret)
{
	struct pseudo_file *pf = f->private;
	struct text *made = NULL, *old = NULL;
	int err;

	if (pos == 0 || atomic_load(&pf->text) == NULL) {
		err = text_make(pseudo(f->inode), &made);
		if (err < 0)
			return err;
	}
	lock_acquire(&pf->lock);
	if (made != NULL) {
		old = pf->text;
		atomic_store(&pf->text, made);
	}
	*ret = pf->text;
	ref_get(&pf->text->ref);
	lock_release(&pf->lock);
	text_put(old);
	return 0;
}

static s64 pseudo_read(struct file *f, struct iter *to, u64 *pos)
{
	struct text *t;
	s64 n = text_get(f, *pos, &t);

	if (n < 0)
		return n;
	if (*pos < t->len) {
		n = iter_copy_to(to, t->data + *pos, MIN(t->len - *pos, to->count));
		if (n > 0)
			*pos += (u64)n;
	}
	text_put(t);
	return n;
}

static s64 pseudo_write(struct file *f, struct iter *from, u64 *pos)
{
	const struct pseudo_inode *pi = pseudo(f->inode);
	size_t want = MIN(from->count, (size_t)STORE_MAX);
	AUTO_KFREE char *buf = NULL;
	s64 n;

	if (pi->node->store == NULL)
		return -EIO;
	buf = kzalloc(want + 1);
	if (buf == NULL)
		return -ENOMEM;
	n = iter_copy_from(from, buf, want);
	if (n < 0)
		return n;
	buf[n] = '\0';
	n = pi->node->store(&pi->key, buf, (size_t)n);
	if (n > 0)
		*pos += (u64)n;
	return n;
}

/* Linux: seq_lseek. */
static s64 pseudo_seek(struct file *f, s64 offset, int whence)
{
	if (whence != LINUX_SEEK_SET && whence != LINUX_SEEK_CUR)
		return -EINVAL;
	return file_seek_size(f, offset, whence, 0);
}

static void pseudo_release(struct file *f)
{
	struct pseudo_file *pf = f->private;

	if (pf == NULL)
		return;
	text_put(pf->text);
	kfree(pf);
}

/* Linux: opening a file of a process that is gone is ESRCH or ENOENT. */
static int pseudo_open(struct inode *inode, struct file *file)
{
	const struct pseudo_inode *pi = pseudo(inode);
	struct pseudo_file *pf;
	u32 uid, gid;

	if (pi->node->owner != NULL && pi->node->owner(&pi->key, &uid, &gid) < 0)
		return -ESRCH;
	file->mode |= FMODE_SEEK;
	if (LINUX_S_ISDIR(inode->mode))
		return 0;
	if (pi->node->fixed && file->mode & FMODE_WRITE)
		return -EACCES;
	if (pi->node->open != NULL)
		return pi->node->open(&pi->key, file);
	pf = kzalloc(sizeof(*pf));
	if (pf == NULL)
		return -ENOMEM;
	if (pi->node->changes != NULL) {
		struct waitq *unused;

		pf->seen = pi->node->changes(&unused);
	}
	file->private = pf;
	return 0;
}

/* Linux: mounts_poll(). A change is told once. */
static u32 pseudo_poll(struct file *f, struct poll_table *pt)
{
	struct pseudo_file *pf = f->private;
	struct waitq *q;
	u32 now;

	(void)pseudo(f->inode)->node->changes(&q);
	poll_wait(pt, q);
	now = pseudo(f->inode)->node->changes(&q);
	if (atomic_xchg(&pf->seen, now) != now)
		return LINUX_POLLIN | LINUX_POLLRDNORM | LINUX_POLLERR | LINUX_POLLPRI;
	return LINUX_POLLIN | LINUX_POLLRDNORM;
}

static const struct inode_ops pseudo_inode_ops = {
	.lookup = pseudo_lookup,
	.create = pseudo_create,
	.mkdir = pseudo_create,
	.mknod = pseudo_mknod,
	.symlink = pseudo_symlink,
	.readlink = pseudo_readlink,
	.getattr = pseudo_getattr,
	.setattr = pseudo_setattr,
	.open = pseudo_open,
	.evict = pseudo_evict,
};

static const struct inode_ops pseudo_magic_ops = {
	.readlink = pseudo_readlink,
	.follow = pseudo_follow,
	.getattr = pseudo_getattr,
	.setattr = pseudo_setattr,
	.open = pseudo_open,
	.evict = pseudo_evict,
};

static const struct file_ops pseudo_file_ops = {
	.read = pseudo_read,
	.write = pseudo_write,
	.seek = pseudo_seek,
	.release = pseudo_release,
};

static const struct file_ops pseudo_watched_ops = {
	.read = pseudo_read,
	.write = pseudo_write,
	.poll = pseudo_poll,
	.seek = pseudo_seek,
	.release = pseudo_release,
};

static const struct file_ops pseudo_dir_ops = {
	.seek = pseudo_dir_seek,
	.readdir = pseudo_readdir,
};

/* --- the file system --- */

int pseudo_mount(const struct fs_type *type, const struct pseudo_node *root, struct super **ret)
{
	const struct pseudo_key none = { 0 };
	struct pseudo_super *ps = kzalloc(sizeof(*ps));
	struct super *sb;
	struct inode *inode;
	int err;

	if (ps == NULL)
		return -ENOMEM;
	err = super_create(type, &sb);
	if (err < 0) {
		kfree(ps);
		return err;
	}
	sb->private = ps;
	sb->flags |= SUPER_NO_CACHE | SUPER_NO_NEGATIVE;
	err = inode_of(sb, root, &none, &inode);
	if (err == 0)
		err = super_set_root(sb, inode);
	if (err < 0) {
		super_put(sb);
		return err;
	}
	*ret = sb;
	return 0;
}

int pseudo_statfs(struct super *sb, struct linux_statfs *ret)
{
	*ret = (struct linux_statfs){
		.f_type = sb->type->magic,
		.f_bsize = PAGE_SIZE,
		.f_frsize = PAGE_SIZE,
		.f_namelen = VFS_NAME_MAX,
	};
	return 0;
}

void pseudo_unmount(struct super *sb)
{
	kfree(sb->private);
	sb->private = NULL;
}
