/*
 * What the broker hands to a new kernel: fixed descriptors and one block of options.
 *
 * The block is a memfd that the broker writes and seals before the kernel image starts, so
 * the kernel trusts it. All offsets are bytes from the block's start; strings are
 * NUL-terminated; a string list is `count` strings one after the other.
 */
#ifndef NACRE_WIRE_BOOT_H
#define NACRE_WIRE_BOOT_H

#include "lib/types.h"

#define BOOT_MAGIC 0x0065726361616e30ull
#define BOOT_VERSION 5

/* Descriptors of the first jailed process. Nothing else is open. */
enum boot_fd {
	BOOT_FD_STDIN = 0, /* 0-2 as the user gave them; a closed one is closed here too */
	BOOT_FD_WIRE = 3,  /* SOCK_SEQPACKET to the broker */
	BOOT_FD_BLOCK = 4, /* the options block */
	BOOT_FD_IMAGE = 5, /* has the kernel image, which is mapped from it at its final place */
	BOOT_FD_TRACE = 6, /* struct trace_region of trace/record.h */
	BOOT_FD_TREES = 7, /* tree 0, 1, ...: O_PATH descriptors of confined host directories */
};

#define BOOT_TREES_MAX 64
/* After the trees: what the caller passes besides the standard ones. */
#define BOOT_FD_PASSED (BOOT_FD_TREES + BOOT_TREES_MAX)
#define BOOT_PASSED_MAX 32
/* Then the pack of kept texts (code/kept.h), to be read. */
#define BOOT_FD_TEXTS (BOOT_FD_PASSED + BOOT_PASSED_MAX)

/* What the host's limits must allow: see broker/limit.c. Bytes, but for the last. */
#define BOOT_MEMORY_FILE_MAX 0x4000000000ull /* the largest memory file */
#define BOOT_ADDRESS_SPACE 0x5000000000ull   /* the kernel's part of each process */
#define BOOT_PRIVATE_MEMORY 0x14000000ull    /* mapped privately in the beginning */
#define BOOT_FILES_MIN 160u		     /* descriptors while the jail is built */

#define BOOT_LIMITS 16 /* resources of getrlimit(2) */

/* nacre's own exit status when it, not the guest, failed. */
#define BOOT_EXIT_FAILED 125

/*
 * How reads of host trees are made. Opening for writing and all changes of a tree mounted
 * :rw are requests in both cases: what the jail holds itself is read-only.
 */
enum boot_tree_access {
	BOOT_TREE_DIRECT = 0, /* by the jailed process, confined by mounts or Landlock */
	BOOT_TREE_BROKER = 1, /* by request: neither is available, or the tree is one file */
};

enum boot_entry {
	BOOT_ENTRY_TRAP = 0,
	BOOT_ENTRY_REWRITE = 1,
};

enum boot_flags {
	BOOT_NO_ASLR = 1 << 0,
	BOOT_READ_ONLY = 1 << 2,  /* no writable layer over the root */
	BOOT_NO_APE = 1 << 4,     /* refuse APE files as Linux does */
	BOOT_TTY = 1 << 5,        /* stdin is the user's terminal */
	BOOT_PID_NS = 1 << 6,     /* the jail has its own pid namespace */
	BOOT_CWD_SOFT = 1 << 7,   /* cwd is the caller's: when it is not there inside, use / */
	BOOT_BROKER_ROOT = 1 << 9, /* what the jail may not read, the broker may: it is root */
	BOOT_LOG = 1 << 10, /* somebody reads the log: calls that are not served go there */
	BOOT_STATS = 1 << 11, /* somebody reads the statistics: sites are reported at the end */
	BOOT_TEXTS = 1 << 12,        /* BOOT_FD_TEXTS is open */
	BOOT_TEXTS_WANTED = 1 << 13, /* the broker can make what is not there: TEXT */
	BOOT_CRASH = 1 << 20, /* a crash is written down in the log, see kernel/debug/crash.h */
	BOOT_IDS_HIDDEN = 1 << 8, /* owners other than the user show as BOOT_ID_OTHER */
};

/* What the host shows for an owner the jail's user namespace cannot name: mostly root. */
#define BOOT_ID_OTHER 65534u

/*
 * The broker interrupts a jailed process with this host signal, queued with a value: a guest
 * signal number for the first process, or BOOT_KICK_THREAD with a guest tid whose pending
 * work is to be looked at.
 */
#define BOOT_KICK_SIGNAL 64
#define BOOT_KICK_THREAD 0x40000000u
#define BOOT_KICK_TYPED 0x20000000u /* with a signal: it was typed at the terminal, not sent */

