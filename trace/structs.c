/* Printing structures: those of structs.def by their rows, the others by hand. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "abi/linux/capability.h"
#include "abi/linux/fcntl.h"
#include "abi/linux/futex.h"
#include "abi/linux/ioctl.h"
#include "abi/linux/ipc.h"
#include "abi/linux/mount.h"
#include "abi/linux/mqueue.h"
#include "abi/linux/poll.h"
#include "abi/linux/resource.h"
#include "abi/linux/sched.h"
#include "abi/linux/signal.h"
#include "abi/linux/socket.h"
#include "abi/linux/stat.h"
#include "abi/linux/sysinfo.h"
#include "abi/linux/time.h"
#include "abi/linux/utsname.h"
#include "abi/linux/xattr.h"
#include "trace/struct.h"

enum style { STYLE_VALUE, STYLE_NAMES, STYLE_NEST, STYLE_LIMIT, STYLE_LOADS, STYLE_CHARS };

struct field {
	const char *name;
	print_fn *value; /* STYLE_VALUE */
	u16 offset, size;
	u8 style, detail;
	bool is_signed, rare;
};

#define DETAIL_VALUE(detail) 0
#define DETAIL_NAMES(detail) SET_##detail
#define DETAIL_NEST(detail) STRUCT_##detail
#define DETAIL_LIMIT(detail) 0
#define DETAIL_LOADS(detail) 0
#define DETAIL_CHARS(detail) 0
#define PRINT_VALUE(detail) print_##detail
#define PRINT_NAMES(detail) NULL
#define PRINT_NEST(detail) NULL
#define PRINT_LIMIT(detail) NULL
#define PRINT_LOADS(detail) NULL
#define PRINT_CHARS(detail) NULL
#define print_pid print_int

#define MEMBER(type, member) ((struct type *)0)->member
#define IS_SIGNED(x) \
	_Generic((x), s8: true, s16: true, s32: true, s64: true, default: false)

/* All rows in one array; a STRUCT's number is where its rows begin. */
enum {
#define STRUCT(id, type) FIRST_##id, BEFORE_##id = FIRST_##id - 1,
#define FIELD(type, member, style, detail) CAT(FIELD_, __COUNTER__),
#define DETAIL(type, member, style, detail) FIELD(type, member, style, detail)
#include "trace/structs.def"
	FIELD_COUNT
};

#define ROW(type, member, style_, detail_, rare_) \
	{ .name = #member, \
	  .value = PRINT_##style_(detail_), \
	  .offset = offsetof(struct type, member), \
	  .size = sizeof(MEMBER(type, member)), \
	  .style = STYLE_##style_, \
	  .detail = DETAIL_##style_(detail_), \
	  .is_signed = IS_SIGNED(MEMBER(type, member)), \
	  .rare = rare_ },

static const struct field fields[FIELD_COUNT] = {
#define STRUCT(id, type)
#define FIELD(type, member, style, detail) ROW(type, member, style, detail, false)
#define DETAIL(type, member, style, detail) ROW(type, member, style, detail, true)
#include "trace/structs.def"
};

static const struct {
	u16 first;
	u16 size;
} structs[STRUCT_COUNT + 1] = {
#define STRUCT(id, type) [STRUCT_##id] = { FIRST_##id, sizeof(struct type) },
#define FIELD(type, member, style, detail)
#define DETAIL(type, member, style, detail)
#include "trace/structs.def"
	[STRUCT_COUNT] = { FIELD_COUNT, 0 },
};

static u64 field_number(const struct field *f, const u8 *data)
{
	u64 n = 0;
	u32 unused_bits = 64 - 8 * MIN(f->size, 8u);

	memcpy(&n, data + f->offset, MIN(f->size, 8u));
	if (f->is_signed && unused_bits != 0)
		n = (u64)((s64)(n << unused_bits) >> unused_bits);
	return n;
}

static void print_limit(struct print *p, u64 n)
{
	if (n == ~0ull)
		out_text(p->out, p->event->nr == LINUX_SYS_prlimit64 ? "RLIM64_INFINITY" :
								      "RLIM_INFINITY");
	else if (n > 1024 && n % 1024 == 0)
		out_put(p->out, "%llu*1024", (unsigned long long)(n / 1024));
	else
		out_put(p->out, "%llu", (unsigned long long)n);
}

