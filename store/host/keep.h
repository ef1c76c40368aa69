/*
 * What the broker and the keeper say to each other. The keeper is `nacre-store --keep FD LAYER...`,
 * which the broker starts before the sandbox: it makes the directories in which layers over images
 * are kept, and makes images of them. Both are the user's own processes and trust each other;
 * neither trusts what is in the layers.
 *
 * LAYER is commit:BASE:NEW, sync:NAME or replay:NAME; each is answered by struct keep_ready, with
 * two descriptors unless it is a replay: the directory for the sandbox, and one that keeps the
 * layer locked. Then KEEP_BATCH and KEEP_END are asked and answered by struct keep_done. The end
 * of the socket without KEEP_END: nothing more is made.
 */
#ifndef NACRE_STORE_HOST_KEEP_H
#define NACRE_STORE_HOST_KEEP_H

#include "lib/types.h"

#define KEEP_IDS_MAX 8192u
#define KEEP_PATH_MAX 4096u

struct keep_ready {
	u32 failed; /* the keeper has said why */
	char digest[65]; /* of the image below, in digits */
	char path[KEEP_PATH_MAX]; /* of the directory for the sandbox */
};

enum keep_what {
	KEEP_BATCH = 1, /* of a :sync layer: keep these files, and the journal up to its size */
	KEEP_END = 2, /* the sandbox has ended: make images of all layers */
};

struct keep_ask {
	u32 what;
	u32 layer; /* by its place on the command line */
	u64 journal_size;
	u32 count, pad;
	u64 ids[KEEP_IDS_MAX]; /* as many as count says are sent */
};

struct keep_done {
	u32 failed;
};

#endif
