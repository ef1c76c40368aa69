/*
 * A tree of files in memory: what a source describes before it becomes an image.
 *
 * Names (entries) and files (inodes) are apart, because a file may have several names.
 * Entries are found by a hash over parent and name; the order of a directory's entries is
 * settled once, by tree_sort().
 */
#include <stdlib.h>
#include <string.h>

#include "store/host/host.h"

#define HASH_MIN 1024

struct inode *inode_create(u32 mode)
{
	struct inode *inode = xcalloc(1, sizeof(*inode));

	inode->mode = mode;
	return inode;
}

void inode_clear_xattrs(struct inode *inode)
{
	for (u32 i = 0; i < inode->xattr_count; i++) {
		free(inode->xattrs[i].name);
		free(inode->xattrs[i].value);
	}
	free(inode->xattrs);
	inode->xattrs = NULL;
	inode->xattr_count = 0;
}

void inode_put(struct inode *inode)
{
	if (inode->links > 0 && --inode->links > 0)
		return;
	inode_clear_xattrs(inode);
	free(inode->target);
	free(inode->entries);
	free(inode);
}

void inode_set_xattr(struct inode *inode, const char *name, const void *value, u32 size)
{
	struct tree_xattr *xattr = NULL;

	for (u32 i = 0; i < inode->xattr_count; i++)
		if (strcmp(inode->xattrs[i].name, name) == 0)
			xattr = &inode->xattrs[i];
	if (xattr == NULL) {
		inode->xattrs = xrealloc(inode->xattrs,
					 (inode->xattr_count + 1) * sizeof(*inode->xattrs));
		xattr = &inode->xattrs[inode->xattr_count++];
		xattr->name = xprintf("%s", name);
		xattr->value = NULL;
	}
	free(xattr->value);
	xattr->value = xmalloc(size);
	memcpy(xattr->value, value, size);
	xattr->size = size;
}

void inode_remove_xattr(struct inode *inode, const char *name)
{
	for (u32 i = 0; i < inode->xattr_count; i++)
		if (strcmp(inode->xattrs[i].name, name) == 0) {
			free(inode->xattrs[i].name);
			free(inode->xattrs[i].value);
			inode->xattrs[i] = inode->xattrs[--inode->xattr_count];
			return;
		}
}

/* --- entries --- */

static u32 hash_name(const struct entry *dir, const char *name, u32 len)
{
	u64 hash = (u64)(uintptr_t)dir * 0x9e3779b97f4a7c15u;

	for (u32 i = 0; i < len; i++)
		hash = (hash ^ (u8)name[i]) * 0x100000001b3u;
	return (u32)(hash >> 32 ^ hash);
}

static struct entry **bucket(const struct tree *tree, const struct entry *dir, const char *name,
			     u32 len)
{
	return &tree->hash[hash_name(dir, name, len) & (tree->hash_size - 1)];
}

struct tree *tree_create(void)
{
	struct tree *tree = xcalloc(1, sizeof(*tree));

	tree->hash_size = HASH_MIN;
	tree->hash = xcalloc(tree->hash_size, sizeof(*tree->hash));
	tree->root.name = xstrndup("", 0);
	tree->root.inode = inode_create(S_IFDIR | 0755);
	tree->root.inode->links = 1;
	return tree;
}

void tree_destroy(struct tree *tree)
{
	if (tree == NULL)
		return;
	for (u32 i = 0; i < tree->hash_size; i++)
		while (tree->hash[i] != NULL) {
			struct entry *entry = tree->hash[i];

			tree->hash[i] = entry->next_hash;
			inode_put(entry->inode);
			free(entry->name);
			free(entry);
		}
	inode_put(tree->root.inode);
	free(tree->root.name);
	free(tree->hash);
	free(tree);
}

static void rehash(struct tree *tree)
{
	struct entry **old = tree->hash;
	u32 old_size = tree->hash_size;

	tree->hash_size *= 2;
	tree->hash = xcalloc(tree->hash_size, sizeof(*tree->hash));
	for (u32 i = 0; i < old_size; i++)
		while (old[i] != NULL) {
			struct entry *entry = old[i];
			struct entry **to = bucket(tree, entry->parent, entry->name, entry->len);

			old[i] = entry->next_hash;
			entry->next_hash = *to;
			*to = entry;
		}
	free(old);
}

struct entry *tree_find(struct tree *tree, struct entry *dir, const char *name, u32 len)
{
	struct entry *entry = *bucket(tree, dir, name, len);

	for (; entry != NULL; entry = entry->next_hash)
		if (entry->parent == dir && entry->len == len &&
		    memcmp(entry->name, name, len) == 0)
			return entry;
	return NULL;
}

