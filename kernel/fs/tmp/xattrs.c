/* Extended attributes kept in memory. See xattrs.h. */
#include "kernel/fs/tmp/xattrs.h"

#include "abi/errno.h"
#include "abi/linux/xattr.h"
#include "kernel/mm/heap.h"
#include "lib/string.h"

#define XATTRS_BYTES_MAX (1u << 20) /* of one inode */

struct xattr {
	struct xattr *next;
	size_t size; /* of the value, which follows the name */
	size_t name_len;
	char data[];
};

static struct xattr **find(struct xattrs *x, const char *name)
{
	struct xattr **link = &x->first;

	while (*link != NULL && !str_equal((*link)->data, name))
		link = &(*link)->next;
	return link;
}

s64 xattrs_get(const struct xattrs *x, const char *name, void *buf, size_t size)
{
	const struct xattr *a = x->first;

	while (a != NULL && !str_equal(a->data, name))
		a = a->next;
	if (a == NULL)
		return -ENODATA;
	if (size == 0)
		return (s64)a->size;
	if (a->size > size)
		return -ERANGE;
	memcpy(buf, a->data + a->name_len + 1, a->size);
	return (s64)a->size;
}

int xattrs_set(struct xattrs *x, const char *name, const void *value, size_t size,
	       int flags)
{
	struct xattr **link = find(x, name), *old = *link, *a;
	size_t len = strlen(name), bytes = x->bytes + len + size;

	if (old != NULL && flags & LINUX_XATTR_CREATE)
		return -EEXIST;
	if (old == NULL && flags & LINUX_XATTR_REPLACE)
		return -ENODATA;
	if (old != NULL)
		bytes -= old->name_len + old->size;
	if (bytes > XATTRS_BYTES_MAX)
		return -ENOSPC;
	a = kzalloc(sizeof(*a) + len + 1 + size);
	if (a == NULL)
		return -ENOMEM;
	memcpy(a->data, name, len);
	memcpy(a->data + len + 1, value, size);
	a->name_len = len;
	a->size = size;
	if (old != NULL)
		a->next = old->next;
	*link = a;
	kfree(old);
	x->bytes = bytes;
	return 0;
}

s64 xattrs_list(const struct xattrs *x, char *buf, size_t size)
{
	size_t len = 0;

	for (const struct xattr *a = x->first; a != NULL; a = a->next)
		len += a->name_len + 1;
	if (size == 0)
		return (s64)len;
	if (len > size)
		return -ERANGE;
	for (const struct xattr *a = x->first; a != NULL; a = a->next) {
		memcpy(buf, a->data, a->name_len + 1);
		buf += a->name_len + 1;
	}
	return (s64)len;
}

int xattrs_remove(struct xattrs *x, const char *name)
{
	struct xattr **link = find(x, name), *a = *link;

	if (a == NULL)
		return -ENODATA;
	*link = a->next;
	x->bytes -= a->name_len + a->size;
	kfree(a);
	return 0;
}

void xattrs_fini(struct xattrs *x)
{
	while (x->first != NULL) {
		struct xattr *a = x->first;

		x->first = a->next;
		kfree(a);
	}
	x->bytes = 0;
}
