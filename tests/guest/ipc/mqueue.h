/* mqueue.h - for tests of POSIX message queues: names nobody has, removed at the end. */
#ifndef TEST_MQUEUE_H
#define TEST_MQUEUE_H

#include "sysv.h"
#include <fcntl.h>
#include <mqueue.h>
#include <sys/syscall.h>

static char queue_name[64] __attribute__((unused));
static pid_t queue_maker __attribute__((unused));

static void __attribute__((destructor, unused)) remove_queue(void)
{
	if (queue_maker == getpid())
		mq_unlink(queue_name);
}

/* A new queue of at most count messages of size bytes, open for both. */
static inline mqd_t new_queue(long count, long size, int flags)
{
	struct mq_attr attr = { .mq_maxmsg = count, .mq_msgsize = size };
	mqd_t q;

	snprintf(queue_name, sizeof(queue_name), "/nacre-test-%d", getpid());
	queue_maker = getpid();
	q = mq_open(queue_name, O_CREAT | O_EXCL | O_RDWR | flags, 0600, &attr);
	REQUIRE(q >= 0);
	return q;
}

static inline struct timespec from_now(long ms)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_nsec += ms % 1000 * 1000000;
	t.tv_sec += ms / 1000 + t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

#endif
