/*
 * From the host's execve to kernel_main() on the kernel's own stack in its own zone.
 *
 * OVERVIEW. The host loads the image like any static-PIE, wherever it likes. boot_start()
 * runs there, before relocation, so it uses nothing but its stack: it chooses the zone, maps
 * the image from the broker's own program file at the zone's start, relocates that and jumps
 * into it. What the host executed has only these first steps, the rest of it is a hole.
 * boot_final() then unmaps that and the host's initial stack, builds the heaps and the page
 * pool, arms the signal handlers and enters the kernel.
 */
#include "kernel/boot.h"

#include "abi/linux/auxv.h"
#include "abi/linux/elf.h"
#include "abi/linux/mman.h"
#include "abi/linux/syscall.h"
#include "abi/errno.h"
#include "kernel/debug/trace.h"
#include "kernel/mm/zone.h"
#include "kernel/x86_64/offsets.h"
#include "lib/string.h"
#include "platform/linux/internal.h"
#include "platform/plat.h"

s64 boot_call(long nr, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f);
NORETURN void boot_jump(void *stack_top, void (*entry)(void));
NORETURN void boot_start(u64 *sp);

#define AUXV_MAX 52
#define R_X86_64_RELATIVE 8 /* the only kind in a static-PIE without symbols */

/* Filled in the final copy before it runs. */
static struct {
	u64 zone;
	const struct boot_block *block;
	u64 old_image, old_image_size;
	u64 old_stack;
	u64 auxv[AUXV_MAX]; /* by type */
} boot_info;

/* The fixed part of the options: asked for at every call, so not on a page of its own. */
static struct boot_block options;
uaddr_t zone_base;
int pool_fd = -1;
bool cpu_has_fsgsbase;

extern const struct linux_elf64_rela __rela_start[] HIDDEN, __rela_end[] HIDDEN;

const struct boot_block *boot_block(void)
{
	return &options;
}

const void *boot_bytes(u32 offset)
{
	return (const char *)boot_info.block + offset;
}

u64 host_auxv(u64 type)
{
	return type < AUXV_MAX ? boot_info.auxv[type] : 0;
}

/* Messages lie where the text is that says them: see BOOT_TEXT_SIZE. */
#define boot_fail(what)                                                           \
	({                                                                        \
		static const char said_[] __attribute__((section(".text.boot.rodata"))) = what; \
		boot_say_and_fail(said_);                                         \
	})

static NORETURN void boot_say_and_fail(const char *what)
{
	static const char prefix[] __attribute__((section(".text.boot.rodata"))) =
		"nacre: kernel boot: ";

	boot_call(LINUX_SYS_write, 2, (u64)prefix, sizeof(prefix) - 1, 0, 0, 0);
	boot_call(LINUX_SYS_write, 2, (u64)what, strlen(what), 0, 0, 0);
	boot_call(LINUX_SYS_exit_group, 125, 0, 0, 0, 0, 0);
	__builtin_unreachable();
}

static u64 boot_map(u64 addr, u64 len, int prot, int flags, int fd, u64 offset)
{
	s64 r = boot_call(LINUX_SYS_mmap, addr, len, (u64)prot, (u64)flags, (u64)fd, offset);

	if (r < 0 && r > -4096)
		boot_fail("cannot map memory\n");
	return (u64)r;
}

static void boot_read(u64 addr, u64 len, int fd, u64 offset)
{
	while (len > 0) {
		s64 n = boot_call(LINUX_SYS_pread64, (u64)fd, addr, len, offset, 0, 0);

		if (n <= 0)
			boot_fail("cannot read the image\n");
		addr += (u64)n;
		offset += (u64)n;
		len -= (u64)n;
	}
}

