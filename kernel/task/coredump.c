/*
 * Core files. See coredump.h.
 *
 * OVERVIEW. An ELF file of type ET_CORE: notes (registers, process, signal, auxiliary
 * vector), then a segment for each mapping. It is written through the guest's own file
 * system, so it is found where the guest sees it and has its rights. Pages of zeros become
 * holes.
 *
 * LINUX BEHAVIOUR. core(5), fs/coredump.c, with the pattern "core" and the filter 0x33: what
 * is private and may have been changed, and the first page of ELF files. The file must be
 * regular, have one name and belong to the user. Past the limit it is left as it is and does
 * not count as written.
 *
 * NOT DONE. Other threads' registers (their kernel stacks are out of reach), the vector state,
 * NT_FILE; other threads go on until the file is written.
 */
#include "kernel/task/coredump.h"

#include "abi/errno.h"
#include "abi/linux/elf.h"
#include "abi/linux/fcntl.h"
#include "abi/linux/resource.h"
#include "abi/linux/stat.h"
#include "kernel/mm/heap.h"
#include "kernel/mm/mm.h"
#include "kernel/mm/uaccess.h"
#include "kernel/vfs/iter.h"
#include "kernel/vfs/namei.h"
#include "kernel/vfs/vfs.h"
#include "kernel/x86_64/tls.h"
#include "lib/string.h"

#define BIT(sig) ((u64)1 << (sig))
#define SIGS_CORE                                                                 \
	(BIT(LINUX_SIGQUIT) | BIT(LINUX_SIGILL) | BIT(LINUX_SIGTRAP) | BIT(LINUX_SIGABRT) | \
	 BIT(LINUX_SIGBUS) | BIT(LINUX_SIGFPE) | BIT(LINUX_SIGSEGV) | BIT(LINUX_SIGSYS) | \
	 BIT(LINUX_SIGXCPU) | BIT(LINUX_SIGXFSZ))
#define NT_PRPSINFO 3
#define NT_AUXV 6
#define NT_SIGINFO 0x53494749u
#define SEGMENTS_MAX 60000u /* below PN_XNUM */

struct prstatus {
	s32 signo, code, error;
	s16 cursig;
	u64 pending, held;
	s32 pid, ppid, pgrp, sid;
	struct linux_timeval times[4];
	u64 regs[27]; /* struct user_regs_struct */
	s32 fpvalid;
};

struct prpsinfo {
	char state, sname, zombie, nice;
	u64 flag;
	u32 uid, gid;
	s32 pid, ppid, pgrp, sid;
	char name[16];
	char args[80];
};

static_assert(sizeof(struct prstatus) == 336, "Linux: struct elf_prstatus");
static_assert(sizeof(struct prpsinfo) == 136, "Linux: struct elf_prpsinfo");

/* A file that is being written, front to back. */
struct out {
	struct file *file;
	u64 pos, written, limit;
	bool failed;
};

static void emit(struct out *o, const void *data, u64 len)
{
	struct iter it;

	if (o->failed || o->written + len > o->limit) {
		o->failed = true;
		return;
	}
	iter_init_kernel(&it, data, len);
	while (it.count != 0) {
		s64 n = file_write(o->file, &it, &o->pos);

		if (n <= 0) {
			o->failed = true;
			return;
		}
		o->written += (u64)n;
	}
}

static void emit_note(struct out *o, u32 type, const void *data, u32 size)
{
	static const char zeros[4];
	struct {
		u32 name_size, size, type;
		char name[8];
	} head = { 5, size, type, "CORE" };

	emit(o, &head, sizeof(head));
	emit(o, data, size);
	emit(o, zeros, ALIGN_UP(size, 4u) - size);
}

static u64 note_size(u64 size)
{
	return 20 + ALIGN_UP(size, (u64)4);
}

/* --- what is written --- */

struct segment {
	uaddr_t start;
	u64 size, file_size;
	u32 flags; /* LINUX_PF_* */
};

