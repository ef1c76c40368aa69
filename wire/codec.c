/*
 * Wire messages: the checks both sides rely on.
 *
 * OVERVIEW. types[] describes every request: its phases, its fixed part, and where in the
 * fixed part the lengths of its tails stand. Decoding is driven by that table, so adding a
 * request adds no code here. Content rules (a path is relative, has no ".." and no NUL) are
 * checked here as well, once, before any handler sees the message.
 */
#include "wire/wire.h"

#include "lib/checked.h"
#include "lib/string.h"

#define TAILS_MAX 3u

enum tail_kind {
	TAIL_NONE,
	TAIL_TEXT, /* any bytes, shown only after filtering */
	TAIL_PATH, /* relative, beneath */
	TAIL_PATH2, /* by wire_change.op: a path, a link's text or an attribute's name */
	TAIL_VALUE, /* any bytes */
};

struct tail {
	u16 len_offset; /* of the u32 length in the fixed part */
	u8 kind; /* enum tail_kind */
};

struct type_info {
	const char *name;
	u32 phases;
	u32 fds;
	u32 fixed_len;
	bool answered;
	struct tail tails[TAILS_MAX];
};

#define BOOT WIRE_PHASE_BOOT
#define RUN WIRE_PHASE_RUN

/* Per type: the fixed part, is there an answer, the tails. */
/* clang-format off */
#define TAIL(fixed, member, kind) { offsetof(struct fixed, member), kind }
#define SHAPE(fixed, answered, ...) sizeof(struct fixed), answered, { __VA_ARGS__ }

#define SHAPE_HELLO SHAPE(wire_hello, true)
#define SHAPE_LOG SHAPE(wire_text, false, TAIL(wire_text, text_len, TAIL_TEXT))
#define SHAPE_EXIT SHAPE(wire_exit, false)
#define SHAPE_FAIL SHAPE(wire_fail, false, TAIL(wire_fail, text_len, TAIL_TEXT))
#define SHAPE_OPEN SHAPE(wire_open, true, TAIL(wire_open, path_len, TAIL_PATH))
#define SHAPE_STATX SHAPE(wire_lookup, true, TAIL(wire_lookup, path_len, TAIL_PATH))
#define SHAPE_READLINK SHAPE_STATX
#define SHAPE_XATTRS SHAPE_STATX
#define SHAPE_FETCH SHAPE_STATX
#define SHAPE_CHANGE SHAPE(wire_change, true, TAIL(wire_change, path_len, TAIL_PATH), \
	TAIL(wire_change, path2_len, TAIL_PATH2), TAIL(wire_change, value_len, TAIL_VALUE))
#define SHAPE_VERIFY SHAPE(wire_verify, true, TAIL(wire_verify, path_len, TAIL_PATH))
#define SHAPE_CHANNEL SHAPE(wire_nothing, true)
#define SHAPE_KICK SHAPE(wire_kick, false)
#define SHAPE_START SHAPE(wire_nothing, false)
#define SHAPE_STOPPED SHAPE(wire_stopped, false)
#define SHAPE_LOCK SHAPE(wire_lock, true, TAIL(wire_lock, path_len, TAIL_PATH))
#define SHAPE_SYNC SHAPE(wire_sync, true)
#define SHAPE_TEXT SHAPE(wire_wanted, false, TAIL(wire_wanted, path_len, TAIL_PATH))
#define SHAPE_TERMINAL SHAPE(wire_stopped, true)
/* clang-format on */

/* The fixed part of requests that have none. */
struct wire_nothing {};

