/*
 * rows.h: what the programs of rows share. They run in a tree that tests/store/registry makes;
 * each prints "NAME ok" or "NAME failed: why" for a row.
 */
#ifndef TESTS_STORE_ROWS_H
#define TESTS_STORE_ROWS_H

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TEXT "hello registry\n"
#define LEN ((ssize_t)sizeof(TEXT) - 1)

static int ro; /* the tree cannot be changed */
static char top[PATH_MAX];

/* A row fails here when cond does not hold. */
#define WANT(cond) \
	do { \
		if (!(cond)) { \
			printf("failed: line %d: %s: %s\n", __LINE__, #cond, strerror(errno)); \
			return; \
		} \
	} while (0)
#define OK puts("ok")

static int holds(int fd, const char *text)
{
	char buf[256];
	ssize_t n = pread(fd, buf, sizeof(buf), 0);

	return n == (ssize_t)strlen(text) && memcmp(buf, text, (size_t)n) == 0;
}

#endif
