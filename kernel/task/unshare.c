/* unshare and setns: what threads share can be split; there are no namespaces to enter. */
#include "abi/errno.h"
#include "abi/linux/sched.h"
#include "kernel/sys/syscall.h"
#include "kernel/task/table.h"
#include "kernel/vfs/fdtable.h"
#include "kernel/vfs/namei.h"

#define UNSHARE_NAMESPACES                                                        \
	(LINUX_CLONE_NEWNS | LINUX_CLONE_NEWCGROUP | LINUX_CLONE_NEWUTS |         \
	 LINUX_CLONE_NEWIPC | LINUX_CLONE_NEWUSER | LINUX_CLONE_NEWPID |          \
	 LINUX_CLONE_NEWNET | LINUX_CLONE_NEWTIME)
#define UNSHARE_SINGLE (LINUX_CLONE_THREAD | LINUX_CLONE_SIGHAND | LINUX_CLONE_VM)
#define UNSHARE_KNOWN                                                             \
	(UNSHARE_NAMESPACES | UNSHARE_SINGLE | LINUX_CLONE_FS | LINUX_CLONE_FILES | \
	 LINUX_CLONE_SYSVSEM)

SYSCALL_DEFINE(unshare, u64, flags)
{
	struct thread *t = current();
	struct fdtable *files = NULL;
	struct fs_context *fs = NULL;
	int err = 0;

	if (flags & ~(u64)UNSHARE_KNOWN)
		return -EINVAL;
	if ((flags & UNSHARE_SINGLE) && atomic_load(&t->process->thread_count) > 1)
		return -EINVAL;
	if (flags & UNSHARE_NAMESPACES)
		return -EPERM;
	if (flags & LINUX_CLONE_FILES)
		err = fdtable_copy(t->files, &files);
	if (err == 0 && (flags & LINUX_CLONE_FS))
		err = fs_context_copy(t->fs, &fs);
	if (err < 0) {
		fdtable_put(files);
		return err;
	}
	task_lock(); /* others may be looking */
	struct fdtable *old_files = t->files;
	struct fs_context *old_fs = t->fs;

	if (files != NULL)
		t->files = files;
	if (fs != NULL)
		t->fs = fs;
	task_unlock();
	if (files != NULL)
		fdtable_put(old_files);
	if (fs != NULL)
		fs_context_put(old_fs);
	return 0;
}

SYSCALL_DEFINE(setns, int, fd, int, UNUSED type)
{
	AUTO_FILE file = fd_get_any(fd);

	/* Linux: EINVAL for a descriptor that names no namespace; here none does. */
	return file == NULL ? -EBADF : -EINVAL;
}
