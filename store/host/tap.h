/* What libarchive does not tell of the names in an archive: whether a NUL has cut them. */
#ifndef NACRE_STORE_HOST_TAP_H
#define NACRE_STORE_HOST_TAP_H

#include <archive.h>

#include "lib/types.h"

struct tap;

/*
 * Open `archive`, whose formats have been chosen, on what is in fd, taken out of its compression.
 * NULL: archive has the reason; *ret_unknown: it is of none of these formats. To be destroyed
 * after it.
 */
MUST_USE struct tap *tap_open(struct archive *archive, int fd, bool *ret_unknown);
void tap_destroy(struct tap *tap);

/*
 * Have the headers of the entry that was just read a name with a NUL in it? libarchive gives what
 * is before it. The second is for a zip archive that was opened on fd itself.
 */
bool tap_name_is_cut(const struct tap *tap, struct archive *archive);
bool zip_name_is_cut(struct archive *archive, int fd);

#endif
