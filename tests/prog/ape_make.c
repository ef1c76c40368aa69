/*
 * ape_make.c - makes an APE out of a static ELF, for the tests of the loader.
 *
 *	ape_make FORM IN.elf OUT.elf OUT.ape OUT.assimilated
 *
 * FORM is mz or jart, with "+fat" for a decoy aarch64 header in front. All outputs carry
 * the same zip archive at their end. The APE starts with a shell prologue of PROLOGUE
 * bytes: a quoted string that begins with the magic, and a script with the ELF header as
 * the octal argument of printf. Run by sh it copies itself, writes that header over the
 * copy's first bytes, and executes it. The ELF follows, so every file offset in its
 * headers grows by PROLOGUE, and the program headers sit behind it in the same file.
 */
//build: none
#include <elf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { PROLOGUE = 8192 };

struct buffer {
	unsigned char *data;
	size_t len;
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void append(struct buffer *b, const void *data, size_t len)
{
	b->data = realloc(b->data, b->len + len);
	if (b->data == NULL)
		die("realloc");
	memcpy(b->data + b->len, data, len);
	b->len += len;
}

static void append_text(struct buffer *b, const char *text)
{
	append(b, text, strlen(text));
}

static struct buffer load(const char *path)
{
	struct buffer b = { 0 };
	unsigned char chunk[65536];
	FILE *f = fopen(path, "rb");
	size_t n;

