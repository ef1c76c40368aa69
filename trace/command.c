/* Printing calls whose arguments depend on a command: ioctl, fcntl, prctl, futex, clone. */
#include <stdio.h>
#include <string.h>

#include "abi/linux/fcntl.h"
#include "abi/linux/futex.h"
#include "abi/linux/ioctl.h"
#include "abi/linux/mman.h"
#include "abi/linux/prctl.h"
#include "abi/linux/sched.h"
#include "abi/linux/time.h"
#include "trace/struct.h"

static u32 futex_command(const struct trace_event *e)
{
	return (u32)e->args[1] & 0x7f;
}

static u32 futex_args(u32 cmd)
{
	switch (cmd) {
	case LINUX_FUTEX_WAKE:
	case LINUX_FUTEX_FD:
		return 3;
	case LINUX_FUTEX_WAIT:
	case LINUX_FUTEX_LOCK_PI:
	case LINUX_FUTEX_LOCK_PI2:
		return 4;
	case LINUX_FUTEX_UNLOCK_PI:
	case LINUX_FUTEX_TRYLOCK_PI:
		return 2;
	case LINUX_FUTEX_REQUEUE:
		return 5;
	default:
		return 6;
	}
}

bool print_futex_skips(const struct trace_event *e, u32 index)
{
	u32 cmd = futex_command(e);

	if (e->nr != LINUX_SYS_futex)
		return false;
	if (cmd == LINUX_FUTEX_WAIT_BITSET)
		return index == 4;
	return cmd == LINUX_FUTEX_WAKE_BITSET && (index == 3 || index == 4);
}

void print_futex_last(struct print *p, u64 value)
{
	u32 cmd = futex_command(p->event);

	if ((cmd == LINUX_FUTEX_WAIT_BITSET || cmd == LINUX_FUTEX_WAKE_BITSET) &&
	    (u32)value == ~0u)
		out_text(p->out, "FUTEX_BITSET_MATCH_ANY");
	else
		print_hex32(p, value);
}

static u32 prctl_args(u32 option)
{
	switch (option) {
	case LINUX_PR_GET_DUMPABLE:
	case LINUX_PR_GET_KEEPCAPS:
	case LINUX_PR_GET_SECCOMP:
	case LINUX_PR_GET_TIMERSLACK:
	case LINUX_PR_GET_TIMING:
	case LINUX_PR_GET_SECUREBITS:
		return 1;
	case LINUX_PR_SET_NAME:
	case LINUX_PR_GET_NAME:
	case LINUX_PR_SET_PDEATHSIG:
	case LINUX_PR_GET_PDEATHSIG:
	case LINUX_PR_SET_DUMPABLE:
	case LINUX_PR_SET_KEEPCAPS:
	case LINUX_PR_CAPBSET_READ:
	case LINUX_PR_CAPBSET_DROP:
	case LINUX_PR_SET_CHILD_SUBREAPER:
	case LINUX_PR_GET_CHILD_SUBREAPER:
	case LINUX_PR_SET_TIMERSLACK:
	case LINUX_PR_GET_TSC:
	case LINUX_PR_SET_TSC:
	case LINUX_PR_SET_SECUREBITS:
		return 2;
	default:
		return 5;
	}
}

static bool fcntl_has_no_arg(u32 cmd)
{
	return cmd == LINUX_F_GETFD || cmd == LINUX_F_GETFL || cmd == LINUX_F_GETOWN ||
	       cmd == LINUX_F_GETSIG || cmd == LINUX_F_GETLEASE || cmd == LINUX_F_GETPIPE_SZ ||
	       cmd == LINUX_F_GET_SEALS;
}

u32 print_arg_count(const struct trace_event *e)
{
	if (e->nr == LINUX_SYS_futex)
		return futex_args(futex_command(e));
	if (e->nr == LINUX_SYS_prctl)
		return prctl_args((u32)e->args[0]);
	if (e->nr == LINUX_SYS_fcntl && fcntl_has_no_arg((u32)e->args[1]))
		return 2;
	if (e->nr == LINUX_SYS_mremap && !(e->args[3] & LINUX_MREMAP_FIXED))
		return 4;
	/* Linux looks at a device number only for devices. */
	if ((e->nr == LINUX_SYS_mknod || e->nr == LINUX_SYS_mknodat) &&
	    (e->args[e->desc->nargs - 2] & 0120000) != 0020000)
		return e->desc->nargs - 1u;
	return e->desc->nargs;
}

PRINTER(by_futex)
{
	u32 cmd = futex_command(p->event);

	if (cmd == LINUX_FUTEX_REQUEUE || cmd == LINUX_FUTEX_CMP_REQUEUE ||
	    cmd == LINUX_FUTEX_WAKE_OP || cmd == LINUX_FUTEX_CMP_REQUEUE_PI)
		print_uint(p, value);
	else
		print_timespec(p, value);
}

