/* Where the store is and what kind it must be. */
#ifndef NACRE_STORE_HOST_PLACE_H
#define NACRE_STORE_HOST_PLACE_H

#include <stdbool.h>

#define STORE_NAME_MAX 200

/*
 * What the file `format` says besides the kind of store: things that are there only once they
 * were used, and that a nacre which does not know them must not pass over.
 */
enum store_feature {
	STORE_LAYERS, /* layers/: changes that are not yet in their image, bases that gc keeps */
	STORE_PROTECTED_PATHS, /* "protect PATH" lines of names */
};

/* What `format` holds for a set of features (1 << enum store_feature); malloc'ed. */
char *store_format_text(unsigned int features);
/* The features that a whole `format` names; -1: a store that this nacre does not know. */
int store_format_parse(const char *text);

/*
 * The store's directory: given, else by the environment (see doc/store.md), malloc'ed. NULL:
 * the environment does not say, or out of memory.
 */
char *store_place(const char *given);

/* Can an image be called this? No '/', no ':' (which separates in --mount), nothing hidden. */
bool store_name_ok(const char *name);

/* --- ref.c: what refs/NAME says --- */

#define REF_TEXT_MAX (1u << 20)
#define PROTECT_PATHS_MAX 1024u

struct ref_text {
	char image[65]; /* of the image, in digits */
	bool protected; /* as a whole */
	char **paths; /* protected ones, as protect_path_ok() has them; owned */
	unsigned int path_count;
};

/* text is changed. False: damaged, or of a newer nacre. */
bool ref_text_parse(char *text, struct ref_text *ret);
void ref_text_free(struct ref_text *ref);
/* Below the root, without a slash at either end, without empty, "." and ".." parts. */
bool protect_path_ok(const char *path);
/* As it stands in refs/NAME; malloc'ed. */
char *protect_path_escape(const char *path);

#endif
