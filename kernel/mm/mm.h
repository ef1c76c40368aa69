/*
 * Address spaces: what the guest has mapped where.
 *
 * OVERVIEW. Guest mappings are host mappings; this module decides their addresses, keeps a
 * sorted array of VMAs for every process and asks the host to map, protect and unmap. The
 * kernel's zone is never given out, so a guest address that is in a VMA is never ours.
 *
 * LIFETIME. struct mm lives in the shared heap (so /proc/PID/maps works for any process) and
 * is counted by the processes that use it: one, or two during vfork.
 *
 * LOCKING. mm->lock covers the VMA array and all fields tagged m.
 */
#ifndef NACRE_KERNEL_MM_MM_H
#define NACRE_KERNEL_MM_MM_H

#include "abi/linux/mman.h"
#include "kernel/mm/uaccess.h"
#include "kernel/mm/zone.h"
#include "kernel/sync/lock.h"
#include "lib/atomic.h"
#include "lib/types.h"

struct aio_context;
struct file;
struct inode;
struct process;
struct rewrite_site;
struct text;

#define MM_VMAS_MAX 65000u /* Linux: vm.max_map_count is 65530; the kernel itself needs some */

#define MM_RETIRED 4u
#define MM_RETIRED_SITES 16u

enum vma_flags {
	VMA_SHARED = 1 << 0,
	VMA_GROWSDOWN = 1 << 1,
	VMA_LOCKED = 1 << 2,
	VMA_NORESERVE = 1 << 3,
	VMA_DONTFORK = 1 << 4,
	VMA_WIPEONFORK = 1 << 5,
	VMA_HUGETLB = 1 << 6,
	VMA_HEAP = 1 << 7,   /* [heap] */
	VMA_STACK = 1 << 8,  /* [stack] */
	VMA_HOST = 1 << 9,   /* [vdso], [vvar]: the host's own, may be unmapped by the guest */
	VMA_MAYWRITE = 1 << 10, /* a shared file mapping that may be made writable */
	VMA_SEALED = 1 << 11,
	VMA_STUB = 1 << 12,    /* the kernel's entry stubs: the guest does not see them */
	VMA_WRITTEN = 1 << 13, /* was writable once: it may differ from the file */
	VMA_TEXT = 1 << 14,    /* the host maps the file's shared copy (kernel/x86_64/text.h) */
};

struct vma {
	uaddr_t start, end; /* page aligned, end exclusive */
	int prot;           /* LINUX_PROT_* */
	u32 flags;          /* enum vma_flags */
	struct file *file;  /* referenced; NULL: anonymous */
	u64 offset;         /* in the file, or of shared anonymous memory within share_id */
	u64 share_id;       /* identity of shared anonymous memory, 0: none */
};

struct mm {
	struct ref ref;
	struct lock lock;
	struct vma *vmas;   /* m: sorted by start, not overlapping */
	u32 count, space;   /* m */
	struct aio_context *aio; /* m: kernel/obj/aio.c */
	struct rewrite_site *sites; /* m: rewritten syscall instructions, sorted */
	u32 site_count, site_space; /* m */
	bool sites_off;             /* m: some have been put back, and may be no code now */
	bool stubs_idle;            /* m: sites have gone, their stubs not */
	/* m: stubs given up lately: a thread may still be in one. base: of the text */
	struct retired_text {
		uaddr_t base;
		const struct text *text;
	} retired[MM_RETIRED];
	u32 retired_next; /* m */
	/* m: the same of sites that were the process's own */
	struct retired_site {
		uaddr_t addr, stub;
	} retired_sites[MM_RETIRED_SITES];
	u32 retired_sites_next; /* m */
	u32 text_copies;  /* m: so many there were when the mappings were last looked at */
	const struct inode *program; /* I after exec: the file that is executed; not referenced */
	bool no_vdso; /* I after exec: there is none, whatever the host says */
	bool lone; /* m: the program runs without an interpreter: see text_mapped() */
	uaddr_t mmap_base;  /* I after exec: mappings are placed below, top down */
	uaddr_t brk_start, brk; /* m: brk_start <= brk, not rounded */
	uaddr_t stack_start;    /* where argc lies */
	uaddr_t stack_top;      /* I: end of the stack mapping */
	uaddr_t stack_limit;    /* I: the stack may be extended down to here */
	uaddr_t code_start, code_end, data_start, data_end;
	uaddr_t arg_start, arg_end, env_start, env_end;
	u64 pages;          /* m: mapped by the guest */
	u64 locked_pages;   /* m */
	bool lock_future;   /* m: mlockall(MCL_FUTURE): new mappings are locked */
	u64 data_pages;     /* m: private writable, for RLIMIT_DATA */
	u64 peak_pages;     /* m */
	u64 stack_unused;   /* m: pages, see mm_stack_unused_locked() */
	u64 committed_pages, charged_pages; /* m: see vma_commit() */
};

