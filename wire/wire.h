/*
 * The protocol between a jailed kernel and its broker.
 *
 * OVERVIEW. One SOCK_SEQPACKET socket per guest process; one message is one packet: a header,
 * a fixed part that depends on the type (struct wire_x), and the tails whose lengths the
 * fixed part states. Requests come from the jail, answers from the broker; requests marked
 * "no answer" in requests.def have none. Descriptors travel as SCM_RIGHTS of an answer.
 * The broker believes nothing it receives: wire_request_decode() accepts a message only
 * when every byte is accounted for, and a message it refuses ends the sandbox.
 *
 * Both sides are the same build on the same machine, so integers are in native order.
 */
#ifndef NACRE_WIRE_WIRE_H
#define NACRE_WIRE_WIRE_H

#include "lib/types.h"

#define WIRE_MAGIC 0x6e630001u /* "nc", version 1 */

#define WIRE_TEXT_MAX 1024u /* of a LOG or FAIL line */
#define WIRE_PATH_MAX 4095u /* without a NUL; longer paths do not exist on Linux */
#define WIRE_NAME_MAX 255u /* of an extended attribute */
#define WIRE_VALUE_MAX 65536u /* of an extended attribute */

struct wire_header {
	u32 magic; /* WIRE_MAGIC */
	u32 type; /* enum wire_type; WIRE_ANSWER is added in answers */
	u32 len; /* bytes after the header */
	u32 seq; /* chosen by the asker, repeated in the answer */
};

#define WIRE_ANSWER 0x80000000u

enum wire_type {
#define WIRE_REQUEST(name, number, phases, fds, purpose) WIRE_##name = number,
#include "wire/requests.def"
#undef WIRE_REQUEST
};

#define WIRE_TYPE_MAX 32u /* numbers are below */

/* When a request is permitted. */
enum wire_phase {
	WIRE_PHASE_BOOT = 1,
	WIRE_PHASE_RUN = 2,
};

/* --- requests: fixed parts --- */

struct wire_hello {
	u32 version; /* BOOT_VERSION */
	s32 pid; /* own process number as the jail sees it */
};

struct wire_text { /* LOG */
	u32 text_len;
};

struct wire_exit {
	u32 wait_status; /* as waitpid() gives it */
	u32 pad;
	u64 calls; /* served by the kernel */
	u64 host_calls; /* made by it */
};

struct wire_fail {
	s32 error; /* positive errno or 0 */
	u32 exit_status; /* 125, 126 or 127 */
	u32 text_len;
};

struct wire_open {
	u32 tree;
	u32 flags; /* LINUX_O_* */
	u32 mode; /* and umask << 16 */
	u32 path_len;
};

struct wire_lookup { /* STATX, READLINK, XATTRS, FETCH */
	u32 tree;
	u32 path_len;
};

/*
 * VERIFY. The answer: how many pieces, from the first on, are right, a u32, at least 1; EAGAIN: the
 * object is being read, ask again.
 */
struct wire_verify {
	u32 tree;
	u32 first; /* piece of WIRE_PIECE_SIZE bytes */
	u32 count; /* the answer may be for fewer */
	u32 path_len;
};

/*
 * FETCH. Of one object, whose path it is: its content. Of several, whose paths stand in a row as
 * if they were one: for each a u32, its size or WIRE_FETCH_NONE, and that many bytes; with the
 * sizes no more than WIRE_OBJECT_MAX. The first is there, or the request has failed.
 */
#define WIRE_FETCH_NONE 0xffffffffu
#define WIRE_FETCH_PATH 66u /* from a path to the next */

#define WIRE_PIECE_SIZE 524288u

/* What CHANGE can do; the comment says which members of struct tree_change it uses. */
enum wire_tree_op {
	/* mode of what is made: above 16 bits the umask, which a directory's list may overrule */
	WIRE_TREE_MKDIR = 1, /* path mode */
	WIRE_TREE_RMDIR = 2, /* path */
	WIRE_TREE_UNLINK = 3, /* path */
	WIRE_TREE_RENAME = 4, /* path path2 flags (LINUX_RENAME_*) */
	WIRE_TREE_LINK = 5, /* path: what exists, path2: the new name */
	WIRE_TREE_SYMLINK = 6, /* path: the new name, path2: the text */
	WIRE_TREE_MKNOD = 7, /* path mode: a regular file or a FIFO only */
	WIRE_TREE_CHMOD = 8, /* path mode */
	WIRE_TREE_CHOWN = 9, /* path uid gid (~0: unchanged) */
	WIRE_TREE_UTIMES = 10, /* path times (NULL: now) */
	WIRE_TREE_TRUNCATE = 11, /* path size */
	WIRE_TREE_SETXATTR = 12, /* path path2 (the attribute) value size flags */
	WIRE_TREE_REMOVEXATTR = 13, /* path path2 (the attribute) */
	WIRE_TREE_SYNC = 14, /* path flags (1: all of its file system) */
};

#define WIRE_TREE_OP_MAX 15u

struct wire_time {
	s64 sec;
	s64 nsec; /* or LINUX_UTIME_NOW, LINUX_UTIME_OMIT */
};

