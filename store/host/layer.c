/*
 * The tree that a layer makes of an image: reading what a sandbox has left (store/layer.h).
 *
 * OVERVIEW. The journal is read once; nodes and names are kept as they were said last. Then the
 * new tree is built from its root down: of each directory the names of the image that no record
 * tells of, and those that the records give. What was not changed is taken over from the image;
 * contents are what the caller knows of data/NUMBER.
 *
 * Every byte was written by a sandbox and is hostile. A name that refers to what no record
 * tells of, and a second name of a directory, are left out: both are what a sandbox that was
 * killed in the middle of a rename leaves. What cannot be in an image ends the run.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/names.h"
#include "store/erofs.h"
#include "store/host/layer.h"

#define READ_SIZE (1u << 20)
#define DEPTH_MAX 2000 /* below that of walk.c */
#define NODES_MIN 1024

struct name {
	struct name *next, *next_hash;
	struct node *dir;
	u32 kind;
	u64 target;
	u32 len;
	char text[];
};

struct xattr_note {
	struct xattr_note *next;
	struct layer_xattr head;
	char text[];
};

struct node {
	struct node *next_id, *next_nid; /* chains of hashes */
	u64 id;
	bool known; /* a record tells of it */
	struct layer_node now;
	u64 nid; /* with LAYER_HAS_LOWER */
	char *target; /* of a link */
	struct name *names, **names_end;
	struct xattr_note *xattrs, **xattrs_end;
	struct inode *inode; /* when it has been built */
};

struct layer {
	struct node **by_id, **by_nid;
	u32 size, count; /* size: a power of two */
	struct name **by_name;
	u32 name_size, name_count;
	struct node **order; /* all, as they came */
	bool ended; /* LAYER_END was there */
};

/* --- tables --- */

static u32 mix(u64 key)
{
	return (u32)(key * 0x9e3779b97f4a7c15u >> 32);
}

static void grow_nodes(struct layer *l)
{
	if (l->count < l->size)
		return;
	l->size = l->size == 0 ? NODES_MIN : l->size * 2;
	free(l->by_id);
	l->by_id = xcalloc(l->size, sizeof(struct node *));
	l->order = xrealloc(l->order, l->size * sizeof(struct node *));
	for (u32 i = 0; i < l->count; i++) {
		struct node **to = &l->by_id[mix(l->order[i]->id) & (l->size - 1)];

		l->order[i]->next_id = *to;
		*to = l->order[i];
	}
}

static struct node *node_find(const struct layer *l, u64 id)
{
	struct node *n = l->size == 0 ? NULL : l->by_id[mix(id) & (l->size - 1)];

	while (n != NULL && n->id != id)
		n = n->next_id;
	return n;
}

static struct node *node_get(struct layer *l, u64 id)
{
	struct node *n = node_find(l, id), **to;

	if (n != NULL)
		return n;
	grow_nodes(l);
	n = xcalloc(1, sizeof(*n));
	n->id = id;
	n->names_end = &n->names;
	n->xattrs_end = &n->xattrs;
	to = &l->by_id[mix(id) & (l->size - 1)];
	n->next_id = *to;
	*to = n;
	l->order[l->count++] = n;
	return n;
}

static u32 name_hash(const struct node *dir, const char *text, u32 len)
{
	u64 h = (u64)dir->id;

	for (u32 i = 0; i < len; i++)
		h = (h ^ (u8)text[i]) * 0x100000001b3u;
	return mix(h);
}

static void grow_names(struct layer *l)
{
	struct name **old = l->by_name;
	u32 old_size = l->name_size;

	if (l->name_count < l->name_size)
		return;
	l->name_size = l->name_size == 0 ? NODES_MIN : l->name_size * 2;
	l->by_name = xcalloc(l->name_size, sizeof(struct name *));
	for (u32 i = 0; i < old_size; i++)
		while (old[i] != NULL) {
			struct name *n = old[i];
			u32 at = name_hash(n->dir, n->text, n->len) & (l->name_size - 1);

			old[i] = n->next_hash;
			n->next_hash = l->by_name[at];
			l->by_name[at] = n;
		}
	free(old);
}

static struct name *name_find(const struct layer *l, const struct node *dir, const char *text,
			      u32 len)
{
	struct name *n = l->name_size == 0 ?
				 NULL :
				 l->by_name[name_hash(dir, text, len) & (l->name_size - 1)];

	while (n != NULL && !(n->dir == dir && n->len == len && memcmp(n->text, text, len) == 0))
		n = n->next_hash;
	return n;
}

static struct name *name_get(struct layer *l, struct node *dir, const char *text, u32 len)
{
	struct name *n = name_find(l, dir, text, len);
	u32 at;

