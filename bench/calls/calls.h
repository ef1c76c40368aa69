/*
 * calls.h: what the groups of measured calls share.
 */
#ifndef BENCH_CALLS_H
#define BENCH_CALLS_H

/* Ends the program with WHAT and errno unless OK: a wrong result is no measurement. */
void need(int ok, const char *what);

/* Prints "NAME nanoseconds": the best of five rounds of COUNT calls of ONE. */
void measure(const char *name, void (*one)(void), int count);

void measure_files(void);
void measure_ipc(void);
void measure_memory(void);

/* PROGRAM: a small program that exits with 0. */
void measure_tasks(const char *program);

#endif
