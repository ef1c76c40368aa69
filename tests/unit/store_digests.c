/* Digests: blocks side by side, objects in parts of any size, and pieces say the same. */
/* build: store */
#include <stdlib.h>
#include <string.h>

#include "store/host/blocks.h"
#include "store/host/digest.h"
#include "tests/guest/test.h"

#define BLOCKS_MAX 11
#define SIZE_MAX_TRIED (3 * PIECE_SIZE + 5)

static u8 data[SIZE_MAX_TRIED];
static struct verity verity;

static void blocks_are_what_each_is_alone(void)
{
	u8 hashes[BLOCKS_MAX * DIGEST_SIZE + 1], alone[DIGEST_SIZE];

	for (u64 count = 0; count <= BLOCKS_MAX; count++) {
		memset(hashes, 0xa5, sizeof(hashes));
		sha256_blocks(data + count, count, hashes); /* at any place in memory */
		for (u64 i = 0; i < count; i++) {
			sha256(data + count + i * VERITY_BLOCK, VERITY_BLOCK, alone);
			CHECK(memcmp(hashes + i * DIGEST_SIZE, alone, DIGEST_SIZE) == 0);
		}
		CHECK(hashes[count * DIGEST_SIZE] == 0xa5);
	}
}

static void digest_of(size_t size, size_t step, struct pieces *pieces, u8 ret[DIGEST_SIZE])
{
	verity_begin(&verity, pieces);
	for (size_t at = 0; at < size; at += step)
		verity_add(&verity, data + at, MIN(step, size - at));
	verity_end(&verity, ret);
}

static void parts_do_not_matter(size_t size)
{
	static const size_t steps[] = { 1000, VERITY_BLOCK, 5 * VERITY_BLOCK + 1, 200001 };
	u8 whole[DIGEST_SIZE], found[DIGEST_SIZE];

	digest_of(size, MAX(size, (size_t)1), NULL, whole);
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		digest_of(size, steps[i], NULL, found);
		CHECK(memcmp(found, whole, DIGEST_SIZE) == 0);
	}
}

static void pieces_lead_to_the_digest(size_t size)
{
	struct pieces pieces = { 0 };
	u8 whole[DIGEST_SIZE], found[DIGEST_SIZE];

	digest_of(size, 12345, &pieces, whole);
	REQUIRE(pieces.count == pieces_of(size));
	verity_of_pieces(&verity, &pieces, size, found);
	CHECK(memcmp(found, whole, DIGEST_SIZE) == 0);
	for (u64 i = 0; i < pieces.count; i++) {
		piece_hash(data + i * PIECE_SIZE, MIN((size_t)PIECE_SIZE, size - i * PIECE_SIZE),
			   found);
		CHECK(memcmp(found, pieces.hashes + i * DIGEST_SIZE, DIGEST_SIZE) == 0);
	}
	pieces_fini(&pieces);
}

/* Zeros at once are what zeros one after the other are, wherever they lie. */
static void zeros_need_not_be_read(size_t before, size_t zeros, size_t after)
{
	struct pieces read = { 0 }, not_read = { 0 };
	u8 whole[DIGEST_SIZE], found[DIGEST_SIZE];
	static const u8 zero[VERITY_BLOCK];

	verity_begin(&verity, &read);
	verity_add(&verity, data, before);
	for (size_t at = 0; at < zeros; at += sizeof(zero))
		verity_add(&verity, zero, MIN(sizeof(zero), zeros - at));
	verity_add(&verity, data, after);
	verity_end(&verity, whole);
	verity_begin(&verity, &not_read);
	verity_add(&verity, data, before);
	verity_add_zeros(&verity, zeros / 3);
	verity_add_zeros(&verity, zeros - zeros / 3);
	verity_add(&verity, data, after);
	verity_end(&verity, found);
	CHECK(memcmp(found, whole, DIGEST_SIZE) == 0);
	CHECK(read.count == not_read.count);
	CHECK(read.count == 0 ||
	      memcmp(read.hashes, not_read.hashes, read.count * DIGEST_SIZE) == 0);
	pieces_fini(&read);
	pieces_fini(&not_read);
}

static void holes_of_any_size_are_hashed_at_once(void)
{
	struct pieces pieces = { 0 };
	u8 found[DIGEST_SIZE];

	verity_begin(&verity, &pieces);
	verity_add(&verity, data, 5);
	verity_add_zeros(&verity, (u64)1 << 62);
	verity_add(&verity, data, 5);
	verity_end(&verity, found);
	CHECK(verity.size == ((u64)1 << 62) + 10);
	CHECK(pieces.count == PIECES_KEPT);
	pieces_fini(&pieces);
}

int main(void)
{
	static const size_t holes[] = { 0,	     1,		      VERITY_BLOCK,
					VERITY_BLOCK + 5, PIECE_SIZE, PIECE_SIZE + 5,
					130 * (size_t)PIECE_SIZE + 4099 };
	static const size_t sizes[] = { 0,	     1,		       VERITY_BLOCK - 1,
					VERITY_BLOCK, VERITY_BLOCK + 1, 7 * VERITY_BLOCK + 100,
					PIECE_SIZE,   SIZE_MAX_TRIED };

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (u8)(rand() >> 7);
	for (size_t i = 0; i < ARRAY_SIZE(holes); i++)
		for (size_t n = 0; n < 9; n++)
			zeros_need_not_be_read(sizes[n % 3 * 2], holes[i], sizes[n / 3 * 2 + 1]);
	holes_of_any_size_are_hashed_at_once();
	blocks_are_what_each_is_alone();
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		parts_do_not_matter(sizes[i]);
	pieces_lead_to_the_digest(PIECE_SIZE + 1);
	pieces_lead_to_the_digest(2 * PIECE_SIZE);
	pieces_lead_to_the_digest(SIZE_MAX_TRIED);
	return TEST_RESULT;
}
