/* The process, thread, boot options and host facts that kernel code finds in a test. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "abi/linux/auxv.h"
#include "kernel/mm/heap.h"
#include "kernel/mm/mm.h"
#include "kernel/mm/pool.h"
#include "kernel/obj/aio.h"
#include "kernel/signal/signal.h"
#include "kernel/task/table.h"
#include "lib/fmt.h"
#include "lib/string.h"
#include "platform/fake/fake.h"
#include "platform/fake/internal.h"

#define AUXV_TYPES 64

struct boot_block fake_boot = { .magic = BOOT_MAGIC, .version = BOOT_VERSION };
bool fake_log_shown;
char fake_log_last[512];
int fake_last_signal;

static _Thread_local struct thread *current_thread;
static u64 auxv_values[AUXV_TYPES];
static s32 next_tid = 1;
WEAK bool cpu_has_fsgsbase = true;

/* Present when the test links kernel/mm. */
WEAK int mm_create(struct mm **ret);
WEAK void mm_put(struct mm *mm);

struct thread *current(void)
{
	return current_thread;
}

void fake_set_current(struct thread *t)
{
	current_thread = t;
}

/* --- boot.h --- */

const void *boot_bytes(u32 offset)
{
	return (const u8 *)boot_block() + offset;
}

WEAK const struct boot_block *boot_block(void)
{
	return &fake_boot;
}

void fake_set_auxv(u64 type, u64 value)
{
	auxv_values[type] = value;
}

WEAK u64 host_auxv(u64 type)
{
	return type < AUXV_TYPES ? auxv_values[type] : 0;
}

/* --- the first process --- */

static struct thread *thread_make(struct process *p)
{
	struct thread *t = kzalloc(sizeof(*t));

	if (t == NULL)
		fake_die("thread");
	t->self = t;
	ref_init(&t->ref);
	t->tid = next_tid++;
	t->host_tid = gettid();
	t->process = p;
	list_add_tail(&p->threads, &t->group_link);
	p->thread_count++;
	return t;
}

static void set_limits(struct process *p)
{
	for (int i = 0; i < LINUX_RLIM_NLIMITS; i++)
		p->rlimits[i].rlim_cur = p->rlimits[i].rlim_max = LINUX_RLIM_INFINITY;
	p->rlimits[LINUX_RLIMIT_STACK].rlim_cur = 8u << 20;
	p->rlimits[LINUX_RLIMIT_NOFILE].rlim_cur = 1024;
	p->rlimits[LINUX_RLIMIT_NOFILE].rlim_max = 4096;
	p->rlimits[LINUX_RLIMIT_CORE].rlim_cur = 0;
}

static struct process *process_make(void)
{
	struct process *p = kzalloc(sizeof(*p));

	if (p == NULL)
		fake_die("process");
	ref_init(&p->ref);
	p->pid = p->pgid = p->sid = next_tid;
	list_init(&p->children);
	list_init(&p->sibling);
	list_init(&p->all_link);
	list_init(&p->threads);
	list_init(&p->child_wait.waiters);
	list_init(&p->pending.entries);
	p->cred.cap_effective = p->cred.cap_permitted = p->cred.cap_bounding =
		~0ull >> 23;
	p->dumpable = 1;
	set_limits(p);
	if (mm_create != NULL && mm_create(&p->mm) < 0)
		fake_die("mm");
	return p;
}

/* From the file: the C library's getauxval() has ideas of its own about AT_HWCAP. */
static void read_auxv(void)
{
	int fd = open("/proc/self/auxv", O_RDONLY | O_CLOEXEC);
	struct linux_auxv entry;

	while (fd >= 0 && read(fd, &entry, sizeof(entry)) == sizeof(entry))
		if (entry.a_type < AUXV_TYPES && entry.a_type != LINUX_AT_SYSINFO_EHDR)
			auxv_values[entry.a_type] = entry.a_val;
	if (fd >= 0)
		close(fd);
}

WEAK plat_fd_t pool_fd = -1;

static void *pool_address(void)
{
	return (void *)(zone_base + ZONE_POOL);
}

/* The page pool lies at its own address: no test program has anything there. */
static void pool_open(void)
{
	pool_fd = memfd_create("fake-pool", MFD_CLOEXEC);
	if (pool_fd < 0 || ftruncate(pool_fd, ZONE_POOL_SIZE) < 0 ||
	    mmap(pool_address(), ZONE_POOL_SIZE, PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_FIXED_NOREPLACE | MAP_NORESERVE, pool_fd,
		 0) != pool_address())
		fake_die("page pool");
}

