/*
 * Tables of System V IPC objects: numbers, keys, permissions.
 *
 * LINUX BEHAVIOUR. ipc/util.c: a number is made of an index, given out in a circle of 64 or
 * more, and a sequence number that counts the rounds, so that an old number is not soon a new
 * object's. Permissions as in svipc(7).
 */
#include "abi/linux/capability.h"
#include "abi/linux/stat.h"
#include "kernel/ipc/ipc.h"
#include "kernel/mm/heap.h"
#include "kernel/sys/cred.h"
#include "kernel/task/task.h"
#include "kernel/vfs/vfs.h"
#include "lib/string.h"

#define CIRCLE_MIN 64u
#define SEQ_MAX (INT32_MAX >> IPC_INDEX_BITS)
#define INDEX_MASK ((1 << IPC_INDEX_BITS) - 1)
#define PERMISSIONS 0777u

struct ipc *ipc;

int ipc_init(void)
{
	ipc = kzalloc(sizeof(*ipc));
	if (ipc == NULL)
		return -ENOMEM;
	ipc_ids_init(&ipc->shm, SHM_SEGMENTS_MAX, shm_destroy);
	ipc_ids_init(&ipc->sem, SEM_ARRAYS_MAX, sem_destroy);
	ipc_ids_init(&ipc->msg, MSG_QUEUES_MAX, msg_destroy);
	list_init(&ipc->mq_queues);
	return 0;
}

void ipc_process_exit(struct process *p)
{
	sem_process_exit(p);
	shm_process_gone(p);
}

void ipc_process_exec(struct process *p)
{
	shm_process_gone(p);
}

void ipc_ids_init(struct ipc_ids *ids, u32 limit, void (*destroy)(struct ipc_object *o))
{
	ids->limit = limit;
	ids->destroy = destroy;
	ids->last_index = -1;
}

s64 ipc_now(void)
{
	return time_now().tv_sec;
}

void ipc_object_put(struct ipc_ids *ids, struct ipc_object *o)
{
	if (o != NULL && ref_put(&o->ref))
		ids->destroy(o);
}

/* --- permissions --- */

int ipc_permission(const struct ipc_object *o, int may)
{
	const struct cred *c = &current()->process->cred;
	u32 want = ((u32)may >> 6 | (u32)may >> 3 | (u32)may) & 7, have = o->mode;

	if (c->euid == o->cuid || c->euid == o->uid)
		have >>= 6;
	else if (vfs_in_group(o->cgid) || vfs_in_group(o->gid))
		have >>= 3;
	return (want & ~have) == 0 || capable(LINUX_CAP_IPC_OWNER) ? 0 : -EACCES;
}

int ipc_may_control(const struct ipc_object *o)
{
	u32 euid = current()->process->cred.euid;

	return euid == o->cuid || euid == o->uid || capable(LINUX_CAP_SYS_ADMIN) ? 0 : -EPERM;
}

void ipc_perm_out(const struct ipc_object *o, struct linux_ipc64_perm *ret)
{
	*ret = (struct linux_ipc64_perm){
		.key = o->key,
		.uid = o->uid,
		.gid = o->gid,
		.cuid = o->cuid,
		.cgid = o->cgid,
		.mode = o->mode,
		.seq = (u16)(o->id >> IPC_INDEX_BITS),
	};
}

int ipc_perm_in(struct ipc_object *o, const struct linux_ipc64_perm *perm)
{
	if (perm->uid == ~0u || perm->gid == ~0u)
		return -EINVAL;
	o->uid = perm->uid;
	o->gid = perm->gid;
	o->mode = (o->mode & ~PERMISSIONS) | (perm->mode & PERMISSIONS);
	o->ctime = ipc_now();
	return 0;
}

/* --- the table, under ids.lock --- */

static struct list *bucket_of(struct ipc_ids *ids, s32 key)
{
	return list_ready(&ids->keys[(u32)key * 2654435761u >> 26]);
}

static struct ipc_object *find_key(struct ipc_ids *ids, s32 key)
{
	struct ipc_object *o;

	list_for_each(o, bucket_of(ids, key), key_link)
		if (o->key == key)
			return o;
	return NULL;
}

static struct ipc_object *slot_of(const struct ipc_ids *ids, s32 index)
{
	return index >= 0 && (u32)index < ids->space ? ids->slots[index] : NULL;
}

static int slots_grow(struct ipc_ids *ids, u32 index)
{
	u32 space = MAX(ids->space, CIRCLE_MIN);
	struct ipc_object **slots;

	if (index < ids->space)
		return 0;
	while (space <= index)
		space *= 2;
	slots = kzalloc(space * sizeof(slots[0]));
	if (slots == NULL)
		return -ENOMEM;
	if (ids->space != 0)
		memcpy(slots, ids->slots, ids->space * sizeof(slots[0]));
	kfree(ids->slots);
	ids->slots = slots;
	ids->space = space;
	return 0;
}

/* The first free index after the last one given out, within the circle. */
static int index_alloc(struct ipc_ids *ids, u32 *ret)
{
	u32 circle = MIN(MAX(ids->in_use * 3 / 2, CIRCLE_MIN), ids->limit);
	u32 start = (u32)(ids->last_index + 1);

	if (ids->in_use >= ids->limit)
		return -ENOSPC;
	if (start >= circle)
		start = 0;
	for (u32 n = 0; n < circle; n++) {
		u32 index = (start + n) % circle;

		if (slot_of(ids, (s32)index) != NULL)
			continue;
		*ret = index;
		return slots_grow(ids, index);
	}
	return -ENOSPC;
}

