/* memfd_create. */
#include "abi/linux/fcntl.h"
#include "abi/linux/mman.h"
#include "kernel/mm/uaccess.h"
#include "kernel/obj/memfd.h"
#include "kernel/sys/syscall.h"
#include "kernel/vfs/fdtable.h"

SYSCALL_DEFINE(memfd_create, uaddr_t, name_addr, u32, flags)
{
	const u32 known = LINUX_MFD_CLOEXEC | LINUX_MFD_ALLOW_SEALING | LINUX_MFD_NOEXEC_SEAL |
			  LINUX_MFD_EXEC;
	AUTO_KFREE char *name = NULL;
	struct file *f;
	s64 len;
	int err;

	/* Linux without huge pages: MFD_HUGETLB is not known */
	if (flags & ~known ||
	    (flags & (LINUX_MFD_EXEC | LINUX_MFD_NOEXEC_SEAL)) ==
		    (LINUX_MFD_EXEC | LINUX_MFD_NOEXEC_SEAL))
		return -EINVAL;
	name = kzalloc(MEMFD_NAME_MAX + 1);
	if (name == NULL)
		return -ENOMEM;
	len = copy_in_str(name, name_addr, MEMFD_NAME_MAX + 1);
	if (len < 0)
		return len == -EFAULT ? -EFAULT : -EINVAL;
	err = memfd_create(name, flags, &f);
	return err < 0 ? err :
			 fd_install_new(f, flags & LINUX_MFD_CLOEXEC ? LINUX_O_CLOEXEC : 0);
}
