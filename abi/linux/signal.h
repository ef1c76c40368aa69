/* Signals: numbers, dispositions, siginfo, and the frame a handler runs on. */
#ifndef NACRE_ABI_LINUX_SIGNAL_H
#define NACRE_ABI_LINUX_SIGNAL_H

#include "abi/linux/layout.h"

enum {
#define SIGNAL(name, number, action, text) LINUX_##name = number,
#include "abi/signals.def"
	LINUX_SIGIOT = LINUX_SIGABRT,
	LINUX_SIGPOLL = LINUX_SIGIO,
	LINUX_SIGRTMIN = 32,
	LINUX_SIGRTMAX = 64,
};

#define LINUX_NSIG	64
/* The only size the rt_sig* calls accept for a set. */
#define LINUX_SIGSET_SIZE	8

#define LINUX_SIG_DFL	0UL
#define LINUX_SIG_IGN	1UL
#define LINUX_SIG_ERR	(~0UL)

#define LINUX_SIG_BLOCK		0
#define LINUX_SIG_UNBLOCK	1
#define LINUX_SIG_SETMASK	2

#define LINUX_SA_NOCLDSTOP	0x00000001
#define LINUX_SA_NOCLDWAIT	0x00000002
#define LINUX_SA_SIGINFO	0x00000004
#define LINUX_SA_UNSUPPORTED	0x00000400
#define LINUX_SA_EXPOSE_TAGBITS	0x00000800
#define LINUX_SA_RESTORER	0x04000000
#define LINUX_SA_ONSTACK	0x08000000
#define LINUX_SA_RESTART	0x10000000
#define LINUX_SA_NODEFER	0x40000000
#define LINUX_SA_RESETHAND	0x80000000
/* What sigaction stores; every other bit reads back as zero. */
#define LINUX_SA_KNOWN	0xdc000807UL

#define LINUX_SS_ONSTACK	1
#define LINUX_SS_DISABLE	2
#define LINUX_SS_AUTODISARM	0x80000000U
#define LINUX_MINSIGSTKSZ	2048
#define LINUX_SIGSTKSZ		8192

/* si_code of any signal. */
#define LINUX_SI_USER		0
#define LINUX_SI_KERNEL		0x80
#define LINUX_SI_QUEUE		(-1)
#define LINUX_SI_TIMER		(-2)
#define LINUX_SI_MESGQ		(-3)
#define LINUX_SI_ASYNCIO	(-4)
#define LINUX_SI_SIGIO		(-5)
#define LINUX_SI_TKILL		(-6)
#define LINUX_SI_DETHREAD	(-7)
#define LINUX_SI_ASYNCNL	(-60)

#define LINUX_ILL_ILLOPC	1
#define LINUX_ILL_ILLOPN	2
#define LINUX_ILL_ILLADR	3
#define LINUX_ILL_ILLTRP	4
#define LINUX_ILL_PRVOPC	5
#define LINUX_ILL_PRVREG	6
#define LINUX_ILL_COPROC	7
#define LINUX_ILL_BADSTK	8

#define LINUX_FPE_INTDIV	1
#define LINUX_FPE_INTOVF	2
#define LINUX_FPE_FLTDIV	3
#define LINUX_FPE_FLTOVF	4
#define LINUX_FPE_FLTUND	5
#define LINUX_FPE_FLTRES	6
#define LINUX_FPE_FLTINV	7
#define LINUX_FPE_FLTSUB	8
#define LINUX_FPE_FLTUNK	14

#define LINUX_SEGV_MAPERR	1
#define LINUX_SEGV_ACCERR	2
#define LINUX_SEGV_BNDERR	3
#define LINUX_SEGV_PKUERR	4
#define LINUX_SEGV_CPERR	10

#define LINUX_BUS_ADRALN	1
#define LINUX_BUS_ADRERR	2
#define LINUX_BUS_OBJERR	3
#define LINUX_BUS_MCEERR_AR	4
#define LINUX_BUS_MCEERR_AO	5

#define LINUX_TRAP_BRKPT	1
#define LINUX_TRAP_TRACE	2
#define LINUX_TRAP_BRANCH	3
#define LINUX_TRAP_HWBKPT	4
#define LINUX_TRAP_UNK		5
#define LINUX_TRAP_PERF		6

#define LINUX_CLD_EXITED	1
#define LINUX_CLD_KILLED	2
#define LINUX_CLD_DUMPED	3
#define LINUX_CLD_TRAPPED	4
#define LINUX_CLD_STOPPED	5
#define LINUX_CLD_CONTINUED	6

#define LINUX_POLL_IN	1
#define LINUX_POLL_OUT	2
#define LINUX_POLL_MSG	3
#define LINUX_POLL_ERR	4
#define LINUX_POLL_PRI	5
#define LINUX_POLL_HUP	6

#define LINUX_SYS_SECCOMP	1
#define LINUX_SYS_USER_DISPATCH	2

