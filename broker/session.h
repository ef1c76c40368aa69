/*
 * One sandbox as its broker sees it. Internal to broker/.
 *
 * LIFETIME. broker_run() fills a struct session, starts the jailed child and serves it until
 * it has ended. The process is single-threaded: there are no locks.
 */
#ifndef NACRE_BROKER_SESSION_H
#define NACRE_BROKER_SESSION_H

#include <signal.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <termios.h>

#include "broker/broker.h"
#include "store/host/digest.h"
#include "store/host/place.h"
#include "store/image.h"
#include "wire/boot.h"
#include "wire/patience.h"
#include "wire/wire.h"

/* A host directory or file that is lent to the sandbox. */
struct tree {
	const char *source;
	int fd; /* O_PATH, in the host's own mount namespace */
	bool is_file;
	bool writable; /* :rw */
	bool layer; /* a layer's directory: where it cannot be lent, it is opened by request */
	bool objects; /* files of the store, which are opened when they are what their name says */
	char manifest[OBJECT_PATH_SIZE]; /* such a file itself, by its name; else "" */
	int jail_fd; /* in the child: what the jail gets, or -1 */
	bool unseen; /* in the child: a layer that lies where only kernel windows are */
};

/* What the jail gets a descriptor of; the other trees are opened by request only. */
static inline bool tree_is_lent(const struct tree *t)
{
	return !t->is_file && !t->objects && !t->unseen;
}

/* The trees of the root and of each mount: indexes, ~0 for none. */
struct mount_trees {
	u32 tree, objects, upper; /* upper: where the layer over it is kept */
	bool is_image;
	struct ref_text ref; /* of an image of the store: its digest, what is protected */
};

/* Protections that could not be had. */
enum missing {
	MISSING_USER_NS = 1 << 0,
	MISSING_MOUNT_NS = 1 << 1,
	MISSING_PID_NS = 1 << 2,
	MISSING_NET_NS = 1 << 3,
	MISSING_IPC_NS = 1 << 4,
	MISSING_UTS_NS = 1 << 5,
	MISSING_LANDLOCK = 1 << 6,
	MISSING_CAPABILITIES = 1 << 7, /* could not be dropped */
};

/* A wire to one jailed process. */
struct channel {
	int fd;
	enum wire_phase phase;
	bool greeted;
	s32 jail_pid; /* as the process calls itself; 0 before HELLO */
	int pidfd; /* of that process, or -1 */
	/*
	 * An answer whose descriptor cannot be passed now: too many are under way, of the sandbox
	 * or, says the host (ETOOMANYREFS), of all of the user's programs. fd -1: none.
	 */
	struct {
		int fd;
		u32 type, seq;
		u64 until_ns; /* then it is EMFILE */
	} late;
	bool passed; /* a descriptor went with an answer that may not have been taken yet */
	struct channel *next;
};

struct session {
	const struct run_options *options;
	struct tree trees[BOOT_TREES_MAX];
	u32 tree_count;
	struct mount_trees root_trees, *mount_trees; /* one of the latter for each mount */
	struct rlimit limits[BOOT_LIMITS]; /* as they were */
	struct boot_block *block;
	u32 block_size;
	struct held_lock *locks; /* files of which the sandbox may hold locks of the host */
	u32 lock_count;
	struct keep *keep; /* the layers that become images; NULL: none does */
	int exec_fd; /* what the jail executes */
	int image_fd; /* where the kernel image is; may be exec_fd */
	int block_fd;
	struct trace_region *trace;
	int trace_fd;
	u64 start_ticks; /* time stamp counter at start_ns */
	pid_t trace_pid; /* the process that formats; 0: none */
	int trace_pidfd, trace_alive;
	int wire_fd; /* the child's end of the first channel */
	struct channel
		*channels; /* the first process's channel is the last of the list */
	u32 channel_count, late_count, passed_count;
	pid_t pid;
	int pidfd;
	int epoll_fd;
	int signal_fd;
	int texts_fd; /* the pack of kept texts that the sandbox reads, or -1 */
	bool texts_wanted; /* what is not in it can be made */
	u32 missing;
	bool booted; /* HELLO has come */
	bool ended; /* EXIT or FAIL has come */
	bool finished; /* EXIT has come, and in time */
	int exit_status; /* valid when ended or failed */
	bool died; /* the child is no more; status and usage are valid */
	int wait_status;
	struct rusage usage;
	u64 calls, host_calls, requests;
	u64 answers, answers_seen; /* all, and those before the last wait */
	struct patience patience; /* for questions */
	u64 start_ns, deadline_ns,
		end_ns; /* deadline 0: none; end: when to stop waiting */
	u64 keep_ns; /* when keep_timer() wants to be called, 0: never */
	bool killed; /* by us */
	char last_words[256]; /* the last line of the log, for an untimely end */
	bool orphaned; /* the terminal's stop signals do not stop us */
	u64 interrupts[2]; /* times of the last SIGINTs that were sent */
	sigset_t forwarded, old_mask;
};

