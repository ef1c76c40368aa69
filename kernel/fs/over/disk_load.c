/*
 * The writable layer on disk: reading the journal at the start.
 *
 * OVERVIEW. The journal is read twice: first all nodes are made, then they get their names.
 * Then it is written anew under another name, which takes the old one's place. Every byte of
 * it is taken as hostile: a record that is not whole is passed over.
 */
#include "abi/linux/xattr.h"
#include "kernel/fs/over/disk_record.h"
#include "kernel/vfs/acl.h"
#include "lib/string.h"

#define WINDOW (1u << 20)

struct loader {
	struct super *sb;
	struct file *journal;
	struct inode **nodes; /* by number, referenced */
	u64 count;            /* of nodes */
	char *window;
	u64 window_at;
	size_t window_len;
};

/* --- records --- */

/* The next whole record at or after *at, which is moved behind it; NULL: the end. */
static const struct layer_record *record_next(struct loader *l, u64 *at)
{
	for (;; *at += 8) {
		const struct layer_record *r;
		size_t room;
		s64 n;

		if (*at < l->window_at || *at + LAYER_RECORD_MAX > l->window_at + l->window_len) {
			n = file_read_kernel(l->journal, l->window, WINDOW, *at);
			l->window_at = *at;
			l->window_len = n < 0 ? 0 : (size_t)n;
		}
		room = l->window_len - (size_t)(*at - l->window_at);
		if (room < sizeof(struct layer_head))
			return NULL;
		r = (const struct layer_record *)(l->window + (*at - l->window_at));
		if (!layer_record_ok(r, room))
			continue;
		*at += r->head.len;
		return r;
	}
}

/* --- nodes --- */

static int node_slot(struct loader *l, u64 id)
{
	u64 count = MAX(l->count, (u64)1024);
	struct inode **nodes;

	if (id < l->count)
		return 0;
	while (count <= id)
		count *= 2;
	nodes = kzalloc(count * sizeof(struct inode *));
	if (nodes == NULL)
		return -ENOMEM;
	if (l->count != 0)
		memcpy(nodes, l->nodes, l->count * sizeof(struct inode *));
	kfree(l->nodes);
	l->nodes = nodes;
	l->count = count;
	return 0;
}

static struct inode *node_of(struct loader *l, u64 id)
{
	return id < l->count ? l->nodes[id] : NULL;
}

/* The lower file at a path beneath the lower root. */
static int lower_walk(struct super *lower, const char *path, struct inode **ret)
{
	struct inode *at = inode_get(lower->root->inode), *next;
	int err = 0;

	while (err == 0 && *path != '\0' && !str_equal(path, ".")) {
		const char *slash = strchr(path, '/');
		size_t len = slash == NULL ? strlen(path) : (size_t)(slash - path);

		err = len == 0 || len > VFS_NAME_MAX || !inode_is_dir(at) ? -ENOENT : 0;
		if (err == 0) {
			lock_acquire(&at->lock);
			err = at->ops->lookup(at, path, len, &next);
			lock_release(&at->lock);
		}
		if (err == 0) {
			inode_put(at);
			at = next;
			path += len + (path[len] == '/');
		}
	}
	if (err < 0)
		inode_put(at);
	else
		*ret = at;
	return err;
}

static int node_make(struct loader *l, const struct layer_record *r, const char *text,
		     struct inode **ret)
{
	struct over_super *s = l->sb->private;
	struct inode *lower;
	int err;

	if (!(r->node.flags & LAYER_HAS_LOWER))
		return over_inode_blank(l->sb, r->node.mode, r->head.id, ret);
	err = lower_walk(s->lower, text, &lower);
	if (err == 0)
		err = over_inode_find(l->sb, lower, ret);
	if (err == 0 && ((*ret)->mode ^ r->node.mode) & LINUX_S_IFMT) {
		inode_put(*ret); /* something else has taken its place */
		err = -ENOENT;
	}
	return err;
}

static int node_data(struct loader *l, struct inode *i, u64 id)
{
	struct over_node *n = over_node(i);
	int err;

	if (n->upper != NULL || !inode_is_regular(i))
		return 0;
	err = disk_find_data(l->sb, id, &n->upper);
	if (err == -ENOENT && over_has_lower(i))
		return 0; /* gone with the file, as later records tell */
	if (err < 0 && !over_has_lower(i))
		err = over_disk_data(i, &n->upper);
	if (err == 0)
		i->size = n->upper->size;
	return err;
}

static struct linux_timespec time_of(const struct layer_time *t)
{
	return (struct linux_timespec){ .tv_sec = t->sec, .tv_nsec = t->nsec };
}

