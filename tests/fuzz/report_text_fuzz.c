/*
 * Damaged texts through what reads them: profiles, test files, traces, crash records.
 *
 * usage: report_text_fuzz [RUNS]
 *
 * The shipped profiles and a few written here are cut and changed: bytes, whole words of
 * others, and parts repeated. What is still a good profile is shown and asked about calls.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "profile/profile.h"
#include "report/calls.h"
#include "report/crash.h"
#include "report/run.h"
#include "report/verify.h"

#define TEXT_MAX 65536u

static const char spec[] =
	"{\"tests\": [{\"name\": \"a\", \"args\": [\"x\", \"y\"], \"stdin\": \"s\", "
	"\"stdout\": \"o\", \"contains\": \"c\", \"status\": 3}]}";
static const char trace[] =
	"[TRACE] pid=2 mmap(9) args=(0x0, 0x1000, 0x3, 0x22, 0xffffffff, 0x0)\n"
	"[TRACE] pid=2 mmap(9) \xe2\x86\x92 0x7f0000000000 (139611588448256)\n"
	"[TRACE] pid=3 open(2) args=(0x400200, 0x0, 0x0, 0x0, 0x0, 0x0)\n"
	"[TRACE] pid=3 open(2) \xe2\x86\x92 -2 (ENOENT)\n"
	"12 openat(AT_FDCWD, \"a) = b\", O_RDONLY <unfinished ...>\n"
	"[pid 13] write(1, \"x\\\"\", 2) = 2 <0.001>\n"
	"12 <... openat resumed>) = -1 ENOENT (No such file or directory)\n"
	"--- SIGSEGV {si_signo=SIGSEGV} ---\n+++ exited with 0 +++\n";
static const char crash[] =
	"nacre: log: [CRASH] pid=2 signal 11 code 1 addr 0x4 trap 14 error 0x6\n"
	"nacre: log: [CRASH] pid=2 regs rax 0x0 rbx 0x0 rsp 0x7ffd0000 rbp 0x7ffd0010\n"
	"nacre: log: [CRASH] pid=2 regs rip 0x401014 eflags 0x10206 fs_base 0x0 gs_base 0x7f00\n"
	"nacre: log: [CRASH] pid=2 code 0x401014 c7400401000000c3\n"
	"nacre: log: [CRASH] pid=2 stack 0x7ffd0000 00000000000000001410400000000000\n"
	"nacre: log: [CRASH] pid=2 map 00401000-00402000 r-xp 00001000 00:00 3 /tmp/a b\n"
	"nacre: log: [CRASH] pid=2 map 7ffc0000-7ffe0000 rw-p 00000000 00:00 0 [stack]\n"
	"nacre: log: [CRASH] pid=2 end\n";

static u64 state = 88172645463325252ull;

static u64 random_number(u64 below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return below == 0 ? 0 : state % below;
}

static size_t change(char *text, size_t len)
{
	static const char marks[] = "{}[]\",:0123456789-\n\\x=().<> ";
	size_t at = random_number(len), n = random_number(64);

	switch (random_number(4)) {
	case 0:
		text[at] = (char)random_number(256);
		return len;
	case 1:
		text[at] = marks[random_number(sizeof(marks) - 1)];
		return len;
	case 2: /* a part away */
		n = MIN(n, len - at);
		memmove(text + at, text + at + n, len - at - n);
		return MAX(len - n, (size_t)1);
	default: /* a part twice */
		n = MIN(n, MIN(len - at, TEXT_MAX - len));
		memmove(text + at + n, text + at, len - at);
		return len + n;
	}
}

static void profile_look(const char *text, size_t len, FILE *nowhere)
{
	char error[PROFILE_ERROR_SIZE];
	struct profile *p;
	const u64 args[6] = { 1, 2, 3, 4, 5, 6 };
	s64 result;

	if (!profile_parse("fuzz", text, len, &p, error))
		return;
	profile_show(p, nowhere);
	for (u32 nr = 0; nr < LINUX_SYS_LIMIT; nr++)
		(void)profile_answer(p, nr, args, &result);
	profile_free(p);
}

/* Path of a file with that text. */
static const char *file_of(const char *text, size_t len)
{
	static char path[64];
	static int fd = -1;

	if (fd < 0)
		fd = memfd_create("fuzz", 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (fd < 0 || ftruncate(fd, 0) < 0 || pwrite(fd, text, len, 0) != (ssize_t)len)
		exit(2);
	return path;
}

static void crash_look(struct program *p, const char *path, const char *trace_path)
{
	json_t *run = fact_object();

	fact_put_number(run, "status", 139);
	fact_put(run, "calls", calls_read(trace_path));
	fact_put(run, "refused", fact_list());
	fact_put(run, "crash", crash_parse(path));
	crash_analyse(p, run);
	cause_find(p, NULL, run);
	json_decref(run);
}

int main(int argc, char **argv)
{
	int runs = argc > 1 ? atoi(argv[1]) : 5000;
	FILE *nowhere = fopen("/dev/null", "w");
	static char text[TEXT_MAX];
	char error[VERIFY_ERROR_SIZE];
	struct program p;

	if (nowhere == NULL || program_open("/bin/true", &p) != NULL)
		return 2;
	for (int i = 0; i < runs; i++) {
		const struct profile_text *t = &profile_texts[i % (int)profile_text_count];
		const char *seeds[] = { t->start, spec, trace, crash };
		size_t lens[] = { (size_t)(t->end - t->start), sizeof(spec) - 1,
				  sizeof(trace) - 1, sizeof(crash) - 1 };
		u32 kind = (u32)random_number(4);
		size_t len = MIN(lens[kind], (size_t)TEXT_MAX / 2);

		memcpy(text, seeds[kind], len);
		for (u64 n = random_number(8) + 1; n != 0; n--)
			len = change(text, len);
		if (kind == 0)
			profile_look(text, len, nowhere);
		else if (kind == 1)
			json_decref(spec_parse("fuzz", text, len, error));
		else if (kind == 2)
			json_decref(calls_read(file_of(text, len)));
		else
			crash_look(&p, file_of(text, len), "/dev/null");
	}
	program_close(&p);
	fclose(nowhere);
	return 0;
}
