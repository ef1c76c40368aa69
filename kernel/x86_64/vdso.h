/*
 * The vDSO: the host's, with its calls rewritten.
 *
 * OVERVIEW. The host's vDSO tells the time from its own data pages, which stay as they are. What
 * it cannot tell (the clocks of processor time, all clocks where the host's clock source is no
 * counter) it asks the kernel with a `syscall` of its own, which traps. When one has trapped,
 * which most sandboxes never see, its pages are copied for the sandbox: once as they are and once
 * with calls that lead to stubs behind the code. That copy is mapped over the host's where a call
 * has trapped, where such a process forks, and in every program from then on. Symbols, unwind
 * information and distances stay.
 *
 * The bytes are the host's again where the guest changes that mapping in any way, uses %gs
 * itself, or single-steps into a stub; its next program finds it as new.
 *
 * LOCKING. Functions that take mm have its lock held.
 */
#ifndef NACRE_KERNEL_X86_64_VDSO_H
#define NACRE_KERNEL_X86_64_VDSO_H

#include "kernel/mm/vma.h"

/* Where it lies in every process: its data, and the code after that, up to end. All 0: none. */
void vdso_init(uaddr_t data, uaddr_t code, uaddr_t end);
/*
 * For a new program: as it was at first, if its data is there. False: it has no vDSO. changed:
 * an earlier program of the process may have changed it.
 */
MUST_USE bool vdso_renew(bool changed);
/* A call has trapped at site, which may be in the vDSO, while the rewritten entry is on. */
void vdso_trapped(struct mm *mm, uaddr_t site);
/* The range is to be run as it is, or (changes) is about to be changed: the host's bytes again. */
void vdso_forget(struct mm *mm, uaddr_t start, uaddr_t end, bool changes);
/* As text_site_of(). */
uaddr_t vdso_site_of(struct mm *mm, uaddr_t ip, bool *ret_entering);

#endif
