/* Printing arguments and results: numbers, names, strings, arrays. See print.h. */
#include "trace/print.h"

#include <string.h>

#include "abi/errno.h"
#include "abi/linux/fcntl.h"
#include "abi/linux/ipc.h"
#include "abi/linux/prctl.h"
#include "abi/linux/sched.h"
#include "abi/linux/socket.h"
#include "abi/linux/stat.h"
#include "abi/linux/time.h"
#include "abi/linux/uio.h"

static print_fn *const printers[ARG_COUNT] = {
#define KIND(kind, capture, type, printer) [ARG_##kind] = print_##printer,
#include "trace/kinds.def"
};

/* --- which arguments, and when --- */

/* What the call writes prints when it is written; a few INOUT kinds print what went in. */
bool print_arg_waits(const struct trace_event *e, u32 index)
{
	enum arg_kind kind = e->desc->args[index].kind;

	switch (arg_kind_memory(kind)) {
	case ARG_OUT:
		return true;
	case ARG_INOUT:
		return kind != ARG_pollfds_inout && kind != ARG_fdset_inout &&
		       kind != ARG_timespec_inout && kind != ARG_timeval_inout &&
		       !(kind == ARG_by_fcntl && e->args[1] != LINUX_F_GETLK &&
			 e->args[1] != LINUX_F_OFD_GETLK);
	default:
		return kind == ARG_clone_args_in || kind == ARG_mmsghdrs_in;
	}
}

/* The mode of an open that creates nothing is not looked at, nor are unused registers. */
bool print_arg_exists(const struct trace_event *e, u32 index)
{
	const struct syscall_arg *arg = &e->desc->args[index];

	return arg->kind != ARG_unused && !print_futex_skips(e, index) &&
	       (arg->kind != ARG_open_mode ||
		(e->args[arg->param] & (LINUX_O_CREAT | LINUX___O_TMPFILE)));
}

bool print_arg(struct print *p, u32 index)
{
	const struct syscall_arg *arg = &p->event->desc->args[index];

	if (!print_arg_exists(p->event, index))
		return false;
	if (p->event->nr == LINUX_SYS_futex && index == 5) {
		print_futex_last(p, p->event->args[index]);
		return true;
	}
	p->at_exit = arg_kind_memory(arg->kind) == ARG_OUT;
	p->param = arg->param;
	printers[arg->kind](p, p->event->args[index]);
	return true;
}

/* --- basics --- */

void print_address(struct print *p, u64 addr)
{
	if (addr == 0)
		out_text(p->out, "NULL");
	else
		out_put(p->out, "%#llx", (unsigned long long)addr);
}

bool print_read(struct print *p, u64 addr, void *buf, size_t len)
{
	if (addr != 0 && trace_event_read(p->event, p->at_exit, addr, buf, len) == len)
		return true;
	print_address(p, addr);
	return false;
}

void print_set(struct print *p, enum flag_set set, u64 value)
{
	char buf[1024];

	flags_format(set, value, buf, sizeof(buf));
	out_text(p->out, buf);
}

PRINTER(long)
{
	out_put(p->out, "%lld", (long long)value);
}

PRINTER(int)
{
	out_put(p->out, "%d", (s32)value);
}

PRINTER(uint)
{
	out_put(p->out, "%u", (u32)value);
}

PRINTER(ulong)
{
	out_put(p->out, "%llu", (unsigned long long)value);
}

PRINTER(hex)
{
	out_put(p->out, "%#llx", (unsigned long long)value);
}

PRINTER(hex32)
{
	out_put(p->out, "%#x", (u32)value);
}

PRINTER(ptr)
{
	print_address(p, value);
}

PRINTER(unused)
{
	(void)p;
	(void)value;
}

PRINTER(fd)
{
	size_t len;
	const char *name = p->fds ? trace_event_fd(p->event, (s32)value, &len) : NULL;

	out_put(p->out, "%d", (s32)value);
	if (name == NULL)
		return;
	out_text(p->out, "<");
	out_quoted(p->out, (const u8 *)name, len, QUOTE_FD);
	out_text(p->out, ">");
}

PRINTER(dirfd)
{
	size_t len;
	const char *name;

	if ((s32)value != LINUX_AT_FDCWD) {
		print_fd(p, value);
		return;
	}
	out_text(p->out, "AT_FDCWD");
	name = p->fds ? trace_event_fd(p->event, (s32)value, &len) : NULL;
	if (name == NULL)
		return;
	out_text(p->out, "<");
	out_quoted(p->out, (const u8 *)name, len, QUOTE_FD);
	out_text(p->out, ">");
}

PRINTER(uid)
{
	if ((u32)value == ~0u)
		out_text(p->out, "-1");
	else
		out_put(p->out, "%u", (u32)value);
}

