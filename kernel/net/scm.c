/*
 * What goes with messages of local sockets: descriptors and credentials.
 *
 * Putting a file may close a socket, whose queue holds descriptors again, and so on: a chain
 * of any length. So whoever puts the files of a packet while the same thread is doing that
 * already only notes it, and the outer one does the work (net.draining).
 */
#include "abi/errno.h"
#include "kernel/net/net.h"
#include "kernel/net/packet.h"
#include "kernel/task/task.h"

struct scm_fds *scm_fds_create(u32 room)
{
	struct scm_fds *fds = kzalloc(sizeof(*fds) + room * sizeof(struct file *));

	if (fds != NULL)
		list_init(&fds->link);
	return fds;
}

/* True: this thread is putting others already and will come to it. */
static bool drain_begin(struct scm_fds *fds)
{
	struct thread *self = current();
	struct scm_fds *outer;
	bool nested = false;

	lock_acquire(&net->drain_lock);
	list_for_each(outer, &net->draining, link) {
		if (outer->drainer == self) {
			fds->next = outer->next;
			outer->next = fds;
			nested = true;
			break;
		}
	}
	if (!nested) {
		fds->drainer = self;
		list_add(&net->draining, &fds->link);
	}
	lock_release(&net->drain_lock);
	return nested;
}

/* What was noted meanwhile, or NULL: the end. */
static struct scm_fds *drain_next(struct scm_fds *outer)
{
	struct scm_fds *fds;

	lock_acquire(&net->drain_lock);
	fds = outer->next;
	if (fds != NULL)
		outer->next = fds->next;
	else
		list_del(&outer->link);
	lock_release(&net->drain_lock);
	return fds;
}

static void files_put(struct scm_fds *fds)
{
	for (u32 i = 0; i < fds->count; i++)
		file_put(fds->files[i]);
}

void scm_fds_put(struct scm_fds *fds)
{
	struct scm_fds *noted;

	if (fds == NULL)
		return;
	scm_fds_uncount(fds);
	if (drain_begin(fds))
		return;
	files_put(fds);
	while ((noted = drain_next(fds)) != NULL) {
		files_put(noted);
		kfree(noted);
	}
	kfree(fds);
}

void scm_fini(struct scm *scm)
{
	scm_fds_put(TAKE(scm->fds));
}

/* Linux: SCM_CREDENTIALS has real ids, SO_PEERCRED effective ones. */
struct sock_cred sock_cred_self(void)
{
	struct process *p = current()->process;

	return (struct sock_cred){ p->pid, p->cred.uid, p->cred.gid };
}
