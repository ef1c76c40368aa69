/* Decoding of ELF64 headers: the checks that Linux makes, in its order. */
#include "abi/errno.h"
#include "abi/linux/mman.h"
#include "kernel/task/binfmt.h"
#include "lib/checked.h"
#include "lib/fmt.h"
#include "lib/string.h"

void exec_error_set(struct exec_error *err, const char *fmt, ...)
{
	va_list args;

	if (err == NULL)
		return;
	va_start(args, fmt);
	fmt_vprint(err->text, sizeof(err->text), fmt, args);
	va_end(args);
}

bool elf_magic(const void *head)
{
	return memcmp(head, LINUX_ELFMAG, LINUX_SELFMAG) == 0;
}

const char *elf_machine_name(u16 machine)
{
	switch (machine) {
	case LINUX_EM_386:
		return "i386";
	case LINUX_EM_PPC64:
		return "PowerPC64";
	case LINUX_EM_S390:
		return "s390";
	case LINUX_EM_ARM:
		return "ARM";
	case LINUX_EM_X86_64:
		return "x86-64";
	case LINUX_EM_AARCH64:
		return "AArch64";
	case LINUX_EM_RISCV:
		return "RISC-V";
	case LINUX_EM_LOONGARCH:
		return "LoongArch";
	}
	return NULL;
}

static const char *type_name(u16 type)
{
	switch (type) {
	case LINUX_ET_NONE:
		return "none";
	case LINUX_ET_REL:
		return "relocatable object";
	case LINUX_ET_CORE:
		return "core dump";
	}
	return "unknown";
}

static u16 swap16(u16 x)
{
	return (u16)(x << 8 | x >> 8);
}

/*
 * A hint for files of the wrong class or byte order, whose other fields make no sense.
 */
static bool explain_ident(const struct linux_elf64_ehdr *e, struct exec_error *err)
{
	const u8 *ident = e->e_ident;

	if (ident[LINUX_EI_CLASS] == LINUX_ELFCLASS32) {
		exec_error_set(err, "EI_CLASS is 1 (32-bit), expected 2 (64-bit)");
		return true;
	}
	if (ident[LINUX_EI_DATA] == LINUX_ELFDATA2MSB &&
	    swap16(e->e_type) <= LINUX_ET_CORE) {
		exec_error_set(err,
			       "EI_DATA is 2 (big-endian), expected 1 (little-endian)");
		return true;
	}
	return false;
}

/*
 * Linux: neither EI_CLASS, EI_DATA, EI_VERSION nor e_version is looked at; a file is
 * refused because its type, machine or table is wrong. They serve the explanation only.
 */
int elf_check_type(const struct linux_elf64_ehdr *e, struct exec_error *err)
{
	if (e->e_type != LINUX_ET_EXEC && e->e_type != LINUX_ET_DYN) {
		if (!explain_ident(e, err))
			exec_error_set(
				err, "e_type is %u (%s), expected 2 (EXEC) or 3 (DYN)",
				e->e_type, type_name(e->e_type));
		return -ENOEXEC;
	}
	return 0;
}

static int check_machine(const struct linux_elf64_ehdr *e, struct exec_error *err)
{
	const char *name = elf_machine_name(e->e_machine);

	if (e->e_machine == LINUX_EM_X86_64)
		return 0;
	exec_error_set(err, "e_machine is %u%s%s%s, expected 62 (x86-64)", e->e_machine,
		       name ? " (" : "", name ? name : "", name ? ")" : "");
	return -ENOEXEC;
}

static int check_table(const struct linux_elf64_ehdr *e, struct exec_error *err)
{
	if (e->e_phentsize != sizeof(struct linux_elf64_phdr)) {
		if (!explain_ident(e, err))
			exec_error_set(err, "e_phentsize is %u, expected 56",
				       e->e_phentsize);
		return -ENOEXEC;
	}
	if (e->e_phnum == 0 || e->e_phnum > ELF_PHDRS_MAX) {
		exec_error_set(err, "e_phnum is %u, expected 1 to %u", e->e_phnum,
			       (u32)ELF_PHDRS_MAX);
		return -ENOEXEC;
	}
	return 0;
}

int elf_decode_header(const void *head, bool interp, struct linux_elf64_ehdr *ret,
		      struct exec_error *err)
{
	struct linux_elf64_ehdr e;
	int r = 0;

	memcpy(&e, head, sizeof(e));
	if (!elf_magic(&e)) {
		exec_error_set(err, "no ELF magic at offset 0");
		return interp ? -ELIBBAD : -ENOEXEC;
	}
	if (!interp)
		r = elf_check_type(&e, err);
	if (r == 0)
		r = check_machine(&e, err);
	if (r == 0)
		r = check_table(&e, err);
	if (r < 0)
		return interp ? -ELIBBAD : r;
	*ret = e;
	return 0;
}

