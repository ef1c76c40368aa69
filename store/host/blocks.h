/* SHA-256 of many blocks of VERITY_BLOCK bytes, two at a time where the processor helps. */
#ifndef NACRE_STORE_HOST_BLOCKS_H
#define NACRE_STORE_HOST_BLOCKS_H

#include "lib/types.h"

/*
 * The hashes of `count` blocks that lie one behind the other: DIGEST_SIZE bytes for each, in
 * order, to ret. May be called by several threads at once.
 */
void sha256_blocks(const u8 *data, u64 count, u8 *ret);

#endif
