/* nacre profile: the shipped profiles, what is in one, and checking files. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "profile/profile.h"

static int list_all(void)
{
	char error[PROFILE_ERROR_SIZE];
	int status = 0;

	for (u32 i = 0; i < profile_text_count; i++) {
		struct profile *p;

		if (!profile_load(profile_texts[i].name, &p, error)) {
			fprintf(stderr, "nacre profile: %s\n", error);
			status = 1;
			continue;
		}
		printf("%-16s %s\n", p->name, p->title);
		profile_free(p);
	}
	return status;
}

static int each(char **names, int count, bool show)
{
	char error[PROFILE_ERROR_SIZE];
	int status = 0;

	for (int i = 0; i < count; i++) {
		struct profile *p;

		if (!profile_load(names[i], &p, error)) {
			fprintf(stderr, "nacre profile: %s\n", error);
			status = 1;
			continue;
		}
		if (show)
			profile_show(p, stdout);
		else
			printf("%s: good, %u rules\n", names[i], p->rule_count);
		profile_free(p);
	}
	return status;
}

int cmd_profile(const struct command_row *command, int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (strcmp(what, "--help") == 0) {
		help_print_command(command);
		return 0;
	}
	if (strcmp(what, "list") == 0 && argc == 2)
		return list_all();
	if ((strcmp(what, "show") == 0 || strcmp(what, "check") == 0) && argc > 2)
		return each(argv + 2, argc - 2, what[0] == 's');
	return usage_error(command, "expected list, show NAME or check FILE", NULL);
}
