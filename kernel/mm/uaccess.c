/*
 * Guest memory. The instructions here, and only these (and direct host transfers of checked
 * ranges), touch addresses the guest chose. Each is in the exception table.
 */
#include "kernel/mm/uaccess.h"

#include "abi/errno.h"
#include "kernel/mm/extable.h"
#include "kernel/mm/heap.h"
#include "kernel/mm/zone.h"
#include "kernel/sync/lock.h"
#include "lib/string.h"
#include "lib/word.h"

#define PATH_BYTES_MAX 4096
#define SMALL_PATH 256 /* most take no more memory than they need */
#define COPY_WORDS_MAX 256u

extern const struct extable_entry __extable_start[] HIDDEN, __extable_end[] HIDDEN;

u64 extable_find(u64 ip)
{
	for (const struct extable_entry *e = __extable_start; e < __extable_end; e++)
		if ((u64)&e->insn + (u64)(s64)e->insn == ip)
			return (u64)&e->insn + (u64)(s64)e->fixup;
	return 0;
}

bool user_range_ok(uaddr_t addr, u64 len)
{
	u64 end;

	if (__builtin_add_overflow(addr, len, &end) || end > USER_ADDR_MAX)
		return false;
	return end <= zone_base || addr >= zone_base + ZONE_SIZE;
}

/*
 * Copies forward; what is left in len when an access faults was not copied. Words and bytes are
 * faster for little; a word that faults is tried again by bytes.
 */
static size_t raw_copy(void *dst, const void *src, size_t len)
{
	u64 word;

	if (len > COPY_WORDS_MAX) {
		__asm__ volatile("1: rep movsb\n"
				 "2:\n\t" EXTABLE("1b", "2b")
				 : "+D"(dst), "+S"(src), "+c"(len)
				 :
				 : "memory");
		return len;
	}
	__asm__ volatile("jmp 3f\n"
			 "1: movq (%1), %3\n"
			 "2: movq %3, (%0)\n\t"
			 "addq $8, %1\n\t"
			 "addq $8, %0\n"
			 "3: subq $8, %2\n\t"
			 "jae 1b\n"
			 "4: addq $8, %2\n\t"
			 "jz 7f\n"
			 "5: movb (%1), %b3\n"
			 "6: movb %b3, (%0)\n\t"
			 "incq %1\n\t"
			 "incq %0\n\t"
			 "decq %2\n\t"
			 "jnz 5b\n"
			 "7:\n\t" EXTABLE("1b", "4b") EXTABLE("2b", "4b")
			 EXTABLE("5b", "7b") EXTABLE("6b", "7b")
			 : "+r"(dst), "+r"(src), "+r"(len), "=&r"(word)
			 :
			 : "memory");
	return len;
}

size_t copy_in_partial(void *dst, uaddr_t src, size_t len)
{
	if (!user_range_ok(src, len))
		return len;
	lock_debug_copy();
	return raw_copy(dst, (const void *)src, len);
}

size_t copy_out_partial(uaddr_t dst, const void *src, size_t len)
{
	if (!user_range_ok(dst, len))
		return len;
	lock_debug_copy();
	return raw_copy((void *)dst, src, len);
}

int copy_in(void *dst, uaddr_t src, size_t len)
{
	return copy_in_partial(dst, src, len) == 0 ? 0 : -EFAULT;
}

int copy_out(uaddr_t dst, const void *src, size_t len)
{
	return copy_out_partial(dst, src, len) == 0 ? 0 : -EFAULT;
}

int clear_user(uaddr_t dst, size_t len)
{
	void *p = (void *)dst;

	if (!user_range_ok(dst, len))
		return -EFAULT;
	__asm__ volatile("1: rep stosb\n"
			 "2:\n\t" EXTABLE("1b", "2b")
			 : "+D"(p), "+c"(len)
			 : "a"(0)
			 : "memory");
	return len == 0 ? 0 : -EFAULT;
}

