/* Feeds damaged programs to the loader: prepared, committed and looked at. */

/*
 * OVERVIEW
 *	Built from FAKE_SOURCES and LOADER_SOURCES of platform/fake/fake.mk.
 *	LLVMFuzzerTestOneInput() takes a file's bytes as program and as interpreter.
 *	For libFuzzer compile with clang, -fsanitize=fuzzer and -DFUZZ_LIBRARY. Without
 *	it main() makes the inputs itself, the same ones each time:
 *		loader_fuzz [N [FIRST]]   N (10000) inputs from number FIRST (0) on
 *		loader_fuzz --seeds DIR   write the seeds there, as a corpus
 *		loader_fuzz FILE...       these inputs
 *	A failure names its input's number; an input that takes 5 s is a failure too.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "abi/errno.h"
#include "abi/linux/mman.h"
#include "abi/linux/stat.h"
#include "kernel/mm/mm.h"
#include "kernel/task/loader.h"
#include "kernel/vfs/vfs.h"
#include "platform/fake/fake.h"
#include "tests/unit/loader_images.h"

#define PROGRAM "/program"
#define INTERP "/lib64/ld-linux-x86-64.so.2"
#define SEED_MAX 65536u /* bytes taken of a real program */
#define SEEDS_MAX 32
#define TIME_LIMIT 5

static struct blob good_interp, good_program;
static u64 heap_baseline;

/* --- one input --- */

static void check(bool ok, const char *what)
{
	if (!ok)
		panic("loader: %s", what);
}

/*
 * What is mapped must be what the VMAs say, and nothing may lie in the kernel's zone.
 */
static void check_memory(void)
{
	const struct mm *mm = current()->process->mm;

	for (size_t i = 0; i < fake_region_count(); i++) {
		const struct fake_region *r = fake_region_at(i);

		check(r->start < r->end && r->end <= LINUX_TASK_SIZE,
		      "mapped beyond the space");
		check(r->end <= ZONE_MIN || r->start >= ZONE_MIN + ZONE_SIZE,
		      "mapped over the kernel");
	}
	for (u32 i = 0; i < mm->count; i++) {
		check(mm->vmas[i].start < mm->vmas[i].end, "an empty VMA");
		check(i == 0 || mm->vmas[i - 1].end <= mm->vmas[i].start,
		      "VMAs overlap");
	}
}

static void check_start(const struct exec_start *start)
{
	u64 argc = 0;

	check(start->ip < LINUX_TASK_SIZE, "starts in the kernel's half");
	check(start->sp % 16 == 0, "stack not aligned");
	/* A segment mapped over the stack may make it unreadable, but nothing else. */
	if (fake_guest_read(start->sp, &argc, sizeof(argc)) == sizeof(argc))
		check(argc >= 2 && argc < 32, "argc");
}

static void run(void)
{
	struct exec_image image;
	struct exec_start start;
	struct exec_error why;
	int r = exec_prepare_kernel(PROGRAM, 2, "program\0argument", 1, "HOME=/",
				    &image, &why);

	check(r <= 0 && r > -ERRNO_MAX, "no errno");
	check(r != -ENOEXEC || why.text[0] != '\0', "refused without a reason");
	check(memchr(why.text, '\0', sizeof(why.text)) != NULL,
	      "reason not terminated");
	if (r < 0)
		return;
	r = exec_commit(&image, &start, &why);
	exec_image_fini(&image);
	check(r <= 0 && r > -ERRNO_MAX, "no errno");
	check_memory();
	if (r == 0)
		check_start(&start);
}

static void reset(bool aslr)
{
	struct process *p = current()->process;

	mm_reset(p->mm, aslr);
	check(fake_region_count() == 0, "memory left mapped");
	file_put(p->exe);
	p->exe = NULL;
	fake_files_clear();
	check(fake_files_open() == 0, "a file was not put");
}

static void set_up(void)
{
	fake_init(0);
	fake_seed(1);
	good_interp = image_elf(LINUX_ET_DYN, 0, NULL);
	good_program = image_elf(LINUX_ET_DYN, 0, INTERP);
	mm_reset(current()->process->mm, false);
}