	if (n != NULL)
		return n;
	grow_names(l);
	n = xcalloc(1, sizeof(*n) + len + 1);
	memcpy(n->text, text, len);
	n->len = len;
	n->dir = dir;
	at = name_hash(dir, text, len) & (l->name_size - 1);
	n->next_hash = l->by_name[at];
	l->by_name[at] = n;
	l->name_count++;
	*dir->names_end = n;
	dir->names_end = &n->next;
	return n;
}

/* --- records --- */

static bool name_is_fit(const char *text, u32 len)
{
	return memchr(text, 0, len) == NULL && memchr(text, '/', len) == NULL &&
	       !name_is_dots(text, len);
}

static bool kind_is_fit(u32 mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
	case S_IFDIR:
	case S_IFLNK:
	case S_IFCHR:
	case S_IFBLK:
	case S_IFIFO:
	case S_IFSOCK:
		return (mode & ~(u32)(S_IFMT | 07777)) == 0;
	default:
		return false;
	}
}

static int take_node(struct layer *l, const struct layer_record *r)
{
	struct node *n = node_get(l, r->head.id);
	char *text = xstrndup(r->node_text, r->node.text_len), *end;
	u64 nid = 0;

	if (!kind_is_fit(r->node.mode) || (u64)r->node.mtime.nsec >= 1000000000u ||
	    strlen(text) != r->node.text_len)
		goto bad;
	if (r->node.flags & LAYER_HAS_LOWER) {
		errno = 0;
		nid = strtoull(text, &end, 10);
		if (text[0] < '0' || text[0] > '9' || *end != 0 || errno != 0)
			goto bad;
	} else if (S_ISLNK(r->node.mode) && r->node.text_len == 0) {
		goto bad;
	}
	/* What kind a thing is, and what it lies over, does not change. */
	if (n->known && ((n->now.mode ^ r->node.mode) & S_IFMT || n->nid != nid ||
			 (n->now.flags ^ r->node.flags) & LAYER_HAS_LOWER))
		goto bad;
	free(n->target);
	n->target = text;
	n->nid = nid;
	n->now = r->node;
	n->known = true;
	return 0;
bad:
	complain("the layer's journal: a bad record of node %llu", (unsigned long long)r->head.id);
	free(text);
	return -1;
}

static int take_name(struct layer *l, const struct layer_record *r)
{
	struct name *n;

	if (!name_is_fit(r->name_text, r->name.len) || r->name.kind > LAYER_ENTRY) {
		complain("the layer's journal: a bad name in directory %llu",
			 (unsigned long long)r->head.id);
		return -1;
	}
	n = name_get(l, node_get(l, r->head.id), r->name_text, r->name.len);
	n->kind = r->name.kind;
	n->target = r->name.target;
	return 0;
}

static int take_xattr(struct layer *l, const struct layer_record *r)
{
	struct node *n = node_get(l, r->head.id);
	size_t size = r->xattr.name_len + r->xattr.value_len;
	struct xattr_note *x;

	if (memchr(r->xattr_text, 0, r->xattr.name_len) != NULL) {
		complain("the layer's journal: a bad attribute of node %llu",
			 (unsigned long long)r->head.id);
		return -1;
	}
	x = xmalloc(sizeof(*x) + size);
	x->next = NULL;
	x->head = r->xattr;
	memcpy(x->text, r->xattr_text, size);
	*n->xattrs_end = x;
	n->xattrs_end = &x->next;
	return 0;
}

static int take(struct layer *l, const struct layer_record *r)
{
	switch (r->head.type) {
	case LAYER_NODE:
		return take_node(l, r);
	case LAYER_NAME:
		return take_name(l, r);
	case LAYER_XATTR:
		return take_xattr(l, r);
	default:
		l->ended = true;
		return 0;
	}
}

/* Every record in the first size bytes. What is not whole is damage, not to be passed over. */
static int read_records(struct layer *l, int fd, u64 size)
{
	u8 *window = xmalloc(READ_SIZE);
	u64 at = 0, window_at = 0;
	size_t len = 0;
	int result = 0;

	static_assert(READ_SIZE > LAYER_RECORD_MAX, "a record lies in the window");
	while (result == 0 && at < size) {
		const struct layer_record *r;
		size_t room;

		if (at + MIN((u64)LAYER_RECORD_MAX, size - at) > window_at + len) {
			ssize_t n = pread(fd, window, (size_t)MIN((u64)READ_SIZE, size - at),
					  (off_t)at);

			if (n < 0 && errno == EINTR)
				continue;
			window_at = at;
			len = n < 0 ? 0 : (size_t)n;
		}
		room = (size_t)MIN(window_at + len - at, size - at);
		r = (const struct layer_record *)(window + (at - window_at));
		if (!layer_record_ok(r, room)) {
			complain("the layer's journal is damaged at byte %llu",
				 (unsigned long long)at);
			result = -1;
		} else {
			result = take(l, r);
			at += r->head.len;
		}
	}
	free(window);
	return result;
}

