/* Feeds damaged kept texts to their reader, and damaged programs to who makes them. */

/*
 * OVERVIEW
 *	A bucket of slots and a table of calls that are right are damaged, some with their
 *	checksums made right again: what the reader accepts must lie in the pack and beside the
 *	text, and no place in it may stand for an instruction outside. Then the dynamic linker is
 *	damaged, in its headers, tables and code, and rewritten: what comes of it must be what the
 *	reader accepts, and nothing outside may have been written, which the sanitizer watches.
 *		kept_fuzz [N [FIRST]]   N (20000) buckets, and a tenth as many programs
 *
 * build: code, broker/text_make.c
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "abi/linux/elf.h"
#include "broker/text.h"

#define LINKER "/lib64/ld-linux-x86-64.so.2"
#define TIME_LIMIT 5
#define PACK_SIZE (KEPT_DATA + (8ull << 20))
#define SITES 20u
#define PROGRAMS_PART 10 /* one program for so many buckets */

const char kernel_image_start[1], kernel_image_end[1];

static u64 number, state;

static u64 any(u64 below)
{
	state = state * 6364136223846793005ull + 1442695040888963407ull;
	return (state >> 33) % below;
}

static void fail(const char *what)
{
	printf("input %llu: %s\n", (unsigned long long)number, what);
	abort();
}

static void too_slow(int sig)
{
	(void)sig;
	fail("takes too long");
}

/* Mostly values that are near the limits of something. */
static u64 odd_value(void)
{
	static const u64 values[] = { 0,
				      1,
				      4095,
				      4096,
				      ~0ull,
				      1ull << 31,
				      1ull << 32,
				      1ull << 63,
				      (1ull << 63) - 1,
				      (1ull << 63) - 4096,
				      KEPT_DATA,
				      PACK_SIZE,
				      PACK_SIZE - 4096,
				      (u64)PATCH_REACH,
				      (u64)-PATCH_REACH,
				      KEPT_TEXT_MAX,
				      KEPT_TEXT_MAX + 4096 };

	return any(3) == 0 ? any(~0ull) : values[any(ARRAY_SIZE(values))] + any(3) - 1;
}

static void damage(void *bytes, size_t size)
{
	for (u64 n = any(4) + 1; n > 0; n--) {
		u64 value = odd_value(), at = any(size), len = 1ull << any(4);

		if (any(2) == 0)
			at &= ~(len - 1);
		memcpy((u8 *)bytes + at, &value, MIN(len, size - at));
	}
}

/* --- the reader --- */

static struct kept_slot good_slot(void)
{
	struct kept_slot s = {
		.key = { .dev = 1, .ino = 2, .size = 200000, .len = 32 * PAGE_SIZE },
		.at = KEPT_DATA,
		.sites_at = KEPT_DATA + 32 * PAGE_SIZE,
		.site_count = SITES,
		.span_count = 2,
		.entry_at = 80 * PAGE_SIZE,
		.spans = { { 64 * PAGE_SIZE, 66 * PAGE_SIZE, KEPT_DATA + 40 * PAGE_SIZE },
			   { -8 * (s64)PAGE_SIZE, -6 * (s64)PAGE_SIZE,
			     KEPT_DATA + 42 * PAGE_SIZE } },
	};

	s.check = kept_check(&s);
	return s;
}

static void good_sites(struct kept_site *sites)
{
	for (u32 i = 0; i < SITES; i++)
		sites[i] = (struct kept_site){
			.at = 100 + i * 1000,
			.stub = (s32)(64 * PAGE_SIZE + i * 64 + 32),
			.before = i % 2 ? 7 : 0,
			.moved = i % 2,
			.slot = i % 5 ? 0 : 140 + i * 1000,
		};
}

static void require_within(u64 at, u64 len)
{
	if (at < KEPT_DATA || at % PAGE_SIZE != 0 || len > PACK_SIZE || at > PACK_SIZE - len)
		fail("a piece outside the pack was accepted");
}

static void require_beside(s64 start, s64 end, const struct kept_slot *s)
{
	if (start >= end || start <= -PATCH_REACH || end >= PATCH_REACH ||
	    (start < (s64)s->key.len && end > 0) || start % (s64)PAGE_SIZE != 0)
		fail("stubs where the text or nothing is were accepted");
}

static void check_slot(const struct kept_slot *s)
{
	require_within(s->at, s->key.len);
	require_within(s->sites_at, s->site_count * sizeof(struct kept_site));
	require_beside(s->entry_at, s->entry_at + (s64)PAGE_SIZE, s);
	for (u32 i = 0; i < s->span_count; i++) {
		require_beside(s->spans[i].start, s->spans[i].end, s);
		require_within(s->spans[i].at, (u64)(s->spans[i].end - s->spans[i].start));
	}
}

static void check_sites(const struct kept_site *sites, const struct kept_slot *s)
{
	for (u32 i = 0; i < s->site_count; i++) {
		struct patch_site p = kept_site_unpack(&sites[i]);

		for (s64 place = p.stub - 64; place < p.stub + 64; place++) {
			s64 at = -1;

			if (patch_site_has(&p, place, &at) &&
			    (at < 0 || at + 2 > (s64)s->key.len))
				fail("a stub for an instruction outside was accepted");
		}
	}
}

