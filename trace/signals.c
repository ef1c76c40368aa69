/* Printing signals: sets, actions, what comes with a signal. */
#include <string.h>

#include "abi/linux/signal.h"
#include "trace/print.h"

/* A name without SIG, as sets show it. */
static void print_short_signal(struct print *p, int sig)
{
	char buf[32];

	signal_format(sig, buf, sizeof(buf));
	out_text(p->out, strncmp(buf, "SIG", 3) != 0 ? buf :
			 strncmp(buf, "SIGRT_", 6) == 0 ? buf + 3 : buf + 3);
}

void print_signals(struct print *p, u64 set)
{
	/* Most of them: those that are missing are fewer. */
	bool inverted = __builtin_popcountll(set) >= 43;
	const char *space = "";

	if (inverted)
		set = ~set;
	out_text(p->out, inverted ? "~[" : "[");
	for (int sig = 1; sig <= LINUX_NSIG; sig++) {
		if (!(set >> (sig - 1) & 1))
			continue;
		out_text(p->out, space);
		print_short_signal(p, sig);
		space = " ";
	}
	out_text(p->out, "]");
}

PRINTER(sigset)
{
	u64 set;

	if (print_read(p, value, &set, sizeof(set)))
		print_signals(p, set);
}

PRINTER(sigset_arg)
{
	struct linux_sigset_arg arg;

	if (!print_read(p, value, &arg, sizeof(arg)))
		return;
	out_text(p->out, "{sigmask=");
	print_sigset(p, arg.set);
	out_put(p->out, ", sigsetsize=%llu}", (unsigned long long)arg.size);
}

static void print_handler(struct print *p, u64 handler)
{
	if (handler == LINUX_SIG_DFL)
		out_text(p->out, "SIG_DFL");
	else if (handler == LINUX_SIG_IGN)
		out_text(p->out, "SIG_IGN");
	else
		print_address(p, handler);
}

PRINTER(sigaction)
{
	struct linux_sigaction sa;

	if (!print_read(p, value, &sa, sizeof(sa)))
		return;
	out_text(p->out, "{sa_handler=");
	print_handler(p, sa.handler);
	out_text(p->out, ", sa_mask=");
	print_signals(p, sa.mask);
	out_text(p->out, ", sa_flags=");
	print_set(p, SET_sigaction, sa.flags);
	if (sa.flags & LINUX_SA_RESTORER) {
		out_text(p->out, ", sa_restorer=");
		print_address(p, sa.restorer);
	}
	out_text(p->out, "}");
}

/* The set that names the codes of one signal. */
static enum flag_set code_set(int sig, int code)
{
	static const struct {
		u8 sig, set;
	} sets[] = {
		{ LINUX_SIGILL, SET_ill_code },	  { LINUX_SIGFPE, SET_fpe_code },
		{ LINUX_SIGSEGV, SET_segv_code }, { LINUX_SIGBUS, SET_bus_code },
		{ LINUX_SIGTRAP, SET_trap_code }, { LINUX_SIGCHLD, SET_cld_code },
		{ LINUX_SIGIO, SET_poll_code },	  { LINUX_SIGSYS, SET_sys_code },
	};

	for (size_t i = 0; i < ARRAY_SIZE(sets) && code > 0 && code != LINUX_SI_KERNEL; i++)
		if (sets[i].sig == sig)
			return sets[i].set;
	return SET_si_code;
}

static bool is_fault(int sig)
{
	return sig == LINUX_SIGILL || sig == LINUX_SIGFPE || sig == LINUX_SIGSEGV ||
	       sig == LINUX_SIGBUS || sig == LINUX_SIGTRAP;
}

static void print_sender(struct print *p, const struct linux_siginfo *info)
{
	out_put(p->out, ", si_pid=%d, si_uid=%u", info->kill.pid, info->kill.uid);
}

static void print_value(struct print *p, u64 value)
{
	out_put(p->out, ", si_int=%d, si_ptr=", (s32)value);
	print_address(p, value);
}

