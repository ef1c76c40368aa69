/* The VMA array of an address space. mm->lock is held around all of these. */
#ifndef NACRE_KERNEL_MM_VMA_H
#define NACRE_KERNEL_MM_VMA_H

#include "kernel/mm/mm.h"

/* Index of the first VMA that ends above addr. */
u32 vma_lower_bound(const struct mm *mm, uaddr_t addr);
/* The VMA that contains addr, or NULL. Valid until the array changes. */
struct vma *vma_find(struct mm *mm, uaddr_t addr);
/* Make sure that extra insertions (a split is one) cannot fail. */
MUST_USE int vma_reserve(struct mm *mm, u32 extra);
/* Cut the VMA around addr in two there, if it does not begin there already. */
void vma_split(struct mm *mm, uaddr_t addr);
/* Insert into free room; v->file's reference is taken over. */
void vma_insert(struct mm *mm, const struct vma *v);
/* Join equal neighbours around the range. */
void vma_merge_around(struct mm *mm, uaddr_t start, uaddr_t end);
/* Change the protection of one whole VMA and the accounts with it. */
void vma_account_protect(struct mm *mm, struct vma *v, int prot);
/* Pages of v that count against the sandbox's memory limit. */
u64 vma_commit_of(const struct vma *v);
/*
 * Bring the sandbox's account in line with the array. False: there is more committed than the
 * limit allows, and nothing was changed. Giving back cannot fail.
 */
bool vma_commit(struct mm *mm);
/*
 * Remove what lies in the range from the array (needs vma_reserve(2)). The files that lost a
 * reference are returned for the caller to put without the lock; when their number is
 * max_files there may be more to cut.
 */
u32 vma_cut(struct mm *mm, uaddr_t start, uaddr_t end, struct file **ret_files, u32 max_files);
bool vma_range_free(const struct mm *mm, uaddr_t start, uaddr_t end);
/* The highest free place for len bytes in [bottom, top), 0: none. align: power of two. */
uaddr_t vma_find_room(const struct mm *mm, u64 len, u64 align, uaddr_t bottom, uaddr_t top);

#endif
