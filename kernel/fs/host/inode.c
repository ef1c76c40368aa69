/*
 * Inodes of host files.
 *
 * OVERVIEW. A look-up is one statx of the host, without following. The inode it yields is
 * found by the host's (device, inode number) and time of birth, so that two names of one file
 * are one inode, as find -xdev, tar and du need it; st_dev and st_ino are the host's.
 *
 * LIFETIME. An inode leaves the hash when its last reference is put. One that is being
 * evicted is not found any more (its count is zero), a second one may be made meanwhile.
 *
 * LOCKING. S (host_super.lock) covers hash, places and attributes. It is a leaf.
 *
 * LINUX BEHAVIOUR. Attributes of a tree that is neither :rw nor shared are those of the
 * first look-up: as with the lower layer of an overlay, changing it underneath is not
 * supported, but does no harm: a file that was replaced gives ESTALE when it is opened.
 */
#include "kernel/fs/host/hostfs.h"
#include "lib/string.h"

#define HOST_BUCKETS_MIN 1024u
#define HOST_BUCKETS_MAX (1u << 20)
#define HOST_LINK_MAX 4096u

static u64 stx_dev(const struct linux_statx *stx)
{
	return (u64)stx->stx_dev_major << 32 | stx->stx_dev_minor;
}

static u64 stx_rdev(const struct linux_statx *stx)
{
	return (u64)stx->stx_rdev_major << 32 | stx->stx_rdev_minor;
}

static struct linux_timespec stx_time(const struct linux_statx_timestamp *t)
{
	return (struct linux_timespec){ .tv_sec = t->tv_sec, .tv_nsec = t->tv_nsec };
}

static u32 host_hash(u64 dev, u64 ino)
{
	u64 h = (ino ^ dev * 0x9e3779b97f4a7c15ull) * 0xff51afd7ed558ccdull;

	return (u32)(h >> 32);
}

/* --- the hash, all under S --- */

static void hash_grow(struct host_super *hs)
{
	u32 count = hs->bucket_count == 0 ? HOST_BUCKETS_MIN : hs->bucket_count * 2;
	struct host_inode **buckets;

	if (hs->inode_count < hs->bucket_count || count > HOST_BUCKETS_MAX)
		return;
	buckets = kzalloc(count * sizeof(struct host_inode *));
	if (buckets == NULL)
		return; /* longer chains are no error */
	for (u32 i = 0; i < hs->bucket_count; i++) {
		while (hs->buckets[i] != NULL) {
			struct host_inode *hi = hs->buckets[i];
			struct host_inode **b =
				&buckets[host_hash(hi->dev, hi->ino) & (count - 1)];

			hs->buckets[i] = hi->next;
			hi->next = *b;
			*b = hi;
		}
	}
	kfree(hs->buckets);
	hs->buckets = buckets;
	hs->bucket_count = count;
}

static void hash_insert(struct host_super *hs, struct host_inode *hi)
{
	struct host_inode **b;

	hash_grow(hs);
	if (hs->bucket_count == 0)
		return; /* out of memory: the inode is just not found again */
	b = &hs->buckets[host_hash(hi->dev, hi->ino) & (hs->bucket_count - 1)];
	hi->next = *b;
	*b = hi;
	hi->hashed = true;
	hs->inode_count++;
}

static void hash_remove(struct host_super *hs, struct host_inode *hi)
{
	struct host_inode **b;

	if (!hi->hashed)
		return;
	b = &hs->buckets[host_hash(hi->dev, hi->ino) & (hs->bucket_count - 1)];
	while (*b != hi)
		b = &(*b)->next;
	*b = hi->next;
	hi->hashed = false;
	hs->inode_count--;
}

/*
 * Is it that very file, and not one that got its number when it was removed, as hosts give them
 * away at once? Of a live tree nothing is kept that would then be the other one's; and there a
 * file may be born again by our own writing to it: on the host's overlayfs.
 */
static bool is_same_file(const struct inode *inode, const struct linux_statx *stx)
{
	return host_inode_is(inode, stx) &&
	       (host_is_live(inode) || (inode->btime.tv_sec == stx->stx_btime.tv_sec &&
					inode->btime.tv_nsec == (s64)stx->stx_btime.tv_nsec));
}

