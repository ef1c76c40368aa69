/*
 * Mapping a decoded program and its interpreter into an empty address space.
 *
 * OVERVIEW. Each PT_LOAD is mapped privately from its file, the rest of its last file
 * page is zeroed, and pages beyond that are anonymous. A position-independent object
 * gets its place with its first segment, the others follow at fixed distances.
 *
 * LINUX BEHAVIOUR. That of binfmt_elf: ET_EXEC at its own addresses; ET_DYN with
 * PT_INTERP at two thirds of the address space plus randomness; ET_DYN without
 * (static-PIE, or a dynamic linker started as a program) where mmap would put it; the
 * first segment never replaces anything, later ones do (so overlapping segments are
 * allowed); pages beyond the file part are readable and writable whatever p_flags says;
 * a segment without write permission keeps the file's bytes in the rest of its last
 * page. APE files differ in the last two points.
 */
#include "abi/errno.h"
#include "kernel/mm/mm.h"
#include "kernel/task/loader.h"
#include "lib/checked.h"

/* Linux: ELF_ET_DYN_BASE. */
#define PIE_BASE (LINUX_TASK_SIZE / 3 * 2)
#define PIE_RANDOM (1ull << 40) /* Linux: vm.mmap_rnd_bits of 28 pages */

/* One object while it is mapped. */
struct mapper {
	const struct exec_object *object;
	const char *name; /* for errors: "" or "interpreter " */
	bool placed; /* bias is known */
	uaddr_t bias;
	struct exec_error *err;
};

static int prot_of(const struct linux_elf64_phdr *p)
{
	return (p->p_flags & LINUX_PF_R ? LINUX_PROT_READ : 0) |
	       (p->p_flags & LINUX_PF_W ? LINUX_PROT_WRITE : 0) |
	       (p->p_flags & LINUX_PF_X ? LINUX_PROT_EXEC : 0);
}

static u64 page_offset(u64 x)
{
	return x & (PAGE_SIZE - 1);
}

/*
 * Map the file's part of a segment at exactly addr. span, when not 0, must be free as a
 * whole: it is mapped and what exceeds the segment is given back.
 */
static int map_file_part(const struct mapper *m, const struct linux_elf64_phdr *p,
			 uaddr_t addr, int prot, int flags, u64 span)
{
	u64 size = ALIGN_UP(p->p_filesz + page_offset(p->p_vaddr), PAGE_SIZE);
	u64 offset = p->p_offset - page_offset(p->p_vaddr);
	u64 len = MAX(size, ALIGN_UP(span, PAGE_SIZE));
	s64 r = mm_map(addr, len, prot, flags | LINUX_MAP_PRIVATE, m->object->file,
		       offset);

	if (r < 0)
		return (int)r;
	return len > size ? mm_unmap(addr + size, len - size) : 0;
}

/* Zero the rest of the last page that comes from the file. */
static int zero_tail(const struct mapper *m, uaddr_t end, int prot)
{
	u64 len = ALIGN_UP(end, PAGE_SIZE) - end;
	uaddr_t page = end & PAGE_MASK;
	int r;

	if (len == 0)
		return 0;
	if (prot & LINUX_PROT_WRITE)
		return clear_user(end, len);
	/* Linux: a tail that cannot be written to stays as it is. */
	if (!m->object->ape)
		return 0;
	r = mm_protect(page, PAGE_SIZE, prot | LINUX_PROT_READ | LINUX_PROT_WRITE);
	if (r == 0)
		r = clear_user(end, len);
	return r == 0 ? mm_protect(page, PAGE_SIZE, prot) : r;
}

static int map_zero_pages(const struct mapper *m, uaddr_t from, uaddr_t to, int prot)
{
	uaddr_t start = ALIGN_UP(from, PAGE_SIZE), end = ALIGN_UP(to, PAGE_SIZE);
	s64 r;

	if (end <= start)
		return 0;
	if (!m->object->ape)
		prot = LINUX_PROT_READ | LINUX_PROT_WRITE | (prot & LINUX_PROT_EXEC);
	r = mm_map(start, end - start, prot,
		   LINUX_MAP_PRIVATE | LINUX_MAP_ANONYMOUS | LINUX_MAP_FIXED, NULL, 0);
	return r < 0 ? (int)r : 0;
}

