/*
 * The journal of a writable layer that is kept on disk: written by the sandbox's kernel
 * (kernel/fs/over/disk.c), read by it and by the commands of the store.
 *
 * A sequence of records, each of which says how a thing is now: a node, a name in a directory,
 * an extended attribute. The last one about a thing counts. Nodes have numbers that the layer
 * gave them; contents of regular files are in files data/NUMBER beside the journal.
 */
#ifndef NACRE_STORE_LAYER_H
#define NACRE_STORE_LAYER_H

#include "lib/types.h"

#define LAYER_MAGIC 0x316c6e6au
#define LAYER_PATH_MAX 4096u
#define LAYER_NAME_MAX 255u
#define LAYER_VALUE_MAX 65536u /* of an attribute */
#define LAYER_ID_MAX (1u << 26)

enum layer_type {
	LAYER_NODE = 1,
	LAYER_NAME = 2,
	LAYER_XATTR = 3,
	LAYER_END = 4, /* all that was to be written has been; the sandbox ends */
};

/* A multiple of 8 bytes long, at one, so that what is damaged can be passed over. */
struct layer_head {
	u32 magic, len; /* of the record */
	u32 sum;        /* layer_sum() */
	u32 type;
	u64 id;         /* of the node; of a name's directory */
};

#define LAYER_HAS_LOWER 1u /* the text names the lower file: a path, or an image's inode */
#define LAYER_HAS_DATA 2u  /* the content is data/ID */
/* other bits: what only the sandbox's kernel knows of the file */

struct layer_time {
	s64 sec, nsec;
};

struct layer_node {
	u32 mode, uid, gid, nlink;
	u64 rdev; /* major << 32 | minor */
	struct layer_time mtime, ctime, btime;
	u32 flags, text_len; /* the text: of the lower file, or a symbolic link's */
};

enum layer_kind { LAYER_NOTHING = 0, LAYER_WHITEOUT = 1, LAYER_ENTRY = 2 };

struct layer_name {
	u32 kind, covers;
	u64 target; /* its number */
	u32 len, pad;
};

struct layer_xattr {
	u32 name_len; /* 0: all that came before is void */
	u32 value_len;
	u32 gone, pad;
};

struct layer_record {
	struct layer_head head;
	union {
		struct {
			struct layer_node node;
			char node_text[];
		};
		struct {
			struct layer_name name;
			char name_text[];
		};
		struct {
			struct layer_xattr xattr;
			char xattr_text[];
		};
	};
};

#define LAYER_RECORD_MAX \
	(sizeof(struct layer_record) + 8 + LAYER_PATH_MAX + LAYER_NAME_MAX + LAYER_VALUE_MAX)

/* Of all bytes but the sum's own. */
static inline u32 layer_sum(const struct layer_record *r)
{
	const u8 *p = (const u8 *)r;
	u32 h = 2166136261u;

	for (u32 i = 0; i < r->head.len; i++)
		if (i < offsetof(struct layer_head, sum) || i >= offsetof(struct layer_head, type))
			h = (h ^ p[i]) * 16777619u;
	return h;
}

static inline bool layer_body_ok(const struct layer_record *r, size_t body)
{
	switch (r->head.type) {
	case LAYER_NODE:
		return body >= sizeof(r->node) && r->node.text_len <= body - sizeof(r->node) &&
		       r->node.text_len < LAYER_PATH_MAX;
	case LAYER_NAME:
		return body >= sizeof(r->name) && r->name.len <= body - sizeof(r->name) &&
		       r->name.len != 0 && r->name.len <= LAYER_NAME_MAX;
	case LAYER_XATTR:
		return body >= sizeof(r->xattr) && r->xattr.name_len <= LAYER_NAME_MAX &&
		       r->xattr.value_len <= LAYER_VALUE_MAX &&
		       r->xattr.name_len + r->xattr.value_len <= body - sizeof(r->xattr);
	case LAYER_END:
		return true;
	default:
		return false;
	}
}

/* Is there a whole record at r, of which room bytes are there? Every byte is hostile. */
static inline bool layer_record_ok(const struct layer_record *r, size_t room)
{
	return room >= sizeof(r->head) && r->head.magic == LAYER_MAGIC &&
	       r->head.len >= sizeof(r->head) && r->head.len <= LAYER_RECORD_MAX &&
	       r->head.len % 8 == 0 && r->head.len <= room && r->head.id != 0 &&
	       r->head.id < LAYER_ID_MAX &&
	       layer_body_ok(r, r->head.len - sizeof(r->head)) && r->head.sum == layer_sum(r);
}

#endif