static const struct type_info types[WIRE_TYPE_MAX] = {
#define WIRE_REQUEST(name, number, phases, fds, purpose) \
	[number] = { #name, phases, fds, SHAPE_##name },
#include "wire/requests.def"
#undef WIRE_REQUEST
};

static const struct type_info *type_find(u32 type)
{
	if (type >= WIRE_TYPE_MAX || types[type].name == NULL)
		return NULL;
	return &types[type];
}

const char *wire_type_name(u32 type)
{
	const struct type_info *info = type_find(type);

	return info == NULL ? NULL : info->name;
}

u32 wire_type_fds(u32 type)
{
	const struct type_info *info = type_find(type);

	return info == NULL ? 0 : info->fds;
}

bool wire_type_answered(u32 type)
{
	const struct type_info *info = type_find(type);

	return info != NULL && info->answered;
}

bool wire_path_ok(const char *path, size_t len)
{
	size_t start = 0;

	if (len == 0 || len > WIRE_PATH_MAX || memchr(path, 0, len) != NULL)
		return false;
	if (len == 1 && path[0] == '.')
		return true;
	for (size_t i = 0; i <= len; i++) {
		if (i < len && path[i] != '/')
			continue;
		size_t name_len = i - start;
		const char *name = path + start;

		if (name_len == 0 || name_len > WIRE_NAME_MAX)
			return false;
		if (name[0] == '.' &&
		    (name_len == 1 || (name_len == 2 && name[1] == '.')))
			return false;
		start = i + 1;
	}
	return true;
}

static bool string_ok(const char *s, u32 len, u32 max)
{
	return len != 0 && len <= max && memchr(s, 0, len) == NULL;
}

/* What stands in the second tail depends on the operation. */
static const char *path2_check(const struct wire_change *c, const char *s, u32 len)
{
	switch (c->op) {
	case WIRE_TREE_RENAME:
	case WIRE_TREE_LINK:
		return wire_path_ok(s, len) ? NULL : "bad second path";
	case WIRE_TREE_SYMLINK:
		return string_ok(s, len, WIRE_PATH_MAX) ? NULL : "bad link text";
	case WIRE_TREE_SETXATTR:
	case WIRE_TREE_REMOVEXATTR:
		return string_ok(s, len, WIRE_NAME_MAX) ? NULL : "bad attribute name";
	default:
		return len == 0 ? NULL : "second path without use";
	}
}

static const char *tail_check(const struct tail *tail, const struct wire_request *r,
			      const char *s, u32 len)
{
	switch ((enum tail_kind)tail->kind) {
	case TAIL_TEXT:
		return len <= WIRE_TEXT_MAX ? NULL : "text too long";
	case TAIL_PATH:
		return wire_path_ok(s, len) ? NULL : "bad path";
	case TAIL_PATH2:
		return path2_check(&r->change, s, len);
	case TAIL_VALUE:
		if (len > WIRE_VALUE_MAX)
			return "value too long";
		return len == 0 || r->change.op == WIRE_TREE_SETXATTR ?
			       NULL :
			       "value without use";
	case TAIL_NONE:
		break;
	}
	return "bad table";
}

static const char *change_check(const struct wire_change *c)
{
	if (c->op == 0 || c->op >= WIRE_TREE_OP_MAX)
		return "unknown tree operation";
	if (c->has_times > 1)
		return "bad times flag";
	return NULL;
}

static u32 tail_len(const struct type_info *info, u32 i, const void *fixed)
{
	u32 len;

	memcpy(&len, (const u8 *)fixed + info->tails[i].len_offset, sizeof(len));
	return len;
}

const char *wire_request_decode(const void *message, size_t len, enum wire_phase phase,
				struct wire_request *ret)
{
	const u8 *bytes = message;
	const struct type_info *info;
	struct wire_header header;
	const char *tails[TAILS_MAX] = { NULL, NULL, NULL };
	const char *wrong;

	if (len < sizeof(header))
		return "shorter than a header";
	memcpy(&header, message, sizeof(header));
	if (header.magic != WIRE_MAGIC)
		return "wrong magic or version";
	if (header.len != len - sizeof(header))
		return "length does not match";
	info = type_find(header.type);
	if (info == NULL)
		return "unknown request";
	if (!(info->phases & phase))
		return "request not permitted in this phase";
	if (header.len < info->fixed_len)
		return "fixed part cut";

	memset(ret, 0, sizeof(*ret));
	ret->type = header.type;
	ret->seq = header.seq;
	memcpy(ret->fixed, bytes + sizeof(header), info->fixed_len);
	if (header.type == WIRE_CHANGE && (wrong = change_check(&ret->change)) != NULL)
		return wrong;

	u64 at = sizeof(header) + info->fixed_len;

	for (u32 i = 0; i < TAILS_MAX && info->tails[i].kind != TAIL_NONE; i++) {
		u32 n = tail_len(info, i, ret->fixed);

		if (!range_inside(at, n, len))
			return "tail cut";
		tails[i] = (const char *)bytes + at;
		wrong = tail_check(&info->tails[i], ret, tails[i], n);
		if (wrong != NULL)
			return wrong;
		at += n;
	}
	if (at != len)
		return "bytes left over";
	ret->text_or_path = tails[0];
	ret->path2 = tails[1];
	ret->value = (const u8 *)tails[2];
	return NULL;
}

bool wire_request_encode(u32 type, u32 seq, const void *fixed,
			 struct wire_header *ret_header, u32 *ret_fixed_len)
{
	const struct type_info *info = type_find(type);
	u32 total;

	if (info == NULL)
		return false;
	total = info->fixed_len;
	for (u32 i = 0; i < TAILS_MAX && info->tails[i].kind != TAIL_NONE; i++) {
		static const u32 max[] = {
			[TAIL_TEXT] = WIRE_TEXT_MAX,
			[TAIL_PATH] = WIRE_PATH_MAX,
			[TAIL_PATH2] = WIRE_PATH_MAX,
			[TAIL_VALUE] = WIRE_VALUE_MAX,
		};
		u32 n = tail_len(info, i, fixed);

		if (n > max[info->tails[i].kind])
			return false;
		total += n;
	}
	*ret_header = (struct wire_header){ WIRE_MAGIC, type, total, seq };
	*ret_fixed_len = info->fixed_len;
	return true;
}

bool wire_answer_check(const struct wire_header *header,
		       const struct wire_answer *answer, size_t received, u32 type,
		       u32 seq)
{
	if (received < sizeof(*header) + sizeof(*answer))
		return false;
	if (header->magic != WIRE_MAGIC || header->type != (type | WIRE_ANSWER) ||
	    header->seq != seq || header->len != received - sizeof(*header))
		return false;
	if (answer->data_len > (type == WIRE_FETCH ? WIRE_OBJECT_MAX : WIRE_ANSWER_DATA_MAX))
		return false;
	return answer->data_len == received - sizeof(*header) - sizeof(*answer) &&
	       answer->error >= 0;
}
