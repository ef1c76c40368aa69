/* Builds wire messages for tests: good ones, of every kind. */
#ifndef NACRE_TESTS_UNIT_WIRE_MESSAGES_H
#define NACRE_TESTS_UNIT_WIRE_MESSAGES_H

#include <stdlib.h>
#include <string.h>

#include "wire/boot.h"
#include "wire/wire.h"

struct message {
	u8 bytes[WIRE_REQUEST_MAX + 64];
	size_t len;
};

/* Header, fixed part, tails; lengths in the fixed part are the caller's. */
static inline void message_make(struct message *m, u32 type, const void *fixed,
				size_t fixed_len, const char *tail1, const char *tail2,
				const char *tail3)
{
	const char *tails[] = { tail1, tail2, tail3 };
	struct wire_header header = { WIRE_MAGIC, type, 0, 7 };

	m->len = sizeof(header);
	if (fixed_len != 0)
		memcpy(m->bytes + m->len, fixed, fixed_len);
	m->len += fixed_len;
	for (int i = 0; i < 3; i++) {
		size_t n = tails[i] == NULL ? 0 : strlen(tails[i]);

		if (n != 0)
			memcpy(m->bytes + m->len, tails[i], n);
		m->len += n;
	}
	header.len = (u32)(m->len - sizeof(header));
	memcpy(m->bytes, &header, sizeof(header));
}

static inline u32 text_len(const char *s)
{
	return s == NULL ? 0 : (u32)strlen(s);
}

static inline void message_text(struct message *m, u32 type, const char *text)
{
	struct wire_text fixed = { text_len(text) };

	message_make(m, type, &fixed, sizeof(fixed), text, NULL, NULL);
}

static inline void message_open(struct message *m, u32 tree, u32 flags,
				const char *path)
{
	struct wire_open fixed = { tree, flags, 0644, text_len(path) };

	message_make(m, WIRE_OPEN, &fixed, sizeof(fixed), path, NULL, NULL);
}

static inline void message_lookup(struct message *m, u32 type, u32 tree,
				  const char *path)
{
	struct wire_lookup fixed = { tree, text_len(path) };

	message_make(m, type, &fixed, sizeof(fixed), path, NULL, NULL);
}

static inline void message_verify(struct message *m, u32 tree, u32 first, u32 count,
				  const char *path)
{
	struct wire_verify fixed = { tree, first, count, text_len(path) };

	message_make(m, WIRE_VERIFY, &fixed, sizeof(fixed), path, NULL, NULL);
}

static inline void message_wanted(struct message *m, u32 tree, u64 offset, u64 len,
				const char *path)
{
	struct wire_wanted fixed = { tree, text_len(path), offset, len };

	message_make(m, WIRE_TEXT, &fixed, sizeof(fixed), path, NULL, NULL);
}

static inline void message_change(struct message *m, u32 op, const char *path,
				  const char *path2, const char *value)
{
	struct wire_change fixed = {
		.op = op,
		.path_len = text_len(path),
		.path2_len = text_len(path2),
		.value_len = text_len(value),
		.mode = 0755,
		.uid = ~0u,
		.gid = ~0u,
		.has_times = op == WIRE_TREE_UTIMES,
	};

	message_make(m, WIRE_CHANGE, &fixed, sizeof(fixed), path, path2, value);
}

static inline void message_hello(struct message *m)
{
	struct wire_hello fixed = { BOOT_VERSION, 1 };

	message_make(m, WIRE_HELLO, &fixed, sizeof(fixed), NULL, NULL, NULL);
}

#endif