/* --- the tree --- */

struct todo {
	struct entry *entry;
	struct node *node; /* NULL: nothing was changed */
	bool has_lower;
	struct image_inode lower;
	u32 depth;
	size_t path_len;
};

struct build {
	struct layer *layer;
	const struct image *image;
	struct tree *tree;
	const struct layer_content *content;
	struct inode **by_nid; /* those no record tells of */
	u64 nid_count;
	struct todo *queue;
	u32 count, capacity;
};

static void xattrs_apply(const struct node *n, struct inode *inode)
{
	for (const struct xattr_note *x = n->xattrs; x != NULL; x = x->next) {
		char *name = xstrndup(x->text, x->head.name_len);

		if (x->head.name_len == 0)
			inode_clear_xattrs(inode);
		else if (x->head.gone)
			inode_remove_xattr(inode, name);
		else
			inode_set_xattr(inode, name, x->text + x->head.name_len,
					x->head.value_len);
		free(name);
	}
}

/* The node's inode: of the image's, changed, or a new one; NULL after saying why not. */
static struct inode *node_inode(struct build *b, struct node *n, struct image_inode *ret_lower)
{
	const struct layer_node *now = &n->now;
	struct inode *inode;

	if (now->flags & LAYER_HAS_LOWER) {
		inode = n->nid >= b->nid_count || image_inode(b->image, n->nid, ret_lower) < 0 ||
					(ret_lower->mode ^ now->mode) & S_IFMT ?
				NULL :
				image_inode_copy(b->image, ret_lower);
		if (inode == NULL) {
			complain("the layer's journal: node %llu is not in the image",
				 (unsigned long long)n->id);
			return NULL;
		}
	} else {
		inode = inode_create(now->mode);
		if (S_ISLNK(now->mode))
			inode->target = xprintf("%s", n->target);
		inode->rdev = image_rdev((u32)(now->rdev >> 32), (u32)now->rdev);
	}
	inode->mode = now->mode;
	inode->uid = now->uid;
	inode->gid = now->gid;
	inode->mtime = now->mtime.sec;
	inode->mtime_nsec = (u32)now->mtime.nsec;
	xattrs_apply(n, inode);
	return inode;
}

static int push(struct build *b, const struct todo *parent, struct entry *entry,
		struct node *node, const struct image_inode *lower)
{
	struct todo todo = { .entry = entry, .node = node, .depth = parent->depth + 1,
			     .path_len = parent->path_len + entry->len + 1 };

	if (!inode_is(entry->inode, S_IFDIR))
		return 0;
	/* The limits of who reads images. */
	if (todo.depth > DEPTH_MAX || todo.path_len >= PATH_MAX) {
		complain("%s: directories too deep in one another for an image", entry->name);
		return -1;
	}
	if (lower != NULL) {
		todo.has_lower = true;
		todo.lower = *lower;
	}
	if (b->count == b->capacity) {
		b->capacity = b->capacity == 0 ? 256 : b->capacity * 2;
		b->queue = xrealloc(b->queue, b->capacity * sizeof(*b->queue));
	}
	b->queue[b->count++] = todo;
	return 0;
}

static int add_node(struct build *b, const struct todo *dir, const char *name, u32 len,
		    struct node *n)
{
	struct image_inode lower;
	struct entry *entry;
	bool first = n->inode == NULL;

	if (!first && S_ISDIR(n->now.mode))
		return 0;
	if (first) {
		n->inode = node_inode(b, n, &lower);
		if (n->inode == NULL)
			return -1;
	}
	entry = tree_add(b->tree, dir->entry, name, len, n->inode);
	if (first && S_ISREG(n->now.mode) && n->now.flags & LAYER_HAS_DATA &&
	    b->content->set(b->content->context, entry, n->id) < 0)
		return -1;
	return first ? push(b, dir, entry, n, n->now.flags & LAYER_HAS_LOWER ? &lower : NULL) : 0;
}

