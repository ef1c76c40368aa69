/*
 * The jail's innermost wall: the list of host calls, installed by the kernel itself because
 * it names its own text.
 *
 * OVERVIEW. A classic BPF program over (arch, number, instruction pointer, arguments):
 * another arch, an x32 number, or an instruction pointer outside the kernel's text gives a
 * trap, which is how guest calls reach the kernel. From the kernel's text the call must be
 * in rules[] below and satisfy its argument test, or it traps too (and the kernel, finding
 * its own call refused, stops). The instruction-pointer test is correctness, not security:
 * a guest can jump to the kernel's syscall instruction. So every rule is harmless with any
 * arguments that pass its test; doc/threat-model.md argues each.
 */
#include "abi/errno.h"
#include "abi/linux/fcntl.h"
#include "abi/linux/ioctl.h"
#include "abi/linux/sched.h"
#include "abi/linux/syscall.h"
#include "kernel/boot.h"
#include "lib/string.h"
#include "platform/linux/internal.h"
#include "platform/linux/jail_rules.h"

#define AUDIT_ARCH_X86_64 0xc000003eu

/* <linux/bpf_common.h>, <linux/filter.h>, <linux/seccomp.h> */
struct bpf_insn {
	u16 code;
	u8 jt, jf;
	u32 k;
};

struct bpf_prog {
	u16 len;
	const struct bpf_insn *insns;
};

enum {
	BPF_LOAD_WORD = 0x20, /* A = data[k] */
	BPF_JEQ = 0x15,
	BPF_JGE = 0x35,
	BPF_JSET = 0x45,
	BPF_RET = 0x06,
	BPF_AND = 0x54,
	BPF_JA = 0x05,
};

enum {
	DATA_NR = 0,
	DATA_ARCH = 4,
	DATA_IP_LOW = 8,
	DATA_IP_HIGH = 12,
	DATA_ARGS = 16, /* 8 bytes each, low half first */
};

#define RET_ALLOW 0x7fff0000u
#define RET_TRAP 0x00030000u

#define PR_SET_NO_NEW_PRIVS 38
#define SECCOMP_SET_MODE_FILTER 1

#define INSNS_MAX 512

struct program {
	struct bpf_insn insns[INSNS_MAX];
	u32 len;
};

static void emit(struct program *p, u16 code, u32 k, u8 jt, u8 jf)
{
	ASSERT(p->len < INSNS_MAX);
	p->insns[p->len++] = (struct bpf_insn){ .code = code, .jt = jt, .jf = jf, .k = k };
}

static void emit_ret(struct program *p, u32 value)
{
	emit(p, BPF_RET, value, 0, 0);
}

/* Trap unless the argument's high half is zero. */
static void emit_high_zero(struct program *p, u32 arg)
{
	emit(p, BPF_LOAD_WORD, DATA_ARGS + 8 * arg + 4, 0, 0);
	emit(p, BPF_JEQ, 0, 1, 0);
	emit_ret(p, RET_TRAP);
}

static void emit_rule(struct program *p, const struct jail_rule *rule)
{
	u32 skip_at = p->len;

	/* A holds the number; not this one: jump over the block (patched below). */
	emit(p, BPF_JEQ, (u32)rule->nr, 0, 0);
	if (rule->test == JAIL_ARG_NO_BITS) {
		emit(p, BPF_LOAD_WORD, DATA_ARGS + 8 * rule->arg, 0, 0);
		emit(p, BPF_JSET, rule->values[0], 0, 1);
		emit_ret(p, RET_TRAP);
	} else if (rule->test == JAIL_ARG_ONE_OF) {
		if (!rule->low_only)
			emit_high_zero(p, rule->arg);
		emit(p, BPF_LOAD_WORD, DATA_ARGS + 8 * rule->arg, 0, 0);
		for (u32 i = 0; i < rule->count; i++) {
			emit(p, BPF_JEQ, rule->values[i], 0, 1);
			emit_ret(p, RET_ALLOW);
		}
		emit_ret(p, RET_TRAP);
	}
	if (rule->test != JAIL_ARG_ONE_OF)
		emit_ret(p, RET_ALLOW);
	u32 len = p->len - skip_at - 1;

	ASSERT(len <= 255);
	p->insns[skip_at].jf = (u8)len;
}

int seccomp_install(void)
{
	bool trees = host_trees_direct(), pid_ns = boot_block()->flags & BOOT_PID_NS;
	static struct program p;
	u64 start = (u64)__kernel_text_start, end = (u64)__kernel_text_end;

	/* The image is within one 4 GiB block: zones are 4 GiB aligned. */
	ASSERT(start >> 32 == (end - 1) >> 32);
	emit(&p, BPF_LOAD_WORD, DATA_ARCH, 0, 0);
	emit(&p, BPF_JEQ, AUDIT_ARCH_X86_64, 1, 0);
	emit_ret(&p, RET_TRAP);
	emit(&p, BPF_LOAD_WORD, DATA_IP_HIGH, 0, 0);
	emit(&p, BPF_JEQ, (u32)(start >> 32), 1, 0);
	emit_ret(&p, RET_TRAP);
	emit(&p, BPF_LOAD_WORD, DATA_IP_LOW, 0, 0);
	emit(&p, BPF_JGE, (u32)start, 1, 0);
	emit_ret(&p, RET_TRAP);
	emit(&p, BPF_JGE, (u32)end, 0, 1);
	emit_ret(&p, RET_TRAP);
	emit(&p, BPF_LOAD_WORD, DATA_NR, 0, 0);
	for (u32 i = 0; i < jail_rule_count; i++)
		if ((trees || !jail_rules[i].trees) && (pid_ns || !jail_rules[i].pid_ns) &&
		    !(pid_ns && jail_rules[i].no_pid_ns))
			emit_rule(&p, &jail_rules[i]);
	emit_ret(&p, RET_TRAP);

	struct bpf_prog prog = { .len = (u16)p.len, .insns = p.insns };
	int err = (int)host_call(LINUX_SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);

	if (err < 0)
		return err;
	return (int)host_call(LINUX_SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog);
}
