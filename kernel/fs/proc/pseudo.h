/*
 * File systems whose files are made up when they are read: proc and sys.
 *
 * OVERVIEW. A tree is a table of struct pseudo_node: directories with their entries, files
 * with a function that prints the content, symbolic links. What an entry is about (which
 * process, which descriptor) is its key: numbers, looked up again at each use, so that a
 * node that outlives its process is an error and nothing worse.
 */
#ifndef NACRE_KERNEL_FS_PROC_PSEUDO_H
#define NACRE_KERNEL_FS_PROC_PSEUDO_H

#include "abi/errno.h"
#include "kernel/vfs/vfs.h"
#include "lib/types.h"

/* --- text that grows --- */

struct seq {
	char *buf;
	size_t size, len;
	bool failed; /* out of memory: the text is not whole */
};

void seq_print(struct seq *s, const char *fmt, ...) PRINTF_LIKE(2, 3);
void seq_write(struct seq *s, const void *data, size_t len);
void seq_string(struct seq *s, const char *text);
/* Room for at least len bytes at seq.buf + seq.len; NULL: out of memory. */
MUST_USE char *seq_reserve(struct seq *s, size_t len);

/* --- nodes --- */

struct pseudo_key {
	s32 pid, tid; /* 0: none */
	s64 number;   /* of a descriptor, a CPU */
	u64 start;    /* start time of the process: numbers are used again */
};

struct pseudo_node;

/* What a dynamic entry is. */
struct pseudo_entry {
	char name[32];
	const struct pseudo_node *node;
	struct pseudo_key key;
};

struct pseudo_node {
	const char *name; /* NULL ends a table */
	u32 mode;         /* type and permissions */
	bool fixed;       /* not even root may open it for writing */

	/* Regular files: print the content. 0 or -Exxx. */
	int (*show)(struct seq *s, const struct pseudo_key *key);
	/*
	 * ... which poll(2) watches: how often what is shown has changed, and the queue that
	 * each change wakes. NULL: always ready.
	 */
	u32 (*changes)(struct waitq **ret_wait);
	/* ... or be a file of another kind: sets f->ops and f->private. */
	int (*open)(const struct pseudo_key *key, struct file *f);
	/* text is terminated and may be changed. The value is what write(2) returns. */
	s64 (*store)(const struct pseudo_key *key, char *text, size_t len);

	/* Symbolic links: the text, its length or -Exxx; size includes a NUL. */
	int (*text)(const struct pseudo_key *key, char *buf, size_t size);
	/* ... that are followed by object instead; text is made from the path when NULL. */
	int (*follow)(const struct pseudo_key *key, struct path *ret);

	/* Directories: fixed entries, then dynamic ones. */
	const struct pseudo_node *entries;
	int (*lookup)(const struct pseudo_key *key, const char *name, struct pseudo_entry *ret);
	/* The first entry at or after *cursor, which is moved past it. False: no more. */
	bool (*next)(const struct pseudo_key *key, u64 *cursor, struct pseudo_entry *ret);

	/* Who owns it; NULL: root. -ENOENT when what it is about is gone. */
	int (*owner)(const struct pseudo_key *key, u32 *ret_uid, u32 *ret_gid);
	/* The permissions now, when they differ from object to object. */
	u32 (*permissions)(const struct pseudo_key *key);
	/* What else stat(2) says now; nlink has the fixed directories already. */
	void (*attributes)(const struct pseudo_key *key, struct inode_attr *ret);
};

MUST_USE int pseudo_mount(const struct fs_type *type, const struct pseudo_node *root,
			  struct super **ret);
MUST_USE int pseudo_statfs(struct super *sb, struct linux_statfs *ret);
void pseudo_unmount(struct super *sb);

/* Is f an open file of that node? Then what it is about. */
MUST_USE bool pseudo_file_is(const struct file *f, const struct pseudo_node *node,
			     struct pseudo_key *ret);

/* A decimal number that fills the string. -1: it is none, or larger than max. */
s64 pseudo_parse_number(const char *text, s64 max);

#endif
