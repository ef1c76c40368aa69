/*
 * Profiles: how another platform answers system calls, as data (in profiles/).
 *
 * OVERVIEW. A profile says per call whether it is allowed, refused with an error, answered
 * with a constant, or decided by one argument; and what uname(2), brk(2) and the terminal's
 * window say. It is checked completely when loaded: every error names file and field. The
 * rules go to the kernel in the options block (wire/boot.h). The shipped ones are inside the
 * program; a name with a slash or ".json" is a file. doc/howto-add-profile.md has the fields.
 */
#ifndef NACRE_PROFILE_PROFILE_H
#define NACRE_PROFILE_PROFILE_H

#include <stdio.h>

#include "abi/linux/syscall.h"
#include "lib/types.h"
#include "wire/boot.h"

#define PROFILE_RULES_MAX 4096u
#define PROFILE_ERROR_SIZE 256

struct profile {
	char name[64];
	char *title, *source; /* a line each */
	char *release, *version, *hostname; /* NULL: as ever */
	char **facts; /* sentences about the platform, for reports */
	u32 fact_count;
	bool has_user;
	u32 uid, gid;
	u32 flags; /* BOOT_PROFILE_* */
	u64 brk_limit; /* bytes, 0 none */
	u16 rows, columns; /* of the window, with BOOT_PROFILE_WINDOW */
	u32 rule_count;
	struct boot_rule rules[PROFILE_RULES_MAX]; /* by call number, in order within one */
};

/* A shipped profile: its text lies in the program. */
struct profile_text {
	const char *name;
	const char *start, *end;
};
extern const struct profile_text profile_texts[];
extern const u32 profile_text_count;

/*
 * Load a shipped profile or a file. False: error (PROFILE_ERROR_SIZE bytes) is one line that
 * names file and field. *ret is allocated; profile_free() it.
 */
MUST_USE bool profile_load(const char *name, struct profile **ret, char *error);
/* The same of bytes in memory; name is for messages. */
MUST_USE bool profile_parse(const char *name, const char *text, size_t len, struct profile **ret,
			    char *error);
void profile_free(struct profile *p);

/* What a profile does with a call, whatever its arguments; with arguments: profile_answer(). */
enum profile_verdict { PROFILE_ALLOWED, PROFILE_REFUSED, PROFILE_CONSTANT, PROFILE_DEPENDS };
enum profile_verdict profile_call(const struct profile *p, u32 nr, s64 *ret_result);

/* The same decision as the kernel's: true when a rule answers the call. */
bool profile_answer(const struct profile *p, u32 nr, const u64 *args, s64 *ret_result);

/* Everything about it, for `nacre profile show`. */
void profile_show(const struct profile *p, FILE *out);

#endif
