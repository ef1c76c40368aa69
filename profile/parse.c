/* Reading a profile: the JSON text and its schema, with errors that name the field. */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "abi/names.h"
#include "abi/syscalls.h"
#include "profile/profile.h"

#define FILE_SIZE_MAX (1u << 20)
#define FACTS_MAX 64u

struct parser {
	struct profile *p;
	const char *file;
	char *error;
};

/* Says what is wrong with a field; always false. */
static bool wrong(const struct parser *s, const char *field, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static bool wrong(const struct parser *s, const char *field, const char *fmt, ...)
{
	char text[160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	snprintf(s->error, PROFILE_ERROR_SIZE, "%s: %.60s: %s", s->file, field, text);
	return false;
}

static int errno_number(const char *name)
{
	for (int e = 1; e < 200; e++) {
		const char *have = errno_name(e);

		if (have != NULL && strcmp(have, name) == 0)
			return e;
	}
	return 0;
}

/* --- values --- */

static bool take_string(const struct parser *s, const char *field, json_t *value, size_t max,
			char **ret)
{
	const char *text = json_string_value(value);

	if (text == NULL)
		return wrong(s, field, "must be a string");
	if (strlen(text) > max)
		return wrong(s, field, "is longer than %zu bytes", max);
	for (const char *c = text; *c != 0; c++)
		if ((unsigned char)*c < 0x20)
			return wrong(s, field, "has a control character");
	free(*ret);
	*ret = strdup(text);
	return *ret != NULL || wrong(s, field, "out of memory");
}

static bool take_number(const struct parser *s, const char *field, json_t *value, u64 max,
			u64 *ret)
{
	if (!json_is_integer(value) || json_integer_value(value) < 0 ||
	    (u64)json_integer_value(value) > max)
		return wrong(s, field, "must be a number from 0 to %llu", (unsigned long long)max);
	*ret = (u64)json_integer_value(value);
	return true;
}

/* A number, "0x1f", or a name of the argument's flags: "MAP_ANONYMOUS", "A|B". */
static bool take_value(const struct parser *s, const char *field, json_t *value, u32 nr, u32 arg,
		       u64 *ret)
{
	const struct syscall_desc *d = syscall_desc_find(nr);
	const char *text = json_string_value(value);
	char *end;

	if (json_is_integer(value)) {
		*ret = (u64)json_integer_value(value);
		return true;
	}
	if (text == NULL || text[0] == 0)
		return wrong(s, field, "must be a number or a name");
	if (text[0] >= '0' && text[0] <= '9') {
		*ret = strtoull(text, &end, 0);
		return *end == 0 || wrong(s, field, "\"%.40s\" is no number", text);
	}
	*ret = 0;
	while (*text != 0) {
		size_t len = strcspn(text, "|");
		const char *name = NULL;
		u64 flag;

		if (arg_kind_parameter(d->args[arg].kind) == ARG_SET)
			for (size_t i = 0; (name = flag_name_at(d->args[arg].param, i, &flag)); i++)
				if (strlen(name) == len && memcmp(name, text, len) == 0)
					break;
		if (name == NULL)
			return wrong(s, field, "no value %.*s of argument %u of %s",
				     (int)MIN(len, (size_t)40), text, arg, d->name);
		*ret |= flag;
		text += len + (text[len] == '|');
	}
	return true;
}

/* "allow", an error's name, or the number that the call answers. */
static bool take_answer(const struct parser *s, const char *field, json_t *value, s64 *ret,
			bool *ret_allow)
{
	const char *text = json_string_value(value);

	*ret_allow = false;
	if (json_is_integer(value)) {
		*ret = json_integer_value(value);
		return (*ret >= 0 && *ret <= INT32_MAX) ||
		       wrong(s, field, "must be 0 or more; errors are given by name");
	}
	if (text == NULL)
		return wrong(s, field, "must be \"allow\", an error's name or a number");
	*ret_allow = strcmp(text, "allow") == 0;
	*ret = -errno_number(text);
	return *ret_allow || *ret != 0 || wrong(s, field, "no error is named \"%.40s\"", text);
}

/* --- rules --- */

static bool rule_add(const struct parser *s, const char *field, struct boot_rule rule)
{
	if (s->p->rule_count == PROFILE_RULES_MAX)
		return wrong(s, field, "more than %u rules", PROFILE_RULES_MAX);
	s->p->rules[s->p->rule_count++] = rule;
	return true;
}

static bool known_keys(const struct parser *s, const char *field, json_t *object,
		       const char *const *keys)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value) {
		const char *const *k = keys;

		while (*k != NULL && strcmp(*k, key) != 0)
			k++;
		if (*k == NULL)
			return wrong(s, field, "unknown field \"%.40s\"", key);
	}
	return true;
}