/* limit.c */
/* Note the caller's limits and lift those that a sandbox cannot have. False after saying so. */
MUST_USE bool limits_take(struct session *s);
/* The child, whose limits are its own, gets ours. */
void limits_give(const struct session *s);

/* see.c */
/* Make the trace region and start the formatter. False after saying why not. */
MUST_USE bool see_start(struct session *s);
/* The formatter has ended before its time: the sandbox goes on untraced. */
void see_formatter_ended(struct session *s);
/* The sandbox is over: wait until all of its trace is written. */
void see_end(struct session *s);
/* What its kernel has counted, to the standard error. */
void see_report_stats(const struct session *s, enum stats_form form);

/* log.c */
void log_open(const struct run_options *options);
void say(const char *fmt, ...) PRINTF_LIKE(1, 2); /* "nacre: ..." on stderr, always */
void warn_user(const char *fmt, ...) PRINTF_LIKE(1, 2); /* the same, unless --quiet */
void log_line(const char *text, size_t len); /* the sandbox log; text is untrusted */
/* Make untrusted bytes fit for a terminal; the result is terminated, cut to size. */
void text_filter(char *dst, size_t size, const char *src, size_t len);
u64 now_ns(void);

/* boot.c */
MUST_USE bool boot_block_build(struct session *s);
/* In the child, when the jail's nature is known: set access and flags, write, seal. */
MUST_USE int boot_block_finish(struct session *s, bool direct, u32 boot_flags);

/* image.c */
MUST_USE int memory_file(const char *name, bool executable);
/* Open exec_fd and image_fd, after boot_block_build(). False after saying why not. */
MUST_USE bool kernel_image_open(struct session *s);
/* Write exec_fd and seal it; -errno. */
MUST_USE int kernel_image_fill(const struct session *s);

/* tree.c */
MUST_USE bool trees_open(struct session *s);
/* Room for one more; NULL after saying that there is none. */
struct tree *tree_add(struct session *s);

/* store.c: an image of the store as trees. */
/* Does this SRC of a mount name an image? */
bool image_is_named(const char *source);
/* False after saying why not. */
MUST_USE bool image_trees_open(struct session *s, const char *name, struct mount_trees *ret);
/* The sandbox has ended: the images it used may go. */
void image_leases_end(void);
/* The hashes of the pieces of the object at that path in objects/; -1: there are none. */
MUST_USE int store_hashes_open(const char *path);

/* object.c */
/*
 * 0, or -EIO when the object that fd is open on does not hold what its path says. Of an
 * object of more than one piece nothing is said: handle_verify() does that.
 */
MUST_USE int object_verify(const struct tree *tree, const char *path, u32 len, int fd);
/* Is the content of the file, all of which is read, what has that digest? */
MUST_USE bool file_is_right(int fd, const u8 digest[DIGEST_SIZE]);
/* Has a sandbox with :sync left changes of that image, or is it at it? */
bool image_has_layer(const char *name);

/* keep.c: layers over images that are kept */
/* Start the keeper if anything is to be kept. False after saying why not. */
MUST_USE bool keep_start(struct session *s);
/* The tree of the layer over a mount (~0: the root), if it is one that is kept. */
MUST_USE bool keep_trees(struct session *s, u32 mount, struct mount_trees *t);
/* The keeper's socket, or -1; and what has come from it. */
int keep_fd(const struct session *s);
void keep_serve(struct session *s);
/* What is to be done by the clock: when next, 0: never. */
u64 keep_timer(struct session *s, u64 now);
/* The sandbox is over, as it should: make images of the layers. False after saying why not. */
MUST_USE bool keep_end(struct session *s);
/* ... or it is not: the keeper may go. */
void keep_drop(struct session *s);

