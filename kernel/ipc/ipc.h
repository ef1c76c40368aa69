/*
 * System V IPC: shared memory, semaphores, message queues; and POSIX message queues.
 *
 * OVERVIEW. The System V kinds have the same frame: a table of objects found by number or by
 * key, with an owner and permissions (ids.c). What an object does is in shm.c, sem.c, msg.c.
 * POSIX queues are found by name and are files: mqueue.h. Everything is in the shared heap;
 * there is one name space for the whole sandbox.
 *
 * LIFETIME. The table holds a reference to each object until it is removed; a caller at work
 * holds its own. A removed object is marked (deleted), so that who waited finds out.
 *
 * LOCKING. ids.lock, then object.lock; both are leaves but for the heap's and wait queues'.
 * Legend: I immutable, t ids.lock, o object.lock, b both to change, either to read.
 */
#ifndef NACRE_KERNEL_IPC_IPC_H
#define NACRE_KERNEL_IPC_IPC_H

#include "abi/errno.h"
#include "abi/linux/ipc.h"
#include "kernel/sync/lock.h"
#include "kernel/sync/waitq.h"
#include "lib/atomic.h"
#include "lib/list.h"

struct process;
struct seq;
struct super;

#define IPC_KEY_BUCKETS 64u
#define IPC_INDEX_BITS 15u /* an id is seq << 15 | index */

/* Linux's defaults, which /proc/sys shows; they cannot be changed. */
#define SHM_SIZE_MAX (~(u64)0 - (1ull << 24))
#define SHM_PAGES_MAX (~(u64)0 - (1ull << 24))
#define SHM_SEGMENTS_MAX 4096u
#define SEM_PER_ARRAY_MAX 32000u
#define SEM_TOTAL_MAX 1024000000u
#define SEM_OPS_MAX 500u
#define SEM_ARRAYS_MAX 32000u
#define MSG_SIZE_MAX 8192u
#define MSG_BYTES_MAX 16384u
#define MSG_QUEUES_MAX 32000u
#define MQ_QUEUES_MAX 256
#define MQ_MSG_MAX 10
#define MQ_MSGSIZE_MAX 8192
#define MQ_MSG_DEFAULT 10
#define MQ_MSGSIZE_DEFAULT 8192

struct ipc_object {
	struct ref ref;
	struct lock lock;
	s32 id;                      /* I once in the table */
	s32 key;                     /* b */
	bool deleted;                /* b */
	u32 uid, gid, cuid, cgid;    /* o; the last two I */
	u32 mode;                    /* o: permissions and what the kind keeps above */
	s64 ctime;                   /* o: seconds */
	u64 units;                   /* I: what it adds to ids.total */
	struct list key_link;        /* t */
};

struct ipc_ids {
	struct lock lock;
	u32 limit;                   /* I: objects */
	void (*destroy)(struct ipc_object *o); /* I: the last reference is gone */
	struct ipc_object **slots;   /* t: by index */
	u32 space;                   /* t */
	u32 in_use;                  /* t */
	s32 last_index;              /* t: indexes are given out in a circle, as on Linux */
	u32 seq;                     /* t: counts the rounds */
	u64 total;                   /* t: pages of all segments, semaphores of all arrays */
	struct list keys[IPC_KEY_BUCKETS]; /* t: of ipc_object.key_link */
};

struct ipc {
	struct ipc_ids shm, sem, msg;
	struct super *shm_super;     /* shm.lock: where segments live; made on first use */
	/* mqueuefs.c, under mq_lock */
	struct lock mq_lock;
	struct super *mq_super;      /* made on first use */
	struct list mq_queues;       /* of mqueue.link, oldest first */
	u32 mq_count;                /* of those, how many have a name */
	u64 mq_serial;               /* the last one given out */
};

extern struct ipc *ipc; /* set once, in the first process */

/* Once, in the first process, before any other. */
MUST_USE int ipc_init(void);
/* The calling process ends; its memory is still there. */
void ipc_process_exit(struct process *p);
/* Its memory is about to be replaced by another program's. */
void ipc_process_exec(struct process *p);

/* --- ids.c --- */

