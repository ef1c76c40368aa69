/* A growing text, which is what printers write to. Running out of memory cuts the text. */
#ifndef NACRE_TRACE_OUT_H
#define NACRE_TRACE_OUT_H

#include "lib/types.h"

struct out {
	char *text;
	size_t len, space;
};

void out_fini(struct out *out);
void out_put(struct out *out, const char *fmt, ...) PRINTF_LIKE(2, 3);
void out_text(struct out *out, const char *text);
void out_bytes(struct out *out, const void *bytes, size_t len);
/* Spaces up to that length of a line that begins at line_start; none if it is longer. */
void out_column(struct out *out, s64 line_start, s64 column);

enum quote {
	QUOTE_OCTAL, /* as strace: \1, \n, \" */
	QUOTE_HEX,   /* every byte: \x01 */
	QUOTE_FD,    /* what stands between < and >: no quotes around, > and \ escaped */
};
void out_quoted(struct out *out, const u8 *bytes, size_t len, enum quote quote);

#endif
