/* What the broker tells the user: its own messages, the sandbox log. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "broker/session.h"
#include "lib/panic.h"

static int log_fd = -1;
static bool quiet;

u64 now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (u64)ts.tv_sec * 1000000000u + (u64)ts.tv_nsec;
}

/* One write per line, so that lines of several writers do not mix. */
static void put_line(int fd, const char *prefix, const char *text)
{
	char line[4 * WIRE_TEXT_MAX + 64];
	int n = snprintf(line, sizeof(line), "%s%s\n", prefix, text);
	size_t at = 0, len = MIN((size_t)n, sizeof(line) - 1);

	while (at < len) {
		ssize_t w = write(fd, line + at, len - at);

		if (w < 0 && errno != EINTR)
			return;
		at += w < 0 ? 0 : (size_t)w;
	}
}

static void put_message(const char *fmt, va_list args)
{
	char text[WIRE_TEXT_MAX];

	vsnprintf(text, sizeof(text), fmt, args);
	put_line(STDERR_FILENO, "nacre: ", text);
}

void say(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	put_message(fmt, args);
	va_end(args);
}

void warn_user(const char *fmt, ...)
{
	va_list args;

	if (quiet)
		return;
	va_start(args, fmt);
	put_message(fmt, args);
	va_end(args);
}

void panic(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	put_message(fmt, args);
	va_end(args);
	abort();
}

static int open_output(const char *path, const char *what)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0644);

	if (fd < 0) {
		say("%s %s: %s", what, path, strerror(errno));
		exit(EXIT_NACRE);
	}
	return fd;
}

void log_open(const struct run_options *options)
{
	quiet = options->quiet;
	if (options->log_path != NULL)
		log_fd = open_output(options->log_path, "log");
	else if (options->verbose)
		log_fd = STDERR_FILENO;
}

/* Length of the well-formed printable UTF-8 sequence at s, or 0. */
static size_t utf8_len(const u8 *s, size_t len)
{
	u32 c, n;

	if (s[0] >= 0xc2 && s[0] < 0xe0) {
		n = 2;
		c = s[0] & 0x1fu;
	} else if (s[0] >= 0xe0 && s[0] < 0xf0) {
		n = 3;
		c = s[0] & 0xfu;
	} else if (s[0] >= 0xf0 && s[0] < 0xf5) {
		n = 4;
		c = s[0] & 7u;
	} else {
		return 0;
	}
	if (n > len)
		return 0;
	for (u32 i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3fu);
	}
	return c < 0xa0 ? 0 : n; /* U+0080..9f are terminal controls */
}

void text_filter(char *dst, size_t size, const char *src, size_t len)
{
	const u8 *s = (const u8 *)src;
	size_t at = 0;

	for (size_t i = 0; i < len;) {
		size_t n = s[i] < 0x80 ?
				   (s[i] >= 0x20 && s[i] != 0x7f) || s[i] == '\t' :
				   utf8_len(s + i, len - i);

		if (at + MAX(n, (size_t)4) >= size)
			break;
		if (n == 0) {
			at += (size_t)snprintf(dst + at, size - at, "\\x%02x", s[i++]);
			continue;
		}
		memcpy(dst + at, s + i, n);
		at += n;
		i += n;
	}
	dst[at] = 0;
}

static void put_untrusted(int fd, const char *prefix, const char *text, size_t len)
{
	static char clean[4 * WIRE_TEXT_MAX + 8]; /* the broker has one thread */

	if (fd < 0)
		return;
	text_filter(clean, sizeof(clean), text, len);
	put_line(fd, prefix, clean);
}

void log_line(const char *text, size_t len)
{
	put_untrusted(log_fd, "nacre: log: ", text, len);
}
