/*
 * System V shared memory.
 *
 * OVERVIEW. A segment is a nameless file in memory (fs/tmp). Each shmat() opens it once more
 * and maps that file, so an attachment is a mapping like any other: copied by fork, dropped
 * by exec, munmap and exit, the same memory in every process. How many attachments there are
 * is counted when somebody asks, over the mappings of all processes.
 *
 * LIFETIME. The segment holds its inode, every open file holds the segment. A segment marked
 * for removal leaves the table with the last file.
 *
 * LOCKING. mm->lock, ids.lock, then object.lock; segment.files is b.
 *
 * LINUX BEHAVIOUR. shmget(2), shmop(2), shmctl(2), ipc/shm.c. An attachment may be cut by
 * munmap and mprotect; shmdt() takes what is left of it.
 *
 * NOT DONE. Huge pages (ENOMEM, as without a pool of them). SHM_LOCK is noted and shown, no
 * page is locked. Times and lpid do not change by fork.
 */
#include "abi/linux/capability.h"
#include "abi/linux/fcntl.h"
#include "abi/linux/stat.h"
#include "kernel/fs/proc/pseudo.h"
#include "kernel/fs/tmp/tmpfs.h"
#include "kernel/ipc/ipc.h"
#include "kernel/mm/mm.h"
#include "kernel/mm/vma.h"
#include "kernel/signal/signal.h"
#include "kernel/sys/cred.h"
#include "kernel/task/table.h"
#include "kernel/vfs/namei.h"
#include "lib/checked.h"
#include "lib/fmt.h"
#include "platform/plat.h"

#define FILES_PER_CUT 4u

struct segment {
	struct ipc_object object;
	u64 size;            /* I: bytes, as asked for */
	struct inode *inode; /* I, referenced */
	s32 name;            /* I: the key it was made with, for /proc/self/maps */
	u32 files;           /* b: open, that is attached somewhere or about to be */
	s64 atime, dtime;    /* o */
	s32 cpid, lpid;      /* o */
};

static const struct inode_ops segment_inode_ops;

static struct segment *segment_of(struct ipc_object *o)
{
	return container_of(o, struct segment, object);
}

static s32 own_pid(void)
{
	return current()->process->pid;
}

void shm_destroy(struct ipc_object *o)
{
	struct segment *s = segment_of(o);

	inode_put(s->inode);
	kfree(s);
}

/* --- the file of an attachment --- */

static int segment_map(struct file *f, const struct map_request *req)
{
	return tmp_file_ops.map(f, req);
}

static int segment_fault(struct file *f, const struct map_request *req)
{
	return tmp_file_ops.fault(f, req);
}

static int segment_describe(struct file *f, char *buf, size_t size)
{
	const struct segment *s = f->inode->object;

	return fmt_print(buf, size, "/SYSV%08x (deleted)", (u32)s->name);
}

static void segment_release(struct file *f)
{
	struct segment *s = f->inode->object;

	tmp_file_ops.release(f);
	lock_acquire(&ipc->shm.lock);
	lock_acquire(&s->object.lock);
	s->dtime = ipc_now();
	s->lpid = own_pid();
	if (--s->files == 0 && s->object.mode & LINUX_SHM_DEST && !s->object.deleted)
		ipc_remove_locked(&ipc->shm, &s->object);
	ipc_unlock_table(&ipc->shm, &s->object); /* and the file's reference */
}

static const struct file_ops segment_file_ops = {
	.map = segment_map,
	.fault = segment_fault,
	.describe = segment_describe,
	.release = segment_release,
};

static int segment_inode_open(UNUSED struct inode *i, struct file *f)
{
	f->ops = &segment_file_ops;
	return 0;
}

static int segment_getattr(struct inode *i, struct inode_attr *ret)
{
	return tmp_inode_ops.getattr(i, ret);
}

static void segment_evict(struct inode *i)
{
	tmp_inode_ops.evict(i);
}

static const struct inode_ops segment_inode_ops = {
	.open = segment_inode_open,
	.getattr = segment_getattr,
	.evict = segment_evict,
};

/* The calling process has attached or detached s. */
static void note_use(struct segment *s, s64 *time)
{
	lock_acquire(&s->object.lock);
	*time = ipc_now();
	s->lpid = own_pid();
	lock_release(&s->object.lock);
}

