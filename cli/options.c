/* Parsing the options of `nacre run`, by the table of options.def. */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "lib/checked.h"
#include "profile/profile.h"
#include "wire/boot.h"

#define HOSTNAME_MAX 64

extern char **environ;

/* --- values --- */

bool parse_user(const char *text, struct run_options *ret)
{
	const char *colon = strchr(text, ':');
	char user[16];
	size_t len = colon == NULL ? strlen(text) : (size_t)(colon - text);
	u64 uid, gid = 0;

	if (len >= sizeof(user))
		return false;
	memcpy(user, text, len);
	user[len] = 0;
	/* Linux: (uid_t)-1 means "no change" everywhere and is nobody's. */
	if (!parse_number(user, UINT32_MAX - 1, &uid) ||
	    (colon != NULL && !parse_number(colon + 1, UINT32_MAX - 1, &gid)))
		return false;
	ret->has_user = true;
	ret->uid = (u32)uid;
	if (colon != NULL) {
		ret->has_group = true;
		ret->gid = (u32)gid;
	}
	return true;
}

char *normalise_target(const char *path)
{
	char *out, *to;

	if (path[0] != '/' || strlen(path) >= PATH_MAX)
		return NULL;
	out = to = malloc(strlen(path) + 2);
	if (out == NULL)
		return NULL;
	while (*path != 0) {
		size_t len;

		path += strspn(path, "/");
		len = strcspn(path, "/");
		if (len == 2 && path[0] == '.' && path[1] == '.') {
			free(out);
			return NULL;
		}
		if (len != 0 && !(len == 1 && path[0] == '.')) {
			*to++ = '/';
			memcpy(to, path, len);
			to += len;
		}
		path += len;
	}
	if (to == out)
		*to++ = '/';
	*to = 0;
	return out;
}

static const char *set_target(const char *path, struct mount_option *ret)
{
	ret->target = normalise_target(path);
	if (ret->target == NULL)
		return "the path inside must be absolute and without '..'";
	if (strcmp(ret->target, "/") == 0)
		return "the root is set with --root";
	return NULL;
}

/* "rw", "shared,ro": the flags, or 0 when a word is unknown or contradicts another. */
static u32 mount_mode(char *text)
{
	static const struct {
		const char *name;
		u32 flag;
	} modes[] = {
		{ "ro", BOOT_MOUNT_READ_ONLY },
		{ "rw", BOOT_MOUNT_WRITE },
		{ "cow", BOOT_MOUNT_OVERLAY },
		{ "shared", BOOT_MOUNT_SHARED },
		{ "sync", BOOT_MOUNT_OVERLAY | BOOT_MOUNT_SYNC },
	};
	const u32 kinds = BOOT_MOUNT_READ_ONLY | BOOT_MOUNT_WRITE | BOOT_MOUNT_OVERLAY;
	u32 flags = 0;
	char *save;

	for (char *word = strtok_r(text, ",", &save); word != NULL;
	     word = strtok_r(NULL, ",", &save)) {
		u32 flag = 0;

		for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
			if (strcmp(word, modes[i].name) == 0)
				flag = modes[i].flag;
		if (flag == 0 || ((flag & kinds) && (flags & kinds)))
			return 0;
		flags |= flag;
	}
	return flags == 0 || (flags & kinds) ? flags : flags | BOOT_MOUNT_READ_ONLY;
}

const char *parse_mount(char *text, struct mount_option *ret)
{
	char *colon = strrchr(text, ':');
	const char *prefix = getenv("VRIFT_VFS_PREFIX");
	u32 flags = BOOT_MOUNT_READ_ONLY;

	if (colon != NULL && colon[1] != '/') {
		*colon = 0;
		flags = mount_mode(colon + 1);
		if (flags == 0)
			return "the mode is one of ro, rw, cow, sync and shared";
		colon = strrchr(text, ':');
	}
	/* As the variable's inventor has it: the place of what says no place. */
	if (colon == NULL && text[0] != 0 && strchr(text, '/') == NULL) {
		*ret = (struct mount_option){ .source = text, .flags = flags, .options = "" };
		return set_target(prefix != NULL && prefix[0] != 0 ? prefix : "/vrift", ret);
	}
	/* The target starts at the last ":/", so a source may have colons in its name. */
	if (colon == NULL || colon == text || colon[1] != '/')
		return "expected SRC:DST[:MODE] with an absolute DST";
	*colon = 0;
	*ret = (struct mount_option){ .source = text, .flags = flags, .options = "" };
	return set_target(colon + 1, ret);
}

