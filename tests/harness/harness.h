/* harness.h - what the parts of the test runner know of each other. */
#ifndef HARNESS_H
#define HARNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <time.h>

enum {
	OUTPUT_MAX = 1 << 20,      /* bytes kept of one stream of one run */
	RUN_LIMIT_MS = 200 * 1000,  /* one run of one test */
	SCRIPT_LIMIT_MS = 1200 * 1000,
	BUILD_LIMIT_MS = 600 * 1000,
	STATUS_SKIP = 77,
};

/* One thing to run; `variant` tells apart several builds of one source. */
struct test {
	char *name;        /* "guest/entry/cf_survives", "prog/hello@musl" */
	char *build;       /* shell command making `output`, NULL: nothing to build */
	char *output;      /* file the build makes; $OUT of the commands */
	time_t newest;     /* rebuilt when this is newer than the output */
	char *command;     /* what is run: words for the shell, after the nacre prefix */
	char *native;      /* the native counterpart where it is another, else NULL */
	char *extra_env;   /* "NAME=value" or NULL */
	int expect;        /* exit status the native run must have; 128+n for signal n */
	bool only_nacre;   /* an attack: the native run skips, any failure of it is fine */
	bool script;       /* prints "ok", "not ok", "skip" lines itself */
};

struct test_list {
	struct test *item;
	size_t count, room;
};

/* How one run ended. Streams are not NUL-free; both are NUL-terminated. */
struct outcome {
	int status;        /* exit status, or 128+n */
	int signal;        /* n when the process died of signal n, else 0 */
	bool timed_out;
	bool left_open;    /* somebody held stdout or stderr open after the end */
	bool not_started;
	char leak[200];    /* what reached the layer under nacre, "" when nothing did */
	char *out, *err;
	size_t out_len, err_len;
};

enum box {
	BOX_NONE,   /* builds, and suites that look after themselves */
	BOX_NATIVE, /* throw-away files, own pids, no network */
	BOX_GUARD,  /* throw-away files around nacre, which must not touch them */
};

struct run_request {
	const char *command;       /* for sh -c */
	const char *mode;          /* NACRE_TEST_MODE */
	const char *extra_env;     /* further NAME=value, or NULL */
	const char *canary_env[3]; /* further NAME=value, or NULLs */
	const char *directory;     /* NULL: stay */
	int limit_ms;
	enum box box;
	bool inherit_env;
};

/* list.c */
void list_add(struct test_list *list, const struct test *test);
void list_fill(struct test_list *list, const char *top);
time_t newest_below(const char *dir, const char *suffix);
char *format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* process.c */
void run_process(const struct run_request *request, struct outcome *ret_outcome);
void outcome_free(struct outcome *outcome);

/* box.c */
bool box_possible(void);
int box_enter(const char *scratch);
void box_set_top(const char *top);
const char *box_leak(void);

/* recipes.c */
void recipes_read(struct test_list *list, const char *top, const char *path);

/* report.c */
void report_open(bool verbose);
void report_pass(const char *name, const char *mode);
void report_skip(const char *name, const char *mode, const char *reason);
void report_skip_quietly(void);
/* A failure that does not count yet: the test is run once more. */
/* err: what the first run wrote there. */
void report_again(const char *name, const char *mode, const char *why, const char *err);
void report_fail(const char *name, const char *mode, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void report_fail_difference(const char *name, const char *mode, const char *what,
			    const struct outcome *native, const struct outcome *guest);
int report_close(void);

/* canary.c */
struct canary {
	char *directory, *env[3];
	pid_t pid;
};
void canary_create(struct canary *canary, const char *scratch);
const char *canary_damage(const struct canary *canary);
void canary_destroy(struct canary *canary);

/* differences.c */
void differences_read(const char *path);
const char *difference_reason(const char *name, const char *mode);

#endif