static int add_lower(struct build *b, const struct todo *dir, const struct image_entry *e)
{
	struct node *n = b->layer->by_nid[mix(e->nid) & (b->layer->size - 1)];
	struct image_inode lower;
	struct entry *entry;
	bool first;

	while (n != NULL && n->nid != e->nid)
		n = n->next_nid;
	if (n != NULL)
		return add_node(b, dir, e->name, e->len, n);
	if (e->nid >= b->nid_count || image_inode(b->image, e->nid, &lower) < 0)
		goto damaged;
	first = b->by_nid[e->nid] == NULL;
	if (first)
		b->by_nid[e->nid] = image_inode_copy(b->image, &lower);
	if (b->by_nid[e->nid] == NULL || (!first && S_ISDIR(lower.mode)))
		goto damaged;
	entry = tree_add(b->tree, dir->entry, e->name, e->len, b->by_nid[e->nid]);
	return push(b, dir, entry, NULL, &lower);
damaged:
	complain("the image is damaged below /%s", dir->entry->name);
	return -1;
}

static int build_dir(struct build *b, struct todo dir)
{
	struct image_entry e;
	u64 cursor = 0;
	int result = 0, more = 1;

	while (result == 0 && dir.has_lower &&
	       (more = image_readdir(b->image, &dir.lower, &cursor, &e)) == 1) {
		const struct name *over =
			dir.node == NULL ? NULL : name_find(b->layer, dir.node, e.name, e.len);

		if (!name_is_dots(e.name, e.len) && (over == NULL || over->kind == LAYER_NOTHING))
			result = add_lower(b, &dir, &e);
	}
	if (more < 0) {
		complain("the image is damaged at /%s", dir.entry->name);
		return -1;
	}
	for (const struct name *n = dir.node == NULL ? NULL : dir.node->names;
	     n != NULL && result == 0; n = n->next) {
		struct node *target =
			n->kind == LAYER_ENTRY ? node_find(b->layer, n->target) : NULL;

		if (target != NULL && target->known)
			result = add_node(b, &dir, n->text, n->len, target);
	}
	return interrupted() ? -1 : result;
}

static void index_nids(struct layer *l)
{
	grow_nodes(l);
	l->by_nid = xcalloc(l->size, sizeof(struct node *));
	for (u32 i = 0; i < l->count; i++) {
		struct node *n = l->order[i], **to;

		if (!n->known || !(n->now.flags & LAYER_HAS_LOWER))
			continue;
		to = &l->by_nid[mix(n->nid) & (l->size - 1)];
		n->next_nid = *to;
		*to = n;
	}
}

static int build(struct build *b)
{
	struct todo root = { .entry = &b->tree->root, .has_lower = true };
	struct node *n;

	if (image_inode(b->image, b->image->root, &root.lower) < 0)
		return -1;
	n = b->layer->by_nid[mix(b->image->root) & (b->layer->size - 1)];
	while (n != NULL && n->nid != b->image->root)
		n = n->next_nid;
	inode_put(root.entry->inode);
	root.entry->inode = n == NULL ? image_inode_copy(b->image, &root.lower) :
					node_inode(b, n, &root.lower);
	if (root.entry->inode == NULL || !inode_is(root.entry->inode, S_IFDIR)) {
		complain("the layer's journal: its root is none");
		root.entry->inode = inode_create(S_IFDIR);
		root.entry->inode->links = 1;
		return -1;
	}
	root.entry->inode->links = 1;
	root.node = n;
	if (n != NULL)
		n->inode = root.entry->inode;
	if (build_dir(b, root) < 0)
		return -1;
	for (u32 i = 0; i < b->count; i++)
		if (build_dir(b, b->queue[i]) < 0)
			return -1;
	return 0;
}

/* --- all of it --- */

static void layer_free(struct layer *l)
{
	for (u32 i = 0; i < l->count; i++) {
		struct node *n = l->order[i];

		for (struct name *x = n->names, *next; x != NULL; x = next) {
			next = x->next;
			free(x);
		}
		for (struct xattr_note *x = n->xattrs, *next; x != NULL; x = next) {
			next = x->next;
			free(x);
		}
		free(n->target);
		free(n);
	}
	free(l->by_id);
	free(l->by_nid);
	free(l->by_name);
	free(l->order);
}

struct tree *layer_tree(const struct image *image, int journal, u64 size, bool complete,
			const struct layer_content *content)
{
	struct layer layer = { 0 };
	struct build b = { .layer = &layer, .image = image, .content = content };
	int result = read_records(&layer, journal, size);

	if (result == 0 && complete && !layer.ended) {
		complain("not all changes of the sandbox could be written down");
		result = -1;
	}
	if (result == 0) {
		index_nids(&layer);
		b.tree = tree_create();
		b.nid_count = image->size / EROFS_SLOT + 1;
		b.by_nid = xcalloc(b.nid_count, sizeof(*b.by_nid));
		result = build(&b);
	}
	free(b.by_nid);
	free(b.queue);
	layer_free(&layer);
	if (result == 0)
		return b.tree;
	tree_destroy(b.tree);
	return NULL;
}
