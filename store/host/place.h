/* Where the store is and what kind it must be. */
#ifndef NACRE_STORE_HOST_PLACE_H
#define NACRE_STORE_HOST_PLACE_H

#include <stdbool.h>

#define STORE_NAME_MAX 200

/* What the file `format` holds, whole: anything else is a store of another kind. */
extern const char store_format[];

/*
 * The store's directory: given, else by the environment (see doc/store.md), malloc'ed. NULL:
 * the environment does not say, or out of memory.
 */
char *store_place(const char *given);

/* Can an image be called this? No '/', no ':' (which separates in --mount), nothing hidden. */
bool store_name_ok(const char *name);

#endif