static void print_child(struct print *p, const struct linux_siginfo *info)
{
	print_sender(p, info);
	out_text(p->out, ", si_status=");
	if (info->si_code == LINUX_CLD_EXITED)
		out_put(p->out, "%d", info->chld.status);
	else
		print_signal(p, (u64)(u32)info->chld.status);
	out_put(p->out, ", si_utime=%lld, si_stime=%lld", (long long)info->chld.utime,
		(long long)info->chld.stime);
}

static void print_by_kernel(struct print *p, const struct linux_siginfo *info)
{
	int sig = info->si_signo;

	if (sig == LINUX_SIGCHLD) {
		print_child(p, info);
	} else if (is_fault(sig)) {
		out_text(p->out, ", si_addr=");
		print_address(p, info->fault.addr);
	} else if (sig == LINUX_SIGIO && info->si_code != LINUX_SI_KERNEL) {
		out_put(p->out, ", si_band=%lld, si_fd=%d", (long long)info->poll.band,
			info->poll.fd);
	} else if (sig == LINUX_SIGSYS) {
		char name[32];

		out_text(p->out, ", si_call_addr=");
		print_address(p, info->sys.call_addr);
		out_put(p->out, ", si_syscall=__NR_%s, si_arch=AUDIT_ARCH_X86_64",
			trace_call_name(info->sys.syscall, name, sizeof(name)));
	}
}

void print_siginfo_fields(struct print *p, const struct linux_siginfo *info)
{
	out_text(p->out, "{si_signo=");
	print_signal(p, (u64)(u32)info->si_signo);
	out_text(p->out, ", si_code=");
	print_set(p, code_set(info->si_signo, info->si_code), (u64)(u32)info->si_code);
	if (info->si_errno != 0) {
		const char *name = errno_name(info->si_errno);

		out_put(p->out, ", si_errno=%s", name == NULL ? "?" : name);
	}
	switch (info->si_code) {
	case LINUX_SI_USER:
	case LINUX_SI_TKILL:
		print_sender(p, info);
		break;
	case LINUX_SI_TIMER:
		out_put(p->out, ", si_timerid=%#x, si_overrun=%d", (u32)info->timer.id,
			info->timer.overrun);
		print_value(p, info->timer.value);
		break;
	default:
		if (info->si_code > 0) {
			print_by_kernel(p, info);
			break;
		}
		print_sender(p, info);
		print_value(p, info->rt.value);
	}
	out_text(p->out, "}");
}

PRINTER(siginfo)
{
	struct linux_siginfo info;

	if (!print_read(p, value, &info, sizeof(info)))
		return;
	/* waitid that found nobody. */
	if (info.si_signo == 0)
		out_text(p->out, "{}");
	else
		print_siginfo_fields(p, &info);
}

PRINTER(sigevent)
{
	struct linux_sigevent ev;

	if (!print_read(p, value, &ev, sizeof(ev)))
		return;
	out_text(p->out, "{");
	if (ev.sigev_value != 0)
		out_put(p->out, "sigev_value={sival_int=%d, sival_ptr=%#llx}, ",
			(s32)ev.sigev_value, (unsigned long long)ev.sigev_value);
	out_text(p->out, "sigev_signo=");
	print_signal(p, (u64)(u32)ev.sigev_signo);
	out_text(p->out, ", sigev_notify=");
	print_set(p, SET_sigev_notify, (u64)(u32)ev.sigev_notify);
	if (ev.sigev_notify == LINUX_SIGEV_THREAD_ID)
		out_put(p->out, ", sigev_notify_thread_id=%d", ev.sigev_un.tid);
	out_text(p->out, "}");
}

void print_sigreturn(struct print *p)
{
	p->at_exit = false;
	out_text(p->out, "{mask=");
	print_sigset(p, p->event->sp + offsetof(struct linux_ucontext, uc_sigmask));
	out_text(p->out, "}");
}
