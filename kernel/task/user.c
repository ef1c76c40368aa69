/* Users and what is counted for them. See user.h. */
#include "kernel/task/user.h"

#include "kernel/mm/heap.h"
#include "kernel/task/table.h"

static struct user *find_from(struct user *u, u32 uid)
{
	while (u != NULL && u->uid != uid)
		u = u->next;
	return u;
}

struct user *user_find(u32 uid)
{
	struct user **bucket = &sandbox->users[uid % SANDBOX_USER_BUCKETS];
	struct user *head = atomic_load(bucket), *u = find_from(head, uid), *made;

	if (u != NULL)
		return u;
	made = kzalloc(sizeof(*made));
	if (made == NULL)
		return &sandbox->other_user;
	made->uid = uid;
	do {
		u = find_from(head, uid);
		if (u != NULL) {
			kfree(made);
			return u;
		}
		made->next = head;
	} while (!atomic_cas(bucket, &head, made));
	return made;
}
