/*
 * What the file refs/NAME says, and what `format` does: shared by nacre-store and the broker.
 *
 * A name's file has the line "image DIGEST", then perhaps "protected", or "protect PATH" for
 * each protected path: below the root, without a slash at either end, bytes up to a blank, DEL
 * and the backslash as \ooo. A line that is not known means more than we can heed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/host/place.h"

#define PATH_LEN_MAX 4095
#define NAME_LEN_MAX 255

/* --- format --- */

static const char format_base[] = "nacre-store 1\nobjects fsverity-sha256-12\n"
				  "images erofs-composefs-1\n";

static const char *const feature_names[] = {
	[STORE_LAYERS] = "layers",
	[STORE_PROTECTED_PATHS] = "protected-paths",
};

#define FEATURE_COUNT (sizeof(feature_names) / sizeof(feature_names[0]))

char *store_format_text(unsigned int features)
{
	char *text = strdup(format_base), *more;

	for (size_t i = 0; text != NULL && i < FEATURE_COUNT; i++) {
		if (!(features & 1u << i))
			continue;
		more = NULL;
		if (asprintf(&more, "%sfeature %s\n", text, feature_names[i]) < 0)
			more = NULL;
		free(text);
		text = more;
	}
	return text;
}

static int feature_number(const char *name, size_t len)
{
	for (size_t i = 0; i < FEATURE_COUNT; i++)
		if (strlen(feature_names[i]) == len && memcmp(feature_names[i], name, len) == 0)
			return (int)i;
	return -1;
}

int store_format_parse(const char *text)
{
	size_t base = strlen(format_base);
	int features = 0;

	if (strncmp(text, format_base, base) != 0)
		return -1;
	for (text += base; *text != 0; text += strcspn(text, "\n") + 1) {
		size_t len = strcspn(text, "\n");
		int number;

		if (text[len] == 0 || strncmp(text, "feature ", 8) != 0)
			return -1;
		number = feature_number(text + 8, len - 8);
		if (number < 0)
			return -1;
		features |= 1 << number;
	}
	return features;
}

/* --- names of images --- */

bool protect_path_ok(const char *path)
{
	size_t len = strlen(path);

	if (len == 0 || len > PATH_LEN_MAX)
		return false;
	for (;;) {
		size_t part = strcspn(path, "/");

		if (part == 0 || part > NAME_LEN_MAX || (part == 1 && path[0] == '.') ||
		    (part == 2 && path[0] == '.' && path[1] == '.'))
			return false;
		if (path[part] == 0)
			return true;
		path += part + 1;
	}
}

static int octal(const char *s)
{
	if (s[0] < '0' || s[0] > '3' || s[1] < '0' || s[1] > '7' || s[2] < '0' || s[2] > '7')
		return -1;
	return (s[0] - '0') << 6 | (s[1] - '0') << 3 | (s[2] - '0');
}

/* What is written as it is. */
static bool is_plain(unsigned char c)
{
	return c > ' ' && c != '\\' && c != 127;
}

/* In place; false: not a path as we write them. */
static bool unescape(char *s)
{
	char *to = s;

	for (; *s != 0; to++) {
		int c = *s == '\\' ? octal(s + 1) : (unsigned char)*s;

		if (*s == '\\' ? c <= 0 : !is_plain((unsigned char)c))
			return false;
		s += *s == '\\' ? 4 : 1;
		*to = (char)c;
	}
	*to = 0;
	return true;
}

char *protect_path_escape(const char *path)
{
	char *text = malloc(strlen(path) * 4 + 1), *to = text;

	for (; text != NULL && *path != 0; path++) {
		unsigned char c = (unsigned char)*path;

		if (is_plain(c))
			*to++ = *path;
		else
			to += sprintf(to, "\\%03o", c);
	}
	if (text != NULL)
		*to = 0;
	return text;
}

static bool add_path(struct ref_text *ref, const char *path)
{
	char **more = realloc(ref->paths, (ref->path_count + 1) * sizeof(*more));

	if (more == NULL)
		return false;
	ref->paths = more;
	more[ref->path_count] = strdup(path);
	return more[ref->path_count++] != NULL;
}

static bool parse_line(struct ref_text *ref, char *line)
{
	if (strncmp(line, "image ", 6) == 0 && ref->image[0] == 0 && strlen(line + 6) == 64) {
		memcpy(ref->image, line + 6, 65);
		return true;
	}
	if (strcmp(line, "protected") == 0) {
		ref->protected = true;
		return true;
	}
	if (strncmp(line, "protect ", 8) != 0 || ref->path_count == PROTECT_PATHS_MAX ||
	    !unescape(line + 8) || !protect_path_ok(line + 8))
		return false;
	return add_path(ref, line + 8);
}

bool ref_text_parse(char *text, struct ref_text *ret)
{
	char *line, *save;

	memset(ret, 0, sizeof(*ret));
	for (line = strtok_r(text, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save))
		if (!parse_line(ret, line)) {
			ref_text_free(ret);
			return false;
		}
	if (ret->image[0] != 0)
		return true;
	ref_text_free(ret);
	return false;
}

void ref_text_free(struct ref_text *ref)
{
	for (unsigned int i = 0; i < ref->path_count; i++)
		free(ref->paths[i]);
	free(ref->paths);
	memset(ref, 0, sizeof(*ref));
}
