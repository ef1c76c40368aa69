/*
 * Program text that processes share, with its calls rewritten once for all of them.
 *
 * OVERVIEW. A text is one executable private mapping of a host file that does not change
 * here: (content, offset, length). Calls in it that trap are counted; when there have been
 * enough of them to pay for it, its bytes are copied to the page pool, all calls that have
 * trapped or can be proven to be calls (code/sites.h) are rewritten in the copy, and from then
 * on whoever maps that part of the file gets the copy and the stubs' pages. A call that traps
 * later is rewritten in the pool: one byte stored, and no process traps there again. The file in
 * the VMA stays, so nobody sees the difference but who reads the text.
 *
 * The stubs of a text lie in a few spans at fixed distances from it, chosen when it is copied;
 * a call whose stub would be elsewhere becomes a short jump to a jump in the padding next to
 * it, or the instructions before it become the jump, and the stub runs them. Where a span is
 * taken the mapping stays the file's. When the guest maps something over a span, or makes the
 * text writable, the mapping becomes the file's again (rewrite_forget_locked).
 *
 * LIFETIME. A text lives as long as the sandbox; what they take together is bounded.
 *
 * LOCKING. The texts' lock is taken under mm->lock. Mappings are under their mm->lock.
 */
#ifndef NACRE_KERNEL_X86_64_TEXT_H
#define NACRE_KERNEL_X86_64_TEXT_H

#include "kernel/mm/vma.h"

struct trace_sites;

MUST_USE int text_init(void);

/* --- mm->lock is held in all of these; they may move the VMA array --- */

/*
 * A private executable mapping of a file was made at start: use its copy, if there is one. Where
 * a program without an interpreter maps other code than its own, a call has to trap in it first
 * (text_trapped()): translators of machine code (valgrind) map programs and libraries so, only
 * read them, and would follow the jumps.
 */
void text_mapped(struct mm *mm, uaddr_t start);
/* Before fork: the same for mappings made before there was a copy. */
void text_refresh(struct mm *mm);
/*
 * The call at site has trapped, in a mapping that can be rewritten. True: it is rewritten for
 * everybody, or stays on the trap. False: do it for this process. nr: of the call.
 */
bool text_trapped(struct mm *mm, uaddr_t site, u32 nr);
/* The call was rewritten for the process alone. */
void text_private(struct mm *mm, uaddr_t site);
/* Every mapping that is a copy and has something in the range is the file's again. */
void text_forget(struct mm *mm, uaddr_t start, uaddr_t end);
/* Was the breakpoint at that address one of ours, now gone? The instruction can be repeated. */
bool text_breakpoint(struct mm *mm, uaddr_t at);
/* The one call is to be executed as it is (single-stepping): its mapping is never a copy again. */
void text_undo(struct mm *mm, uaddr_t site);
/*
 * The instruction a stub address stands for, 0: it is in no text's stub. Stubs given up lately
 * count. *ret_entering: it is the call, not what is run before it.
 */
uaddr_t text_site_of(struct mm *mm, uaddr_t ip, bool *ret_entering);
/*
 * A thread has gone on at ip, where a stub given up lately was: was in it, or has run a jump that
 * the program has read when it was there, and has put back or elsewhere. True: the stub is there
 * again, until the text is mapped anew or something else is mapped over it.
 */
MUST_USE bool text_revive(struct mm *mm, uaddr_t ip);
/*
 * Where a stub enters for the call at site, whose own instruction would trap since what is before
 * it has become the jump; 0: it is no such call.
 */
uaddr_t text_stub_of(struct mm *mm, uaddr_t site);

/* --- no lock is held --- */

/*
 * The mapping around site, where a call has just trapped, is of a text whose name is not known
 * yet: note it, for statistics.
 */
void text_name(struct mm *mm, uaddr_t site);
/* What is known of all texts and their calls, for the statistics; elsewhere: other traps. */
void text_report(struct trace_sites *ret);
/* Which kept texts were used, for the broker, which keeps those longest that are. */
void text_report_kept(struct trace_sites *ret);
/* A call has trapped where nothing can be rewritten. */
void text_trapped_elsewhere(void);

#endif