static void explain_failure(const struct mapper *m, const struct linux_elf64_phdr *p,
			    uaddr_t addr, int error)
{
	u32 i = (u32)(p - m->object->elf.phdrs);

	/* Only the write to the last page gives this: it has no bytes in the file. */
	if (error == -EFAULT)
		exec_error_set(m->err,
			       "%ssegment %u: p_offset %#llx and p_filesz %#llx end "
			       "beyond the end of the file",
			       m->name, i, (unsigned long long)p->p_offset,
			       (unsigned long long)p->p_filesz);
	else
		exec_error_set(m->err,
			       "%ssegment %u cannot be mapped at %#llx, %#llx bytes",
			       m->name, i, (unsigned long long)addr,
			       (unsigned long long)p->p_memsz);
}

/* addr: where p_vaddr goes. The segment's numbers have passed elf_check_loads(). */
static int map_segment(const struct mapper *m, const struct linux_elf64_phdr *p,
		       uaddr_t addr, int flags, u64 span)
{
	uaddr_t page = addr & PAGE_MASK, file_end = page;
	int prot = prot_of(p), r = 0;

	if (p->p_filesz != 0) {
		file_end = addr + p->p_filesz;
		r = map_file_part(m, p, page, prot, flags, span);
		if (r == 0 && p->p_memsz > p->p_filesz)
			r = zero_tail(m, file_end, prot);
	}
	if (r == 0 && p->p_memsz > p->p_filesz)
		r = map_zero_pages(m, file_end, addr + p->p_memsz, prot);
	if (r < 0)
		explain_failure(m, p, addr, r);
	return r;
}

/* --- where an object goes --- */

static int no_room(const struct mapper *m, u64 span)
{
	exec_error_set(m->err, "no room for the %ssegments, %#llx bytes", m->name,
		       (unsigned long long)span);
	return -ENOMEM;
}

/* An ET_DYN that goes where mmap would put it. */
static int find_place(struct mapper *m, const struct linux_elf64_phdr *first, u64 span,
		      u64 align)
{
	uaddr_t base = 0, end;

	if (!checked_page_up(span, &span))
		return no_room(m, span);
	/*
	 * Linux: without bytes from the file the first segment goes to address 0, and
	 * fails.
	 */
	if (first->p_filesz != 0) {
		base = mm_find_free(span, PAGE_SIZE);
		if (base == 0)
			return no_room(m, span);
	}
	if (align > PAGE_SIZE)
		base &= ~(align - 1);
	if (!checked_add(base, span, &end))
		return no_room(m, span);
	m->bias = base - (first->p_vaddr & PAGE_MASK);
	return 0;
}

/* An ET_DYN with an interpreter: low enough to leave the heap room above it. */
static void choose_pie_place(struct mapper *m, const struct linux_elf64_phdr *first,
			     u64 align)
{
	uaddr_t base = PIE_BASE + mm_random(PIE_RANDOM);

	if (align != 0)
		base &= ~(align - 1);
	m->bias = (base - first->p_vaddr) & PAGE_MASK;
}

/* Map the first segment of the main program, which decides the bias. */
static int place_program(struct mapper *m, const struct linux_elf64_phdr *first,
			 bool has_interp)
{
	const struct elf_image *elf = &m->object->elf;
	u64 span = 0;
	int r;

	if (elf->ehdr.e_type == LINUX_ET_DYN) {
		span = elf_load_span(elf);
		if (span == 0) {
			exec_error_set(m->err, "the segments take no memory");
			return -EINVAL;
		}
		if (has_interp) {
			choose_pie_place(m, first, elf_load_align(elf));
		} else {
			r = find_place(m, first, span, elf_load_align(elf));
			if (r < 0)
				return r;
		}
	}
	return map_segment(m, first, m->bias + first->p_vaddr,
			   LINUX_MAP_FIXED_NOREPLACE, span);
}

