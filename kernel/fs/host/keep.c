/*
 * What is kept in memory of host files: small contents and lists of directories.
 *
 * OVERVIEW. Only trees that nobody changes (neither :rw nor :shared) are kept. An inode has
 * one slot for what is kept of it, the same for all processes of the sandbox: of a directory
 * its records as the host gave them, in the shared heap; of a regular file of at most
 * HOST_KEPT_FILE bytes all its bytes, in the page pool. What is kept is what the host had when
 * it was read, with the attributes that were found at the inode's look-up: it is not asked
 * again until the inode is forgotten or what is kept had to give way.
 *
 * LIFETIME. struct host_kept is counted: one reference is the slot's, the others belong to
 * readers in the middle of a copy, or to open directories. Its memory is never used for
 * anything else, so that host_kept_get() needs no lock. All together stay under keep->limit;
 * over it the ones unused longest go, with a second chance. When the page pool is exhausted,
 * contents of files go before anybody is refused memory.
 *
 * LOCKING. keep->lock (K), nearly a leaf. Memory is freed without it.
 */
#include "kernel/fs/host/hostfs.h"
#include "kernel/locks.h"
#include "kernel/mm/pool.h"

#define KEEP_MAX (32ul << 20) /* bytes, and at most a sixteenth of the sandbox's memory */
#define KEEP_SHARE 16u
#define SCAN_MAX 64u

struct keep {
	struct lock lock;
	struct list all;        /* K: host_kept.link, newest first */
	u64 charged, limit;     /* K, I: bytes */
	struct host_kept *free; /* K: linked through data */
	char *block;            /* a: a buffer that nobody uses now, or NULL */
};

static struct keep *keep; /* set before the first fork */

static u64 reclaim(u64 pages);

int host_keep_init(void)
{
	u64 used, limit;

	if (keep != NULL)
		return 0;
	keep = kzalloc(sizeof(*keep));
	if (keep == NULL)
		return -ENOMEM;
	lock_rank(&keep->lock, RANK_HOST_KEEP);
	list_init(&keep->all);
	pool_usage(&used, &limit);
	keep->limit = MIN(KEEP_MAX, limit / KEEP_SHARE * PAGE_SIZE);
	pool_set_reclaim(reclaim);
	return 0;
}

/* --- one --- */

char *host_block_get(void)
{
	char *block = atomic_xchg(&keep->block, NULL);

	return block != NULL ? block : kzalloc(HOST_BLOCK_SIZE);
}

void host_block_put(char *block)
{
	kfree(atomic_xchg(&keep->block, block));
}

static u64 charge_of(const struct host_kept *k)
{
	return sizeof(*k) + k->room;
}

static struct host_kept *object_alloc(void)
{
	struct host_kept *k;

	lock_acquire(&keep->lock);
	k = keep->free;
	if (k != NULL)
		keep->free = k->data;
	lock_release(&keep->lock);
	return k != NULL ? k : kzalloc(sizeof(*k));
}

static void object_free(struct host_kept *k)
{
	lock_acquire(&keep->lock);
	k->data = keep->free;
	keep->free = k;
	lock_release(&keep->lock);
}

struct host_kept *host_kept_create(u64 size, bool pool)
{
	struct host_kept *k = object_alloc();

	if (k == NULL)
		return NULL;
	list_init(&k->link);
	k->slot = NULL;
	k->used = true;
	k->size = 0;
	k->room = pool ? ALIGN_UP(size, PAGE_SIZE) : size;
	k->pages = pool ? (u32)(k->room / PAGE_SIZE) : 0;
	if (!pool)
		k->data = kzalloc(MAX(size, (u64)1));
	else
		k->data = pool_alloc(k->pages, &k->page) < 0 ? NULL : pool_ptr(k->page);
	if (k->data == NULL) {
		object_free(k);
		return NULL;
	}
	ref_init(&k->ref);
	return k;
}

struct host_kept *host_kept_get(struct host_kept *const *slot)
{
	struct host_kept *k = atomic_load(slot);