/* How much of a mapping Linux's filter 0x33 lets through. */
static u64 dump_size(const struct vma *v)
{
	if (v->flags & VMA_HOST || v->prot == LINUX_PROT_NONE)
		return 0;
	if (v->file == NULL)
		return v->end - v->start;
	if (!(v->flags & VMA_SHARED) &&
	    ((v->prot & LINUX_PROT_WRITE) || (v->flags & VMA_WRITTEN)))
		return v->end - v->start;
	return v->offset == 0 && (v->prot & LINUX_PROT_READ) ? PAGE_SIZE : 0;
}

static struct segment *segments_take(struct mm *mm, u32 *ret_count)
{
	struct segment *list;
	u32 n = 0;

	lock_acquire(&mm->lock);
	list = mm->count > SEGMENTS_MAX ? NULL : kzalloc((mm->count + 1) * sizeof(*list));
	for (u32 i = 0; list != NULL && i < mm->count; i++) {
		const struct vma *v = &mm->vmas[i];

		if (v->flags & VMA_STUB)
			continue;
		list[n++] = (struct segment){
			.start = v->start,
			.size = v->end - v->start,
			.file_size = dump_size(v),
			.flags = (v->prot & LINUX_PROT_READ ? LINUX_PF_R : 0) |
				 (v->prot & LINUX_PROT_WRITE ? LINUX_PF_W : 0) |
				 (v->prot & LINUX_PROT_EXEC ? LINUX_PF_X : 0),
		};
	}
	lock_release(&mm->lock);
	*ret_count = n;
	return list;
}

static void fill_status(struct prstatus *p, struct thread *t, const struct linux_siginfo *info)
{
	const struct regs *r = t->regs;
	const struct process *process = t->process;
	u64 fs, gs;

	tls_get(&fs, &gs);
	const u64 regs[27] = {
		r->r15, r->r14, r->r13, r->r12, r->bp, r->bx, r->r11, r->r10, r->r9,
		r->r8, r->ax, r->cx, r->dx, r->si, r->di, r->orig_ax, r->ip, r->cs,
		r->flags, r->sp, r->ss, fs, gs,
	};

	memset(p, 0, sizeof(*p));
	p->signo = p->cursig = (s16)info->si_signo;
	p->pending = t->pending.set;
	p->held = t->sig_mask;
	p->pid = t->tid;
	p->ppid = process->parent == NULL ? 0 : process->parent->pid;
	p->pgrp = process->pgid;
	p->sid = process->sid;
	memcpy(p->regs, regs, sizeof(regs));
}

static void fill_info(struct prpsinfo *p, const struct thread *t)
{
	struct process *process = t->process;
	size_t len;

	memset(p, 0, sizeof(*p));
	p->sname = 'R';
	p->nice = (char)t->attr.nice;
	p->uid = process->cred.uid;
	p->gid = process->cred.gid;
	p->pid = process->pid;
	p->ppid = process->parent == NULL ? 0 : process->parent->pid;
	p->pgrp = process->pgid;
	p->sid = process->sid;
	memcpy(p->name, t->comm, sizeof(p->name));
	lock_acquire(&process->lock);
	len = MIN(process->cmdline_len, sizeof(p->args) - 1);
	if (process->cmdline != NULL)
		memcpy(p->args, process->cmdline, len);
	lock_release(&process->lock);
	for (size_t i = 0; i + 1 < len; i++)
		if (p->args[i] == '\0')
			p->args[i] = ' ';
}

