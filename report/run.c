/* Running a program in a sandbox: see run.h. nacre is executed as a user would. */
#include "report/run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "abi/names.h"
#include "report/calls.h"

#define OUTPUT_MAX 65536u
#define ARGUMENTS_MAX 4096u
#define STATUS_TIMEOUT 124

static u64 now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (u64)ts.tv_sec * 1000 + (u64)ts.tv_nsec / 1000000;
}

static char *path_in(const char *folder, const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s", folder, name) < 0 ? NULL : path;
}

static json_t *file_text(const char *path)
{
	char *text = malloc(OUTPUT_MAX);
	FILE *f = fopen(path, "re");
	size_t len = f == NULL || text == NULL ? 0 : fread(text, 1, OUTPUT_MAX, f);
	json_t *value = fact_bytes(text == NULL ? "" : text, len);

	if (f != NULL)
		fclose(f);
	free(text);
	return value;
}

/* The child's part: streams, then nacre with its options. Does not return. */
static void become(const struct run_request *r, char **argv, const char *out, const char *err,
		   const char *in)
{
	int fd = open(in, O_RDONLY);

	if (fd < 0 || dup2(fd, 0) < 0)
		_exit(125);
	fd = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || dup2(fd, 1) < 0)
		_exit(125);
	fd = open(err, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || dup2(fd, 2) < 0)
		_exit(125);
	signal(SIGBUS, SIG_DFL);
	execv(r->nacre, argv);
	_exit(125);
}

static char *option(const char *name, const char *value)
{
	char *text;

	return asprintf(&text, "--%s=%s", name, value) < 0 ? NULL : text;
}

static bool write_input(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	if (f == NULL)
		return false;
	fputs(text == NULL ? "" : text, f);
	return fclose(f) == 0;
}

static void put_status(json_t *facts, int wait_status, const struct rusage *use, u64 ms)
{
	int status = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) :
					      128 + WTERMSIG(wait_status);

	fact_put_number(facts, "status", (u64)status);
	if (status > 128 && signal_name(status - 128) != NULL)
		fact_put_text(facts, "signal", signal_name(status - 128));
	fact_put_bool(facts, "timeout", status == STATUS_TIMEOUT);
	fact_put_number(facts, "milliseconds", ms);
	fact_put_number(facts, "user_ms",
			(u64)use->ru_utime.tv_sec * 1000 + (u64)use->ru_utime.tv_usec / 1000);
	fact_put_number(facts, "system_ms",
			(u64)use->ru_stime.tv_sec * 1000 + (u64)use->ru_stime.tv_usec / 1000);
	fact_put_number(facts, "memory_kb", (u64)use->ru_maxrss);
}

/* "profile kpio: fork(57) is refused with ENOSYS", "call x(1) is not served: ENOSYS" */
static void log_facts(json_t *facts, const char *path)
{
	json_t *lines = fact_list(), *refused = fact_list();
	FILE *f = fopen(path, "re");
	char line[2048];

	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		char name[64], error[32];
		char *text = strstr(line, "log: ");

		line[strcspn(line, "\n")] = 0;
		text = text == NULL ? line : text + 5;
		if (strncmp(text, "[CRASH]", 7) == 0)
			continue;
		fact_add_unique(lines, fact_text(text), 200);
		if (sscanf(text, "profile %*63[^:]: %63[^(](%*d) is refused with %31s", name,
			   error) == 2 ||
		    sscanf(text, "call %63[^(](%*d) is not served: %31[A-Z]", name, error) == 2) {
			json_t *row = fact_object();

			fact_put_text(row, "name", name);
			fact_put_text(row, "error", error);
			fact_add_unique(refused, row, 500);
		}
	}
	if (f != NULL)
		fclose(f);
	fact_put(facts, "refused", refused);
	fact_put(facts, "log", lines);
}

static json_t *command_fact(char *const *argv)
{
	json_t *list = fact_list();

	for (u32 i = 0; argv[i] != NULL && i < ARGUMENTS_MAX; i++)
		fact_add(list, fact_text(argv[i]));
	return list;
}

/* nacre run --profile=... -- PROGRAM ARGUMENT... */
static char **command_line(const struct run_request *r, const char *trace, const char *log)
{
	char **argv = calloc(ARGUMENTS_MAX + 16, sizeof(*argv)), seconds[32];
	u32 n = 0;

	if (argv == NULL)
		return NULL;
	snprintf(seconds, sizeof(seconds), "%llu.%03llu", (unsigned long long)r->timeout_ms / 1000,
		 (unsigned long long)r->timeout_ms % 1000);
	argv[n++] = (char *)r->nacre;
	argv[n++] = "run";
	argv[n++] = option("profile", r->profile);
	argv[n++] = option("trace", trace);
	argv[n++] = option("log", log);
	argv[n++] = option("timeout", seconds);
	argv[n++] = "--crash-record";
	argv[n++] = "--quiet";
	if (r->env != NULL)
		argv[n++] = option("env", r->env);
	argv[n++] = "--";
	for (u32 i = 0; r->argv[i] != NULL && i < ARGUMENTS_MAX; i++)
		argv[n++] = r->argv[i];
	return argv;
}