/* Map the segments of the image, which is at offset of its file, at base and relocate them. */
static void map_image(u64 base, const struct linux_elf64_ehdr *ehdr, u64 offset)
{
	u64 delta = base - (u64)__image_start;
	const struct linux_elf64_phdr *ph = (const void *)((const char *)ehdr + ehdr->e_phoff);

	for (u32 i = 0; i < ehdr->e_phnum; i++) {
		if (ph[i].p_type != LINUX_PT_LOAD)
			continue;
		u64 start = ALIGN_DOWN(ph[i].p_vaddr, PAGE_SIZE);
		bool writable = ph[i].p_flags & LINUX_PF_W;
		u64 end = ALIGN_UP(ph[i].p_vaddr + ph[i].p_memsz, PAGE_SIZE);
		int prot = LINUX_PROT_READ | (writable ? LINUX_PROT_WRITE : 0) |
			   (ph[i].p_flags & LINUX_PF_X ? LINUX_PROT_EXEC : 0);

		if (!writable) {
			boot_map(base + start, end - start, prot,
				 LINUX_MAP_PRIVATE | LINUX_MAP_FIXED, BOOT_FD_IMAGE,
				 offset + ALIGN_DOWN(ph[i].p_offset, PAGE_SIZE));
			continue;
		}
		/* All its pages will be private: read, they are one mapping with the zeroes. */
		boot_map(base + start, end - start, prot,
			 LINUX_MAP_PRIVATE | LINUX_MAP_FIXED | LINUX_MAP_ANONYMOUS |
				 LINUX_MAP_POPULATE, -1, 0);
		boot_read(base + ph[i].p_vaddr, ph[i].p_filesz, BOOT_FD_IMAGE,
			  offset + ph[i].p_offset);
	}
	const struct linux_elf64_rela *end = (const void *)((u64)__rela_end + delta);

	for (const struct linux_elf64_rela *r = (const void *)((u64)__rela_start + delta); r < end;
	     r++)
		if ((u32)r->r_info == R_X86_64_RELATIVE)
			*(u64 *)(base + r->r_offset) = base + (u64)r->r_addend;
}

static NORETURN void boot_final(void);

NORETURN void boot_start(u64 *sp)
{
	const struct linux_elf64_ehdr *ehdr = (const void *)__image_start;
	u64 *auxv = sp + 1 + sp[0] + 1;
	struct boot_block *block;
	u64 zone = ZONE_MIN;

	while (*auxv != 0)
		auxv++;
	auxv++;
	block = (void *)boot_map(0, PAGE_SIZE, LINUX_PROT_READ, LINUX_MAP_PRIVATE,
				 BOOT_FD_BLOCK, 0);
	if (block->magic != BOOT_MAGIC || block->version != BOOT_VERSION)
		boot_fail("options block of another version\n");
	if (!(block->flags & BOOT_NO_ASLR))
		zone += block->seed % ((ZONE_MAX - ZONE_MIN - ZONE_SIZE) / ZONE_STEP) * ZONE_STEP;

	/* The zone's gaps stay unmapped; whatever the host put here would be a surprise. */
	u64 size = (u64)(__image_end - __image_start);

	if (size > ZONE_IMAGE_SIZE)
		boot_fail("image too large for its zone\n");
	boot_map(zone + ZONE_IMAGE, size, 0,
		 LINUX_MAP_PRIVATE | LINUX_MAP_ANONYMOUS | LINUX_MAP_FIXED_NOREPLACE, -1, 0);
	map_image(zone + ZONE_IMAGE, ehdr, block->image_offset);

	u64 delta = zone + ZONE_IMAGE - (u64)__image_start;
	__typeof__(boot_info) *info = (void *)((u64)&boot_info + delta);
	info->zone = zone;
	info->old_image = (u64)__image_start;
	info->old_image_size = size;
	info->old_stack = (u64)sp;
	for (; auxv[0] != LINUX_AT_NULL; auxv += 2)
		if (auxv[0] < AUXV_MAX)
			info->auxv[auxv[0]] = auxv[1];
	u64 block_len = ALIGN_UP((u64)block->size, PAGE_SIZE);
	boot_call(LINUX_SYS_munmap, (u64)block, PAGE_SIZE, 0, 0, 0, 0);
	info->block = (void *)boot_map(zone + ZONE_BLOCK, block_len, LINUX_PROT_READ,
				       LINUX_MAP_PRIVATE | LINUX_MAP_FIXED, BOOT_FD_BLOCK, 0);

	/* The first kernel stack, its lowest page left out as the guard; then the private heap. */
	u64 slot = zone + ZONE_FIRST_STACK;
	static_assert(ZONE_FIRST_STACK + KSTACK_SIZE == ZONE_PRIVATE_HEAP, "one mapping");
	boot_map(slot + PAGE_SIZE, ZONE_PRIVATE_END - ZONE_FIRST_STACK - PAGE_SIZE,
		 LINUX_PROT_READ | LINUX_PROT_WRITE,
		 LINUX_MAP_PRIVATE | LINUX_MAP_ANONYMOUS | LINUX_MAP_FIXED | LINUX_MAP_NORESERVE,
		 -1, 0);
	boot_jump((void *)(slot + KSTACK_SIZE - KSTACK_TOP_SIZE),
		  (void (*)(void))((u64)boot_final + delta));
}