/* { "arg": 3, "mask": "MAP_ANONYMOUS", "equals": 0, "answer": "ENODEV" } */
static bool rule_object(const struct parser *s, const char *field, json_t *object, u32 nr)
{
	static const char *const keys[] = { "arg", "mask", "equals", "not", "in", "answer", NULL };
	const struct syscall_desc *d = syscall_desc_find(nr);
	struct boot_rule rule = { .nr = nr, .arg = BOOT_RULE_ALWAYS, .mask = ~(u64)0 };
	json_t *arg = json_object_get(object, "arg"), *list = json_object_get(object, "in");
	json_t *equals = json_object_get(object, "equals"), *not = json_object_get(object, "not");
	json_t *value;
	bool allow;
	u64 number;
	size_t i;

	if (!json_is_object(object))
		return wrong(s, field, "must be an object");
	if (!known_keys(s, field, object, keys) ||
	    !take_answer(s, field, json_object_get(object, "answer"), &rule.result, &allow))
		return false;
	rule.allow = allow;
	if (arg == NULL) {
		if (json_object_size(object) != 1)
			return wrong(s, field, "a condition needs \"arg\"");
		return rule_add(s, field, rule);
	}
	if (!take_number(s, field, arg, d->nargs == 0 ? 0 : d->nargs - 1u, &number))
		return false;
	rule.arg = (u32)number;
	if ((equals != NULL) + (not != NULL) + (list != NULL) != 1)
		return wrong(s, field, "needs one of \"equals\", \"not\" and \"in\"");
	value = json_object_get(object, "mask");
	if (value != NULL && !take_value(s, field, value, nr, rule.arg, &rule.mask))
		return false;
	if (list == NULL) {
		rule.differs = not != NULL;
		return take_value(s, field, equals != NULL ? equals : not, nr, rule.arg,
				  &rule.value) &&
		       rule_add(s, field, rule);
	}
	if (!json_is_array(list) || json_array_size(list) == 0)
		return wrong(s, field, "\"in\" must be a list of values");
	json_array_foreach(list, i, value)
		if (!take_value(s, field, value, nr, rule.arg, &rule.value) ||
		    !rule_add(s, field, rule))
			return false;
	return true;
}

static bool call_rules(const struct parser *s, u32 nr, json_t *action)
{
	const struct syscall_desc *d = syscall_desc_find(nr);
	struct boot_rule rule = { .nr = nr, .arg = BOOT_RULE_ALWAYS, .mask = ~(u64)0 };
	char field[80];
	json_t *object;
	bool allow;
	size_t i;

	snprintf(field, sizeof(field), "calls.%s", d->name);
	if (json_is_array(action)) {
		json_array_foreach(action, i, object) {
			snprintf(field, sizeof(field), "calls.%s[%zu]", d->name, i);
			if (!rule_object(s, field, object, nr))
				return false;
		}
		return true;
	}
	if (!take_answer(s, field, action, &rule.result, &allow))
		return false;
	return allow || rule_add(s, field, rule);
}

