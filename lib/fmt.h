/* Formatted output into a buffer: the printf subset the kernel needs. */
#ifndef NACRE_LIB_FMT_H
#define NACRE_LIB_FMT_H

#include <stdarg.h>

#include "lib/types.h"

/*
 * Write at most size bytes including the terminating NUL. Returns the length the whole text
 * would have, so a result >= size means it was cut. Knows d i u x X o c s p %, flags 0 - #,
 * width and precision (also *), and the lengths hh h l ll z.
 */
int fmt_vprint(char *buf, size_t size, const char *fmt, va_list args);
int fmt_print(char *buf, size_t size, const char *fmt, ...) PRINTF_LIKE(3, 4);

#endif