/* Unmap what the host's execve left in guest territory: first image copy, stack. */
static void unmap_remains(void)
{
	plat_unmap(boot_info.old_image, boot_info.old_image_size);
	/*
	 * The initial stack grows down from near the top of the address space and nothing
	 * is above it; the vDSO may be above or below it and stays.
	 */
	u64 vdso = boot_info.auxv[LINUX_AT_SYSINFO_EHDR];
	u64 top = boot_info.auxv[LINUX_AT_EXECFN];
	u64 end = ALIGN_UP(top + strlen((char *)top) + 1 + 8, PAGE_SIZE);
	u64 start = ALIGN_DOWN(boot_info.old_stack, PAGE_SIZE) - 0x20000;

	if (vdso >= start && vdso < end)
		boot_fail("vDSO inside the initial stack\n");
	plat_unmap(start, end - start);
}

static int memory_file(const char *name, u64 size)
{
	/* MFD_CLOEXEC only: pages may be mapped executable for guest programs kept in memory. */
	s64 fd = host_call(LINUX_SYS_memfd_create, name, LINUX_MFD_CLOEXEC | LINUX_MFD_EXEC);

	if (fd == -EINVAL) /* before Linux 6.3 */
		fd = host_call(LINUX_SYS_memfd_create, name, LINUX_MFD_CLOEXEC);
	if (fd < 0 || host_call(LINUX_SYS_ftruncate, fd, size) < 0)
		boot_fail("cannot create shared memory\n");
	return (int)fd;
}

static NORETURN void boot_final(void)
{
	zone_base = boot_info.zone;
	options = *boot_info.block;
	cpu_has_fsgsbase = boot_info.auxv[LINUX_AT_HWCAP2] & 2;
	unmap_remains();

	boot_map(zone_base + ZONE_SHARED_HEAP, ZONE_SHARED_HEAP_SIZE,
		 LINUX_PROT_READ | LINUX_PROT_WRITE,
		 LINUX_MAP_SHARED | LINUX_MAP_ANONYMOUS | LINUX_MAP_FIXED | LINUX_MAP_NORESERVE,
		 -1, 0);
	static_assert(ZONE_POOL_SIZE <= BOOT_MEMORY_FILE_MAX && ZONE_SIZE <= BOOT_ADDRESS_SPACE &&
			      ZONE_PRIVATE_END - ZONE_FIRST_STACK < BOOT_PRIVATE_MEMORY,
		      "what the broker has seen to");
	pool_fd = memory_file("nacre-pool", ZONE_POOL_SIZE);
	boot_map(zone_base + ZONE_POOL, ZONE_POOL_SIZE, LINUX_PROT_READ | LINUX_PROT_WRITE,
		 LINUX_MAP_SHARED | LINUX_MAP_FIXED | LINUX_MAP_NORESERVE, pool_fd, 0);
	static_assert(ZONE_TRACE + sizeof(struct trace_region) <= ZONE_POOL, "room");
	trace_region = (void *)boot_map(zone_base + ZONE_TRACE, sizeof(struct trace_region),
					LINUX_PROT_READ | LINUX_PROT_WRITE,
					LINUX_MAP_SHARED | LINUX_MAP_FIXED | LINUX_MAP_NORESERVE,
					BOOT_FD_TRACE, 0);
	trace_init();
	plat_file_close(BOOT_FD_TRACE);
	plat_file_close(BOOT_FD_BLOCK);
	plat_file_close(BOOT_FD_IMAGE);
	kstack_init_first();
	host_signals_install();
	kernel_main();
}
