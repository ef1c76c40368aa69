/* Memory and string functions for freestanding code; gcc also emits calls to the mem* ones. */
#include "lib/string.h"

#include "lib/word.h"

/*
 * rep movsb/stosb: fast on every CPU with ERMS, and it leaves vector registers alone, which
 * the kernel must (they hold the guest's live state). Short blocks avoid the start-up cost.
 */
void *memcpy(void *restrict dst, const void *restrict src, size_t n)
{
	void *ret = dst;

	if (n < 32) {
		u8 *d = dst;
		const u8 *s = src;

		if (n >= 16) {
			u64 a = *(const u64_unaligned *)s;
			u64 b = *(const u64_unaligned *)(s + 8);
			u64 c = *(const u64_unaligned *)(s + n - 16);
			u64 e = *(const u64_unaligned *)(s + n - 8);

			*(u64_unaligned *)d = a;
			*(u64_unaligned *)(d + 8) = b;
			*(u64_unaligned *)(d + n - 16) = c;
			*(u64_unaligned *)(d + n - 8) = e;
			return ret;
		}
		if (n >= 8) {
			u64 a = *(const u64_unaligned *)s;
			u64 b = *(const u64_unaligned *)(s + n - 8);

			*(u64_unaligned *)d = a;
			*(u64_unaligned *)(d + n - 8) = b;
			return ret;
		}
		while (n-- > 0)
			*d++ = *s++;
		return ret;
	}
	__asm__ volatile("rep movsb" : "+D"(dst), "+S"(src), "+c"(n) : : "memory");
	return ret;
}

void *memmove(void *dst, const void *src, size_t n)
{
	u8 *d = dst;
	const u8 *s = src;

	if (d == s || n == 0)
		return dst;
	if (d < s || d >= s + n)
		return memcpy(dst, src, n);
	/* Overlapping with the destination above: copy from the end, eight bytes at a time. */
	while (n >= 8) {
		n -= 8;
		u64 v = *(const u64_unaligned *)(s + n);
		*(u64_unaligned *)(d + n) = v;
	}
	while (n-- > 0)
		d[n] = s[n];
	return dst;
}

void *memset(void *dst, int c, size_t n)
{
	void *ret = dst;

	__asm__ volatile("rep stosb" : "+D"(dst), "+c"(n) : "a"(c) : "memory");
	return ret;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const u8 *x = a, *y = b;
	size_t i = 0;

	while (n - i >= 8 && word_load(x + i) == word_load(y + i))
		i += 8;
	for (; i < n; i++)
		if (x[i] != y[i])
			return x[i] - y[i];
	return 0;
}

void *memchr(const void *s, int c, size_t n)
{
	const u8 *p = s;
	size_t i = 0;

	while (n - i >= 8 && word_find(word_load(p + i), (char)c) == 0)
		i += 8;
	for (; i < n; i++)
		if (p[i] == (u8)c)
			return (void *)(uintptr_t)(p + i);
	return NULL;
}

size_t strlen(const char *s)
{
	size_t n = 0;

	/* The barrier keeps the compiler from turning the loop into a call of strlen. */
	while (s[n] != '\0') {
		n++;
		__asm__ volatile("");
	}
	return n;
}

size_t strnlen(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n] != '\0')
		n++;
	return n;
}

int strcmp(const char *a, const char *b)
{
	while (*a != '\0' && *a == *b)
		a++, b++;
	return (u8)*a - (u8)*b;
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n > 0; a++, b++, n--)
		if (*a != *b || *a == '\0')
			return (u8)*a - (u8)*b;
	return 0;
}

char *strchr(const char *s, int c)
{
	for (;; s++) {
		if (*s == (char)c)
			return (char *)(uintptr_t)s;
		if (*s == '\0')
			return NULL;
	}
}

char *strrchr(const char *s, int c)
{
	const char *last = NULL;

	for (;; s++) {
		if (*s == (char)c)
			last = s;
		if (*s == '\0')
			return (char *)(uintptr_t)last;
	}
}

size_t str_copy(char *dst, const char *src, size_t size)
{
	size_t len = strlen(src);

	if (size > 0) {
		size_t n = MIN(len, size - 1);

		memcpy(dst, src, n);
		dst[n] = '\0';
	}
	return len;
}