/*
 * A directory is the same inode only at the same place: a bind mount of the host may show
 * it at a second one, even below itself.
 */
static struct inode *hash_find(struct host_super *hs, const struct linux_statx *stx,
			       const struct host_place *parent, const char *name, size_t len)
{
	struct host_inode *hi;

	if (hs->bucket_count == 0)
		return NULL;
	hi = hs->buckets[host_hash(stx_dev(stx), stx->stx_ino) & (hs->bucket_count - 1)];
	for (; hi != NULL; hi = hi->next) {
		if (hi->ino != stx->stx_ino || !is_same_file(hi->inode, stx) || hi->gone)
			continue;
		if (LINUX_S_ISDIR(hi->inode->mode) && !host_place_is(hi->place, parent, name, len))
			continue;
		if (ref_get_unless_zero(&hi->inode->ref))
			return hi->inode;
	}
	return NULL;
}

/* --- attributes --- */

bool host_inode_is(const struct inode *inode, const struct linux_statx *stx)
{
	return inode->ino == stx->stx_ino && host_inode(inode)->dev == stx_dev(stx) &&
	       (inode->mode & LINUX_S_IFMT) == (stx->stx_mode & LINUX_S_IFMT);
}

static void update_locked(struct inode *inode, const struct linux_statx *stx)
{
	struct host_inode *hi = host_inode(inode);

	if (inode->ctime.tv_sec != stx->stx_ctime.tv_sec ||
	    inode->ctime.tv_nsec != (s64)stx->stx_ctime.tv_nsec)
		atomic_and(&inode->flags, ~INODE_ACL_KNOWN);
	atomic_store(&inode->mode, stx->stx_mode);
	inode->uid = stx->stx_uid;
	inode->gid = stx->stx_gid;
	inode->nlink = stx->stx_nlink;
	atomic_store(&inode->size, stx->stx_size);
	inode->atime = stx_time(&stx->stx_atime);
	inode->mtime = stx_time(&stx->stx_mtime);
	inode->ctime = stx_time(&stx->stx_ctime);
	inode->btime = stx_time(&stx->stx_btime);
	hi->blocks = stx->stx_blocks;
	hi->blksize = stx->stx_blksize;
}

void host_inode_update(struct inode *inode, const struct linux_statx *stx)
{
	struct host_super *hs = host_super(inode);

	lock_acquire(&hs->lock);
	update_locked(inode, stx);
	lock_release(&hs->lock);
}

/*
 * By the descriptor for what can be opened, else by name. Failure (the file went away, or
 * another one has its name now) leaves the last known attributes.
 */
void host_inode_refresh(struct inode *inode)
{
	struct host_super *hs = host_super(inode);
	struct linux_statx stx;
	struct host_fd *h;
	char *path;
	int err;

	if (!host_is_live(inode))
		return;
	if (host_inode(inode)->gone) {
		if (host_fd_get(inode, HOST_READ, &h) < 0)
			return;
		err = plat_file_fstatx(host_fd_number(h), &stx);
		host_fd_put(h);
	} else {
		if (host_path_of(inode, 0, &path) < 0)
			return;
		err = plat_file_statx(hs->tree, path, &stx);
		kfree(path);
	}
	if (err == 0 && host_inode_is(inode, &stx))
		host_inode_update(inode, &stx);
}

static int host_getattr(struct inode *inode, struct inode_attr *ret)
{
	struct host_super *hs = host_super(inode);
	struct host_inode *hi = host_inode(inode);

	host_inode_refresh(inode);
	lock_acquire(&hs->lock);
	*ret = (struct inode_attr){
		.ino = inode->ino,
		.size = inode->size,
		.blocks = hi->blocks,
		.dev = hi->dev,
		.rdev = inode->rdev,
		.mode = inode->mode,
		.uid = inode->uid,
		.gid = inode->gid,
		.nlink = inode->nlink,
		.blksize = hi->blksize,
		.atime = inode->atime,
		.mtime = inode->mtime,
		.ctime = inode->ctime,
		.btime = inode->btime,
	};
	lock_release(&hs->lock);
	return 0;
}