/* Calls by number: those named, then the default for the others. */
static bool take_calls(const struct parser *s, json_t *root)
{
	json_t *calls = json_object_get(root, "calls"), *other = json_object_get(root, "default");
	const char *name;
	json_t *action;

	if (calls != NULL && !json_is_object(calls))
		return wrong(s, "calls", "must be an object");
	json_object_foreach(calls, name, action)
		if (syscall_number_find(name) < 0)
			return wrong(s, "calls", "Linux has no call named \"%.40s\"", name);
	for (u32 nr = 0; nr < LINUX_SYS_LIMIT; nr++) {
		const struct syscall_desc *d = syscall_desc_find(nr);

		if (d == NULL)
			continue;
		action = json_object_get(calls, d->name);
		if (action == NULL)
			action = other;
		if (action == NULL)
			continue;
		if (action == other && !json_is_string(other))
			return wrong(s, "default", "must be \"allow\" or an error's name");
		if (!call_rules(s, nr, action)) {
			if (action == other)
				return wrong(s, "default", "must be \"allow\" or an error's name");
			return false;
		}
	}
	return true;
}

/* --- the rest of a profile --- */

static bool take_uname(const struct parser *s, json_t *object)
{
	static const char *const keys[] = { "release", "version", "nodename", NULL };
	struct profile *p = s->p;
	json_t *value;

	if (!json_is_object(object))
		return wrong(s, "uname", "must be an object");
	if (!known_keys(s, "uname", object, keys))
		return false;
	value = json_object_get(object, "release");
	if (value != NULL && !take_string(s, "uname.release", value, 64, &p->release))
		return false;
	value = json_object_get(object, "version");
	if (value != NULL && !take_string(s, "uname.version", value, 64, &p->version))
		return false;
	value = json_object_get(object, "nodename");
	return value == NULL || take_string(s, "uname.nodename", value, 64, &p->hostname);
}

static bool take_limits(const struct parser *s, json_t *object)
{
	static const char *const keys[] = { "brk", "rows", "columns", "uid", "gid", NULL };
	struct profile *p = s->p;
	u64 rows = 0, columns = 0, uid = 0, gid = 0;
	json_t *value;

	if (!json_is_object(object))
		return wrong(s, "limits", "must be an object");
	if (!known_keys(s, "limits", object, keys))
		return false;
	value = json_object_get(object, "brk");
	if (value != NULL && !take_number(s, "limits.brk", value, (u64)1 << 46, &p->brk_limit))
		return false;
	value = json_object_get(object, "rows");
	if (value != NULL && !take_number(s, "limits.rows", value, 65535, &rows))
		return false;
	value = json_object_get(object, "columns");
	if (value != NULL && !take_number(s, "limits.columns", value, 65535, &columns))
		return false;
	value = json_object_get(object, "uid");
	p->has_user = value != NULL;
	if (value != NULL && !take_number(s, "limits.uid", value, UINT32_MAX - 1, &uid))
		return false;
	value = json_object_get(object, "gid");
	if (value != NULL && !take_number(s, "limits.gid", value, UINT32_MAX - 1, &gid))
		return false;
	p->rows = (u16)rows;
	p->columns = (u16)columns;
	p->uid = (u32)uid;
	p->gid = (u32)gid;
	p->flags |= rows != 0 || columns != 0 ? BOOT_PROFILE_WINDOW : 0;
	return true;
}

static bool take_facts(const struct parser *s, json_t *list)
{
	struct profile *p = s->p;
	json_t *value;
	size_t i;

	if (!json_is_array(list) || json_array_size(list) > FACTS_MAX)
		return wrong(s, "facts", "must be a list of at most %u sentences", FACTS_MAX);
	p->facts = calloc(FACTS_MAX, sizeof(*p->facts));
	if (p->facts == NULL)
		return wrong(s, "facts", "out of memory");
	json_array_foreach(list, i, value)
		if (!take_string(s, "facts", value, 1000, &p->facts[p->fact_count++]))
			return false;
	return true;
}

