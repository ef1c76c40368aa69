/*
 * The memory that a traced kernel writes and the host's reader reads: statistics and rings.
 *
 * OVERVIEW. The broker makes one sealed memory file; the kernel maps it into its zone, where
 * all processes of the sandbox share it, the reader maps it, too. It holds a header, the
 * statistics and rings, one for each guest thread while it lives. A ring is a stream of
 * records: the kernel appends at head, the reader takes from tail, both count bytes and never
 * wrap; the offset in the ring is the count modulo TRACE_RING_SIZE. A record lies in one
 * piece: what is left at the ring's end is skipped with a record of type TRACE_PAD.
 *
 * ORDER. A record's number is taken from header.seq just before head moves past the record,
 * so numbers follow cause and effect, and none is missing for good.
 *
 * TRUST. The guest can write all of it. Who reads it believes nothing: see trace/reader.c.
 */
#ifndef NACRE_TRACE_RECORD_H
#define NACRE_TRACE_RECORD_H

#include "abi/linux/syscall.h"
#include "lib/types.h"

#define TRACE_MAGIC 0x6563617274637261ull
#define TRACE_RINGS 16384u        /* threads that can be traced at once */
#define TRACE_RING_SIZE 0x100000ul /* bytes; a power of two */
#define TRACE_RECORD_MAX 0xc000ul /* bytes; several fit a ring */
#define TRACE_STRING_MAX 0x4000u  /* bytes of one buffer or string, at most */
#define TRACE_SHARDS 64u          /* sets of counters: fewer threads share one */

enum trace_flags {
	TRACE_RECORDS = 1 << 0,  /* write records; otherwise only the statistics are used */
	TRACE_FDS = 1 << 1,      /* record what descriptors name */
	TRACE_FRAMES = 1 << 2,   /* record the callers: frame pointers */
	TRACE_MAY_DROP = 1 << 3, /* count records instead of waiting for room */
};

/* Of one call number. Times are in ticks of the time stamp counter. */
struct trace_stat {
	u64 count;      /* calls begun */
	u64 errors;     /* results -1..-4095 */
	u64 ticks, max; /* of calls that were timed and came back */
	u64 timed;      /* how many those are, or stand for */
	u64 near_host;  /* so many are timed because one has made host calls */
	u64 traps;      /* begun by a signal instead of a rewritten instruction */
	u64 host_calls; /* made meanwhile */
};

struct trace_stats {
	struct trace_stat calls[LINUX_SYS_LIMIT];
	u64 unknown[LINUX_SYS_LIMIT]; /* answered ENOSYS because nobody serves them */
	u64 unknown_other;            /* the same, of numbers outside the table */
};

/* How a call site is served that has trapped, or is known to lie in a shared text. */
enum trace_site_form {
	TRACE_SITE_TRAP,    /* by a signal each time */
	TRACE_SITE_PRIVATE, /* rewritten in the process it trapped in, in others not yet */
	TRACE_SITE_JUMP,    /* shared: the instruction is a jump to its stub */
	TRACE_SITE_PADDING, /* shared: a short jump to a jump in padding */
	TRACE_SITE_BEFORE,  /* shared: what stood before it is the jump */
	TRACE_SITE_FORMS,
};

enum trace_site_why {
	TRACE_WHY_NOTHING, /* it does not trap */
	TRACE_WHY_FEW,     /* there were too few traps in its text yet */
	TRACE_WHY_ROOM,    /* there is no room for a jump, or where its stub would be */
	TRACE_WHY_TEXT,    /* its text cannot be copied: too large, or changing */
	TRACE_WHYS,
};

#define TRACE_TEXTS 128u
#define TRACE_KEPT 63u
#define TRACE_SITES 4096u
#define TRACE_TEXT_NAME 112u

struct trace_text {
	char name[TRACE_TEXT_NAME]; /* of the file; the rest zero; may be cut at its start */
	u64 traps;
	u64 shared; /* 0, or 1: processes run a rewritten copy */
};

struct trace_site {
	u64 offset; /* in the file */
	u64 traps;
	u32 text;   /* index */
	u16 nr;     /* of the call that trapped last */
	u8 form;    /* enum trace_site_form */
	u8 why;     /* enum trace_site_why */
};

/* Written when the sandbox ends. */
struct trace_sites {
	u32 text_count, site_count;
	u64 elsewhere; /* traps in other memory than unchanged text of a file */
	u32 kept_count;
	u32 kept[TRACE_KEPT]; /* slots of kept texts (code/kept.h) that were used */
	struct trace_text texts[TRACE_TEXTS];
	struct trace_site sites[TRACE_SITES];
};