PRINTER(signal)
{
	char buf[32];

	signal_format((int)value, buf, sizeof(buf));
	out_text(p->out, buf);
}

/* Octal with one leading zero, as modes are written. */
static void put_octal(struct print *p, u32 value)
{
	out_put(p->out, value < 8 ? "00%o" : value < 64 ? "0%02o" : "%#03o", value);
}

PRINTER(mode)
{
	put_octal(p, (u32)value);
}

PRINTER(open_mode)
{
	put_octal(p, (u32)value);
}

PRINTER(file_mode)
{
	u32 mode = (u32)value, type = mode & 0170000;
	const char *name = type == 0 ? NULL : enum_name(SET_file_type, type);

	if (name != NULL)
		out_put(p->out, "%s|", name);
	else if (type != 0)
		out_put(p->out, "%#o|", type);
	if (mode & 04000)
		out_text(p->out, "S_ISUID|");
	if (mode & 02000)
		out_text(p->out, "S_ISGID|");
	if (mode & 01000)
		out_text(p->out, "S_ISVTX|");
	put_octal(p, mode & 0777);
}

PRINTER(dev)
{
	u32 major = (u32)((value >> 8 & 0xfff) | (value >> 32 & 0xfffff000));
	u32 minor = (u32)((value & 0xff) | (value >> 12 & 0xffffff00));

	out_put(p->out, "makedev(%#x, %#x)", major, minor);
}

PRINTER(clockid)
{
	s32 clock = (s32)value;
	const char *name = enum_name(SET_clock, (u32)clock);

	if (name != NULL)
		out_text(p->out, name);
	else if (clock < 0 && (clock & 7) == 3)
		out_put(p->out, "FD_TO_CLOCKID(%d)", ~(clock >> 3));
	else if (clock < 0)
		out_put(p->out, "MAKE_%s_CPUCLOCK(%d, %s)",
			clock & 4 ? "THREAD" : "PROCESS", ~(clock >> 3),
			(clock & 3) == 0 ? "CPUCLOCK_PROF" :
			(clock & 3) == 1 ? "CPUCLOCK_VIRT" :
					   "CPUCLOCK_SCHED");
	else
		out_put(p->out, "%#x /* CLOCK_??? */", (u32)clock);
}

PRINTER(ipc_key)
{
	if ((s32)value == LINUX_IPC_PRIVATE)
		out_text(p->out, "IPC_PRIVATE");
	else
		out_put(p->out, "%#x", (u32)value);
}

PRINTER(ipc_flags)
{
	u32 flags = (u32)value & ~0777u;

	if (flags != 0) {
		print_set(p, p->param, flags);
		out_text(p->out, "|");
	}
	put_octal(p, (u32)value & 0777);
}

PRINTER(flags)
{
	print_set(p, p->param, value);
}

PRINTER(enum)
{
	/* Of one set the value may be a coded one that has no name. */
	if (p->param == SET_ioctl && enum_name(SET_ioctl, (u32)value) == NULL) {
		static const char *const directions[] = { "_IOC_NONE", "_IOC_WRITE",
							  "_IOC_READ",
							  "_IOC_READ|_IOC_WRITE" };
		u32 cmd = (u32)value;

		out_put(p->out, "_IOC(%s, %#x, %#x, %#x)", directions[cmd >> 30],
			cmd >> 8 & 0xff, cmd & 0xff, cmd >> 16 & 0x3fff);
		return;
	}
	print_set(p, p->param, value);
}

/* --- strings and arrays --- */

void print_bytes(struct print *p, u64 addr, u64 len, enum quote quote)
{
	size_t there;
	const u8 *bytes = trace_event_peek(p->event, p->at_exit, addr, &there);
	u64 shown = MIN(len, (u64)p->string_max);

	if (len == 0 && addr != 0) {
		out_text(p->out, "\"\"");
		return;
	}
	if (addr == 0 || bytes == NULL || there < shown) {
		print_address(p, addr);
		return;
	}
	out_quoted(p->out, bytes, shown, quote);
	if (len > shown)
		out_text(p->out, "...");
}

static void print_string(struct print *p, u64 addr, size_t max)
{
	size_t there;
	const u8 *bytes = trace_event_peek(p->event, p->at_exit, addr, &there);
	const u8 *zero;

	if (addr == 0 || bytes == NULL) {
		print_address(p, addr);
		return;
	}
	zero = memchr(bytes, 0, there);
	there = zero == NULL ? there : (size_t)(zero - bytes);
	out_quoted(p->out, bytes, MIN(there, max), QUOTE_OCTAL);
	if (there > max || zero == NULL)
		out_text(p->out, "...");
}

PRINTER(path)
{
	print_string(p, value, 4095);
}

PRINTER(str)
{
	print_string(p, value, p->at_exit ? 4095 : p->string_max);
}

