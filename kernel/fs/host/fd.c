/*
 * Host descriptors of host inodes, process by process.
 *
 * OVERVIEW. A host descriptor means something only in the host process that has it; an
 * inode is shared by all. So each process keeps its own table from an inode's id (and the
 * access wanted) to a descriptor, opened by path when first needed. What was opened is
 * compared with the inode: another file at that path now is ESTALE.
 *
 * Directories of trees that nobody changes are kept open for a while, too: a name is found
 * sooner from its directory than from the tree's root.
 *
 * LIFETIME. At most HOST_FDS_MAX descriptors stay open, and HOST_DIRS_MAX of such directories,
 * which fork copies; the one unused longest goes first and is opened again on demand. A
 * descriptor of a file without a name cannot be opened again and stays. A user pins the entry
 * while a host call uses the number, so that it cannot come to mean another file meanwhile. fork
 * copies table and descriptors alike (host_fork_begin/end keep it whole). A process that never
 * sees an inode's end keeps the descriptor until it is the oldest.
 *
 * LOCKING. table.lock covers the table; all of this is private memory. It is a leaf, except
 * that the private heap is used under it.
 */
#include "abi/linux/fcntl.h"
#include "kernel/fs/host/hostfs.h"
#include "lib/panic.h"

#define HOST_FDS_MAX 4096u
#define HOST_DIRS_MAX 16u
#define HOST_LOOKUPS_OPEN 4u /* so many names looked up in a directory pay for opening it */
#define HOST_FD_BUCKETS 1024u
#define HOST_FDS_EVICT 64u /* at once, when the host has no more descriptors for us */
#define PROGRAMS_MAX 32u   /* that stay open for the next guest of a host process */

struct host_fd {
	struct list hash_link, lru_link; /* empty when the entry is not in the table */
	u64 id;
	enum host_access access;
	plat_fd_t fd;
	u32 pins; /* a: raised under table.lock */
	bool keep;
	bool asked; /* a: by host_fd_is_fresh() */
	bool dir;   /* I: in table.dirs */
	bool program; /* a: mapped to be executed */
};

/* Descriptors, the least recently used first. */
struct fd_lru {
	struct list list;
	u32 count;
};

static struct {
	struct lock lock;
	bool ready;
	struct fd_lru files, dirs; /* dirs: directories of trees that nobody changes */
} table PER_PROCESS;

static struct list buckets[HOST_FD_BUCKETS];

/* --- the table, under its lock --- */

static void table_init(void)
{
	if (table.ready)
		return;
	list_init(&table.files.list);
	list_init(&table.dirs.list);
	for (u32 i = 0; i < HOST_FD_BUCKETS; i++)
		list_init(&buckets[i]);
	table.ready = true;
}

static struct list *table_bucket(u64 id)
{
	return &buckets[(id * 0x9e3779b97f4a7c15ull) >> 54 & (HOST_FD_BUCKETS - 1)];
}

/* A descriptor open for writing serves reading too. */
static bool access_serves(enum host_access have, enum host_access want)
{
	return have == want || want == HOST_READ;
}

static struct host_fd *table_find(u64 id, enum host_access access)
{
	struct list *bucket = table_bucket(id);
	struct host_fd *h;

	list_for_each(h, bucket, hash_link)
		if (h->id == id && access_serves(h->access, access))
			return h;
	return NULL;
}

static struct fd_lru *lru_of(const struct host_fd *h)
{
	return h->dir ? &table.dirs : &table.files;
}

static void table_remove(struct host_fd *h)
{
	list_del(&h->hash_link);
	list_del(&h->lru_link);
	lru_of(h)->count--;
}

static void table_insert(struct host_fd *h)
{
	list_add(table_bucket(h->id), &h->hash_link);
	list_add_tail(&lru_of(h)->list, &h->lru_link);
	lru_of(h)->count++;
}

/* Found and wanted: pinned, and the last to go. */
static void table_use(struct host_fd *h)
{
	atomic_add(&h->pins, 1);
	list_del(&h->lru_link);
	list_add_tail(&lru_of(h)->list, &h->lru_link);
}

/* Unlink up to count entries nobody uses; they are linked to victims by lru_link. */
static void table_evict(struct fd_lru *lru, u32 count, struct list *victims)
{
	struct host_fd *h, *next;

	list_for_each_safe(h, next, &lru->list, lru_link) {
		if (count == 0)
			break;
		if (h->keep || atomic_load(&h->pins) != 0)
			continue;
		table_remove(h);
		list_add(victims, &h->lru_link);
		count--;
	}
}

