/*
 * The texts that are kept (code/kept.h): how they are made. Internal to the broker's text_*.c.
 *
 * OVERVIEW. The broker gives a sandbox the pack of its root tree to read (text.c). When a call
 * traps in a text that is not there, the sandbox's kernel says which text that is. The broker
 * opens the file and starts a process, the maker (text_keep.c), which starts another one, shut
 * in, that reads the file and rewrites a copy in shared memory (text_make.c). The maker checks
 * what came of it and appends it to the pack.
 *
 * TRUST. What the jail says only chooses among the files that it can read anyway. What is kept of
 * a file comes from its bytes alone, and is used for those bytes alone.
 */
#ifndef NACRE_BROKER_TEXT_H
#define NACRE_BROKER_TEXT_H

#include "code/kept.h"
#include "store/host/digest.h"

#define TEXT_LOWEST 0x10000u /* no stub below: kernel/x86_64/rewrite.h */

/* Shared with the process that is shut in, which fills it and may have filled it with anything. */
struct text_made {
	struct code_search search; /* scratch */
	u32 site_count, span_count;
	s64 entry_at;
	struct kept_span spans[PATCH_SPANS_MAX]; /* at: in stubs */
	struct kept_site sites[CODE_SITES_MAX];
	u8 text[KEPT_TEXT_MAX] ALIGNED(4096); /* in: the file's; out: rewritten */
	u8 stubs[KEPT_SPANS_BYTES_MAX];	      /* zero at first */
};

/* Rewrite m->text, which is len bytes of the file at offset; m is zero otherwise. */
void text_make(struct text_made *m, const struct code_file *f, u64 offset, u64 len);

#define TEXT_PACK_NAME_SIZE 72

struct text_wanted {
	int fd; /* of the file */
	u64 offset, len;
	char pack[TEXT_PACK_NAME_SIZE]; /* its name */
	u64 pack_max; /* bytes: it is renewed before it would grow larger */
	bool is_object; /* of the store: its bytes must have this digest */
	u8 digest[DIGEST_SIZE];
};

/*
 * Open the directory that path names; make it if it is not there and `make` is true. -1: there
 * is none, or it is not ours alone.
 */
MUST_USE int text_directory_open(const char *path, bool make);
/* A pack in it, or -1; flags: O_RDONLY or O_RDWR. *ret_bad: there is something, but no pack. */
MUST_USE int text_pack_open(int dir, const char *name, int flags, bool *ret_bad);
/* The file and place that are wanted, as a slot has them. False: that is not to be kept. */
MUST_USE bool text_key_read(const struct text_wanted *w, struct kept_key *ret);
/* In the maker: value: its exit status, 0: it is kept now, or was; 2: nothing can be kept. */
MUST_USE int text_keep(const char *directory, const struct text_wanted *w);
/* Today, as slots have it. */
u32 text_today(void);

#define TEXT_KEPT 0
#define TEXT_NOT_THIS 1 /* it has changed, or is too large */
#define TEXT_NOTHING 2	/* no place, no rights: no other either */

#endif