struct entry *tree_add(struct tree *tree, struct entry *dir, const char *name, u32 len,
		       struct inode *inode)
{
	struct entry *entry = xcalloc(1, sizeof(*entry));
	struct inode *parent = dir->inode;
	struct entry **to;

	if (tree->count >= tree->hash_size)
		rehash(tree);
	entry->name = xstrndup(name, len);
	entry->len = len;
	entry->inode = inode;
	entry->parent = dir;
	entry->layer = tree->layer;
	if (inode->first == NULL)
		inode->first = entry;
	inode->links++;
	to = bucket(tree, dir, name, len);
	entry->next_hash = *to;
	*to = entry;
	tree->count++;
	if (parent->entry_count == parent->entry_capacity) {
		parent->entry_capacity =
			parent->entry_capacity == 0 ? 8 : parent->entry_capacity * 2;
		parent->entries = xrealloc(parent->entries,
					   parent->entry_capacity * sizeof(*parent->entries));
	}
	parent->entries[parent->entry_count++] = entry;
	return entry;
}

/* Take one entry out of its parent's list and the hash, and free it. */
static void drop_entry(struct tree *tree, struct entry *entry)
{
	struct inode *parent = entry->parent->inode;
	struct entry **at = bucket(tree, entry->parent, entry->name, entry->len);

	while (*at != entry)
		at = &(*at)->next_hash;
	*at = entry->next_hash;
	for (u32 i = 0; i < parent->entry_count; i++)
		if (parent->entries[i] == entry) {
			parent->entries[i] = parent->entries[--parent->entry_count];
			break;
		}
	tree->count--;
	if (entry->inode->first == entry)
		entry->inode->first = NULL;
	inode_put(entry->inode);
	free(entry->name);
	free(entry);
}

void tree_remove(struct tree *tree, struct entry *entry)
{
	struct entry *at = entry;

	/* Leaves first, without recursion: down to a last child, then up. */
	for (;;) {
		struct entry *parent = at->parent;
		struct inode *inode = at->inode;
		bool last;

		if (inode_is(inode, S_IFDIR) && inode->entry_count > 0) {
			at = inode->entries[inode->entry_count - 1];
			continue;
		}
		last = at == entry;
		drop_entry(tree, at);
		if (last)
			return;
		at = parent;
	}
}

void tree_remove_if(struct tree *tree, bool (*test)(const struct entry *entry, void *context),
		    void *context)
{
	struct entry **found = xmalloc((tree->count + 1) * sizeof(*found));
	u32 count = 0;

	for (u32 i = 0; i < tree->hash_size; i++)
		for (struct entry *e = tree->hash[i]; e != NULL; e = e->next_hash)
			if (!inode_is(e->inode, S_IFDIR) && test(e, context))
				found[count++] = e;
	for (u32 i = 0; i < count; i++)
		tree_remove(tree, found[i]);
	free(found);
}

static int entry_order(const void *a, const void *b)
{
	const struct entry *x = *(struct entry *const *)a, *y = *(struct entry *const *)b;
	int order = memcmp(x->name, y->name, MIN(x->len, y->len));

	return order != 0 ? order : (x->len > y->len) - (x->len < y->len);
}

static int xattr_order(const void *a, const void *b)
{
	return strcmp(((const struct tree_xattr *)a)->name, ((const struct tree_xattr *)b)->name);
}

static void sort_inode(struct inode *inode)
{
	if (inode->entry_count > 1)
		qsort(inode->entries, inode->entry_count, sizeof(struct entry *), entry_order);
	if (inode->xattr_count > 1)
		qsort(inode->xattrs, inode->xattr_count, sizeof(struct tree_xattr), xattr_order);
}

void tree_sort(struct tree *tree)
{
	sort_inode(tree->root.inode);
	for (u32 i = 0; i < tree->hash_size; i++)
		for (struct entry *e = tree->hash[i]; e != NULL; e = e->next_hash)
			sort_inode(e->inode);
}

char *entry_path(const struct entry *entry)
{
	size_t len = 0;
	char *path, *at;

	for (const struct entry *e = entry; e->parent != NULL; e = e->parent)
		len += e->len + 1;
	if (len == 0)
		return xstrndup("", 0);
	path = xmalloc(len);
	at = path + len - 1;
	*at = 0;
	for (const struct entry *e = entry; e->parent != NULL; e = e->parent) {
		at -= e->len;
		memcpy(at, e->name, e->len);
		if (at != path)
			*--at = '/';
	}
	return path;
}
