/* Shared texts: what the parts of text.c know of them. */
#ifndef NACRE_KERNEL_X86_64_TEXT_INTERNAL_H
#define NACRE_KERNEL_X86_64_TEXT_INTERNAL_H

#include "code/patch.h"
#include "kernel/vfs/vfs.h"
#include "platform/plat.h"
#include "trace/record.h"

struct site {
	struct patch_site p;
	bool private; /* rewritten in a process of its own, before there was a copy */
	u64 traps;
};

struct kept_site;

struct text {
	struct text *next;
	struct file_content content;
	char name[TRACE_TEXT_NAME]; /* for statistics; empty: not yet known */
	u64 offset, len;
	u32 traps;
	bool refused; /* it cannot be copied */
	bool copied;
	bool wanted; /* the broker is to be told that it is not kept */
	struct patch p; /* the copy */
	plat_fd_t fd; /* what it and its stubs are mapped from, and where they are there: */
	u64 at, span_at[PATCH_SPANS_MAX];
	struct site *sites;
	u32 count, space;
	/* Of a kept text, which is mapped from BOOT_FD_TEXTS and never changes; else NULL. */
	struct kept_site *kept;
	u32 kept_count, kept_slot;
};

/* --- text_kept.c; the texts' lock is held, but for text_kept_init() --- */

enum text_kept {
	TEXT_KEPT,     /* *ret is it, all of its own that it needs taken */
	TEXT_KEPT_NOT, /* it is not there, and may be wanted */
	TEXT_KEPT_NONE, /* it is known that there is nothing in it to be kept */
};

/* With the first process. The kernel does without kept texts if that fails. */
void text_kept_init(void);
/* Are there any? */
bool text_kept_any(void);
/* Look for the text with ret's content, offset and len; f is its file. */
enum text_kept text_kept_find(struct text *ret, struct file *f);
/* Can the broker be told of what is not there? */
bool text_kept_may_want(void);
/* Where in the pool the page that the stubs of kept texts look at is. */
u64 text_kept_entry(void);
/* The host does not map it: no kept text is used any more. */
void text_kept_stop(void);

#endif
