/* /proc/sysvipc: a line for each object, as ipcs(1) reads them. */
#include "abi/linux/stat.h"
#include "kernel/fs/proc/proc.h"
#include "kernel/ipc/ipc.h"

static int show(struct seq *s, struct ipc_ids *ids, const char *heading,
		void (*print)(struct seq *s, struct ipc_object *o))
{
	struct ipc_object *o;

	seq_string(s, heading);
	for (u32 index = 0; (o = ipc_next(ids, &index)) != NULL;) {
		lock_release(&o->lock);
		print(s, o);
		ipc_object_put(ids, o);
	}
	return 0;
}

static int show_shm(struct seq *s, UNUSED const struct pseudo_key *key)
{
	return show(s, &ipc->shm,
		    "       key      shmid perms                  size  cpid  lpid nattch "
		    "  uid   gid  cuid  cgid      atime      dtime      ctime "
		    "                  rss                  swap\n", shm_print);
}

static int show_sem(struct seq *s, UNUSED const struct pseudo_key *key)
{
	return show(s, &ipc->sem,
		    "       key      semid perms      nsems   uid   gid  cuid  cgid "
		    "     otime      ctime\n", sem_print);
}

static int show_msg(struct seq *s, UNUSED const struct pseudo_key *key)
{
	return show(s, &ipc->msg,
		    "       key      msqid perms      cbytes       qnum lspid lrpid   uid "
		    "  gid  cuid  cgid      stime      rtime      ctime\n", msg_print);
}

const struct pseudo_node proc_sysvipc_entries[] = {
	{ .name = "msg", .mode = LINUX_S_IFREG | 0444, .show = show_msg },
	{ .name = "sem", .mode = LINUX_S_IFREG | 0444, .show = show_sem },
	{ .name = "shm", .mode = LINUX_S_IFREG | 0444, .show = show_shm },
	{ .name = NULL },
};
