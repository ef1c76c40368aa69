/* The user's terminal is left as it was found, whatever the guest did to it. */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "broker/session.h"

static struct termios saved;
static int terminal_fd = -1;
static int saved_flags[3] = { -1, -1, -1 };

void terminal_save(void)
{
	for (int fd = 0; fd < 3; fd++) {
		saved_flags[fd] = fcntl(fd, F_GETFL);
		if (terminal_fd < 0 && isatty(fd) && tcgetattr(fd, &saved) == 0)
			terminal_fd = fd;
	}
}

/* Also the file status flags: a guest's O_NONBLOCK would stay for the user's shell. */
void terminal_restore(void)
{
	struct termios now;
	sigset_t block, old;

	for (int fd = 0; fd < 3; fd++)
		if (saved_flags[fd] >= 0 && fcntl(fd, F_GETFL) != saved_flags[fd])
			fcntl(fd, F_SETFL, saved_flags[fd]);
	if (terminal_fd < 0 || tcgetattr(terminal_fd, &now) < 0 ||
	    memcmp(&now, &saved, sizeof(now)) == 0)
		return;
	/* In the background, changing the terminal would stop us. */
	sigemptyset(&block);
	sigaddset(&block, SIGTTOU);
	sigprocmask(SIG_BLOCK, &block, &old);
	tcsetattr(terminal_fd, TCSADRAIN, &saved);
	sigprocmask(SIG_SETMASK, &old, NULL);
}

bool terminal_in_background(void)
{
	pid_t group = terminal_fd < 0 ? -1 : tcgetpgrp(terminal_fd);

	return group > 0 && group != getpgrp();
}

/*
 * The terminal's own stop signals, so that the user's shell can tell why. A background
 * process's access stops its whole group, as it would without us; Ctrl-Z has reached the
 * group already.
 */
bool terminal_stop(int sig)
{
	bool whole = sig == SIGTTIN || sig == SIGTTOU;
	sigset_t set, old, pending;

	if (sig != SIGTTIN && sig != SIGTTOU && sig != SIGTSTP)
		sig = SIGSTOP;
	sigemptyset(&set);
	sigaddset(&set, sig);
	if (sig != SIGSTOP)
		signal(sig, SIG_DFL);
	sigprocmask(SIG_UNBLOCK, &set, &old);
	kill(whole ? 0 : getpid(), sig);
	/* Here we are stopped, and again here when SIGCONT has come. */
	sigprocmask(SIG_SETMASK, &old, NULL);
	return sigpending(&pending) == 0 && sigismember(&pending, SIGCONT) == 1;
}
