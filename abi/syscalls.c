/* The table of system calls as data, made from syscalls.def. */
#include "abi/syscalls.h"

#include "abi/names.h"
#include "lib/string.h"

/* Apply a macro to each of 0 to 6 arguments. */
#define EACH_0(f)
#define EACH_1(f, a) f(a)
#define EACH_2(f, a, ...) f(a), EACH_1(f, __VA_ARGS__)
#define EACH_3(f, a, ...) f(a), EACH_2(f, __VA_ARGS__)
#define EACH_4(f, a, ...) f(a), EACH_3(f, __VA_ARGS__)
#define EACH_5(f, a, ...) f(a), EACH_4(f, __VA_ARGS__)
#define EACH_6(f, a, ...) f(a), EACH_5(f, __VA_ARGS__)
#define COUNT_(a, b, c, d, e, f, g, n, ...) n
#define COUNT(...) COUNT_(_, ##__VA_ARGS__, 6, 5, 4, 3, 2, 1, 0)
#define EACH(f, ...) CAT(EACH_, COUNT(__VA_ARGS__))(f, ##__VA_ARGS__)

/* As many kinds as arguments, in every row. */
#define ARGS(...) COUNT(__VA_ARGS__)
#define SYSCALL(nr, name, level, nargs, args, note)                                    \
	static_assert((args) == (nargs), "count of argument kinds of " #name);         \
	static_assert((nr) < LINUX_SYS_LIMIT, "number of " #name);
#include "abi/syscalls.def"
#undef SYSCALL
#undef ARGS

/*
 * ELEMENT_ before a kind as syscalls.def writes it makes the value of one element.
 * A kind without parameter finds a constant of this enumeration, one with a parameter
 * finds one of the macros below; the parameter travels in the second byte.
 */
enum {
#define ARGKIND(kind, memory, parameter, shown) ELEMENT_##kind = ARG_##kind,
#include "abi/argkinds.def"
};

#define WITH(kind, param) (ARG_##kind | (param) << 8)
#define ELEMENT_FLAGS(set) WITH(flags, SET_##set)
#define ELEMENT_ENUM(set) WITH(enum, SET_##set)
#define ELEMENT_ipc_flags(set) WITH(ipc_flags, SET_##set)
#define ELEMENT_open_mode(arg) WITH(open_mode, arg)
#define ELEMENT_sock_proto(arg) WITH(sock_proto, arg)
#define ELEMENT_sock_opt(arg) WITH(sock_opt, arg)
#define ELEMENT_by_ioctl(arg) WITH(by_ioctl, arg)
#define ELEMENT_by_fcntl(arg) WITH(by_fcntl, arg)
#define ELEMENT_by_prctl(arg) WITH(by_prctl, arg)
#define ELEMENT_by_arch_prctl(arg) WITH(by_arch_prctl, arg)
#define ELEMENT_by_futex(arg) WITH(by_futex, arg)
#define ELEMENT_buf_in(arg) WITH(buf_in, arg)
#define ELEMENT_buf_out(arg) WITH(buf_out, arg)
#define ELEMENT_iov_in(arg) WITH(iov_in, arg)
#define ELEMENT_iov_out(arg) WITH(iov_out, arg)
#define ELEMENT_xattr_args_in(arg) WITH(xattr_args_in, arg)
#define ELEMENT_xattr_args_out(arg) WITH(xattr_args_out, arg)
#define ELEMENT_gids_in(arg) WITH(gids_in, arg)
#define ELEMENT_gids_out(arg) WITH(gids_out, arg)
#define ELEMENT_open_how_in(arg) WITH(open_how_in, arg)
#define ELEMENT_pollfds_inout(arg) WITH(pollfds_inout, arg)
#define ELEMENT_fdset_inout(arg) WITH(fdset_inout, arg)
#define ELEMENT_sigset_in(arg) WITH(sigset_in, arg)
#define ELEMENT_sigset_out(arg) WITH(sigset_out, arg)
#define ELEMENT_sockaddr_in(arg) WITH(sockaddr_in, arg)
#define ELEMENT_sockaddr_out(arg) WITH(sockaddr_out, arg)
#define ELEMENT_sockopt_in(arg) WITH(sockopt_in, arg)
#define ELEMENT_sockopt_out(arg) WITH(sockopt_out, arg)
#define ELEMENT_mmsghdrs_in(arg) WITH(mmsghdrs_in, arg)
#define ELEMENT_mmsghdrs_out(arg) WITH(mmsghdrs_out, arg)
#define ELEMENT_clone_args_in(arg) WITH(clone_args_in, arg)
#define ELEMENT_cpuset_in(arg) WITH(cpuset_in, arg)
#define ELEMENT_cpuset_out(arg) WITH(cpuset_out, arg)
#define ELEMENT_futex_waitv_in(arg) WITH(futex_waitv_in, arg)
#define ELEMENT_sembufs_in(arg) WITH(sembufs_in, arg)
#define ELEMENT_msgbuf_in(arg) WITH(msgbuf_in, arg)
#define ELEMENT_msgbuf_out(arg) WITH(msgbuf_out, arg)

static_assert(ARG_COUNT <= 256 && SET_COUNT <= 256, "kinds and sets fit a byte each");

#define ELEMENT(written) { (u8)(ELEMENT_##written), (u8)((ELEMENT_##written) >> 8) }
#define ARGS(...) { EACH(ELEMENT, ##__VA_ARGS__) }

static const struct syscall_desc syscalls[LINUX_SYS_LIMIT] = {
#define SYSCALL(nr, name, level, nargs, args, note)                                    \
	[nr] = { #name, note, LEVEL_##level, nargs, args },
#include "abi/syscalls.def"
#undef SYSCALL
};

/* Calls that returns.def does not name have 0 here. */
static_assert(ARG_long == 0, "the default kind of a result");
static const u8 results[LINUX_SYS_LIMIT] = {
#define RETURNS(name, kind) [LINUX_SYS_##name] = ARG_##kind,
#include "abi/returns.def"
};

const struct syscall_desc *syscall_desc_find(u64 nr)
{
	if (nr >= LINUX_SYS_LIMIT || !syscalls[nr].name)
		return NULL;
	return &syscalls[nr];
}

enum arg_kind syscall_result_kind(u64 nr)
{
	return nr < LINUX_SYS_LIMIT ? results[nr] : ARG_long;
}

int syscall_number_find(const char *name)
{
	for (int nr = 0; nr < LINUX_SYS_LIMIT; nr++) {
		if (syscalls[nr].name && str_equal(syscalls[nr].name, name))
			return nr;
	}
	return -1;
}

struct arg_kind_row {
	const char *name;
	u8 memory;
	u8 parameter;
};

static const struct arg_kind_row kinds[ARG_COUNT] = {
#define ARGKIND(kind, memory, parameter, shown)                                        \
	[ARG_##kind] = { #kind, ARG_##memory, ARG_##parameter },
#include "abi/argkinds.def"
};

enum arg_memory arg_kind_memory(enum arg_kind kind)
{
	return kinds[kind].memory;
}

enum arg_parameter arg_kind_parameter(enum arg_kind kind)
{
	return kinds[kind].parameter;
}

const char *arg_kind_name(enum arg_kind kind)
{
	return kinds[kind].name;
}
