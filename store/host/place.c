/* Where the store is and what kind it must be: shared by nacre-store and the broker. */
#include "store/host/place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/types.h"

static char *join(const char *a, const char *b)
{
	char *path;

	return asprintf(&path, "%s%s", a, b) < 0 ? NULL : path;
}

char *store_place(const char *given)
{
	static const char *const names[] = { "NACRE_STORE", "VR_THE_SOURCE" };
	const char *home = getenv("HOME"), *data = getenv("XDG_DATA_HOME");

	if (given != NULL)
		return join(given, "");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *value = getenv(names[i]);

		if (value != NULL && value[0] != 0)
			return join(value, "");
	}
	if (data != NULL && data[0] == '/')
		return join(data, "/nacre/store");
	if (home != NULL && home[0] == '/')
		return join(home, "/.local/share/nacre/store");
	return NULL;
}

bool store_name_ok(const char *name)
{
	size_t len = strlen(name);

	return len != 0 && len <= STORE_NAME_MAX && name[0] != '.' && name[0] != '-' &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
			    "._+-@") == len;
}