/* --- making and finding --- */

static int inode_make(struct super *sb, const struct linux_statx *stx,
		      struct host_place *parent, const char *name, size_t len,
		      struct inode **ret)
{
	struct host_place *place = host_place_create(parent, name, len);
	struct host_inode *hi;
	struct inode *inode;
	int err;

	if (place == NULL)
		return -ENOMEM;
	err = inode_create_timeless(sb, stx->stx_mode, &inode);
	if (err < 0) {
		host_place_put(place);
		return err;
	}
	hi = host_inode(inode);
	hi->inode = inode;
	hi->place = place;
	hi->id = sb->dev << 48 | inode->ino; /* counted by the super: never twice */
	hi->dev = stx_dev(stx);
	hi->ino = inode->ino = stx->stx_ino;
	inode->rdev = stx_rdev(stx);
	inode->ops = &host_inode_ops;
	inode->fops = LINUX_S_ISDIR(stx->stx_mode) ? &host_dir_ops : &host_file_ops;
	update_locked(inode, stx);
	if (!LINUX_S_ISLNK(stx->stx_mode))
		inode->flags |= INODE_ACL_ASK;
	*ret = inode;
	return 0;
}

/*
 * What was found again may have been found under another name: remember the newest. Attributes
 * stay those of what is kept.
 */
static void inode_found(struct inode *inode, const struct linux_statx *stx,
			struct host_place *parent, const char *name, size_t len)
{
	if (host_is_live(inode) || atomic_load(&host_inode(inode)->kept) == NULL)
		host_inode_update(inode, stx);
	if (!LINUX_S_ISDIR(inode->mode))
		host_place_add(inode, parent, name, len);
}

int host_inode_find(struct super *sb, const struct linux_statx *stx, struct host_place *parent,
		    const char *name, size_t len, struct inode **ret)
{
	struct host_super *hs = sb->private;
	struct inode *found, *made;
	int err;

	lock_acquire(&hs->lock);
	found = hash_find(hs, stx, parent, name, len);
	lock_release(&hs->lock);
	if (found == NULL) {
		err = inode_make(sb, stx, parent, name, len, &made);
		if (err < 0)
			return err;
		lock_acquire(&hs->lock);
		found = hash_find(hs, stx, parent, name, len);
		if (found == NULL)
			hash_insert(hs, host_inode(made));
		lock_release(&hs->lock);
		if (found == NULL) {
			*ret = made;
			return 0;
		}
		inode_put(made);
	}
	inode_found(found, stx, parent, name, len);
	*ret = found;
	return 0;
}

/* From the directory where that is open, else from the tree's root. */
static int name_statx(struct inode *dir, const char *name, size_t len, struct linux_statx *ret)
{
	struct host_fd *h = host_fd_dir(dir);
	char text[VFS_NAME_MAX + 1];
	char *path;
	int err;

	if (h != NULL) {
		memcpy(text, name, len);
		text[len] = '\0';
		err = plat_file_statx_in(host_fd_number(h), text, ret);
		host_fd_put(h);
		if (err == 0 || err == -ENOENT)
			return err;
	}
	err = host_path_in(dir, name, len, &path);
	if (err < 0)
		return err;
	err = plat_file_statx(host_super(dir)->tree, path, ret);
	kfree(path);
	return err;
}

int host_lookup(struct inode *dir, const char *name, size_t len, struct inode **ret)
{
	struct linux_statx stx;
	int err = name_statx(dir, name, len, &stx);

	if (err < 0)
		return err;
	return host_inode_find(dir->sb, &stx, host_inode(dir)->place, name, len, ret);
}

/* --- for the layer above --- */

static struct inode_attr attr_of(const struct linux_statx *stx)
{
	return (struct inode_attr){
		.ino = stx->stx_ino,
		.size = stx->stx_size,
		.blocks = stx->stx_blocks,
		.dev = stx_dev(stx),
		.rdev = stx_rdev(stx),
		.mode = stx->stx_mode,
		.uid = stx->stx_uid,
		.gid = stx->stx_gid,
		.nlink = stx->stx_nlink,
		.blksize = stx->stx_blksize,
		.atime = stx_time(&stx->stx_atime),
		.mtime = stx_time(&stx->stx_mtime),
		.ctime = stx_time(&stx->stx_ctime),
		.btime = stx_time(&stx->stx_btime),
	};
}

