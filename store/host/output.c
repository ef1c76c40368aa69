/* Messages, JSON, progress, interrupts: what every command of nacre-store prints with. */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>
#include <wctype.h>

#include "store/host/host.h"

#define BAR_WIDTH 30
#define PROGRESS_EVERY_NS 100000000

static volatile sig_atomic_t interrupt_seen;
static pthread_mutex_t progress_lock = PTHREAD_MUTEX_INITIALIZER;
static bool progress_shown;

void complain(const char *format, ...)
{
	va_list args;
	char *text;
	int len, error = errno; /* the caller may be the next who tells of it */

	progress_end();
	va_start(args, format);
	len = vasprintf(&text, format, args);
	va_end(args);
	if (len < 0)
		out_of_memory();
	/* There may be names in it: in one piece, as other threads complain, too. */
	flockfile(stderr);
	fputs("nacre store: ", stderr);
	print_name(stderr, text, (size_t)len);
	fputc('\n', stderr);
	funlockfile(stderr);
	free(text);
	errno = error;
}

void output_failed(void)
{
	if (errno == EPIPE) {
		signal(SIGPIPE, SIG_DFL);
		raise(SIGPIPE);
	}
	complain("standard output: %s", strerror(errno));
}

void out_of_memory(void)
{
	fputs("nacre store: out of memory\n", stderr);
	_exit(EXIT_FAILED);
}

void *xmalloc(size_t size)
{
	void *memory = malloc(size == 0 ? 1 : size);

	if (memory == NULL)
		out_of_memory();
	return memory;
}

void *xcalloc(size_t count, size_t size)
{
	void *memory = calloc(count == 0 ? 1 : count, size);

	if (memory == NULL)
		out_of_memory();
	return memory;
}

void *xrealloc(void *old, size_t size)
{
	void *memory = realloc(old, size == 0 ? 1 : size);

	if (memory == NULL)
		out_of_memory();
	return memory;
}

char *xstrndup(const char *s, size_t len)
{
	char *copy = xmalloc(len + 1);

	memcpy(copy, s, len);
	copy[len] = 0;
	return copy;
}

char *xprintf(const char *format, ...)
{
	va_list args;
	char *text;
	int len;

	va_start(args, format);
	len = vasprintf(&text, format, args);
	va_end(args);
	if (len < 0)
		out_of_memory();
	return text;
}

/* --- interrupts --- */

static void on_interrupt(int signal)
{
	/* The second one means it. */
	if (interrupt_seen)
		_exit(128 + signal);
	interrupt_seen = signal;
}

void catch_interrupts(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_handler = on_interrupt };

	for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
		struct sigaction old;

		/* nohup and the like stay as they are. */
		if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaction(signals[i], &action, NULL);
	}
	signal(SIGPIPE, SIG_IGN);
}

bool interrupted(void)
{
	return interrupt_seen != 0;
}

/* --- progress --- */

void progress(const char *what, u64 done, u64 total, u64 bytes)
{
	static struct timespec last;
	static int wanted = -1;
	struct timespec now;
	char size[16], bar[BAR_WIDTH + 1], line[128];
	struct winsize window;
	int filled, width = sizeof(line);

	if (options.quiet)
		return;
	pthread_mutex_lock(&progress_lock);
	if (wanted < 0)
		wanted = isatty(STDERR_FILENO) && !options.json;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (!wanted || (now.tv_sec - last.tv_sec) * 1000000000 + now.tv_nsec - last.tv_nsec <
			       PROGRESS_EVERY_NS) {
		pthread_mutex_unlock(&progress_lock);
		return;
	}
	last = now;
	print_size(size, bytes);
	if (total == 0) {
		snprintf(line, sizeof(line), "%s %llu, %s", what, (unsigned long long)done, size);
	} else {
		filled = (int)(done * BAR_WIDTH / total);
		memset(bar, '.', BAR_WIDTH);
		memset(bar, '#', (size_t)filled);
		bar[BAR_WIDTH] = 0;
		snprintf(line, sizeof(line), "%s [%s] %llu/%llu, %s", what, bar,
			 (unsigned long long)done, (unsigned long long)total, size);
	}
	/* A line that goes on in the next could not be written over. */
	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 1)
		width = window.ws_col - 1;
	fprintf(stderr, "\r%.*s\033[K", width, line);
	progress_shown = true;
	pthread_mutex_unlock(&progress_lock);
}

