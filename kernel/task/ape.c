/*
 * Decoding of APE files (Cosmopolitan's actually portable executables).
 *
 * OVERVIEW. An APE is a DOS program, a shell script and a ZIP archive at once. Its
 * shell part carries ELF headers as text: statements printf '\177ELF\2\1...' whose
 * output the script writes over the start of the file. ape_next_header() finds and
 * decodes them, so the file can be loaded as the ELF program it contains, without a
 * shell and without changing it.
 *
 * LINUX BEHAVIOUR. Linux refuses APE files with ENOEXEC unless binfmt_misc was
 * configured. The rules here are those of the published specification
 * (ape/specification.md) and of its loader: headers of other machines are passed over,
 * the next one is tried.
 */
#include "abi/errno.h"
#include "abi/linux/mman.h"
#include "kernel/task/binfmt.h"
#include "lib/checked.h"
#include "lib/string.h"

#define PRINTF_LEN 8 /* of "printf '" */
#define APE_PHDRS_MAX (1024 / sizeof(struct linux_elf64_phdr))

enum ape_kind ape_identify(const void *head, size_t len)
{
	if (len >= 8 &&
	    (memcmp(head, "MZqFpD='", 8) == 0 || memcmp(head, "jartsr='", 8) == 0))
		return APE_NATIVE;
	if (len >= 8 && memcmp(head, "APEDBG='", 8) == 0)
		return APE_DEBUG;
	if (len >= 2 && memcmp(head, "MZ", 2) == 0)
		return APE_PE;
	return APE_NONE;
}

static bool is_octal(u8 c)
{
	return c >= '0' && c <= '7';
}

/*
 * Decode shell printf text from *pos up to its closing quote. Only the first size bytes
 * are kept; returns how many came out, at most size. *pos ends behind what was used.
 */
static size_t decode_text(const u8 *head, size_t len, size_t *pos, u8 *out, size_t size)
{
	size_t n = 0, p = *pos;

	while (p < len && head[p] != '\'' && n < size) {
		u32 c = head[p++];

		if (c == '\\' && p < len && is_octal(head[p])) {
			c = 0;
			for (int digits = 0; digits < 3 && p < len && is_octal(head[p]);
			     digits++)
				c = c * 8 + (head[p++] - '0');
		}
		out[n++] = (u8)c;
	}
	*pos = p;
	return n;
}

bool ape_next_header(const u8 *head, size_t len, size_t *pos,
		     struct linux_elf64_ehdr *ret)
{
	u8 bytes[sizeof(*ret)];

	len = MIN(len, (size_t)APE_HEAD_SIZE);
	while (*pos < len && len - *pos >= PRINTF_LEN) {
		if (memcmp(head + *pos, "printf '", PRINTF_LEN) != 0) {
			++*pos;
			continue;
		}
		*pos += PRINTF_LEN;
		if (decode_text(head, len, pos, bytes, sizeof(bytes)) ==
			    sizeof(bytes) &&
		    elf_magic(bytes)) {
			memcpy(ret, bytes, sizeof(*ret));
			return true;
		}
	}
	return false;
}

/* EI_OSABI is FreeBSD's in real files and e_shnum 0; neither matters here. */
int ape_check_header(const struct linux_elf64_ehdr *ehdr, struct exec_error *err)
{
	struct linux_elf64_ehdr unused;
	int r;

	if (ehdr->e_ident[LINUX_EI_CLASS] != LINUX_ELFCLASS64) {
		exec_error_set(err, "APE header: EI_CLASS is %u, expected 2 (64-bit)",
			       ehdr->e_ident[LINUX_EI_CLASS]);
		return -ENOEXEC;
	}
	r = elf_decode_header(ehdr, false, &unused, err);
	if (r < 0)
		return r;
	if (ehdr->e_phnum > APE_PHDRS_MAX) {
		exec_error_set(err, "APE header: e_phnum is %u, expected at most %u",
			       ehdr->e_phnum, (u32)APE_PHDRS_MAX);
		return -ENOEXEC;
	}
	return 0;
}

/* Do the pages of two segments meet? Both ends were checked not to wrap. */
static bool pages_overlap(const struct linux_elf64_phdr *a,
			  const struct linux_elf64_phdr *b)
{
	u64 a_start = a->p_vaddr & PAGE_MASK, b_start = b->p_vaddr & PAGE_MASK;

	return a_start < ALIGN_UP(b->p_vaddr + b->p_memsz, PAGE_SIZE) &&
	       b_start < ALIGN_UP(a->p_vaddr + a->p_memsz, PAGE_SIZE);
}

/*
 * Neighbours with the same protection that show the same bytes of the file in the page
 * they share: as good as one segment.
 */
static bool mergeable(const struct linux_elf64_phdr *low,
		      const struct linux_elf64_phdr *high)
{
	return low->p_flags == high->p_flags && low->p_filesz == low->p_memsz &&
	       low->p_vaddr - low->p_offset == high->p_vaddr - high->p_offset &&
	       low->p_vaddr + low->p_memsz <= high->p_vaddr && high->p_filesz != 0;
}

static int check_overlap(const struct elf_image *image, u32 i, struct exec_error *err)
{
	const struct linux_elf64_phdr *p = &image->phdrs[i];

	for (u32 k = 0; k < i; k++) {
		const struct linux_elf64_phdr *q = &image->phdrs[k];

		if (q->p_type == LINUX_PT_LOAD && q->p_memsz != 0 &&
		    pages_overlap(p, q) && !mergeable(q, p)) {
			exec_error_set(err, "APE segments %u and %u overlap", k, i);
			return -ENOEXEC;
		}
	}
	return 0;
}

/* Segments that take no memory are no obstacle: they are dropped when loading. */
int ape_check_loads(const struct elf_image *image, struct exec_error *err)
{
	u64 entry = image->ehdr.e_entry;
	bool entry_found = false;

	if (elf_check_loads(image, err) < 0)
		return -ENOEXEC;
	for (u32 i = 0; i < image->phnum; i++) {
		const struct linux_elf64_phdr *p = &image->phdrs[i];

		if (p->p_type == LINUX_PT_INTERP || p->p_type == LINUX_PT_DYNAMIC) {
			exec_error_set(err,
				       "APE program header %u: %s is not supported", i,
				       p->p_type == LINUX_PT_INTERP ? "PT_INTERP" :
								      "PT_DYNAMIC");
			return -ENOEXEC;
		}
		if (p->p_type != LINUX_PT_LOAD || p->p_memsz == 0)
			continue;
		if (check_overlap(image, i, err) < 0)
			return -ENOEXEC;
		if ((p->p_flags & LINUX_PF_X) && entry >= p->p_vaddr &&
		    entry - p->p_vaddr < p->p_memsz)
			entry_found = true;
	}
	if (!entry_found) {
		exec_error_set(err, "APE e_entry %#llx lies in no executable segment",
			       (unsigned long long)entry);
		return -ENOEXEC;
	}
	return 0;
}
