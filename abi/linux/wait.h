/* Waiting for children: options and the status word. */
#ifndef NACRE_ABI_LINUX_WAIT_H
#define NACRE_ABI_LINUX_WAIT_H

#define LINUX_WNOHANG		0x00000001
#define LINUX_WUNTRACED		0x00000002
#define LINUX_WSTOPPED		0x00000002
#define LINUX_WEXITED		0x00000004
#define LINUX_WCONTINUED	0x00000008
#define LINUX_WNOWAIT		0x01000000
#define LINUX___WNOTHREAD	0x20000000
#define LINUX___WALL		0x40000000
#define LINUX___WCLONE		0x80000000U

#define LINUX_P_ALL	0
#define LINUX_P_PID	1
#define LINUX_P_PGID	2
#define LINUX_P_PIDFD	3

/* Making a status word. */
#define LINUX_W_EXITED(code) (((code) & 0xff) << 8)
#define LINUX_W_SIGNALED(sig, core) (((sig) & 0x7f) | ((core) ? 0x80 : 0))
#define LINUX_W_STOPPED(sig) (((sig) & 0xff) << 8 | 0x7f)
#define LINUX_W_CONTINUED	0xffff

/* Reading one. */
#define LINUX_WTERMSIG(status) ((status) & 0x7f)
#define LINUX_WEXITSTATUS(status) (((status) >> 8) & 0xff)
#define LINUX_WSTOPSIG(status) LINUX_WEXITSTATUS(status)
#define LINUX_WCOREDUMP(status) (((status) & 0x80) != 0)
#define LINUX_WIFEXITED(status) (LINUX_WTERMSIG(status) == 0)
#define LINUX_WIFSTOPPED(status) (((status) & 0xff) == 0x7f)
#define LINUX_WIFCONTINUED(status) ((status) == LINUX_W_CONTINUED)
#define LINUX_WIFSIGNALED(status)                                                      \
	(LINUX_WTERMSIG(status) != 0 && LINUX_WTERMSIG(status) != 0x7f)

#endif
