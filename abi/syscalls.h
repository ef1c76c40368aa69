/* The table of system calls as data: what traces, reports and profiles look up. */
#ifndef NACRE_ABI_SYSCALLS_H
#define NACRE_ABI_SYSCALLS_H

#include "abi/linux/syscall.h"
#include "lib/types.h"

#define SYSCALL_ARGS_MAX 6

/* How far a call is served; syscalls.def explains them. */
enum syscall_level {
	LEVEL_NONE,
	LEVEL_STUB,
	LEVEL_PART,
	LEVEL_FULL,
};

/* The kinds of argkinds.def: ARG_fd, ARG_buf_in, ... */
enum arg_kind {
#define ARGKIND(kind, memory, parameter, shown) ARG_##kind,
#include "abi/argkinds.def"
	ARG_COUNT,
};

enum arg_memory {
	ARG_VAL,
	ARG_IN,
	ARG_OUT,
	ARG_INOUT,
};

/* What the parameter of a kind is: an index of an argument, or an enum flag_set. */
enum arg_parameter {
	ARG_NIL,
	ARG_ARG,
	ARG_SET,
};

struct syscall_arg {
	u8 kind;
	u8 param;
};

struct syscall_desc {
	const char *name;
	const char *note; /* "" if there is nothing to say */
	u8 level;
	u8 nargs;
	struct syscall_arg args[SYSCALL_ARGS_MAX];
};

/* The row of a number, NULL if Linux has no such call. */
const struct syscall_desc *syscall_desc_find(u64 nr);

/* How the result of a call prints: ARG_long if returns.def does not name the call. */
enum arg_kind syscall_result_kind(u64 nr);

/* The number of a name, or -1. */
int syscall_number_find(const char *name);

enum arg_memory arg_kind_memory(enum arg_kind kind);
enum arg_parameter arg_kind_parameter(enum arg_kind kind);
/* "buf_out" for ARG_buf_out. */
const char *arg_kind_name(enum arg_kind kind);

#endif