PRINTER(buf)
{
	u64 len = p->at_exit ? (u64)p->event->result : p->event->args[p->param];
	bool failed = p->at_exit && p->event->failed;

	if (failed)
		print_address(p, value);
	else
		print_bytes(p, value, len,
			    p->event->nr == LINUX_SYS_getrandom ? QUOTE_HEX : QUOTE_OCTAL);
}

void print_array(struct print *p, u64 addr, u64 count, size_t size,
		 void (*element)(struct print *p, u64 addr, const void *data))
{
	u8 data[256];

	if (addr == 0 || (count != 0 && trace_event_read(p->event, p->at_exit, addr, data,
							 size) != size)) {
		print_address(p, addr);
		return;
	}
	out_text(p->out, "[");
	for (u64 i = 0; i < count; i++, addr += size) {
		if (i != 0)
			out_text(p->out, ", ");
		if (i >= p->string_max) {
			out_text(p->out, "...");
			break;
		}
		if (trace_event_read(p->event, p->at_exit, addr, data, size) != size) {
			out_put(p->out, "... /* %#llx */", (unsigned long long)addr);
			break;
		}
		element(p, addr, data);
	}
	out_text(p->out, "]");
}

PRINTER(strv)
{
	u64 string;

	if (value == 0 || trace_event_read(p->event, false, value, &string, 8) != 8) {
		print_address(p, value);
		return;
	}
	out_text(p->out, "[");
	for (u32 i = 0;; i++) {
		if (trace_event_read(p->event, false, value + 8ull * i, &string, 8) != 8) {
			out_text(p->out, i == 0 ? "..." : ", ...");
			break;
		}
		if (string == 0)
			break;
		if (i != 0)
			out_text(p->out, ", ");
		if (i >= p->string_max) {
			out_text(p->out, "...");
			break;
		}
		print_string(p, string, p->string_max);
	}
	out_text(p->out, "]");
}

PRINTER(envv)
{
	size_t there, n = 0;
	const u8 *bytes = trace_event_peek(p->event, false, value, &there);
	u64 pointer = 1;

	print_address(p, value);
	if (value == 0 || bytes == NULL)
		return;
	for (; (n + 1) * 8 <= there; n++) {
		memcpy(&pointer, bytes + n * 8, 8);
		if (pointer == 0)
			break;
	}
	out_put(p->out, " /* %zu var%s%s */", n, n == 1 ? "" : "s",
		pointer == 0 ? "" : ", unterminated");
}

static void iov_element(struct print *p, u64 addr, const void *data)
{
	struct linux_iovec iov;
	u64 len;

	(void)addr;
	memcpy(&iov, data, sizeof(iov));
	out_text(p->out, "{iov_base=");
	/* What was received may end within an element. */
	len = iov.iov_len;
	if (p->at_exit) {
		size_t there = 0;

		trace_event_peek(p->event, true, iov.iov_base, &there);
		if (there < MIN(len, (u64)p->string_max))
			len = there;
	}
	print_bytes(p, iov.iov_base, len, QUOTE_OCTAL);
	out_put(p->out, ", iov_len=%llu}", (unsigned long long)iov.iov_len);
}

PRINTER(iov)
{
	if (p->at_exit && p->event->failed)
		print_address(p, value);
	else
		print_array(p, value, (u32)p->event->args[p->param],
			    sizeof(struct linux_iovec), iov_element);
}

PRINTER(dirents)
{
	u64 count;

	print_address(p, value);
	if (!p->event->failed && trace_event_count(p->event, &count))
		out_put(p->out, " /* %llu entries */", (unsigned long long)count);
}

static void id_element(struct print *p, u64 addr, const void *data)
{
	u32 id;

	(void)addr;
	memcpy(&id, data, sizeof(id));
	print_uid(p, id);
}

PRINTER(ids)
{
	u64 count = p->at_exit ? (u64)p->event->result : (u32)p->event->args[p->param];

	/* Asked only how many there are. */
	if (p->at_exit && (p->event->failed || (count > 0 && p->event->args[0] == 0)))
		print_address(p, value);
	else
		print_array(p, value, count, sizeof(u32), id_element);
}

/* --- one number in memory --- */

#define NUMBER_AT(name, type, format, cast) \
	PRINTER(name) \
	{ \
		type n; \
 \
		if (print_read(p, value, &n, sizeof(n))) \
			out_put(p->out, "[" format "]", (cast)n); \
	}

NUMBER_AT(int_at, s32, "%d", int)
NUMBER_AT(uint_at, u32, "%u", unsigned int)
NUMBER_AT(long_at, s64, "%lld", long long)
NUMBER_AT(tid_at, s32, "%d", int)
NUMBER_AT(ulong_at, u64, "%#llx", unsigned long long)