	if (k == NULL || !ref_get_unless_zero(&k->ref))
		return NULL;
	if (atomic_load(slot) != k) { /* it is another's by now */
		host_kept_put(k);
		return NULL;
	}
	if (!atomic_load_relaxed(&k->used))
		atomic_store_relaxed(&k->used, true);
	return k;
}

void host_kept_put(struct host_kept *k)
{
	if (k == NULL || !ref_put(&k->ref))
		return;
	if (k->pages != 0)
		pool_free(k->page, k->pages);
	else
		kfree(k->data);
	object_free(k);
}

/* --- all of them --- */

/* Out of its slot and to the victims, who hold the slot's reference. K is held. */
static void let_go(struct host_kept *k, struct list *victims)
{
	atomic_store(k->slot, NULL);
	k->slot = NULL;
	list_del(&k->link);
	list_add(victims, &k->link);
	keep->charged -= charge_of(k);
}

static void victims_put(struct list *victims)
{
	struct host_kept *k, *next;

	list_for_each_safe(k, next, victims, link)
		host_kept_put(k);
}

/* K is held. */
static void shrink(struct list *victims)
{
	for (u32 i = 0; i < SCAN_MAX && keep->charged > keep->limit; i++) {
		struct host_kept *k = list_last(&keep->all, struct host_kept, link);

		if (k->used) {
			k->used = false;
			list_del(&k->link);
			list_add(&keep->all, &k->link);
		} else {
			let_go(k, victims);
		}
	}
}

void host_kept_enter(struct host_kept **slot, struct host_kept *k)
{
	struct list victims = LIST_INIT(victims);

	if (charge_of(k) > keep->limit / 2)
		return;
	lock_acquire(&keep->lock);
	if (*slot == NULL) {
		ref_get(&k->ref);
		k->slot = slot;
		list_add(&keep->all, &k->link);
		keep->charged += charge_of(k);
		atomic_store(slot, k);
		shrink(&victims);
	}
	lock_release(&keep->lock);
	victims_put(&victims);
}

void host_kept_drop(struct host_kept **slot)
{
	struct list victims = LIST_INIT(victims);

	if (atomic_load(slot) == NULL)
		return;
	lock_acquire(&keep->lock);
	if (*slot != NULL)
		let_go(*slot, &victims);
	lock_release(&keep->lock);
	victims_put(&victims);
}

/* The pool is exhausted: let go of files until so many pages are free. Value: pages. */
static u64 reclaim(u64 pages)
{
	struct list victims = LIST_INIT(victims);
	struct host_kept *k, *next;
	u64 got = 0;

	lock_acquire(&keep->lock);
	list_for_each_safe(k, next, &keep->all, link) {
		if (got >= pages)
			break;
		if (k->pages == 0)
			continue;
		got += k->pages;
		let_go(k, &victims);
	}
	lock_release(&keep->lock);
	victims_put(&victims);
	return got;
}

/* --- what may be kept --- */

/* File systems whose files change only when somebody writes to them. */
static bool fs_is_plain(u64 magic)
{
	switch (magic) {
	case LINUX_EXT4_SUPER_MAGIC:
	case LINUX_XFS_SUPER_MAGIC:
	case LINUX_BTRFS_SUPER_MAGIC:
	case LINUX_TMPFS_MAGIC:
	case LINUX_OVERLAYFS_SUPER_MAGIC:
	case LINUX_EROFS_SUPER_MAGIC_V1:
	case LINUX_SQUASHFS_MAGIC:
		return true;
	default:
		return false;
	}
}

bool host_may_keep(struct inode *inode, plat_fd_t fd)
{
	struct host_super *hs = host_super(inode);
	u64 dev = host_inode(inode)->dev;
	struct linux_statfs fs;

	if (host_is_live(inode))
		return false;
	if (atomic_load(&hs->plain_dev) == dev)
		return true;
	if (plat_file_statfs(fd, &fs) < 0 || !fs_is_plain((u64)fs.f_type))
		return false;
	atomic_store(&hs->plain_dev, dev);
	return true;
}
