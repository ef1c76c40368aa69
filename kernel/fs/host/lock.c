/* Locks of the host on files of :rw trees: what the sandbox holds, others outside see. */
#include "kernel/fs/host/hostfs.h"
#include "kernel/vfs/locks.h"
#include "wire/wire.h"

static u32 type_of(s16 type)
{
	return type == LINUX_F_RDLCK ? WIRE_LOCK_SHARED :
	       type == LINUX_F_WRLCK ? WIRE_LOCK_EXCLUSIVE :
				       WIRE_LOCK_NONE;
}

int host_lock(struct inode *inode, const struct outer_lock *lock, struct outer_lock *ret)
{
	static const u32 kinds[] = { WIRE_LOCK_RECORD, WIRE_LOCK_FLOCK, WIRE_LOCK_TEST,
				     WIRE_LOCK_DROP };
	const struct wire_lock l = {
		.tree = (u32)host_super(inode)->tree,
		.what = kinds[lock->what],
		.type = type_of(lock->type),
		.dev = host_inode(inode)->dev,
		.ino = inode->ino,
		.start = lock->start,
		.last = lock->last,
	};
	AUTO_KFREE char *path = NULL;
	struct wire_locked found;
	int err;

	/* Without a name nobody outside comes by it any more. */
	if (host_inode(inode)->gone)
		path = kstrdup(".");
	err = path != NULL ? 0 : host_path_of(inode, 0, &path);
	if (err == 0)
		err = plat_tree_lock(&l, path, ret == NULL ? NULL : &found);
	if (err == -ENOLCK && host_inode(inode)->gone) {
		found.type = WIRE_LOCK_NONE;
		err = 0;
	}
	if (err < 0 || ret == NULL)
		return err;
	*ret = (struct outer_lock){
		.type = found.type == WIRE_LOCK_NONE	 ? LINUX_F_UNLCK :
			found.type == WIRE_LOCK_SHARED ? LINUX_F_RDLCK :
							 LINUX_F_WRLCK,
		.pid = found.pid,
		.start = found.start,
		.last = found.last,
	};
	return 0;
}