static int node_load(struct loader *l, const struct layer_record *r)
{
	AUTO_KFREE char *text = kzalloc(r->node.text_len + 1);
	struct inode *i;
	int err = text == NULL ? -ENOMEM : node_slot(l, r->head.id);

	if (err < 0)
		return err;
	memcpy(text, r->node_text, r->node.text_len);
	if (l->nodes[r->head.id] == NULL) {
		err = node_make(l, r, text, &l->nodes[r->head.id]);
		if (err < 0) {
			l->nodes[r->head.id] = NULL;
			return err == -ENOMEM ? err : 0;
		}
	}
	i = l->nodes[r->head.id];
	over_node(i)->disk_id = r->head.id;
	i->mode = (i->mode & LINUX_S_IFMT) | (r->node.mode & 07777);
	i->uid = r->node.uid;
	i->gid = r->node.gid;
	i->nlink = r->node.nlink;
	i->rdev = r->node.rdev;
	i->mtime = i->atime = time_of(&r->node.mtime);
	i->ctime = time_of(&r->node.ctime);
	i->btime = time_of(&r->node.btime);
	atomic_and(&i->flags, ~INODE_FS_MASK);
	atomic_or(&i->flags, r->node.flags & INODE_FS_MASK);
	lock_acquire(&i->lock);
	over_own_attr(i);
	lock_release(&i->lock);
	if (inode_is_symlink(i) && !over_has_lower(i) && over_node(i)->text == NULL) {
		i->size = r->node.text_len;
		over_node(i)->text = TAKE(text);
	}
	return r->node.flags & LAYER_HAS_DATA || !over_has_lower(i) ?
		       node_data(l, i, r->head.id) :
		       0;
}

static int xattr_load(struct loader *l, const struct layer_record *r)
{
	struct inode *i = node_of(l, r->head.id);
	struct linux_timespec ctime;
	char name[256];
	int err;

	if (i == NULL)
		return 0;
	memcpy(name, r->xattr_text, r->xattr.name_len);
	name[r->xattr.name_len] = '\0';
	if (r->xattr.name_len == 0) {
		xattrs_fini(&over_node(i)->xattrs);
		over_node(i)->flags |= OVER_OWN_XATTR;
		return 0;
	}
	if (str_has_prefix(name, LINUX_XATTR_SYSTEM_PREFIX)) {
		acl_restore(i, str_equal(name, LINUX_XATTR_NAME_POSIX_ACL_DEFAULT),
			    r->xattr_text + r->xattr.name_len,
			    r->xattr.gone ? 0 : r->xattr.value_len);
		return 0;
	}
	ctime = i->ctime;
	if (r->xattr.gone)
		err = over_removexattr(i, name);
	else
		err = over_setxattr(i, name, r->xattr_text + r->xattr.name_len,
				    r->xattr.value_len, 0);
	i->ctime = ctime;
	return err == -ENOMEM ? err : 0;
}

/* --- names --- */

static int name_load(struct loader *l, const struct layer_record *r)
{
	struct inode *dir = node_of(l, r->head.id), *old, *new = NULL;
	struct dirtab *t;
	struct dir_entry *e;
	int err = 0;

	if (dir == NULL || !inode_is_dir(dir))
		return 0;
	t = &over_node(dir)->dir;
	e = dirtab_find(t, r->name_text, r->name.len);
	if (r->name.kind == LAYER_ENTRY)
		new = node_of(l, r->name.target);
	old = e == NULL ? NULL : e->inode;
	if (r->name.kind == LAYER_NOTHING || (new == NULL && r->name.kind == LAYER_ENTRY)) {
		if (e != NULL)
			dirtab_remove(t, e);
	} else if (e != NULL) {
		e->inode = new;
	} else {
		err = dirtab_add(t, r->name_text, r->name.len, new, &e);
	}
	if (err < 0)
		return err;
	if (new != NULL || r->name.kind == LAYER_WHITEOUT)
		e->flags = r->name.covers ? ENTRY_COVERS : 0;
	if (new != NULL)
		inode_get(new);
	over_node(dir)->names += (u32)(new != NULL) - (u32)(old != NULL);
	inode_put(old);
	return 0;
}

/* --- all of it --- */

static int load_pass(struct loader *l, bool names)
{
	const struct layer_record *r;
	u64 at = 0;
	int err = 0;

	l->window_len = 0;
	while (err == 0 && (r = record_next(l, &at)) != NULL) {
		struct over_disk *d = ((struct over_super *)l->sb->private)->disk;

		d->last_id = MAX(d->last_id, r->head.id);
		if (r->head.type == LAYER_NODE && !names)
			err = node_load(l, r);
		else if (r->head.type == LAYER_XATTR && !names)
			err = xattr_load(l, r);
		else if (r->head.type == LAYER_NAME && names)
			err = name_load(l, r);
	}
	return err;
}

