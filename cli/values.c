/* Values of options: counts, sizes, times, the place of kept texts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "lib/checked.h"

bool parse_number(const char *text, u64 max, u64 *ret)
{
	u64 n = 0;

	if (text[0] == 0)
		return false;
	for (const char *p = text; *p != 0; p++) {
		if (*p < '0' || *p > '9' || !checked_mul(n, (u64)10, &n) ||
		    !checked_add(n, (u64)(*p - '0'), &n))
			return false;
	}
	if (n > max)
		return false;
	*ret = n;
	return true;
}

/* A number of bytes, with K, M, G or T for powers of 1024, and "iB" or "B" after it. */
bool parse_size(const char *text, u64 *ret)
{
	static const char units[] = "KMGT";
	size_t digits = strspn(text, "0123456789");
	const char *rest = text + digits;
	char number[24];
	const char *unit;
	u64 n, factor = 1;

	if (digits == 0 || digits >= sizeof(number))
		return false;
	memcpy(number, text, digits);
	number[digits] = 0;
	if (!parse_number(number, ~(u64)0, &n))
		return false;
	if (*rest != 0 && (unit = strchr(units, *rest & ~0x20)) != NULL && *unit != 0) {
		factor = (u64)1 << (10 * (unit - units + 1));
		rest++;
		if (strcmp(rest, "iB") == 0)
			rest += 2;
	}
	if (strcmp(rest, "B") == 0)
		rest++;
	if (*rest != 0 || !checked_mul(n, factor, &n))
		return false;
	*ret = n;
	return true;
}

/* Seconds with up to three decimals; more are cut. 0 is refused. */
bool parse_seconds(const char *text, u64 *ret_ms)
{
	size_t whole = strspn(text, "0123456789");
	char number[16] = "0";
	u64 seconds, ms = 0;

	if (whole >= sizeof(number) || (whole == 0 && text[0] != '.'))
		return false;
	if (whole != 0) {
		memcpy(number, text, whole);
		number[whole] = 0;
	}
	if (!parse_number(number, 1000000000, &seconds))
		return false;
	if (text[whole] == '.') {
		const char *p = text + whole + 1;
		u64 unit = 100;

		if (*p == 0)
			return false;
		for (; *p >= '0' && *p <= '9'; p++, unit /= 10)
			ms += (u64)(*p - '0') * unit;
		if (*p != 0)
			return false;
	} else if (text[whole] != 0) {
		return false;
	}
	if (seconds * 1000 + ms == 0)
		return false;
	*ret_ms = seconds * 1000 + ms;
	return true;
}

bool parse_text_cache(const char *text, const char **ret)
{
	if (strcmp(text, "off") == 0)
		*ret = NULL;
	else if (text[0] == '/')
		*ret = text;
	else
		return false;
	return true;
}

const char *text_cache_default(void)
{
	const char *own = getenv("NACRE_CACHE"), *cache = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME"), *path = NULL;
	static char joined[4096];
	int len = 0;

	if (own != NULL && own[0] != 0)
		return parse_text_cache(own, &path) ? path : NULL;
	if (cache != NULL && cache[0] == '/')
		len = snprintf(joined, sizeof(joined), "%s/nacre/text", cache);
	else if (home != NULL && home[0] == '/' && access(home, F_OK) == 0)
		len = snprintf(joined, sizeof(joined), "%s/.cache/nacre/text", home);
	return len > 0 && (size_t)len < sizeof(joined) ? joined : NULL;
}