/* One byte, or -EFAULT. */
static int load_byte(uaddr_t src)
{
	int ret = -EFAULT;
	u32 byte;

	__asm__ volatile("1: movzbl (%2), %1\n\t"
			 "movl %1, %0\n"
			 "2:\n\t" EXTABLE("1b", "2b")
			 : "+r"(ret), "=&r"(byte)
			 : "r"(src)
			 : "memory");
	return ret;
}

/* The same of eight. */
static bool load_word(uaddr_t src, u64 *ret)
{
	bool ok = false;

	__asm__ volatile("1: movq (%2), %1\n\t"
			 "movb $1, %b0\n"
			 "2:\n\t" EXTABLE("1b", "2b")
			 : "+r"(ok), "=&r"(*ret)
			 : "r"(src)
			 : "memory");
	return ok;
}

s64 copy_in_str(char *dst, uaddr_t src, size_t size)
{
	size_t n = 0;

	while (n < size) {
		/* By words within a page: a string may end just before a hole. */
		size_t end = n + MIN(size - n, PAGE_SIZE - ((src + n) & (PAGE_SIZE - 1)));
		u64 word, zero;

		if (!user_range_ok(src + n, end - n))
			return -EFAULT;
		for (; end - n >= sizeof(word); n += sizeof(word)) {
			if (!load_word(src + n, &word))
				return -EFAULT;
			word_store(dst + n, word);
			zero = word_find_zero(word);
			if (zero != 0)
				return (s64)(n + word_count_before(zero));
		}
		for (; n < end; n++) {
			int byte = load_byte(src + n);

			if (byte < 0)
				return byte;
			dst[n] = (char)byte;
			if (byte == 0)
				return (s64)n;
		}
	}
	return -ENAMETOOLONG;
}

int copy_in_path(uaddr_t src, char **ret)
{
	char small[SMALL_PATH], *path;
	s64 len = copy_in_str(small, src, sizeof(small));

	if (len >= 0) {
		*ret = kmemdup(small, (size_t)len + 1);
		return *ret == NULL ? -ENOMEM : 0;
	}
	if (len != -ENAMETOOLONG)
		return (int)len;
	path = kmalloc(PATH_BYTES_MAX);
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

int user_load_u32(uaddr_t addr, u32 *ret)
{
	u32 value;
	int err = -EFAULT;

	if (!user_range_ok(addr, sizeof(u32)))
		return -EFAULT;
	__asm__ volatile("1: movl (%2), %1\n\t"
			 "xorl %0, %0\n"
			 "2:\n\t" EXTABLE("1b", "2b")
			 : "+r"(err), "=&r"(value)
			 : "r"(addr)
			 : "memory");
	if (err == 0)
		*ret = value;
	return err;
}

int user_cas_u32(uaddr_t addr, u32 expected, u32 desired, u32 *ret_old)
{
	int err = -EFAULT;

	if (!user_range_ok(addr, sizeof(u32)))
		return -EFAULT;
	__asm__ volatile("1: lock cmpxchgl %3, (%2)\n\t"
			 "movl $0, %0\n"
			 "2:\n\t" EXTABLE("1b", "2b")
			 : "+r"(err), "+a"(expected)
			 : "r"(addr), "r"(desired)
			 : "memory");
	if (err == 0)
		*ret_old = expected;
	return err;
}

int copy_in_sized(void *dst, size_t dst_size, uaddr_t src, u64 size)
{
	u8 more[64];

	if (copy_in(dst, src, MIN(size, (u64)dst_size)) < 0)
		return -EFAULT;
	if (size < dst_size)
		memset((u8 *)dst + size, 0, dst_size - size);
	for (u64 at = dst_size; at < size;) {
		size_t len = MIN(size - at, sizeof(more));

		if (copy_in(more, src + at, len) < 0)
			return -EFAULT;
		for (size_t i = 0; i < len; i++)
			if (more[i] != 0)
				return -E2BIG;
		at += len;
	}
	return 0;
}