const char *parse_tmpfs(char *text, struct mount_option *ret)
{
	char *colon = strrchr(text, ':'), *options = NULL;
	u64 size;

	*ret = (struct mount_option){ .options = "" };
	if (colon != NULL) {
		*colon = 0;
		if (strncmp(colon + 1, "size=", 5) != 0 ||
		    !parse_size(colon + 6, &size))
			return "expected DST[:size=N]";
		if (asprintf(&options, "size=%llu", (unsigned long long)size) < 0)
			return "out of memory";
		ret->options = options;
	}
	return set_target(text, ret);
}

/* --- the environment --- */

struct env_list {
	char **list;
	size_t count;
};

static bool env_add(struct env_list *env, char *entry)
{
	size_t name_len = strcspn(entry, "=");
	char **list;

	for (size_t i = 0; i < env->count; i++)
		if (strncmp(env->list[i], entry, name_len) == 0 &&
		    env->list[i][name_len] == '=') {
			env->list[i] = entry;
			return true;
		}
	list = realloc(env->list, (env->count + 2) * sizeof(*list));
	if (list == NULL)
		return false;
	list[env->count++] = entry;
	list[env->count] = NULL;
	env->list = list;
	return true;
}

/* NAME=VALUE, or NAME for the caller's value, if it has one. */
static bool env_option(struct env_list *env, char *text)
{
	char *value, *entry;

	if (strchr(text, '=') != NULL)
		return env_add(env, text);
	value = getenv(text);
	return value == NULL ||
	       (asprintf(&entry, "%s=%s", text, value) >= 0 && env_add(env, entry));
}

/* The caller's environment as it is, duplicates included, then what --env says. */
static bool env_build(bool clear, char **from_options, size_t count, char ***ret)
{
	struct env_list env = { calloc(1, sizeof(char *)), 0 };
	size_t inherited = 0;

	if (env.list == NULL)
		return false;
	while (!clear && environ[inherited] != NULL)
		inherited++;
	if (inherited != 0) {
		char **list = realloc(env.list, (inherited + 1) * sizeof(*list));

		if (list == NULL)
			return false;
		memcpy(list, environ, (inherited + 1) * sizeof(*list));
		env = (struct env_list){ list, inherited };
	}
	for (size_t i = 0; i < count; i++)
		if (!env_option(&env, from_options[i]))
			return false;
	*ret = env.list;
	return true;
}

/* --- the command line --- */

struct parser {
	const struct command_row *command;
	struct run_options *run;
	struct trace_options *trace; /* NULL: no trace */
	char **envs;
	size_t env_count;
	bool clear_env;
	struct profile *profile;
	char profile_error[PROFILE_ERROR_SIZE];
};

static int add_mount(struct parser *p, enum option_id id, char *value)
{
	struct run_options *run = p->run;
	struct mount_option mount;
	char *text = strdup(value);
	const char *wrong = text == NULL    ? "out of memory" :
			    id == OPT_MOUNT ? parse_mount(text, &mount) :
					      parse_tmpfs(text, &mount);
	struct mount_option *list;

	for (u32 i = 0; wrong == NULL && i < run->mount_count; i++)
		if (strcmp(run->mounts[i].target, mount.target) == 0)
			wrong = "something is mounted there already";
	if (wrong != NULL) {
		fprintf(stderr, "nacre %s: --%s %s: %s (try 'nacre %s --help')\n",
			p->command->name, option_rows[id].name, value, wrong,
			p->command->name);
		return EXIT_NACRE;
	}
	list = realloc(run->mounts, (run->mount_count + 1) * sizeof(*list));
	if (list == NULL)
		return usage_error(p->command, "out of memory", NULL);
	run->mounts = list;
	list[run->mount_count++] = mount;
	return -1;
}

