/* Names of errors, signals, flags and enumerated values, for traces and reports. */
#ifndef NACRE_ABI_NAMES_H
#define NACRE_ABI_NAMES_H

#include "lib/types.h"

/* "ENOENT", "No such file or directory"; also ERESTARTSYS and its kin. NULL: none. */
const char *errno_name(int number);
const char *errno_text(int number);

/* What a signal does that is neither handled nor ignored. */
enum signal_action {
	SIGNAL_TERM,
	SIGNAL_CORE,
	SIGNAL_IGN,
	SIGNAL_STOP,
	SIGNAL_CONT,
};

/* "SIGHUP" and "Hangup". NULL for real-time signals and for numbers that are none. */
const char *signal_name(int number);
const char *signal_text(int number);
/* Real-time signals and numbers that are none: SIGNAL_TERM. */
enum signal_action signal_default_action(int number);
/* "SIGHUP", "SIGRTMIN", "SIGRT_2", or the number; returns as flags_format does. */
int signal_format(int number, char *buf, size_t size);

/* A number in the row of a set that is an enumeration. */
#define FLAG_ALL (~0UL)

/* The sets of flags.def. */
enum flag_set {
#define FLAGSET(set, enumerated, bits, fallback) SET_##set,
#define FLAG(set, name)
#include "abi/flags.def"
	SET_COUNT,
};

/*
 * Write a value in strace's syntax: O_RDONLY|O_CLOEXEC, what is left over in hex, and
 * 0x1000000 where no name fits, followed by the set's fallback in a comment. At most
 * size bytes are written, with the zero byte; returns the length of the whole text, so
 * a result >= size means that it was cut.
 */
int flags_format(enum flag_set set, u64 value, char *buf, size_t size);

/* The name of one value of a set, or NULL. */
const char *enum_name(enum flag_set set, u64 value);

/* "open" for SET_open. */
const char *flag_set_name(enum flag_set set);

/* The names of a set in order of its rows; NULL at the end. */
const char *flag_name_at(enum flag_set set, size_t index, u64 *ret_value);

#endif
