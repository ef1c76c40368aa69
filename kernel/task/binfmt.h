/*
 * Decoders of program files: pure functions over bytes that the caller has read.
 *
 * They depend on no kernel state, so the loader, the fuzz target and file reports share
 * them. Each returns 0 or the -Exxx that execve(2) would give, and explains itself in
 * struct exec_error.
 */
#ifndef NACRE_KERNEL_TASK_BINFMT_H
#define NACRE_KERNEL_TASK_BINFMT_H

#include "abi/linux/elf.h"
#include "lib/types.h"

/* What is wrong with a file: one line that names the field and what was expected. */
struct exec_error {
	char text[240]; /* "" when there is nothing to add to the errno */
};

/* err may be NULL. Replaces what is there. */
void exec_error_set(struct exec_error *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/*
 * Linux: BINPRM_BUF_SIZE, the part of a file that decides its format. Padded with NULs.
 */
#define EXEC_HEAD_SIZE 256

/* --- script.c: "#!" lines --- */

/* Where the two words lie in the head. Neither is terminated. */
struct script_line {
	u32 name, name_len; /* name_len may be 0: Linux then opens "" */
	u32 arg, arg_len; /* may contain blanks; may be empty and yet present */
	bool has_arg;
};

bool script_magic(const u8 head[EXEC_HEAD_SIZE]);
MUST_USE int script_decode(const u8 head[EXEC_HEAD_SIZE], struct script_line *ret,
			   struct exec_error *err);

/* --- elf.c --- */

/* Linux: the program headers take at most 64 KiB. */
#define ELF_PHDRS_MAX (65536 / sizeof(struct linux_elf64_phdr))

struct elf_image {
	struct linux_elf64_ehdr ehdr;
	u32 phnum;
	const struct linux_elf64_phdr *phdrs; /* the caller's */
};

bool elf_magic(const void *head);
/*
 * head: the first 64 bytes or more. Checks all that Linux checks before it reads
 * further: -ENOEXEC, for an interpreter -ELIBBAD; an interpreter's type is looked at
 * only when it is mapped.
 */
MUST_USE int elf_decode_header(const void *head, bool interp,
			       struct linux_elf64_ehdr *ret, struct exec_error *err);
MUST_USE int elf_check_type(const struct linux_elf64_ehdr *e, struct exec_error *err);
/*
 * Take the program headers read from e_phoff: got bytes of table, which may be too few.
 * The image refers to the table from then on.
 */
MUST_USE int elf_decode_phdrs(struct elf_image *image,
			      const struct linux_elf64_phdr *table, size_t got,
			      struct exec_error *err);
/*
 * What Linux finds only after the point of no return, where it kills the process:
 * segment sizes and addresses. Segments may overlap, as on Linux: the later one wins.
 */
MUST_USE int elf_check_loads(const struct elf_image *image, struct exec_error *err);
/* The first PT_INTERP or NULL. */
const struct linux_elf64_phdr *elf_interp(const struct elf_image *image);
/* text: the bytes of that segment, p_filesz of them. */
MUST_USE int elf_check_interp(const struct linux_elf64_phdr *phdr, const char *text,
			      struct exec_error *err);
/* Does PT_GNU_STACK ask for an executable stack? */
bool elf_stack_executable(const struct elf_image *image);
/* From the first page to the last byte of all PT_LOADs; 0: none. */
u64 elf_load_span(const struct elf_image *image);
/* The largest valid p_align of the PT_LOADs, at least a page when there is any. */
u64 elf_load_align(const struct elf_image *image);
/* The program headers' address before relocation, 0 when no segment holds them. */
u64 elf_phdr_vaddr(const struct elf_image *image);
/* "x86-64" etc., NULL: unknown. */
const char *elf_machine_name(u16 machine);

/* --- ape.c: Cosmopolitan's actually portable executables --- */

/* As far as the loader looks for headers, and the least a file must have. */
#define APE_HEAD_SIZE 8192
#define APE_HEAD_MIN 64

enum ape_kind {
	APE_NONE,
	APE_NATIVE, /* MZqFpD=' or jartsr=': may be loaded from its embedded header */
	APE_DEBUG, /* APEDBG=': exists to be run by /bin/sh */
	APE_PE, /* MZ: an ordinary Windows or DOS program */
};

enum ape_kind ape_identify(const void *head, size_t len);
/*
 * The next statement printf '...' at or after *pos that yields an ELF header, whatever
 * its machine. False: no more. *pos is moved behind what was looked at.
 */
MUST_USE bool ape_next_header(const u8 *head, size_t len, size_t *pos,
			      struct linux_elf64_ehdr *ret);
/*
 * -ENOEXEC with the reason: another machine, a type or table that APE does not allow.
 */
MUST_USE int ape_check_header(const struct linux_elf64_ehdr *ehdr,
			      struct exec_error *err);
/* The same for the segments; stricter than ELF: nothing may overlap. */
MUST_USE int ape_check_loads(const struct elf_image *image, struct exec_error *err);

#endif
