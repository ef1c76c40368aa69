/* Text that grows while it is printed. */
#include "kernel/fs/proc/pseudo.h"
#include "lib/fmt.h"
#include "lib/string.h"

#define SEQ_FIRST 512u
#define SEQ_MAX ((size_t)1 << 28)

char *seq_reserve(struct seq *s, size_t len)
{
	size_t size = MAX(s->size, (size_t)SEQ_FIRST);
	char *bigger;

	if (s->failed || len > SEQ_MAX - s->len) {
		s->failed = true;
		return NULL;
	}
	if (s->buf != NULL && s->size - s->len >= len)
		return s->buf + s->len;
	while (size - s->len < len)
		size *= 2;
	bigger = kzalloc(size);
	if (bigger == NULL) {
		s->failed = true;
		return NULL;
	}
	if (s->len != 0)
		memcpy(bigger, s->buf, s->len);
	kfree(s->buf);
	s->buf = bigger;
	s->size = size;
	return s->buf + s->len;
}

void seq_write(struct seq *s, const void *data, size_t len)
{
	char *to = seq_reserve(s, len);

	if (to == NULL)
		return;
	memcpy(to, data, len);
	s->len += len;
}

void seq_string(struct seq *s, const char *text)
{
	seq_write(s, text, strlen(text));
}

void seq_print(struct seq *s, const char *fmt, ...)
{
	size_t room = 128;

	for (;;) {
		char *to = seq_reserve(s, room);
		va_list args;
		int len;

		if (to == NULL)
			return;
		va_start(args, fmt);
		len = fmt_vprint(to, s->size - s->len, fmt, args);
		va_end(args);
		if (len < 0)
			return;
		if ((size_t)len < s->size - s->len) {
			s->len += (size_t)len;
			return;
		}
		room = (size_t)len + 1;
	}
}