/* --- outside the lock --- */

static u32 victims_close(struct list *victims)
{
	struct host_fd *h, *next;
	u32 count = 0;

	list_for_each_safe(h, next, victims, lru_link) {
		plat_file_close(h->fd);
		pfree(h);
		count++;
	}
	return count;
}

/* Make room when the host refused another descriptor. False: there is none to close. */
static bool make_room(void)
{
	struct list victims = LIST_INIT(victims);

	lock_acquire(&table.lock);
	table_init();
	table_evict(&table.dirs, HOST_DIRS_MAX, &victims);
	table_evict(&table.files, HOST_FDS_EVICT, &victims);
	lock_release(&table.lock);
	return victims_close(&victims) != 0;
}

/*
 * Neither blocks nor acquires a terminal when the host put something else at the path; what
 * is not the inode's own type is refused by the comparison.
 */
static int open_flags(const struct inode *inode, enum host_access access)
{
	int flags = LINUX_O_NOFOLLOW | LINUX_O_CLOEXEC | LINUX_O_NONBLOCK | LINUX_O_NOCTTY;

	if (LINUX_S_ISDIR(inode->mode))
		return flags | LINUX_O_RDONLY | LINUX_O_DIRECTORY;
	if (access == HOST_READ)
		return flags | LINUX_O_RDONLY;
	return flags | LINUX_O_RDWR | (access == HOST_APPEND ? LINUX_O_APPEND : 0);
}

/*
 * Is what was opened the inode? A directory that the broker read for us comes as a nameless
 * file of its entries.
 */
static bool opened_right(const struct inode *inode, const struct linux_statx *stx)
{
	if (LINUX_S_ISDIR(inode->mode) && LINUX_S_ISREG(stx->stx_mode) && stx->stx_nlink == 0)
		return true;
	return host_inode_is(inode, stx);
}

/* Open the file at path; -ESTALE when it is not the inode. */
static int open_path(struct inode *inode, enum host_access access, const char *path,
		     plat_fd_t *ret)
{
	struct host_super *hs = host_super(inode);
	struct linux_statx stx;
	plat_fd_t fd;
	int err;

	do {
		err = plat_file_open(hs->tree, path, open_flags(inode, access), 0, &fd);
	} while ((err == -EMFILE || err == -ENFILE) && make_room());
	if (err < 0) /* what had a name a moment ago has gone or turned into something else */
		return err == -ENOENT || err == -ELOOP || err == -ENOTDIR || err == -ENXIO ?
			       -ESTALE : err;
	err = plat_file_fstatx(fd, &stx);
	if (err == 0 && !opened_right(inode, &stx))
		err = -ESTALE;
	if (err < 0) {
		plat_file_close(fd);
		return err;
	}
	*ret = fd;
	return 0;
}

/* By any of the names that are known of it. */
static int open_host(struct inode *inode, enum host_access access, plat_fd_t *ret)
{
	int err = -ESTALE;

	for (u32 nth = 0; err == -ESTALE; nth++) {
		AUTO_KFREE char *path = NULL;

		err = host_path_of(inode, nth, &path);
		if (err < 0)
			return err == -ENOENT ? -ESTALE : err;
		err = open_path(inode, access, path, ret);
	}
	return err;
}

/* Enter fd, or find that another thread was faster. Takes fd over; pins the result. */
static struct host_fd *enter(struct inode *inode, enum host_access access, plat_fd_t fd)
{
	struct list victims = LIST_INIT(victims);
	struct host_fd *made = pzalloc(sizeof(*made)), *h;
	struct fd_lru *lru;
	u64 id = host_inode(inode)->id;
	u32 max;

	lock_acquire(&table.lock);
	table_init();
	h = table_find(id, access);
	if (h == NULL && made != NULL) {
		h = made;
		made = NULL;
		h->id = id;
		h->access = access;
		h->fd = fd;
		h->keep = host_inode(inode)->gone;
		h->dir = inode_is_dir(inode) && !host_is_live(inode);
		fd = -1;
		table_insert(h);
		lru = lru_of(h);
		max = h->dir ? HOST_DIRS_MAX : HOST_FDS_MAX;
		if (lru->count > max)
			table_evict(lru, lru->count - max, &victims);
	}
	if (h != NULL)
		atomic_add(&h->pins, 1);
	lock_release(&table.lock);
	victims_close(&victims);
	pfree(made);
	if (fd >= 0)
		plat_file_close(fd);
	return h;
}