static bool take_root(const struct parser *s, json_t *root)
{
	static const char *const keys[] = { "name",  "title",  "source", "facts",      "uname",
					    "calls", "limits", "default", "gs_occupied", NULL };
	struct profile *p = s->p;
	char *name = NULL;
	json_t *value;
	bool good;

	if (!json_is_object(root))
		return wrong(s, "(all)", "must be an object");
	if (!known_keys(s, "(all)", root, keys))
		return false;
	good = take_string(s, "name", json_object_get(root, "name"), sizeof(p->name) - 1, &name);
	if (good)
		snprintf(p->name, sizeof(p->name), "%s", name);
	free(name);
	if (!good || !take_string(s, "title", json_object_get(root, "title"), 200, &p->title) ||
	    !take_string(s, "source", json_object_get(root, "source"), 1000, &p->source))
		return false;
	value = json_object_get(root, "facts");
	if (value != NULL && !take_facts(s, value))
		return false;
	value = json_object_get(root, "uname");
	if (value != NULL && !take_uname(s, value))
		return false;
	value = json_object_get(root, "limits");
	if (value != NULL && !take_limits(s, value))
		return false;
	value = json_object_get(root, "gs_occupied");
	if (value != NULL && !json_is_boolean(value))
		return wrong(s, "gs_occupied", "must be true or false");
	p->flags |= json_is_true(value) ? BOOT_PROFILE_GS_OCCUPIED : 0;
	return take_calls(s, root);
}

bool profile_parse(const char *name, const char *text, size_t len, struct profile **ret,
		   char *error)
{
	struct parser s = { calloc(1, sizeof(struct profile)), name, error };
	json_error_t where;
	json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &where);
	bool good;

	if (s.p == NULL || root == NULL) {
		snprintf(error, PROFILE_ERROR_SIZE, "%.100s: line %d: %.120s", name,
			 s.p == NULL ? 0 : where.line,
			 s.p == NULL ? "out of memory" : where.text);
		json_decref(root);
		profile_free(s.p);
		return false;
	}
	good = take_root(&s, root);
	json_decref(root);
	if (!good) {
		profile_free(s.p);
		return false;
	}
	*ret = s.p;
	return true;
}

static bool file_load(const char *path, struct profile **ret, char *error)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	char *text = NULL;
	const char *problem = NULL;
	ssize_t len = 0, n = 1;
	bool good = false;

	if (fd < 0 || fstat(fd, &st) < 0)
		problem = strerror(errno);
	else if (!S_ISREG(st.st_mode))
		problem = "is not a regular file";
	else if (st.st_size > FILE_SIZE_MAX)
		problem = "is too long";
	else if ((text = malloc((size_t)st.st_size + 1)) == NULL)
		problem = "out of memory";
	while (problem == NULL && n > 0 && len < st.st_size) {
		n = read(fd, text + len, (size_t)(st.st_size - len));
		len += n > 0 ? n : 0;
	}
	if (problem != NULL)
		snprintf(error, PROFILE_ERROR_SIZE, "%.180s: %s", path, problem);
	else
		good = profile_parse(path, text, (size_t)len, ret, error);
	if (fd >= 0)
		close(fd);
	free(text);
	return good;
}

bool profile_load(const char *name, struct profile **ret, char *error)
{
	size_t len = strlen(name);

	if (strchr(name, '/') != NULL || (len > 5 && strcmp(name + len - 5, ".json") == 0))
		return file_load(name, ret, error);
	for (u32 i = 0; i < profile_text_count; i++) {
		const struct profile_text *t = &profile_texts[i];

		if (strcmp(t->name, name) == 0)
			return profile_parse(name, t->start, (size_t)(t->end - t->start), ret,
					     error);
	}
	snprintf(error, PROFILE_ERROR_SIZE, "no profile '%.60s' (see 'nacre profile list')", name);
	return false;
}

void profile_free(struct profile *p)
{
	if (p == NULL)
		return;
	for (u32 i = 0; i < p->fact_count; i++)
		free(p->facts[i]);
	free(p->facts);
	free(p->title);
	free(p->source);
	free(p->release);
	free(p->version);
	free(p->hostname);
	free(p);
}
