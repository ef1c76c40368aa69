/*
 * The rewritten entry: syscall instructions that became jumps.
 *
 * OVERVIEW. A `syscall` (0f 05) that has trapped becomes `e9 05 ..`: one byte is stored and
 * the instruction is a jump whose distance is 05 and the three bytes that follow anyway. At
 * its target lies a stub, if the kernel can put one there, which enters the kernel without
 * any host call. Nothing moves: a jump to the site or past it keeps its meaning, and other
 * threads see the old or the new byte. Where the target is out of reach or taken the site
 * stays on the trap.
 *
 * Code that was writable is rewritten again when it can only be run: a call that traps shows
 * anew that it is one. What can be written and run never is.
 *
 * LOCKING. The sites of an address space are under mm->lock, as its VMAs.
 */
#ifndef NACRE_KERNEL_X86_64_REWRITE_H
#define NACRE_KERNEL_X86_64_REWRITE_H

#include "code/patch.h"
#include "kernel/mm/mm.h"

struct rewrite_site {
	uaddr_t addr; /* of the instruction */
	uaddr_t stub;
	bool on; /* it is a jump; else the instruction is back, and the stub stays for it */
};

#define REWRITE_STUB_MIN 0x10000ull /* no stub below */

extern const u8 rewrite_entry[] HIDDEN; /* where stubs lead to: entry.S */

/* Is the rewritten entry on for the sandbox? */
bool rewrite_enabled(void);
/* ... and for the calling process, whose guest does not use %gs? */
bool rewrite_active(void);

/* The instruction at site trapped with call nr: rewrite it if possible. Takes mm->lock. */
void rewrite_trapped(uaddr_t site, u32 nr);
/*
 * The memory in the range is about to be unmapped, replaced or made writable: sites in it
 * and sites whose stubs are in it are put back, and the stubs' memory is given up. mm->lock
 * is held. Cheap when there is nothing of that kind. Sites whose stubs stay can be rewritten
 * again.
 */
void rewrite_forget_locked(struct mm *mm, uaddr_t start, uaddr_t end);
/*
 * Before fork: give up stubs that no site leads to any more, which each child would inherit.
 * No thread may be in one: the caller is the only one in this memory. mm->lock is held.
 */
void rewrite_tidy_locked(struct mm *mm);
/* fork: the child's table. */
MUST_USE int rewrite_copy_locked(const struct mm *from, struct mm *to);
/*
 * The instruction a stub address stands for, 0: it is in no stub. *ret_entering: it is a call,
 * whose stub does nothing of the program's. Takes mm->lock.
 */
uaddr_t rewrite_site_of(uaddr_t ip, bool *ret_entering);
/* Nothing is mapped at ip, where a thread went on: text_revive(). Takes mm->lock. */
MUST_USE bool rewrite_revive(uaddr_t ip);
/*
 * The guest goes on at ip, by the rewritten entry's exit: repeats a call, mostly. Where it can
 * do so without a trap: ip, or in the stub that enters for the call there. Takes mm->lock.
 */
uaddr_t rewrite_resume(uaddr_t ip);
/* A breakpoint instruction at addr has trapped: was it part of rewriting? Takes mm->lock. */
bool rewrite_breakpoint(uaddr_t addr);
/*
 * These bytes were read at addr, within a page of the caller's memory: let them be what the
 * program has there rather than jumps. Takes mm->lock, may read the mapped file.
 */
void rewrite_show(uaddr_t addr, u8 *bytes, size_t len);
/* Put every site of the calling process back; there will be no more until it execs. */
void rewrite_stop(void);
/* --- shared with text.c; mm->lock is held --- */

/* Is the room neither the stack's nor the heap's next pages? */
bool rewrite_room_ok(const struct mm *mm, uaddr_t start, uaddr_t end);
/* Are stubs in the range that serve sites outside [from, to)? */
bool rewrite_stubs_of_others(const struct mm *mm, uaddr_t start, uaddr_t end, uaddr_t from,
			     uaddr_t to);
/* The bytes in the range were replaced: its sites are none any more. */
void rewrite_drop_sites(struct mm *mm, uaddr_t start, uaddr_t end);
/* Forget sites that were put back and are no code now. Cheap when there is none of that kind. */
void rewrite_purge_locked(struct mm *mm);

/* Put the one site back (single-stepping through it). */
void rewrite_undo(uaddr_t site);

#endif
