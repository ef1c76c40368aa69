/* Names of directory entries. */
#ifndef NACRE_LIB_NAMES_H
#define NACRE_LIB_NAMES_H

#include "lib/types.h"

/* Are these len bytes "." or ".."? */
static inline bool name_is_dots(const char *name, size_t len)
{
	return (len == 1 && name[0] == '.') || (len == 2 && name[0] == '.' && name[1] == '.');
}

#endif