PRINTER(by_fcntl)
{
	struct linux_flock lock;
	struct linux_f_owner_ex owner;

	switch ((u32)p->event->args[p->param]) {
	case LINUX_F_SETFD:
		print_set(p, SET_fd_flags, (u32)value);
		break;
	case LINUX_F_SETFL:
		print_set(p, SET_open, (u32)value);
		break;
	case LINUX_F_GETLK:
	case LINUX_F_OFD_GETLK:
		p->at_exit = true;
		if (print_read(p, value, &lock, sizeof(lock)))
			print_struct_data(p, STRUCT_flock_found, &lock);
		break;
	case LINUX_F_SETLK:
	case LINUX_F_SETLKW:
	case LINUX_F_OFD_SETLK:
	case LINUX_F_OFD_SETLKW:
		if (print_read(p, value, &lock, sizeof(lock)))
			print_struct_data(p, STRUCT_flock, &lock);
		break;
	case LINUX_F_SETOWN_EX:
	case LINUX_F_GETOWN_EX:
		if (print_read(p, value, &owner, sizeof(owner)))
			print_struct_data(p, STRUCT_f_owner, &owner);
		break;
	case LINUX_F_ADD_SEALS:
		print_set(p, SET_seals, (u32)value);
		break;
	case LINUX_F_SETSIG:
		print_signal(p, value);
		break;
	default:
		print_long(p, (u64)(s64)(s32)value);
	}
}

static void print_termios(struct print *p, u64 value)
{
	struct linux_termios t;

	if (!print_read(p, value, &t, sizeof(t)))
		return;
	out_put(p->out, "{c_iflag=%#x, c_oflag=%#x, c_cflag=%#x, c_lflag=%#x, ...}", t.c_iflag,
		t.c_oflag, t.c_cflag, t.c_lflag);
}

static void print_winsize(struct print *p, u64 value)
{
	struct linux_winsize ws;

	if (print_read(p, value, &ws, sizeof(ws)))
		print_struct_data(p, STRUCT_winsize, &ws);
}

/* What each request of a terminal or descriptor is about. */
static const struct ioctl_row {
	u32 cmd;
	print_fn *print;
	bool sets; /* the memory counts as it was before the call */
} ioctls[] = {
	{ LINUX_TCGETS, print_termios, false },	  { LINUX_TCSETS, print_termios, true },
	{ LINUX_TCSETSW, print_termios, true },	  { LINUX_TCSETSF, print_termios, true },
	{ LINUX_TIOCGWINSZ, print_winsize, false }, { LINUX_TIOCSWINSZ, print_winsize, true },
	{ LINUX_TIOCGPGRP, print_int_at, false }, { LINUX_TIOCSPGRP, print_int_at, true },
	{ LINUX_TIOCGSID, print_int_at, false },  { LINUX_TIOCGPTN, print_int_at, false },
	{ LINUX_TIOCSPTLCK, print_int_at, true }, { LINUX_FIONREAD, print_int_at, false },
	{ LINUX_TIOCOUTQ, print_int_at, false },  { LINUX_FIONBIO, print_int_at, true },
	{ LINUX_FIOASYNC, print_int_at, true },
};

PRINTER(by_ioctl)
{
	u32 cmd = (u32)p->event->args[p->param];

	for (size_t i = 0; i < ARRAY_SIZE(ioctls); i++) {
		if (ioctls[i].cmd != cmd)
			continue;
		p->at_exit = !ioctls[i].sets;
		if (p->at_exit && p->event->failed)
			print_address(p, value);
		else
			ioctls[i].print(p, value);
		return;
	}
	if (cmd == LINUX_FICLONE)
		print_fd(p, value);
	else
		out_put(p->out, value == 0 ? "0" : "%#llx", (unsigned long long)value);
}

PRINTER(by_prctl)
{
	u8 name[16];

	switch ((u32)p->event->args[p->param]) {
	case LINUX_PR_GET_NAME:
		p->at_exit = true;
		/* fall through */
	case LINUX_PR_SET_NAME:
		if (p->at_exit && p->event->failed) {
			print_address(p, value);
		} else if (trace_event_read(p->event, p->at_exit, value, name, 16) == 0) {
			print_address(p, value);
		} else {
			size_t len = trace_event_read(p->event, p->at_exit, value, name, 16);

			out_quoted(p->out, name, strnlen((char *)name, MIN(len, (size_t)15)),
				   QUOTE_OCTAL);
		}
		break;
	case LINUX_PR_SET_PDEATHSIG:
		print_signal(p, value);
		break;
	case LINUX_PR_GET_PDEATHSIG:
	case LINUX_PR_GET_CHILD_SUBREAPER:
	case LINUX_PR_GET_TSC: {
		s32 n;

		p->at_exit = true;
		if (!print_read(p, value, &n, sizeof(n)))
			break;
		out_text(p->out, "[");
		if ((u32)p->event->args[p->param] == LINUX_PR_GET_PDEATHSIG && n != 0)
			print_signal(p, (u64)n);
		else
			out_put(p->out, "%d", n);
		out_text(p->out, "]");
		break;
	}
	case LINUX_PR_CAPBSET_READ:
	case LINUX_PR_CAPBSET_DROP:
		print_set(p, SET_capability, value);
		break;
	default:
		out_put(p->out, value < 4096 ? "%lld" : "%#llx", (long long)value);
	}
}

