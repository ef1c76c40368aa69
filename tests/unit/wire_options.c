/* The command line's values: sizes, times, users, mounts, environment, whole option lists. */
/* build: cli but main.c, broker, wire/codec.c */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "wire/boot.h"

const char kernel_image_start[1], kernel_image_end[1];

/* A command line is parsed once, and what it says is kept to the end (cli/cli.h). */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

static int failures;

static void check(bool ok, const char *what, const char *word)
{
	if (ok)
		return;
	printf("%s: %s\n", what, word);
	failures++;
}

static void check_sizes(void)
{
	static const struct {
		const char *text;
		u64 value; /* ~0: refused */
	} cases[] = {
		{ "0", 0 },
		{ "1", 1 },
		{ "4096", 4096 },
		{ "1K", 1024 },
		{ "1k", 1024 },
		{ "64M", 64ull << 20 },
		{ "2G", 2ull << 30 },
		{ "1T", 1ull << 40 },
		{ "3MiB", 3ull << 20 },
		{ "5B", 5 },
		{ "7KB", 7 * 1024 },
		{ "", ~0ull },
		{ "K", ~0ull },
		{ "-1", ~0ull },
		{ "1.5G", ~0ull },
		{ "1GG", ~0ull },
		{ "99999999999999999999", ~0ull },
		{ "20000000T", ~0ull },
		{ "18446744073709551616", ~0ull },
		{ " 1", ~0ull },
		{ "1 ", ~0ull },
		{ "0x10", ~0ull },
		{ "1Kib", ~0ull },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		u64 n = ~0ull;
		bool ok = parse_size(cases[i].text, &n);

		check(ok == (cases[i].value != ~0ull) && n == cases[i].value, "size",
		      cases[i].text);
	}
}

