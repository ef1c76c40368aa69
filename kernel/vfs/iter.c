/* The cursor over the memory of one read or write. See iter.h. */
#include "kernel/vfs/iter.h"

#include "abi/errno.h"
#include "kernel/mm/uaccess.h"
#include "lib/string.h"

static void iter_init_one(struct iter *it, u64 base, size_t len, bool kernel)
{
	it->one.iov_base = base;
	it->one.iov_len = MIN(len, RW_COUNT_MAX);
	it->iov = &it->one;
	it->iov_count = 1;
	it->index = 0;
	it->skip = 0;
	it->count = it->one.iov_len;
	it->kernel = kernel;
	it->no_wait = false;
	it->append = ITER_AS_FILE;
}

void iter_init_user(struct iter *it, uaddr_t buf, size_t len)
{
	iter_init_one(it, buf, len, false);
}

void iter_init_kernel(struct iter *it, const void *buf, size_t len)
{
	iter_init_one(it, (u64)buf, len, true);
}

void iter_init_iov(struct iter *it, const struct linux_iovec *iov, u32 iov_count,
		   size_t total)
{
	it->iov = iov;
	it->iov_count = iov_count;
	it->index = 0;
	it->skip = 0;
	it->count = MIN(total, RW_COUNT_MAX);
	it->kernel = false;
	it->no_wait = false;
	it->append = ITER_AS_FILE;
}

/* The current piece: its address and length, at most max and count; length 0 at the end. */
static size_t iter_current(struct iter *it, size_t max, u64 *ret_addr)
{
	max = MIN(max, it->count);
	if (max == 0)
		return 0;
	while (it->index < it->iov_count && it->skip >= it->iov[it->index].iov_len) {
		it->index++;
		it->skip = 0;
	}
	if (it->index >= it->iov_count)
		return 0;
	*ret_addr = it->iov[it->index].iov_base + it->skip;
	return MIN(max, it->iov[it->index].iov_len - it->skip);
}

void iter_advance(struct iter *it, size_t len)
{
	u64 addr;
	size_t n;

	while ((n = iter_current(it, len, &addr)) != 0) {
		it->skip += n;
		it->count -= n;
		len -= n;
	}
}

enum iter_way { ITER_TO, ITER_FROM, ITER_ZERO };

/* Bytes not moved. */
static size_t guest_move(uaddr_t addr, void *mem, size_t len, enum iter_way way)
{
	switch (way) {
	case ITER_TO:
		return copy_out_partial(addr, mem, len);
	case ITER_FROM:
		return copy_in_partial(mem, addr, len);
	default:
		return clear_user(addr, len) == 0 ? 0 : len;
	}
}

static void kernel_move(void *addr, void *mem, size_t len, enum iter_way way)
{
	if (way == ITER_TO)
		memcpy(addr, mem, len);
	else if (way == ITER_FROM)
		memcpy(mem, addr, len);
	else
		memset(addr, 0, len);
}

static s64 iter_move(struct iter *it, char *mem, size_t len, enum iter_way way)
{
	size_t done = 0, n, left;
	u64 addr = 0;

	while ((n = iter_current(it, len - done, &addr)) != 0) {
		/* By the page, so that clearing can tell how far it came. */
		if (way == ITER_ZERO && !it->kernel)
			n = MIN(n, PAGE_SIZE - (addr & (PAGE_SIZE - 1)));
		left = 0;
		if (it->kernel)
			kernel_move((void *)addr, mem, n, way);
		else
			left = guest_move(addr, mem, n, way);
		if (mem != NULL)
			mem += n;
		it->skip += n - left;
		it->count -= n - left;
		done += n - left;
		if (left != 0)
			return done == 0 ? -EFAULT : (s64)done;
	}
	return (s64)done;
}

s64 iter_copy_to(struct iter *it, const void *src, size_t len)
{
	return iter_move(it, (char *)(uintptr_t)src, len, ITER_TO);
}

s64 iter_copy_from(struct iter *it, void *dst, size_t len)
{
	return iter_move(it, dst, len, ITER_FROM);
}

s64 iter_zero(struct iter *it, size_t len)
{
	return iter_move(it, NULL, len, ITER_ZERO);
}

s64 iter_piece(struct iter *it, size_t max, void **ret_ptr)
{
	u64 addr = 0;
	size_t n = iter_current(it, max, &addr);

	if (n == 0)
		return 0;
	if (!it->kernel && !user_range_ok(addr, n))
		return -EFAULT;
	*ret_ptr = (void *)addr;
	return (s64)n;
}