static void pool_close(void)
{
	munmap(pool_address(), ZONE_POOL_SIZE);
	close(pool_fd);
	pool_fd = -1;
}

/* Where the real pool is not linked there is no limit on memory. */
WEAK bool pool_reserve(u64 pages)
{
	(void)pages;
	return true;
}

WEAK void pool_unreserve(u64 pages)
{
	(void)pages;
}

void fake_init(u32 flags)
{
	read_auxv();
	pool_open();
	fake_memory_init((flags & FAKE_IDENTITY) != 0);
	fake_threads_init();
	current_thread = thread_make(process_make());
}

struct thread *fake_thread_create(void)
{
	return thread_make(current_thread->process);
}

void fake_fini(void)
{
	struct process *p = current_thread->process;
	struct thread *t, *next;

	list_for_each_safe(t, next, &p->threads, group_link)
		kfree(t);
	if (mm_put != NULL)
		mm_put(p->mm);
	kfree(p->cmdline);
	kfree(p->environ);
	kfree(p->auxv);
	kfree(p);
	current_thread = NULL;
	fake_memory_fini();
	pool_close();
}

/* --- task.h --- */

WEAK u64 task_rlimit(int which)
{
	return current()->process->rlimits[which].rlim_cur;
}

WEAK struct thread *thread_get(struct thread *t)
{
	ref_get(&t->ref);
	return t;
}

WEAK void thread_put(struct thread *t)
{
	if (ref_put(&t->ref))
		panic("the fake's threads live as long as the test");
}

WEAK struct process *process_get(struct process *p)
{
	ref_get(&p->ref);
	return p;
}

WEAK void process_put(struct process *p)
{
	if (ref_put(&p->ref))
		panic("the fake's process lives as long as the test");
}

WEAK struct thread *thread_find(s32 tid)
{
	struct thread *t;

	list_for_each(t, &current()->process->threads, group_link)
		if (t->tid == tid)
			return thread_get(t);
	return NULL;
}

WEAK struct process *process_find(s32 pid)
{
	struct process *p = current()->process;

	return p->pid == pid ? process_get(p) : NULL;
}

WEAK NORETURN void thread_exit(int status)
{
	(void)status;
	plat_thread_exit();
}

WEAK NORETURN void process_exit(int status)
{
	plat_process_exit(status);
}

/* --- table.h: a sandbox without a process in its list --- */

static struct sandbox fake_sandbox = {
	.processes = { &fake_sandbox.processes, &fake_sandbox.processes },
};

WEAK struct sandbox *sandbox = &fake_sandbox;

WEAK void task_lock(void)
{
}

WEAK void task_unlock(void)
{
}

WEAK struct process *process_after(s32 pid)
{
	(void)pid;
	return NULL;
}

/* --- what a test without the rest of kernel/mm has no mappings for --- */

WEAK void mm_file_cut(struct inode *i)
{
	(void)i;
}

WEAK void mm_file_moved(struct inode *i)
{
	(void)i;
}

WEAK void aio_end(struct mm *mm)
{
	(void)mm;
}

/* --- signal.h --- */

WEAK int signal_send_thread(struct thread *t, const struct linux_siginfo *info)
{
	(void)t;
	fake_last_signal = info->si_signo;
	return 0;
}

WEAK int signal_send_process(struct process *p, const struct linux_siginfo *info)
{
	(void)p;
	fake_last_signal = info->si_signo;
	return 0;
}

WEAK void signal_send_self(int sig)
{
	fake_last_signal = sig;
}

/* --- lib --- */

WEAK size_t str_copy(char *dst, const char *src, size_t size)
{
	size_t len = strlen(src);

	if (size > 0) {
		size_t n = MIN(len, size - 1);

		memcpy(dst, src, n);
		dst[n] = '\0';
	}
	return len;
}

WEAK NORETURN void panic(const char *fmt, ...)
{
	char line[512];
	va_list args;

	va_start(args, fmt);
	fmt_vprint(line, sizeof(line), fmt, args);
	va_end(args);
	fprintf(stderr, "panic: %s\n", line);
	abort();
}

void plat_log(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fmt_vprint(fake_log_last, sizeof(fake_log_last), fmt, args);
	va_end(args);
	if (fake_log_shown)
		fprintf(stderr, "log: %s\n", fake_log_last);
}

void fake_seed(u64 seed)
{
	fake_random_seed(seed);
}
