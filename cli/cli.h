/* What the files of cli/ share: the tables of commands and options, and parsing. */
#ifndef NACRE_CLI_CLI_H
#define NACRE_CLI_CLI_H

#include "broker/broker.h"

#ifndef NACRE_VERSION
#define NACRE_VERSION "unknown"
#endif

enum option_id {
#define OPTION_FOR(sets, id, name, value, value_name, complete, help, text) OPT_##id,
#include "cli/options.def"
#undef OPTION_FOR
	OPT_COUNT
};

enum option_value { VALUE_NONE, VALUE_REQUIRED, VALUE_OPTIONAL };
enum option_complete { COMPLETE_NOTHING, COMPLETE_FILE, COMPLETE_DIR, COMPLETE_WORDS };

/* Which commands an option belongs to, as bits; a command has one, or none. */
enum option_set {
	OPTIONS_NONE = 0,
	OPTIONS_RUN = 1 << 0,
	OPTIONS_INSPECT = 1 << 1,
	OPTIONS_VERIFY = 1 << 2,
	OPTIONS_COMPARE = 1 << 3,
	OPTIONS_TRACE = 1 << 4,
	OPTIONS_REPORTS = OPTIONS_INSPECT | OPTIONS_VERIFY | OPTIONS_COMPARE,
	OPTIONS_ALL = ~0,
	OPTIONS_PROGRAM = OPTIONS_RUN | OPTIONS_TRACE, /* commands that run a program */
};

struct option_row {
	u32 sets;
	const char *name;
	enum option_value value;
	const char *value_name; /* NULL with VALUE_NONE */
	enum option_complete complete;
	const char *help;
	const char *text;
};

struct command_row {
	const char *name;
	u32 options; /* enum option_set */
	const char *usage;
	const char *summary;
	const char *text;
};

extern const struct option_row option_rows[OPT_COUNT];
extern const struct command_row command_rows[];
extern const u32 command_count;
/* Bit n: descriptor n was closed when nacre was started. */
extern u32 closed_stdio;

const struct command_row *command_find(const char *name);

/* What getopt_long() returns for option id: above all characters. */
#define OPTION_BASE 256

/* The rows of one command for getopt_long(); list has room for OPT_COUNT + 1. */
struct option;
void option_list_build(const struct command_row *command, struct option *list);
/* What getopt_long() complained of, in one line on the standard error: EXIT_NACRE. */
int option_error(const struct command_row *command, int result, char **argv);
/* One line on the standard error; word may be NULL. Returns EXIT_NACRE. */
int usage_error(const struct command_row *command, const char *what, const char *word);
int value_error(const struct command_row *command, enum option_id id, const char *value);

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

/* What parses the short forms of a command's options for getopt_long(), "+:h" first. */
void option_letters_build(const struct command_row *command, char *letters, size_t size);
/* The short form of an option, 0: none. */
char option_letter(enum option_id id);
/* The option of a short form in a command, -1: none. */
int option_of_letter(const struct command_row *command, int letter);

/* trace_options.c. False: the value is wrong. */
MUST_USE bool trace_option_value(struct trace_options *t, enum option_id id, char *value);
void trace_option_flag(struct trace_options *t, enum option_id id);

/* The pieces of it, for tests. False: *ret is unchanged. */
/* "off": NULL, or an absolute path. */
MUST_USE bool parse_text_cache(const char *text, const char **ret);
/* What the environment says; never freed. */
const char *text_cache_default(void);
MUST_USE bool parse_size(const char *text, u64 *ret);
MUST_USE bool parse_number(const char *text, u64 max, u64 *ret);
MUST_USE bool parse_seconds(const char *text, u64 *ret_ms);
MUST_USE bool parse_user(const char *text, struct run_options *ret);
/* Adds to what is to be passed; ret may be changed on failure, too. */
MUST_USE bool parse_pass_fd(const char *text, struct run_options *ret);
/* NULL or what is wrong. text is cut up; the result points into it. */
MUST_USE const char *parse_mount(char *text, struct mount_option *ret);
MUST_USE const char *parse_tmpfs(char *text, struct mount_option *ret);
/* Absolute, without "." and doubled or trailing slashes; NULL: relative, "..", too long. */
MUST_USE char *normalise_target(const char *path);

/* descriptors.c: give closed standard descriptors something that keeps their numbers. */
void descriptors_fill(void);
/*
 * Check what is to be passed, move it out of the way and close all others above 2. False:
 * it cannot be done, and has been said.
 */
MUST_USE bool descriptors_arrange(struct run_options *run);

/* cmd_store.c: a program of ours that is not in PATH. False: not installed. */
MUST_USE bool helper_path(const char *name, char *ret, size_t size);

/* docs_store.c, for docs.c. */
void docs_store_man(void (*roff)(const char *text));
void docs_store_bash(void);
void docs_store_zsh(void (*quoted)(const char *text, bool zsh));
void docs_store_fish(void (*quoted)(const char *text, bool zsh));

/* docs.c: "man", "bash", "zsh" or "fish" on the standard output. */
int docs_print(const char *kind);
void help_print(void);
void help_print_command(const struct command_row *command);

#endif