/* NAME[:DST] */
static bool add_commit(struct run_options *run, char *value)
{
	struct commit_option *list =
		realloc(run->commits, (run->commit_count + 1) * sizeof(*list));
	char *colon = strchr(value, ':');
	struct commit_option commit = { .name = value };

	if (list == NULL)
		return false;
	run->commits = list;
	if (colon != NULL) {
		*colon = 0;
		commit.target = normalise_target(colon + 1);
		if (commit.target == NULL)
			return false;
	}
	list[run->commit_count++] = commit;
	return value[0] != 0;
}

static bool add_env(struct parser *p, char *value)
{
	char **list = realloc(p->envs, (p->env_count + 1) * sizeof(*list));

	if (list == NULL || value[0] == 0 || value[0] == '=')
		return false;
	p->envs = list;
	list[p->env_count++] = value;
	return true;
}

static bool set_hostname(struct run_options *run, const char *name)
{
	if (name[0] == 0 || strlen(name) > HOSTNAME_MAX)
		return false;
	run->hostname = name;
	return true;
}

static bool set_entry(struct run_options *run, const char *name)
{
	if (strcmp(name, "trap") == 0)
		run->entry = BOOT_ENTRY_TRAP;
	else if (strcmp(name, "rewrite") == 0)
		run->entry = BOOT_ENTRY_REWRITE;
	else
		return false;
	return true;
}

static bool set_stats(struct run_options *run, const char *form)
{
	if (form == NULL || strcmp(form, "box") == 0)
		run->stats = STATS_BOX;
	else if (strcmp(form, "table") == 0)
		run->stats = STATS_TABLE;
	else if (strcmp(form, "json") == 0)
		run->stats = STATS_JSON;
	else
		return false;
	return true;
}

static bool set_limit(const char *text, u64 *ret)
{
	return parse_number(text, UINT32_MAX, ret) && *ret != 0;
}

/* Trace, as text to the standard error unless options say otherwise. */
static bool trace_wanted(struct parser *p)
{
	if (p->trace == NULL) {
		p->trace = malloc(sizeof(*p->trace));
		if (p->trace == NULL)
			return false;
		trace_options_init(p->trace);
		p->run->trace = p->trace;
	}
	return true;
}

/* NAME[:MODE], or a file when there is a slash. */
static bool set_image(struct run_options *run, char *value)
{
	char *mode = strchr(value, '/') != NULL ? NULL : strchr(value, ':');

	run->image = value;
	if (mode == NULL)
		return value[0] != 0;
	*mode++ = 0;
	run->image_sync = strcmp(mode, "sync") == 0;
	if (strcmp(mode, "ro") == 0)
		run->boot_flags |= BOOT_READ_ONLY;
	else if (!run->image_sync && strcmp(mode, "cow") != 0)
		mode[-1] = ':'; /* for the message */
	return mode[-1] == 0 && value[0] != 0;
}

/* Options with a value that can be wrong. */
static bool apply_value(struct parser *p, enum option_id id, char *value)
{
	struct run_options *run = p->run;

	switch (id) {
	case OPT_IMAGE:
		return set_image(run, value);
	case OPT_ROOT:
		run->root = value;
		return value[0] != 0;
	case OPT_COMMIT:
		return add_commit(run, value);
	case OPT_UPPER_DIR:
		run->upper_dir = value;
		return value[0] != 0;
	case OPT_TEXT_CACHE:
		return parse_text_cache(value, &run->text_cache);
	case OPT_CWD:
		run->cwd = value;
		return value[0] == '/';
	case OPT_ENV:
		return add_env(p, value);
	case OPT_ENTRY:
		return set_entry(run, value);
	case OPT_HOSTNAME:
		return set_hostname(run, value);
	case OPT_USER:
		return parse_user(value, run);
	case OPT_MEMORY:
		return parse_size(value, &run->memory_limit) && run->memory_limit != 0;
	case OPT_PASS_FD:
		return parse_pass_fd(value, run);
	case OPT_PIDS:
		return set_limit(value, &run->pids_limit);
	case OPT_TIMEOUT:
		return parse_seconds(value, &run->timeout_ms);
	case OPT_CPU_TIME:
		return set_limit(value, &run->cpu_seconds);
	case OPT_STATS:
		return set_stats(run, value);
	case OPT_PROFILE:
		return profile_load(value, &p->profile, p->profile_error);
	case OPT_LOG:
		run->log_path = value;
		return value[0] != 0;
	case OPT_TRACE:
		if (!trace_wanted(p))
			return false;
		p->trace->path = value;
		return value == NULL || value[0] != 0;
	default:
		return false;
	}
}