static void print_field(struct print *p, const struct field *f, const u8 *data)
{
	u64 n = field_number(f, data);

	switch (f->style) {
	case STYLE_VALUE:
		f->value(p, n);
		break;
	case STYLE_NAMES:
		print_set(p, f->detail, f->size == 2 ? (u16)n : n);
		break;
	case STYLE_NEST:
		print_struct_data(p, f->detail, data + f->offset);
		break;
	case STYLE_LIMIT:
		print_limit(p, n);
		break;
	case STYLE_LOADS:
		for (u32 i = 0; i < 3; i++) {
			memcpy(&n, data + f->offset + 8 * i, 8);
			out_put(p->out, "%s%llu", i == 0 ? "[" : ", ", (unsigned long long)n);
		}
		out_text(p->out, "]");
		break;
	case STYLE_CHARS:
		out_quoted(p->out, data + f->offset,
			   strnlen((const char *)data + f->offset, f->size), QUOTE_OCTAL);
		break;
	}
}

void print_struct_data(struct print *p, enum struct_id id, const void *data)
{
	bool first = true, more = false;

	if (id == STRUCT_fsid) {
		const s32 *val = ((const struct linux_fsid *)data)->val;

		out_put(p->out, "{val=[%#x, %#x]}", (u32)val[0], (u32)val[1]);
		return;
	}
	out_text(p->out, "{");
	for (u32 i = structs[id].first; i < structs[id + 1].first; i++) {
		if (fields[i].rare && !p->verbose) {
			more = true;
			continue;
		}
		out_put(p->out, "%s%s=", first ? "" : ", ", fields[i].name);
		print_field(p, &fields[i], data);
		first = false;
	}
	out_text(p->out, more ? ", ...}" : "}");
}

/* The structure at an address, or the address. */
static void print_struct(struct print *p, enum struct_id id, u64 addr)
{
	u8 data[512] = { 0 };

	if (structs[id].size <= sizeof(data) && print_read(p, addr, data, structs[id].size))
		print_struct_data(p, id, data);
}

#define PLAIN(name) \
	PRINTER(name) \
	{ \
		print_struct(p, STRUCT_##name, value); \
	}

PLAIN(timeval)
PLAIN(timezone)
PLAIN(itimerval)
PLAIN(itimerspec)
PLAIN(tms)
PLAIN(timex)
PLAIN(utimbuf)
PLAIN(statx)
PLAIN(statfs)
PLAIN(file_attr)
PLAIN(mq_attr)
PLAIN(stack)
PLAIN(rlimit)
PLAIN(rusage)
PLAIN(sysinfo)
PLAIN(utsname)
PLAIN(cap_header)
PLAIN(timespec)
PLAIN(sched_attr)
PLAIN(xattr_args)

PRINTER(stat)
{
	struct linux_stat st;

	if (!print_read(p, value, &st, sizeof(st)))
		return;
	u32 type = st.st_mode & 0170000;

	print_struct_data(p, type == LINUX_S_IFCHR || type == LINUX_S_IFBLK ?
				     STRUCT_stat_device : STRUCT_stat, &st);
}

PRINTER(open_how)
{
	struct linux_open_how how;

	if (!print_read(p, value, &how, sizeof(how)))
		return;
	print_struct_data(p, how.mode != 0 || (how.flags & (LINUX_O_CREAT | LINUX___O_TMPFILE)) ?
				     STRUCT_open_how_mode : STRUCT_open_how, &how);
}

PRINTER(file_handle)
{
	u32 head[2];

	if (print_read(p, value, head, sizeof(head)))
		out_put(p->out, "{handle_bytes=%u, handle_type=%#x}", head[0], head[1]);
}

PRINTER(cap_data)
{
	struct linux_cap_user_data data[2];

	if (!print_read(p, value, data, sizeof(data)))
		return;
	for (u32 i = 0; i < 2; i++) {
		out_put(p->out, i == 0 ? "{effective=" : ", permitted=");
		u64 set = i == 0 ? data[0].effective | (u64)data[1].effective << 32 :
				   data[0].permitted | (u64)data[1].permitted << 32;

		out_put(p->out, set == 0 ? "0" : "%#llx", (unsigned long long)set);
	}
	u64 set = data[0].inheritable | (u64)data[1].inheritable << 32;

	out_put(p->out, set == 0 ? ", inheritable=0}" : ", inheritable=%#llx}",
		(unsigned long long)set);
}

/* --- time --- */

static void print_date(struct print *p, s64 sec, s64 nsec)
{
	time_t t = (time_t)sec;
	struct tm tm;
	char text[64];

	if (sec == 0 || localtime_r(&t, &tm) == NULL ||
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm) == 0)
		return;
	out_put(p->out, " /* %s", text);
	if (nsec != 0)
		out_put(p->out, ".%09lld", (long long)nsec);
	strftime(text, sizeof(text), "%z", &tm);
	out_put(p->out, "%s */", text);
}