void progress_end(void)
{
	pthread_mutex_lock(&progress_lock);
	if (progress_shown)
		fputs("\r\033[K", stderr);
	progress_shown = false;
	pthread_mutex_unlock(&progress_lock);
}

/* --- text --- */

/* Bytes of the letter at s; 0: there is none that a terminal can be sent. */
static size_t letter_len(const char *s, size_t len)
{
	mbstate_t state = { 0 };
	wchar_t letter;
	size_t n = mbrtowc(&letter, s, len, &state);

	if (n == 0 || n > len || letter == '\\')
		return 0;
	return iswprint((wint_t)letter) ? n : 0;
}

void print_name(FILE *to, const char *name, size_t len)
{
	if (!isatty(fileno(to))) {
		fwrite(name, 1, len, to);
		return;
	}
	for (size_t i = 0; i < len;) {
		size_t letter = letter_len(name + i, len - i);

		/* A file's name must not steer the terminal. */
		if (letter == 0)
			fprintf(to, "\\%03o", (unsigned char)name[i++]);
		else
			fwrite(name + i, 1, letter, to);
		i += letter;
	}
}

json_t *json_name(const char *name, size_t len)
{
	json_t *text = json_stringn(name, len), *object;
	char *hex;

	if (text != NULL)
		return text;
	hex = xmalloc(len * 2 + 1);
	for (size_t i = 0; i < len; i++)
		sprintf(hex + 2 * i, "%02x", (unsigned char)name[i]);
	hex[len * 2] = 0;
	object = json_pack("{s:s}", "hex", hex);
	free(hex);
	return object;
}

void json_print(json_t *value)
{
	if (value == NULL)
		out_of_memory();
	json_dumpf(value, stdout, JSON_INDENT(2) | JSON_ENCODE_ANY);
	putchar('\n');
	json_decref(value);
}

void print_size(char ret[16], u64 bytes)
{
	static const char units[] = "BKMGTPE";
	u32 unit = 0;
	u64 tenths = bytes * 10;

	if (bytes < 1024) {
		snprintf(ret, 16, "%llu B", (unsigned long long)bytes);
		return;
	}
	for (tenths = bytes; tenths >= 1024 * 1024; tenths >>= 10)
		unit++;
	unit++;
	snprintf(ret, 16, "%.1f %ciB", (double)tenths / 1024.0, units[unit]);
}

const char *kind_name(u32 mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return "file";
	case S_IFDIR:
		return "directory";
	case S_IFLNK:
		return "link";
	case S_IFCHR:
		return "character device";
	case S_IFBLK:
		return "block device";
	case S_IFIFO:
		return "fifo";
	case S_IFSOCK:
		return "socket";
	default:
		return "unknown";
	}
}

void mode_text(u32 mode, char ret[11])
{
	static const char kinds[] = "?pc?d?b?-?l?s???";

	ret[0] = kinds[mode >> 12 & 15];
	for (u32 i = 0; i < 9; i++)
		ret[1 + i] = mode & (0400u >> i) ? "rwx"[i % 3] : '-';
	if (mode & S_ISUID)
		ret[3] = mode & 0100 ? 's' : 'S';
	if (mode & S_ISGID)
		ret[6] = mode & 0010 ? 's' : 'S';
	if (mode & S_ISVTX)
		ret[9] = mode & 0001 ? 't' : 'T';
	ret[10] = 0;
}

void time_text(s64 seconds, u32 nsec, char ret[40])
{
	time_t time = seconds;
	struct tm tm;
	char date[24];

	if (gmtime_r(&time, &tm) == NULL ||
	    strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm) == 0)
		snprintf(ret, 40, "@%lld.%09u", (long long)seconds, nsec);
	else
		snprintf(ret, 40, "%s.%09uZ", date, nsec);
}

void hex_text(const u8 *digest, char ret[HEX_SIZE])
{
	char path[OBJECT_PATH_SIZE];

	object_path(digest, path);
	ret[0] = path[0];
	ret[1] = path[1];
	memcpy(ret + 2, path + 3, HEX_SIZE - 2);
}

bool hex_parse(const char *text, u8 ret[OBJECT_DIGEST_SIZE])
{
	char path[OBJECT_PATH_SIZE];

	if (strlen(text) != HEX_SIZE - 1)
		return false;
	path[0] = text[0];
	path[1] = text[1];
	path[2] = '/';
	memcpy(path + 3, text + 2, HEX_SIZE - 2);
	return object_parse(path, OBJECT_PATH_SIZE - 1, ret);
}