/* vfork: the memory is the parent's, and stays when this process is done with it. */
static bool memory_is_borrowed(const struct process *p)
{
	bool borrowed;

	task_lock();
	borrowed = p->mm == NULL || (p->parent != NULL && p->parent->mm == p->mm);
	task_unlock();
	return borrowed;
}

static bool is_attachment(const struct vma *v)
{
	return v->file != NULL && v->file->ops == &segment_file_ops;
}

/* --- shmget --- */

static int segment_inode(struct segment *s, struct inode **ret)
{
	struct inode *i;
	int err = 0;

	if (ipc->shm_super == NULL)
		err = tmp_mount_private(&ipc->shm_super);
	if (err == 0)
		err = tmp_inode_create(ipc->shm_super, LINUX_S_IFREG | 0777, &i);
	if (err < 0)
		return err;
	err = tmp_set_size(i, ALIGN_UP(s->size, PAGE_SIZE));
	if (err < 0) {
		inode_put(i);
		return err;
	}
	i->nlink = 0;
	i->object = s;
	i->ops = &segment_inode_ops;
	*ret = i;
	return 0;
}

static int segment_create(const struct ipc_get *get, struct ipc_object **ret)
{
	u64 pages = (get->size >> PAGE_SHIFT) + ((get->size & (PAGE_SIZE - 1)) != 0);
	struct segment *s;
	int err;

	if (get->size == 0 || get->size > SHM_SIZE_MAX)
		return -EINVAL;
	if (pages > SHM_PAGES_MAX - get->ids->total)
		return -ENOSPC;
	/* Linux: more than could ever be mapped fails here when it is accounted. */
	if (get->flags & LINUX_SHM_HUGETLB || get->size > USER_ADDR_MAX)
		return -ENOMEM;
	s = kzalloc(sizeof(*s));
	if (s == NULL)
		return -ENOMEM;
	s->size = get->size;
	s->name = get->key;
	s->object.units = pages;
	s->cpid = own_pid();
	err = segment_inode(s, &s->inode);
	if (err < 0) {
		kfree(s);
		return err;
	}
	*ret = &s->object;
	return 0;
}

static int segment_check(const struct ipc_object *o, u64 size)
{
	return size > container_of(o, struct segment, object)->size ? -EINVAL : 0;
}

s64 shm_get(s32 key, u64 size, int flags)
{
	const struct ipc_get get = {
		.ids = &ipc->shm,
		.key = key,
		.flags = flags,
		.size = size,
		.create = segment_create,
		.check = segment_check,
	};

	return ipc_get(&get);
}

/* --- shmat --- */

struct attach {
	u64 addr;
	int prot, flags; /* of the mapping */
	u32 open_flags;
	int may;
};

/* Linux: do_shmat(). */
static int attach_decode(struct attach *a, u64 addr, int flags)
{
	*a = (struct attach){
		.addr = addr,
		.prot = LINUX_PROT_READ | LINUX_PROT_WRITE,
		.flags = LINUX_MAP_SHARED,
		.open_flags = LINUX_O_RDWR,
		.may = 0666,
	};
	if (addr != 0) {
		if (!IS_ALIGNED(addr, LINUX_SHMLBA)) {
			if (!(flags & LINUX_SHM_RND))
				return -EINVAL;
			a->addr = ALIGN_DOWN(addr, LINUX_SHMLBA);
			if (a->addr == 0 && flags & LINUX_SHM_REMAP)
				return -EINVAL;
		}
		a->flags |= LINUX_MAP_FIXED;
		if (!(flags & LINUX_SHM_REMAP))
			a->flags |= LINUX_MAP_FIXED_NOREPLACE;
	} else if (flags & LINUX_SHM_REMAP) {
		return -EINVAL;
	}
	if (flags & LINUX_SHM_RDONLY) {
		a->prot = LINUX_PROT_READ;
		a->open_flags = LINUX_O_RDONLY;
		a->may = 0444;
	}
	if (flags & LINUX_SHM_EXEC) {
		a->prot |= LINUX_PROT_EXEC;
		a->may |= 0111;
	}
	return 0;
}

