/* The loader's decoders on bytes: "#!" lines, ELF headers, APE prologues, errors. */

/* Built from FAKE_SOURCES and LOADER_SOURCES of platform/fake/fake.mk. */
#include "kernel/task/binfmt.h"
#include "tests/guest/test.h"
#include "tests/unit/loader_images.h"

/* --- "#!" --- */

struct script_case {
	const char *line;
	int result;
	const char *name, *arg; /* arg NULL: none */
};

static const struct script_case script_cases[] = {
	{ "#!/bin/sh\n", 0, "/bin/sh", NULL },
	{ "#! /bin/sh\n", 0, "/bin/sh", NULL },
	{ "#!\t /bin/sh \t\n", 0, "/bin/sh", NULL },
	{ "#!/bin/sh -e\n", 0, "/bin/sh", "-e" },
	{ "#!/usr/bin/env  python3 -u \t\n", 0, "/usr/bin/env", "python3 -u" },
	{ "#!/bin/sh", 0, "/bin/sh", NULL },
	{ "#!/bin/sh -e ", 0, "/bin/sh", "-e " },
	{ "#!/bin/sh ", 0, "/bin/sh", "" },
	{ "#!/bin/sh\r\n", 0, "/bin/sh\r", NULL },
	{ "#!", 0, "", NULL },
	{ "#!\n", -ENOEXEC, NULL, NULL },
	{ "#! \t\n", -ENOEXEC, NULL, NULL },
	{ "#!x\ny", 0, "x", NULL },
};

static void check_script(const struct script_case *c)
{
	u8 head[EXEC_HEAD_SIZE] = { 0 };
	struct script_line line;
	struct exec_error err = { "" };
	int r;

	memcpy(head, c->line, strlen(c->line));
	REQUIRE(script_magic(head));
	r = script_decode(head, &line, &err);
	if (r != c->result)
		test_fail("%s: %d, not %d", c->line, r, c->result);
	if (r < 0) {
		CHECK(err.text[0] != '\0');
		return;
	}
	if (line.name_len != strlen(c->name) ||
	    memcmp(head + line.name, c->name, line.name_len) != 0)
		test_fail("%s: name is %.*s", c->line, (int)line.name_len,
			  head + line.name);
	if (line.has_arg != (c->arg != NULL))
		test_fail("%s: argument where none is, or none", c->line);
	else if (c->arg != NULL && (line.arg_len != strlen(c->arg) ||
				    memcmp(head + line.arg, c->arg, line.arg_len) != 0))
		test_fail("%s: argument is %.*s", c->line, (int)line.arg_len,
			  head + line.arg);
}

static void check_long_lines(void)
{
	u8 head[EXEC_HEAD_SIZE];
	struct script_line line;

	memset(head, 'x', sizeof(head));
	memcpy(head, "#!", 2);
	CHECK_EQ(script_decode(head, &line, NULL), -ENOEXEC);
	head[255] = '\n';
	CHECK_EQ(script_decode(head, &line, NULL), 0);
	CHECK_EQ(line.name_len, 253);
	/* A cut argument is no reason to refuse. */
	head[255] = 'x';
	head[100] = ' ';
	CHECK_EQ(script_decode(head, &line, NULL), 0);
	CHECK_EQ(line.name_len, 98);
	CHECK_EQ(line.arg, 101);
	CHECK_EQ(line.arg_len, 154);
	memset(head + 2, ' ', 254);
	CHECK_EQ(script_decode(head, &line, NULL), -ENOEXEC);
	memset(head, 0, sizeof(head));
	CHECK(!script_magic(head));
}

/* --- ELF --- */

struct header_case {
	size_t offset;
	u16 value;
	int result;
	const char *text;
};