void print_date_note(struct print *p, s64 seconds)
{
	time_t t = (time_t)seconds;
	struct tm tm;
	char text[64];

	if (localtime_r(&t, &tm) != NULL &&
	    strftime(text, sizeof(text), " (%Y-%m-%dT%H:%M:%S%z)", &tm) != 0)
		out_text(p->out, text);
}

PRINTER(timespec_rem)
{
	int result = p->event->failed ? (int)-p->event->result : 0;

	if (result == 0 || trace_event_read(p->event, true, value, &(u64){ 0 }, 8) != 8)
		print_address(p, value);
	else
		print_struct(p, STRUCT_timespec, value);
}

/* A time to set a file's to. */
static void print_file_time(struct print *p, const struct linux_timespec *ts)
{
	if (ts->tv_nsec == LINUX_UTIME_NOW) {
		out_text(p->out, "UTIME_NOW");
	} else if (ts->tv_nsec == LINUX_UTIME_OMIT) {
		out_text(p->out, "UTIME_OMIT");
	} else {
		print_struct_data(p, STRUCT_timespec, ts);
		print_date(p, ts->tv_sec, ts->tv_nsec);
	}
}

PRINTER(timespec_pair)
{
	struct linux_timespec ts[2];

	if (!print_read(p, value, ts, sizeof(ts)))
		return;
	out_text(p->out, "[");
	print_file_time(p, &ts[0]);
	out_text(p->out, ", ");
	print_file_time(p, &ts[1]);
	out_text(p->out, "]");
}

PRINTER(timeval_pair)
{
	struct linux_timeval tv[2];

	if (!print_read(p, value, tv, sizeof(tv)))
		return;
	out_text(p->out, "[");
	for (u32 i = 0; i < 2; i++) {
		print_struct_data(p, STRUCT_timeval, &tv[i]);
		print_date(p, tv[i].tv_sec, tv[i].tv_usec * 1000);
		out_text(p->out, i == 0 ? ", " : "]");
	}
}

/* --- arrays of structures --- */

