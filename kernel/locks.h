/*
 * The order of all locks, outermost first; doc/locking.md has the rules.
 *
 * OVERVIEW. A thread that holds a lock takes only locks of later rows. A lock gets its rank by
 * lock_rank() where its object is made. With DEBUG=1 every acquisition is checked against what
 * the thread holds, and so are the rules about copies, requests and waits; a violation is a
 * panic that names both locks. Without DEBUG nothing of this is left in the program.
 *
 * LOCK_RANK(name, flags, covers). Flags: SAME, several of this rank may be held, in an order
 * their owner defines; COPY, may be held over copy_in and copy_out, which may ask for a page of
 * an image; ASK, over a request to the broker; WAIT, over a wait for something else than a lock.
 */
#ifndef NACRE_KERNEL_LOCKS_H
#define NACRE_KERNEL_LOCKS_H

#include "kernel/sync/lock.h"

#define LOCK_RANKS \
	LOCK_RANK(FILE_POS, COPY | ASK | WAIT, "a file's position, over one call") \
	LOCK_RANK(RENAME, ASK, "the shape of the tree, while a directory moves") \
	LOCK_RANK(AIO_POLL, 0, "requests of a context that wait for readiness") \
	LOCK_RANK(EPOLL_NEST, 0, "which set is in which set") \
	LOCK_RANK(EPOLL, SAME, "the members of a set") \
	LOCK_RANK(FILE_ASYNC, 0, "whether I/O is told of") \
	LOCK_RANK(PIPE, COPY, "the contents of a pipe") \
	LOCK_RANK(TMP_IO, COPY, "extents of a file in memory (kernel/fs/tmp)") \
	LOCK_RANK(MM, SAME | COPY | ASK, "mappings of an address space") \
	LOCK_RANK(TEXT, COPY | ASK, "program text that processes share (kernel/x86_64/text.c)") \
	LOCK_RANK(OVER_COPY, SAME | ASK, "a file copied up, or brought (kernel/fs/image)") \
	LOCK_RANK(INODE, SAME | ASK, "names of a directory; attributes, size") \
	LOCK_RANK(LISTING, SAME | ASK, "entries read from a directory of the host") \
	LOCK_RANK(MOUNT, 0, "the tree of mounts") \
	LOCK_RANK(FS_CONTEXT, 0, "root, working directory, umask") \
	LOCK_RANK(DCACHE, 0, "the table of dentries") \
	LOCK_RANK(AHEAD, 0, "where the host's trees are read ahead") \
	LOCK_RANK(NOTIFY, 0, "who watches which inode") \
	LOCK_RANK(FDTABLE, SAME, "descriptor numbers") \
	LOCK_RANK(EPOLL_WATCH, 0, "the sets a file is in") \
	LOCK_RANK(FUTEX, SAME, "waiters of futexes") \
	LOCK_RANK(INOTIFY, 0, "an instance's queue of events") \
	LOCK_RANK(EVENTFD, 0, "a counter") \
	LOCK_RANK(AIO, 0, "events of a context of asynchronous requests") \
	LOCK_RANK(WAITQ_IO, 0, "waiters of an object whose I/O may be told of") \
	LOCK_RANK(FILE_OWNER, 0, "who is told of I/O") \
	LOCK_RANK(NURSERY, 0, "blank processes that wait") \
	LOCK_RANK(TASK, 0, "processes, threads, parents, groups") \
	LOCK_RANK(PROCESS, 0, "limits, credentials") \
	LOCK_RANK(WAITQ, SAME, "waiters of one object") \
	LOCK_RANK(EPOLL_READY, 0, "a set's list of what is ready") \
	LOCK_RANK(TIMERS, 0, "all timer queues") \
	LOCK_RANK(SIGHAND, 0, "dispositions, masks, pending signals") \
	LOCK_RANK(ACL, 0, "lists of who has access to a file") \
	LOCK_RANK(HANDLES, 0, "the table of file handles") \
	LOCK_RANK(HOST_SUPER, 0, "inodes of a host tree") \
	LOCK_RANK(HOST_KEEP, 0, "what is kept of host files (kernel/fs/host/keep.c)") \
	LOCK_RANK(POOL, 0, "pages of files in memory") \
	LOCK_RANK(SLAB, 0, "objects of one size") \
	LOCK_RANK(HEAP_CLASS, SAME | ASK, "objects of one size class of the heap") \
	LOCK_RANK(HEAP, SAME | ASK, "the heap's chunks")

enum lock_rank {
	RANK_NONE, /* not checked */
#define LOCK_RANK(name, flags, covers) RANK_##name,
	LOCK_RANKS
#undef LOCK_RANK
};

/* The lock's place in the order: when its object is made. */
static inline void lock_rank(struct lock *l, enum lock_rank rank)
{
#ifdef NACRE_DEBUG
	l->rank = rank;
#else
	(void)l;
	(void)rank;
#endif
}

#endif