/* The segment with one more file announced, referenced for it. */
static int attach_begin(s32 id, const struct attach *a, struct segment **ret)
{
	struct ipc_object *o;
	int err = ipc_lock_table_id(&ipc->shm, id, &o);

	if (err < 0)
		return err;
	err = ipc_permission(o, a->may);
	if (err < 0) {
		ipc_unlock_table(&ipc->shm, o);
		return err;
	}
	segment_of(o)->files++;
	segment_of(o)->inode->ino = (u64)o->id; /* Linux: that is its number in maps */
	lock_release(&o->lock);
	lock_release(&ipc->shm.lock);
	*ret = segment_of(o);
	return 0;
}

/* The file takes over what attach_begin() announced. It has a name for /proc/self/maps. */
static int attach_file(struct segment *s, u32 flags, struct file **ret)
{
	struct path path;
	struct file *f;
	int err = inode_open(s->inode, flags, &f);

	if (err < 0) {
		lock_acquire(&ipc->shm.lock);
		lock_acquire(&s->object.lock);
		if (--s->files == 0 && s->object.mode & LINUX_SHM_DEST && !s->object.deleted)
			ipc_remove_locked(&ipc->shm, &s->object);
		ipc_unlock_table(&ipc->shm, &s->object);
		return err;
	}
	err = file_get_path(f, &path);
	if (err < 0) {
		file_put(f);
		return err;
	}
	f->path = path;
	*ret = f;
	return 0;
}

s64 shm_attach(s32 id, u64 addr, int flags)
{
	AUTO_FILE f = NULL;
	struct segment *s;
	struct attach a;
	s64 result;
	int err;

	if (id < 0)
		return -EINVAL;
	err = attach_decode(&a, addr, flags);
	if (err == 0)
		err = attach_begin(id, &a, &s);
	if (err == 0)
		err = attach_file(s, a.open_flags, &f);
	if (err < 0)
		return err;
	result = mm_map(a.addr, s->size, a.prot, a.flags, f, 0);
	if (result < 0)
		return result == -EEXIST ? -EINVAL : result;
	note_use(s, &s->atime);
	return result;
}

/* --- shmdt --- */

/* Is v a part of an attachment at addr, where the attachment put it? */
static bool is_part(const struct vma *v, u64 addr)
{
	return is_attachment(v) && v->start >= addr && v->start - addr == v->offset;
}

/* Take the part out of the memory; its file is to be put. mm->lock is held. */
static int cut_part(struct mm *mm, const struct vma *v, struct file **ret)
{
	uaddr_t start = v->start, end = v->end;
	struct file *files[FILES_PER_CUT];
	int err = vma_reserve(mm, 3);

	if (err == 0)
		err = plat_unmap(start, end - start);
	if (err == 0 && vma_cut(mm, start, end, files, FILES_PER_CUT) != 1)
		panic("an attachment is not one mapping");
	if (err == 0)
		*ret = files[0];
	return err;
}

/*
 * Take one part of the attachment at addr away. *file: which one it is, found by the first
 * part. 1: there may be more, 0: there are none.
 */
static int detach_step(struct mm *mm, u64 addr, const struct file *file, struct file **ret)
{
	u64 size = file == NULL ? 0 : ALIGN_UP(file->inode->size, PAGE_SIZE);

	for (u32 n = vma_lower_bound(mm, addr); n < mm->count; n++) {
		const struct vma *v = &mm->vmas[n];

		if (file != NULL && v->end - addr > size)
			return 0;
		if (is_part(v, addr) && (file == NULL || v->file == file)) {
			int err = cut_part(mm, v, ret);

			return err < 0 ? err : 1;
		}
	}
	return 0;
}

s64 shm_detach(u64 addr)
{
	struct mm *mm = current()->process->mm;
	struct file *first = NULL, *part;
	struct segment *s;
	int err;

	if (!IS_ALIGNED(addr, LINUX_SHMLBA))
		return -EINVAL;
	lock_acquire(&mm->lock);
	err = detach_step(mm, addr, NULL, &first);
	/* Never the last reference: first is still held. */
	while (err == 1 && (err = detach_step(mm, addr, first, &part)) == 1)
		file_put(part);
	lock_release(&mm->lock);
	if (first == NULL)
		return err < 0 ? err : -EINVAL;
	s = first->inode->object;
	note_use(s, &s->dtime);
	file_put(first);
	return err;
}