/* A node without a name was open when the last sandbox ended, or was removed in its time. */
static bool is_orphan(const struct inode *i)
{
	bool nameless = !over_has_lower(i) || i->nlink == 0;

	return nameless && atomic_load(&i->ref.count) == 1;
}

static void nodes_put(struct loader *l, bool drop)
{
	for (u64 id = 0; id < l->count; id++) {
		struct inode *i = l->nodes[id];

		if (i == NULL)
			continue;
		if (drop && is_orphan(i))
			i->nlink = 0;
		inode_put(i);
	}
	kfree(l->nodes);
}

static int journal_open(struct inode *root, const char *name, bool new, struct file **ret)
{
	struct inode *i = NULL;
	int err;

	lock_acquire(&root->lock);
	err = root->ops->lookup(root, name, strlen(name), &i);
	if (err == -ENOENT)
		err = root->ops->create(root, name, strlen(name), LINUX_S_IFREG | 0600, &i);
	lock_release(&root->lock);
	if (err == 0 && !inode_is_regular(i))
		err = -EINVAL;
	if (err == 0 && new)
		err = i->ops->setattr(i, &(struct setattr){ .valid = SETATTR_SIZE });
	if (err == 0)
		err = inode_open(i, LINUX_O_RDWR | LINUX_O_APPEND, ret);
	inode_put(i);
	return err;
}

/* The disk is too full for a second journal: the old one is added to, behind whole words. */
static int journal_keep(struct loader *l, struct inode *root)
{
	struct over_disk *d = ((struct over_super *)l->sb->private)->disk;
	struct inode *journal = l->journal->inode;
	struct setattr cut = { .valid = SETATTR_SIZE, .size = ALIGN_DOWN(journal->size, 8) };
	int err;

	lock_acquire(&root->lock);
	err = root->ops->unlink(root, "journal.new", 11, d->journal->inode);
	lock_release(&root->lock);
	file_put(d->journal);
	d->journal = file_get(l->journal);
	d->written = cut.size;
	return err < 0 ? err : journal->ops->setattr(journal, &cut);
}

/* The journal anew, with one record for each thing: never longer than it was. */
static int journal_rewrite(struct loader *l, struct inode *root)
{
	struct over_disk *d = ((struct over_super *)l->sb->private)->disk;
	u64 size = l->journal->inode->size;
	struct inode *source, *target;
	int err = journal_open(root, "journal.new", true, &d->journal);

	if (err < 0)
		return err;
	if (size != 0)
		err = d->journal->ops->fallocate(d->journal, LINUX_FALLOC_FL_KEEP_SIZE, 0, size);
	if (err == -ENOSPC || err == -EDQUOT)
		return journal_keep(l, root);
	for (u64 id = 0; id < l->count; id++)
		if (l->nodes[id] != NULL && !is_orphan(l->nodes[id]))
			disk_write_node(l->nodes[id]);
	if (d->failed)
		return -EIO;
	err = d->journal->ops->fsync(d->journal, false);
	if (err < 0)
		return err;
	source = d->journal->inode;
	target = l->journal->inode;
	lock_acquire(&root->lock);
	err = root->ops->rename(root, "journal.new", 11, source, root, "journal", 7, target, 0);
	lock_release(&root->lock);
	return err;
}

static int data_open(struct inode *root, struct inode **ret)
{
	int err;

	lock_acquire(&root->lock);
	err = root->ops->lookup(root, "data", 4, ret);
	if (err == -ENOENT)
		err = root->ops->mkdir(root, "data", 4, LINUX_S_IFDIR | 0700, ret);
	lock_release(&root->lock);
	return err == 0 && !inode_is_dir(*ret) ? -ENOTDIR : err;
}

int over_disk_create(int sync, struct over_disk **ret)
{
	struct over_disk *d = kzalloc(sizeof(*d));

	if (d == NULL)
		return -ENOMEM;
	d->sync_tree = sync;
	*ret = d;
	return 0;
}

int over_disk_load(struct super *sb)
{
	struct over_super *s = sb->private;
	struct inode *root = s->upper->root->inode;
	struct loader l = { .sb = sb };
	int err;

	l.window = kzalloc(WINDOW);
	err = l.window == NULL ? -ENOMEM : data_open(root, &s->disk->data);
	if (err == 0)
		err = journal_open(root, "journal", false, &l.journal);
	if (err == 0)
		err = load_pass(&l, false);
	if (err == 0)
		err = load_pass(&l, true);
	if (err == 0)
		err = journal_rewrite(&l, root);
	nodes_put(&l, err == 0);
	file_put(l.journal);
	kfree(l.window);
	return err;
}

void over_disk_close(struct super *sb)
{
	struct over_disk *d = ((struct over_super *)sb->private)->disk;

	if (d == NULL)
		return;
	file_put(d->journal);
	inode_put(d->data);
	kfree(d);
}
