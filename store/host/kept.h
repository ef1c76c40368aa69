/*
 * Layers that are kept in the store while a sandbox writes to them: `layers/`.
 *
 *	layers/NAME.sync    changes of the image NAME by a sandbox that mounts it :sync
 *	layers/N.M.commit   changes that --commit makes an image of
 *	    base            "image DIGEST": what the layer lies over
 *	    upper/          the sandbox's: journal and data/N (store/layer.h)
 *	    log             of :sync: what has been kept, the keeper's alone
 *
 * Who uses a layer holds its directory locked (flock). One that nobody has locked is what a crash
 * left: a .sync is brought into its image by the next command, a .commit removed by gc.
 */
#ifndef NACRE_STORE_HOST_KEPT_H
#define NACRE_STORE_HOST_KEPT_H

#include "store/host/host.h"

/* A file's content as the log has it. */
struct log_entry {
	u64 id, size;
	s64 mtime;
	u32 mtime_nsec;
	u32 content; /* enum content */
	u8 bytes[INLINE_MAX]; /* the content, or the object's digest */
};

struct log {
	u64 journal_size; /* of the names that go with the contents */
	u64 records;
	struct log_entry *entries; /* in order; the last one of an id counts */
	u32 count;
	bool damaged; /* there was more */
};

/* log.c */

/* Append what has been kept and wait until it is on the disk. */
MUST_USE int log_append(int fd, u64 journal_size, const struct log_entry *entries, u32 count);
/*
 * All whole records of the log of a layer's directory; a tail that was not written to its end is
 * no damage, anything else is complained about, and ends the log there. No log is an empty one.
 */
MUST_USE int log_read(int layer, const char *what, struct log *ret);
void log_free(struct log *log);

/* kept.c */

#define SYNC_SUFFIX ".sync"
#define COMMIT_SUFFIX ".commit"

/* A layer of ours. */
struct kept {
	struct store *store;
	char *folder; /* in layers/ */
	char *name; /* of the image to be made */
	bool sync;
	u8 base[DIGEST_SIZE];
	int dir, upper, log; /* dir is locked; -1: not open */
};

/* The folder layers/, or -1. */
int layers_open(struct store *store, bool create);
/* Lock a layer: its directory; -1, and EWOULDBLOCK when somebody has it. */
int layer_lock(int layers, const char *folder);
/* Its sandbox has ended, and said so: all that is there becomes an image, the layer goes. */
MUST_USE int layer_finish(struct kept *k);
/* ... it has not come to its end: what the log says becomes one, the layer goes. */
MUST_USE int layer_replay(struct kept *k);
void kept_close(struct kept *k);
/* Bring what crashed sandboxes left into their images; those that run are left alone. */
void layers_replay(struct store *store);
/* To quarantine/: it holds what has been acknowledged, but not how to make it an image. */
MUST_USE int layer_put_away(struct store *store, const char *folder);
/* Tell of those that no sandbox uses and that could not be brought into their images. */
MUST_USE int layers_left(struct store *store, void (*tell)(void *context, const char *folder),
			 void *context);
/* How many layers sandboxes use. */
u32 layers_in_use(struct store *store);
/* Does a sandbox write to the image of that name, or has it left something? */
bool layer_holds(struct store *store, const char *name);
/*
 * Call base for the image below each layer and object for every object that a log refers to.
 * remove: layers that nobody needs go.
 */
MUST_USE int layers_mark(struct store *store, bool remove,
			 int (*base)(void *context, const u8 *digest, const char *layer),
			 void (*object)(void *context, const u8 *digest, u64 size),
			 void *context);
/* keep.c */

/* `nacre-store --keep FD LAYER...`: see keep.h. */
int keep_main(int argc, char **argv);

#endif