struct linux_siginfo {
	s32 si_signo;
	s32 si_errno;
	s32 si_code;
	s32 pad0;
	union {
		u8 raw[112];
		struct {
			s32 pid;
			u32 uid;
		} kill; /* SI_USER, SI_TKILL */
		struct {
			s32 id;
			s32 overrun;
			u64 value;
			s32 sys_private;
		} timer; /* SI_TIMER */
		struct {
			s32 pid;
			u32 uid;
			u64 value;
		} rt; /* SI_QUEUE, SI_MESGQ */
		struct {
			s32 pid;
			u32 uid;
			s32 status;
			s32 pad;
			s64 utime;
			s64 stime;
		} chld; /* SIGCHLD */
		struct {
			uaddr_t addr;
			union {
				s16 addr_lsb; /* BUS_MCEERR_* */
				s32 trapno;
				struct {
					u64 pad;
					uaddr_t lower;
					uaddr_t upper;
				} bnd; /* SEGV_BNDERR */
				struct {
					u64 pad;
					u32 pkey;
				} pku; /* SEGV_PKUERR */
				struct {
					u64 data;
					u32 type;
					u32 flags;
				} perf; /* TRAP_PERF */
			};
		} fault; /* SIGILL SIGFPE SIGSEGV SIGBUS SIGTRAP */
		struct {
			s64 band;
			s32 fd;
		} poll; /* SIGIO */
		struct {
			uaddr_t call_addr;
			s32 syscall;
			u32 arch;
		} sys; /* SIGSYS */
	};
};

LINUX_SIZE(siginfo, 128);
LINUX_OFFSET(siginfo, kill.pid, 16);
LINUX_OFFSET(siginfo, timer.value, 24);
LINUX_OFFSET(siginfo, timer.sys_private, 32);
LINUX_OFFSET(siginfo, rt.value, 24);
LINUX_OFFSET(siginfo, chld.status, 24);
LINUX_OFFSET(siginfo, chld.utime, 32);
LINUX_OFFSET(siginfo, fault.addr_lsb, 24);
LINUX_OFFSET(siginfo, fault.bnd.lower, 32);
LINUX_OFFSET(siginfo, fault.pku.pkey, 32);
LINUX_OFFSET(siginfo, poll.fd, 24);
LINUX_OFFSET(siginfo, sys.syscall, 24);
LINUX_OFFSET(siginfo, sys.arch, 28);

/* The form rt_sigaction takes, which is not the C library's. */
struct linux_sigaction {
	uaddr_t handler; /* plain names: C libraries make macros of the usual ones */
	u64 flags;
	uaddr_t restorer;
	u64 mask;
};

LINUX_SIZE(sigaction, 32);
LINUX_OFFSET(sigaction, mask, 24);

struct linux_stack_t {
	uaddr_t ss_sp;
	s32 ss_flags;
	u32 pad0;
	u64 ss_size;
};

LINUX_SIZE(stack_t, 24);
LINUX_OFFSET(stack_t, ss_size, 16);

/* The sigmask argument of pselect6 and io_pgetevents: a pointer to this pair. */
struct linux_sigset_arg {
	uaddr_t set;
	u64 size;
};

LINUX_SIZE(sigset_arg, 16);

/* The registers of the interrupted code, inside struct linux_ucontext. */
struct linux_sigcontext {
	u64 r8;
	u64 r9;
	u64 r10;
	u64 r11;
	u64 r12;
	u64 r13;
	u64 r14;
	u64 r15;
	u64 rdi;
	u64 rsi;
	u64 rbp;
	u64 rbx;
	u64 rdx;
	u64 rax;
	u64 rcx;
	u64 rsp;
	u64 rip;
	u64 eflags;
	u16 cs;
	u16 gs;
	u16 fs;
	u16 ss;
	u64 err;
	u64 trapno;
	u64 oldmask;
	u64 cr2;
	uaddr_t fpstate; /* struct linux_fpstate, or 0: state not saved */
	u64 reserved1[8];
};

LINUX_SIZE(sigcontext, 256);
LINUX_OFFSET(sigcontext, rip, 128);
LINUX_OFFSET(sigcontext, cs, 144);
LINUX_OFFSET(sigcontext, err, 152);
LINUX_OFFSET(sigcontext, cr2, 176);
LINUX_OFFSET(sigcontext, fpstate, 184);

/* uc_flags. */
#define LINUX_UC_FP_XSTATE		0x1
#define LINUX_UC_SIGCONTEXT_SS		0x2
#define LINUX_UC_STRICT_RESTORE_SS	0x4

struct linux_ucontext {
	u64 uc_flags;
	uaddr_t uc_link;
	struct linux_stack_t uc_stack;
	struct linux_sigcontext uc_mcontext;
	u64 uc_sigmask;
};

LINUX_SIZE(ucontext, 304);
LINUX_OFFSET(ucontext, uc_mcontext, 40);
LINUX_OFFSET(ucontext, uc_sigmask, 296);

