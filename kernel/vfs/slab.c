/* Memory for objects that are looked at without a lock. See internal.h. */
#include "kernel/vfs/internal.h"

struct slab_object {
	u32 ref;
	u32 second;
	struct slab_object *next;
};

/* All but the count, by whole words: who still looks at it sees a pointer or NULL. */
static void clear(struct slab_object *o, u32 size)
{
	u64 *word = (u64 *)(void *)o;

	atomic_store_relaxed(&o->second, 0);
	for (u32 n = 1; n < size / sizeof(*word); n++)
		atomic_store_relaxed(&word[n], 0);
}

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
		clear(o, s->size);
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
