/*
 * Damaged programs through everything that inspect reads: ELF, DWARF, notes, zip, APE, code.
 *
 * usage: report_fuzz [RUNS [SEED-FILE...]]
 *
 * Each run changes some bytes of a seed, mostly where structures are, or cuts it off, and
 * looks at it. No crash, no sanitizer report, nothing unbounded: that is all that is asked.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "report/doc.h"
#include "report/program.h"
#include "report/sections.h"

static u64 state = 88172645463325252ull;

static u64 random_number(u64 below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return below == 0 ? 0 : state % below;
}

static void change(u8 *data, size_t size)
{
	static const u64 values[] = { 0, 1, 0x7f, 0xff, 0xffff, 0x7fffffff, 0xffffffff, ~0ull };
	size_t at = random_number(3) != 0 ? random_number(MIN(size, (size_t)4096)) :
					    random_number(size);

	/* The section headers and the archive's directory are at the end. */
	if (random_number(3) == 0 && size > 8192)
		at = size - 1 - random_number(8192);
	if (random_number(2) == 0) {
		data[at] = (u8)random_number(256);
		return;
	}
	size_t len = MIN((size_t)1 << random_number(4), size - at);

	memcpy(data + at, &values[random_number(ARRAY_SIZE(values))], len);
}

static void look(const u8 *data, size_t size, FILE *nowhere)
{
	int fd = memfd_create("fuzz", 0);
	char path[64];
	struct program p;
	struct doc d;
	const char *wrong;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		exit(2);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	wrong = program_open(path, &p);
	if (p.facts != NULL) {
		doc_init(&d);
		inspect_document(&d, p.facts);
		doc_render_markdown(&d, nowhere);
		doc_render_terminal(&d, nowhere, true);
		doc_render_html(&d, nowhere, "fuzz");
		doc_fini(&d);
		if (wrong == NULL)
			json_decref(dwarf_place(&p, p.ehdr.e_entry));
	}
	program_close(&p);
	close(fd);
}

static u8 *file_read(const char *path, size_t *ret_size)
{
	FILE *f = fopen(path, "r");
	u8 *data = malloc(4 << 20);

	if (f == NULL || data == NULL)
		exit(2);
	*ret_size = fread(data, 1, 4 << 20, f);
	fclose(f);
	return data;
}

int main(int argc, char **argv)
{
	int runs = argc > 1 ? atoi(argv[1]) : 1000, seeds = argc > 2 ? argc - 2 : 1;
	FILE *nowhere = fopen("/dev/null", "w");

	for (int s = 0; s < seeds; s++) {
		size_t size;
		u8 *seed = file_read(argc > 2 ? argv[2 + s] : "/bin/true", &size);
		u8 *data = malloc(size);

		for (int i = 0; i < runs / seeds; i++) {
			size_t len = random_number(8) == 0 ? random_number(size) + 1 : size;

			memcpy(data, seed, size);
			for (u64 n = random_number(12) + 1; n != 0; n--)
				change(data, size);
			look(data, len, nowhere);
		}
		free(data);
		free(seed);
	}
	fclose(nowhere);
	return 0;
}
