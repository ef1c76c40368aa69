/*
 * /proc/PID/maps, smaps, smaps_rollup and mem.
 *
 * OVERVIEW. Reading and writing mem is copying from and to the guest's memory at the file's
 * position. Linux lets it pass over a page's protection: such a page is made accessible for
 * the moment of the copy, which puts program text that was rewritten back first.
 *
 * NOT DONE. The memory of another process is another host process's: its mem and smaps are
 * EACCES, and a mem that a fork inherited is EIO.
 */
#include "abi/linux/fcntl.h"
#include "kernel/fs/proc/proc.h"
#include "kernel/mm/mm.h"
#include "kernel/mm/vma.h"
#include "kernel/vfs/iter.h"
#include "kernel/x86_64/rewrite.h"

/* --- text --- */

typedef s64 (*format_fn)(struct mm *mm, char *buf, size_t size);

static int show(struct seq *s, const struct pseudo_key *key, bool own, format_fn format)
{
	struct mm *mm;
	s64 need = PAGE_SIZE, room = 0;
	int err = proc_memory(key, &mm);

	if (err == 0 && mm != NULL && own && mm != current()->process->mm)
		err = -EACCES;
	/* Mappings may come while room is made for them. */
	while (err == 0 && mm != NULL && need > room) {
		char *to = seq_reserve(s, (size_t)need);

		if (to == NULL)
			break;
		room = (s64)(s->size - s->len);
		need = format(mm, to, (size_t)room);
		err = need < 0 ? (int)need : 0;
	}
	if (err == 0 && mm != NULL && need <= room)
		s->len += (size_t)need;
	mm_put(mm);
	return err;
}

static s64 format_maps(struct mm *mm, char *buf, size_t size)
{
	return mm_format_maps(mm, false, buf, size);
}

static s64 format_smaps(struct mm *mm, char *buf, size_t size)
{
	return mm_format_maps(mm, true, buf, size);
}

int proc_show_maps(struct seq *s, const struct pseudo_key *key)
{
	return show(s, key, false, format_maps);
}

int proc_show_smaps(struct seq *s, const struct pseudo_key *key)
{
	return show(s, key, true, format_smaps);
}

int proc_show_smaps_rollup(struct seq *s, const struct pseudo_key *key)
{
	return show(s, key, true, mm_format_totals);
}

/* --- mem --- */

/* The protection of the page at addr; -EFAULT: nothing is mapped there. */
static int protection_of(struct mm *mm, uaddr_t addr)
{
	const struct vma *v;
	int prot = -EFAULT;

	lock_acquire(&mm->lock);
	v = vma_find(mm, addr);
	if (v != NULL && !(v->flags & (VMA_STUB | VMA_HOST)))
		prot = v->prot;
	lock_release(&mm->lock);
	return prot;
}

/* Within one page. */
static int copy_page(bool write, uaddr_t addr, void *buf, size_t len)
{
	int err = write ? copy_out(addr, buf, len) : copy_in(buf, addr, len);

	if (err == 0 && !write)
		rewrite_show(addr, buf, len);
	return err;
}

static int access_page(struct mm *mm, bool write, uaddr_t addr, void *buf, size_t len)
{
	uaddr_t page = ALIGN_DOWN(addr, PAGE_SIZE);
	int need = write ? LINUX_PROT_WRITE : LINUX_PROT_READ;
	int prot = user_range_ok(addr, len) ? protection_of(mm, addr) : -EFAULT;
	int err;

	if (prot < 0)
		return prot;
	if (prot & need)
		return copy_page(write, addr, buf, len);
	err = mm_protect(page, PAGE_SIZE, prot | LINUX_PROT_READ | need);
	if (err < 0)
		return -EFAULT;
	err = copy_page(write, addr, buf, len);
	if (mm_protect(page, PAGE_SIZE, prot) < 0)
		return -EFAULT;
	return err;
}

/* One page's worth: bytes moved, 0: the caller's buffer is at its end. */
static s64 move_page(struct mm *mm, bool write, struct iter *it, uaddr_t addr, void *buf)
{
	size_t len = MIN(it->count, PAGE_SIZE - (addr & (PAGE_SIZE - 1)));
	s64 n = (s64)len;

	if (write)
		n = iter_copy_from(it, buf, len);
	if (n <= 0)
		return n;
	if (access_page(mm, write, addr, buf, (size_t)n) < 0)
		return -EIO;
	return write ? n : iter_copy_to(it, buf, (size_t)n);
}

static s64 mem_move(struct file *f, struct iter *it, u64 *pos, bool write)
{
	struct mm *mm = f->private;
	AUTO_KFREE char *buf = kzalloc(PAGE_SIZE);
	s64 done = 0, n = 0;

	if (buf == NULL)
		return -ENOMEM;
	if (mm != current()->process->mm)
		return -EIO;
	while (it->count != 0) {
		n = move_page(mm, write, it, *pos, buf);
		if (n <= 0)
			break;
		done += n;
		*pos += (u64)n;
	}
	return done != 0 ? done : n;
}

static s64 mem_read(struct file *f, struct iter *to, u64 *pos)
{
	return mem_move(f, to, pos, false);
}

static s64 mem_write(struct file *f, struct iter *from, u64 *pos)
{
	return mem_move(f, from, pos, true);
}

static s64 mem_seek(struct file *f, s64 offset, int whence)
{
	if (whence != LINUX_SEEK_SET && whence != LINUX_SEEK_CUR)
		return -EINVAL;
	f->pos = (u64)(whence == LINUX_SEEK_SET ? offset : (s64)f->pos + offset);
	return (s64)f->pos;
}

static void mem_release(struct file *f)
{
	mm_put(f->private);
}

static const struct file_ops mem_ops = {
	.read = mem_read,
	.write = mem_write,
	.seek = mem_seek,
	.release = mem_release,
};

int proc_open_mem(const struct pseudo_key *key, struct file *f)
{
	struct mm *mm;
	int err = proc_memory(key, &mm);

	if (err < 0)
		return err;
	if (mm == NULL || mm != current()->process->mm) {
		mm_put(mm);
		return -EACCES;
	}
	f->ops = &mem_ops;
	f->private = mm;
	return 0;
}