static void add(const char *path, const void *bytes, size_t len)
{
	fake_file_add(path, LINUX_S_IFREG | 0755, bytes, len);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct process *p;

	if (current() == NULL)
		set_up();
	p = current()->process;
	add(PROGRAM, data, size);
	add(INTERP, good_interp.bytes, good_interp.len);
	run();
	reset(size % 2);
	/* The same bytes as a dynamic linker, where Linux checks differently. */
	add(PROGRAM, good_program.bytes, good_program.len);
	add(INTERP, data, size);
	run();
	reset(size % 2);
	/* What the process keeps of the last program is not a leak. */
	if (heap_baseline == 0 && p->cmdline != NULL)
		heap_baseline = fake_heap_live();
	check(heap_baseline == 0 || fake_heap_live() <= heap_baseline,
	      "memory was not freed");
	return 0;
}

#ifndef FUZZ_LIBRARY

void __sanitizer_set_death_callback(void (*callback)(void));

/* --- inputs --- */

static struct blob seeds[SEEDS_MAX];
static u32 seed_count;
static u64 number; /* of the input */
static u64 random_state;

static void add_seed(struct blob b)
{
	if (b.len > 0 && seed_count < SEEDS_MAX)
		seeds[seed_count++] = b;
	else
		free(b.bytes);
}

static void make_seeds(void)
{
	static const char *const system_files[] = { "/bin/true", "/bin/busybox",
						    "/bin/sh",
						    "/lib64/ld-linux-x86-64.so.2" };

	for (size_t i = 0; i < ARRAY_SIZE(system_files); i++)
		add_seed(blob_read(system_files[i], SEED_MAX));
	add_seed(image_elf(LINUX_ET_EXEC, 0x400000, NULL));
	add_seed(image_elf(LINUX_ET_EXEC, 0x400000, INTERP));
	add_seed(image_elf(LINUX_ET_DYN, 0, NULL));
	add_seed(image_elf(LINUX_ET_DYN, 0, INTERP));
	add_seed(image_ape("MZqFpD='", false));
	add_seed(image_ape("MZqFpD='", true));
	add_seed(image_ape("jartsr='", true));
	add_seed(blob_text("#!" INTERP "\n"));
	add_seed(blob_text("#! " INTERP " and an argument \n"));
	add_seed(blob_text("#!" PROGRAM));
}

