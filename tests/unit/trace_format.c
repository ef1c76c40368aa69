/* Checks the formats of a trace and of the statistics against text that is written here. */
#include "tests/unit/trace_ring.h"

#include "abi/linux/stat.h"
#include "abi/linux/syscall.h"
#include "trace/select.h"
#include "trace/stats.h"

static int failures;

static void expect(const char *what, const char *got, const char *wanted)
{
	if (got != NULL && strcmp(got, wanted) == 0)
		return;
	printf("%s: got\n%s\nwanted\n%s\n", what, got == NULL ? "nothing" : got, wanted);
	failures++;
}

static struct trace_record record(u16 type, s32 tid, s64 nr)
{
	return (struct trace_record){ .type = type, .pid = tid, .tid = tid, .nr = nr };
}

static void call(struct trace_region *r, s32 tid, s64 nr, u64 a0, u64 a1, u64 a2, const void *in,
		 u32 len, s64 result)
{
	struct trace_record rec = record(TRACE_ENTER, tid, nr);

	rec.args[0] = a0;
	rec.args[1] = a1;
	rec.args[2] = a2;
	ring_put(r, 0, rec, TRACE_MEMORY, nr == LINUX_SYS_open ? a0 : a1, in, len);
	if (nr == LINUX_SYS_exit)
		return;
	rec = record(TRACE_EXIT, tid, nr);
	rec.value = (u64)result;
	ring_put(r, 0, rec, 0, 0, NULL, 0);
}

static void end(struct trace_region *r, s32 tid, u64 status)
{
	struct trace_record rec = record(TRACE_END, tid, 0);

	rec.value = status;
	ring_put(r, 0, rec, 0, 0, NULL, 0);
}

static void expect_format(const char *what, struct trace_region *r, enum trace_format format,
			  const char *wanted)
{
	struct trace_options o;
	struct out out = { 0 };

	trace_options_init(&o);
	o.format = format;
	region_format(r, &o, &out);
	expect(what, out.text, wanted);
	out_fini(&out);
	trace_region_unmap(r);
}

static struct trace_region *hello(void)
{
	struct trace_region *r = region_make();

	call(r, 2, LINUX_SYS_write, 1, 0x400100, 5, "hello", 5, 5);
	call(r, 2, LINUX_SYS_open, 0x400200, 0, 0, "/nope", 6, -2);
	call(r, 2, LINUX_SYS_exit, 0, 0, 0, NULL, 0, 0);
	end(r, 2, 0);
	return r;
}

static void check_kpio(void)
{
	expect_format("kpio", hello(), TRACE_KPIO,
		      "[TRACE] pid=2 write(1) args=(0x1, 0x400100, 0x5, 0x0, 0x0, 0x0)\n"
		      "[TRACE] pid=2 write(1) \xe2\x86\x92 0x5 (5)\n"
		      "[TRACE] pid=2 open(2) args=(0x400200, 0x0, 0x0, 0x0, 0x0, 0x0)\n"
		      "[TRACE] pid=2 open(2) \xe2\x86\x92 -2 (ENOENT)\n"
		      "[TRACE] pid=2 exit(60) args=(0x0, 0x0, 0x0, 0x0, 0x0, 0x0)\n"
		      "[TRACE] pid=2 exit(60) \xe2\x86\x92 0x0 (0)\n");
}

static void check_text(void)
{
	expect_format("text", hello(), TRACE_TEXT,
		      "write(1, \"hello\", 5)                    = 5\n"
		      "open(\"/nope\", O_RDONLY)                 = -1 ENOENT (No such file or "
		      "directory)\n"
		      "exit(0)                                 = ?\n"
		      "+++ exited with 0 +++\n");
}

/* Two threads: one's read is interrupted by the other's lines, and it is killed in another. */
static void check_interleaving(void)
{
	struct trace_region *r = region_make();
	struct trace_record begin = record(TRACE_ENTER, 2, LINUX_SYS_read);
	struct trace_record done = record(TRACE_EXIT, 2, LINUX_SYS_read);

	ring_put(r, 0, record(TRACE_START, 2, 1), 0, 0, NULL, 0);
	ring_put(r, 1, record(TRACE_START, 3, 1), 0, 0, NULL, 0);
	begin.args[0] = 3;
	begin.args[1] = 0x1000;
	begin.args[2] = 10;
	done.value = 2;
	ring_put(r, 1, begin, 0, 0, NULL, 0);
	call(r, 3, LINUX_SYS_getpid, 0, 0, 0, NULL, 0, 3);
	ring_put(r, 1, done, TRACE_MEMORY, 0x1000, "a\n", 2);
	ring_put(r, 1, begin, 0, 0, NULL, 0);
	end(r, 2, 9);
	expect_format("interleaved", r, TRACE_TEXT,
		      "[pid     2] read(3,  <unfinished ...>\n"
		      "[pid     3] getpid()                    = 3\n"
		      "[pid     2] <... read resumed>\"a\\n\", 10) = 2\n"
		      "[pid     2] read(3,  <unfinished ...>)  = ?\n"
		      "[pid     2] +++ killed by SIGKILL +++\n");
}

