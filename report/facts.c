/* Making and reading facts; opening the file they are about. */
#include "report/facts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/fmt.h"

static json_t *must(json_t *value)
{
	if (value == NULL) {
		fprintf(stderr, "nacre: out of memory\n");
		_exit(125);
	}
	return value;
}

/* --- the file --- */

const char *input_open(const char *path, struct input *ret)
{
	struct stat st;
	const char *wrong = NULL;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	void *data = NULL;

	if (fd < 0)
		return strerror(errno);
	if (fstat(fd, &st) < 0)
		wrong = strerror(errno);
	else if (S_ISDIR(st.st_mode))
		wrong = "is a directory";
	else if (!S_ISREG(st.st_mode))
		wrong = "is not a regular file";
	else if (st.st_size == 0)
		wrong = "is empty";
	if (wrong == NULL) {
		data = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_NORESERVE, fd, 0);
		if (data == MAP_FAILED)
			wrong = strerror(errno);
	}
	close(fd);
	if (wrong == NULL)
		*ret = (struct input){ path, data, (size_t)st.st_size };
	return wrong;
}

void input_close(struct input *in)
{
	munmap(in->data, in->size);
}

/* --- making --- */

/* The length of the UTF-8 sequence at p that may be shown, 0 if there is none. */
static size_t sequence(const u8 *p, size_t len)
{
	size_t need = p[0] < 0x80 ? 1 :
		      p[0] < 0xc2 ? 0 :
		      p[0] < 0xe0 ? 2 :
		      p[0] < 0xf0 ? 3 :
		      p[0] < 0xf5 ? 4 :
				    0;
	u32 code = need == 1 ? p[0] : need == 0 ? 0 : p[0] & (0x7f >> need);

	if (need == 0 || need > len)
		return 0;
	for (size_t i = 1; i < need; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (p[i] & 0x3f);
	}
	if ((need == 3 && code < 0x800) || (need == 4 && code < 0x10000) || code > 0x10ffff ||
	    (code >= 0xd800 && code < 0xe000))
		return 0;
	/* Control characters, and those that turn the direction of what follows. */
	if (code < 0x20 || (code >= 0x7f && code < 0xa0) || (code >= 0x202a && code <= 0x202e) ||
	    (code >= 0x2066 && code <= 0x2069))
		return code == '\t' || code == '\n' ? 1 : 0;
	return need;
}

json_t *fact_bytes(const void *bytes, size_t len)
{
	const u8 *p = bytes;
	char *out = malloc(len * 4 + 1), *to = out;
	json_t *value;

	if (out == NULL)
		return must(NULL);
	while (len != 0) {
		size_t n = sequence(p, len);

		if (n == 0) {
			to += sprintf(to, "\\x%02x", *p);
			n = 1;
		} else {
			memcpy(to, p, n);
			to += n;
		}
		p += n;
		len -= n;
	}
	value = must(json_stringn(out, (size_t)(to - out)));
	free(out);
	return value;
}

json_t *fact_text(const char *text)
{
	return fact_bytes(text, strlen(text));
}

json_t *fact_format(const char *fmt, ...)
{
	va_list ap;
	char *text = NULL;
	json_t *value;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		must(NULL);
	va_end(ap);
	value = fact_text(text);
	free(text);
	return value;
}

json_t *fact_object(void)
{
	return must(json_object());
}

json_t *fact_list(void)
{
	return must(json_array());
}

void fact_put(json_t *object, const char *key, json_t *value)
{
	json_t *text;

	if (value == NULL || json_object_set(object, key, value) == 0) {
		json_decref(value);
		return;
	}
	/* The key is from a file and not UTF-8. */
	text = fact_text(key);
	if (json_object_set_new(object, json_string_value(text), value) < 0)
		must(NULL);
	json_decref(text);
}

void fact_put_text(json_t *object, const char *key, const char *text)
{
	if (text != NULL)
		fact_put(object, key, fact_text(text));
}

void fact_put_number(json_t *object, const char *key, u64 number)
{
	fact_put(object, key, must(json_integer((json_int_t)number)));
}

void fact_put_hex(json_t *object, const char *key, u64 number)
{
	fact_put(object, key, fact_format("0x%llx", (unsigned long long)number));
}

void fact_put_bool(json_t *object, const char *key, bool value)
{
	fact_put(object, key, json_boolean(value));
}

void fact_add(json_t *list, json_t *value)
{
	if (json_array_append_new(list, must(value)) < 0)
		must(NULL);
}

bool fact_add_unique(json_t *list, json_t *text, size_t max)
{
	size_t i;
	json_t *have;

	json_array_foreach(list, i, have)
		if (json_equal(have, text))
			max = 0;
	if (json_array_size(list) >= max) {
		json_decref(text);
		return false;
	}
	fact_add(list, text);
	return true;
}

json_t *fact_size(u64 size)
{
	static const char units[] = "KMGTP";
	char digits[32], grouped[48], *to = grouped;
	double scaled = (double)size / 1024;
	int len = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)size), unit = 0;

	for (int i = 0; i < len; i++) {
		if (i != 0 && (len - i) % 3 == 0)
			*to++ = ',';
		*to++ = digits[i];
	}
	*to = 0;
	if (size < 1024)
		return fact_format("%s byte%s", grouped, size == 1 ? "" : "s");
	for (; scaled >= 1024 && unit < 4; unit++)
		scaled /= 1024;
	return fact_format("%s bytes (%.1f %cB)", grouped, scaled, units[unit]);
}

void hex_format(const u8 *bytes, size_t len, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		*out++ = digits[bytes[i] >> 4];
		*out++ = digits[bytes[i] & 15];
	}
	*out = 0;
}

/* --- reading --- */

json_t *fact_get(const json_t *object, const char *path)
{
	char key[64];

	while (object != NULL) {
		size_t len = strcspn(path, ".");

		if (len >= sizeof(key))
			return NULL;
		memcpy(key, path, len);
		key[len] = 0;
		object = json_object_get(object, key);
		if (path[len] == 0)
			break;
		path += len + 1;
	}
	return (json_t *)object;
}

const char *fact_string(const json_t *object, const char *path)
{
	const char *text = json_string_value(fact_get(object, path));

	return text == NULL ? "" : text;
}

u64 fact_number(const json_t *object, const char *path)
{
	json_t *value = fact_get(object, path);

	if (json_is_string(value))
		return strtoull(json_string_value(value), NULL, 0);
	return (u64)json_integer_value(value);
}

bool fact_true(const json_t *object, const char *path)
{
	return json_is_true(fact_get(object, path));
}