#define ELEMENT(name) \
	static void name##_element(struct print *p, u64 addr, const void *data) \
	{ \
		(void)addr; \
		print_struct_data(p, STRUCT_##name, data); \
	}

ELEMENT(pollfd)
ELEMENT(futex_waitv)
ELEMENT(sembuf)

PRINTER(pollfds)
{
	u64 count = (u32)p->event->args[p->param];

	print_array(p, value, count, sizeof(struct linux_pollfd), pollfd_element);
}

PRINTER(futex_waitv)
{
	print_array(p, value, (u32)p->event->args[p->param],
		    sizeof(struct linux_futex_waitv), futex_waitv_element);
}

PRINTER(futex_waitv_pair)
{
	print_array(p, value, 2, sizeof(struct linux_futex_waitv), futex_waitv_element);
}

PRINTER(sembufs)
{
	print_array(p, value, p->event->args[p->param], sizeof(struct linux_sembuf),
		    sembuf_element);
}

static void epoll_element(struct print *p, u64 addr, const void *data)
{
	struct linux_epoll_event ev;

	(void)addr;
	memcpy(&ev, data, sizeof(ev));
	out_text(p->out, "{events=");
	print_set(p, SET_epoll_events, ev.events);
	out_put(p->out, ", data={u32=%u, u64=%llu}}", (u32)ev.data,
		(unsigned long long)ev.data);
}

PRINTER(epoll_event)
{
	struct linux_epoll_event ev;

	/* Linux: ignored when an entry is taken out. */
	if (p->event->args[1] == LINUX_EPOLL_CTL_DEL)
		print_address(p, value);
	else if (print_read(p, value, &ev, sizeof(ev)))
		epoll_element(p, value, &ev);
}

PRINTER(epoll_events)
{
	if (p->event->failed)
		print_address(p, value);
	else
		print_array(p, value, (u64)p->event->result, sizeof(struct linux_epoll_event),
			    epoll_element);
}

static void print_bits(struct print *p, u64 addr, u64 bits)
{
	u64 words = 0;
	const char *space = "";

	out_text(p->out, "[");
	for (u64 n = 0; n < bits; n++) {
		if (n % 64 == 0 &&
		    trace_event_read(p->event, p->at_exit, addr + n / 8, &words, 8) != 8)
			break;
		if (!(words >> (n % 64) & 1))
			continue;
		out_put(p->out, "%s%llu", space, (unsigned long long)n);
		space = " ";
	}
	out_text(p->out, "]");
}

PRINTER(fdset)
{
	u64 word;

	if (print_read(p, value, &word, sizeof(word)))
		print_bits(p, value, MIN(p->event->args[p->param], (u64)LINUX_FD_SETSIZE));
}

PRINTER(cpuset)
{
	u64 word;
	u64 bytes = p->at_exit ? (u64)p->event->result : p->event->args[p->param];

	if (print_read(p, value, &word, sizeof(word)))
		print_bits(p, value, MIN(bytes, 128ull) * 8);
}

PRINTER(msgbuf)
{
	u64 len = p->at_exit ? (u64)p->event->result : p->event->args[p->param];
	s64 type;

	if (!print_read(p, value, &type, sizeof(type)))
		return;
	out_put(p->out, "{mtype=%lld, mtext=", (long long)type);
	print_bytes(p, value + 8, len, QUOTE_OCTAL);
	out_text(p->out, "}");
}

/* --- what is ready after a wait --- */

static bool waits_for_files(s64 nr)
{
	return nr == LINUX_SYS_poll || nr == LINUX_SYS_ppoll || nr == LINUX_SYS_select ||
	       nr == LINUX_SYS_pselect6;
}

static void print_ready_poll(struct print *p)
{
	const struct trace_event *e = p->event;
	u64 count = (u32)e->args[1], shown = 0;
	struct linux_pollfd fd;

	out_text(p->out, " ([");
	for (u64 i = 0; i < count; i++) {
		if (trace_event_read(e, true, e->args[0] + i * sizeof(fd), &fd, sizeof(fd)) !=
		    sizeof(fd))
			break;
		if (fd.revents == 0)
			continue;
		out_text(p->out, shown == 0 ? "" : ", ");
		if (shown++ >= p->string_max) {
			out_text(p->out, "...");
			break;
		}
		print_struct_data(p, STRUCT_pollfd_ready, &fd);
	}
	out_text(p->out, "]");
}

static void print_ready_sets(struct print *p)
{
	static const char *const names[] = { "in", "out", "except" };
	const struct trace_event *e = p->event;
	bool first = true;
	u64 word = 0;

	for (u32 i = 0; i < 3; i++) {
		u64 bits = MIN((u64)(u32)e->args[0], (u64)LINUX_FD_SETSIZE), any = 0;

		for (u64 at = 0; e->args[i + 1] != 0 && at < bits; at += 64)
			if (trace_event_read(e, true, e->args[i + 1] + at / 8, &word, 8) == 8)
				any |= bits - at < 64 ? word & ((1ull << (bits - at)) - 1) :
							word;
		if (any == 0)
			continue;
		out_put(p->out, "%s%s ", first ? " (" : ", ", names[i]);
		print_bits(p, e->args[i + 1], bits);
		first = false;
	}
	if (first)
		out_text(p->out, " (");
}

void print_ready(struct print *p)
{
	const struct trace_event *e = p->event;
	bool poll = e->nr == LINUX_SYS_poll || e->nr == LINUX_SYS_ppoll;
	u32 timeout = e->nr == LINUX_SYS_ppoll ? 2 : 4;
	struct linux_timespec left;

	if (!waits_for_files(e->nr) || e->failed)
		return;
	if (e->result == 0) {
		out_text(p->out, " (Timeout)");
		return;
	}
	p->at_exit = true;
	if (poll)
		print_ready_poll(p);
	else
		print_ready_sets(p);
	if (e->nr != LINUX_SYS_poll && e->args[timeout] != 0 &&
	    trace_event_read(e, true, e->args[timeout], &left, sizeof(left)) == sizeof(left)) {
		out_text(p->out, ", left ");
		print_struct_data(p, e->nr == LINUX_SYS_select ? STRUCT_timeval :
								 STRUCT_timespec, &left);
	}
	out_text(p->out, ")");
}