/* A record that says it has memory that it has not, and one that is no record at all. */
static void check_damage(void)
{
	struct trace_region *r = region_make();
	struct trace_options o;
	struct trace_reader *reader;
	struct out out = { 0 };

	call(r, 2, LINUX_SYS_getpid, 0, 0, 0, NULL, 0, 2);
	memset(r->rings[0].data + r->rings[0].head, 0xff, 64);
	r->rings[0].head += 64;
	trace_options_init(&o);
	region_format(r, &o, &out);
	expect("what came before the damage", out.text,
	       "getpid()                                = 2\n");
	out_fini(&out);
	reader = trace_reader_create(r);
	r->rings[0].head += 8;
	while (trace_reader_next(reader, true) != NULL)
		;
	if (trace_reader_damaged(reader) != 1) {
		printf("damage: %llu places\n",
		       (unsigned long long)trace_reader_damaged(reader));
		failures++;
	}
	trace_reader_destroy(reader);
	trace_region_unmap(r);
}

static void check_box(void)
{
	static struct trace_stats shards[TRACE_SHARDS];
	static struct stats_sum sum;
	struct out out = { 0 };

	shards[0].calls[LINUX_SYS_write].count = 500;
	shards[5].calls[LINUX_SYS_write].count = 23;
	shards[1].calls[LINUX_SYS_read].count = 312;
	shards[1].calls[LINUX_SYS_brk].count = 89;
	shards[1].calls[LINUX_SYS_rseq].count = 3;
	shards[0].unknown[LINUX_SYS_rseq] = 3;
	stats_add_up(shards, 0, 0, &sum);
	stats_box(&sum, &out);
	expect("box", out.text,
	       "\u2554\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550"
	       "\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550"
	       "\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550"
	       "\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2557\n"
	       "\u2551      Linux Syscall Statistics Summary        \u2551\n"
	       "\u2560\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550"
	       "\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550"
	       "\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550"
	       "\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2563\n"
	       "\u2551 Total invocations: 927                       \u2551\n"
	       "\u2551 Unknown syscalls:  3                         \u2551\n"
	       "\u2560\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550"
	       "\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550"
	       "\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550"
	       "\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2563\n"
	       "\u2551   # \u2502 Name                \u2502 Count            \u2551\n"
	       "\u2560\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550"
	       "\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550"
	       "\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550"
	       "\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2563\n"
	       "\u2551   1 \u2502 write               \u2502 523              \u2551\n"
	       "\u2551   0 \u2502 read                \u2502 312              \u2551\n"
	       "\u2551  12 \u2502 brk                 \u2502 89               \u2551\n"
	       "\u2551 334 \u2502 rseq                \u2502 3                \u2551\n"
	       "\u255a\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550"
	       "\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550"
	       "\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550"
	       "\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u2550\u255d\n");
	out_fini(&out);
}

/* Columns of a line that may have characters of several bytes. */
static size_t columns(const char *line, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += ((u8)line[i] & 0xc0) != 0x80;
	return n;
}

/* However large the numbers are and long the names, every line is as wide as the others. */
static void check_wide_box(void)
{
	static struct trace_stats shards[TRACE_SHARDS];
	static struct stats_sum sum;
	struct out out = { 0 };
	size_t width = 0;

	shards[0].calls[LINUX_SYS_sched_get_priority_max].count = ~0ull / 2;
	shards[0].calls[LINUX_SYS_set_mempolicy_home_node].count = 1;
	stats_add_up(shards, 0, 0, &sum);
	stats_box(&sum, &out);
	for (char *p = out.text; *p != 0; p = strchr(p, '\n') + 1) {
		size_t w = columns(p, strcspn(p, "\n"));

		if (width != 0 && w != width) {
			printf("wide box: a line of %zu columns in one of %zu\n", w, width);
			failures++;
		}
		width = w;
	}
	out_fini(&out);
}

static bool selects(const char *expression, s64 nr, bool wanted)
{
	u64 calls[CALL_WORDS] = { 0 };
	const char *wrong = select_calls(expression, calls);

	if (wrong == NULL && (calls[nr / 64] >> (nr % 64) & 1) == wanted)
		return true;
	printf("select %s: call %lld %s\n", expression, (long long)nr,
	       wrong == NULL ? "wrong" : wrong);
	failures++;
	return false;
}

static void check_select(void)
{
	static const char *const bad[] = { "",	       "nope",	"open,",  ",open",
					   "%nope",    "/(",	"open,,close", "?" };
	u64 calls[CALL_WORDS];

	selects("open,close", LINUX_SYS_close, true);
	selects("open,close", LINUX_SYS_read, false);
	selects("%file", LINUX_SYS_openat, true);
	selects("file", LINUX_SYS_read, false);
	selects("desc", LINUX_SYS_read, true);
	selects("%process", LINUX_SYS_execve, true);
	selects("network", LINUX_SYS_connect, true);
	selects("!futex", LINUX_SYS_futex, false);
	selects("!futex", LINUX_SYS_read, true);
	selects("/^get", LINUX_SYS_getpid, true);
	selects("/^get", LINUX_SYS_setsid, false);
	selects("?nope,read", LINUX_SYS_read, true);
	selects("none", LINUX_SYS_read, false);
	selects("all", LINUX_SYS_read, true);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (select_calls(bad[i], calls) == NULL) {
			printf("select: '%s' was accepted\n", bad[i]);
			failures++;
		}
}

int main(void)
{
	check_kpio();
	check_text();
	check_interleaving();
	check_damage();
	check_box();
	check_wide_box();
	check_select();
	return failures != 0;
}
