/*
 * Torture: threads make calls from sites while those are rewritten and put back.
 *
 *	patch_and_run [SECONDS]
 *
 * Workers call through sites of their own and of libc without pause and check what they get,
 * their flags and a red zone's worth of stack. Another thread makes the text's pages writable and
 * executable again in turn (mprotect, which puts every call back), as soon as a call has been
 * made since; it maps memory over free room near the text and takes it away, and forks children
 * that do the same calls. A watchdog ends the program when nothing moves for 30 s. What share of
 * the calls was rewritten is seen from outside: patch_torture.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WORKERS 3

static atomic_ulong calls[WORKERS];
static atomic_int stop, failed;
static pid_t self;

static void fail(const char *what)
{
	dprintf(2, "FAILED: %s\n", what);
	failed = 1;
	stop = 1;
}

/* getpid by an instruction of our own, carry set before and below the stack pointer a mark. */
static long checked_getpid(void)
{
	long r, mark;
	unsigned char carry;

	__asm__ volatile("movq $0x5aa5, -64(%%rsp)\n\t"
			 "stc\n\t"
			 "syscall\n\t"
			 "setc %1\n\t"
			 "movq -64(%%rsp), %2"
			 : "=a"(r), "=&q"(carry), "=&r"(mark)
			 : "0"((long)SYS_getpid)
			 : "rcx", "r11", "memory");
	if (!carry || mark != 0x5aa5)
		fail("flags or red zone");
	return r;
}

static void *worker(void *arg)
{
	atomic_ulong *count = arg;

	while (!stop) {
		if (checked_getpid() != self || getppid() <= 0 || syscall(SYS_getpid) != self)
			fail("result of a call");
		(*count)++;
	}
	return NULL;
}

/* All pages of the function's text: writable for a moment, then as before. */
static void put_back(const void *function)
{
	uintptr_t page = (uintptr_t)function & ~(uintptr_t)4095;

	if (mprotect((void *)page, 4096, PROT_READ | PROT_WRITE | PROT_EXEC) < 0 ||
	    mprotect((void *)page, 4096, PROT_READ | PROT_EXEC) < 0)
		fail("mprotect");
}

/* Where stubs tend to be: a few MiB above the text. */
static void map_nearby(const void *function, unsigned at)
{
	uintptr_t base = ((uintptr_t)function & ~(uintptr_t)4095) + (at % 64) * 0x40000;
	void *p = mmap((void *)base, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		       0);

	if (p == MAP_FAILED || munmap(p, 4096) < 0)
		fail("mmap");
}

static void fork_one(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(syscall(SYS_getpid) == getpid() ? 3 : 4);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || WEXITSTATUS(status) != 3)
		fail("fork");
}

static unsigned long all_calls(void)
{
	return calls[0] + calls[1] + calls[2];
}

/* One, at least, since the sites were put back. */
static void wait_for_calls(void)
{
	time_t end = time(NULL) + 30;
	unsigned long before = all_calls();

	while (all_calls() == before && !stop) {
		usleep(20);
		if (time(NULL) > end) {
			fail("nothing moves");
			_exit(1);
		}
	}
}

int main(int argc, char **argv)
{
	time_t end = time(NULL) + (argc > 1 ? atoi(argv[1]) : 60);
	unsigned long rounds = 0;
	pthread_t threads[WORKERS];

	self = getpid();
	for (int i = 0; i < WORKERS; i++)
		if (pthread_create(&threads[i], NULL, worker, &calls[i]) != 0)
			return 1;
	while (!stop && time(NULL) < end) {
		put_back((const void *)checked_getpid);
		if (rounds % 16 == 0)
			put_back((const void *)getppid);
		map_nearby((const void *)checked_getpid, (unsigned)rounds);
		map_nearby((const void *)getppid, (unsigned)rounds);
		if (rounds % 64 == 0)
			fork_one();
		rounds++;
		wait_for_calls();
	}
	stop = 1;
	for (int i = 0; i < WORKERS; i++)
		pthread_join(threads[i], NULL);
	printf("rounds %lu, calls %lu\n%s\n", rounds, all_calls(),
	       failed ? "FAILED" : "ok");
	return failed;
}
