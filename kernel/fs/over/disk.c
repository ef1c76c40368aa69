/*
 * The writable layer on disk. See disk.h.
 *
 * OVERVIEW. The operations of the layer do their work in memory as always; those of this
 * file are put around them and write records of what has changed. A record that does not get
 * onto the disk is an error that is logged once; the layer goes on in memory.
 *
 * LOCKING. Records are appended by one write each, under the locks of what they tell of.
 *
 * NOT DONE. Access times are not kept. A file whose lower name is gone at the next start is
 * forgotten. Files of the directory that no record tells of are left alone.
 */
#include "kernel/fs/over/disk.h"

#include "abi/linux/xattr.h"
#include "kernel/fs/over/disk_record.h"
#include "kernel/fs/host/hostfs.h"
#include "kernel/vfs/acl.h"
#include "kernel/vfs/iter.h"
#include "lib/fmt.h"
#include "lib/string.h"

#define FILL_SIZE 65536u
#define ROOM_STEP ((u64)1 << 18)
#define ROOM_LOW ((u64)1 << 17)  /* more than the longest record */
#define ROOM_LAST ((u64)1 << 14)

static struct over_disk *disk_of(const struct inode *i)
{
	return over_super(i)->disk;
}

/* --- the journal --- */

void disk_append(struct over_disk *d, struct layer_record *r)
{
	u32 len = r->head.len;
	struct iter it;
	u64 pos = 0;
	s64 n;

	r->head.magic = LAYER_MAGIC;
	r->head.sum = layer_sum(r);
	iter_init_kernel(&it, r, len);
	n = d->journal->ops->write(d->journal, &it, &pos);
	atomic_add(&d->written, len);
	if (n != (s64)len && !atomic_xchg(&d->failed, true))
		plat_log("layer: changes are no longer kept: error %d", n < 0 ? (int)-n : 28);
}

static int journal_extend(struct over_disk *d, u64 step)
{
	u64 written = atomic_load(&d->written);
	int err = d->journal->ops->fallocate(d->journal, LINUX_FALLOC_FL_KEEP_SIZE, written,
					     step);

	if (err != 0 && err != -EOPNOTSUPP)
		return err;
	atomic_store(&d->room, err == 0 ? written + step : ~(u64)0);
	return 0;
}

/*
 * Before a change: can it be written down? The disk keeps room for the journal, so that a
 * change that cannot be kept is refused, not made and forgotten. What frees space may use
 * the last of it. -ENOSPC, -EDQUOT.
 */
static int journal_room(struct over_disk *d, bool frees)
{
	u64 left = atomic_load(&d->room) - MIN(atomic_load(&d->written), atomic_load(&d->room));
	int err;

	if (left >= ROOM_LOW)
		return 0;
	err = journal_extend(d, ROOM_STEP);
	if (err == 0 || !frees || left >= ROOM_LAST)
		return frees && left >= ROOM_LAST ? 0 : err;
	return journal_extend(d, 2 * ROOM_LAST);
}

static struct layer_record *record_new(u32 type, u64 id, size_t body)
{
	u32 len = (u32)ALIGN_UP(sizeof(struct layer_head) + body, 8);
	struct layer_record *r = kzalloc(len);

	if (r == NULL)
		return NULL;
	r->head.len = len;
	r->head.type = type;
	r->head.id = id;
	return r;
}

static u64 id_of(struct inode *i)
{
	struct over_node *n = over_node(i);

	if (n->disk_id == 0)
		n->disk_id = atomic_add(&disk_of(i)->last_id, 1) + 1;
	return n->disk_id;
}

void over_disk_number(struct inode *i)
{
	id_of(i);
}

/* The lower file: a host's by its path, an image's by its number; the link's text, or "" */
static int text_of(struct inode *i, char **ret)
{
	struct over_node *n = over_node(i);
	char number[24];

	if (n->lower == NULL && n->lower_dir != NULL)
		return host_path_in(n->lower_dir, n->place.name, strlen(n->place.name), ret);
	if (n->lower != NULL && n->lower->sb->type == &host_fs_type)
		return host_path_of(n->lower, 0, ret);
	if (n->lower != NULL) {
		fmt_print(number, sizeof(number), "%lu", (unsigned long)(n->lower->ino - 1));
		*ret = kstrdup(number);
		return *ret == NULL ? -ENOMEM : 0;
	}
	*ret = kstrdup(inode_is_symlink(i) && n->text != NULL ? n->text : "");
	return *ret == NULL ? -ENOMEM : 0;
}

