/* Host memory for guest mappings: thin calls, addresses chosen and checked by kernel/mm. */
#include "abi/linux/mman.h"
#include "abi/linux/syscall.h"
#include "platform/linux/internal.h"
#include "platform/plat.h"

int plat_map(uaddr_t addr, size_t len, int prot, int flags, plat_fd_t fd, u64 offset)
{
	s64 r = host_call(LINUX_SYS_mmap, addr, len, prot, flags | LINUX_MAP_FIXED, fd, offset);

	return r < 0 && r > -4096 ? (int)r : 0;
}

int plat_unmap(uaddr_t addr, size_t len)
{
	return (int)host_call(LINUX_SYS_munmap, addr, len);
}

int plat_protect(uaddr_t addr, size_t len, int prot)
{
	return (int)host_call(LINUX_SYS_mprotect, addr, len, prot);
}

int plat_remap(uaddr_t old, size_t old_len, uaddr_t new, size_t new_len, int flags)
{
	s64 r = host_call(LINUX_SYS_mremap, old, old_len, new_len,
			  flags | LINUX_MREMAP_MAYMOVE | LINUX_MREMAP_FIXED, new);

	return r < 0 && r > -4096 ? (int)r : 0;
}

int plat_resize(uaddr_t addr, size_t old_len, size_t new_len)
{
	s64 r = host_call(LINUX_SYS_mremap, addr, old_len, new_len, 0, 0);

	return r < 0 && r > -4096 ? (int)r : 0;
}

int plat_advise(uaddr_t addr, size_t len, int advice)
{
	return (int)host_call(LINUX_SYS_madvise, addr, len, advice);
}

int plat_mincore(uaddr_t addr, size_t len, u8 *vec)
{
	return (int)host_call(LINUX_SYS_mincore, addr, len, vec);
}
