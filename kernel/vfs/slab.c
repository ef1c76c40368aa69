/* Memory for objects that are looked at without a lock. See internal.h. */
#include "kernel/vfs/internal.h"

#include "lib/string.h"

#define SLAB_CHUNK 16u

struct slab_object {
	u32 ref;
	u32 pad;
	struct slab_object *next;
};

static void slab_grow(struct slab *s)
{
	char *chunk = kzalloc((size_t)s->size * SLAB_CHUNK);

	if (chunk == NULL)
		return;
	for (u32 i = 0; i < SLAB_CHUNK; i++) {
		struct slab_object *o =
			(struct slab_object *)(chunk + (size_t)i * s->size);

		o->next = s->free;
		s->free = o;
	}
}

void *slab_alloc(struct slab *s)
{
	struct slab_object *o;

	lock_acquire(&s->lock);
	if (s->free == NULL)
		slab_grow(s);
	o = s->free;
	if (o != NULL)
		s->free = o->next;
	lock_release(&s->lock);
	if (o != NULL)
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
