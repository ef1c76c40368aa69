/*
 * The only way to guest memory. A bad address gives -EFAULT through the exception table
 * (extable): the copying instructions are listed there with the place to go on at.
 * Addresses inside the kernel's zone or above the user range are refused before any access.
 */
#ifndef NACRE_KERNEL_MM_UACCESS_H
#define NACRE_KERNEL_MM_UACCESS_H

#include "lib/types.h"

#define USER_ADDR_MAX 0x7ffffffff000ull /* Linux: TASK_SIZE_MAX on x86-64, 4 levels */

/* Does the range lie wholly outside kernel memory and below USER_ADDR_MAX? */
bool user_range_ok(uaddr_t addr, u64 len);

MUST_USE int copy_in(void *dst, uaddr_t src, size_t len);
MUST_USE int copy_out(uaddr_t dst, const void *src, size_t len);
/* Bytes NOT copied; for calls that report partial success. */
size_t copy_in_partial(void *dst, uaddr_t src, size_t len);
size_t copy_out_partial(uaddr_t dst, const void *src, size_t len);
MUST_USE int clear_user(uaddr_t dst, size_t len);
/*
 * Copy a string with its NUL. Returns its length, -EFAULT, or -ENAMETOOLONG when there is
 * no NUL in the first size bytes (callers map that to their own errno).
 */
MUST_USE s64 copy_in_str(char *dst, uaddr_t src, size_t size);
/* A copy in the shared heap of a path shorter than PATH_MAX, which the caller frees by kfree(). */
MUST_USE int copy_in_path(uaddr_t src, char **ret);

/* Aligned atomic access to a 32-bit guest word. */
MUST_USE int user_load_u32(uaddr_t addr, u32 *ret);
MUST_USE int user_cas_u32(uaddr_t addr, u32 expected, u32 desired, u32 *ret_old);

/*
 * Linux: copy_struct_from_user(). The guest's structure has size bytes, ours dst_size: what is
 * missing becomes zero, what is more must be zero (-E2BIG).
 */
MUST_USE int copy_in_sized(void *dst, size_t dst_size, uaddr_t src, u64 size);
#define copy_in_struct(dst, src) copy_in(dst, src, sizeof(*(dst)))
#define copy_out_struct(dst, src) copy_out(dst, src, sizeof(*(src)))

#endif