/* Before and after: one number if it stayed the same. */
static void print_change(struct print *p, u64 value, size_t size, const char *arrow)
{
	s64 before = 0, after = 0;

	if (value == 0 ||
	    trace_event_read(p->event, false, value, &before, size) != size) {
		print_address(p, value);
		return;
	}
	bool known = trace_event_read(p->event, true, value, &after, size) == size;

	if (size == 4) {
		before = (s32)before;
		after = (s32)after;
	}
	out_put(p->out, "[%lld", (long long)before);
	if (known && before != after)
		out_put(p->out, "%s%lld", arrow, (long long)after);
	out_text(p->out, "]");
}

PRINTER(int_change)
{
	print_change(p, value, 4, " => ");
}

PRINTER(off_change)
{
	print_change(p, value, 8, "] => [");
}

PRINTER(fdpair)
{
	s32 fds[2];

	if (!print_read(p, value, fds, sizeof(fds)))
		return;
	out_text(p->out, "[");
	print_fd(p, (u32)fds[0]);
	out_text(p->out, ", ");
	print_fd(p, (u32)fds[1]);
	out_text(p->out, "]");
}

PRINTER(wstatus)
{
	s32 s;

	/* Nothing is written for a child that did not change. */
	if (p->event->result == 0 && p->event->nr == LINUX_SYS_wait4) {
		print_address(p, value);
		return;
	}
	if (!print_read(p, value, &s, sizeof(s)))
		return;
	out_text(p->out, "[");
	if ((s & 0x7f) == 0) {
		out_put(p->out, "{WIFEXITED(s) && WEXITSTATUS(s) == %d}", s >> 8 & 0xff);
	} else if ((s & 0xff) == 0x7f) {
		out_text(p->out, "{WIFSTOPPED(s) && WSTOPSIG(s) == ");
		print_signal(p, (u64)(s >> 8 & 0xff));
		out_text(p->out, "}");
	} else if (s == 0xffff) {
		out_text(p->out, "{WIFCONTINUED(s)}");
	} else {
		out_text(p->out, "{WIFSIGNALED(s) && WTERMSIG(s) == ");
		print_signal(p, (u64)(s & 0x7f));
		out_text(p->out, s & 0x80 ? " && WCOREDUMP(s)}" : "}");
	}
	out_text(p->out, "]");
}

/* --- results --- */

static void print_error(struct print *p, int error)
{
	const char *name = errno_name(error), *text = errno_text(error);

	if (name == NULL)
		out_put(p->out, "-1 (errno %d)", error);
	else if (error >= ERESTARTSYS)
		out_put(p->out, "? %s (%s)", name, text);
	else
		out_put(p->out, "-1 %s (%s)", name, text);
}

/* What a successful fcntl or its like gives besides its number. */
static void print_result_note(struct print *p)
{
	const struct trace_event *e = p->event;
	u32 cmd = (u32)e->args[1];

	if (e->nr == LINUX_SYS_fcntl && e->result != 0 &&
	    (cmd == LINUX_F_GETFL || cmd == LINUX_F_GETFD)) {
		out_text(p->out, " (flags ");
		print_set(p, cmd == LINUX_F_GETFL ? SET_open : SET_fd_flags, (u64)e->result);
		out_text(p->out, ")");
	} else if (e->nr == LINUX_SYS_sched_getscheduler) {
		out_text(p->out, " (");
		print_set(p, SET_sched, (u64)e->result);
		out_text(p->out, ")");
	} else if (e->nr == LINUX_SYS_time) {
		print_date_note(p, e->result);
	} else if (e->nr == LINUX_SYS_prctl && (u32)e->args[0] == LINUX_PR_GET_DUMPABLE) {
		static const char *const names[] = { "DISABLE", "USER", "ROOT" };

		if ((u64)e->result < ARRAY_SIZE(names))
			out_put(p->out, " (SUID_DUMP_%s)", names[e->result]);
	} else {
		print_ready(p);
	}
}

static bool result_is_flags(const struct trace_event *e)
{
	u32 cmd = (u32)e->args[1];

	return e->nr == LINUX_SYS_fcntl &&
	       (cmd == LINUX_F_GETFL || cmd == LINUX_F_GETFD || cmd == LINUX_F_GET_SEALS);
}

void print_result(struct print *p)
{
	const struct trace_event *e = p->event;
	enum arg_kind kind = e->nr < 0 ? ARG_long : syscall_result_kind((u64)e->nr);

	p->at_exit = true;
	if (e->failed) {
		print_error(p, (int)-e->result);
		return;
	}
	if (result_is_flags(e))
		out_put(p->out, "%#llx", (unsigned long long)e->result);
	else if (kind == ARG_ptr)
		out_put(p->out, "%#llx", (unsigned long long)e->result);
	else
		printers[kind](p, (u64)e->result);
	print_result_note(p);
}