/* text.c: kept texts; nothing here fails. After trees_open(), before boot_block_build(). */
void texts_open(struct session *s);
/* A maker may have ended. */
void texts_serve(struct session *s);
/* The sandbox is over. */
void texts_end(struct session *s);

/* jail.c */
MUST_USE bool jail_start(struct session *s);

/* mounts.c: in the child. False: no such protection. */
struct child_mounts;
MUST_USE bool jail_mounts(struct session *s, const struct child_mounts *m);
/* Is path dir or beneath it? */
bool xattr_is_acl(const char *name);
bool path_lies_in(const char *path, const char *dir);

/* landlock.c: in the child */
MUST_USE bool jail_landlock(struct session *s, bool own_mounts, const char *windows);

/* file.c, change.c */
struct reply {
	s32 error; /* positive errno */
	int fd; /* -1: none; closed after sending */
	u32 len;
	u8 data[WIRE_ANSWER_DATA_MAX];
	const u8 *content; /* sent instead of data when not NULL; borrowed until then */
};
void handle_open(struct session *s, const struct wire_request *r, struct reply *reply);
void handle_statx(struct session *s, const struct wire_request *r, struct reply *reply);
void handle_xattrs(struct session *s, const struct wire_request *r, struct reply *reply);
void handle_readlink(struct session *s, const struct wire_request *r,
		     struct reply *reply);
void handle_change(struct session *s, const struct wire_request *r,
		   struct reply *reply);
void handle_fetch(struct session *s, const struct wire_request *r, struct reply *reply);
void handle_verify(struct session *s, const struct wire_request *r, struct reply *reply);
/* Open the regular file at path for reading; -errno. */
MUST_USE int tree_open_file(const struct tree *tree, const char *path, u32 len);
/* O_PATH descriptor of what path names beneath the tree, never through a symlink; -errno. */
MUST_USE int tree_lookup(const struct tree *tree, const char *path, u32 len,
			 int *ret_fd);
void handle_lock(struct session *s, const struct wire_request *r, struct reply *reply);
void handle_text(struct session *s, const struct wire_request *r, struct reply *reply);
void handle_sync(struct session *s, const struct wire_request *r, struct reply *reply);
/* Open again, with other rights, exactly what fd (O_PATH) stands for; -errno. */
MUST_USE int fd_reopen(int fd, int flags);
struct tree *tree_find(struct session *s, u32 index);

/* request.c */
MUST_USE bool channel_add(struct session *s, int fd, enum wire_phase phase);
void channel_drop(struct session *s, struct channel *c);
/* Serve what has arrived. False: the channel is at its end. */
MUST_USE bool channel_serve(struct session *s, struct channel *c);
/* Send what could not be sent before; to be called every so often while there is any. */
void answers_retry(struct session *s);
/* One whole message. False: it was bad, *ret_why says how. */
MUST_USE bool request_handle(struct session *s, struct channel *c, const void *message,
			     size_t len, struct wire_request *ret, struct reply *reply,
			     const char **ret_why);

/* signal.c */
MUST_USE bool signals_prepare(struct session *s);
void signals_serve(struct session *s);
void session_kill(struct session *s);
/* The line for a program that --cpu-time has ended. */
void session_say_cpu_used(const struct session *s);
void kick_process(int pidfd, u32 value);

/* terminal.c */
void terminal_save(void);
void terminal_restore(void);
/* Are we in a background group of the terminal that the program has? */
bool terminal_in_background(void);
/* Stop by sig, as the program did. False: we were not stopped, nobody would continue us. */
MUST_USE bool terminal_stop(int sig);

/* seal.c */
void broker_seal(const struct session *s);
/* The formatter keeps no more than what reading shared memory and writing to a file takes. */
void formatter_seal(void);
/* Who reads a program for its calls keeps reading it. */
void prover_seal(void);
/* A copy of this process, even of a sealed broker: as fork, with a descriptor of it. */
MUST_USE pid_t process_copy(int *ret_pidfd);

#endif