static int table_add(struct ipc_ids *ids, struct ipc_object *o)
{
	u32 index;
	int err = index_alloc(ids, &index);

	if (err < 0)
		return err;
	if ((s32)index <= ids->last_index)
		ids->seq = ids->seq >= SEQ_MAX - 1 ? 0 : ids->seq + 1;
	ids->last_index = (s32)index;
	o->id = (s32)(ids->seq << IPC_INDEX_BITS | index);
	ids->slots[index] = o;
	ids->in_use++;
	ids->total += o->units;
	if (o->key != LINUX_IPC_PRIVATE)
		list_add(bucket_of(ids, o->key), &o->key_link);
	return 0;
}

void ipc_forget_key_locked(struct ipc_object *o)
{
	list_del(&o->key_link);
	o->key = LINUX_IPC_PRIVATE;
}

void ipc_remove_locked(struct ipc_ids *ids, struct ipc_object *o)
{
	ids->slots[o->id & INDEX_MASK] = NULL;
	ids->in_use--;
	ids->total -= o->units;
	list_del(&o->key_link);
	o->deleted = true;
	if (ref_put(&o->ref))
		panic("IPC object removed by nobody");
}

/* --- making and finding --- */

static s64 make(const struct ipc_get *get)
{
	const struct cred *c = &current()->process->cred;
	struct ipc_object *o;
	int err;

	if (get->ids->in_use >= get->ids->limit)
		return -ENOSPC;
	err = get->create(get, &o);
	if (err < 0)
		return err;
	ref_init(&o->ref);
	list_init(&o->key_link);
	o->key = get->key;
	o->uid = o->cuid = c->euid;
	o->gid = o->cgid = c->egid;
	o->mode |= (u32)get->flags & PERMISSIONS;
	o->ctime = ipc_now();
	err = table_add(get->ids, o);
	if (err < 0) {
		get->ids->destroy(o);
		return err;
	}
	return o->id;
}

static s64 take_existing(const struct ipc_get *get, struct ipc_object *o)
{
	s64 result = o->id;
	int err = 0;

	if ((get->flags & (LINUX_IPC_CREAT | LINUX_IPC_EXCL)) ==
	    (LINUX_IPC_CREAT | LINUX_IPC_EXCL))
		return -EEXIST;
	lock_acquire(&o->lock);
	if (get->check != NULL)
		err = get->check(o, get->size);
	if (err == 0)
		err = ipc_permission(o, get->flags);
	lock_release(&o->lock);
	return err < 0 ? err : result;
}

s64 ipc_get(const struct ipc_get *get)
{
	struct ipc_object *o = NULL;
	s64 result;

	lock_acquire(&get->ids->lock);
	if (get->key != LINUX_IPC_PRIVATE)
		o = find_key(get->ids, get->key);
	if (o != NULL)
		result = take_existing(get, o);
	else if (get->key != LINUX_IPC_PRIVATE && !(get->flags & LINUX_IPC_CREAT))
		result = -ENOENT;
	else
		result = make(get);
	lock_release(&get->ids->lock);
	return result;
}

static int take_locked(struct ipc_object *o, s32 id, struct ipc_object **ret)
{
	if (o == NULL || (id >= 0 && o->id != id))
		return -EINVAL;
	ref_get(&o->ref);
	*ret = o;
	return 0;
}

int ipc_lock_id(struct ipc_ids *ids, s32 id, struct ipc_object **ret)
{
	struct ipc_object *o;
	int err;

	if (id < 0)
		return -EINVAL;
	lock_acquire(&ids->lock);
	err = take_locked(slot_of(ids, id & INDEX_MASK), id, &o);
	lock_release(&ids->lock);
	if (err < 0)
		return err;
	lock_acquire(&o->lock);
	if (o->deleted) {
		ipc_unlock(ids, o);
		return -EIDRM;
	}
	*ret = o;
	return 0;
}

int ipc_lock_table_id(struct ipc_ids *ids, s32 id, struct ipc_object **ret)
{
	int err;

	if (id < 0)
		return -EINVAL;
	lock_acquire(&ids->lock);
	err = take_locked(slot_of(ids, id & INDEX_MASK), id, ret);
	if (err < 0)
		lock_release(&ids->lock);
	else
		lock_acquire(&(*ret)->lock);
	return err;
}

int ipc_lock_index(struct ipc_ids *ids, s32 index, struct ipc_object **ret)
{
	struct ipc_object *o;
	int err;

	lock_acquire(&ids->lock);
	err = take_locked(slot_of(ids, index & INDEX_MASK), -1, &o);
	if (err == 0)
		lock_acquire(&o->lock);
	lock_release(&ids->lock);
	if (err == 0)
		*ret = o;
	return err;
}

void ipc_unlock(struct ipc_ids *ids, struct ipc_object *o)
{
	lock_release(&o->lock);
	ipc_object_put(ids, o);
}

void ipc_unlock_table(struct ipc_ids *ids, struct ipc_object *o)
{
	lock_release(&o->lock);
	lock_release(&ids->lock);
	ipc_object_put(ids, o);
}

struct ipc_object *ipc_next(struct ipc_ids *ids, u32 *index)
{
	struct ipc_object *found = NULL;

	lock_acquire(&ids->lock);
	while (found == NULL && *index < ids->space)
		found = ids->slots[(*index)++];
	if (found != NULL) {
		ref_get(&found->ref);
		lock_acquire(&found->lock);
	}
	lock_release(&ids->lock);
	return found;
}

s32 ipc_max_index(struct ipc_ids *ids)
{
	s32 max = 0;

	lock_acquire(&ids->lock);
	for (u32 i = 0; i < ids->space; i++)
		if (ids->slots[i] != NULL)
			max = (s32)i;
	lock_release(&ids->lock);
	return max;
}
