/* Writing down a crash: see crash.h. The guest's memory is read as any call would read it. */
#include "kernel/debug/crash.h"

#include "abi/names.h"
#include "kernel/boot.h"
#include "kernel/mm/heap.h"
#include "kernel/mm/mm.h"
#include "kernel/mm/uaccess.h"
#include "kernel/x86_64/regs.h"
#include "kernel/x86_64/rewrite.h"
#include "kernel/x86_64/tls.h"
#include "lib/string.h"
#include "platform/plat.h"

#define CODE_SIZE 64u
#define STACK_SIZE 4096u
#define LINE_BYTES 64u
#define MAPS_SIZE 65536u

/* Up to len bytes at addr, as lines of hexadecimal digits; ends where memory does. */
static void record_bytes(s32 pid, const char *what, uaddr_t addr, u32 len)
{
	static const char digits[] = "0123456789abcdef";
	char text[2 * LINE_BYTES + 1];
	u8 bytes[LINE_BYTES];

	for (u32 at = 0; at < len; at += LINE_BYTES) {
		u32 n = 0;

		/* One by one at the end of a mapping. */
		if (copy_in(bytes, addr + at, LINE_BYTES) == 0)
			n = LINE_BYTES;
		else
			while (n < LINE_BYTES && copy_in(bytes + n, addr + at + n, 1) == 0)
				n++;
		for (u32 i = 0; i < n; i++) {
			text[2 * i] = digits[bytes[i] >> 4];
			text[2 * i + 1] = digits[bytes[i] & 15];
		}
		text[2 * n] = '\0';
		if (n > 0)
			plat_log("[CRASH] pid=%d %s 0x%lx %s", pid, what, addr + at, text);
		if (n < LINE_BYTES)
			return;
	}
}

static void record_maps(s32 pid, struct mm *mm)
{
	char *text = kzalloc(MAPS_SIZE), *line = text;
	s64 len = text == NULL ? 0 : mm_format_maps(mm, false, text, MAPS_SIZE - 1);

	if (len > 0)
		text[MIN((u64)len, (u64)MAPS_SIZE - 1)] = '\0';
	while (line != NULL && *line != '\0') {
		char *end = strchr(line, '\n');

		if (end == NULL)
			break;
		*end = '\0';
		plat_log("[CRASH] pid=%d map %s", pid, line);
		line = end + 1;
	}
	kfree(text);
}

void crash_record(struct thread *t, const struct linux_siginfo *info)
{
	const struct regs *r = t->regs;
	s32 pid = t->process->pid;
	u64 fs, gs;

	if (!(boot_block()->flags & BOOT_CRASH) ||
	    signal_default_action(info->si_signo) != SIGNAL_CORE)
		return;
	tls_get(&fs, &gs);
	if (rewrite_active())
		gs = 0; /* ours, for the guest it is unused */
	plat_log("[CRASH] pid=%d signal %d code %d addr 0x%lx trap %lu error 0x%lx", pid,
		 info->si_signo, info->si_code,
		 info->si_code > LINUX_SI_USER ? info->fault.addr : 0, t->fault_trapno,
		 t->fault_err);
	plat_log("[CRASH] pid=%d regs rax 0x%lx rbx 0x%lx rcx 0x%lx rdx 0x%lx rsi 0x%lx rdi 0x%lx "
		 "rbp 0x%lx rsp 0x%lx",
		 pid, r->ax, r->bx, r->cx, r->dx, r->si, r->di, r->bp, r->sp);
	plat_log("[CRASH] pid=%d regs r8 0x%lx r9 0x%lx r10 0x%lx r11 0x%lx r12 0x%lx r13 0x%lx "
		 "r14 0x%lx r15 0x%lx",
		 pid, r->r8, r->r9, r->r10, r->r11, r->r12, r->r13, r->r14, r->r15);
	plat_log("[CRASH] pid=%d regs rip 0x%lx eflags 0x%lx fs_base 0x%lx gs_base 0x%lx", pid,
		 r->ip, r->flags, fs, gs);
	record_bytes(pid, "code", r->ip, CODE_SIZE);
	record_bytes(pid, "stack", r->sp, STACK_SIZE);
	record_maps(pid, t->process->mm);
	plat_log("[CRASH] pid=%d end", pid);
}
