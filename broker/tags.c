/* Tags of what was verified. See tags.h. */
#include "broker/tags.h"

#include <cpuid.h>
#include <errno.h>
#include <fcntl.h>
#include <immintrin.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broker/session.h"
#include "broker/text.h"

/* --- the code --- */

#define BLOCK 32u
#define STATE 8
#define START_ROUNDS 10
#define END_ROUNDS 7

#define WITH_AES __attribute__((target("aes,sse2")))

struct state {
	__m128i s[STATE];
};

WITH_AES static inline void update(struct state *state, __m128i a, __m128i b)
{
	__m128i *s = state->s, last = s[7];

	s[7] = _mm_aesenc_si128(s[6], s[7]);
	s[6] = _mm_aesenc_si128(s[5], s[6]);
	s[5] = _mm_aesenc_si128(s[4], s[5]);
	s[4] = _mm_aesenc_si128(s[3], _mm_xor_si128(s[4], b));
	s[3] = _mm_aesenc_si128(s[2], s[3]);
	s[2] = _mm_aesenc_si128(s[1], s[2]);
	s[1] = _mm_aesenc_si128(s[0], s[1]);
	s[0] = _mm_aesenc_si128(last, _mm_xor_si128(s[0], a));
}

WITH_AES static inline __m128i load(const u8 *at)
{
	return _mm_loadu_si128((const __m128i *)at);
}

WITH_AES static void start(struct state *state, const u8 key[TAG_SIZE], const u8 nonce[TAG_SIZE])
{
	static const u8 constants[2][TAG_SIZE] = {
		{ 0x00, 0x01, 0x01, 0x02, 0x03, 0x05, 0x08, 0x0d, 0x15, 0x22, 0x37, 0x59, 0x90,
		  0xe9, 0x79, 0x62 },
		{ 0xdb, 0x3d, 0x18, 0x55, 0x6d, 0xc2, 0x2f, 0xf1, 0x20, 0x11, 0x31, 0x42, 0x73,
		  0xb5, 0x28, 0xdd },
	};
	__m128i k = load(key), n = load(nonce), c0 = load(constants[0]), c1 = load(constants[1]);
	__m128i both = _mm_xor_si128(k, n), with0 = _mm_xor_si128(k, c0);

	*state = (struct state){
		{ both, c1, c0, c1, both, with0, _mm_xor_si128(k, c1), with0 }
	};
	for (int i = 0; i < START_ROUNDS; i++)
		update(state, n, k);
}

WITH_AES static void absorb(struct state *state, const u8 *at, size_t size)
{
	u8 rest[BLOCK] = { 0 };
	struct state s = *state;

	for (; size >= BLOCK; size -= BLOCK, at += BLOCK)
		update(&s, load(at), load(at + TAG_SIZE));
	if (size != 0) {
		memcpy(rest, at, size);
		update(&s, load(rest), load(rest + TAG_SIZE));
	}
	*state = s;
}

WITH_AES void tag_code(const u8 key[TAG_SIZE], const u8 nonce[TAG_SIZE], const void *head,
		       size_t head_size, const void *data, size_t size, u8 ret[TAG_SIZE])
{
	struct state state;
	__m128i end, code;

	start(&state, key, nonce);
	absorb(&state, head, head_size);
	absorb(&state, data, size);
	end = _mm_set_epi64x((long long)(size * 8), (long long)(head_size * 8));
	end = _mm_xor_si128(end, state.s[2]);
	for (int i = 0; i < END_ROUNDS; i++)
		update(&state, end, end);
	code = state.s[0];
	for (int i = 1; i < STATE - 1; i++)
		code = _mm_xor_si128(code, state.s[i]);
	_mm_storeu_si128((__m128i *)ret, code);
}

static bool has_aes(void)
{
	u32 a, b, c, d;

	__cpuid(1, a, b, c, d);
	(void)a, (void)b, (void)d;
	return (c & bit_AES) != 0;
}

/* --- the file --- */

static struct {
	const char *directory;
	bool asked;
	int fd; /* once asked: -1 none */
	u8 key[TAG_SIZE];
} tags;

static_assert(sizeof(struct tag) == BLOCK, "slots of the file");
static_assert(TAGS_SLOTS_AT >= sizeof(struct tags_header), "they lie behind it");

void tags_use(const char *directory)
{
	tags.directory = directory;
	if (tags.asked && tags.fd >= 0)
		close(tags.fd);
	tags.asked = false;
}

