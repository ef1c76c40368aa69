/*
 * The whole host, as the kernel sees it.
 *
 * OVERVIEW. kernel/ asks its host for nothing but the functions below; platform/linux
 * answers them with a short list of host calls, platform/fake inside ordinary test
 * programs. Results are >= 0 or -Exxx. Guest mappings are host mappings: an address range
 * handed to plat_map() has been checked by kernel/mm and belongs to the guest.
 */
#ifndef NACRE_PLATFORM_PLAT_H
#define NACRE_PLATFORM_PLAT_H

#include "lib/types.h"

struct linux_timespec;
struct linux_statx;
struct linux_statfs;
struct linux_pollfd;
struct linux_rusage;
struct thread;

/* A host file descriptor of this process, or -1. */
typedef int plat_fd_t;

/* --- memory. prot and flags are LINUX_PROT_* and LINUX_MAP_*; addr is always exact. --- */

/* Map len bytes at exactly addr, replacing what is there. fd -1 with LINUX_MAP_ANONYMOUS. */
MUST_USE int plat_map(uaddr_t addr, size_t len, int prot, int flags, plat_fd_t fd, u64 offset);
int plat_unmap(uaddr_t addr, size_t len);
MUST_USE int plat_protect(uaddr_t addr, size_t len, int prot);
/* Move a mapping; the target is replaced. new_len may differ from old_len. */
MUST_USE int plat_remap(uaddr_t old, size_t old_len, uaddr_t new, size_t new_len, int flags);
/* Grow or shrink a mapping where it is; its surroundings must be free. */
MUST_USE int plat_resize(uaddr_t addr, size_t old_len, size_t new_len);
int plat_advise(uaddr_t addr, size_t len, int advice);
int plat_mincore(uaddr_t addr, size_t len, u8 *vec);

/* --- waiting. Words may live in memory shared by processes. --- */

/*
 * Sleep while *word == value. deadline is absolute CLOCK_MONOTONIC ns, ~0 for none.
 * 0 woken (perhaps spuriously), -EAGAIN *word differed, -ETIMEDOUT, -EINTR kicked.
 */
int plat_wait(u32 *word, u32 value, u64 deadline);
void plat_wake(u32 *word, u32 count);

/* --- clocks and chance --- */

MUST_USE int plat_clock_get(int clock, struct linux_timespec *ret);
MUST_USE int plat_clock_res(int clock, struct linux_timespec *ret);
/* CLOCK_MONOTONIC in ns. */
u64 plat_now(void);
void plat_random(void *buf, size_t len);
int plat_rusage(int who, struct linux_rusage *ret);

/* --- files that the host lends: never by guest-chosen absolute path --- */

/* Which confined tree a path is relative to; 0 is the view's root. Ends at NAME or '.'. */
MUST_USE int plat_file_open(int tree, const char *path, int flags, u32 mode, plat_fd_t *ret_fd);
/* Is the tree read by calls of the host, not by requests to the broker? */
bool plat_file_is_direct(int tree);
int plat_file_close(plat_fd_t fd);
MUST_USE int plat_file_statx(int tree, const char *path, struct linux_statx *ret);
/*
 * A name in the directory open as dir, which is of a tree that is read directly. What cannot be
 * told so (-EACCES) may be by the path.
 */
MUST_USE int plat_file_statx_in(plat_fd_t dir, const char *name, struct linux_statx *ret);
MUST_USE int plat_file_fstatx(plat_fd_t fd, struct linux_statx *ret);
/* Bytes of the link's text, not terminated. */
MUST_USE s64 plat_file_readlink(int tree, const char *path, char *buf, size_t size);
/* All that may be seen, as struct wire_xattr says; -E2BIG: does not fit. */
MUST_USE s64 plat_file_xattrs(int tree, const char *path, void *buf, size_t size);
/*
 * The content of the object at path, verified: its size. -EFBIG: more than size, or not small.
 * path may be several in a row, see FETCH in wire/wire.h.
 */
MUST_USE s64 plat_file_fetch(int tree, const char *path, void *buf, size_t size);
/*
 * Are the pieces `first` to first + count (of WIRE_PIECE_SIZE bytes) of the object at path what
 * its name says? How many are, from the first on, perhaps not asking for all; -EIO: none.
 */
MUST_USE int plat_file_verify(int tree, const char *path, u32 first, u32 count);
MUST_USE s64 plat_file_getdents(plat_fd_t fd, void *buf, size_t size);
MUST_USE int plat_file_statfs(plat_fd_t fd, struct linux_statfs *ret);
/*
 * offset -1: at the file's own position (streams). The buffer may be guest memory: a bad
 * address gives -EFAULT. A stream's wait ends with -EINTR when the thread is kicked.
 */
MUST_USE s64 plat_file_read(plat_fd_t fd, void *buf, size_t len, s64 offset);
MUST_USE s64 plat_file_write(plat_fd_t fd, const void *buf, size_t len, s64 offset);
/* -EINTR when the thread is kicked while a terminal's output drains. */
MUST_USE s64 plat_file_ioctl(plat_fd_t fd, u32 cmd, void *arg);
MUST_USE s64 plat_file_seek(plat_fd_t fd, s64 offset, int whence);
MUST_USE int plat_file_truncate(plat_fd_t fd, u64 size);
MUST_USE int plat_file_sync(plat_fd_t fd, bool data_only);
MUST_USE int plat_file_allocate(plat_fd_t fd, int mode, u64 offset, u64 len);
MUST_USE int plat_file_poll(struct linux_pollfd *fds, u32 count, u64 deadline);

/*
 * Changes to a host tree mounted read-write. Done by the broker, which resolves paths
 * beneath the tree itself. op is one of enum wire_tree_op; see wire/requests.def.
 */
