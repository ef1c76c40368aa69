/* Choosing calls. See select.h. */
#include "trace/select.h"

#include <regex.h>
#include <string.h>

#include "abi/syscalls.h"

static const struct {
	const char *name, *calls;
} classes[] = {
#define CLASS(name, calls) { #name, calls },
#include "trace/classes.def"
};

static void set_bit(u64 *calls, u32 nr)
{
	calls[nr / 64] |= 1ull << (nr % 64);
}

static bool takes_path(const struct syscall_desc *d)
{
	for (u32 i = 0; i < d->nargs; i++)
		if (d->args[i].kind == ARG_path)
			return true;
	return false;
}

static bool takes_fd(const struct syscall_desc *d, u32 nr)
{
	for (u32 i = 0; i < d->nargs; i++)
		if (d->args[i].kind == ARG_fd || d->args[i].kind == ARG_dirfd)
			return true;
	return syscall_result_kind(nr) == ARG_fd;
}

static bool is(const char *word, size_t len, const char *name)
{
	return strlen(name) == len && memcmp(word, name, len) == 0;
}

static bool select_class(const char *word, size_t len, u64 *calls)
{
	bool file = is(word, len, "file"), desc = is(word, len, "desc");
	bool all = is(word, len, "all");

	if (file || desc || all) {
		for (u32 nr = 0; nr < LINUX_SYS_LIMIT; nr++) {
			const struct syscall_desc *d = syscall_desc_find(nr);

			if (all || (d != NULL && (file ? takes_path(d) : takes_fd(d, nr))))
				set_bit(calls, nr);
		}
		return true;
	}
	if (is(word, len, "none"))
		return true;
	if (is(word, len, "net"))
		return select_class("network", 7, calls);
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++) {
		if (!is(word, len, classes[i].name))
			continue;
		for (const char *p = classes[i].calls; *p != 0; p += strspn(p, " ")) {
			char name[64];
			size_t n = strcspn(p, " ");
			int nr;

			memcpy(name, p, MIN(n, sizeof(name) - 1));
			name[MIN(n, sizeof(name) - 1)] = 0;
			nr = syscall_number_find(name);
			if (nr >= 0)
				set_bit(calls, (u32)nr);
			p += n;
		}
		return true;
	}
	return false;
}

static bool select_pattern(const char *pattern, u64 *calls)
{
	regex_t regex;

	if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0)
		return false;
	for (u32 nr = 0; nr < LINUX_SYS_LIMIT; nr++) {
		const struct syscall_desc *d = syscall_desc_find(nr);

		if (d != NULL && regexec(&regex, d->name, 0, NULL, 0) == 0)
			set_bit(calls, nr);
	}
	regfree(&regex);
	return true;
}

static bool select_word(const char *word, size_t len, u64 *calls)
{
	bool optional = len != 0 && word[0] == '?';
	char name[256];
	int nr;

	word += optional;
	len -= optional;
	if (len == 0 || len >= sizeof(name))
		return false;
	memcpy(name, word, len);
	name[len] = 0;
	if (name[0] == '/')
		return select_pattern(name + 1, calls);
	if (name[0] == '%')
		return select_class(word + 1, len - 1, calls) || optional;
	/* A name goes before a class of the same name: stat. */
	nr = syscall_number_find(name);
	if (nr >= 0)
		set_bit(calls, (u32)nr);
	return nr >= 0 || select_class(word, len, calls) || optional;
}

const char *select_calls(const char *expression, u64 calls[CALL_WORDS])
{
	bool inverted = expression[0] == '!';
	u64 chosen[CALL_WORDS] = { 0 };

	expression += inverted;
	for (const char *p = expression;; p++) {
		size_t len = strcspn(p, ",");

		if (!select_word(p, len, chosen))
			return p;
		p += len;
		if (*p == 0)
			break;
	}
	for (u32 i = 0; i < CALL_WORDS; i++)
		calls[i] = inverted ? ~chosen[i] : chosen[i];
	return NULL;
}
