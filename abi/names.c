/* Names of errors, signals, flags and values: tables made from the .def files. */
#include "abi/names.h"

#include "abi/errno.h"
#include "abi/linux/auxv.h"
#include "abi/linux/capability.h"
#include "abi/linux/dirent.h"
#include "abi/linux/fcntl.h"
#include "abi/linux/futex.h"
#include "abi/linux/inotify.h"
#include "abi/linux/ioctl.h"
#include "abi/linux/ipc.h"
#include "abi/linux/membarrier.h"
#include "abi/linux/mman.h"
#include "abi/linux/mount.h"
#include "abi/linux/poll.h"
#include "abi/linux/prctl.h"
#include "abi/linux/random.h"
#include "abi/linux/resource.h"
#include "abi/linux/rseq.h"
#include "abi/linux/sched.h"
#include "abi/linux/signal.h"
#include "abi/linux/socket.h"
#include "abi/linux/stat.h"
#include "abi/linux/sysinfo.h"
#include "abi/linux/time.h"
#include "abi/linux/uio.h"
#include "abi/linux/wait.h"
#include "abi/linux/xattr.h"
#include "lib/fmt.h"
#include "lib/string.h"

struct number_name {
	const char *name;
	const char *text;
};

static const struct number_name errors[] = {
#define ERRNO(name, number, text) [number] = { #name, text },
#include "abi/errno.def"
};

/* Seen in traces only: what a handler returned before signal delivery changed it. */
static const struct number_name *error_internal(int number)
{
	static const struct number_name internal[] = {
		{ "ERESTARTSYS", "To be restarted if SA_RESTART is set" },
		{ "ERESTARTNOINTR", "To be restarted" },
		{ "ERESTARTNOHAND", "To be restarted if no handler" },
		{ "ERESTART_RESTARTBLOCK", "Interrupted by signal" },
	};

	switch (number) {
	case ERESTARTSYS:
		return &internal[0];
	case ERESTARTNOINTR:
		return &internal[1];
	case ERESTARTNOHAND:
		return &internal[2];
	case ERESTART_RESTARTBLOCK:
		return &internal[3];
	}
	return NULL;
}

static const struct number_name *error_find(int number)
{
	if (number <= 0)
		return NULL;
	if ((size_t)number >= ARRAY_SIZE(errors))
		return error_internal(number);
	return errors[number].name ? &errors[number] : NULL;
}

const char *errno_name(int number)
{
	const struct number_name *error = error_find(number);

	return error ? error->name : NULL;
}

const char *errno_text(int number)
{
	const struct number_name *error = error_find(number);

	return error ? error->text : NULL;
}

struct signal_row {
	const char *name;
	const char *text;
	enum signal_action action;
};

static const struct signal_row signals[LINUX_SIGRTMIN] = {
#define SIGNAL(name, number, action, text) [number] = { #name, text, SIGNAL_##action },
#include "abi/signals.def"
};

static const struct signal_row *signal_find(int number)
{
	if (number <= 0 || number >= LINUX_SIGRTMIN)
		return NULL;
	return &signals[number];
}

const char *signal_name(int number)
{
	const struct signal_row *row = signal_find(number);

	return row ? row->name : NULL;
}

const char *signal_text(int number)
{
	const struct signal_row *row = signal_find(number);

	return row ? row->text : NULL;
}

enum signal_action signal_default_action(int number)
{
	const struct signal_row *row = signal_find(number);

	return row ? row->action : SIGNAL_TERM;
}

int signal_format(int number, char *buf, size_t size)
{
	const char *name = signal_name(number);

	if (name)
		return fmt_print(buf, size, "%s", name);
	if (number == LINUX_SIGRTMIN)
		return fmt_print(buf, size, "SIGRTMIN");
	if (number > LINUX_SIGRTMIN && number <= LINUX_SIGRTMAX)
		return fmt_print(buf, size, "SIGRT_%d", number - LINUX_SIGRTMIN);
	return fmt_print(buf, size, "%d", number);
}

/*
 * All FLAG rows in one array. The enumeration below numbers them in step with it: a set
 * takes the next row's number as FIRST_set and then steps back, so that its first row
 * gets the same number.
 */
enum {
#define FLAGSET(set, enumerated, bits, fallback)                                       \
	FIRST_##set, BEFORE_##set = FIRST_##set - 1,
#define FLAG(set, name) ROW_##set##_##name,
#include "abi/flags.def"
	ROW_COUNT,
};