struct tree_change {
	int op;
	int tree;
	const char *path;  /* relative to the tree */
	const char *path2; /* rename, link: target; symlink: text; else NULL */
	u32 mode;
	u32 uid, gid;
	u32 flags;
	u64 dev;
	const struct linux_timespec *times; /* [2] or NULL */
	u64 size;
	const void *value; /* setxattr: size bytes */
};
MUST_USE int plat_tree_change(const struct tree_change *change);
/*
 * A lock of the host on a file of a writable tree, held for the whole sandbox; see struct
 * wire_lock. -EAGAIN: somebody outside is in the way; -ENOLCK: no lock can be had. ret: for
 * WIRE_LOCK_TEST, else NULL.
 */
struct wire_lock;
struct wire_locked;
MUST_USE int plat_tree_lock(const struct wire_lock *lock, const char *path,
			    struct wire_locked *ret);
/*
 * Of a layer that is kept as it changes: have data file id kept (0: only names and attributes),
 * or just ask (note false). ret_noted, ret_kept: see struct wire_synced. -EAGAIN: too much at
 * once, again in a while; -EIO: nothing is kept any more.
 */
MUST_USE int plat_tree_sync(int tree, bool note, u64 id, u64 *ret_noted, u64 *ret_kept);

/*
 * Let what is rewritten in a text be kept for later sandboxes, if that can be: len bytes from
 * offset on of the file at path.
 */
void plat_text_wanted(int tree, const char *path, u64 offset, u64 len);

/* --- threads and processes --- */

/* Start a host thread of this process that runs entry(t) on t's kernel stack. */
MUST_USE int plat_thread_create(struct thread *t, void (*entry)(struct thread *));
NORETURN void plat_thread_exit(void);
/*
 * The calling thread will end by plat_thread_exit() or with its process. Its struct thread is
 * put by the next user of its kernel stack, or by who takes it when the process ends.
 */
void plat_thread_leaving(void);
/* Another thread that has said so, its reference now the caller's; NULL: none is left. */
struct thread *plat_thread_take_left(void);
/* End the host thread; its struct thread lives on in another host process. */
NORETURN void plat_thread_abandon(void);
/*
 * Copy this process. Returns twice: 0 in the child (with t as its only thread, whose kernel
 * stack is a copy of the caller's at the same address), the child's host pid in the parent.
 */
enum plat_fork {
	PLAT_FORK_FIRST, /* by the reaper: the first guest process */
	PLAT_FORK_BLANK, /* by the reaper: a process that will become a guest's */
	PLAT_FORK_GUEST, /* by a guest process */
};
MUST_USE int plat_process_fork(struct thread *child, enum plat_fork kind);
/* The calling host thread, the only one of its process, is t from now on. */
void plat_thread_become(struct thread *t);
/*
 * Is the calling host thread the only one its process ever had, with no more kernel stacks than
 * it has use for? Then nothing but its memory is left of who ran in it.
 */
MUST_USE bool plat_thread_only(void);
NORETURN void plat_process_exit(int status);
/* Make a thread, of any process of the sandbox, notice its pending work soon. */
void plat_kick(struct thread *t);

/*
 * Coroutines for vfork: run main(t) on a kernel stack of its own on the calling host thread.
 * plat_switch_run() returns 0 when t's side calls plat_switch_back(), -EAGAIN without having
 * run it when there is no stack.
 */
struct plat_switch {
	void *sp;     /* the saved stack pointer of the caller */
	u32 slot;     /* the stack that t runs on */
	u64 mask;
};
MUST_USE int plat_switch_run(struct plat_switch *sw, struct thread *t,
			     void (*main)(struct thread *));
/* Before t goes elsewhere: no kick shall find this host thread as t any more. */
void plat_switch_hold(void);
NORETURN void plat_switch_back(struct plat_switch *sw);

/* Segment bases on CPUs without FSGSBASE. */
u64 plat_segment_get(bool gs);
void plat_segment_set(bool gs, u64 base);
void plat_yield(void);

/* --- the sandbox and whoever started it --- */

/*
 * Say hello to the broker. Then, when the shared state is built, see that it has answered and
 * close the jail for good.
 */
MUST_USE int plat_start(void);
MUST_USE int plat_jail(void);
/* The program cannot be run, and why (error: positive errno); the broker exits with exit_status. */
void plat_fail(int error, int exit_status, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* The first program is loaded. */
void plat_started(void);
/* The first process has ended. */
void plat_ended(int wait_status, u64 calls, u64 host_calls);
/*
 * Job control: the first process was stopped by a signal, as the command at the terminal
 * should be.
 */
void plat_stopped(int sig);
/*
 * May the sandbox read its terminal (sig SIGTTIN) or change its settings (SIGTTOU), that is,
 * is the command that runs it in the foreground? 0, -EAGAIN: no, it should be stopped; -EIO:
 * no, and stopping would not help.
 */
MUST_USE int plat_terminal_check(int sig);
/* The reaper waits for any host process of the sandbox to end. -EINTR: a signal for the guest. */
MUST_USE int plat_wait_child(s32 *ret_pid, int *ret_status);
/*
 * Have plat_wait_child() return, where the reaper's end ends all processes of the sandbox and
 * the host counts what they have used as its own; elsewhere nothing.
 */
void plat_reaper_wake(void);

/* --- into guest code --- */

struct regs;
/* A new program: exactly these registers, initial vector state. */
NORETURN void plat_guest_start(const struct regs *regs);
/* After a call: rcx and r11 as `syscall` leaves them, vector state as live in the CPU. */
NORETURN void plat_guest_enter(struct regs *regs);

/* --- the sandbox's voice: one line to the log, without newline --- */
void plat_log(const char *fmt, ...) PRINTF_LIKE(1, 2);

#endif