static const struct header_case header_cases[] = {
	{ 18, LINUX_EM_AARCH64, -ENOEXEC,
	  "e_machine is 183 (AArch64), expected 62 (x86-64)" },
	{ 18, 0x1234, -ENOEXEC, "e_machine is 4660, expected 62 (x86-64)" },
	{ 16, 1, -ENOEXEC,
	  "e_type is 1 (relocatable object), expected 2 (EXEC) or 3 (DYN)" },
	{ 54, 32, -ENOEXEC, "e_phentsize is 32, expected 56" },
	{ 56, 0, -ENOEXEC, "e_phnum is 0, expected 1 to 1170" },
	{ 56, 1171, -ENOEXEC, "e_phnum is 1171, expected 1 to 1170" },
	{ 0, 0, -ENOEXEC, "no ELF magic at offset 0" },
	{ 60, 7, 0, "" },
};

static void check_headers(void)
{
	struct linux_elf64_ehdr ehdr;
	struct exec_error err;
	struct blob b;

	for (size_t i = 0; i < ARRAY_SIZE(header_cases); i++) {
		const struct header_case *c = &header_cases[i];

		b = image_elf(LINUX_ET_EXEC, 0x400000, NULL);
		memcpy(b.bytes + c->offset, &c->value, 2);
		err.text[0] = '\0';
		CHECK_EQ(elf_decode_header(b.bytes, false, &ehdr, &err), c->result);
		if (strcmp(err.text, c->text) != 0)
			test_fail("explained as: %s", err.text);
		free(b.bytes);
	}
	/* An interpreter's troubles are ELIBBAD; its type is not looked at. */
	b = image_elf(LINUX_ET_REL, 0, NULL);
	CHECK_EQ(elf_decode_header(b.bytes, true, &ehdr, NULL), 0);
	image_ehdr(&b)->e_machine = LINUX_EM_386;
	CHECK_EQ(elf_decode_header(b.bytes, true, &ehdr, &err), -ELIBBAD);
	free(b.bytes);
}

/*
 * Files of another class or byte order are explained as such, not by their garbled
 * fields.
 */
static void check_foreign(void)
{
	struct linux_elf64_ehdr ehdr;
	struct exec_error err;
	struct blob b = blob_make(64);

	memcpy(b.bytes, "\177ELF\1\1\1", 7);
	b.bytes[16] = 2;
	b.bytes[18] = LINUX_EM_386;
	CHECK_EQ(elf_decode_header(b.bytes, false, &ehdr, &err), -ENOEXEC);
	CHECK(strcmp(err.text, "e_machine is 3 (i386), expected 62 (x86-64)") == 0);
	b.bytes[18] = LINUX_EM_X86_64; /* x32 */
	CHECK_EQ(elf_decode_header(b.bytes, false, &ehdr, &err), -ENOEXEC);
	CHECK(strcmp(err.text, "EI_CLASS is 1 (32-bit), expected 2 (64-bit)") == 0);
	memcpy(b.bytes, "\177ELF\2\2\1", 7);
	memcpy(b.bytes + 16, "\0\2\0\25", 4);
	CHECK_EQ(elf_decode_header(b.bytes, false, &ehdr, &err), -ENOEXEC);
	CHECK(strcmp(err.text,
		     "EI_DATA is 2 (big-endian), expected 1 (little-endian)") == 0);
	free(b.bytes);
}

