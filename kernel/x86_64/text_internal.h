/* Shared texts: what the parts of text.c know of them. */
#ifndef NACRE_KERNEL_X86_64_TEXT_INTERNAL_H
#define NACRE_KERNEL_X86_64_TEXT_INTERNAL_H

#include "code/patch.h"
#include "kernel/vfs/vfs.h"
#include "trace/record.h"

struct site {
	struct patch_site p;
	bool private; /* rewritten in a process of its own, before there was a copy */
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
	struct patch p; /* the copy */
	u64 at, span_at[PATCH_SPANS_MAX]; /* where in pool_fd it and its stubs are */
	struct site *sites;
	u32 count, space;
};

#endif