struct wire_change {
	u32 op;
	u32 tree;
	u32 path_len;
	u32 path2_len;
	u32 value_len;
	u32 mode;
	u32 uid, gid;
	u32 flags;
	u32 has_times; /* 0 or 1 */
	u64 size;
	struct wire_time times[2];
};

struct wire_kick {
	s32 pid; /* a process number as the jail sees it */
	u32 value; /* goes with BOOT_KICK_SIGNAL */
};

struct wire_stopped {
	u32 signal;
};

struct wire_sync {
	u32 tree; /* the layer's directory */
	u32 what; /* enum wire_sync_what */
	u64 id; /* of the file's data there, 0: of none */
};

struct wire_wanted { /* TEXT */
	u32 tree;
	u32 path_len;
	u64 offset, len; /* of the text in the file */
};

enum wire_sync_what {
	WIRE_SYNC_ASK = 0, /* only tell */
	WIRE_SYNC_NOTE = 1, /* keep id as it is now, and all names and attributes */
};

/*
 * The sandbox holds each lock of the host once, however many owners inside share it. A request
 * never waits: EAGAIN says that somebody outside is in the way.
 */
struct wire_lock {
	u32 tree;
	u32 what; /* enum wire_lock_what */
	u32 type; /* enum wire_lock_type */
	u32 path_len;
	u64 dev, ino; /* that must be what the path leads to, as in statx */
	u64 start, last; /* of a record: bytes, inclusive */
};

enum wire_lock_what {
	WIRE_LOCK_RECORD = 1,
	WIRE_LOCK_FLOCK = 2,
	WIRE_LOCK_TEST = 3, /* a record: who outside is in the way? */
	WIRE_LOCK_DROP = 4, /* the sandbox has no more locks on the file */
};

enum wire_lock_type { WIRE_LOCK_SHARED = 0, WIRE_LOCK_EXCLUSIVE = 1, WIRE_LOCK_NONE = 2 };

/* --- answers --- */

struct wire_answer {
	s32 error; /* 0 or a positive errno */
	u32 data_len; /* bytes that follow: STATX struct linux_statx, READLINK the text, ... */
};

/* XATTRS answers with these, each with its name, which ends with a NUL, and its value. */
struct wire_xattr {
	u16 name_len; /* with the NUL */
	u16 value_len;
};

/* SYNC's answer. What was noted is kept for good when kept has reached what noted was then. */
struct wire_synced {
	u64 noted, kept;
};

/* LOCK's answer to TEST. */
struct wire_locked {
	u32 type; /* NONE: nobody is in the way */
	s32 pid; /* -1: of an open file, 0: of a process that is not seen inside */
	u64 start, last;
};

#define WIRE_FIXED_MAX sizeof(struct wire_change)
#define WIRE_REQUEST_MAX \
	(sizeof(struct wire_header) + WIRE_FIXED_MAX + 2 * WIRE_PATH_MAX + \
	 WIRE_VALUE_MAX)
#define WIRE_ANSWER_DATA_MAX 4096u
#define WIRE_OBJECT_MAX 65536u /* of FETCH */

/* --- codec.c --- */

/* A checked request. Strings point into the message and are not terminated. */
struct wire_request {
	u32 type;
	u32 seq;
	union {
		struct wire_hello hello;
		struct wire_text text;
		struct wire_exit exit;
		struct wire_fail fail;
		struct wire_open open;
		struct wire_lookup lookup;
		struct wire_change change;
		struct wire_verify verify;
		struct wire_kick kick;
		struct wire_stopped stopped;
		struct wire_sync sync;
		struct wire_wanted wanted;
		struct wire_lock lock;
		u8 fixed[WIRE_FIXED_MAX];
	};
	const char *text_or_path; /* the first tail */
	const char *path2;
	const u8 *value;
};

/*
 * Check a whole message of len bytes in the given phase. NULL when it is good, otherwise a
 * static description of what is wrong with it.
 */
MUST_USE const char *wire_request_decode(const void *message, size_t len,
					 enum wire_phase phase,
					 struct wire_request *ret);

/*
 * Fill header and check that the fixed part and tails have the lengths type asks for;
 * fixed is the struct of the type. False: a string is too long to be sent.
 */
MUST_USE bool wire_request_encode(u32 type, u32 seq, const void *fixed,
				  struct wire_header *ret_header, u32 *ret_fixed_len);

/* Check an answer to a request: header, fixed part, that data_len is what arrived. */
MUST_USE bool wire_answer_check(const struct wire_header *header,
				const struct wire_answer *answer, size_t received,
				u32 type, u32 seq);

/*
 * A path beneath a tree: "." or names joined by single slashes, none of them "." or "..".
 * Refused are also: empty, absolute, trailing slash, NUL, names over 255 bytes.
 */
bool wire_path_ok(const char *path, size_t len);

/* "OPEN", or NULL for a number that is no request. */
const char *wire_type_name(u32 type);
u32 wire_type_fds(u32 type);
bool wire_type_answered(u32 type);

#endif
