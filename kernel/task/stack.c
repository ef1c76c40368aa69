/*
 * The first stack of a program.
 *
 * OVERVIEW. From the top of the stack mapping down, as on Linux:
 *
 *	8 zero bytes
 *	the file name (AT_EXECFN)
 *	the environment's strings, then below them the arguments' (env and argv upwards)
 *	a random gap of up to 8 KiB, to a multiple of 16
 *	"x86_64" (AT_PLATFORM)
 *	16 random bytes (AT_RANDOM)
 *	[an APE's program headers, when no segment holds them]
 *	padding so that the following starts at a multiple of 16
 *	the auxiliary vector, up to AT_NULL
 *	NULL, the pointers to the environment
 *	NULL, the pointers to the arguments
 *	argc   <- sp
 */
#include "abi/errno.h"
#include "kernel/mm/mm.h"
#include "kernel/task/loader.h"
#include "lib/string.h"
#include "platform/plat.h"

#define STACK_ALIGN 16
#define RANDOM_GAP 8192 /* Linux: arch_align_stack */

static const char platform_name[] = "x86_64";

/* Copy size bytes below *sp and move it there. */
static int push_bytes(uaddr_t *sp, const void *bytes, size_t size)
{
	int r = copy_out(*sp - size, bytes, size);

	if (r == 0)
		*sp -= size;
	return r;
}

static int write_strings(const struct exec_args *args, struct exec_layout *layout)
{
	uaddr_t sp = layout->stack_top - sizeof(u64);
	int r = push_bytes(&sp, args->block + args->start, args->size - args->start);

	if (r < 0)
		return r;
	layout->arg_start = sp;
	layout->env_start = sp + args->argv_len;
	layout->env_end = layout->env_start + args->env_len;
	layout->execfn = layout->env_end;
	layout->sp = sp;
	return 0;
}

static uaddr_t skip_random_gap(uaddr_t sp)
{
	u16 gap = 0;

	if (mm_aslr()) {
		plat_random(&gap, sizeof(gap));
		sp -= gap % RANDOM_GAP;
	}
	return ALIGN_DOWN(sp, STACK_ALIGN);
}

/* An APE's headers need not be in a segment: then the program gets a copy of them. */
static int write_phdrs(const struct exec_object *program, struct exec_layout *layout)
{
	uaddr_t sp = ALIGN_DOWN(layout->sp, sizeof(u64));
	int r;

	if (!program->ape || elf_phdr_vaddr(&program->elf) != 0)
		return 0;
	r = push_bytes(&sp, program->elf.phdrs,
		       program->elf.phnum * sizeof(program->elf.phdrs[0]));
	if (r < 0)
		return r;
	layout->sp = layout->phdr = sp;
	return 0;
}

static int write_facts(const struct exec_image *image, struct exec_layout *layout)
{
	u8 random[16];
	int r;

	layout->sp = skip_random_gap(layout->sp);
	r = push_bytes(&layout->sp, platform_name, sizeof(platform_name));
	if (r < 0)
		return r;
	layout->platform = layout->sp;
	plat_random(random, sizeof(random));
	r = push_bytes(&layout->sp, random, sizeof(random));
	if (r < 0)
		return r;
	layout->random = layout->sp;
	return write_phdrs(image->program, layout);
}

/* Gathers words so that long vectors do not mean a copy_out for each. */
struct word_writer {
	uaddr_t at;
	u32 count;
	u64 words[64];
};

static int flush_words(struct word_writer *w)
{
	size_t size = w->count * sizeof(u64);
	int r = copy_out(w->at, w->words, size);

	w->at += size;
	w->count = 0;
	return r;
}

static int put_word(struct word_writer *w, u64 word)
{
	w->words[w->count++] = word;
	return w->count == ARRAY_SIZE(w->words) ? flush_words(w) : 0;
}

/* The addresses of count strings that lie one after the other, and a NULL. */
static int put_pointers(struct word_writer *w, const char *strings, u32 count,
			uaddr_t addr)
{
	for (u32 i = 0; i < count; i++) {
		size_t size = strlen(strings) + 1;
		int r = put_word(w, addr);

		if (r < 0)
			return r;
		strings += size;
		addr += size;
	}
	return put_word(w, 0);
}

static int write_vectors(const struct exec_args *args, struct exec_layout *layout,
			 const struct linux_auxv *auxv, u32 auxc)
{
	const char *argv = args->block + args->start, *env = argv + args->argv_len;
	struct word_writer w = { .at = layout->sp };
	int r = put_word(&w, args->argc);

	if (r == 0)
		r = put_pointers(&w, argv, args->argc, layout->arg_start);
	if (r == 0)
		r = put_pointers(&w, env, args->envc, layout->env_start);
	for (u32 i = 0; r == 0 && i < auxc; i++) {
		r = put_word(&w, auxv[i].a_type);
		if (r == 0)
			r = put_word(&w, auxv[i].a_val);
	}
	return r == 0 ? flush_words(&w) : r;
}

int exec_stack_build(const struct exec_image *image, struct exec_layout *layout,
		     struct linux_auxv auxv[EXEC_AUXV_MAX], u32 *ret_auxc)
{
	const struct exec_args *args = &image->args;
	u64 words;
	u32 auxc;
	int r = write_strings(args, layout);

	if (r == 0)
		r = write_facts(image, layout);
	if (r < 0)
		return r;
	auxc = exec_auxv_build(image, layout, auxv);
	words = 1 + (u64)args->argc + 1 + args->envc + 1 + 2 * (u64)auxc;
	layout->sp = ALIGN_DOWN(layout->sp - words * sizeof(u64), STACK_ALIGN);
	r = write_vectors(args, layout, auxv, auxc);
	if (r == 0)
		*ret_auxc = auxc;
	return r;
}
