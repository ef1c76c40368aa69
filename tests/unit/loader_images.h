/*
 * Program files made in memory, for the tests of the loader.
 *
 * The ELF files are small but have all that matters: a code segment that starts with
 * the headers, a data segment that shares its file page with nothing and has a tail and
 * whole pages of bss, PT_GNU_STACK and, if asked for, PT_INTERP.
 */
#ifndef NACRE_TESTS_LOADER_IMAGES_H
#define NACRE_TESTS_LOADER_IMAGES_H

#include <stdio.h>
#include <stdlib.h>

#include "abi/linux/elf.h"
#include "lib/string.h"
#include "lib/types.h"

struct blob {
	u8 *bytes;
	size_t len;
};

#define IMAGE_CODE 0x200 /* offset of the first instruction */
#define IMAGE_DATA 0x1000 /* offset of the data */
#define IMAGE_LEN 0x1234
#define IMAGE_PHDRS 4 /* code, data, stack, interp */

static inline struct blob blob_make(size_t len)
{
	struct blob b = { calloc(1, len ? len : 1), len };

	if (b.bytes == NULL)
		abort();
	return b;
}

static inline struct blob blob_copy(const void *bytes, size_t len)
{
	struct blob b = blob_make(len);

	memcpy(b.bytes, bytes, len);
	return b;
}

static inline struct blob blob_text(const char *text)
{
	return blob_copy(text, strlen(text));
}

/* A file of the host, at most max bytes of it; empty when there is none. */
static inline struct blob blob_read(const char *path, size_t max)
{
	FILE *f = fopen(path, "rb");
	struct blob b = blob_make(f ? max : 0);

	if (f != NULL) {
		b.len = fread(b.bytes, 1, max, f);
		fclose(f);
	}
	return b;
}

static inline struct linux_elf64_ehdr *image_ehdr(struct blob *b)
{
	return (struct linux_elf64_ehdr *)b->bytes;
}

static inline struct linux_elf64_phdr *image_phdr(struct blob *b, int i)
{
	return (struct linux_elf64_phdr *)(b->bytes + 64) + i;
}

/* base: of the first segment; interp: NULL for none. */
static inline struct blob image_elf(u16 type, u64 base, const char *interp)
{
	/* mov $60, %eax; xor %edi, %edi; syscall */
	static const u8 code[] = { 0xb8, 60, 0, 0, 0, 0x31, 0xff, 0x0f, 0x05 };
	struct blob b = blob_make(IMAGE_LEN);
	struct linux_elf64_phdr *p = image_phdr(&b, 0);

	*image_ehdr(&b) = (struct linux_elf64_ehdr){
		.e_ident = { 0x7f, 'E', 'L', 'F', 2, 1, 1 },
		.e_type = type,
		.e_machine = LINUX_EM_X86_64,
		.e_version = 1,
		.e_entry = base + IMAGE_CODE,
		.e_phoff = 64,
		.e_ehsize = 64,
		.e_phentsize = 56,
		.e_phnum = interp ? IMAGE_PHDRS : IMAGE_PHDRS - 1,
	};
	p[0] = (struct linux_elf64_phdr){
		LINUX_PT_LOAD, LINUX_PF_R | LINUX_PF_X, 0, base, base, 0x280, 0x280,
		0x1000
	};
	p[1] = (struct linux_elf64_phdr){ LINUX_PT_LOAD, LINUX_PF_R | LINUX_PF_W,
					  IMAGE_DATA,	 base + 0x2000,
					  base + 0x2000, 0x234,
					  0x3100,	 0x1000 };
	p[2] = (struct linux_elf64_phdr){ .p_type = LINUX_PT_GNU_STACK,
					  .p_flags = LINUX_PF_R | LINUX_PF_W,
					  .p_align = 16 };
	memcpy(b.bytes + IMAGE_CODE, code, sizeof(code));
	memset(b.bytes + IMAGE_DATA, 0xda, IMAGE_LEN - IMAGE_DATA);
	if (interp != NULL) {
		p[3] = (struct linux_elf64_phdr){ LINUX_PT_INTERP,
						  LINUX_PF_R,
						  0x400,
						  base + 0x400,
						  base + 0x400,
						  strlen(interp) + 1,
						  strlen(interp) + 1,
						  1 };
		memcpy(b.bytes + 0x400, interp, strlen(interp) + 1);
	}
	return b;
}

/* "printf '...'" of an ELF header: control bytes in octal, the rest as it is. */
static inline size_t image_printf(char *out, const struct linux_elf64_ehdr *e)
{
	const u8 *bytes = (const u8 *)e;
	size_t n = (size_t)sprintf(out, "printf '");

	for (size_t i = 0; i < sizeof(*e); i++) {
		u8 c = bytes[i];

		/* Digits too: after an escape they would be taken for a part of it. */
		if (c > ' ' && c < 127 && c != '\'' && c != '\\' &&
		    (c < '0' || c > '9'))
			out[n++] = (char)c;
		else
			n += (size_t)sprintf(out + n, i % 3 ? "\\%o" : "\\%03o", c);
	}
	n += (size_t)sprintf(out + n, "' >&7\n");
	return n;
}

/*
 * An APE: magic, a shell part with the header of another machine (if fat) and ours,
 * program headers at 0x800, code at 0x1200, data at 0x2000. magic: "MZqFpD='" or
 * "jartsr='".
 */
static inline struct blob image_ape(const char *magic, bool fat)
{
	struct blob b = blob_make(0x2300);
	struct linux_elf64_ehdr e = {
		.e_ident = { 0x7f, 'E', 'L', 'F', 2, 1, 1, LINUX_ELFOSABI_FREEBSD },
		.e_type = LINUX_ET_EXEC,
		.e_machine = LINUX_EM_X86_64,
		.e_version = 1,
		.e_entry = 0x401210,
		.e_phoff = 0x800,
		.e_flags = 0x101ca75,
		.e_ehsize = 64,
		.e_phentsize = 56,
		.e_phnum = 4,
	};
	struct linux_elf64_phdr p[4] = {
		{ LINUX_PT_LOAD, LINUX_PF_R, 0, 0x400000, 0x400000, 0x1000, 0x1000,
		  0x1000 },
		{ LINUX_PT_LOAD, LINUX_PF_R | LINUX_PF_X, 0x1000, 0x401000, 0x1000,
		  0x400, 0x400, 0x1000 },
		{ LINUX_PT_LOAD, LINUX_PF_R | LINUX_PF_W, 0x2000, 0x402000, 0x2000,
		  0x300, 0x2345, 0x1000 },
		{ LINUX_PT_GNU_STACK, LINUX_PF_R | LINUX_PF_W, 0, 0, 0, 0, 0, 16 },
	};
	size_t n = (size_t)sprintf((char *)b.bytes, "%s\n\n\n\n'\n#'\"\n", magic);

	if (fat) {
		e.e_machine = LINUX_EM_AARCH64;
		n += image_printf((char *)b.bytes + n, &e);
		e.e_machine = LINUX_EM_X86_64;
	}
	n += (size_t)sprintf((char *)b.bytes + n,
			     "printf 'not a header'\nexec 7<> \"$o\"\n");
	n += image_printf((char *)b.bytes + n, &e);
	n += (size_t)sprintf((char *)b.bytes + n, "exec 7<&-\nexit 1\n");
	memcpy(b.bytes + 0x800, p, sizeof(p));
	memset(b.bytes + 0x1200, 0x90, 0x100);
	memset(b.bytes + 0x2000, 0xda, 0x300);
	return b;
}

#endif