static void check_tables(void)
{
	struct blob b = image_elf(LINUX_ET_DYN, 0x10000, "/lib/ld.so");
	struct elf_image image = { 0 };
	struct exec_error err;
	const struct linux_elf64_phdr *interp;

	CHECK_EQ(elf_decode_header(b.bytes, false, &image.ehdr, &err), 0);
	CHECK_EQ(elf_decode_phdrs(&image, image_phdr(&b, 0), 4 * 56 - 1, &err),
		 -ENOEXEC);
	CHECK_EQ(elf_decode_phdrs(&image, image_phdr(&b, 0), 4 * 56, &err), 0);
	CHECK_EQ(elf_check_loads(&image, &err), 0);
	CHECK_EQ(elf_load_span(&image), 0x5100);
	CHECK_EQ(elf_load_align(&image), 0x1000);
	CHECK_EQ(elf_phdr_vaddr(&image), 0x10040);
	CHECK(!elf_stack_executable(&image));
	interp = elf_interp(&image);
	REQUIRE(interp != NULL);
	CHECK_EQ(elf_check_interp(interp, (char *)b.bytes + 0x400, &err), 0);
	CHECK_EQ(elf_check_interp(interp, "no NUL here", &err), -ENOEXEC);
	image_phdr(&b, 2)->p_flags = 7;
	CHECK(elf_stack_executable(&image));
	image_phdr(&b, 1)->p_align = 3 << 20;
	CHECK_EQ(elf_load_align(&image), 0x1000);
	image_phdr(&b, 1)->p_align = 2 << 20;
	CHECK_EQ(elf_load_align(&image), 2 << 20);
	image_phdr(&b, 1)->p_vaddr = ~0xfffull;
	CHECK_EQ(elf_check_loads(&image, &err), -EINVAL);
	CHECK(strncmp(err.text, "segment 1: p_vaddr", 18) == 0);
	image_phdr(&b, 1)->p_vaddr = 0x12001;
	CHECK_EQ(elf_check_loads(&image, &err), -EINVAL);
	CHECK(strstr(err.text, "p_offset") != NULL);
	free(b.bytes);
}

/* --- APE --- */

static void check_ape_kinds(void)
{
	CHECK_EQ(ape_identify("MZqFpD='", 8), APE_NATIVE);
	CHECK_EQ(ape_identify("jartsr='", 8), APE_NATIVE);
	CHECK_EQ(ape_identify("APEDBG='", 8), APE_DEBUG);
	CHECK_EQ(ape_identify("MZqFpD=\"", 8), APE_PE);
	CHECK_EQ(ape_identify("MZqFpD='", 7), APE_PE);
	CHECK_EQ(ape_identify("MZ\220\0", 4), APE_PE);
	CHECK_EQ(ape_identify("jartsr=", 7), APE_NONE);
	CHECK_EQ(ape_identify("", 0), APE_NONE);
}

static void check_ape_file(const char *magic, bool fat)
{
	struct blob b = image_ape(magic, fat);
	struct linux_elf64_ehdr ehdr;
	struct elf_image image = { 0 };
	struct exec_error err = { "" };
	size_t pos = 0;

	if (fat) {
		REQUIRE(ape_next_header(b.bytes, b.len, &pos, &ehdr));
		CHECK_EQ(ehdr.e_machine, LINUX_EM_AARCH64);
		CHECK_EQ(ape_check_header(&ehdr, &err), -ENOEXEC);
		CHECK(strcmp(err.text,
			     "e_machine is 183 (AArch64), expected 62 (x86-64)") == 0);
	}
	REQUIRE(ape_next_header(b.bytes, b.len, &pos, &image.ehdr));
	CHECK_EQ(image.ehdr.e_entry, 0x401210);
	CHECK_EQ(image.ehdr.e_phoff, 0x800);
	CHECK_EQ(image.ehdr.e_flags, 0x101ca75);
	CHECK_EQ(ape_check_header(&image.ehdr, &err), 0);
	CHECK(!ape_next_header(b.bytes, b.len, &pos, &ehdr));
	struct linux_elf64_phdr *p = (struct linux_elf64_phdr *)(b.bytes + 0x800);

	CHECK_EQ(elf_decode_phdrs(&image, p, 4 * 56, &err), 0);
	CHECK_EQ(ape_check_loads(&image, &err), 0);
	/* Every rule, one after the other. */
	p[3].p_type = LINUX_PT_INTERP;
	CHECK_EQ(ape_check_loads(&image, &err), -ENOEXEC);
	p[3].p_type = LINUX_PT_DYNAMIC;
	CHECK_EQ(ape_check_loads(&image, &err), -ENOEXEC);
	p[3].p_type = LINUX_PT_NOTE;
	p[2].p_vaddr = 0x401000;
	CHECK_EQ(ape_check_loads(&image, &err), -ENOEXEC);
	CHECK(strcmp(err.text, "APE segments 1 and 2 overlap") == 0);
	p[2].p_vaddr = 0x402000;
	p[1].p_flags = LINUX_PF_R;
	CHECK_EQ(ape_check_loads(&image, &err), -ENOEXEC);
	CHECK(strstr(err.text, "e_entry") != NULL);
	p[1].p_flags = LINUX_PF_R | LINUX_PF_X;
	/*
	 * An empty segment is dropped wherever it is; neighbours that show the same
	 * page pass.
	 */
	p[2].p_vaddr = 0x401000;
	p[2].p_filesz = p[2].p_memsz = 0;
	CHECK_EQ(ape_check_loads(&image, &err), 0);
	p[2] = p[1];
	p[2].p_vaddr += 0x400;
	p[2].p_offset += 0x400;
	CHECK_EQ(ape_check_loads(&image, &err), 0);
	p[2].p_offset += 0x1000;
	CHECK_EQ(ape_check_loads(&image, &err), -ENOEXEC);
	free(b.bytes);
}