void shm_process_gone(struct process *p)
{
	struct mm *mm = p->mm;

	if (atomic_load_relaxed(&ipc->shm.in_use) == 0 || memory_is_borrowed(p))
		return;
	lock_acquire(&mm->lock);
	for (u32 n = 0; n < mm->count; n++)
		if (is_attachment(&mm->vmas[n])) {
			struct segment *s = mm->vmas[n].file->inode->object;

			note_use(s, &s->dtime);
		}
	lock_release(&mm->lock);
}

/* --- counting attachments --- */

static u64 count_in(struct mm *mm, const struct inode *i)
{
	u64 count = 0;

	lock_acquire(&mm->lock);
	for (u32 n = 0; n < mm->count; n++)
		count += is_attachment(&mm->vmas[n]) && mm->vmas[n].file->inode == i;
	lock_release(&mm->lock);
	return count;
}

/* Linux: shm_nattch, one for each mapping of each process. */
static u64 attachments(const struct segment *s)
{
	struct process *p;
	u64 count = 0;

	if (atomic_load(&s->files) == 0)
		return 0;
	for (s32 pid = 0; (p = process_after(pid)) != NULL; process_put(p)) {
		struct mm *mm = NULL;
		bool borrowed = memory_is_borrowed(p);

		pid = p->pid;
		lock_acquire(&p->lock);
		if (p->mm != NULL && !borrowed)
			mm = mm_get(p->mm);
		lock_release(&p->lock);
		if (mm != NULL)
			count += count_in(mm, s->inode);
		mm_put(mm);
	}
	return count;
}

/* --- shmctl --- */

static u64 resident_pages(const struct segment *s)
{
	struct inode_attr attr;

	return inode_getattr(s->inode, &attr) < 0 ? 0 : attr.blocks / (PAGE_SIZE / 512);
}

/* The segment is referenced, not locked. */
static void segment_out(struct segment *s, struct linux_shmid64_ds *ret)
{
	u64 count = attachments(s);

	lock_acquire(&s->object.lock);
	*ret = (struct linux_shmid64_ds){
		.shm_segsz = s->size,
		.shm_atime = s->atime,
		.shm_dtime = s->dtime,
		.shm_ctime = s->object.ctime,
		.shm_cpid = s->cpid,
		.shm_lpid = s->lpid,
		.shm_nattch = count,
	};
	ipc_perm_out(&s->object, &ret->shm_perm);
	lock_release(&s->object.lock);
}

/* IPC_STAT by id, SHM_STAT and SHM_STAT_ANY by index, which return the id. */
static s64 control_stat(s32 id, int cmd, u64 buf)
{
	struct linux_shmid64_ds ds;
	struct ipc_object *o;
	s64 result;
	int err;

	err = cmd == LINUX_IPC_STAT ? ipc_lock_id(&ipc->shm, id, &o) :
				      ipc_lock_index(&ipc->shm, id, &o);
	if (err < 0)
		return err;
	if (cmd != LINUX_SHM_STAT_ANY)
		err = ipc_permission(o, 0444);
	result = cmd == LINUX_IPC_STAT ? 0 : o->id;
	lock_release(&o->lock);
	if (err == 0)
		segment_out(segment_of(o), &ds);
	ipc_object_put(&ipc->shm, o);
	if (err == 0 && copy_out_struct(buf, &ds) < 0)
		err = -EFAULT;
	return err < 0 ? err : result;
}

static s64 control_limits(u64 buf)
{
	const struct linux_shminfo64 info = {
		.shmmax = SHM_SIZE_MAX,
		.shmmin = 1,
		.shmmni = SHM_SEGMENTS_MAX,
		.shmseg = SHM_SEGMENTS_MAX,
		.shmall = SHM_PAGES_MAX,
	};

	return copy_out_struct(buf, &info) < 0 ? -EFAULT : ipc_max_index(&ipc->shm);
}

