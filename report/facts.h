/*
 * Facts: what is known of a program, as JSON values that never fail to be made.
 *
 * Everything that comes out of a file or a run is bytes of any kind. fact_bytes() makes text
 * of them that is valid UTF-8 without control characters: what is not is shown as \xNN.
 * Memory that runs out ends the command: there is nothing to report then.
 */
#ifndef NACRE_REPORT_FACTS_H
#define NACRE_REPORT_FACTS_H

#include <jansson.h>

#include "lib/types.h"

/* A file to be looked at, mapped privately: changes do not reach it. */
struct input {
	const char *path;
	u8 *data;
	size_t size;
};

/* NULL or what is wrong, in words that follow "FILE: ". Directories and such are refused. */
MUST_USE const char *input_open(const char *path, struct input *ret);
void input_close(struct input *in);
/* Is [at, at + len) inside? No overflow for any values. */
static inline bool input_has(const struct input *in, u64 at, u64 len)
{
	return at <= in->size && len <= in->size - at;
}

/* Never NULL. */
json_t *fact_bytes(const void *bytes, size_t len);
json_t *fact_text(const char *text);
json_t *fact_format(const char *fmt, ...) PRINTF_LIKE(1, 2);
json_t *fact_object(void);
json_t *fact_list(void);

/* Take over the value; a NULL value (no fact) leaves the object as it is. */
void fact_put(json_t *object, const char *key, json_t *value);
void fact_put_text(json_t *object, const char *key, const char *text);
void fact_put_number(json_t *object, const char *key, u64 number);
/* As "0x...": JSON's numbers do not hold addresses. */
void fact_put_hex(json_t *object, const char *key, u64 number);
void fact_put_bool(json_t *object, const char *key, bool value);
void fact_add(json_t *list, json_t *value);
/* Add text unless the list holds it or max texts already; false: not added. */
bool fact_add_unique(json_t *list, json_t *text, size_t max);

/* Reading them again; what is not there is "", 0, NULL or false. dots in path go deeper. */
json_t *fact_get(const json_t *object, const char *path);
const char *fact_string(const json_t *object, const char *path);
u64 fact_number(const json_t *object, const char *path);
bool fact_true(const json_t *object, const char *path);

/* Lower-case hexadecimal digits of bytes; out holds 2 * len + 1. */
void hex_format(const u8 *bytes, size_t len, char *out);
/* "2,600,960 bytes (2.5 MB)" */
json_t *fact_size(u64 size);

#endif