#define LINUX_FP_XSTATE_MAGIC1		0x46505853U
#define LINUX_FP_XSTATE_MAGIC2		0x46505845U
#define LINUX_FP_XSTATE_MAGIC2_SIZE	4

/*
 * The last 48 bytes of the legacy area. With magic1 set, the state is xstate_size bytes
 * long and magic2 follows it; extended_size counts both.
 */
struct linux_fpx_sw_bytes {
	u32 magic1;
	u32 extended_size;
	u64 xfeatures;
	u32 xstate_size;
	u32 padding[7];
};

LINUX_SIZE(fpx_sw_bytes, 48);
LINUX_OFFSET(fpx_sw_bytes, xfeatures, 8);
LINUX_OFFSET(fpx_sw_bytes, xstate_size, 16);

/* What FXSAVE64 writes: the first 512 bytes of any saved floating point state. */
struct linux_fpstate {
	u16 cwd;
	u16 swd;
	u16 twd;
	u16 fop;
	u64 rip;
	u64 rdp;
	u32 mxcsr;
	u32 mxcsr_mask;
	u32 st_space[32];  /* 8 registers of 16 bytes */
	u32 xmm_space[64]; /* 16 registers of 16 bytes */
	u32 reserved2[12];
	struct linux_fpx_sw_bytes sw_reserved;
};

LINUX_SIZE(fpstate, 512);
LINUX_OFFSET(fpstate, mxcsr, 24);
LINUX_OFFSET(fpstate, st_space, 32);
LINUX_OFFSET(fpstate, xmm_space, 160);
LINUX_OFFSET(fpstate, sw_reserved, 464);

/* Follows the legacy area in the XSAVE format. */
struct linux_xsave_header {
	u64 xfeatures;
	u64 xcomp_bv; /* must be 0 in a frame: the standard, not the compacted form */
	u64 reserved[6];
};

LINUX_SIZE(xsave_header, 64);

struct linux_xstate {
	struct linux_fpstate fpstate;
	struct linux_xsave_header header;
	/* AVX upper halves at 576 and further components by CPUID leaf 0xd follow */
};

LINUX_SIZE(xstate, 576);
LINUX_OFFSET(xstate, header, 512);

/*
 * What a handler finds at its stack pointer; rdi = signal, rsi = &info, rdx = &uc. The
 * frame starts at 8 modulo 16, the floating point state lies above it on 64 bytes.
 */
struct linux_rt_sigframe {
	uaddr_t pretcode; /* sa_restorer: the handler returns there */
	struct linux_ucontext uc;
	struct linux_siginfo info;
};

LINUX_SIZE(rt_sigframe, 440);
LINUX_OFFSET(rt_sigframe, uc, 8);
LINUX_OFFSET(rt_sigframe, info, 312);

/* Bytes below the stack pointer that belong to the interrupted function. */
#define LINUX_REDZONE_SIZE	128

#define LINUX_SIGEV_SIGNAL	0
#define LINUX_SIGEV_NONE	1
#define LINUX_SIGEV_THREAD	2
#define LINUX_SIGEV_THREAD_ID	4

struct linux_sigevent {
	u64 sigev_value;
	s32 sigev_signo;
	s32 sigev_notify;
	union {
		s32 tid; /* SIGEV_THREAD_ID */
		struct {
			uaddr_t function;
			uaddr_t attribute;
		} thread; /* SIGEV_THREAD */
		u8 raw[48];
	} sigev_un;
};

LINUX_SIZE(sigevent, 64);
LINUX_OFFSET(sigevent, sigev_signo, 8);
LINUX_OFFSET(sigevent, sigev_un, 16);

#define LINUX_SFD_NONBLOCK	04000
#define LINUX_SFD_CLOEXEC	02000000

/* What read(2) of a signalfd returns, one per signal. */
struct linux_signalfd_siginfo {
	u32 ssi_signo;
	s32 ssi_errno;
	s32 ssi_code;
	u32 ssi_pid;
	u32 ssi_uid;
	s32 ssi_fd;
	u32 ssi_tid;
	u32 ssi_band;
	u32 ssi_overrun;
	u32 ssi_trapno;
	s32 ssi_status;
	s32 ssi_int;
	u64 ssi_ptr;
	u64 ssi_utime;
	u64 ssi_stime;
	u64 ssi_addr;
	u16 ssi_addr_lsb;
	u16 pad2;
	s32 ssi_syscall;
	u64 ssi_call_addr;
	u32 ssi_arch;
	u8 pad[28];
};

LINUX_SIZE(signalfd_siginfo, 128);
LINUX_OFFSET(signalfd_siginfo, ssi_ptr, 48);
LINUX_OFFSET(signalfd_siginfo, ssi_call_addr, 88);
LINUX_OFFSET(signalfd_siginfo, ssi_arch, 96);

#endif