static u64 random_u64(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

/* Numbers at which arithmetic and checks change their mind. */
static u64 interesting(void)
{
	static const u64 values[] = { 0,
				      1,
				      2,
				      0x7f,
				      0xff,
				      0x1000,
				      0xfff,
				      0x8000,
				      0xffff,
				      0x10000,
				      0x400000,
				      0x7fffffff,
				      0x80000000,
				      0xffffffff,
				      1ull << 40,
				      0x555555554000,
				      ZONE_MIN,
				      ZONE_MIN + ZONE_SIZE,
				      0x7ffff7fff000,
				      0x7fffffffe000,
				      LINUX_TASK_SIZE,
				      LINUX_TASK_SIZE + 1,
				      1ull << 63,
				      ~0ull,
				      ~0xfffull };
	u64 v = values[random_u64() % ARRAY_SIZE(values)];

	return random_u64() % 3 ? v : v + random_u64() % 33 - 16;
}

static void flip_bytes(struct blob *b)
{
	/* Mostly where the headers are. */
	size_t range = random_u64() % 4 ? MIN(b->len, (size_t)1024) : b->len;

	for (u64 n = 1 + random_u64() % 8; n > 0; n--)
		b->bytes[random_u64() % range] ^= (u8)(1u << random_u64() % 8);
}

static void set_bytes(struct blob *b)
{
	u64 value = interesting();
	size_t size = 1ul << random_u64() % 4, range = MIN(b->len, (size_t)1024);

	if (range > size)
		memcpy(b->bytes + random_u64() % (range - size), &value, size);
}

/* A field of the ELF header or of a program header, wherever that is. */
static void set_field(struct blob *b)
{
	static const u8 ehdr_fields[][2] = {
		{ 4, 1 },  { 5, 1 },  { 16, 2 }, { 18, 2 },
		{ 24, 8 }, { 32, 8 }, { 54, 2 }, { 56, 2 }
	};
	static const u8 phdr_fields[][2] = { { 0, 4 },	{ 4, 4 },  { 8, 8 }, { 16, 8 },
					     { 32, 8 }, { 40, 8 }, { 48, 8 } };
	u64 value = interesting();
	const u8 *field;
	size_t at;

	if (random_u64() % 4 == 0) {
		field = ehdr_fields[random_u64() % ARRAY_SIZE(ehdr_fields)];
		at = field[0];
	} else {
		field = phdr_fields[random_u64() % ARRAY_SIZE(phdr_fields)];
		at = (b->bytes[0] == 0x7f ? 64 : 0x800) + random_u64() % 13 * 56 +
		     field[0];
		if (field[0] == 0)
			value = random_u64() % 2 ? random_u64() % 8 :
						   LINUX_PT_GNU_STACK;
	}
	if (at + field[1] <= b->len)
		memcpy(b->bytes + at, &value, field[1]);
}

static void copy_within(struct blob *b)
{
	size_t len = 1 + random_u64() % 128;

	if (b->len > len)
		memmove(b->bytes + random_u64() % (b->len - len),
			b->bytes + random_u64() % (b->len - len), len);
}

static struct blob make_input(u64 n)
{
	struct blob b;

	random_state = (n + 1) * 0x9e3779b97f4a7c15ull;
	random_u64();
	b = seeds[random_u64() % seed_count];
	b = blob_copy(b.bytes, b.len);
	for (u64 steps = 1 + random_u64() % 5; steps > 0; steps--) {
		switch (random_u64() % 8) {
		case 0:
			flip_bytes(&b);
			break;
		case 1:
			set_bytes(&b);
			break;
		case 2:
			copy_within(&b);
			break;
		case 3:
			b.len = 1 + random_u64() % b.len;
			break;
		default:
			set_field(&b);
		}
	}
	return b;
}

static void write_seeds(const char *dir)
{
	char path[512];

	mkdir(dir, 0777);
	for (u32 i = 0; i < seed_count; i++) {
		FILE *f;

		snprintf(path, sizeof(path), "%s/seed%02u", dir, i);
		f = fopen(path, "wb");
		if (f == NULL ||
		    fwrite(seeds[i].bytes, 1, seeds[i].len, f) != seeds[i].len) {
			perror(path);
			exit(1);
		}
		fclose(f);
	}
}

/* --- running them --- */

static void on_death(void)
{
	fprintf(stderr, "loader_fuzz: input %llu\n", (unsigned long long)number);
}

static void on_signal(int sig)
{
	static const char text[] = "loader_fuzz: killed: panic or time limit, ";

	if (write(2, text, sizeof(text) - 1) > 0)
		on_death();
	signal(sig, SIG_DFL);
	raise(sig);
}

static void run_file(const char *path)
{
	struct blob b = blob_read(path, 64u << 20);

	LLVMFuzzerTestOneInput(b.bytes, b.len);
	free(b.bytes);
}

static void run_numbers(u64 count, u64 first)
{
	for (number = first; number < first + count; number++) {
		struct blob b = make_input(number);

		alarm(TIME_LIMIT);
		LLVMFuzzerTestOneInput(b.bytes, b.len);
		alarm(0);
		free(b.bytes);
	}
	printf("%llu inputs from %u seeds: no crash, no hang\n",
	       (unsigned long long)count, seed_count);
}

int main(int argc, char **argv)
{
	make_seeds();
	__sanitizer_set_death_callback(on_death);
	signal(SIGALRM, on_signal);
	signal(SIGABRT, on_signal);
	if (argc == 3 && str_equal(argv[1], "--seeds")) {
		write_seeds(argv[2]);
	} else if (argc > 1 && (argv[1][0] < '0' || argv[1][0] > '9')) {
		for (int i = 1; i < argc; i++)
			run_file(argv[i]);
	} else {
		for (u32 i = 0; i < seed_count; i++)
			LLVMFuzzerTestOneInput(seeds[i].bytes, seeds[i].len);
		run_numbers(argc > 1 ? strtoull(argv[1], NULL, 0) : 10000,
			    argc > 2 ? strtoull(argv[2], NULL, 0) : 0);
	}
	for (u32 i = 0; i < seed_count; i++)
		free(seeds[i].bytes);
	if (current() != NULL)
		fake_fini();
	free(good_interp.bytes);
	free(good_program.bytes);
	return 0;
}

#endif
