/*
 * The writable layer on disk: keeping closed files for good (:sync), and the layers' end.
 *
 * OVERVIEW. In a :sync layer the broker is told of every regular file that was changed when
 * nobody has it open or mapped for writing any more; it has its content kept in the store,
 * together with the journal as it is then. fsync() and msync() have it kept at once, and wait.
 */
#include "kernel/fs/over/disk_record.h"
#include "abi/linux/time.h"
#include "wire/boot.h"

#define POLL_FIRST_NS 200000u
#define POLL_LAST_NS 5000000u

/* The layers there are, in every process: made before the first was forked. */
static struct super *layers[BOOT_TREES_MAX];
static u32 layer_count;

static struct over_disk *disk_of(const struct inode *i)
{
	return over_super(i)->disk;
}

bool over_disk_is_sync(const struct inode *i)
{
	return disk_of(i) != NULL && disk_of(i)->sync_tree >= 0;
}

static void pause_ns(u64 ns)
{
	struct linux_timespec now;
	u32 word = 0;

	if (plat_clock_get(LINUX_CLOCK_MONOTONIC, &now) == 0)
		(void)plat_wait(&word, 0,
				(u64)now.tv_sec * 1000000000u + (u64)now.tv_nsec + ns);
}

/* Tell the broker. Value: what to wait for, -Exxx. */
static int note(const struct inode *i, u64 id, u64 *ret)
{
	u64 noted, kept;
	int err;

	for (;;) {
		err = plat_tree_sync(disk_of(i)->sync_tree, true, id, &noted, &kept);
		if (err != -EAGAIN)
			break;
		pause_ns(POLL_LAST_NS);
	}
	if (err == 0)
		*ret = noted;
	return err;
}

/* The number under which the file is to be kept now; 0: it need not be. */
static u64 unsaved_id(struct inode *i)
{
	struct over_node *n = over_node(i);
	bool unsaved;

	if (!inode_is_regular(i) || over_upper(i) == NULL || atomic_load(&i->nlink) == 0)
		return 0;
	unsaved = atomic_xchg(&n->unsaved, false);
	return unsaved || atomic_load(&i->flags) & INODE_MAPPED_SHARED ? n->disk_id : 0;
}

void over_disk_closed(struct inode *i)
{
	u64 id = over_disk_is_sync(i) ? unsaved_id(i) : 0, wanted;

	if (id != 0 && note(i, id, &wanted) < 0 && !atomic_xchg(&disk_of(i)->failed, true))
		plat_log("layer: files are no longer kept when closed");
}

int over_disk_keep(struct inode *i)
{
	u64 wanted, noted, kept = 0, delay = POLL_FIRST_NS;
	struct over_disk *d = disk_of(i);
	int err = note(i, unsaved_id(i), &wanted);

	while (err == 0 && kept < wanted) {
		pause_ns(delay);
		delay = MIN(delay * 2, (u64)POLL_LAST_NS);
		err = plat_tree_sync(d->sync_tree, false, 0, &noted, &kept);
	}
	return err == 0 && atomic_load(&d->failed) ? -EIO : err;
}

void over_disk_remember(struct super *sb)
{
	if (layer_count < ARRAY_SIZE(layers))
		layers[layer_count++] = super_get(sb);
}

void over_end(void)
{
	for (u32 i = 0; i < layer_count; i++) {
		struct over_disk *d = ((struct over_super *)layers[i]->private)->disk;
		struct layer_record end = {
			.head = { .len = sizeof(end.head), .type = LAYER_END, .id = 1 },
		};

		if (!atomic_load(&d->failed))
			disk_append(d, &end);
	}
}