struct flag_row {
	u64 value;
	const char *name;
};

static const struct flag_row flag_rows[ROW_COUNT] = {
#define FLAGSET(set, enumerated, bits, fallback)
#define FLAG(set, name) [ROW_##set##_##name] = { (u64)LINUX_##name, #name },
#include "abi/flags.def"
};

struct flag_set_row {
	const char *name;
	const char *fallback;
	u64 enumerated;
	u16 first;
	u16 bits;
};

static const struct flag_set_row flag_sets[SET_COUNT] = {
#define FLAGSET(set, enumerated, bits, fallback)                                       \
	[SET_##set] = { #set, fallback, enumerated, FIRST_##set, bits },
#define FLAG(set, name)
#include "abi/flags.def"
};

static size_t set_end(enum flag_set set)
{
	return set + 1 < SET_COUNT ? flag_sets[set + 1].first : ROW_COUNT;
}

/* The bits of a register that the kernel looks at. */
static u64 set_mask(enum flag_set set)
{
	return flag_sets[set].bits == 32 ? 0xffffffffUL : ~0UL;
}

/* The name of the value that the enumerated bits hold; in a set of flags, of all 0. */
static const char *value_find(enum flag_set set, u64 value)
{
	const struct flag_set_row *row = &flag_sets[set];
	u64 mask = set_mask(set);
	u64 enumerated = row->enumerated & mask;
	u64 wanted = value & enumerated;
	size_t end = set_end(set);

	if (!enumerated && (value & mask))
		return NULL;
	for (size_t i = row->first; i < end; i++) {
		u64 have = flag_rows[i].value & mask;

		if (have == wanted && !(have & ~enumerated))
			return flag_rows[i].name;
	}
	return NULL;
}

/* A text that grows by alternatives separated by "|". */
struct joiner {
	char *buf;
	size_t size;
	size_t len;
};

static void join_name(struct joiner *j, const char *name)
{
	bool room = j->len < j->size;

	j->len += (size_t)fmt_print(room ? j->buf + j->len : NULL,
				    room ? j->size - j->len : 0, "%s%s",
				    j->len ? "|" : "", name);
}

static void join_rest(struct joiner *j, u64 rest, const char *fallback)
{
	bool room = j->len < j->size;
	char *at = room ? j->buf + j->len : NULL;
	size_t left = room ? j->size - j->len : 0;

	if (j->len)
		j->len += (size_t)fmt_print(at, left, "|%#lx", (unsigned long)rest);
	else if (rest)
		j->len += (size_t)fmt_print(at, left, "%#lx /* %s */",
					    (unsigned long)rest, fallback);
	else
		j->len += (size_t)fmt_print(at, left, "0");
}

int flags_format(enum flag_set set, u64 value, char *buf, size_t size)
{
	const struct flag_set_row *row = &flag_sets[set];
	u64 mask = set_mask(set);
	u64 enumerated = row->enumerated & mask;
	struct joiner j = { .buf = buf, .size = size };
	const char *name = value_find(set, value);
	u64 rest = value & mask;
	size_t end = set_end(set);

	if (name) {
		join_name(&j, name);
		rest &= ~enumerated;
	}
	for (size_t i = row->first; i < end; i++) {
		u64 flag = flag_rows[i].value & mask;

		if (!flag || !(flag & ~enumerated) || (rest & flag) != flag)
			continue;
		join_name(&j, flag_rows[i].name);
		rest &= ~flag;
	}
	if (rest || !j.len)
		join_rest(&j, rest, row->fallback);
	return (int)j.len;
}

const char *enum_name(enum flag_set set, u64 value)
{
	u64 mask = set_mask(set);
	size_t end = set_end(set);

	for (size_t i = flag_sets[set].first; i < end; i++) {
		if ((flag_rows[i].value & mask) == (value & mask))
			return flag_rows[i].name;
	}
	return NULL;
}

const char *flag_set_name(enum flag_set set)
{
	return flag_sets[set].name;
}

const char *flag_name_at(enum flag_set set, size_t index, u64 *ret_value)
{
	size_t at = flag_sets[set].first + index;

	if (at >= set_end(set))
		return NULL;
	*ret_value = flag_rows[at].value & set_mask(set);
	return flag_rows[at].name;
}