static void try_bucket(void)
{
	static struct kept_slot bucket[KEPT_WAYS];
	/* Exactly as many as there are, so that one more is seen. */
	struct kept_site *sites;
	struct kept_slot good = good_slot();
	const struct kept_slot *s;

	memset(bucket, 0, sizeof(bucket));
	bucket[any(KEPT_WAYS)] = good;
	damage(bucket, sizeof(bucket));
	if (any(4) != 0)
		for (u32 i = 0; i < KEPT_WAYS; i++) {
			if (any(2) == 0 && bucket[i].check != 0)
				damage(&bucket[i].at, sizeof(good) -
							      offsetof(struct kept_slot, at));
			bucket[i].check = kept_check(&bucket[i]);
		}
	s = kept_find(bucket, &good.key);
	if (s == NULL || !kept_slot_ok(s, PACK_SIZE) || s->at == 0)
		return;
	check_slot(s);
	sites = malloc(s->site_count * sizeof(*sites) + 1);
	for (u32 i = 0; i < s->site_count; i++) {
		static struct kept_site some[SITES];

		good_sites(some);
		sites[i] = some[i % SITES];
	}
	if (s->site_count != 0 && any(2) == 0)
		damage(sites, s->site_count * sizeof(*sites));
	if (kept_sites_ok(sites, s))
		check_sites(sites, s);
	free(sites);
}

/* --- the maker --- */

static u8 *program;
static u64 program_size, text_at, text_len;

static s64 program_read(void *file, void *buf, size_t len, u64 offset)
{
	u64 n;

	if (offset >= program_size)
		return 0;
	n = MIN((u64)len, program_size - offset);
	memcpy(buf, (u8 *)file + offset, n);
	return (s64)n;
}

static void program_load(void)
{
	int fd = open(LINKER, O_RDONLY);
	struct linux_elf64_ehdr *eh;
	struct linux_elf64_phdr *ph;

	if (fd < 0)
		exit(77);
	program_size = (u64)lseek(fd, 0, SEEK_END);
	program = malloc(program_size);
	if (pread(fd, program, program_size, 0) != (ssize_t)program_size)
		exit(77);
	close(fd);
	eh = (struct linux_elf64_ehdr *)program;
	ph = (struct linux_elf64_phdr *)(program + eh->e_phoff);
	for (u32 i = 0; i < eh->e_phnum; i++)
		if (ph[i].p_type == LINUX_PT_LOAD && ph[i].p_flags & LINUX_PF_X) {
			text_at = ALIGN_DOWN(ph[i].p_offset, PAGE_SIZE);
			text_len = ALIGN_UP(ph[i].p_offset + ph[i].p_filesz, PAGE_SIZE) - text_at;
		}
}

/* The reader's view of what was made. */
static void check_made(const struct text_made *m)
{
	struct kept_slot s = {
		.key = { .len = text_len },
		.at = KEPT_DATA,
		.sites_at = KEPT_DATA,
		.site_count = m->site_count,
		.span_count = m->span_count,
		.entry_at = m->entry_at,
	};

	if (m->site_count == 0)
		return;
	for (u32 i = 0; i < m->span_count; i++) {
		s.spans[i] = m->spans[i];
		s.spans[i].at = KEPT_DATA;
	}
	if (!kept_slot_ok(&s, ~0ull >> 1) || !kept_sites_ok(m->sites, &s))
		fail("what was made is not what can be read");
}

static void try_program(bool whole)
{
	/* With a page behind that cannot be touched. */
	struct text_made *m = mmap(NULL, sizeof(*m) + PAGE_SIZE, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	u8 *copy = malloc(program_size);
	struct code_file f = { .read = program_read, .file = copy };

	if (m == MAP_FAILED || mprotect(m + 1, PAGE_SIZE, PROT_NONE) < 0)
		exit(77);
	memcpy(copy, program, program_size);
	if (!whole) {
		damage(copy, any(2) == 0 ? 4096 : program_size);
		if (any(3) == 0)
			damage(copy + text_at, MIN(text_len, program_size - text_at));
	}
	memcpy(m->text, copy + text_at, MIN(text_len, program_size - text_at));
	text_make(m, &f, text_at, text_len);
	check_made(m);
	if (whole && m->site_count < SITES)
		fail("hardly a call of the dynamic linker was found");
	free(copy);
	munmap(m, sizeof(*m) + PAGE_SIZE);
}

int main(int argc, char **argv)
{
	u64 count = argc > 1 ? strtoull(argv[1], NULL, 10) : 20000;
	u64 first = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;

	signal(SIGALRM, too_slow);
	program_load();
	try_program(true);
	for (number = first; number < first + count; number++) {
		state = number * 0x9e3779b97f4a7c15ull + 1;
		alarm(TIME_LIMIT);
		try_bucket();
		if (number % PROGRAMS_PART == 0)
			try_program(false);
	}
	alarm(0);
	printf("%llu buckets\n", (unsigned long long)count);
	return 0;
}