struct trace_header {
	/* Written before the sandbox starts. */
	u64 magic;
	u32 flags;      /* enum trace_flags */
	u32 string_max; /* bytes to copy of a buffer or string, <= TRACE_STRING_MAX */
	u64 calls[(LINUX_SYS_LIMIT + 63) / 64]; /* a bit each: calls to record */
	/* Written by kernels. */
	u64 seq ALIGNED(64); /* the next record's number */
	u64 lost;            /* records not written */
	u32 rings_used;      /* rings at and above were never used */
	/* Written by both: enum trace_sleep while the reader sleeps here. */
	u32 reader_sleeps ALIGNED(64);
	/* Written by the reader: nobody will read any more, so nobody shall wait. */
	u32 reader_gone;
};

struct trace_ring {
	u64 head ALIGNED(64); /* bytes ever written */
	u32 writer_sleeps;    /* nonzero while the writer waits for room here */
	u64 tail ALIGNED(64); /* bytes ever read */
	u8 data[TRACE_RING_SIZE] ALIGNED(4096);
};

struct trace_region {
	struct trace_header header;
	u32 owner[TRACE_RINGS]; /* guest thread, 0: free */
	struct trace_stats stats[TRACE_SHARDS] ALIGNED(4096);
	struct trace_sites sites ALIGNED(4096);
	struct trace_ring rings[TRACE_RINGS] ALIGNED(4096);
};

enum trace_type {
	TRACE_PAD,    /* nothing, to the ring's end */
	TRACE_ENTER,  /* a call begins: nr, args, memory that it reads */
	TRACE_EXIT,   /* it returns: value is its result; memory that it wrote */
	TRACE_SIGNAL, /* a signal is delivered: nr, TRACE_SIGINFO, TRACE_REGS */
	TRACE_START,  /* a thread begins: value is its creator, nr 1 if it is a new process */
	TRACE_END,    /* a thread ends: value is its wait status */
	TRACE_TYPES,
};

enum trace_sleep {
	TRACE_AWAKE,
	TRACE_ASLEEP, /* any record wakes it */
	TRACE_NAPS,   /* it looks again soon: only a ring that is half full wakes it */
};

enum trace_record_flags {
	TRACE_TRAPPED = 1 << 0, /* the call came by a signal, not by a rewritten instruction */
	TRACE_CUT = 1 << 1,     /* memory was left out for want of room */
	TRACE_LAST = 1 << 2,    /* TRACE_END: the last thread of its process */
	TRACE_FATAL = 1 << 3,   /* TRACE_SIGNAL: it ends the process */
};

struct trace_record {
	u32 size; /* bytes of all of it, a multiple of 8 */
	u16 type; /* enum trace_type */
	u16 flags;
	s32 pid, tid;
	u64 seq;
	u64 time;       /* time stamp counter */
	s64 nr;         /* the call, or the signal */
	u64 value;      /* by type */
	u64 host_calls; /* TRACE_EXIT: host calls made for the call */
	u64 args[6];    /* TRACE_ENTER */
	u64 ip, sp;     /* TRACE_ENTER: behind the instruction; the stack */
	/* struct trace_item follow */
};

enum trace_item_kind {
	TRACE_MEMORY,  /* bytes at an address */
	TRACE_FD,      /* what descriptor addr names */
	TRACE_COUNT,   /* addr of something */
	TRACE_STACK,   /* u64 return addresses, innermost first */
	TRACE_MAPPING, /* of a file at addr: u64 end, u64 offset in the file, its path */
	TRACE_SIGINFO, /* struct linux_siginfo */
	TRACE_REGS,    /* struct trace_regs */
	TRACE_ITEMS,
};

/* A record's item; its data follow, padded to a multiple of 8. */
struct trace_item {
	u32 kind; /* enum trace_item_kind */
	u32 len;  /* bytes of data, without padding */
	u64 addr; /* by kind */
};

/* The guest's registers when a signal met it, in the order of Linux's pt_regs. */
struct trace_regs {
	u64 r15, r14, r13, r12, bp, bx;
	u64 r11, r10, r9, r8, ax, cx, dx, si, di;
	u64 orig_ax, ip, cs, flags, sp, ss;
	u64 fs_base, gs_base;
	u64 trapno, error, fault_addr; /* of a fault */
};

static inline u64 trace_ticks(void)
{
	u32 low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (u64)high << 32 | low;
}

#endif