MUST_USE int mm_create(struct mm **ret);
/* A copy for fork; the host copies the memory itself. */
MUST_USE int mm_copy(struct mm *from, struct mm **ret);
struct mm *mm_get(struct mm *mm);
void mm_put(struct mm *mm);
/*
 * Unmap everything of the guest and start a new layout (exec, first process). aslr: random
 * bases.
 */
void mm_reset(struct mm *mm, bool aslr);
/* mm goes, of a program of this host process: has the guest left what is the host's as it was? */
void mm_host_check(struct mm *mm);
/*
 * Unmap everything of a guest that has ended, for another one. False: this host process must
 * not have another, see mm_host_check().
 */
MUST_USE bool mm_host_clear(void);
/* Once, before there is any guest: find the vDSO, which lies at one place in all processes. */
void mm_host_init(void);

/* --- all of these act on the current process; semantics, checks and errors are mmap(2)'s --- */

/* The address, or -Exxx. flags: LINUX_MAP_*; file NULL for anonymous memory. */
MUST_USE s64 mm_map(uaddr_t addr, u64 len, int prot, int flags, struct file *file, u64 offset);
MUST_USE int mm_unmap(uaddr_t addr, u64 len);
MUST_USE int mm_protect(uaddr_t addr, u64 len, int prot);
MUST_USE s64 mm_remap(uaddr_t old, u64 old_len, u64 new_len, int flags, uaddr_t new);
MUST_USE s64 mm_brk(uaddr_t brk);

/*
 * mlock(2) and its family, on the current process. Locked memory is counted, against
 * RLIMIT_MEMLOCK, and made present unless on_fault; the host may page it out all the same.
 */
MUST_USE int mm_lock(uaddr_t addr, u64 len, bool on_fault);
MUST_USE int mm_unlock(uaddr_t addr, u64 len);
MUST_USE int mm_lock_all(bool now, bool future, bool on_fault);
void mm_unlock_all(void);
/* Linux: can_do_mlock, mlock_future_ok. May the caller lock at all; so many pages more? */
bool mm_may_lock(void);
bool mm_lock_room_locked(const struct mm *mm, u64 pages);

/* For the loader: the heap starts at start (page aligned). */
void mm_set_brk(uaddr_t start);
/*
 * Map the main stack, readable, writable and, if asked, executable. Its size follows
 * RLIMIT_STACK. *ret_top: the first address above it.
 */
MUST_USE int mm_stack_create(bool executable, uaddr_t *ret_top);
/* Random offset below limit, page aligned; 0 without ASLR. For load bases and the like. */
u64 mm_random(u64 limit);
bool mm_aslr(void);
/* Find room for len bytes as mmap would, without mapping; 0: none. align: power of two. */
uaddr_t mm_find_free(u64 len, u64 align);

/*
 * Identity of the memory at addr when it is shared: key[0] object, key[1] byte offset.
 * False for private memory (or none there).
 */
bool mm_futex_key(uaddr_t addr, u64 key[2]);

/*
 * A guest access (one LINUX_PROT_* bit) faulted at addr. True when the fault was repaired and
 * the instruction can be repeated; false: deliver a signal, *ret_bus says SIGBUS instead of
 * SIGSEGV.
 */
bool mm_fault(uaddr_t addr, int access, bool *ret_bus);

/*
 * The text of /proc/PID/maps, or with details of smaps, and that of smaps_rollup: the whole
 * length is returned, at most size written. How much is resident only the caller's own mm can
 * tell.
 */
MUST_USE s64 mm_format_maps(struct mm *mm, bool details, char *buf, size_t size);
MUST_USE s64 mm_format_totals(struct mm *mm, char *buf, size_t size);

/* --- refresh.c: files that change under mappings --- */

/* The file was made shorter. Call without mm->lock or any lock after it. */
void mm_file_cut(struct inode *i);
/* The file's map operation maps other memory than before. Any lock up to INODE may be held. */
void mm_file_moved(struct inode *i);
/* Put the current process's mappings right: WORK_REMAP. */
void mm_refresh(void);

/* Was RLIMIT_STACK raised? Then extend the stack mapping. */
void mm_stack_limit_changed(void);
/*
 * Pages of the main stack that Linux would not have mapped yet: it maps the stack as far down
 * as it was used, here all that the limit allows is mapped from the start. Of another process
 * than the caller's as it was when that one asked last. mm->lock is held.
 */
u64 mm_stack_unused_locked(struct mm *mm);

#endif