struct boot_mount {
	u32 tree;         /* index of the host directory, or ~0 for a tmpfs */
	u32 objects;      /* of an image: index of the directory of objects, or ~0 */
	u32 upper;        /* of a layered one: the host directory that keeps it, or ~0: memory */
	u32 access;       /* enum boot_tree_access */
	u32 upper_access; /* ... of upper */
	u32 flags;        /* BOOT_MOUNT_* */
	u32 target;       /* string: absolute path inside */
	u32 source;       /* string: as /proc/mounts shows it */
	u32 options;      /* string: "size=..." for tmpfs */
	u32 protect;      /* string list: paths of an image that nobody inside may change */
	u32 protect_count; /* ... without a slash in front; "" is all of it */
};

#define BOOT_MOUNT_READ_ONLY 1u /* no change possible */
#define BOOT_MOUNT_WRITE 2u     /* changes reach the host (:rw) */
#define BOOT_MOUNT_OVERLAY 4u   /* changes go to a throw-away layer in memory */
#define BOOT_MOUNT_SHARED 8u    /* others change it: revalidate */
#define BOOT_MOUNT_FILE 16u     /* the tree is a single file */
#define BOOT_MOUNT_IMAGE 32u    /* ... the manifest of an image of the store */
#define BOOT_MOUNT_SYNC 64u     /* what is closed goes into the image at once (:sync) */
#define BOOT_MOUNT_LAYER 128u   /* the kernel's own: a directory that holds a layer */

#define BOOT_STREAM_CLOSED (~0u)

/*
 * How another platform answers one call (in profiles/): the first rule of a call that
 * holds decides. (args[arg] & mask) == value, or differs from it.
 */
struct boot_rule {
	u32 nr;
	u32 arg;     /* which argument, or BOOT_RULE_ALWAYS */
	u32 differs; /* holds when the argument is another value */
	u32 allow;   /* serve the call as ever */
	u64 mask, value;
	s64 result;  /* what the call answers otherwise */
};

#define BOOT_RULE_ALWAYS (~0u)

static inline bool boot_rule_holds(const struct boot_rule *r, const u64 *args)
{
	return r->arg == BOOT_RULE_ALWAYS ||
	       ((args[r->arg] & r->mask) == r->value) != (r->differs != 0);
}

#define BOOT_PROFILE_GS_OCCUPIED 1u /* the GS base is the platform's, as in gVisor */
#define BOOT_PROFILE_WINDOW 2u	    /* standard streams are terminals of rows and columns */

struct boot_profile {
	u32 name;	      /* string */
	u32 release, version; /* strings for uname(2); 0: as ever */
	u32 flags;	      /* BOOT_PROFILE_* */
	u32 rows, columns;
	u32 rule_count, rules; /* offset of struct boot_rule[], by call number */
	u64 brk_limit;	       /* bytes, 0 none */
};

/*
 * So many bytes of the image's executable segment, and the page of its header, are all that is
 * used where the host's execve puts the image. The file it executes has nothing else.
 */
#define BOOT_TEXT_SIZE 0x2000u

struct boot_block {
	u64 magic;
	u32 version;
	u32 size;        /* of the whole block */
	u32 flags;       /* enum boot_flags */
	u32 entry;       /* enum boot_entry */
	u32 tree_count;
	u32 mount_count; /* mounts[0] is the root; ordered so that parents come first */
	u32 mounts;      /* offset of struct boot_mount[] */
	u32 argc, argv;  /* string list */
	u32 envc, env;   /* string list */
	u32 program;     /* string: path to run; the kernel searches PATH when it has no '/' */
	u32 cwd;         /* string */
	u32 hostname;    /* string */
	u32 uid, gid;
	u64 memory_limit; /* bytes, ~0 none */
	u64 pids_limit;   /* ~0 none */
	u64 rlimits[BOOT_LIMITS][2]; /* soft, hard: the guest's first limits */
	u32 stream_flags[3]; /* fcntl(F_GETFL) of 0, 1, 2, or BOOT_STREAM_CLOSED */
	u32 umask;
	u32 passed_count;    /* descriptors from BOOT_FD_PASSED on */
	u32 passed_number[BOOT_PASSED_MAX]; /* what they are called inside */
	u32 passed_flags[BOOT_PASSED_MAX];  /* fcntl(F_GETFL) */
	u64 ignored_signals; /* of the caller, inherited as by exec: bit n-1 */
	u64 seed;         /* for address-space randomisation */
	u64 image_offset; /* of the kernel image in BOOT_FD_IMAGE; whole pages */
	u64 cpus[16];     /* the CPUs the sandbox may run on: a bit each */
	u32 cpu_mask_bytes; /* what sched_getaffinity gives at most: the host's word */
	s32 nice;         /* of the caller, inherited */
	u64 ram_total;    /* bytes of the machine */
	u64 ram_free;     /* ... when the sandbox started */
	u32 profile;      /* offset of struct boot_profile, 0: none */
	u32 unused;
};

#endif
