/* The part of the manual page and the completions that is about `nacre store`. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

static const struct store_command {
	const char *name, *usage, *summary, *text;
} commands[] = {
#define COMMAND(name, function, usage, summary, text) { name, usage, summary, text },
#include "store/commands.def"
#undef COMMAND
};

static const struct store_option {
	const char *name, *value_name, *commands, *help, *text;
	enum option_complete complete;
} options[] = {
#define OPTION(id, name, value, value_name, complete, commands, help, text) \
	{ name, value_name, commands, help, text, COMPLETE_##complete },
#include "store/options.def"
#undef OPTION
};

void docs_store_man(void (*roff)(const char *text))
{
	printf(".SH STORE COMMANDS\n");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		printf(".TP\n.B nacre store %s\n", commands[i].name);
		roff(commands[i].usage);
		printf("\n.br\n");
		roff(commands[i].text);
		printf("\n");
	}
	printf(".SS Options of store\n");
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		printf(".TP\n.B \\-\\-");
		roff(options[i].name);
		if (options[i].value_name != NULL) {
			printf("\\fR=\\fI");
			roff(options[i].value_name);
			printf("\\fR");
		}
		if (options[i].commands[0] != 0) {
			printf("\n(");
			roff(options[i].commands);
			printf(")");
		}
		printf("\n");
		roff(options[i].text);
		printf("\n");
	}
}

/* Two words decide: the command's place in the line differs from that of run. */
void docs_store_bash(void)
{
	printf("\tstore)\n\t\tif ((COMP_CWORD == 2)); then\n\t\t\tCOMPREPLY=($(compgen -W '");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		printf("%s ", commands[i].name);
	printf("' -- \"$cur\"))\n\t\t\treturn\n\t\tfi\n\t\tcase $prev in\n");
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		if (options[i].value_name == NULL)
			continue;
		printf("\t\t--%s) ", options[i].name);
		if (options[i].complete == COMPLETE_WORDS) {
			printf("COMPREPLY=($(compgen -W '");
			for (const char *p = options[i].value_name; *p != 0; p++)
				putchar(*p == '|' ? ' ' : *p);
			printf("' -- \"$cur\"))");
		} else {
			printf(options[i].complete == COMPLETE_NOTHING ?
				       ":" :
				       "COMPREPLY=($(compgen -%c -- \"$cur\"))",
			       options[i].complete == COMPLETE_DIR ? 'd' : 'f');
		}
		printf("; return ;;\n");
	}
	printf("\t\tesac\n\t\twords='");
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		printf("--%s ", options[i].name);
	printf("' ;;\n");
}

void docs_store_zsh(void (*quoted)(const char *text, bool zsh))
{
	printf("\tstore)\n\t\tif ((CURRENT == 3)); then\n\t\t\tlocal -a verbs\n\t\t\tverbs=(\n");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		printf("\t\t\t\t'%s:", commands[i].name);
		quoted(commands[i].summary, false);
		printf("'\n");
	}
	printf("\t\t\t)\n\t\t\t_describe command verbs\n\t\t\treturn\n\t\tfi\n"
	       "\t\tshift 2 words\n\t\t((CURRENT -= 2))\n\t\t_arguments -S \\\n");
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		printf("\t\t'--%s%s[", options[i].name, options[i].value_name ? "=" : "");
		quoted(options[i].help, true);
		printf(options[i].value_name ? "]:value:_files' \\\n" : "]' \\\n");
	}
	printf("\t\t'*:file:_files' ;;\n");
}

void docs_store_fish(void (*quoted)(const char *text, bool zsh))
{
	static const char *const in = "__fish_seen_subcommand_from store";

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		printf("complete -c nacre -n '%s; and test (count (commandline -opc)) -eq 2' -a %s "
		       "-d '",
		       in, commands[i].name);
		quoted(commands[i].summary, false);
		printf("'\n");
	}
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		printf("complete -c nacre -n '%s' -l %s %s-d '", in, options[i].name,
		       options[i].value_name ? "-r " : "");
		quoted(options[i].help, false);
		printf("'\n");
	}
}
