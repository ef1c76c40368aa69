/* Intrusive doubly linked list. A head and an entry have the same type. */
#ifndef NACRE_LIB_LIST_H
#define NACRE_LIB_LIST_H

#include "lib/types.h"

struct list {
	struct list *next, *prev;
};

#define LIST_INIT(l) { &(l), &(l) }

static inline void list_init(struct list *l)
{
	l->next = l->prev = l;
}

/*
 * A head in zeroed memory becomes an empty list at its first use, so that a table of many heads
 * is not touched, page by page, when it is made. What protects the list is held.
 */
static inline struct list *list_ready(struct list *l)
{
	if (l->next == NULL)
		list_init(l);
	return l;
}

static inline bool list_empty(const struct list *l)
{
	return l->next == l;
}

static inline void list_insert_between(struct list *e, struct list *prev, struct list *next)
{
	e->prev = prev;
	e->next = next;
	prev->next = e;
	next->prev = e;
}

/* Insert at the front. */
static inline void list_add(struct list *head, struct list *e)
{
	list_insert_between(e, head, head->next);
}

/* Insert at the back. */
static inline void list_add_tail(struct list *head, struct list *e)
{
	list_insert_between(e, head->prev, head);
}

/* Unlink; the entry is left a valid empty list, so deleting twice is harmless. */
static inline void list_del(struct list *e)
{
	e->prev->next = e->next;
	e->next->prev = e->prev;
	list_init(e);
}

#define list_entry(ptr, type, member) container_of(ptr, type, member)
#define list_first(head, type, member) list_entry((head)->next, type, member)
#define list_last(head, type, member) list_entry((head)->prev, type, member)

#define list_for_each(pos, head, member)                                          \
	for (pos = list_entry((head)->next, __typeof__(*pos), member);            \
	     &pos->member != (head);                                              \
	     pos = list_entry(pos->member.next, __typeof__(*pos), member))

/* The body may delete pos. */
#define list_for_each_safe(pos, tmp, head, member)                                \
	for (pos = list_entry((head)->next, __typeof__(*pos), member),            \
	    tmp = list_entry(pos->member.next, __typeof__(*pos), member);         \
	     &pos->member != (head);                                              \
	     pos = tmp, tmp = list_entry(tmp->member.next, __typeof__(*pos), member))

#endif