int elf_decode_phdrs(struct elf_image *image, const struct linux_elf64_phdr *table,
		     size_t got, struct exec_error *err)
{
	size_t size = image->ehdr.e_phnum * sizeof(struct linux_elf64_phdr);

	if (got < size) {
		exec_error_set(err,
			       "e_phoff is %#llx: the file ends before the %u program "
			       "headers do",
			       (unsigned long long)image->ehdr.e_phoff,
			       image->ehdr.e_phnum);
		return -ENOEXEC;
	}
	image->phdrs = table;
	image->phnum = image->ehdr.e_phnum;
	return 0;
}

/* Is x no address of a program? Linux: BAD_ADDR. */
static bool bad_addr(u64 x)
{
	return x >= LINUX_TASK_SIZE;
}

static int check_load(u32 i, const struct linux_elf64_phdr *p, struct exec_error *err)
{
	if (p->p_filesz > p->p_memsz) {
		exec_error_set(err, "segment %u: p_filesz %#llx is above p_memsz %#llx",
			       i, (unsigned long long)p->p_filesz,
			       (unsigned long long)p->p_memsz);
		return -EINVAL;
	}
	if (bad_addr(p->p_vaddr) || p->p_memsz > LINUX_TASK_SIZE ||
	    LINUX_TASK_SIZE - p->p_memsz < p->p_vaddr) {
		exec_error_set(
			err,
			"segment %u: p_vaddr %#llx and p_memsz %#llx leave the 47-bit "
			"address space",
			i, (unsigned long long)p->p_vaddr,
			(unsigned long long)p->p_memsz);
		return -EINVAL;
	}
	if (p->p_filesz != 0 && (p->p_vaddr - p->p_offset) % PAGE_SIZE != 0) {
		exec_error_set(
			err,
			"segment %u: p_vaddr %#llx and p_offset %#llx differ in their "
			"place within the page",
			i, (unsigned long long)p->p_vaddr,
			(unsigned long long)p->p_offset);
		return -EINVAL;
	}
	return 0;
}

int elf_check_loads(const struct elf_image *image, struct exec_error *err)
{
	for (u32 i = 0; i < image->phnum; i++) {
		const struct linux_elf64_phdr *p = &image->phdrs[i];

		if (p->p_type == LINUX_PT_LOAD) {
			int r = check_load(i, p, err);

			if (r < 0)
				return r;
		}
	}
	return 0;
}

const struct linux_elf64_phdr *elf_interp(const struct elf_image *image)
{
	for (u32 i = 0; i < image->phnum; i++)
		if (image->phdrs[i].p_type == LINUX_PT_INTERP)
			return &image->phdrs[i];
	return NULL;
}

int elf_check_interp(const struct linux_elf64_phdr *phdr, const char *text,
		     struct exec_error *err)
{
	if (phdr->p_filesz < 2 || phdr->p_filesz > 4096) {
		exec_error_set(err, "PT_INTERP: p_filesz is %llu, expected 2 to 4096",
			       (unsigned long long)phdr->p_filesz);
		return -ENOEXEC;
	}
	if (text != NULL && text[phdr->p_filesz - 1] != '\0') {
		exec_error_set(err, "PT_INTERP: the path does not end with a NUL");
		return -ENOEXEC;
	}
	return 0;
}

/*
 * Linux: the last PT_GNU_STACK counts; without one an x86-64 stack is not executable.
 */
bool elf_stack_executable(const struct elf_image *image)
{
	bool executable = false;

	for (u32 i = 0; i < image->phnum; i++)
		if (image->phdrs[i].p_type == LINUX_PT_GNU_STACK)
			executable = (image->phdrs[i].p_flags & LINUX_PF_X) != 0;
	return executable;
}

u64 elf_load_span(const struct elf_image *image)
{
	u64 min = ~0ull, max = 0;
	bool any = false;

	for (u32 i = 0; i < image->phnum; i++) {
		const struct linux_elf64_phdr *p = &image->phdrs[i];

		if (p->p_type != LINUX_PT_LOAD)
			continue;
		any = true;
		min = MIN(min, p->p_vaddr & PAGE_MASK);
		max = MAX(max, p->p_vaddr + p->p_memsz);
	}
	return any && max > min ? max - min : 0;
}

u64 elf_load_align(const struct elf_image *image)
{
	u64 align = 0, pages;

	for (u32 i = 0; i < image->phnum; i++) {
		const struct linux_elf64_phdr *p = &image->phdrs[i];

		/* Linux: an alignment that is no power of two is ignored. */
		if (p->p_type == LINUX_PT_LOAD && (p->p_align & (p->p_align - 1)) == 0)
			align = MAX(align, p->p_align);
	}
	return checked_page_up(align, &pages) ? pages : 0;
}

u64 elf_phdr_vaddr(const struct elf_image *image)
{
	u64 addr = 0;

	for (u32 i = 0; i < image->phnum; i++) {
		const struct linux_elf64_phdr *p = &image->phdrs[i];

		if (p->p_type == LINUX_PT_LOAD && p->p_offset <= image->ehdr.e_phoff &&
		    image->ehdr.e_phoff < p->p_offset + p->p_filesz)
			addr = image->ehdr.e_phoff - p->p_offset + p->p_vaddr;
	}
	return addr;
}
