/* What the files of cli/ share: the tables of commands and options, and parsing. */
#ifndef NACRE_CLI_CLI_H
#define NACRE_CLI_CLI_H

#include "broker/broker.h"

#ifndef NACRE_VERSION
#define NACRE_VERSION "unknown"
#endif

enum option_id {
#define OPTION(id, name, value, value_name, complete, help, text) OPT_##id,
#include "cli/options.def"
#undef OPTION
	OPT_COUNT
};

enum option_value { VALUE_NONE, VALUE_REQUIRED, VALUE_OPTIONAL };
enum option_complete { COMPLETE_NOTHING, COMPLETE_FILE, COMPLETE_DIR, COMPLETE_WORDS };

struct option_row {
	const char *name;
	enum option_value value;
	const char *value_name; /* NULL with VALUE_NONE */
	enum option_complete complete;
	const char *help;
	const char *text;
};

enum option_set { OPTIONS_NONE, OPTIONS_RUN };

struct command_row {
	const char *name;
	enum option_set options;
	const char *usage;
	const char *summary;
	const char *text;
	int (*run)(const struct command_row *command, int argc, char **argv);
};

extern const struct option_row option_rows[OPT_COUNT];
extern const struct command_row command_rows[];
extern const u32 command_count;
/* Bit n: descriptor n was closed when nacre was started. */
extern u32 closed_stdio;

const struct command_row *command_find(const char *name);

#define COMMAND(name, options, usage, summary, text) \
	int cmd_##name(const struct command_row *command, int argc, char **argv);
#include "cli/commands.def"
#undef COMMAND

/*
 * Parse the words after the command into *ret, which then points into argv and memory that
 * is never freed. -1: go on; otherwise the exit status, everything having been said.
 */
MUST_USE int options_parse(const struct command_row *command, int argc, char **argv,
			   struct run_options *ret);

/* The pieces of it, for tests. False: *ret is unchanged. */
MUST_USE bool parse_size(const char *text, u64 *ret);
MUST_USE bool parse_number(const char *text, u64 max, u64 *ret);
MUST_USE bool parse_seconds(const char *text, u64 *ret_ms);
MUST_USE bool parse_user(const char *text, struct run_options *ret);
/* NULL or what is wrong. text is cut up; the result points into it. */
MUST_USE const char *parse_mount(char *text, struct mount_option *ret);
MUST_USE const char *parse_tmpfs(char *text, struct mount_option *ret);
/* Absolute, without "." and doubled or trailing slashes; NULL: relative, "..", too long. */
MUST_USE char *normalise_target(const char *path);

/* docs.c: "man", "bash", "zsh" or "fish" on the standard output. */
int docs_print(const char *kind);
void help_print(void);
void help_print_command(const struct command_row *command);

#endif