/* The same for an interpreter. Linux: its alignment is not looked at. */
static int place_interp(struct mapper *m, const struct linux_elf64_phdr *first,
			bool hint)
{
	const struct elf_image *elf = &m->object->elf;
	u64 span = elf_load_span(elf);
	int r;

	if (span == 0) {
		exec_error_set(m->err, "the interpreter's segments take no memory");
		return -EINVAL;
	}
	if (elf->ehdr.e_type == LINUX_ET_EXEC)
		return map_segment(m, first, first->p_vaddr, LINUX_MAP_FIXED, span);
	/* Linux: p_vaddr is mmap's hint then, raised to the lowest address allowed. */
	if (hint && first->p_vaddr >= PAGE_SIZE) {
		if (first->p_vaddr < LINUX_MMAP_MIN_ADDR)
			m->bias = LINUX_MMAP_MIN_ADDR - (first->p_vaddr & PAGE_MASK);
		r = map_segment(m, first, m->bias + first->p_vaddr,
				LINUX_MAP_FIXED_NOREPLACE, span);
		if (r != -EEXIST && r != -ENOMEM)
			return r;
	}
	r = find_place(m, first, span, PAGE_SIZE);
	if (r < 0)
		return r;
	return map_segment(m, first, m->bias + first->p_vaddr,
			   LINUX_MAP_FIXED_NOREPLACE, span);
}

/* --- whole objects --- */

/* Linux: what /proc/PID/stat and brk are told about the segments. */
static void note_extent(struct exec_layout *l, const struct linux_elf64_phdr *p,
			uaddr_t bias)
{
	uaddr_t start = p->p_vaddr + bias, file_end = start + p->p_filesz;

	if (p->p_flags & LINUX_PF_X) {
		l->code_start = MIN(l->code_start, start);
		l->code_end = MAX(l->code_end, file_end);
	}
	l->data_start = MAX(l->data_start, start);
	l->data_end = MAX(l->data_end, file_end);
	l->load_end = MAX(l->load_end, start + p->p_memsz);
}

static int check_entry(const struct mapper *m, uaddr_t entry)
{
	if (entry < LINUX_TASK_SIZE)
		return 0;
	exec_error_set(m->err, "%se_entry %#llx is outside the 47-bit address space",
		       m->name, (unsigned long long)m->object->elf.ehdr.e_entry);
	return -EINVAL;
}

static int map_program(struct mapper *m, bool has_interp, struct exec_layout *l)
{
	const struct elf_image *elf = &m->object->elf;

	for (u32 i = 0; i < elf->phnum; i++) {
		const struct linux_elf64_phdr *p = &elf->phdrs[i];
		int r;

		/* An APE's empty segments are dropped, they may lie anywhere. */
		if (p->p_type != LINUX_PT_LOAD || (m->object->ape && p->p_memsz == 0))
			continue;
		if (m->placed)
			r = map_segment(m, p, m->bias + p->p_vaddr, LINUX_MAP_FIXED, 0);
		else
			r = place_program(m, p, has_interp);
		if (r < 0)
			return r;
		m->placed = true;
		note_extent(l, p, m->bias);
	}
	l->bias = m->bias;
	l->entry = elf->ehdr.e_entry + m->bias;
	l->phdr = elf_phdr_vaddr(elf) + m->bias;
	return has_interp ? 0 : check_entry(m, l->entry);
}

static int map_interp(struct mapper *m, bool hint, struct exec_layout *l)
{
	const struct elf_image *elf = &m->object->elf;
	int r = elf_check_type(&elf->ehdr, m->err);

	if (r == 0)
		r = elf_check_loads(elf, m->err);
	for (u32 i = 0; r == 0 && i < elf->phnum; i++) {
		const struct linux_elf64_phdr *p = &elf->phdrs[i];

		if (p->p_type != LINUX_PT_LOAD)
			continue;
		if (m->placed)
			r = map_segment(m, p, m->bias + p->p_vaddr, LINUX_MAP_FIXED, 0);
		else
			r = place_interp(m, p, hint);
		m->placed = true;
	}
	if (r < 0)
		return r;
	if (!m->placed) {
		exec_error_set(m->err, "the interpreter has no segment to load");
		return -EINVAL;
	}
	l->interp_base = m->bias;
	l->start = m->bias + elf->ehdr.e_entry;
	return check_entry(m, l->start);
}

int exec_map(const struct exec_image *image, struct exec_layout *layout,
	     struct exec_error *err)
{
	struct mapper program = { .object = image->program, .name = "", .err = err };
	struct mapper interp = { .object = image->interp,
				 .name = "interpreter ",
				 .err = err };
	int r = elf_check_loads(&image->program->elf, err);

	layout->code_start = ~0ull;
	if (r == 0)
		r = map_program(&program, image->interp != NULL, layout);
	if (r < 0)
		return r;
	layout->start = layout->entry;
	if (image->interp == NULL)
		return 0;
	return map_interp(&interp, layout->bias == 0, layout);
}
