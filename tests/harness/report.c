/*
 * report.c - counts results and prints failures whole, from several workers at once.
 */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness.h"

struct counts {
	atomic_int passed, failed, skipped;
};

static struct counts *counts; /* shared by the workers */
static bool verbose;

void report_open(bool want_verbose)
{
	verbose = want_verbose;
	counts = mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (counts == MAP_FAILED)
		abort();
}

/* One write each, so that workers do not mix their lines. */
static void print(char *text)
{
	size_t len = strlen(text), done = 0;

	while (done < len) {
		ssize_t n = write(1, text + done, len - done);

		if (n <= 0)
			break;
		done += (size_t)n;
	}
	free(text);
}

void report_pass(const char *name, const char *mode)
{
	counts->passed++;
	if (verbose)
		print(format("ok   %s [%s]\n", name, mode));
}

void report_skip(const char *name, const char *mode, const char *reason)
{
	counts->skipped++;
	print(format("SKIP %s [%s]: %.*s\n", name, mode, (int)strcspn(reason, "\n"),
		     reason));
}

/* Attacks have nothing to attack natively; that is no news. */
void report_skip_quietly(void)
{
	counts->skipped++;
}

void report_fail(const char *name, const char *mode, const char *fmt, ...)
{
	char *text;
	va_list ap;

	counts->failed++;
	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		abort();
	va_end(ap);
	print(format("FAIL %s [%s]: %s\n", name, mode, text));
	free(text);
}

void report_again(const char *name, const char *mode, const char *why, const char *err)
{
	char *text = format("AGAIN %s [%s]: %s\n", name, mode, why);

	for (size_t len; *err != '\0'; err += len) {
		char *longer;

		len = strcspn(err, "\n");
		longer = format("%s    %.*s\n", text, (int)len, err);
		free(text);
		text = longer;
		len += err[len] == '\n';
	}
	print(text);
}

static char *save(const char *text, size_t len)
{
	char template[] = "build/tests/diff.XXXXXX";
	int fd = mkstemp(template);

	if (fd < 0 || write(fd, text, len) != (ssize_t)len)
		perror(template);
	close(fd);
	return strdup(template);
}

/* The first lines of `diff -u`, indented; "" when equal. */
static char *difference(const char *label, const char *native, size_t native_len,
			const char *guest, size_t guest_len)
{
	char *a, *b, *command, *text = NULL, line[512];
	size_t size;
	FILE *out, *diff;

	if (native_len == guest_len && memcmp(native, guest, native_len) == 0)
		return strdup("");
	a = save(native, native_len);
	b = save(guest, guest_len);
	command = format("diff -a -u --label 'native %s' --label 'nacre %s' %s %s | head -n 24",
			 label, label, a, b);
	out = open_memstream(&text, &size);
	diff = popen(command, "r");
	while (diff != NULL && fgets(line, sizeof(line), diff) != NULL)
		fprintf(out, "\n    %.*s", (int)strcspn(line, "\n"), line);
	if (diff != NULL)
		pclose(diff);
	fclose(out);
	unlink(a);
	unlink(b);
	free(a);
	free(b);
	free(command);
	return text;
}

void report_fail_difference(const char *name, const char *mode, const char *what,
			    const struct outcome *native, const struct outcome *guest)
{
	char *out = difference("stdout", native->out, native->out_len, guest->out,
			       guest->out_len);
	char *err = difference("stderr", native->err, native->err_len, guest->err,
			       guest->err_len);

	report_fail(name, mode, "%s%s%s", what, out, err);
	free(out);
	free(err);
}

int report_close(void)
{
	printf("%d passed, %d failed", counts->passed, counts->failed);
	if (counts->skipped)
		printf(", %d skipped", counts->skipped);
	printf("\n");
	return counts->failed || counts->passed + counts->skipped == 0 ? 1 : 0;
}
