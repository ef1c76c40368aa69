/* process.h - making children and hearing how they ended. */
#ifndef TEST_PROCESS_H
#define TEST_PROCESS_H

#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "../test.h"

/* The wait status of pid, waited for whatever interrupts. */
static inline int status_of(pid_t pid)
{
	int status = -1;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

/* A child that runs the statement and then _exit(0)s. */
#define CHILD(...)                          \
	({                                  \
		pid_t pid_ = fork();        \
		if (pid_ == 0) {            \
			test_failures = 0;  \
			__VA_ARGS__;        \
			_exit(0);           \
		}                           \
		REQUIRE(pid_ > 0);          \
		pid_;                       \
	})

/* The exit code of a child that runs the statement, 128 + n for a signal. */
#define CHILD_RESULT(...)                                                             \
	({                                                                            \
		int status_ = status_of(CHILD(__VA_ARGS__));                          \
		WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_); \
	})

#endif
