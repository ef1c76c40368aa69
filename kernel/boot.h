/* What the kernel was told when it started: the broker's options and the host's facts. */
#ifndef NACRE_KERNEL_BOOT_H
#define NACRE_KERNEL_BOOT_H

#include "lib/types.h"
#include "wire/boot.h"

/* The fixed part of the options block, for the kernel's life. */
const struct boot_block *boot_block(void);
/* What lies at an offset of the block, which stays mapped and read-only. */
const void *boot_bytes(u32 offset);

static inline const char *boot_string(u32 offset)
{
	return boot_bytes(offset);
}

static inline const struct boot_mount *boot_mounts(void)
{
	return boot_bytes(boot_block()->mounts);
}

/* The profile the sandbox runs under, NULL: none. */
static inline const struct boot_profile *boot_profile(void)
{
	u32 at = boot_block()->profile;

	return at == 0 ? NULL : boot_bytes(at);
}

/* The value the host's auxiliary vector has for LINUX_AT_x, 0 when absent. */
u64 host_auxv(u64 type);

extern bool cpu_has_fsgsbase;

/* platform calls this on its final stack when memory and entry are ready. Does not return. */
NORETURN void kernel_main(void);

#endif
