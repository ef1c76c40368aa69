/* Names of host files within their tree. See struct host_place. */
#include "abi/linux/fcntl.h"
#include "kernel/fs/host/hostfs.h"
#include "lib/string.h"

struct host_place *host_place_create(struct host_place *parent, const char *name, size_t len)
{
	struct host_place *p = kzalloc(sizeof(*p));
	char *copy = kzalloc(len + 1);

	if (p == NULL || copy == NULL) {
		kfree(p);
		kfree(copy);
		return NULL;
	}
	memcpy(copy, name, len);
	ref_init(&p->ref);
	p->name = copy;
	if (parent != NULL) {
		ref_get(&parent->ref);
		p->parent = parent;
	}
	return p;
}

/* A loop, not recursion: a chain may be two thousand names long. */
void host_place_put(struct host_place *p)
{
	while (p != NULL && ref_put(&p->ref)) {
		struct host_place *parent = p->parent;

		kfree(p->name);
		kfree(p);
		p = parent;
	}
}

/* Put a component before the text that starts at *start. */
static bool path_prepend(char *buf, size_t *start, const char *name, size_t len)
{
	if (*start < len + 1)
		return false;
	if (buf[*start] != '\0')
		buf[--*start] = '/';
	*start -= len;
	memcpy(buf + *start, name, len);
	return true;
}

int host_place_path(struct host_super *hs, struct host_place *p, const char *name, size_t len,
		    char **ret)
{
	size_t start = LINUX_PATH_MAX - 1;
	char *buf = kzalloc(LINUX_PATH_MAX);
	bool fits = true;

	if (buf == NULL)
		return -ENOMEM;
	if (name != NULL)
		fits = path_prepend(buf, &start, name, len);
	lock_acquire(&hs->lock);
	for (; fits && p->parent != NULL; p = p->parent)
		fits = path_prepend(buf, &start, p->name, strlen(p->name));
	lock_release(&hs->lock);
	if (!fits) {
		kfree(buf);
		return -ENAMETOOLONG;
	}
	if (buf[start] == '\0')
		buf[--start] = '.';
	memmove(buf, buf + start, LINUX_PATH_MAX - start);
	*ret = buf;
	return 0;
}

static bool place_is_below(const struct host_place *p, const struct host_place *top)
{
	for (; p != NULL; p = p->parent)
		if (p == top)
			return true;
	return false;
}

int host_place_move(struct host_super *hs, struct host_place *p, struct host_place *parent,
		    const char *name, size_t len)
{
	struct host_place *old_parent = parent;
	char *copy = kzalloc(len + 1);

	if (copy == NULL)
		return -ENOMEM;
	memcpy(copy, name, len);
	ref_get(&parent->ref);
	lock_acquire(&hs->lock);
	if (p->parent != NULL && !place_is_below(parent, p)) {
		char *old_name = p->name;

		old_parent = p->parent;
		p->parent = parent;
		p->name = copy;
		copy = old_name;
		parent = NULL;
	}
	lock_release(&hs->lock);
	host_place_put(old_parent);
	kfree(copy);
	return parent == NULL ? 0 : -ELOOP;
}
