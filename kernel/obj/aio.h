/*
 * Contexts of asynchronous input and output: queues of completed requests.
 *
 * A context belongs to an address space and ends with it, or with its exec; a fork's child
 * has none. Its number is the address of a page that is mapped for it. io_setup(2).
 */
#ifndef NACRE_KERNEL_OBJ_AIO_H
#define NACRE_KERNEL_OBJ_AIO_H

#include "abi/linux/aio.h"
#include "lib/types.h"

struct aio_context;
struct file;
struct mm;

#define AIO_MAX_NR 65536u /* events that all contexts of the sandbox may hold */

/* For at least count events. -EAGAIN: more than there may be; -ENOMEM. */
MUST_USE int aio_create(u32 count, uaddr_t *ret_id);
/* -EINVAL: there is no such context. */
MUST_USE int aio_destroy(uaddr_t id);
/* With a reference; NULL: none. */
struct aio_context *aio_get(uaddr_t id);
void aio_put(struct aio_context *c);
/* Make sure that one more event can be delivered; -EAGAIN. */
MUST_USE int aio_reserve(struct aio_context *c);
/* The reserved place is not needed after all. */
void aio_unreserve(struct aio_context *c);
/* Deliver, to a reserved place. */
void aio_complete(struct aio_context *c, const struct linux_io_event *e);
/*
 * Wait, without the caller, until one of events (LINUX_POLLx) is there, and deliver e with
 * what is, to a reserved place. -EINVAL: the file cannot tell; the place stays reserved.
 */
MUST_USE int aio_poll(struct aio_context *c, struct file *f, u32 events,
		      const struct linux_io_event *e);
/* End the wait of the request obj: its event comes with nothing. -EINVAL: there is none. */
MUST_USE int aio_cancel(struct aio_context *c, u64 obj);
/*
 * Take at most max events, the oldest first, without waiting; their count. Their places stay
 * reserved until aio_taken() says that they were delivered, or aio_untake() brings them back.
 */
u32 aio_take(struct aio_context *c, struct linux_io_event *to, u32 max);
void aio_taken(struct aio_context *c, u32 count);
void aio_untake(struct aio_context *c, const struct linux_io_event *from, u32 count);
/* Until there is an event: 0, -ETIMEDOUT, -ERESTARTSYS, -EINVAL when the context ended. */
MUST_USE int aio_wait(struct aio_context *c, u64 deadline);
/* The address space is at its end: all its contexts go. */
void aio_end(struct mm *mm);

#endif