void over_disk_note(struct inode *i)
{
	struct over_node *n = over_node(i);
	AUTO_KFREE char *text = NULL;
	struct layer_record *r;
	size_t len;

	if (disk_of(i) == NULL || text_of(i, &text) < 0)
		return;
	len = strlen(text);
	r = record_new(LAYER_NODE, id_of(i), sizeof(r->node) + len);
	if (r == NULL)
		return;
	r->node = (struct layer_node){
		.mode = i->mode,
		.uid = i->uid,
		.gid = i->gid,
		.nlink = i->nlink,
		.rdev = i->rdev,
		.mtime = { i->mtime.tv_sec, i->mtime.tv_nsec },
		.ctime = { i->ctime.tv_sec, i->ctime.tv_nsec },
		.btime = { i->btime.tv_sec, i->btime.tv_nsec },
		.flags = (over_has_lower(i) ? LAYER_HAS_LOWER : 0) |
			 (n->upper != NULL ? LAYER_HAS_DATA : 0) |
			 (atomic_load(&i->flags) & INODE_FS_MASK),
		.text_len = (u32)len,
	};
	memcpy(r->node_text, text, len);
	disk_append(disk_of(i), r);
	kfree(r);
}

/* The name as it is in the directory's table now. */
static void note_name(struct inode *dir, const char *name, size_t len)
{
	const struct dir_entry *e = dirtab_find(&over_node(dir)->dir, name, len);
	struct layer_record *r = record_new(LAYER_NAME, id_of(dir), sizeof(r->name) + len);

	if (r == NULL)
		return;
	r->name.len = (u32)len;
	if (e != NULL) {
		r->name.kind = e->inode == NULL ? LAYER_WHITEOUT : LAYER_ENTRY;
		r->name.covers = (e->flags & ENTRY_COVERS) != 0;
		r->name.target = e->inode == NULL ? 0 : id_of(e->inode);
	}
	memcpy(r->name_text, name, len);
	disk_append(disk_of(dir), r);
	kfree(r);
}

/* One attribute, or with a NULL value that it is gone; with a NULL name that all are. */
static void note_xattr(struct inode *i, const char *name, const void *value, size_t size)
{
	size_t len = name == NULL ? 0 : strlen(name);
	struct layer_record *r = record_new(LAYER_XATTR, id_of(i), sizeof(r->xattr) + len + size);

	if (r == NULL)
		return;
	r->xattr = (struct layer_xattr){
		.name_len = (u32)len,
		.value_len = (u32)size,
		.gone = value == NULL,
	};
	memcpy(r->xattr_text, name, len);
	if (size != 0)
		memcpy(r->xattr_text + len, value, size);
	disk_append(disk_of(i), r);
	kfree(r);
}

static void note_lists(struct inode *i)
{
	static const char *const names[] = { LINUX_XATTR_NAME_POSIX_ACL_ACCESS,
					     LINUX_XATTR_NAME_POSIX_ACL_DEFAULT };

	if (atomic_load(&i->acls) == NULL)
		return;
	for (int def = 0; def < 2; def++) {
		AUTO_KFREE char *value = NULL;
		s64 len = acl_value(i, def, &value);

		if (len > 0)
			note_xattr(i, names[def], value, (size_t)len);
	}
}

static void note_all_xattrs(struct inode *i)
{
	struct xattrs *x = &over_node(i)->xattrs;
	AUTO_KFREE char *names = NULL;
	s64 len = xattrs_list(x, NULL, 0);

	if (!(over_node(i)->flags & OVER_OWN_XATTR))
		return;
	note_xattr(i, NULL, NULL, 0);
	names = kzalloc((size_t)len + 1);
	if (names == NULL || len == 0 || xattrs_list(x, names, (size_t)len) < 0)
		return;
	for (s64 at = 0; at < len; at += (s64)strlen(names + at) + 1) {
		s64 size = xattrs_get(x, names + at, NULL, 0);
		AUTO_KFREE char *value = kzalloc((size_t)size + 1);

		if (value != NULL &&
		    (size == 0 || xattrs_get(x, names + at, value, (size_t)size) >= 0))
			note_xattr(i, names + at, value, (size_t)size);
	}
}

/* Everything there is about a node, for a journal that begins anew. */
void disk_write_node(struct inode *i)
{
	const struct dir_entry *e;
	u64 cookie = 0;

	over_disk_note(i);
	note_all_xattrs(i);
	note_lists(i);
	while (inode_is_dir(i) && (e = dirtab_from(&over_node(i)->dir, cookie)) != NULL) {
		cookie = e->cookie + 1;
		note_name(i, e->name, e->len);
	}
}

/* --- data --- */

static size_t data_name(u64 id, char name[24])
{
	return (size_t)fmt_print(name, 24, "%lu", (unsigned long)id);
}

