/* Memory for objects that are looked at without a lock. See internal.h. */
#include "kernel/vfs/internal.h"

#include "lib/string.h"

struct slab_object {
	u32 ref;
	u32 pad;
	struct slab_object *next;
};

/* What was never used is zero, and not touched before it is handed out. */
static void *carve(struct slab *s)
{
	char *o;

	if (s->carve_left == 0) {
		s->carve = kzalloc(PAGE_SIZE);
		if (s->carve == NULL)
			return NULL;
		s->carve_left = PAGE_SIZE / s->size;
	}
	o = s->carve;
	s->carve += s->size;
	s->carve_left--;
	return o;
}

void *slab_alloc(struct slab *s)
{
	struct slab_object *o;
	bool used;

	lock_acquire(&s->lock);
	o = s->free;
	used = o != NULL;
	if (used)
		s->free = o->next;
	else
		o = carve(s);
	lock_release(&s->lock);
	if (used)
		memset((char *)o + sizeof(u32), 0, s->size - sizeof(u32));
	return o;
}

void slab_free(struct slab *s, void *object)
{
	struct slab_object *o = object;

	lock_acquire(&s->lock);
	o->next = s->free;
	s->free = o;
	lock_release(&s->lock);
}
