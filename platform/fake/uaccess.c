/* kernel/mm/uaccess.h over the fake's guest memory. */
#include "kernel/mm/uaccess.h"

#include "abi/errno.h"
#include "kernel/mm/heap.h"
#include "kernel/mm/zone.h"
#include "lib/string.h"
#include "platform/fake/fake.h"
#include "platform/fake/internal.h"

#define PATH_BYTES_MAX 4096

WEAK uaddr_t zone_base = ZONE_MIN;

WEAK bool user_range_ok(uaddr_t addr, u64 len)
{
	u64 end;

	if (__builtin_add_overflow(addr, len, &end) || end > USER_ADDR_MAX)
		return false;
	return end <= zone_base || addr >= zone_base + ZONE_SIZE;
}

WEAK size_t copy_in_partial(void *dst, uaddr_t src, size_t len)
{
	return user_range_ok(src, len) ? len - fake_guest_read(src, dst, len) : len;
}

WEAK size_t copy_out_partial(uaddr_t dst, const void *src, size_t len)
{
	return user_range_ok(dst, len) ? len - fake_guest_write(dst, src, len) : len;
}

WEAK int copy_in(void *dst, uaddr_t src, size_t len)
{
	return copy_in_partial(dst, src, len) == 0 ? 0 : -EFAULT;
}

WEAK int copy_out(uaddr_t dst, const void *src, size_t len)
{
	return copy_out_partial(dst, src, len) == 0 ? 0 : -EFAULT;
}

WEAK int clear_user(uaddr_t dst, size_t len)
{
	static const u8 zeros[PAGE_SIZE];

	if (!user_range_ok(dst, len))
		return -EFAULT;
	while (len > 0) {
		size_t n = MIN(len, sizeof(zeros));

		if (copy_out(dst, zeros, n) < 0)
			return -EFAULT;
		dst += n;
		len -= n;
	}
	return 0;
}

WEAK s64 copy_in_str(char *dst, uaddr_t src, size_t size)
{
	size_t n = 0;

	while (n < size) {
		size_t chunk = MIN(size - n, PAGE_SIZE - ((src + n) & ~PAGE_MASK));
		const char *nul;

		if (copy_in(dst + n, src + n, chunk) < 0)
			return -EFAULT;
		nul = memchr(dst + n, '\0', chunk);
		if (nul != NULL)
			return nul - dst;
		n += chunk;
	}
	return -ENAMETOOLONG;
}

WEAK int copy_in_path(uaddr_t src, char **ret)
{
	char *path = kzalloc(PATH_BYTES_MAX);
	s64 len;

	if (path == NULL)
		return -ENOMEM;
	len = copy_in_str(path, src, PATH_BYTES_MAX);
	if (len < 0) {
		kfree(path);
		return (int)len;
	}
	*ret = path;
	return 0;
}

WEAK int user_load_u32(uaddr_t addr, u32 *ret)
{
	if (fake_is_identity() && copy_in(ret, addr, sizeof(*ret)) == 0) {
		*ret = atomic_load((u32 *)addr);
		return 0;
	}
	return copy_in(ret, addr, sizeof(*ret));
}

/*
 * Atomic in identity mode; simulated memory has no other threads that are not in here
 * too.
 */
WEAK int user_cas_u32(uaddr_t addr, u32 expected, u32 desired, u32 *ret_old)
{
	u32 old;

	if (copy_in(&old, addr, sizeof(old)) < 0)
		return -EFAULT;
	if (fake_is_identity()) {
		old = expected;
		(void)atomic_cas((u32 *)addr, &old, desired);
	} else if (old == expected && copy_out(addr, &desired, sizeof(desired)) < 0) {
		return -EFAULT;
	}
	*ret_old = old;
	return 0;
}
