/* Machine code: lengths and kinds of instructions, and which system calls a file has. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "abi/linux/elf.h"
#include "code/decode.h"
#include "code/sites.h"
#include "tests/guest/test.h"

#define LINKER "/lib64/ld-linux-x86-64.so.2"
#define DAMAGED 300

struct insn_case {
	const char *bytes;
	u32 len, kind;
	s32 distance;
};

#define INSN(bytes, kind, distance) { bytes, sizeof(bytes) - 1, kind, distance }

static const struct insn_case insns[] = {
	INSN("\x90", INSN_PLAIN, 0),
	INSN("\x0f\x05", INSN_SYSCALL, 0),
	INSN("\xb8\x0f\x05\x00\x00", INSN_PLAIN, 0),
	INSN("\x66\xb8\x0f\x05", INSN_PLAIN, 0),
	INSN("\x48\xb8\x0f\x05\x00\x00\x00\x00\x00\x00", INSN_PLAIN, 0),
	INSN("\xc3", INSN_STOP, 0),
	INSN("\xff\xe0", INSN_STOP, 0),
	INSN("\xff\x15\x00\x00\x00\x00", INSN_PLAIN, 0),
	INSN("\x0f\x0b", INSN_STOP, 0),
	INSN("\xeb\xfe", INSN_JUMP, -2),
	INSN("\xe9\x00\x01\x00\x00", INSN_JUMP, 256),
	INSN("\x0f\x84\x10\x00\x00\x00", INSN_BRANCH, 16),
	INSN("\x74\x05", INSN_BRANCH, 5),
	INSN("\xf3\x0f\x1e\xfa", INSN_PLAIN, 0),
	INSN("\x64\x48\x8b\x04\x25\x28\x00\x00\x00", INSN_PLAIN, 0),
	INSN("\x66\x2e\x0f\x1f\x84\x00\x00\x00\x00\x00", INSN_PLAIN, 0),
	INSN("\xf6\x00\x01", INSN_PLAIN, 0),
	INSN("\xf6\x10", INSN_PLAIN, 0),
	INSN("\xc5\xf8\x77", INSN_PLAIN, 0),
	INSN("\xc4\xe3\x7d\x39\xc1\x01", INSN_PLAIN, 0),
	INSN("\x62\xf1\x7c\x48\x10\x46\x01", INSN_PLAIN, 0),
	INSN("\x66\x0f\x3a\x63\xc1\x1a", INSN_PLAIN, 0),
};

/* Bytes that are no instruction of a program. */
static const char *const refused[] = { "\x06", "\x0f\x04", "\xea", "\x66\xe8", "\xec", "\xfa" };

static bool decode(const void *bytes, size_t room, struct insn *ret)
{
	/* An exact allocation, so that a sanitizer sees a read past the end. */
	u8 *copy = malloc(room + (room == 0));
	bool ok;

	memcpy(copy, bytes, room);
	ok = insn_decode(copy, room, ret);
	free(copy);
	return ok;
}

static void check_decode(void)
{
	char more[32];
	struct insn insn;

	for (u32 i = 0; i < ARRAY_SIZE(insns); i++) {
		const struct insn_case *c = &insns[i];

		memset(more, 0, sizeof(more));
		memcpy(more, c->bytes, c->len);
		if (!decode(more, sizeof(more), &insn) || insn.len != c->len ||
		    insn.kind != c->kind || insn.distance != c->distance)
			test_fail("instruction %u: length %u kind %u distance %d", i, insn.len,
				  insn.kind, insn.distance);
		for (u32 cut = 0; cut < c->len; cut++)
			CHECK(!decode(more, cut, &insn));
	}
	for (u32 i = 0; i < ARRAY_SIZE(refused); i++) {
		memset(more, 0, sizeof(more));
		memcpy(more, refused[i], strlen(refused[i]));
		CHECK(!decode(more, sizeof(more), &insn));
	}
	memset(more, 0x66, sizeof(more));
	CHECK(!decode(more, sizeof(more), &insn));
}

/* --- a file in memory --- */

