/*
 * The table of calls and the way through it.
 *
 * The table is made from abi/syscalls.def: a row that is not NONE names a handler, which
 * must exist. Everything else answers -ENOSYS and is named in the log once per sandbox.
 */
#include "kernel/sys/dispatch.h"

#include "abi/errno.h"
#include "abi/linux/syscall.h"
#include "abi/names.h"
#include "abi/syscalls.h"
#include "kernel/debug/trace.h"
#include "kernel/signal/signal.h"
#include "kernel/sys/profile.h"
#include "kernel/sys/stats.h"
#include "kernel/task/table.h"
#include "kernel/x86_64/offsets.h"
#include "platform/plat.h"

typedef s64 (*syscall_fn)(const u64 *args);

#define ROW_FULL(name) s64 sys_##name(const u64 *args);
#define ROW_PART(name) ROW_FULL(name)
#define ROW_STUB(name) ROW_FULL(name)
#define ROW_NONE(name)
#define SYSCALL(nr, name, level, nargs, args, note) ROW_##level(name)
#include "abi/syscalls.def"
#undef SYSCALL
#undef ROW_FULL

#define ROW_FULL(nr, name) [nr] = sys_##name,
#undef ROW_PART
#undef ROW_STUB
#undef ROW_NONE
#define ROW_PART(nr, name) ROW_FULL(nr, name)
#define ROW_STUB(nr, name) ROW_FULL(nr, name)
#define ROW_NONE(nr, name)
#define SYSCALL(nr, name, level, nargs, args, note) ROW_##level(nr, name)

static const syscall_fn table[LINUX_SYS_LIMIT] = {
#include "abi/syscalls.def"
};

#undef SYSCALL

static bool has_profile;

static bool is_restart(s64 r)
{
	return r <= -ERESTARTSYS && r >= -ERESTART_RESTARTBLOCK;
}

/* Linux: the number is the low half, sign-extended. */
static s64 call_handler(s64 nr, const u64 *args)
{
	s64 result;

	if (unlikely(has_profile) && profile_answers(nr, args, &result))
		return result;
	if ((u64)nr < LINUX_SYS_LIMIT && likely(table[nr] != NULL))
		return table[nr](args);
	stats_unknown(nr);
	return -ENOSYS;
}

/* nr is what the handler's table says; orig_ax keeps what a restarted call is made with. */
static void serve(struct thread *t, struct regs *regs, s64 nr, const u64 *args)
{
	/* A frame of the host: a signal brought us here. */
	bool trapped = t->fpu_frame != NULL;
	struct stats_call call;
	s64 r;

	regs->ax = (u64)-ENOSYS; /* Linux: what is left of number -1, which means "no call" */
	if (unlikely(trace_active))
		trace_enter(t, nr, args, trapped);
	stats_enter(&call, t, nr, trapped);
	r = call_handler(nr, args);
	/* fork has made this another thread, whose call it never was. */
	if (likely(t == current())) {
		u64 host_calls = stats_exit(&call, r);

		if (unlikely(trace_active))
			trace_exit(t, nr, args, r, host_calls);
	}
	t = current();
	/* sigreturn has set all registers, among them orig_ax to -1; so has execve. */
	if (regs->orig_ax != (u64)-1 || nr == -1)
		regs->ax = (u64)r;
	if (is_restart(r) || atomic_load(&t->work) != 0)
		signal_return_work(t);
}

void syscall_dispatch(struct thread *t, struct regs *regs)
{
	u64 args[6] = { regs->di, regs->si, regs->dx, regs->r10, regs->r8, regs->r9 };

	regs->orig_ax = (u64)(s64)(s32)regs->orig_ax;
	serve(t, regs, (s64)regs->orig_ax, args);
}

/* --- quick calls --- */

u8 syscall_is_quick[QUICK_LIMIT];

/* Calls without arguments that look at nothing but the caller, wait for nothing, cannot fail. */
static const u8 quick_calls[] = { LINUX_SYS_getpid,  LINUX_SYS_gettid, LINUX_SYS_getuid,
				  LINUX_SYS_geteuid, LINUX_SYS_getgid, LINUX_SYS_getegid };

void dispatch_init(void)
{
	has_profile = boot_block()->profile != 0;
	if (trace_active || has_profile)
		return;
	for (u32 i = 0; i < ARRAY_SIZE(quick_calls); i++)
		syscall_is_quick[quick_calls[i]] = 1;
}

s64 syscall_quick(u32 nr)
{
	struct stats_call call;
	s64 r;

	stats_enter(&call, current(), nr, false);
	r = table[nr](NULL);
	stats_exit(&call, r);
	return r;
}

/* --- int $0x80 --- */

struct ia32_call {
	u16 twin;
	u8 nargs;
	u8 wide; /* bit n: argument n is signed and 64 bits wide */
	bool served;
};

#define SIGNED(n) (1u << (n))
#define IA32(nr, name, nargs, wide) [nr] = { LINUX_SYS_##name, nargs, wide, true },

static const struct ia32_call ia32_calls[] = {
#include "abi/ia32.def"
};

/*
 * Linux: whatever the program is, int $0x80 makes a 32-bit call: other numbers, the
 * arguments cut to 32 bits. Such structures as differ there are not served.
 */
void syscall_dispatch_ia32(struct thread *t, struct regs *regs)
{
	u64 args[6] = { regs->bx, regs->cx, regs->dx, regs->si, regs->di, regs->bp };
	u32 nr = (u32)regs->ax;
	const struct ia32_call *call;

	regs->orig_ax = nr;
	if (nr >= ARRAY_SIZE(ia32_calls) || !ia32_calls[nr].served) {
		plat_log("int $0x80: 32-bit call %u is not served: ENOSYS", nr);
		regs->ax = (u64)-ENOSYS;
		if (atomic_load(&t->work) != 0)
			signal_return_work(t);
		return;
	}
	call = &ia32_calls[nr];
	for (u32 i = 0; i < ARRAY_SIZE(args); i++) {
		args[i] = i < call->nargs ? (u32)args[i] : 0;
		if (call->wide >> i & 1)
			args[i] = (u64)(s64)(s32)args[i];
	}
	serve(t, regs, call->twin, args);
}