/* What the three get calls differ in. */
struct ipc_get {
	struct ipc_ids *ids;
	s32 key;
	int flags;
	u64 size; /* bytes, semaphores */
	/* A new object with its permissions not set, size being checked; ids.lock is held. */
	int (*create)(const struct ipc_get *get, struct ipc_object **ret);
	/* An existing one was found: does it serve? NULL: always. Its lock is held. */
	int (*check)(const struct ipc_object *o, u64 size);
};

void ipc_ids_init(struct ipc_ids *ids, u32 limit, void (*destroy)(struct ipc_object *o));
/* The id, or -Exxx. */
MUST_USE s64 ipc_get(const struct ipc_get *get);
/*
 * The object of an id, referenced and locked. -EINVAL: none, -EIDRM: not any more.
 */
MUST_USE int ipc_lock_id(struct ipc_ids *ids, s32 id, struct ipc_object **ret);
/* The same with the table locked, too, so that it can be removed: ipc_unlock_table(). */
MUST_USE int ipc_lock_table_id(struct ipc_ids *ids, s32 id, struct ipc_object **ret);
/* Without a look at the sequence number, for the STAT commands that list. */
MUST_USE int ipc_lock_index(struct ipc_ids *ids, s32 index, struct ipc_object **ret);
/* Release what ipc_lock_*() took, reference included. */
void ipc_unlock(struct ipc_ids *ids, struct ipc_object *o);
void ipc_unlock_table(struct ipc_ids *ids, struct ipc_object *o);
/* The next object at or after *index, locked and referenced; NULL: no more. */
MUST_USE struct ipc_object *ipc_next(struct ipc_ids *ids, u32 *index);
/* The largest index in use; 0 also when there is none. */
s32 ipc_max_index(struct ipc_ids *ids);
void ipc_object_put(struct ipc_ids *ids, struct ipc_object *o);

/* Linux: ipcperms(). may: permission bits in any of the three places. 0, -EACCES. */
MUST_USE int ipc_permission(const struct ipc_object *o, int may);
/* May the caller IPC_SET and IPC_RMID? 0, -EPERM. Object locked. */
MUST_USE int ipc_may_control(const struct ipc_object *o);
/* Take the object out of the table; both locks are held. */
void ipc_remove_locked(struct ipc_ids *ids, struct ipc_object *o);
/* Its key is nobody's any more; both locks are held. */
void ipc_forget_key_locked(struct ipc_object *o);
void ipc_perm_out(const struct ipc_object *o, struct linux_ipc64_perm *ret);
/* IPC_SET: -EINVAL: no such user. Object locked. */
MUST_USE int ipc_perm_in(struct ipc_object *o, const struct linux_ipc64_perm *perm);
s64 ipc_now(void); /* seconds */

/* --- shm.c, sem.c, msg.c: addresses are the guest's --- */

MUST_USE s64 shm_get(s32 key, u64 size, int flags);
MUST_USE s64 shm_attach(s32 id, u64 addr, int flags);
MUST_USE s64 shm_detach(u64 addr);
MUST_USE s64 shm_control(s32 id, int cmd, u64 buf);
void shm_destroy(struct ipc_object *o);
void shm_process_gone(struct process *p);

MUST_USE s64 sem_get(s32 key, s32 count, int flags);
/* ops is a copy in the shared heap; deadline: CLOCK_MONOTONIC ns. */
MUST_USE s64 sem_operate(s32 id, struct linux_sembuf *ops, u32 count, u64 deadline);
MUST_USE s64 sem_control(s32 id, s32 number, int cmd, u64 arg);
void sem_destroy(struct ipc_object *o);
void sem_process_exit(struct process *p);

MUST_USE s64 msg_get(s32 key, int flags);
MUST_USE s64 msg_send(s32 id, s64 type, u64 text, u64 size, int flags);
MUST_USE s64 msg_receive(s32 id, u64 buf, u64 size, s64 type, int flags);
MUST_USE s64 msg_control(s32 id, int cmd, u64 buf);
void msg_destroy(struct ipc_object *o);

/* --- For /proc/sysvipc (list.c). Each prints a line about an object that is not locked. --- */
void shm_print(struct seq *s, struct ipc_object *o);
void sem_print(struct seq *s, struct ipc_object *o);
void msg_print(struct seq *s, struct ipc_object *o);
#endif