int host_fd_get(struct inode *inode, enum host_access access, struct host_fd **ret)
{
	struct host_fd *h;
	plat_fd_t fd;
	int err;

	lock_acquire(&table.lock);
	table_init();
	h = table_find(host_inode(inode)->id, access);
	if (h != NULL)
		table_use(h);
	lock_release(&table.lock);
	if (h == NULL) {
		err = open_host(inode, access, &fd);
		if (err < 0)
			return err;
		h = enter(inode, access, fd);
		if (h == NULL)
			return -ENOMEM;
	}
	*ret = h;
	return 0;
}

struct host_fd *host_fd_dir(struct inode *dir)
{
	struct host_inode *hi = host_inode(dir);
	struct host_fd *h;
	u8 lookups;

	if (!(dir->sb->flags & SUPER_AHEAD))
		return NULL;
	lock_acquire(&table.lock);
	table_init();
	h = table_find(hi->id, HOST_READ);
	if (h != NULL)
		table_use(h);
	lock_release(&table.lock);
	if (h != NULL)
		return h;
	lookups = atomic_load_relaxed(&hi->lookups);
	if (lookups < HOST_LOOKUPS_OPEN)
		atomic_store_relaxed(&hi->lookups, (u8)(lookups + 1));
	else if (host_fd_get(dir, HOST_READ, &h) < 0)
		return NULL;
	return h;
}

void host_fd_put(struct host_fd *h)
{
	atomic_sub(&h->pins, 1);
}

bool host_fd_is_fresh(struct host_fd *h)
{
	return !atomic_xchg(&h->asked, true);
}

void host_fd_is_program(struct host_fd *h)
{
	atomic_store_relaxed(&h->program, true);
}

plat_fd_t host_fd_number(const struct host_fd *h)
{
	return h->fd;
}

void host_fd_adopt(struct inode *inode, enum host_access access, plat_fd_t fd)
{
	struct host_fd *h = enter(inode, access, fd);

	if (h != NULL)
		host_fd_put(h);
}

/* No reference to the inode is left, so nobody has an entry of it pinned. */
void host_fd_forget(struct inode *inode)
{
	struct list victims = LIST_INIT(victims);
	u64 id = host_inode(inode)->id;
	struct host_fd *h, *next;

	lock_acquire(&table.lock);
	table_init();
	list_for_each_safe(h, next, table_bucket(id), hash_link) {
		if (h->id != id)
			continue;
		table_remove(h);
		list_add(&victims, &h->lru_link);
	}
	lock_release(&table.lock);
	victims_close(&victims);
}

/* All, or all but programs. */
static void table_empty(struct fd_lru *lru, bool programs, struct list *victims)
{
	struct host_fd *h, *next;

	list_for_each_safe(h, next, &lru->list, lru_link) {
		if (!programs && h->program && !h->keep && h->access == HOST_READ)
			continue;
		table_remove(h);
		list_add(victims, &h->lru_link);
	}
}

void host_fds_close(bool programs)
{
	struct list closed = LIST_INIT(closed);

	lock_acquire(&table.lock);
	table_init();
	table_empty(&table.files, programs || table.files.count > PROGRAMS_MAX, &closed);
	table_empty(&table.dirs, true, &closed);
	lock_release(&table.lock);
	victims_close(&closed);
}

bool host_fds_by_name(void)
{
	struct host_fd *h;
	bool all = true;

	lock_acquire(&table.lock);
	table_init();
	list_for_each(h, &table.files.list, lru_link)
		all = all && !h->keep;
	lock_release(&table.lock);
	return all;
}

void host_fork_begin(void)
{
	struct host_fd *h;

	lock_acquire(&table.lock);
	table_init();
	/*
	 * Parent and child have one position from now on. A store where it says so already would
	 * make the host copy the page once more after every fork.
	 */
	list_for_each(h, &table.files.list, lru_link)
		if (!h->asked)
			h->asked = true;
	list_for_each(h, &table.dirs.list, lru_link)
		if (!h->asked)
			h->asked = true;
}

/*
 * In the child the lock was taken by a thread that is not here, as were the pins of other
 * threads.
 */
void host_fork_end(bool is_child)
{
	struct host_fd *h;

	if (!is_child) {
		lock_release(&table.lock);
		return;
	}
	list_for_each(h, &table.files.list, lru_link)
		if (h->pins != 0)
			h->pins = 0;
	list_for_each(h, &table.dirs.list, lru_link)
		if (h->pins != 0)
			h->pins = 0;
	table.lock = (struct lock){ 0 };
	host_watch_forked();
}
