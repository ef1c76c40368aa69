/* plat.h's rest: a broker that is not there, guest code that is not run. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "lib/fmt.h"
#include "platform/fake/fake.h"
#include "platform/fake/internal.h"

static u64 segment_base[2];

int plat_start(void)
{
	return 0;
}

int plat_jail(void)
{
	return 0;
}

void plat_started(void)
{
}

void plat_ended(int wait_status, u64 calls, u64 host_calls)
{
	(void)wait_status;
	(void)calls;
	(void)host_calls;
}

int fake_fail_error, fake_fail_status;
char fake_fail_text[512];

void plat_fail(int error, int exit_status, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fmt_vprint(fake_fail_text, sizeof(fake_fail_text), fmt, args);
	va_end(args);
	fake_fail_error = error;
	fake_fail_status = exit_status;
}

/* There are no other processes. */
void plat_reaper_wake(void)
{
}

int plat_wait_child(s32 *ret_pid, int *ret_status)
{
	(void)ret_pid;
	(void)ret_status;
	return -ECHILD;
}

u64 plat_segment_get(bool gs)
{
	return segment_base[gs];
}

void plat_segment_set(bool gs, u64 base)
{
	segment_base[gs] = base;
}

/* No second stack: the caller must cope, as with a host that has none left. */
int plat_switch_run(struct plat_switch *sw, struct thread *t,
		    void (*main)(struct thread *))
{
	(void)sw;
	(void)t;
	(void)main;
	return -EAGAIN;
}

NORETURN void plat_switch_back(struct plat_switch *sw)
{
	(void)sw;
	panic("platform: switched back without having switched");
}

NORETURN void plat_guest_start(const struct regs *regs)
{
	(void)regs;
	panic("platform: a test program cannot run guest code");
}

NORETURN void plat_guest_enter(struct regs *regs)
{
	(void)regs;
	panic("platform: a test program cannot run guest code");
}