/* The forms of octal escapes that real files use, and text that ends too early. */
static void check_ape_text(void)
{
	static const char short_text[] = "printf '\\177ELF\\2\\1\\1'";
	static const char start[] = "printf '\\177ELF\\2\\1\\1\\11";
	struct linux_elf64_ehdr ehdr;
	char text[1024];
	size_t pos = 0, n;

	CHECK(!ape_next_header((const u8 *)short_text, sizeof(short_text), &pos,
			       &ehdr));
	pos = 0;
	CHECK(!ape_next_header((const u8 *)"printf ", 7, &pos, &ehdr));
	CHECK_EQ(pos, 0);
	n = (size_t)sprintf(text, "%s", start);
	for (int i = 8; i < 16; i++)
		n += (size_t)sprintf(text + n, "\\0");
	n += (size_t)sprintf(text + n, "\\2\\0>\\0\\1");
	/* At most three digits belong to an escape. */
	n += (size_t)sprintf(text + n, "\\0000\\1018");
	for (int i = 25; i < 64; i++)
		text[n++] = 'A';
	pos = 0;
	REQUIRE(ape_next_header((const u8 *)text, n, &pos, &ehdr));
	CHECK_EQ(pos, n);
	CHECK_EQ(ehdr.e_ident[7], 9);
	CHECK_EQ(ehdr.e_machine, LINUX_EM_X86_64);
	CHECK_EQ(ehdr.e_version, 0x41300001);
	CHECK_EQ(ehdr.e_entry, 0x4141414141414138);
	/* One byte short. */
	text[n - 1] = '\'';
	pos = 0;
	CHECK(!ape_next_header((const u8 *)text, n, &pos, &ehdr));
	text[n - 1] = '\\';
	pos = 0;
	CHECK(ape_next_header((const u8 *)text, n, &pos, &ehdr));
	CHECK_EQ(ehdr.e_shstrndx, '\\' << 8 | 'A');
}

/* Nothing beyond the part that is searched counts. */
static void check_ape_limit(void)
{
	struct blob b = blob_make(APE_HEAD_SIZE + 1024),
		    ape = image_ape("jartsr='", false);
	struct linux_elf64_ehdr ehdr;
	size_t pos = 0;

	memcpy(b.bytes + APE_HEAD_SIZE - 8, ape.bytes, 512);
	CHECK(!ape_next_header(b.bytes, b.len, &pos, &ehdr));
	free(b.bytes);
	free(ape.bytes);
}

int main(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(script_cases); i++)
		check_script(&script_cases[i]);
	check_long_lines();
	check_headers();
	check_foreign();
	check_tables();
	check_ape_kinds();
	check_ape_file("MZqFpD='", false);
	check_ape_file("MZqFpD='", true);
	check_ape_file("jartsr='", true);
	check_ape_text();
	check_ape_limit();
	return TEST_RESULT;
}
