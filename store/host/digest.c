/*
 * fs-verity digests with libcrypto's SHA-256, and blocks.c's where there are many blocks.
 *
 * The functions used are the plain ones: they need no provider to be loaded, so the command
 * that links them statically pays a few kilobytes and no start-up time.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "store/host/digest.h"

#include <errno.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/host/blocks.h"

#define HASHES_PER_BLOCK (VERITY_BLOCK / DIGEST_SIZE)
#define DESCRIPTOR_SIZE 256

/*
 * libcrypto asks the processor what it can when a program starts, which a virtual machine's host
 * answers, 30 us in all. Where the program was linked to pass that over it is done here.
 */
void __real_OPENSSL_cpuid_setup(void) __attribute__((weak));

static void context_init(SHA256_CTX *context)
{
	static bool asked;

	if (!asked) {
		asked = true;
		if (__real_OPENSSL_cpuid_setup != NULL)
			__real_OPENSSL_cpuid_setup();
	}
	SHA256_Init(context);
}

void sha256(const void *data, size_t size, u8 ret[DIGEST_SIZE])
{
	SHA256_CTX context;

	context_init(&context);
	SHA256_Update(&context, data, size);
	SHA256_Final(ret, &context);
}

struct sha256 {
	SHA256_CTX context;
};

struct sha256 *sha256_create(void)
{
	struct sha256 *sha = malloc(sizeof(*sha));

	if (sha == NULL)
		abort();
	context_init(&sha->context);
	return sha;
}

void sha256_add(struct sha256 *sha, const void *data, size_t size)
{
	SHA256_Update(&sha->context, data, size);
}

void sha256_end(struct sha256 *sha, u8 ret[DIGEST_SIZE])
{
	SHA256_Final(ret, &sha->context);
	free(sha);
}

void pieces_fini(struct pieces *pieces)
{
	free(pieces->hashes);
	*pieces = (struct pieces){ 0 };
}

static void pieces_add(struct pieces *pieces, const u8 hash[DIGEST_SIZE])
{
	if (pieces->count == PIECES_KEPT)
		return;
	if (pieces->count == pieces->capacity) {
		u64 capacity = MAX(pieces->capacity * 2, (u64)64);
		u8 *hashes = realloc(pieces->hashes, capacity * DIGEST_SIZE);

		if (hashes == NULL)
			return;
		pieces->hashes = hashes;
		pieces->capacity = capacity;
	}
	memcpy(pieces->hashes + pieces->count++ * DIGEST_SIZE, hash, DIGEST_SIZE);
}

void verity_begin(struct verity *verity, struct pieces *pieces)
{
	if (pieces != NULL)
		pieces->count = 0;
	verity->pieces = pieces;
	verity->size = 0;
	verity->fill = 0;
	verity->zeros_known = 0;
	memset(verity->level_fill, 0, sizeof(verity->level_fill));
	memset(verity->level_count, 0, sizeof(verity->level_count));
}

/* A hash of the level below goes into level; a full block of them goes one up. */
static void push(struct verity *verity, u32 level, const u8 hash[DIGEST_SIZE])
{
	u8 up[DIGEST_SIZE];

	if (level == 1 && verity->pieces != NULL)
		pieces_add(verity->pieces, hash);
	memcpy(verity->level[level] + verity->level_fill[level] * DIGEST_SIZE, hash,
	       DIGEST_SIZE);
	verity->level_count[level]++;
	if (++verity->level_fill[level] < HASHES_PER_BLOCK)
		return;
	verity->level_fill[level] = 0;
	sha256(verity->level[level], VERITY_BLOCK, up);
	push(verity, level + 1, up);
}

static void push_blocks(struct verity *verity, const u8 *blocks, u64 count)
{
	u8 hashes[HASHES_PER_BLOCK * DIGEST_SIZE];

	while (count > 0) {
		u64 part = MIN(count, (u64)HASHES_PER_BLOCK);

		sha256_blocks(blocks, part, hashes);
		for (u64 i = 0; i < part; i++)
			push(verity, 0, hashes + i * DIGEST_SIZE);
		blocks += part * VERITY_BLOCK;
		count -= part;
	}
}

void verity_add(struct verity *verity, const void *data, size_t size)
{
	const u8 *at = data;

	verity->size += size;
	if (verity->fill != 0) {
		size_t part = MIN(size, (size_t)(VERITY_BLOCK - verity->fill));

		memcpy(verity->block + verity->fill, at, part);
		verity->fill += (u32)part;
		at += part;
		size -= part;
		if (verity->fill < VERITY_BLOCK)
			return;
		push_blocks(verity, verity->block, 1);
		verity->fill = 0;
	}
	push_blocks(verity, at, size / VERITY_BLOCK);
	verity->fill = (u32)(size % VERITY_BLOCK);
	memcpy(verity->block, at + size - verity->fill, verity->fill);
}

/* --- holes --- */

/* The hash of a whole subtree of zeros that is a hash of that level. */
static const u8 *zeros_hash(struct verity *verity, u32 level)
{
	u8 block[VERITY_BLOCK] = { 0 };

	for (; verity->zeros_known <= level; verity->zeros_known++) {
		u32 i = verity->zeros_known;

		for (u32 at = 0; i != 0 && at < VERITY_BLOCK; at += DIGEST_SIZE)
			memcpy(block + at, verity->zeros[i - 1], DIGEST_SIZE);
		sha256(block, VERITY_BLOCK, verity->zeros[i]);
	}
	return verity->zeros[level];
}