static void check_seconds(void)
{
	static const struct {
		const char *text;
		u64 ms; /* 0: refused */
	} cases[] = {
		{ "1", 1000 },	 { "0.5", 500 },
		{ ".25", 250 },	 { "1.0004", 1000 },
		{ "10", 10000 }, { "0", 0 },
		{ "0.0001", 0 }, { "", 0 },
		{ ".", 0 },	 { "1.", 0 },
		{ "1s", 0 },	 { "-1", 0 },
		{ "1e3", 0 },	 { "99999999999", 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		u64 ms = 0;
		bool ok = parse_seconds(cases[i].text, &ms);

		check(ok == (cases[i].ms != 0) && ms == cases[i].ms, "seconds",
		      cases[i].text);
	}
}

static void check_users(void)
{
	static const char *const wrong[] = { "",    ":",  "1:",		":1",	"x",
					     "1:x", "-1", "4294967295", "1:2:3" };
	struct run_options run = { 0 };

	check(parse_user("1000", &run) && run.uid == 1000 && run.has_user &&
		      !run.has_group,
	      "user", "1000");
	check(parse_user("0:4294967294", &run) && run.uid == 0 &&
		      run.gid == 4294967294u && run.has_group,
	      "user", "0:4294967294");
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		check(!parse_user(wrong[i], &run), "bad user accepted", wrong[i]);
}

static void check_targets(void)
{
	static const char *const pairs[][2] = {
		{ "/", "/" },
		{ "//", "/" },
		{ "/a", "/a" },
		{ "/a/", "/a" },
		{ "//a//b/./c/", "/a/b/c" },
		{ "/.", "/" },
		{ "/...", "/..." },
		{ "a", NULL },
		{ "", NULL },
		{ "/..", NULL },
		{ "/a/../b", NULL },
		{ "/a/..", NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		char *got = normalise_target(pairs[i][0]);
		const char *wanted = pairs[i][1];

		check(got == NULL ? wanted == NULL :
				    wanted != NULL && strcmp(got, wanted) == 0,
		      "target", pairs[i][0]);
		free(got);
	}
}

static void check_mounts(void)
{
	static const struct {
		const char *text, *source, *target; /* source NULL: refused */
		u32 flags;
	} cases[] = {
		{ "a:/b", "a", "/b", BOOT_MOUNT_READ_ONLY },
		{ "/a:/b:rw", "/a", "/b", BOOT_MOUNT_WRITE },
		{ "/a:/b:cow", "/a", "/b", BOOT_MOUNT_OVERLAY },
		{ "/a:/b:shared", "/a", "/b",
		  BOOT_MOUNT_SHARED | BOOT_MOUNT_READ_ONLY },
		{ "/a:/b:rw,shared", "/a", "/b", BOOT_MOUNT_SHARED | BOOT_MOUNT_WRITE },
		{ "c:d:/b", "c:d", "/b", BOOT_MOUNT_READ_ONLY },
		{ "a:/b:ro,rw", NULL, NULL, 0 },
		{ "a:/b:", NULL, NULL, 0 },
		{ "a:/b:x", NULL, NULL, 0 },
		{ "a:b", NULL, NULL, 0 },
		{ "a", "a", "/vrift", BOOT_MOUNT_READ_ONLY },
		{ "a:cow", "a", "/vrift", BOOT_MOUNT_OVERLAY },
		{ "/a", NULL, NULL, 0 },
		{ "/a:cow", NULL, NULL, 0 },
		{ ":/b", NULL, NULL, 0 },
		{ "a:/", NULL, NULL, 0 },
		{ "a:/../b", NULL, NULL, 0 },
		{ "", NULL, NULL, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct mount_option m = { 0 };
		char *text = strdup(cases[i].text);
		const char *wrong = parse_mount(text, &m);

		if (cases[i].source == NULL)
			check(wrong != NULL, "bad mount accepted", cases[i].text);
		else
			check(wrong == NULL && strcmp(m.source, cases[i].source) == 0 &&
				      strcmp(m.target, cases[i].target) == 0 &&
				      m.flags == cases[i].flags,
			      "mount", cases[i].text);
		free(m.target);
		free(text);
	}
}

static bool has_env(char **env, const char *entry)
{
	for (; *env != NULL; env++)
		if (strcmp(*env, entry) == 0)
			return true;
	return false;
}

static int parse(struct run_options *run, char **argv)
{
	int argc = 0;

	while (argv[argc] != NULL)
		argc++;
	return options_parse(command_find("run"), argc, argv, run);
}

static void check_lists(void)
{
	struct run_options run;

	setenv("NACRE_T1", "one", 1);
	setenv("NACRE_T2", "two", 1);
	check(parse(&run, (char *[]){ "run", "--clear-env", "--env", "NACRE_T1",
				      "--env=A=b=c", "--env=NOT_THERE", "--env=A=d",
				      "prog", "--trace", NULL }) == -1,
	      "list", "environment");
	check(has_env(run.env, "NACRE_T1=one") && has_env(run.env, "A=d") &&
		      run.env[2] == NULL,
	      "environment", "wrong");
	check(run.argc == 2 && strcmp(run.argv[1], "--trace") == 0 &&
		      run.boot_flags == 0,
	      "arguments of the program", "taken as ours");
	check(parse(&run, (char *[]){ "run", "--env=NACRE_T2=2", "--", "-x", NULL }) ==
			      -1 &&
		      has_env(run.env, "NACRE_T1=one") &&
		      has_env(run.env, "NACRE_T2=2") &&
		      !has_env(run.env, "NACRE_T2=two") &&
		      strcmp(run.argv[0], "-x") == 0,
	      "list", "environment kept");
	check(parse(&run, (char *[]){ "run", "--tmpfs=/a/b/c:size=1M", "--mount=/x:/a",
				      "--mount=/y:/a/b:rw", "p", NULL }) == -1 &&
		      run.mount_count == 3 && strcmp(run.mounts[0].target, "/a") == 0 &&
		      strcmp(run.mounts[2].options, "size=1048576") == 0,
	      "list", "mounts in order");
	check(parse(&run, (char *[]){ "run", "--trace", "--trace=f", "--memory", "1G",
				      "--entry=rewrite", "p", NULL }) == -1 &&
		      run.trace != NULL &&
		      strcmp(run.trace->path, "f") == 0 &&
		      run.memory_limit == 1ull << 30 && run.entry == BOOT_ENTRY_REWRITE,
	      "list", "values");
	check(parse(&run, (char *[]){ "run", "--pass-fd=9,3", "--pass-fd", "65535,9", "p",
				      NULL }) == -1 &&
		      run.passed_count == 3 && run.passed[0].number == 3 &&
		      run.passed[1].number == 9 && run.passed[2].number == 65535 &&
		      !run.pass_args,
	      "list", "descriptors in order, once each");
	check(parse(&run, (char *[]){ "run", "--pass-fd=args", "p", NULL }) == -1 &&
		      run.pass_args && run.passed_count == 0,
	      "list", "descriptors of the arguments");
}

static void check_bad_lists(void)
{
	static char *const lists[][6] = {
		{ "run" },
		{ "run", "--" },
		{ "run", "--nope", "p" },
		{ "run", "-z", "p" },
		{ "run", "--root" },
		{ "run", "--stats=1", "p" },
		{ "run", "--memory=0", "p" },
		{ "run", "--entry=", "p" },
		{ "run", "--cwd=a", "p" },
		{ "run", "--pids=0", "p" },
		{ "run", "--env==x", "p" },
		{ "run", "--mount=/x:/a", "--mount=/y:/a", "p" },
		{ "run", "--timeout=never", "p" },
		{ "run", "--hostname=", "p" },
		{ "run", "--pass-fd=", "p" },
		{ "run", "--pass-fd=2", "p" },
		{ "run", "--pass-fd=3,", "p" },
		{ "run", "--pass-fd=,3", "p" },
		{ "run", "--pass-fd=3,,4", "p" },
		{ "run", "--pass-fd=65536", "p" },
		{ "run", "--pass-fd=-1", "p" },
		{ "run", "--pass-fd=3,args", "p" },
	};
	int quiet = open("/dev/null", O_WRONLY), saved = dup(2);

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		char *argv[7] = { NULL };
		struct run_options run;

		memcpy(argv, lists[i], sizeof(lists[i]));
		dup2(quiet, 2);
		int status = parse(&run, argv);

		dup2(saved, 2);
		check(status == EXIT_NACRE, "bad list accepted",
		      argv[1] ? argv[1] : "(empty)");
	}
	close(quiet);
	close(saved);
}

static void check_text_cache(void)
{
	static const struct {
		const char *own, *cache, *home, *expect;
	} places[] = {
		{ NULL, NULL, NULL, NULL },
		{ NULL, NULL, "/tmp", "/tmp/.cache/nacre/text" },
		{ NULL, "/c", "/tmp", "/c/nacre/text" },
		{ NULL, "c", "/tmp", "/tmp/.cache/nacre/text" },
		{ NULL, NULL, "h", NULL },
		{ NULL, NULL, "/no/such", NULL }, /* nobody makes homes */
		{ "", NULL, "/tmp", "/tmp/.cache/nacre/text" },
		{ "off", "/c", "/tmp", NULL },
		{ "relative", "/c", "/tmp", NULL },
		{ "/own", "/c", "/tmp", "/own" },
	};
	const char *path = "as before";

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		const char *const values[] = { places[i].own, places[i].cache, places[i].home };
		static const char *const names[] = { "NACRE_CACHE", "XDG_CACHE_HOME", "HOME" };
		const char *found;

		for (size_t n = 0; n < ARRAY_SIZE(names); n++)
			if (values[n] == NULL)
				unsetenv(names[n]);
			else
				setenv(names[n], values[n], 1);
		found = text_cache_default();
		check((found == NULL) == (places[i].expect == NULL) &&
			      (found == NULL || strcmp(found, places[i].expect) == 0),
		      "place of kept texts", found == NULL ? "none" : found);
	}
	check(!parse_text_cache("x", &path) && strcmp(path, "as before") == 0, "cache", "x");
	check(!parse_text_cache("", &path), "cache", "(empty)");
	check(parse_text_cache("off", &path) && path == NULL, "cache", "off");
	check(parse_text_cache("/x", &path) && strcmp(path, "/x") == 0, "cache", "/x");
}

int main(void)
{
	check_text_cache();
	check_sizes();
	check_seconds();
	check_users();
	check_targets();
	check_mounts();
	check_lists();
	check_bad_lists();
	return failures == 0 ? 0 : 1;
}