static void apply_flag(struct parser *p, enum option_id id)
{
	struct run_options *run = p->run;

	switch (id) {
	case OPT_CLEAR_ENV:
		p->clear_env = true;
		break;
	case OPT_NO_ASLR:
		run->boot_flags |= BOOT_NO_ASLR;
		break;
	case OPT_NO_APE:
		run->boot_flags |= BOOT_NO_APE;
		break;
	case OPT_READ_ONLY:
		run->boot_flags |= BOOT_READ_ONLY;
		break;
	case OPT_CRASH_RECORD:
		run->boot_flags |= BOOT_CRASH;
		break;
	case OPT_QUIET:
		run->quiet = true;
		break;
	case OPT_VERBOSE:
		run->verbose = true;
		break;
	default:
		break;
	}
}

/* -1: go on. */
static int apply(struct parser *p, enum option_id id, char *value)
{
	if (id == OPT_HELP) {
		help_print_command(p->command);
		return 0;
	}
	if (id == OPT_MOUNT || id == OPT_TMPFS)
		return add_mount(p, id, value);
	bool of_trace = option_rows[id].sets == OPTIONS_TRACE;

	if (option_rows[id].value == VALUE_NONE) {
		if (of_trace)
			trace_option_flag(p->trace, id);
		else
			apply_flag(p, id);
		return -1;
	}
	bool ok = of_trace ? trace_option_value(p->trace, id, value) :
			     apply_value(p, id, value);

	if (ok)
		return -1;
	if (id != OPT_PROFILE)
		return value_error(p->command, id, value);
	fprintf(stderr, "nacre %s: %s\n", p->command->name, p->profile_error);
	return EXIT_NACRE;
}

/* Parents before what is mounted in them: a parent's path is shorter. Stable. */
static void sort_mounts(struct run_options *run)
{
	for (u32 i = 1; i < run->mount_count; i++) {
		struct mount_option m = run->mounts[i];
		u32 j = i;

		for (; j > 0 && strlen(run->mounts[j - 1].target) > strlen(m.target);
		     j--)
			run->mounts[j] = run->mounts[j - 1];
		run->mounts[j] = m;
	}
}

int options_parse(const struct command_row *command, int argc, char **argv,
		  struct run_options *ret)
{
	struct parser p = { .command = command, .run = ret };
	static char store_program[4096];
	const char *debug = getenv("VRIFT_DEBUG");
	struct option list[OPT_COUNT + 1];
	char letters[64];
	int result, status;

	memset(ret, 0, sizeof(*ret));
	ret->memory_limit = ret->pids_limit = ~(u64)0;
	ret->entry = BOOT_ENTRY_REWRITE;
	ret->closed_stdio = closed_stdio;
	ret->verbose = debug != NULL && debug[0] != 0 && strcmp(debug, "0") != 0;
	ret->text_cache = text_cache_default();
	option_list_build(command, list);
	opterr = 0;
	optind = 0;
	option_letters_build(command, letters, sizeof(letters));
	if (command->options == OPTIONS_TRACE && !trace_wanted(&p))
		return usage_error(command, "out of memory", NULL);
	while ((result = getopt_long(argc, argv, letters, list, NULL)) != -1) {
		if (result < OPTION_BASE && option_of_letter(command, result) >= 0)
			result = OPTION_BASE + option_of_letter(command, result);
		if (result < OPTION_BASE)
			return option_error(command, result, argv);
		status = apply(&p, (enum option_id)(result - OPTION_BASE), optarg);
		if (status >= 0)
			return status;
	}
	if (optind >= argc)
		return usage_error(command, "no program given", NULL);
	if (!env_build(p.clear_env, p.envs, p.env_count, &ret->env))
		return usage_error(command, "out of memory", NULL);
	sort_mounts(ret);
	if (helper_path("nacre-store", store_program, sizeof(store_program)))
		ret->store_program = store_program;
	ret->profile = p.profile;
	ret->argv = argv + optind;
	ret->argc = argc - optind;
	return -1;
}
