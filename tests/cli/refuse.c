/* Preloaded into nacre: a host that refuses namespaces, mounts or Landlock. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#define LANDLOCK_CREATE_RULESET 444

/* REFUSE_CLONE: a mask of flags; REFUSE_LANDLOCK, REFUSE_MOUNT: set or not. */
static int refused(long nr, unsigned long flags)
{
	const char *clone_flags = getenv("REFUSE_CLONE");

	if (nr == SYS_clone && clone_flags != NULL)
		return (flags & strtoul(clone_flags, NULL, 0)) != 0;
	return nr == LANDLOCK_CREATE_RULESET && getenv("REFUSE_LANDLOCK") != NULL;
}

long syscall(long nr, ...)
{
	long (*next)(long, ...) = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
	long a[6];
	va_list args;

	va_start(args, nr);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(args, long);
	va_end(args);
	if (refused(nr, (unsigned long)a[0])) {
		errno = EPERM;
		return -1;
	}
	return next(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
}

int mount(const char *source, const char *target, const char *type, unsigned long flags,
	  const void *data)
{
	int (*next)(const char *, const char *, const char *, unsigned long, const void *) =
		(__typeof__(next))dlsym(RTLD_NEXT, "mount");

	if (getenv("REFUSE_MOUNT") != NULL) {
		errno = EACCES;
		return -1;
	}
	return next(source, target, type, flags, data);
}
