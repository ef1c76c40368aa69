/*
 * fs-verity digests: the name of an object.
 *
 * A Merkle tree of SHA-256 over blocks of 4 KiB, then a descriptor with the size; what
 * `fsverity digest` prints and what the kernel enforces for a file with fs-verity enabled.
 * Linux: Documentation/filesystems/fsverity.rst, "Merkle tree" and "fs-verity descriptor".
 */
#ifndef NACRE_STORE_HOST_DIGEST_H
#define NACRE_STORE_HOST_DIGEST_H

#include "lib/types.h"

#define DIGEST_SIZE 32
#define VERITY_BLOCK 4096
#define VERITY_LEVELS 8 /* 128^8 blocks are more than a file can have */

/* One computation at a time; 40 KiB. */
struct verity {
	u64 size;
	u32 fill; /* of block */
	u32 level_fill[VERITY_LEVELS];
	u64 level_count[VERITY_LEVELS];
	u8 block[VERITY_BLOCK];
	u8 level[VERITY_LEVELS][VERITY_BLOCK];
};

void verity_begin(struct verity *verity);
void verity_add(struct verity *verity, const void *data, size_t size);
void verity_end(struct verity *verity, u8 ret[DIGEST_SIZE]);

/* Plain SHA-256, as OCI names its blobs. */
void sha256(const void *data, size_t size, u8 ret[DIGEST_SIZE]);
struct sha256;
struct sha256 *sha256_create(void);
void sha256_add(struct sha256 *sha, const void *data, size_t size);
/* Ends and frees it. */
void sha256_end(struct sha256 *sha, u8 ret[DIGEST_SIZE]);

#endif