/* A directory is read next, and a file with more names may be known by another one. */
static int host_look(struct inode *dir, const char *name, size_t len, struct inode_attr *attr,
		     struct inode **ret)
{
	struct linux_statx stx;
	int err = name_statx(dir, name, len, &stx);

	if (err < 0)
		return err;
	if (host_is_live(dir) || LINUX_S_ISDIR(stx.stx_mode) || stx.stx_nlink != 1)
		return host_inode_find(dir->sb, &stx, host_inode(dir)->place, name, len, ret);
	*attr = attr_of(&stx);
	*ret = NULL;
	return 0;
}

static int host_recall(struct inode *dir, const char *name, size_t len,
		       const struct inode_attr *attr, struct inode **ret)
{
	struct linux_statx stx;

	attr_to_statx(&stx, attr);
	return host_inode_find(dir->sb, &stx, host_inode(dir)->place, name, len, ret);
}

/* --- symbolic links --- */

static int link_text_read(struct inode *inode, char **ret)
{
	struct host_super *hs = host_super(inode);
	AUTO_KFREE char *text = kzalloc(HOST_LINK_MAX);
	AUTO_KFREE char *path = NULL;
	s64 len;
	int err;

	if (text == NULL)
		return -ENOMEM;
	err = host_path_of(inode, 0, &path);
	if (err < 0)
		return err;
	len = plat_file_readlink(hs->tree, path, text, HOST_LINK_MAX - 1);
	if (len < 0)
		return len == -EINVAL ? -ESTALE : (int)len; /* no link any more */
	text[MIN((u64)len, HOST_LINK_MAX - 1)] = '\0';
	*ret = kstrdup(text);
	return *ret == NULL ? -ENOMEM : 0;
}

static int host_readlink(struct inode *inode, char **ret_text, size_t *ret_len)
{
	struct host_inode *hi = host_inode(inode);
	struct host_super *hs = host_super(inode);
	char *text = atomic_load(&hi->link_text);
	int err;

	if (text == NULL) {
		err = link_text_read(inode, &text);
		if (err < 0)
			return err;
		lock_acquire(&hs->lock);
		if (hi->link_text == NULL)
			atomic_store(&hi->link_text, TAKE(text));
		lock_release(&hs->lock);
		kfree(text);
		text = hi->link_text;
	}
	*ret_text = kstrdup(text);
	if (*ret_text == NULL)
		return -ENOMEM;
	*ret_len = strlen(text);
	return 0;
}

/* --- the end --- */

static void places_put(struct host_place *p)
{
	while (p != NULL) {
		struct host_place *next = p->alias;

		host_place_put(p);
		p = next;
	}
}

static void host_evict(struct inode *inode)
{
	struct host_super *hs = host_super(inode);
	struct host_inode *hi = host_inode(inode);

	lock_acquire(&hs->lock);
	hash_remove(hs, hi);
	lock_release(&hs->lock);
	host_fd_forget(inode);
	host_kept_drop(&hi->kept);
	places_put(hi->place);
	kfree(hi->link_text);
}

const struct inode_ops host_inode_ops = {
	.lookup = host_lookup,
	.create = host_create,
	.mkdir = host_mkdir,
	.mknod = host_mknod,
	.symlink = host_symlink,
	.link = host_link,
	.unlink = host_unlink,
	.rmdir = host_rmdir,
	.rename = host_rename,
	.readlink = host_readlink,
	.getattr = host_getattr,
	.setattr = host_setattr,
	.getxattr = host_getxattr,
	.setxattr = host_setxattr,
	.listxattr = host_listxattr,
	.removexattr = host_removexattr,
	.lock = host_lock,
	.open = host_open,
	.ahead = host_ahead,
	.ahead_lookup = host_ahead_lookup,
	.look = host_look,
	.recall = host_recall,
	.evict = host_evict,
};
