/* The kernel's side of the wire to the broker. Results are >= 0 or -Exxx. */
#ifndef NACRE_PLATFORM_LINUX_CHANNEL_H
#define NACRE_PLATFORM_LINUX_CHANNEL_H

#include "lib/types.h"
#include "platform/plat.h"

/*
 * The first message, sent when the kick handler is installed: until then the broker ends the
 * sandbox where it would send a signal.
 */
MUST_USE int channel_init(s32 host_pid);
/* Wait for the broker's answer to that. */
MUST_USE int channel_greeted(void);
/* The program is loaded and about to run. */
void channel_start(void);

/* The program cannot be run: error is positive or 0, exit_status 125, 126 or 127. */
void channel_fail(int error, int exit_status, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* The first process has ended. */
void channel_exit(u32 wait_status, u64 calls, u64 host_calls);
/* Job control: the first process has stopped, so the command at the terminal should too. */
void channel_stopped(int signal);
/* plat_terminal_check() */
MUST_USE int channel_terminal(int signal);

/*
 * In a process that was just forked. Where the broker has to deliver the kicks the process
 * makes itself known to it at once.
 */
MUST_USE int channel_forked(s32 host_pid);
/* The process ends: no question is outstanding, and there will be none. */
void channel_last(void);

/* Send BOOT_KICK_SIGNAL with value to another process of the sandbox. */
void channel_kick(s32 host_pid, u32 value);

/*
 * File requests, for trees with BOOT_TREE_BROKER and for opening to write. The descriptor
 * of a directory opened this way is a snapshot: getdents on it gives -ENOTDIR, read it with
 * channel_file_getdents().
 */
MUST_USE int channel_file_open(int tree, const char *path, int flags, u32 mode,
			       plat_fd_t *ret_fd);
MUST_USE int channel_file_statx(int tree, const char *path, struct linux_statx *ret);
MUST_USE s64 channel_file_fetch(int tree, const char *path, void *buf, size_t size);
MUST_USE int channel_file_verify(int tree, const char *path, u32 first, u32 count);
MUST_USE s64 channel_file_xattrs(int tree, const char *path, void *buf, size_t size);
MUST_USE s64 channel_file_readlink(int tree, const char *path, char *buf, size_t size);
MUST_USE s64 channel_file_getdents(plat_fd_t fd, void *buf, size_t size);

#endif