PRINTER(by_arch_prctl)
{
	u32 cmd = (u32)p->event->args[p->param];
	u64 base;

	if (cmd != LINUX_ARCH_GET_FS && cmd != LINUX_ARCH_GET_GS) {
		print_hex(p, value);
		return;
	}
	p->at_exit = true;
	if (print_read(p, value, &base, sizeof(base)))
		out_put(p->out, "[%#llx]", (unsigned long long)base);
}

/* Flags with the signal that is sent at the end. */
static void print_clone_set(struct print *p, u64 flags)
{
	u32 sig = (u32)flags & LINUX_CSIGNAL;

	if ((flags & ~(u64)LINUX_CSIGNAL) != 0)
		print_set(p, SET_clone, flags & ~(u64)LINUX_CSIGNAL);
	if (sig != 0 && (flags & ~(u64)LINUX_CSIGNAL) != 0)
		out_text(p->out, "|");
	if (sig != 0)
		print_signal(p, sig);
	else if (flags == 0)
		out_text(p->out, "0");
}

PRINTER(clone_flags)
{
	print_clone_set(p, (u32)value);
}

static void put_pointer(struct print *p, const char *name, u64 value)
{
	out_put(p->out, ", %s=", name);
	print_address(p, value);
}

PRINTER(clone_args)
{
	struct linux_clone_args a = { 0 };
	size_t size = MIN(p->event->args[p->param], sizeof(a));
	u64 flags;
	s32 tid;

	p->at_exit = false;
	if (value == 0 || size < 64 ||
	    trace_event_read(p->event, false, value, &a, size) != size) {
		print_address(p, value);
		return;
	}
	flags = a.flags;
	out_text(p->out, "{flags=");
	print_set(p, SET_clone, flags);
	if (flags & LINUX_CLONE_PIDFD)
		put_pointer(p, "pidfd", a.pidfd);
	if (flags & (LINUX_CLONE_CHILD_CLEARTID | LINUX_CLONE_CHILD_SETTID))
		put_pointer(p, "child_tid", a.child_tid);
	if (flags & LINUX_CLONE_PARENT_SETTID)
		put_pointer(p, "parent_tid", a.parent_tid);
	out_text(p->out, ", exit_signal=");
	print_signal(p, a.exit_signal);
	put_pointer(p, "stack", a.stack);
	out_put(p->out, ", stack_size=");
	out_put(p->out, a.stack_size == 0 ? "0" : "%#llx", (unsigned long long)a.stack_size);
	if (flags & LINUX_CLONE_SETTLS)
		put_pointer(p, "tls", a.tls);
	out_text(p->out, "}");
	if (!p->event->failed && (flags & LINUX_CLONE_PARENT_SETTID) &&
	    p->event->type == TRACE_EXIT) {
		tid = (s32)p->event->result;
		out_put(p->out, " => {parent_tid=[%d]}", tid);
	}
}

/* --- clone: the order of its arguments is not that of the registers --- */

bool print_clone_waits(const struct trace_event *e)
{
	return e->args[0] & LINUX_CLONE_PARENT_SETTID;
}

void print_clone(struct print *p)
{
	const struct trace_event *e = p->event;
	u64 flags = e->args[0];
	s32 tid;

	out_text(p->out, "child_stack=");
	print_address(p, e->args[1]);
	out_text(p->out, ", flags=");
	print_clone_set(p, (u32)flags);
	if (flags & LINUX_CLONE_PARENT_SETTID) {
		p->at_exit = true;
		out_text(p->out, ", parent_tid=");
		if (print_read(p, e->args[2], &tid, sizeof(tid)))
			out_put(p->out, "[%d]", tid);
	}
	if (flags & LINUX_CLONE_SETTLS) {
		out_text(p->out, ", tls=");
		print_address(p, e->args[4]);
	}
	if (flags & (LINUX_CLONE_CHILD_CLEARTID | LINUX_CLONE_CHILD_SETTID)) {
		out_text(p->out, ", child_tidptr=");
		print_address(p, e->args[3]);
	}
}
