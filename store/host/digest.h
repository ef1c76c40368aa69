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
#define VERITY_LEVELS 9 /* 128^8 blocks are more than a file can have; the hash of all is on top */

/*
 * What one hash block of the tree's first level covers: a large object is verified by pieces
 * of this size. The hashes of the pieces are 1/16384 of the object and lead to its digest.
 */
#define PIECE_SIZE (VERITY_BLOCK / DIGEST_SIZE * VERITY_BLOCK)

static inline u64 pieces_of(u64 size)
{
	return size / PIECE_SIZE + (size % PIECE_SIZE != 0);
}

/*
 * Hashes of pieces, in order; all 0 at first. Fewer than pieces_of(): out of memory, or there
 * are more than PIECES_KEPT.
 */
#define PIECES_KEPT ((u64)1 << 22) /* 2 TiB; the hashes take 128 MiB */
struct pieces {
	u8 *hashes; /* count * DIGEST_SIZE */
	u64 count, capacity;
};

void pieces_fini(struct pieces *pieces);

/* One computation at a time; 40 KiB. */
struct verity {
	u64 size;
	struct pieces *pieces; /* NULL: not wanted */
	u32 fill; /* of block */
	u32 level_fill[VERITY_LEVELS];
	u64 level_count[VERITY_LEVELS];
	u8 block[VERITY_BLOCK];
	u8 level[VERITY_LEVELS][VERITY_BLOCK];
	u32 zeros_known;
	u8 zeros[VERITY_LEVELS][DIGEST_SIZE]; /* of subtrees of zeros */
};

/* pieces: NULL, or where the hashes of the pieces go; it is emptied. */
void verity_begin(struct verity *verity, struct pieces *pieces);
void verity_add(struct verity *verity, const void *data, size_t size);
/* As verity_add() of so many zeros, whatever their number in no time. */
void verity_add_zeros(struct verity *verity, u64 size);
void verity_end(struct verity *verity, u8 ret[DIGEST_SIZE]);

/* The digest of an object of that size, more than a piece, whose pieces have these hashes. */
void verity_of_pieces(struct verity *verity, const struct pieces *pieces, u64 size,
		      u8 ret[DIGEST_SIZE]);
/* What is known of where a file has holes: at first the descriptor alone. */
struct holes {
	int fd;
	u64 data, end; /* from data to end there is content, before it a hole */
};

/*
 * How many bytes from `at` on are a hole of the file; 0: something is to be read there, or the file
 * ends. Asked for ascending places. Moves the descriptor's position.
 */
u64 holes_find(struct holes *holes, u64 at);

/* The hash of one piece; size is less than PIECE_SIZE only at the end of an object. */
void piece_hash(const void *data, size_t size, u8 ret[DIGEST_SIZE]);

/* Plain SHA-256, as OCI names its blobs. */
void sha256(const void *data, size_t size, u8 ret[DIGEST_SIZE]);
struct sha256;
struct sha256 *sha256_create(void);
void sha256_add(struct sha256 *sha, const void *data, size_t size);
/* Ends and frees it. */
void sha256_end(struct sha256 *sha, u8 ret[DIGEST_SIZE]);

#endif
