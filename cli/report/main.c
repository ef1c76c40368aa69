/*
 * nacre-report: the commands that look at programs: inspect, verify and compare.
 *
 * OVERVIEW. A program of its own, which nacre executes for these commands. It links the
 * libraries that read ELF, DWARF, zip and machine code; `nacre run` starts without them, and
 * what a damaged file may do to them it does to a process that has nothing else to lose.
 * argv[0] is the path of nacre, argv[1] the command; options come from the same tables.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/report/report.h"

static const struct {
	const char *name;
	int (*run)(const struct command_row *command, struct report_options *options);
} commands[] = {
	{ "inspect", report_inspect },
	{ "verify", report_verify },
	{ "compare", report_compare },
};

/* A file that becomes shorter while it is mapped and read. */
static void on_bus_error(int sig)
{
	static const char text[] = "nacre: the file was cut off while it was being read\n";

	(void)sig;
	(void)!write(STDERR_FILENO, text, sizeof(text) - 1);
	_exit(EXIT_NACRE);
}

int report_write(const struct command_row *command, const struct report_options *o,
		 const struct doc *d, const json_t *facts, const char *title, int status)
{
	FILE *out = o->output == NULL ? stdout : fopen(o->output, "we");
	bool failed;

	if (out == NULL) {
		fprintf(stderr, "nacre %s: %s: %s\n", command->name, o->output, strerror(errno));
		return EXIT_NACRE;
	}
	switch (o->format) {
	case DOC_JSON:
		json_dumpf(facts, out, JSON_INDENT(2));
		fputc('\n', out);
		break;
	case DOC_MARKDOWN:
		doc_render_markdown(d, out);
		break;
	case DOC_HTML:
		doc_render_html(d, out, title);
		break;
	case DOC_TERMINAL:
		doc_render_terminal(d, out, isatty(fileno(out)) && getenv("NO_COLOR") == NULL);
		break;
	}
	failed = ferror(out) || fflush(out) != 0;
	if (out != stdout)
		failed |= fclose(out) != 0;
	if (!failed)
		return status;
	fprintf(stderr, "nacre %s: %s: %s\n", command->name,
		o->output == NULL ? "standard output" : o->output, strerror(errno));
	return EXIT_NACRE;
}

int main(int argc, char **argv)
{
	const struct command_row *command = argc > 1 ? command_find(argv[1]) : NULL;
	struct report_options options;
	int status;

	signal(SIGBUS, on_bus_error);
	for (size_t i = 0; command != NULL && i < ARRAY_SIZE(commands); i++) {
		if (strcmp(commands[i].name, command->name) != 0)
			continue;
		status = report_options_parse(command, argc - 1, argv + 1, &options);
		options.nacre = argv[0];
		return status >= 0 ? status : commands[i].run(command, &options);
	}
	fprintf(stderr, "nacre-report: started by nacre only\n");
	return EXIT_NACRE;
}