	if (f == NULL)
		die(path);
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		append(&b, chunk, n);
	fclose(f);
	return b;
}

static void save(const char *path, const struct buffer *b)
{
	FILE *f = fopen(path, "wb");

	if (f == NULL || fwrite(b->data, 1, b->len, f) != b->len || fclose(f) != 0)
		die(path);
	chmod(path, 0755);
}

static uint32_t crc32_of(const char *data, size_t len)
{
	uint32_t crc = ~0U;

	for (size_t i = 0; i < len; i++) {
		crc ^= (unsigned char)data[i];
		for (int k = 0; k < 8; k++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

static void put(struct buffer *b, uint32_t value, int bytes)
{
	for (int i = 0; i < bytes; i++) {
		unsigned char c = (unsigned char)(value >> 8 * i);

		append(b, &c, 1);
	}
}

/* The fields local and central headers share, from "version needed" on. */
static void put_common(struct buffer *b, const char *name, const char *text)
{
	uint32_t size = (uint32_t)strlen(text);

	put(b, 20, 2);
	put(b, 0, 2);
	put(b, 0, 2);          /* stored */
	put(b, 0x21 << 16, 4); /* 1980-01-01 */
	put(b, crc32_of(text, size), 4);
	put(b, size, 4);
	put(b, size, 4);
	put(b, (uint32_t)strlen(name), 2);
	put(b, 0, 2);
}

/* Offsets in the archive are from the start of the whole file. */
static void append_zip(struct buffer *b)
{
	static const char *const member[][2] = {
		{ "hello.txt", "text from the zip store\n" },
		{ "dir/second.txt", "another member\n" },
	};
	uint32_t local[2], central;

	for (int i = 0; i < 2; i++) {
		local[i] = (uint32_t)b->len;
		put(b, 0x04034b50, 4);
		put_common(b, member[i][0], member[i][1]);
		append_text(b, member[i][0]);
		append_text(b, member[i][1]);
	}
	central = (uint32_t)b->len;
	for (int i = 0; i < 2; i++) {
		put(b, 0x02014b50, 4);
		put(b, 20, 2);
		put_common(b, member[i][0], member[i][1]);
		put(b, 0, 2); /* comment, disk, attributes */
		put(b, 0, 2);
		put(b, 0, 2);
		put(b, 0, 4);
		put(b, local[i], 4);
		append_text(b, member[i][0]);
	}
	uint32_t size = (uint32_t)b->len - central;

	put(b, 0x06054b50, 4);
	put(b, 0, 4);
	put(b, 2, 2);
	put(b, 2, 2);
	put(b, size, 4);
	put(b, central, 4);
	put(b, 0, 2);
}

/* printf '...': octal with as few digits as are safe, other bytes as they are. */
static void append_printf(struct buffer *b, const unsigned char *bytes, size_t len)
{
	append_text(b, "printf '");
	for (size_t i = 0; i < len; i++) {
		char text[8];
		int c = bytes[i];
		int next = i + 1 < len ? bytes[i + 1] : 0;
		int plain = c > ' ' && c < 127 && c != '\\' && c != '\'' && c != '%';

		if (plain)
			snprintf(text, sizeof(text), "%c", c);
		else if (next >= '0' && next <= '9')
			snprintf(text, sizeof(text), "\\%03o", c);
		else
			snprintf(text, sizeof(text), "\\%o", c);
		append_text(b, text);
	}
	append_text(b, "'");
}

static void shift_offsets(struct buffer *elf)
{
	Elf64_Ehdr *e = (Elf64_Ehdr *)elf->data;
	Elf64_Phdr *p = (Elf64_Phdr *)(elf->data + e->e_phoff);

	for (int i = 0; i < e->e_phnum; i++) {
		p[i].p_offset += PROLOGUE;
		if (p[i].p_type == PT_DYNAMIC) /* no APE has one; static-pie does without */
			p[i].p_type = PT_NULL;
	}
}

static Elf64_Ehdr outer_header(const struct buffer *elf)
{
	Elf64_Ehdr e = *(const Elf64_Ehdr *)elf->data;

	e.e_phoff += PROLOGUE;
	e.e_ident[EI_OSABI] = ELFOSABI_FREEBSD;
	e.e_shoff = 0;
	e.e_shnum = e.e_shstrndx = e.e_shentsize = 0;
	return e;
}

static struct buffer prologue(const char *form, const Elf64_Ehdr *header)
{
	static const char script[] =
		"o=${TMPDIR:-/tmp}/ape.$$\n"
		"cp -- \"$0\" \"$o\" || exit 120\n"
		"exec 7<>\"$o\" || exit 121\n";
	struct buffer b = { 0 };

	append_text(&b, strncmp(form, "jart", 4) == 0 ? "jartsr='\n" : "MZqFpD='\n");
	append(&b, "\0\0\0\1\0\377\0\200@\0\0\0", 12); /* what a DOS stub would need */
	append_text(&b, "\n'\n");
	append_text(&b, script);
	if (strstr(form, "+fat")) {
		Elf64_Ehdr other = *header;

		other.e_machine = EM_AARCH64;
		other.e_entry = 0x1234;
		append_text(&b, "if [ \"$(uname -m)\" = aarch64 ]; then\n");
		append_printf(&b, (const unsigned char *)&other, sizeof(other));
		append_text(&b, " >&7\nelse\n");
	}
	append_printf(&b, (const unsigned char *)header, sizeof(*header));
	append_text(&b, " >&7\n");
	if (strstr(form, "+fat"))
		append_text(&b, "fi\n");
	append_text(&b, "exec 7<&-\nchmod 755 \"$o\"\n\"$o\" \"$@\"\n");
	append_text(&b, "r=$?\nrm -f \"$o\"\nexit $r\n");
	if (b.len > PROLOGUE)
		abort();
	while (b.len < PROLOGUE)
		append(&b, "#\n" + (b.len % 64 == 63), 1);
	return b;
}

int main(int argc, char **argv)
{
	struct buffer elf, plain = { 0 }, ape;
	Elf64_Ehdr outer;

	if (argc != 6) {
		fprintf(stderr, "usage: ape_make FORM IN OUT.elf OUT.ape OUT.assimilated\n");
		return 2;
	}
	elf = load(argv[2]);
	append(&plain, elf.data, elf.len);
	append_zip(&plain);
	save(argv[3], &plain);
	outer = outer_header(&elf);
	shift_offsets(&elf);
	ape = prologue(argv[1], &outer);
	append(&ape, elf.data, elf.len);
	append_zip(&ape);
	save(argv[4], &ape);
	memcpy(ape.data, &outer, sizeof(outer));
	save(argv[5], &ape);
	return 0;
}