struct image {
	u8 *bytes;
	size_t size;
	u64 offset; /* of its code */
	u32 len;
};

static s64 image_read(void *file, void *buf, size_t len, u64 offset)
{
	const struct image *m = file;

	if (offset >= m->size)
		return 0;
	len = MIN(len, m->size - offset);
	memcpy(buf, m->bytes + offset, len);
	return (s64)len;
}

static struct image image_load(const char *path)
{
	struct image m = { 0 };
	struct linux_elf64_ehdr eh;
	struct linux_elf64_phdr ph;
	struct stat st;
	int fd = open(path, O_RDONLY);

	REQUIRE(fd >= 0 && fstat(fd, &st) == 0);
	m.size = (size_t)st.st_size;
	m.bytes = malloc(m.size);
	REQUIRE(pread(fd, m.bytes, m.size, 0) == (ssize_t)m.size);
	close(fd);
	memcpy(&eh, m.bytes, sizeof(eh));
	for (u32 i = 0; i < eh.e_phnum; i++) {
		memcpy(&ph, m.bytes + eh.e_phoff + i * sizeof(ph), sizeof(ph));
		if (ph.p_type == LINUX_PT_LOAD && ph.p_flags & LINUX_PF_X) {
			m.offset = ph.p_offset;
			m.len = (u32)ph.p_filesz;
		}
	}
	REQUIRE(m.len != 0 && m.offset + m.len <= m.size);
	return m;
}

static void find(struct code_search *s, struct image *m)
{
	struct code_file f = { .read = image_read, .file = m };
	u8 *text = malloc(m->len); /* exact, again */

	memcpy(text, m->bytes + m->offset, m->len);
	sites_collect(s, text, m->len);
	sites_prove(s, &f, m->offset, text, m->len);
	free(text);
}

/* Every call that is proven is one for objdump, too, and most are found. */
static void check_linker(struct code_search *s, struct image *m)
{
	FILE *p = popen("objdump -d --no-show-raw-insn " LINKER, "r");
	u64 bias = 0, at;
	u32 calls = 0, proven = 0, known = 0;
	char line[512], name[16];

	REQUIRE(p != NULL);
	find(s, m);
	for (u32 i = 0; i < s->count; i++)
		proven += s->sites[i].proven;
	while (fgets(line, sizeof(line), p) != NULL) {
		if (sscanf(line, " %lx:\t%15s", &at, name) != 2 || strcmp(name, "syscall") != 0)
			continue;
		calls++;
		for (u32 i = 0; i < s->count; i++)
			known += s->sites[i].proven && s->sites[i].at + m->offset + bias == at;
	}
	pclose(p);
	if (calls == 0)
		return; /* no objdump here */
	CHECK_EQ(proven, known);
	CHECK(proven * 10 >= calls * 9);
}

static void check_damaged(struct code_search *s, const struct image *good)
{
	struct image m = *good;
	u32 seed = 1;

	m.bytes = malloc(m.size);
	for (u32 i = 0; i < DAMAGED; i++) {
		memcpy(m.bytes, good->bytes, m.size);
		for (u32 j = 0; j < 1 + i % 64; j++) {
			seed = seed * 1664525u + 1013904223u;
			u64 at = (seed >> 8) % (j % 2 == 0 ? 1024 : m.size);

			m.bytes[at] = (u8)(seed >> 3);
		}
		if (i % 3 == 0) /* headers that say any size */
			memset(m.bytes + m.size - 1024 + (seed >> 8) % 1000, 0xff, 16);
		if (i % 7 == 0)
			m.size = good->size - good->size * (i / 7) / DAMAGED;
		if (m.offset + m.len <= m.size)
			find(s, &m);
		m.size = good->size;
	}
	free(m.bytes);
}

int main(void)
{
	struct code_search *s = malloc(sizeof(*s));
	struct image m = image_load(LINKER);

	check_decode();
	check_linker(s, &m);
	check_damaged(s, &m);
	free(m.bytes);
	free(s);
	return TEST_RESULT;
}
