/*
 * Times single calls: prints "name nanoseconds" a line. Results are checked as they are made.
 *
 *	calls PROGRAM	a small program to spawn, which exits with 0
 *
 * The current directory holds what bench/prepare made: file, a/b/c/d/e/f/g/h/i/file, and many/
 * with 10,000 names.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "calls.h"

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

void need(int ok, const char *what)
{
	if (!ok) {
		perror(what);
		exit(1);
	}
}

void measure(const char *name, void (*one)(void), int count)
{
	double start, best = 1e18;

	for (int round = 0; round < 5; round++) {
		start = now();
		for (int i = 0; i < count; i++)
			one();
		double each = (now() - start) / count;

		if (each < best)
			best = each;
	}
	printf("%s %.1f\n", name, best);
	fflush(stdout);
}

static void one_clock(void)
{
	struct timespec ts;

	need(clock_gettime(CLOCK_MONOTONIC, &ts) == 0, "clock_gettime");
}

static void one_getpid(void)
{
	need(syscall(SYS_getpid) > 0, "getpid");
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: calls PROGRAM\n");
		return 2;
	}
	measure("clock_gettime", one_clock, 20000);
	measure("getpid", one_getpid, 20000);
	measure_files();
	measure_ipc();
	measure_memory();
	measure_tasks(argv[1]);
	return 0;
}