/* So many blocks below one hash of that level. */
static u64 blocks_below(u32 level)
{
	u64 blocks = 1;

	while (level-- > 0)
		blocks *= HASHES_PER_BLOCK;
	return blocks;
}

/* Put in a subtree of zeros whose place begins here, as if its hashes had been pushed. */
static void push_zeros(struct verity *verity, u32 level)
{
	struct pieces *pieces = level > 1 ? verity->pieces : NULL;
	u64 more = pieces == NULL ? 0 : MIN(blocks_below(level - 1), PIECES_KEPT - pieces->count);

	for (; more > 0; more--)
		pieces_add(pieces, zeros_hash(verity, 1));
	for (u32 below = 0; below < level; below++)
		verity->level_count[below] += blocks_below(level - below);
	push(verity, level, zeros_hash(verity, level));
}

void verity_add_zeros(struct verity *verity, u64 size)
{
	static const u8 zeros[VERITY_BLOCK];
	u64 part, blocks;
	u32 level;

	if (verity->fill != 0) {
		part = MIN(size, (u64)(VERITY_BLOCK - verity->fill));
		verity_add(verity, zeros, part);
		size -= part;
	}
	for (blocks = size / VERITY_BLOCK; blocks > 0; blocks -= blocks_below(level)) {
		level = 0;
		while (level + 1 < VERITY_LEVELS && verity->level_fill[level] == 0 &&
		       blocks_below(level + 1) <= blocks)
			level++;
		push_zeros(verity, level);
	}
	verity->size += size - size % VERITY_BLOCK;
	verity_add(verity, zeros, size % VERITY_BLOCK);
}

u64 holes_find(struct holes *holes, u64 at)
{
	off_t data, end;

	if (at >= holes->end) {
		data = lseek(holes->fd, (off_t)at, SEEK_DATA);
		end = data < 0 ? lseek(holes->fd, 0, SEEK_END) :
				 lseek(holes->fd, data, SEEK_HOLE);
		if (data < 0 && errno == ENXIO && end > (off_t)at)
			data = end;
		/* No holes that the file system tells of, or no file with such. */
		holes->data = data < (off_t)at ? at : (u64)data;
		holes->end = end < (off_t)holes->data ? ~(u64)0 : (u64)end;
	}
	return holes->data > at ? holes->data - at : 0;
}

/* --- the end --- */

/* The hash on top; all zero for an empty file. */
static void root_hash(struct verity *verity, u8 ret[DIGEST_SIZE])
{
	u8 hash[DIGEST_SIZE];

	memset(ret, 0, DIGEST_SIZE);
	if (verity->size == 0)
		return;
	for (u32 level = 0; level < VERITY_LEVELS; level++) {
		u32 fill = verity->level_fill[level];

		if (verity->level_count[level] == 1) {
			memcpy(ret, verity->level[level], DIGEST_SIZE);
			return;
		}
		if (fill == 0)
			continue;
		memset(verity->level[level] + fill * DIGEST_SIZE, 0,
		       VERITY_BLOCK - fill * DIGEST_SIZE);
		verity->level_fill[level] = 0;
		sha256(verity->level[level], VERITY_BLOCK, hash);
		push(verity, level + 1, hash);
	}
}

static void describe(struct verity *verity, u8 ret[DIGEST_SIZE])
{
	/* version 1, SHA-256, blocks of 2^12 bytes, no salt, no signature */
	u8 descriptor[DESCRIPTOR_SIZE] = { 1, 1, 12 };

	memcpy(descriptor + 8, &verity->size, sizeof(verity->size));
	root_hash(verity, descriptor + 16);
	sha256(descriptor, sizeof(descriptor), ret);
}

void verity_end(struct verity *verity, u8 ret[DIGEST_SIZE])
{
	if (verity->fill != 0) {
		memset(verity->block + verity->fill, 0, VERITY_BLOCK - verity->fill);
		push_blocks(verity, verity->block, 1);
		verity->fill = 0;
	}
	describe(verity, ret);
}

void verity_of_pieces(struct verity *verity, const struct pieces *pieces, u64 size,
		      u8 ret[DIGEST_SIZE])
{
	verity_begin(verity, NULL);
	verity->size = size;
	for (u64 i = 0; i < pieces->count; i++)
		push(verity, 1, pieces->hashes + i * DIGEST_SIZE);
	describe(verity, ret);
}

void piece_hash(const void *data, size_t size, u8 ret[DIGEST_SIZE])
{
	static const u8 zeros[VERITY_BLOCK];
	u8 hashes[HASHES_PER_BLOCK * DIGEST_SIZE] = { 0 };
	size_t whole = size / VERITY_BLOCK, rest = size % VERITY_BLOCK;
	SHA256_CTX context;

	sha256_blocks(data, whole, hashes);
	if (rest != 0) {
		context_init(&context);
		SHA256_Update(&context, (const u8 *)data + size - rest, rest);
		SHA256_Update(&context, zeros, VERITY_BLOCK - rest);
		SHA256_Final(hashes + whole * DIGEST_SIZE, &context);
	}
	sha256(hashes, sizeof(hashes), ret);
}