/* The user's alone, and whole; -1. */
static int file_take(int dir)
{
	int flags = O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
	int fd = openat(dir, TAGS_FILE, O_RDWR | flags);
	struct tags_header header;
	struct stat st;

	if (fd < 0 && (errno == EROFS || errno == EACCES))
		fd = openat(dir, TAGS_FILE, O_RDONLY | flags);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
	    (st.st_mode & 077) == 0 && st.st_nlink == 1 &&
	    pread(fd, &header, sizeof(header), 0) == sizeof(header) &&
	    header.magic == TAGS_MAGIC && header.version == TAGS_VERSION &&
	    header.slots == TAGS_SLOTS) {
		memcpy(tags.key, header.key, sizeof(tags.key));
		return fd;
	}
	close(fd);
	errno = EINVAL;
	return -1;
}

/* It gets its name when it is whole; another may have been faster. */
static void file_make(int dir)
{
	struct tags_header header = { TAGS_MAGIC, TAGS_VERSION, TAGS_SLOTS, { 0 } };
	off_t size = TAGS_SLOTS_AT + (off_t)TAGS_SLOTS * (off_t)sizeof(struct tag);
	char name[32];
	int fd;

	snprintf(name, sizeof(name), TAGS_FILE ".%d", getpid());
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	if (getrandom(header.key, sizeof(header.key), 0) != sizeof(header.key) ||
	    ftruncate(fd, size) < 0 || write(fd, &header, sizeof(header)) != sizeof(header) ||
	    renameat2(dir, name, dir, TAGS_FILE, RENAME_NOREPLACE) < 0)
		unlinkat(dir, name, 0);
	close(fd);
}

static bool is_open(void)
{
	int dir;

	if (tags.asked)
		return tags.fd >= 0;
	tags.asked = true;
	tags.fd = -1;
	if (tags.directory == NULL || !has_aes())
		return false;
	dir = text_directory_open(tags.directory, true);
	if (dir < 0)
		return false;
	tags.fd = file_take(dir);
	if (tags.fd < 0 && errno == ENOENT) {
		file_make(dir);
		tags.fd = file_take(dir);
	}
	close(dir);
	return tags.fd >= 0;
}

/* --- slots --- */

/* The pieces of an object lie side by side. */
static off_t bucket_of(const struct tag *tag)
{
	u32 first;

	memcpy(&first, tag->of, sizeof(first));
	return (off_t)(TAGS_SLOTS_AT +
		       (first + tag->piece) % (TAGS_SLOTS / TAGS_WAYS) * TAGS_WAYS * sizeof(*tag));
}

static bool is_of(const struct tag *slot, const struct tag *tag)
{
	return memcmp(slot, tag, offsetof(struct tag, code)) == 0;
}

/* Whatever lies there is only compared. */
static bool bucket_read(const struct tag *tag, struct tag bucket[TAGS_WAYS])
{
	size_t size = TAGS_WAYS * sizeof(*tag);

	return pread(tags.fd, bucket, size, bucket_of(tag)) == (ssize_t)size;
}

bool tag_agrees(const u8 digest[DIGEST_SIZE], u32 piece, const void *data, size_t size,
		struct tag *ret)
{
	struct tag bucket[TAGS_WAYS];

	*ret = (struct tag){ .piece = piece };
	memcpy(ret->of, digest, sizeof(ret->of));
	if (!is_open())
		return false;
	/* The nonce tells it from all others; the whole name goes before the content. */
	tag_code(tags.key, (const u8 *)ret, digest, DIGEST_SIZE, data, size, ret->code);
	if (!bucket_read(ret, bucket))
		return false;
	for (u32 i = 0; i < TAGS_WAYS; i++)
		if (is_of(&bucket[i], ret))
			return memcmp(bucket[i].code, ret->code, TAG_SIZE) == 0;
	return false;
}

void tag_keep(const struct tag *tag)
{
	static const struct tag none;
	static u32 victim; /* any will do */
	struct tag bucket[TAGS_WAYS];
	u32 at = victim++ % TAGS_WAYS;

	if (!is_open() || !bucket_read(tag, bucket))
		return;
	for (u32 i = TAGS_WAYS; i-- > 0;)
		if (is_of(&bucket[i], tag) || is_of(&bucket[i], &none))
			at = i;
	/* Where nothing may be written the hash is made again next time. */
	(void)!pwrite(tags.fd, tag, sizeof(*tag),
		      bucket_of(tag) + (off_t)(at * sizeof(*tag)));
}
