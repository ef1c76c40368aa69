/* Error numbers: from errno.def in the kernel, from the host's header in host code. */
#ifndef NACRE_ABI_ERRNO_H
#define NACRE_ABI_ERRNO_H

#if __STDC_HOSTED__
#include <errno.h>
#elif !defined(EPERM)
enum {
#define ERRNO(name, number, text) name = number,
#include "abi/errno.def"
	EWOULDBLOCK = EAGAIN,
	EDEADLOCK = EDEADLK,
	ENOTSUP = EOPNOTSUPP,
};
#endif

/*
 * Results that never reach a program: a handler returns one when a signal interrupted
 * it, and signal delivery turns it into EINTR or into a restarted call.
 */
enum {
	ERESTARTSYS = 512,	     /* restart if the handler has SA_RESTART */
	ERESTARTNOINTR = 513,	     /* always restart */
	ERESTARTNOHAND = 514,	     /* restart unless a handler ran */
	ERESTART_RESTARTBLOCK = 516, /* continue by restart_syscall, else EINTR */
};

/* The largest number a call may return as -E; above it a result is a value. */
#define ERRNO_MAX 4095

#endif
