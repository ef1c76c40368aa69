/* What the command line asks of the broker: one sandbox, from start to exit status. */
#ifndef NACRE_BROKER_BROKER_H
#define NACRE_BROKER_BROKER_H

#include "lib/types.h"
#include "trace/format.h"

#define EXIT_NACRE 125 /* nacre itself failed */
#define EXIT_CANNOT_RUN 126
#define EXIT_NOT_FOUND 127
#define EXIT_TIMEOUT 124 /* as timeout(1) */

struct mount_option {
	const char *source; /* host path; NULL: a tmpfs */
	char *target; /* absolute, normalised */
	u32 flags; /* BOOT_MOUNT_* */
	const char *options; /* of a tmpfs: "size=BYTES" or "" */
};

/* The changes of an image that become another one. */
struct commit_option {
	const char *name; /* the new one's */
	const char *target; /* where the image is seen, normalised; NULL: there is only one */
};

/* A descriptor of the caller above 2 that the program gets under the same number. */
struct passed_fd {
	u32 number;
	int fd; /* where it is now */
};

#define PASSED_MAX 32
#define PASSED_NUMBER_MAX 65535

/* What is told of calls at the end. */
enum stats_form {
	STATS_NONE,
	STATS_BOX,   /* totals and how often each call came */
	STATS_TABLE, /* totals and all that is known of each call */
	STATS_JSON,  /* the same for programs */
};

struct profile;

struct run_options {
	const struct profile *profile; /* NULL: none */
	const char *root; /* NULL: the host's */
	const char *image; /* the root is this image of the store; NULL: it is not */
	bool image_sync; /* ... and changes become it */
	struct commit_option *commits;
	u32 commit_count;
	const char *store_program; /* the program nacre-store; NULL: not installed */
	const char *text_cache; /* the directory of kept texts; NULL: nothing is kept */
	const char *upper_dir; /* NULL: the root's layer is thrown away */
	struct mount_option *mounts;
	u32 mount_count;
	const char *cwd; /* NULL: the caller's */
	char **env; /* NULL-terminated, final */
	char **argv; /* argv[0] is the program as given */
	int argc;
	const char *hostname; /* NULL: the host's */
	u32 boot_flags; /* BOOT_NO_ASLR | BOOT_READ_ONLY | ... */
	u32 entry; /* enum boot_entry */
	bool has_user, has_group;
	u32 uid, gid;
	u64 memory_limit, pids_limit; /* ~0: none */
	u64 timeout_ms; /* 0: none */
	u64 cpu_seconds; /* 0: none */
	bool quiet, verbose;
	enum stats_form stats;
	const char *log_path; /* NULL: stderr with verbose, else nowhere */
	const struct trace_options *trace; /* NULL: no trace is printed */
	struct trace_region *region; /* whose reader is the caller; NULL: none is */
	int region_fd; /* ... its memory file */
	struct passed_fd passed[PASSED_MAX]; /* by number */
	u32 passed_count;
	bool pass_args; /* those named in argv, too */
	u32 closed_stdio; /* bit n: descriptor n was closed when nacre started */
};

/* Runs the sandbox to its end. Value: the exit status of the command. */
int broker_run(const struct run_options *options);

#endif
