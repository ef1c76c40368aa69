/*
 * SHA-256 of blocks, two at a time.
 *
 * Each of the processor's SHA instructions waits for the one before it, and has time for a
 * second one meanwhile: two blocks side by side take little longer than one. That is the
 * difference to libcrypto, which hashes one message and is used where there are no such
 * instructions, and for the odd block.
 *
 * FIPS 180-4, "SHA-256"; Intel's manual, volume 1, "Intel SHA Extensions".
 */
#include "store/host/blocks.h"

#include <cpuid.h>
#include <immintrin.h>
#include <string.h>

#include "store/host/digest.h"

#define CHUNK 64 /* what SHA-256 takes at once */
#define WORDS 16 /* of a chunk */

#define WITH_SHA __attribute__((target("sha,sse4.1,ssse3")))

static const u32 round_constants[64] __attribute__((aligned(16))) = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
	0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
	0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
	0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
	0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
	0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
	0xc67178f2,
};

/* The eight words of the state as the instructions want them: A B E F and C D G H. */
struct lane {
	__m128i abef, cdgh;
};

static const u32 start_abef[4] = { 0x9b05688c, 0x510e527f, 0xbb67ae85, 0x6a09e667 };
static const u32 start_cdgh[4] = { 0x5be0cd19, 0x1f83d9ab, 0xa54ff53a, 0x3c6ef372 };

/* Words are big-endian in the message. */
WITH_SHA static inline __m128i load_words(const u8 *at)
{
	const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);

	return _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)at), swap);
}

/* Four rounds with four words of the schedule. */
WITH_SHA static inline void four_rounds(struct lane *lane, __m128i words, __m128i constants)
{
	__m128i sum = _mm_add_epi32(words, constants);

	lane->cdgh = _mm_sha256rnds2_epu32(lane->cdgh, lane->abef, sum);
	lane->abef = _mm_sha256rnds2_epu32(lane->abef, lane->cdgh, _mm_shuffle_epi32(sum, 0x0e));
}

/* The next four words of the schedule in the place of the oldest; w: the last sixteen. */
WITH_SHA static inline void next_words(__m128i w[4], u32 oldest)
{
	__m128i last = w[(oldest + 3) % 4], sum;

	sum = _mm_sha256msg1_epu32(w[oldest], w[(oldest + 1) % 4]);
	sum = _mm_add_epi32(sum, _mm_alignr_epi8(last, w[(oldest + 2) % 4], 4));
	w[oldest] = _mm_sha256msg2_epu32(sum, last);
}

/* One chunk of each of two messages. */
WITH_SHA static inline void add_chunks(struct lane *a, struct lane *b, const u8 *from_a,
				       const u8 *from_b)
{
	const __m128i *constants = (const __m128i *)round_constants;
	struct lane old_a = *a, old_b = *b;
	__m128i wa[4], wb[4];

#pragma GCC unroll 16
	for (u32 i = 0; i < WORDS; i++) {
		if (i < 4) {
			wa[i] = load_words(from_a + i * sizeof(__m128i));
			wb[i] = load_words(from_b + i * sizeof(__m128i));
		} else {
			next_words(wa, i % 4);
			next_words(wb, i % 4);
		}
		four_rounds(a, wa[i % 4], constants[i]);
		four_rounds(b, wb[i % 4], constants[i]);
	}
	a->abef = _mm_add_epi32(a->abef, old_a.abef);
	a->cdgh = _mm_add_epi32(a->cdgh, old_a.cdgh);
	b->abef = _mm_add_epi32(b->abef, old_b.abef);
	b->cdgh = _mm_add_epi32(b->cdgh, old_b.cdgh);
}

WITH_SHA static inline void lane_start(struct lane *lane)
{
	lane->abef = _mm_loadu_si128((const __m128i *)start_abef);
	lane->cdgh = _mm_loadu_si128((const __m128i *)start_cdgh);
}

WITH_SHA static inline void lane_digest(const struct lane *lane, u8 ret[DIGEST_SIZE])
{
	u32 abef[4], cdgh[4];

	_mm_storeu_si128((__m128i *)abef, lane->abef);
	_mm_storeu_si128((__m128i *)cdgh, lane->cdgh);
	const u32 words[8] = { abef[3], abef[2], cdgh[3], cdgh[2],
			       abef[1], abef[0], cdgh[1], cdgh[0] };

	for (u32 i = 0; i < 8; i++) {
		u32 big = __builtin_bswap32(words[i]);

		memcpy(ret + i * sizeof(big), &big, sizeof(big));
	}
}

WITH_SHA static void hash_pair(const u8 *data, u8 *ret)
{
	/* What follows a block: a bit, zeros, and its length in bits. */
	static const u8 end[CHUNK] = { 0x80, [CHUNK - 2] = VERITY_BLOCK * 8 >> 8 };
	struct lane a, b;

	static_assert(VERITY_BLOCK * 8 >> 8 < 256 && VERITY_BLOCK * 8 % 256 == 0, "its bytes");
	lane_start(&a);
	lane_start(&b);
	for (u32 at = 0; at < VERITY_BLOCK; at += CHUNK)
		add_chunks(&a, &b, data + at, data + VERITY_BLOCK + at);
	add_chunks(&a, &b, end, end);
	lane_digest(&a, ret);
	lane_digest(&b, ret + DIGEST_SIZE);
}

/* Asked once: cpuid is slow in a virtual machine. */
static bool has_sha(void)
{
	static int known; /* a: 0 not asked yet, 1 yes, -1 no */
	u32 a = 0, b = 0, c = 0, d = 0;
	int has = __atomic_load_n(&known, __ATOMIC_RELAXED);

	if (has == 0) {
		has = __get_cpuid_count(7, 0, &a, &b, &c, &d) && b & bit_SHA ? 1 : -1;
		__atomic_store_n(&known, has, __ATOMIC_RELAXED);
	}
	return has > 0;
}

void sha256_blocks(const u8 *data, u64 count, u8 *ret)
{
	for (; count >= 2 && has_sha(); count -= 2) {
		hash_pair(data, ret);
		data += 2 * (size_t)VERITY_BLOCK;
		ret += 2 * (size_t)DIGEST_SIZE;
	}
	for (; count > 0; count--) {
		sha256(data, VERITY_BLOCK, ret);
		data += VERITY_BLOCK;
		ret += DIGEST_SIZE;
	}
}
