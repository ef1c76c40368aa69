/* Shared texts: what text.c and text_sites.c know of them. */
#ifndef NACRE_KERNEL_X86_64_TEXT_INTERNAL_H
#define NACRE_KERNEL_X86_64_TEXT_INTERNAL_H

#include "kernel/mm/pool.h"
#include "kernel/vfs/vfs.h"
#include "trace/record.h"

#define SPANS_MAX 6u

/* Distances are from the start of the text. */
struct span {
	s64 start, end;
	u32 page; /* of the pool */
	u32 calls; /* that could have a stub here */
};

struct site {
	u32 at;
	u32 nr;   /* of the call: what rax was when it trapped */
	u32 slot; /* 0, or where the jump in the padding is */
	/* What the file's text says of it: struct code_site. */
	u32 dead;
	u8 before, rip_at;
	bool moved; /* the stub runs what is before, whose first bytes became the jump */
	bool private; /* rewritten in a process of its own, before there was a copy */
	bool done;
	s64 stub;
	u64 traps;
};

struct text {
	struct text *next;
	struct file_content content;
	char name[TRACE_TEXT_NAME]; /* for statistics; empty: not yet known */
	u64 offset, len;
	u32 traps;
	bool refused; /* it cannot be copied */
	bool copied;
	u32 page; /* of the copy */
	struct span spans[SPANS_MAX];
	u32 span_count;
	s64 spare, spare_end; /* room for stubs of calls that jump by the padding */
	struct site *sites;
	u32 count, space;
};

static inline u8 *text_bytes(const struct text *x)
{
	return pool_ptr(x->page);
}

/* Rewrite the call in the copy, if it can be. The texts' lock is held. */
void text_site_rewrite(struct text *x, struct site *s);

#endif