int over_disk_data(struct inode *i, struct inode **ret)
{
	struct inode *dir = disk_of(i)->data;
	char name[24];
	size_t len = data_name(id_of(i), name);
	int err;

	lock_acquire(&dir->lock);
	err = dir->ops->create(dir, name, len, LINUX_S_IFREG | 0600, ret);
	if (err == -EEXIST) { /* of a number that was given and never written down */
		err = dir->ops->lookup(dir, name, len, ret);
		if (err == 0)
			err = (*ret)->ops->setattr(
				*ret, &(struct setattr){ .valid = SETATTR_SIZE });
	}
	lock_release(&dir->lock);
	if (err == 0)
		atomic_store(&disk_of(i)->unsynced, true);
	return err;
}

int over_disk_sync(struct super *sb)
{
	struct over_disk *d = ((struct over_super *)sb->private)->disk;
	int err = 0;

	if (atomic_xchg(&d->unsynced, false))
		err = host_dir_sync(d->data, false);
	if (err == 0)
		err = d->journal->ops->fsync(d->journal, false);
	if (err < 0)
		atomic_store(&d->unsynced, true);
	return err < 0 || !atomic_load(&d->failed) ? err : -EIO;
}

int disk_find_data(struct super *sb, u64 id, struct inode **ret)
{
	struct inode *dir = ((struct over_super *)sb->private)->disk->data;
	char name[24];
	size_t len = data_name(id, name);
	int err;

	lock_acquire(&dir->lock);
	err = dir->ops->lookup(dir, name, len, ret);
	lock_release(&dir->lock);
	return err;
}

int over_disk_fill(struct inode *data, struct file *from, u64 size)
{
	AUTO_KFREE char *buf = kzalloc(FILL_SIZE);
	AUTO_FILE to = NULL;
	int err = buf == NULL ? -ENOMEM : inode_open(data, LINUX_O_RDWR, &to);

	for (u64 pos = 0; err == 0 && pos < size;) {
		s64 n = file_read_kernel(from, buf, (size_t)MIN((u64)FILL_SIZE, size - pos), pos);
		struct iter it;
		s64 done;

		if (n <= 0)
			return (int)n; /* it has become shorter */
		iter_init_kernel(&it, buf, (size_t)n);
		done = to->ops->write(to, &it, &pos);
		if (done != n)
			err = done < 0 ? (int)done : -ENOSPC;
	}
	return err;
}

void over_disk_forget(struct inode *i)
{
	struct over_disk *d = disk_of(i);
	struct inode *data = over_node(i)->upper;
	char name[24];
	size_t len;
	int err = 0;

	if (d == NULL || d->closing || data == NULL)
		return;
	len = data_name(over_node(i)->disk_id, name);
	lock_acquire(&d->data->lock);
	err = d->data->ops->unlink(d->data, name, len, data);
	lock_release(&d->data->lock);
	if (err < 0)
		plat_log("layer: data/%s stays: error %d", name, -err);
}

/* --- operations --- */

static void note_made(struct inode *dir, const char *name, size_t len, struct inode *made)
{
	over_disk_note(made);
	note_name(dir, name, len);
	over_disk_note(dir);
}

static int disk_create(struct inode *dir, const char *name, size_t len, u32 mode,
		       struct inode **ret)
{
	int err = journal_room(disk_of(dir), false);

	if (err == 0)
		err = over_create_op(dir, name, len, mode, ret);
	if (err == 0)
		note_made(dir, name, len, *ret);
	return err;
}

static int disk_mkdir(struct inode *dir, const char *name, size_t len, u32 mode,
		      struct inode **ret)
{
	int err = journal_room(disk_of(dir), false);

	if (err == 0)
		err = over_mkdir(dir, name, len, mode, ret);
	if (err == 0)
		note_made(dir, name, len, *ret);
	return err;
}

static int disk_mknod(struct inode *dir, const char *name, size_t len, u32 mode, u64 rdev,
		      struct inode **ret)
{
	int err = journal_room(disk_of(dir), false);

	if (err == 0)
		err = over_mknod(dir, name, len, mode, rdev, ret);
	if (err == 0)
		note_made(dir, name, len, *ret);
	return err;
}

static int disk_symlink(struct inode *dir, const char *name, size_t len, const char *text,
			struct inode **ret)
{
	int err = journal_room(disk_of(dir), false);

	if (err == 0)
		err = over_symlink(dir, name, len, text, ret);
	if (err == 0)
		note_made(dir, name, len, *ret);
	return err;
}

