/*
 * Which of the caller's descriptors the sandbox gets.
 *
 * OVERVIEW. Standard input, output and error, and what --pass-fd names; everything else is
 * closed before anything is started. A directory is never lent this way: with a descriptor
 * of one, paths of the host could be opened that no option has lent.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cli/cli.h"

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

#define FD_PARKED 128 /* above what a jail's start uses */

/* So that no file of ours takes the number of a closed standard descriptor. */
void descriptors_fill(void)
{
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF) {
			closed_stdio |= 1u << fd;
			if (open("/dev/null", O_RDWR | O_CLOEXEC) != fd)
				_exit(EXIT_NACRE);
		}
}

/* In order and once each. False: there are too many. */
static bool add_number(struct run_options *run, u32 number)
{
	u32 at = 0;

	while (at < run->passed_count && run->passed[at].number < number)
		at++;
	if (at < run->passed_count && run->passed[at].number == number)
		return true;
	if (run->passed_count == ARRAY_SIZE(run->passed))
		return false;
	memmove(&run->passed[at + 1], &run->passed[at],
		(run->passed_count - at) * sizeof(run->passed[0]));
	run->passed[at] = (struct passed_fd){ .number = number, .fd = -1 };
	run->passed_count++;
	return true;
}

bool parse_pass_fd(const char *text, struct run_options *ret)
{
	char *copy, *save, *word;
	bool ok = text[0] != 0 && strstr(text, ",,") == NULL && text[0] != ',' &&
		  text[strlen(text) - 1] != ',';

	if (strcmp(text, "args") == 0) {
		ret->pass_args = true;
		return true;
	}
	copy = strdup(text);
	for (word = copy == NULL ? NULL : strtok_r(copy, ",", &save); word != NULL;
	     word = strtok_r(NULL, ",", &save)) {
		u64 number;

		ok = ok && parse_number(word, PASSED_NUMBER_MAX, &number) && number > 2 &&
		     add_number(ret, (u32)number);
	}
	free(copy);
	return ok && copy != NULL;
}

/* The descriptor above 2 that a word stands for, -1: none. */
static int named_by(const char *word)
{
	static const char *const places[] = { "/dev/fd/", "/proc/self/fd/" };
	u64 number;

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		size_t len = strlen(places[i]);

		if (strncmp(word, places[i], len) == 0 &&
		    parse_number(word + len, PASSED_NUMBER_MAX, &number) && number > 2)
			return (int)number;
	}
	return -1;
}

static bool is_passed(const struct run_options *run, u32 number)
{
	for (u32 i = 0; i < run->passed_count; i++)
		if (run->passed[i].number == number)
			return true;
	return false;
}

/* What a shell made of <(...) is either passed or spoken of. */
static bool look_at_arguments(struct run_options *run)
{
	for (int i = 0; i < run->argc; i++) {
		int fd = named_by(run->argv[i]);

		if (fd < 0 || fcntl(fd, F_GETFD) < 0 || is_passed(run, (u32)fd))
			continue;
		if (run->pass_args && !add_number(run, (u32)fd))
			return false;
		if (!run->pass_args && !run->quiet)
			fprintf(stderr,
				"nacre: warning: %s is open here but not in the sandbox: pass it "
				"with --pass-fd=%d or --pass-fd=args\n",
				run->argv[i], fd);
	}
	return true;
}

/* NULL, or why fd cannot be lent. */
static const char *refusal(int fd)
{
	struct rlimit limit;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return errno == EBADF ? "it is not open" : strerror(errno);
	if (S_ISDIR(st.st_mode))
		return "it is a directory: lend that with --mount";
	if (!S_ISREG(st.st_mode) && !S_ISFIFO(st.st_mode) && !S_ISSOCK(st.st_mode) &&
	    !S_ISCHR(st.st_mode))
		return "only files, pipes, sockets and terminals can be lent";
	if (fcntl(fd, F_GETFL) & O_PATH)
		return "it is open for no reading and no writing (O_PATH)";
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && (rlim_t)fd >= limit.rlim_cur)
		return "the limit of open files is below it (ulimit -n)";
	return NULL;
}

/* Standard descriptors that cannot be lent are closed inside. */
static bool check_standard(struct run_options *run)
{
	static const char *const names[] = { "input", "output", "error" };

	for (int fd = 0; fd < 3; fd++) {
		struct stat st;
		int null;

		if (fstat(fd, &st) < 0 || !S_ISDIR(st.st_mode))
			continue;
		if (!run->quiet)
			fprintf(stderr,
				"nacre: warning: standard %s is a directory: the program gets "
				"it closed\n", names[fd]);
		null = open("/dev/null", O_RDWR | O_CLOEXEC);
		if (null < 0 || dup3(null, fd, O_CLOEXEC) < 0)
			return false;
		close(null);
		run->closed_stdio |= 1u << fd;
	}
	return true;
}

static void close_between(u32 first, u32 last)
{
	if (first > last || syscall(SYS_close_range, first, last, 0) == 0)
		return;
	for (u32 fd = first; fd <= MIN(last, 65536u); fd++)
		close((int)fd);
}

static void close_others(const struct run_options *run)
{
	u32 next = 3;

	for (u32 i = 0; i < run->passed_count; i++) {
		if (run->passed[i].number > next)
			close_between(next, run->passed[i].number - 1);
		next = run->passed[i].number + 1;
	}
	close_between(next, ~0u);
}

bool descriptors_arrange(struct run_options *run)
{
	if (!check_standard(run) || !look_at_arguments(run)) {
		fprintf(stderr, "nacre: too many descriptors\n");
		return false;
	}
	for (u32 i = 0; i < run->passed_count; i++) {
		const char *why = refusal((int)run->passed[i].number);

		if (why == NULL)
			continue;
		fprintf(stderr, "nacre: cannot pass descriptor %u: %s\n", run->passed[i].number,
			why);
		return false;
	}
	close_others(run);
	for (u32 i = 0; i < run->passed_count; i++) {
		struct passed_fd *p = &run->passed[i];

		p->fd = fcntl((int)p->number, F_DUPFD_CLOEXEC, FD_PARKED);
		if (p->fd < 0) {
			fprintf(stderr, "nacre: descriptor %u: %s\n", p->number,
				strerror(errno));
			return false;
		}
	}
	for (u32 i = 0; i < run->passed_count; i++)
		close((int)run->passed[i].number);
	return true;
}
