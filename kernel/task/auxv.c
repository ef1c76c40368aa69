/* The auxiliary vector: what a new program is told about itself and the machine. */
#include "abi/linux/auxv.h"
#include "kernel/boot.h"
#include "kernel/mm/mm.h"
#include "kernel/task/loader.h"

#define CLOCK_TICKS 100 /* Linux: USER_HZ */

struct auxv_list {
	struct linux_auxv *entries;
	u32 count;
};

static void add(struct auxv_list *list, u64 type, u64 value)
{
	ASSERT(list->count < EXEC_AUXV_MAX);
	list->entries[list->count++] = (struct linux_auxv){ type, value };
}

/* Linux: euid or egid other than the real one means secure execution. */
static bool is_secure(const struct cred *cred)
{
	return cred->euid != cred->uid || cred->egid != cred->gid;
}

static void add_cred(struct auxv_list *list)
{
	struct process *p = current()->process;
	struct cred cred;

	lock_acquire(&p->lock);
	cred = p->cred;
	lock_release(&p->lock);
	add(list, LINUX_AT_UID, cred.uid);
	add(list, LINUX_AT_EUID, cred.euid);
	add(list, LINUX_AT_GID, cred.gid);
	add(list, LINUX_AT_EGID, cred.egid);
	add(list, LINUX_AT_SECURE, is_secure(&cred));
}

/*
 * Linux: the order of create_elf_tables. The AT_RSEQ_* pair is left out: rseq is not
 * offered, and its absence is what tells the C library so.
 */
u32 exec_auxv_build(const struct exec_image *image, const struct exec_layout *layout,
		    struct linux_auxv auxv[EXEC_AUXV_MAX])
{
	struct auxv_list list = { auxv, 0 };
	u64 vdso = host_auxv(LINUX_AT_SYSINFO_EHDR);

	if (vdso != 0 && !current()->process->mm->no_vdso)
		add(&list, LINUX_AT_SYSINFO_EHDR, vdso);
	if (host_auxv(LINUX_AT_MINSIGSTKSZ) != 0)
		add(&list, LINUX_AT_MINSIGSTKSZ, host_auxv(LINUX_AT_MINSIGSTKSZ));
	add(&list, LINUX_AT_HWCAP, host_auxv(LINUX_AT_HWCAP));
	add(&list, LINUX_AT_PAGESZ, PAGE_SIZE);
	add(&list, LINUX_AT_CLKTCK, CLOCK_TICKS);
	add(&list, LINUX_AT_PHDR, layout->phdr);
	add(&list, LINUX_AT_PHENT, sizeof(struct linux_elf64_phdr));
	add(&list, LINUX_AT_PHNUM, image->program->elf.phnum);
	add(&list, LINUX_AT_BASE, layout->interp_base);
	add(&list, LINUX_AT_FLAGS, 0);
	add(&list, LINUX_AT_ENTRY, layout->entry);
	add_cred(&list);
	add(&list, LINUX_AT_RANDOM, layout->random);
	add(&list, LINUX_AT_HWCAP2, host_auxv(LINUX_AT_HWCAP2));
	add(&list, LINUX_AT_EXECFN, layout->execfn);
	add(&list, LINUX_AT_PLATFORM, layout->platform);
	add(&list, LINUX_AT_NULL, 0);
	return list.count;
}
