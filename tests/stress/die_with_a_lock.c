/*
 * die_with_a_lock PID BASE-OFFSET SKIP STEPS: kill a host process of a sandbox while it holds
 * one of its kernel's locks.
 *
 * The process is traced from outside. A hardware breakpoint, which changes nothing of it,
 * waits at the kernel's function at BASE-OFFSET (lock_release: who comes there holds a lock);
 * after SKIP visits and STEPS single steps more it gets SIGKILL. Exit status 0: killed there;
 * 1: it ended or never came there; 2: usage, no right to trace.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define DR(n) offsetof(struct user, u_debugreg[n])

/* The zone begins with the kernel's image: kernel/mm/zone.h. */
#define ZONE_MIN 0x7e8000000000ul
#define ZONE_MAX 0x7ef000000000ul

static unsigned long kernel_base(pid_t pid)
{
	char path[64], line[512];
	unsigned long start, base = 0;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	FILE *f = fopen(path, "re");

	while (f != NULL && base == 0 && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "%lx", &start) == 1 && start >= ZONE_MIN && start < ZONE_MAX)
			base = start;
	if (f != NULL)
		fclose(f);
	return base;
}

/* Wait for the next stop and its signal; false when the process is gone. */
static int stop_wait(pid_t pid, int *ret_sig, int *ret_event)
{
	int status;

	if (waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status))
		return 0;
	*ret_sig = WSTOPSIG(status);
	*ret_event = status >> 16;
	return 1;
}

static int breakpoint(pid_t pid, unsigned long addr)
{
	return ptrace(PTRACE_POKEUSER, pid, DR(0), addr) == 0 &&
	       ptrace(PTRACE_POKEUSER, pid, DR(7), addr != 0 ? 1L : 0L) == 0;
}

int main(int argc, char **argv)
{
	if (argc != 5)
		return 2;
	pid_t pid = atoi(argv[1]);
	unsigned long offset = strtoul(argv[2], NULL, 16), base;
	int skip = atoi(argv[3]), steps = atoi(argv[4]), sig, event;

	if (ptrace(PTRACE_SEIZE, pid, 0, 0) < 0)
		return errno == ESRCH ? 1 : 2;
	alarm(3); /* a process that sleeps never comes */
	if (ptrace(PTRACE_INTERRUPT, pid, 0, 0) < 0 || !stop_wait(pid, &sig, &event))
		return 1;
	base = kernel_base(pid);
	if (base == 0 || !breakpoint(pid, base + offset))
		return 1;
	for (sig = 0;;) {
		if (ptrace(PTRACE_CONT, pid, 0, sig) < 0 || !stop_wait(pid, &sig, &event))
			return 1;
		if (event != 0) {
			sig = 0;
			continue;
		}
		if (sig != SIGTRAP)
			continue; /* handed on */
		sig = 0;
		if (skip-- > 0)
			continue;
		break;
	}
	breakpoint(pid, 0);
	while (steps-- > 0)
		if (ptrace(PTRACE_SINGLESTEP, pid, 0, 0) < 0 || !stop_wait(pid, &sig, &event))
			return 1;
	return kill(pid, SIGKILL) == 0 ? 0 : 1;
}
