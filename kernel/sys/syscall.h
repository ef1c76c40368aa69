/*
 * How a system call is written:
 *
 *	SYSCALL_DEFINE(pipe2, uaddr_t, fds, int, flags)
 *	{
 *		...return >= 0 or -Exxx
 *	}
 *
 * defines the handler that the row of abi/syscalls.def names. Each argument is the register
 * converted to the given type, as the Linux ABI does. current() is the calling thread; its
 * registers are current()->regs.
 */
#ifndef NACRE_KERNEL_SYS_SYSCALL_H
#define NACRE_KERNEL_SYS_SYSCALL_H

#include "abi/errno.h"
#include "kernel/task/task.h"
#include "lib/types.h"

#define SYS_NARGS_(_12, _11, _10, _9, _8, _7, _6, _5, _4, _3, _2, _1, n, ...) n
#define SYS_NARGS(...)                                                            \
	SYS_NARGS_(__VA_OPT__(__VA_ARGS__, ) 6, 6, 5, 5, 4, 4, 3, 3, 2, 2, 1, 1, 0)

#define SYS_PARAMS_0() void
#define SYS_PARAMS_1(t1, a1) t1 a1
#define SYS_PARAMS_2(t1, a1, ...) t1 a1, SYS_PARAMS_1(__VA_ARGS__)
#define SYS_PARAMS_3(t1, a1, ...) t1 a1, SYS_PARAMS_2(__VA_ARGS__)
#define SYS_PARAMS_4(t1, a1, ...) t1 a1, SYS_PARAMS_3(__VA_ARGS__)
#define SYS_PARAMS_5(t1, a1, ...) t1 a1, SYS_PARAMS_4(__VA_ARGS__)
#define SYS_PARAMS_6(t1, a1, ...) t1 a1, SYS_PARAMS_5(__VA_ARGS__)

#define SYS_CAST_0(n)
#define SYS_CAST_1(n, t1, a1) (t1) args[n]
#define SYS_CAST_2(n, t1, a1, ...) (t1) args[n], SYS_CAST_1(n + 1, __VA_ARGS__)
#define SYS_CAST_3(n, t1, a1, ...) (t1) args[n], SYS_CAST_2(n + 1, __VA_ARGS__)
#define SYS_CAST_4(n, t1, a1, ...) (t1) args[n], SYS_CAST_3(n + 1, __VA_ARGS__)
#define SYS_CAST_5(n, t1, a1, ...) (t1) args[n], SYS_CAST_4(n + 1, __VA_ARGS__)
#define SYS_CAST_6(n, t1, a1, ...) (t1) args[n], SYS_CAST_5(n + 1, __VA_ARGS__)

#define SYSCALL_DEFINE(name, ...)                                                 \
	SYSCALL_DEFINE_(name, SYS_NARGS(__VA_ARGS__), __VA_ARGS__)
#define SYSCALL_DEFINE_(name, n, ...) SYSCALL_DEFINE__(name, n, __VA_ARGS__)
#define SYSCALL_DEFINE__(name, n, ...)                                            \
	static inline s64 do_##name(SYS_PARAMS_##n(__VA_ARGS__));                 \
	s64 sys_##name(const u64 *args);                                          \
	s64 sys_##name(UNUSED const u64 *args)                                    \
	{                                                                         \
		return do_##name(SYS_CAST_##n(0 __VA_OPT__(, ) __VA_ARGS__));     \
	}                                                                         \
	static inline s64 do_##name(SYS_PARAMS_##n(__VA_ARGS__))

#endif