json_t *run_program(const struct run_request *r)
{
	char *trace = path_in(r->folder, "trace"), *log = path_in(r->folder, "log");
	char *out = path_in(r->folder, "out"), *err = path_in(r->folder, "err");
	char *in = path_in(r->folder, "in");
	json_t *facts = fact_object();
	char **argv = command_line(r, trace, log);
	struct rusage use = { 0 };
	u64 start = now_ms();
	int status = 0;
	pid_t pid;

	unlink(trace);
	unlink(log);
	fact_put_text(facts, "profile", r->profile);
	fact_put(facts, "command", command_fact(r->argv));
	pid = !write_input(in, r->input) || argv == NULL ? -1 : fork();
	if (pid == 0)
		become(r, argv, out, err, in);
	while (pid > 0 && wait4(pid, &status, 0, &use) < 0 && errno == EINTR)
		;
	if (pid < 0)
		fact_put_text(facts, "failure", strerror(errno));
	put_status(facts, pid < 0 ? 125 << 8 : status, &use, now_ms() - start);
	fact_put(facts, "stdout", file_text(out));
	fact_put(facts, "stderr", file_text(err));
	fact_put(facts, "calls", calls_read(trace));
	log_facts(facts, log);
	fact_put(facts, "crash", crash_parse(log));
	/* The options' texts live as long as the process: few and short. */
	free(argv);
	free(trace);
	free(log);
	free(out);
	free(err);
	free(in);
	return facts;
}

/* --- crash records --- */

static void crash_pairs(json_t *regs, char *text)
{
	char *save, *name, *value;

	for (name = strtok_r(text, " ", &save); name != NULL; name = strtok_r(NULL, " ", &save)) {
		value = strtok_r(NULL, " ", &save);
		if (value != NULL)
			fact_put_text(regs, name, value);
	}
}

/* Lines of bytes follow each other: their digits are put together. */
static void crash_bytes(json_t *crash, const char *what, char *text)
{
	json_t *have = json_object_get(crash, what);
	char *digits = strchr(text, ' ');

	if (digits == NULL)
		return;
	*digits++ = 0;
	if (have == NULL) {
		have = fact_object();
		fact_put_text(have, "addr", text);
		fact_put_text(have, "bytes", digits);
		fact_put(crash, what, have);
		return;
	}
	fact_put(have, "bytes", fact_format("%s%s", fact_string(have, "bytes"), digits));
}

static void crash_line(json_t *crash, char *text)
{
	int sig, code;
	char addr[32], error[32];
	unsigned long trap;

	if (sscanf(text, "signal %d code %d addr %31s trap %lu error %31s", &sig, &code, addr,
		   &trap, error) == 5) {
		fact_put_number(crash, "number", (u64)sig);
		fact_put_text(crash, "signal", signal_name(sig) == NULL ? "?" : signal_name(sig));
		fact_put(crash, "code", json_integer(code));
		fact_put_text(crash, "addr", addr);
		fact_put_number(crash, "trap", trap);
		fact_put_text(crash, "error", error);
	} else if (strncmp(text, "regs ", 5) == 0) {
		crash_pairs(json_object_get(crash, "regs"), text + 5);
	} else if (strncmp(text, "code ", 5) == 0) {
		crash_bytes(crash, "code_bytes", text + 5);
	} else if (strncmp(text, "stack ", 6) == 0) {
		crash_bytes(crash, "stack_bytes", text + 6);
	} else if (strncmp(text, "map ", 4) == 0) {
		json_t *maps = json_object_get(crash, "maps");

		if (json_array_size(maps) < 1000)
			fact_add(maps, fact_text(text + 4));
	}
}

json_t *crash_parse(const char *log_path)
{
	FILE *f = fopen(log_path, "re");
	json_t *crash = NULL;
	char line[2048];
	long first = 0;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		char *text = strstr(line, "[CRASH] pid="), *end;
		long pid;

		if (text == NULL)
			continue;
		line[strcspn(line, "\n")] = 0;
		pid = strtol(text + 12, &end, 10);
		if (crash == NULL) {
			crash = fact_object();
			fact_put_number(crash, "pid", (u64)pid);
			fact_put(crash, "regs", fact_object());
			fact_put(crash, "maps", fact_list());
			first = pid;
		}
		if (pid == first && *end == ' ')
			crash_line(crash, end + 1);
	}
	if (f != NULL)
		fclose(f);
	return crash;
}