static int disk_link(struct inode *dir, const char *name, size_t len, struct inode *target)
{
	int err = journal_room(disk_of(dir), false);

	if (err == 0)
		err = over_link(dir, name, len, target);
	if (err == 0)
		note_made(dir, name, len, target);
	return err;
}

static void note_removed(struct inode *dir, const char *name, size_t len, struct inode *target)
{
	note_name(dir, name, len);
	over_disk_note(target);
	over_disk_note(dir);
}

static int disk_unlink(struct inode *dir, const char *name, size_t len, struct inode *target)
{
	int err = journal_room(disk_of(dir), true);

	if (err == 0)
		err = over_unlink(dir, name, len, target);
	if (err == 0)
		note_removed(dir, name, len, target);
	return err;
}

static int disk_rmdir(struct inode *dir, const char *name, size_t len, struct inode *target)
{
	int err = journal_room(disk_of(dir), true);

	if (err == 0)
		err = over_rmdir(dir, name, len, target);
	if (err == 0)
		note_removed(dir, name, len, target);
	return err;
}

static int disk_rename(struct inode *old_dir, const char *old_name, size_t old_len,
		       struct inode *source, struct inode *new_dir, const char *new_name,
		       size_t new_len, struct inode *target, u32 flags)
{
	const struct dir_entry *e;
	int err = journal_room(disk_of(old_dir), false);

	if (err == 0)
		err = over_rename(old_dir, old_name, old_len, source, new_dir, new_name, new_len,
			      target, flags);
	if (err < 0)
		return err;
	over_disk_note(source);
	e = dirtab_find(&over_node(old_dir)->dir, old_name, old_len);
	if (e != NULL && e->inode != NULL)
		over_disk_note(e->inode); /* what was left, or came in exchange */
	/* The new name first: whoever reads half of this finds the file twice, not never. */
	note_name(new_dir, new_name, new_len);
	note_name(old_dir, old_name, old_len);
	if (target != NULL)
		over_disk_note(target);
	over_disk_note(old_dir);
	if (new_dir != old_dir)
		over_disk_note(new_dir);
	return 0;
}

static int disk_setattr(struct inode *i, const struct setattr *attr)
{
	int err = journal_room(disk_of(i), (attr->valid & SETATTR_SIZE) != 0);

	if (err == 0)
		err = over_setattr(i, attr);
	if (err == 0)
		over_disk_note(i);
	/* No close may follow that would tell of it. */
	if (err == 0 && attr->valid & (SETATTR_SIZE | SETATTR_MTIME) &&
	    atomic_load(&over_node(i)->writers) == 0)
		over_disk_closed(i);
	return err;
}

static int disk_setxattr(struct inode *i, const char *name, const void *value, size_t size,
			 int flags)
{
	int err = journal_room(disk_of(i), false);

	if (err == 0)
		err = over_setxattr(i, name, value, size, flags);
	if (err == 0) {
		over_disk_note(i);
		note_xattr(i, name, value, size);
	}
	return err;
}

static int disk_removexattr(struct inode *i, const char *name)
{
	int err = journal_room(disk_of(i), true);

	if (err == 0)
		err = over_removexattr(i, name);
	if (err == 0) {
		over_disk_note(i);
		note_xattr(i, name, NULL, 0);
	}
	return err;
}

static int disk_keep_acl(struct inode *i, const char *name, const void *value, size_t size)
{
	int err = journal_room(disk_of(i), false);

	if (err == 0)
		err = over_keep_acl(i, name, value, size);
	if (err < 0)
		return err;
	over_disk_note(i);
	note_xattr(i, name, value, size);
	return 0;
}

static int disk_set_flags(struct inode *i, u32 flags)
{
	int err = journal_room(disk_of(i), false);

	if (err == 0)
		err = over_set_flags(i, flags);
	if (err == 0)
		over_disk_note(i);
	return err;
}

const struct inode_ops over_disk_inode_ops = {
	.lookup = over_lookup,
	.peek = over_peek,
	.create = disk_create,
	.mkdir = disk_mkdir,
	.mknod = disk_mknod,
	.symlink = disk_symlink,
	.link = disk_link,
	.unlink = disk_unlink,
	.rmdir = disk_rmdir,
	.rename = disk_rename,
	.tmpfile = over_tmpfile,
	.readlink = over_readlink,
	.getattr = over_getattr,
	.getattr_now = over_getattr_now,
	.setattr = disk_setattr,
	.getxattr = over_getxattr,
	.setxattr = disk_setxattr,
	.listxattr = over_listxattr,
	.removexattr = disk_removexattr,
	.keep_acl = disk_keep_acl,
	.set_flags = disk_set_flags,
	.open = over_open,
	.evict = over_evict,
};