static void emit_headers(struct out *o, const struct segment *list, u32 count, u64 notes)
{
	struct linux_elf64_ehdr h = {
		.e_ident = { 0x7f, 'E', 'L', 'F', 2, 1, 1 },
		.e_type = 4, /* ET_CORE */
		.e_machine = 62, /* EM_X86_64 */
		.e_version = 1,
		.e_phoff = sizeof(h),
		.e_ehsize = sizeof(h),
		.e_phentsize = sizeof(struct linux_elf64_phdr),
		.e_phnum = (u16)(count + 1),
	};
	struct linux_elf64_phdr p = { .p_type = 4 /* PT_NOTE */ };
	u64 at = sizeof(h) + (count + 1) * sizeof(p);

	emit(o, &h, sizeof(h));
	p.p_offset = at;
	p.p_filesz = notes;
	emit(o, &p, sizeof(p));
	at = ALIGN_UP(at + notes, PAGE_SIZE);
	for (u32 i = 0; i < count; i++) {
		p = (struct linux_elf64_phdr){
			.p_type = LINUX_PT_LOAD,
			.p_flags = list[i].flags,
			.p_offset = at,
			.p_vaddr = list[i].start,
			.p_filesz = list[i].file_size,
			.p_memsz = list[i].size,
			.p_align = PAGE_SIZE,
		};
		emit(o, &p, sizeof(p));
		at += list[i].file_size;
	}
}

static bool all_zero(const u64 *page)
{
	for (u32 i = 0; i < PAGE_SIZE / sizeof(u64); i++)
		if (page[i] != 0)
			return false;
	return true;
}

/* What cannot be read, and zeros, are holes. */
static void emit_memory(struct out *o, const struct segment *s, u64 *page)
{
	for (u64 at = 0; at < s->file_size && !o->failed; at += PAGE_SIZE) {
		if (copy_in(page, s->start + at, PAGE_SIZE) < 0 || all_zero(page))
			o->pos += PAGE_SIZE;
		else
			emit(o, page, PAGE_SIZE);
	}
}

/* False: not even begun. Linux: what the limit or an error cuts off is a dump, too. */
static bool write_all(struct out *o, struct thread *t, const struct linux_siginfo *info)
{
	struct process *p = t->process;
	struct prstatus status;
	struct prpsinfo about;
	u64 notes = note_size(sizeof(status)) + note_size(sizeof(about)) +
		    note_size(sizeof(*info)) + note_size(p->auxv_len);
	AUTO_KFREE u64 *page = kzalloc(PAGE_SIZE);
	u32 count;
	AUTO_KFREE struct segment *list = segments_take(p->mm, &count);

	if (page == NULL || list == NULL)
		return false;
	emit_headers(o, list, count, notes);
	fill_status(&status, t, info);
	fill_info(&about, t);
	emit_note(o, LINUX_NT_PRSTATUS, &status, sizeof(status));
	emit_note(o, NT_PRPSINFO, &about, sizeof(about));
	emit_note(o, NT_SIGINFO, info, sizeof(*info));
	emit_note(o, NT_AUXV, p->auxv, (u32)p->auxv_len);
	o->pos = ALIGN_UP(o->pos, PAGE_SIZE);
	for (u32 i = 0; i < count; i++)
		emit_memory(o, &list[i], page);
	/* A hole at the end belongs to it. */
	if (!o->failed)
		(void)!file_truncate(o->file, (s64)o->pos);
	return true;
}

/* --- where --- */

static int open_core(struct file **ret)
{
	const struct inode *i;
	int err = file_open_at(LINUX_AT_FDCWD, "core",
			       LINUX_O_CREAT | LINUX_O_WRONLY | LINUX_O_NOFOLLOW |
				       LINUX_O_LARGEFILE | LINUX_O_NONBLOCK,
			       0600, 0, ret);

	if (err < 0)
		return err;
	i = (*ret)->inode;
	if (!inode_is_regular(i) || i->nlink != 1 || i->uid != current()->process->cred.fsuid)
		err = -EPERM;
	if (err == 0)
		err = file_truncate(*ret, 0);
	if (err < 0)
		file_put(TAKE(*ret));
	return err;
}

bool coredump_write(struct thread *t, const struct linux_siginfo *info)
{
	struct out o = { .limit = task_rlimit(LINUX_RLIMIT_CORE) };
	bool begun;

	if (info->si_signo >= 64 || !(SIGS_CORE & BIT(info->si_signo)) ||
	    o.limit < PAGE_SIZE || t->process->dumpable != 1 || t->process->exiting ||
	    t->process->mm == NULL || open_core(&o.file) < 0)
		return false;
	begun = write_all(&o, t, info);
	file_put(o.file);
	return begun;
}
