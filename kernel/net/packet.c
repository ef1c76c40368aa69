/*
 * Packets: data on its way from one socket to another. See packet.h.
 *
 * A packet up to 32 KiB is one allocation; the rest of a longer one is in pieces.
 */
#include "kernel/net/packet.h"

#include "abi/errno.h"
#include "kernel/net/net.h"
#include "lib/string.h"

#define PIECE_MAX (32768u - (u32)sizeof(struct piece))

/* Linux: about 768 bytes for the smallest; the same here, so that as many fit. */
u32 packet_cost(u32 size)
{
	return ALIGN_UP(size + 320, 512u) + 256;
}

static void pieces_free(struct piece *p)
{
	while (p != NULL) {
		struct piece *next = p->next;

		kfree(p);
		p = next;
	}
}

static void packet_free(struct packet *p)
{
	struct socket *owner = p->owner;

	scm_fini(&p->scm);
	sock_name_put(p->from);
	pieces_free(p->more);
	if (owner != NULL) {
		socket_uncharge(owner, p->cost);
		socket_put(owner);
	}
	kfree(p);
}

struct packet *packet_get(struct packet *p)
{
	ref_get(&p->ref);
	return p;
}

void packet_put(struct packet *p)
{
	if (p != NULL && ref_put(&p->ref))
		packet_free(p);
}

/* --- data --- */

static struct packet *packet_alloc(u32 size, u32 reserve)
{
	u32 capacity = MIN(MAX(size, reserve), PACKET_PIECE_MAX);
	struct packet *p = kzalloc(sizeof(*p) + capacity);
	struct piece **tail;

	if (p == NULL)
		return NULL;
	ref_init(&p->ref);
	list_init(&p->link);
	p->size = size;
	p->capacity = capacity;
	p->room = MIN(size, PACKET_PIECE_MAX);
	tail = &p->more;
	for (u32 left = size - p->room; left != 0; left -= (*tail)->size, tail = &(*tail)->next) {
		u32 n = MIN(left, PIECE_MAX);

		*tail = kzalloc(sizeof(struct piece) + n);
		if (*tail == NULL) {
			packet_free(p);
			return NULL;
		}
		(*tail)->size = n;
	}
	return p;
}

static bool fill(struct iter *from, char *to, u32 len)
{
	return len == 0 || iter_copy_from(from, to, len) == (s64)len;
}

int packet_create(struct socket *owner, struct iter *from, u32 size, u32 reserve,
		  struct packet **ret)
{
	struct packet *p = packet_alloc(size, reserve);
	bool whole;

	if (p == NULL)
		return -ENOBUFS;
	whole = fill(from, p->data, p->room);
	for (struct piece *piece = p->more; whole && piece != NULL; piece = piece->next)
		whole = fill(from, piece->data, piece->size);
	if (!whole) {
		packet_free(p);
		return -EFAULT;
	}
	if (owner != NULL) {
		p->cost = packet_cost(size);
		p->owner = socket_get(owner);
		socket_charge(owner, p->cost);
	}
	*ret = p;
	return 0;
}

/* The stretch of one allocation that has bytes [*offset, ...): at most len of them. */
static s64 copy_stretch(const char *data, u32 size, u32 *offset, u32 len, struct iter *to)
{
	u32 n;
	s64 done;

	if (*offset >= size) {
		*offset -= size;
		return 0;
	}
	n = MIN(len, size - *offset);
	if (n == 0)
		return 0;
	done = iter_copy_to(to, data + *offset, n);
	*offset = 0;
	return done;
}

s64 packet_copy_to(const struct packet *p, u32 offset, u32 len, struct iter *to)
{
	const char *data = p->data;
	const struct piece *piece = p->more;
	u32 size = atomic_load(&p->room), done = 0;

	for (;;) {
		u32 want = offset >= size ? 0 : MIN(len - done, size - offset);
		s64 n = copy_stretch(data, size, &offset, len - done, to);

		if (n < 0)
			return done == 0 ? n : (s64)done;
		done += (u32)n;
		if ((u32)n < want || done == len || piece == NULL)
			return done;
		data = piece->data;
		size = piece->size;
		piece = piece->next;
	}
}

/* Bytes [offset, offset + len) of first and second, one after the other. */
static void read_both(const struct packet *first, const struct packet *second, u32 offset,
		      char *to, u32 len)
{
	u32 n = offset >= first->size ? 0 : MIN(len, first->size - offset);
	struct iter it;

	iter_init_kernel(&it, to, len);
	if (n > 0 && packet_copy_to(first, offset, n, &it) != (s64)n)
		panic("packet: %u bytes of %u", n, first->size);
	offset = offset + n - first->size;
	if (len > n && packet_copy_to(second, offset, len - n, &it) != (s64)(len - n))
		panic("packet: %u bytes of %u", len - n, second->size);
}

struct packet *packet_join(const struct packet *first, const struct packet *second)
{
	struct packet *p = packet_alloc(first->size + second->size, 0);
	u32 at;

	if (p == NULL)
		return NULL;
	at = p->room;
	read_both(first, second, 0, p->data, at);
	for (struct piece *piece = p->more; piece != NULL; at += piece->size, piece = piece->next)
		read_both(first, second, at, piece->data, piece->size);
	memcpy(p->to, first->to, sizeof(p->to));
	p->tos = first->tos;
	p->hops = first->hops;
	return p;
}

/* --- queues --- */

void packet_queue_locked(struct socket *s, struct packet *p)
{
	list_add_tail(&s->queue, &p->link);
	s->queue_bytes += p->size - p->start;
	atomic_store(&s->queue_count, s->queue_count + 1);
}

/* A reader that does not hold the lock sees the old or the new size, and data for either. */
bool packet_append_locked(struct socket *s, const struct packet *p)
{
	struct packet *last;

	if (list_empty(&s->queue))
		return false;
	last = list_last(&s->queue, struct packet, link);
	if (last->owner != p->owner || last->more != NULL || p->more != NULL ||
	    last->capacity - last->room < p->size)
		return false;
	memcpy(last->data + last->room, p->data, p->size);
	last->cost += p->size;
	socket_charge(p->owner, p->size);
	atomic_store(&last->room, last->room + p->size);
	atomic_store(&last->size, last->size + p->size);
	s->queue_bytes += p->size;
	return true;
}

struct packet *packet_first_locked(struct socket *s)
{
	return list_empty(&s->queue) ? NULL : list_first(&s->queue, struct packet, link);
}

struct packet *packet_next_locked(struct socket *s, struct packet *p)
{
	return p->link.next == &s->queue ? NULL : list_entry(p->link.next, struct packet, link);
}

void packet_unlink_locked(struct socket *s, struct packet *p)
{
	list_del(&p->link);
	s->queue_bytes -= p->size - p->start;
	atomic_store(&s->queue_count, s->queue_count - 1);
}

void packets_take_locked(struct socket *s, struct list *to)
{
	struct packet *p;

	while ((p = packet_first_locked(s)) != NULL) {
		packet_unlink_locked(s, p);
		list_add_tail(to, &p->link);
	}
}

void packets_put(struct list *packets)
{
	while (!list_empty(packets)) {
		struct packet *p = list_first(packets, struct packet, link);

		list_del(&p->link);
		packet_put(p);
	}
}
