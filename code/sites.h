/*
 * Which `syscall` instructions a program's text has, without running it.
 *
 * OVERVIEW. The bytes 0f 05 also occur within other instructions and in data. Those are calls
 * that the decoder meets when it begins where the file says that a function begins: in the
 * table of unwind information, in the symbol tables, at the entry. It goes on past the end of
 * straight code only where a branch led that it has seen, so it walks into no data. What is
 * not proved so may still be a call: one that has trapped is.
 *
 * The file is anybody's: wrong tables make for wrong starts, and then the program harms itself
 * as it could anyway. Numbers in it are bounded, the work is linear in the text's length.
 */
#ifndef NACRE_CODE_SITES_H
#define NACRE_CODE_SITES_H

#include "lib/types.h"

/* How to read the file that the text is part of. */
struct code_file {
	/* Bytes read, fewer at the end of the file; or negative. */
	s64 (*read)(void *file, void *buf, size_t len, u64 offset);
	void *file;
};

struct code_site {
	u32 at;     /* bytes from the text's start */
	u32 start;  /* of the code it is in; SITE_NO_START */
	u32 dead;   /* SITE_DEAD_SIZE bytes of padding that nothing leads to, near; 0: none */
	/*
	 * Bytes of the instructions before it that can be run elsewhere, of which the first has
	 * room for a jump; 0: there are none. rip_at: where in them a distance from rip is; 0:
	 * nowhere.
	 */
	u8 before, rip_at;
	bool proven;
};

#define SITE_NO_START 0xffffffffu
#define SITE_JUMP_SIZE 5u
#define SITE_DEAD_SIZE SITE_JUMP_SIZE
#define SITE_BEFORE_MAX 24u
#define CODE_SITES_MAX 4096u

struct code_search {
	struct code_site sites[CODE_SITES_MAX];
	u32 count;
	u8 buffer[8192];
};

/* Every place where the bytes 0f 05 are, in order, the first CODE_SITES_MAX of them. */
void sites_collect(struct code_search *s, const u8 *text, u32 len);
/* The text is what the file has at offset: say which of the sites are proven. */
void sites_prove(struct code_search *s, const struct code_file *f, u64 offset, const u8 *text,
		 u32 len);

#endif
