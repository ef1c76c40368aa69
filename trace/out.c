/* A growing text. See out.h. */
#include "trace/out.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void out_fini(struct out *out)
{
	free(out->text);
	*out = (struct out){ 0 };
}

static bool reserve(struct out *out, size_t len)
{
	size_t space = MAX(out->space * 2, out->len + len + 256);
	char *text;

	if (out->space - out->len > len)
		return true;
	text = realloc(out->text, space);
	if (text == NULL)
		return false;
	out->text = text;
	out->space = space;
	return true;
}

void out_bytes(struct out *out, const void *bytes, size_t len)
{
	if (len == 0 || !reserve(out, len))
		return;
	memcpy(out->text + out->len, bytes, len);
	out->len += len;
	out->text[out->len] = 0;
}

void out_text(struct out *out, const char *text)
{
	out_bytes(out, text, strlen(text));
}

void out_put(struct out *out, const char *fmt, ...)
{
	char buf[512];
	va_list args;

	va_start(args, fmt);
	int n = vsnprintf(buf, sizeof(buf), fmt, args);

	va_end(args);
	if (n > 0)
		out_bytes(out, buf, MIN((size_t)n, sizeof(buf) - 1));
}

void out_column(struct out *out, s64 line_start, s64 column)
{
	s64 at = (s64)out->len - line_start;

	for (; at < column; at++)
		out_bytes(out, " ", 1);
}

/* The letter after the backslash, 0: none. */
static char short_escape(u8 c)
{
	static const char letters[] = "\tt\nn\vv\ff\rr";

	for (const char *p = letters; *p != 0; p += 2)
		if ((u8)*p == c)
			return p[1];
	return 0;
}

void out_quoted(struct out *out, const u8 *bytes, size_t len, enum quote quote)
{
	if (quote != QUOTE_FD)
		out_text(out, "\"");
	for (size_t i = 0; i < len; i++) {
		u8 c = bytes[i];
		bool digit_next = i + 1 < len && bytes[i + 1] >= '0' && bytes[i + 1] <= '7';
		char letter = short_escape(c);

		if (quote == QUOTE_HEX)
			out_put(out, "\\x%02x", c);
		else if (letter != 0)
			out_put(out, "\\%c", letter);
		else if (c == '\\' || (c == '"' && quote == QUOTE_OCTAL))
			out_put(out, "\\%c", c);
		else if (c < ' ' || c > '~' || (c == '>' && quote == QUOTE_FD) ||
			 (c == '<' && quote == QUOTE_FD))
			out_put(out, digit_next ? "\\%03o" : "\\%o", c);
		else
			out_bytes(out, &c, 1);
	}
	if (quote != QUOTE_FD)
		out_text(out, "\"");
}
