/* Names of host files within their tree. See struct host_place. */
#include "abi/linux/fcntl.h"
#include "kernel/fs/host/hostfs.h"
#include "lib/string.h"

#define SHORT_PATH 256u
#define HOST_ALIASES_MAX 16u /* names remembered of a file in a tree that is not ours to change */

struct host_place *host_place_create(struct host_place *parent, const char *name, size_t len)
{
	struct host_place *p = kzalloc(sizeof(*p) + len + 1);

	if (p == NULL)
		return NULL;
	memcpy(p->own_name, name, len);
	ref_init(&p->ref);
	p->name = p->own_name;
	if (parent != NULL) {
		ref_get(&parent->ref);
		p->parent = parent;
	}
	return p;
}

/* A loop, not recursion: a chain may be two thousand names long. Aliases have none. */
void host_place_put(struct host_place *p)
{
	while (p != NULL && ref_put(&p->ref)) {
		struct host_place *parent = p->parent;

		if (p->name != p->own_name)
			kfree(p->name);
		kfree(p);
		p = parent;
	}
}

/* A directory that was forgotten and found again has another place object. */
static bool place_equal(const struct host_place *a, const struct host_place *b)
{
	while (a != b) {
		if (a == NULL || b == NULL || !str_equal(a->name, b->name))
			return false;
		a = a->parent;
		b = b->parent;
	}
	return true;
}

bool host_place_is(const struct host_place *p, const struct host_place *parent,
		   const char *name, size_t len)
{
	return strlen(p->name) == len && memcmp(p->name, name, len) == 0 &&
	       place_equal(p->parent, parent);
}

/* --- paths --- */

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

/* S is held. */
static bool path_prepend_place(char *buf, size_t *start, const struct host_place *p)
{
	for (; p->parent != NULL; p = p->parent)
		if (!path_prepend(buf, start, p->name, strlen(p->name)))
			return false;
	return true;
}

static int path_finish(char *buf, size_t size, size_t start, bool fits, char **ret)
{
	if (!fits) {
		kfree(buf);
		return -ENAMETOOLONG;
	}
	if (buf[start] == '\0')
		buf[--start] = '.';
	memmove(buf, buf + start, size - start);
	*ret = buf;
	return 0;
}

static int path_in(struct inode *dir, const char *name, size_t len, size_t size, char **ret)
{
	struct host_super *hs = host_super(dir);
	size_t start = size - 1;
	char *buf = kmalloc(size);
	bool fits;

	if (buf == NULL)
		return -ENOMEM;
	buf[start] = '\0';
	fits = path_prepend(buf, &start, name, len);
	lock_acquire(&hs->lock);
	fits = fits && path_prepend_place(buf, &start, host_inode(dir)->place);
	lock_release(&hs->lock);
	return path_finish(buf, size, start, fits, ret);
}

/* Most paths are short. */
int host_path_in(struct inode *dir, const char *name, size_t len, char **ret)
{
	int err = path_in(dir, name, len, SHORT_PATH, ret);

	return err == -ENAMETOOLONG ? path_in(dir, name, len, LINUX_PATH_MAX, ret) : err;
}

static int path_of(struct inode *inode, u32 nth, size_t size, char **ret)
{
	struct host_super *hs = host_super(inode);
	size_t start = size - 1;
	char *buf = kmalloc(size);
	const struct host_place *p;
	bool fits = true;

	if (buf == NULL)
		return -ENOMEM;
	buf[start] = '\0';
	lock_acquire(&hs->lock);
	for (p = host_inode(inode)->place; p != NULL && nth != 0; nth--)
		p = p->alias;
	if (p != NULL)
		fits = path_prepend_place(buf, &start, p);
	lock_release(&hs->lock);
	if (p == NULL) {
		kfree(buf);
		return -ENOENT;
	}
	return path_finish(buf, size, start, fits, ret);
}

int host_path_of(struct inode *inode, u32 nth, char **ret)
{
	int err = path_of(inode, nth, SHORT_PATH, ret);

	return err == -ENAMETOOLONG ? path_of(inode, nth, LINUX_PATH_MAX, ret) : err;
}

/* --- names that come, go and move --- */

/* The link of an inode's chain that points to the name; S is held. */
static struct host_place **place_find(struct host_inode *hi, const struct host_place *parent,
				      const char *name, size_t len, u32 *ret_count)
{
	struct host_place **link = &hi->place;

	for (*ret_count = 0; *link != NULL; link = &(*link)->alias, ++*ret_count)
		if (host_place_is(*link, parent, name, len))
			break;
	return link;
}

void host_place_add(struct inode *inode, struct host_place *parent, const char *name, size_t len)
{
	struct host_super *hs = host_super(inode);
	struct host_inode *hi = host_inode(inode);
	struct host_place *made = host_place_create(parent, name, len), **link, *p;
	u32 count;

	lock_acquire(&hs->lock);
	link = place_find(hi, parent, name, len, &count);
	p = *link;
	if (p != NULL) {
		*link = p->alias; /* known: newest again */
	} else if (count < HOST_ALIASES_MAX || (hs->flags & BOOT_MOUNT_WRITE)) {
		p = made;
		made = NULL;
	}
	if (p != NULL) {
		p->alias = hi->place;
		hi->place = p;
	}
	lock_release(&hs->lock);
	host_place_put(made);
}

void host_place_remove(struct inode *inode, struct host_place *parent, const char *name,
		       size_t len)
{
	struct host_super *hs = host_super(inode);
	struct host_inode *hi = host_inode(inode);
	struct host_place **link, *p;
	u32 count;

	lock_acquire(&hs->lock);
	link = place_find(hi, parent, name, len, &count);
	p = *link;
	if (p != NULL && hi->place->alias != NULL)
		*link = p->alias;
	else
		p = NULL;
	lock_release(&hs->lock);
	host_place_put(p);
}

static bool place_is_below(const struct host_place *p, const struct host_place *top)
{
	for (; p != NULL; p = p->parent)
		if (p == top)
			return true;
	return false;
}

int host_place_move(struct inode *inode, struct host_place *old_parent, const char *old_name,
		    size_t old_len, struct host_place *parent, const char *name, size_t len)
{
	struct host_super *hs = host_super(inode);
	struct host_place *p, *drop = parent;
	char *copy = kzalloc(len + 1), *text = copy;
	u32 count;

	if (copy == NULL)
		return -ENOMEM;
	memcpy(copy, name, len);
	ref_get(&parent->ref);
	lock_acquire(&hs->lock);
	p = *place_find(host_inode(inode), old_parent, old_name, old_len, &count);
	if (p == NULL) /* it was found by a name we did not know of: that one is wrong now */
		p = host_inode(inode)->place;
	if (p->parent != NULL && !place_is_below(parent, p)) {
		drop = p->parent;
		text = p->name != p->own_name ? p->name : NULL;
		p->parent = parent;
		p->name = copy;
		parent = NULL;
	}
	lock_release(&hs->lock);
	host_place_put(drop);
	kfree(text);
	return parent == NULL ? 0 : -ELOOP;
}