static s64 control_usage(u64 buf)
{
	struct linux_shm_info info = { 0 };
	struct ipc_object *o;

	for (u32 index = 0; (o = ipc_next(&ipc->shm, &index)) != NULL;) {
		info.used_ids++;
		info.shm_tot += o->units;
		info.shm_rss += resident_pages(segment_of(o));
		ipc_unlock(&ipc->shm, o);
	}
	return copy_out_struct(buf, &info) < 0 ? -EFAULT : ipc_max_index(&ipc->shm);
}

/* IPC_RMID: at once when nobody has it attached, else with the last who does. */
static void segment_remove_locked(struct segment *s)
{
	if (s->files == 0) {
		ipc_remove_locked(&ipc->shm, &s->object);
		return;
	}
	s->object.mode |= LINUX_SHM_DEST;
	ipc_forget_key_locked(&s->object);
}

static s64 control_change(s32 id, int cmd, const struct linux_ipc64_perm *perm)
{
	struct ipc_object *o;
	int err = ipc_lock_table_id(&ipc->shm, id, &o);

	if (err < 0)
		return err;
	err = ipc_may_control(o);
	if (err == 0 && cmd == LINUX_IPC_SET)
		err = ipc_perm_in(o, perm);
	else if (err == 0)
		segment_remove_locked(segment_of(o));
	ipc_unlock_table(&ipc->shm, o);
	return err;
}

static int may_lock_memory(const struct ipc_object *o, int cmd)
{
	u32 euid = current()->process->cred.euid;

	if (capable(LINUX_CAP_IPC_LOCK))
		return 0;
	if (euid != o->uid && euid != o->cuid)
		return -EPERM;
	return cmd == LINUX_SHM_LOCK && task_rlimit(LINUX_RLIMIT_MEMLOCK) == 0 ? -EPERM : 0;
}

static s64 control_lock(s32 id, int cmd)
{
	struct ipc_object *o;
	int err = ipc_lock_id(&ipc->shm, id, &o);

	if (err < 0)
		return err;
	err = may_lock_memory(o, cmd);
	if (err == 0 && cmd == LINUX_SHM_LOCK)
		o->mode |= LINUX_SHM_LOCKED;
	else if (err == 0)
		o->mode &= ~(u32)LINUX_SHM_LOCKED;
	ipc_unlock(&ipc->shm, o);
	return err;
}

s64 shm_control(s32 id, int cmd, u64 buf)
{
	struct linux_shmid64_ds ds;

	if (cmd < 0 || id < 0)
		return -EINVAL;
	switch (cmd) {
	case LINUX_IPC_INFO:
		return control_limits(buf);
	case LINUX_SHM_INFO:
		return control_usage(buf);
	case LINUX_SHM_STAT:
	case LINUX_SHM_STAT_ANY:
	case LINUX_IPC_STAT:
		return control_stat(id, cmd, buf);
	case LINUX_IPC_SET:
		if (copy_in_struct(&ds, buf) < 0)
			return -EFAULT;
		return control_change(id, cmd, &ds.shm_perm);
	case LINUX_IPC_RMID:
		return control_change(id, cmd, NULL);
	case LINUX_SHM_LOCK:
	case LINUX_SHM_UNLOCK:
		return control_lock(id, cmd);
	default:
		return -EINVAL;
	}
}

/* A line of /proc/sysvipc/shm. */
void shm_print(struct seq *s, struct ipc_object *o)
{
	struct linux_shmid64_ds ds;

	segment_out(segment_of(o), &ds);
	seq_print(s, "%10d %10d  %4o %21lu %5u %5u  %5lu %5u %5u %5u %5u %10lu %10lu %10lu "
		     "%21lu %21lu\n", ds.shm_perm.key, o->id, ds.shm_perm.mode,
		  (unsigned long)ds.shm_segsz, (u32)ds.shm_cpid, (u32)ds.shm_lpid,
		  (unsigned long)ds.shm_nattch, ds.shm_perm.uid, ds.shm_perm.gid,
		  ds.shm_perm.cuid, ds.shm_perm.cgid, (unsigned long)ds.shm_atime,
		  (unsigned long)ds.shm_dtime, (unsigned long)ds.shm_ctime,
		  (unsigned long)(resident_pages(segment_of(o)) * PAGE_SIZE), 0ul);
}
