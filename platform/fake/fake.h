/*
 * A host made of an ordinary process: runs kernel subsystems inside test programs.
 *
 * OVERVIEW. Compile the kernel sources under test, all of platform/fake and the test
 * with -DPLAT_FAKE and the host's C library, usually with sanitizers, and link them
 * (fake.mk has the flags and lists). Here are plat.h and those parts of the kernel that
 * cannot run in such a program: uaccess, the heap, current(). What stands in for a
 * kernel source is weak: link the real one and it wins. The real kernel/sync,
 * kernel/vfs, kernel/fs and kernel/mm/{mm,mmap,vma,pool}.c run on it; lib/string.c is
 * replaced by the C library.
 *
 * GUEST MEMORY comes in two kinds, chosen by fake_init():
 *  - simulated (the default): guest addresses are those of an address space of its own,
 *    kept page by page in this program's heap. plat_map() and friends build it,
 *    copy_in/copy_out read and write it with permissions and end-of-file faults. Any
 *    address may be mapped.
 *  - identity: guest addresses are this program's. copy_in/copy_out give -EFAULT for
 *    bad ones; plat_map() maps for real. For tests that hand kernel code buffers of
 *    their own.
 *
 * The page pool (kernel/mm/pool.c) is real memory at its own address in both.
 *
 * The fake is for tests: host failures that a test cannot cause end it with a message.
 */
#ifndef NACRE_PLATFORM_FAKE_FAKE_H
#define NACRE_PLATFORM_FAKE_FAKE_H

#include "kernel/boot.h"
#include "kernel/task/task.h"
#include "platform/plat.h"

struct file;

/* --- world.c: the process that kernel code finds as current() --- */

enum fake_flags {
	FAKE_IDENTITY = 1 << 0, /* guest memory is this program's memory */
};

/* Once, before any kernel code. Makes process 1 with thread 1, root, usual limits. */
void fake_init(u32 flags);
/* Free what fake_init made, so that leak checkers are content. */
void fake_fini(void);
/* A further thread of the process of current(); run it with plat_thread_create(). */
struct thread *fake_thread_create(void);
/* Another thread (of another process, if the test made one) becomes current(). */
void fake_set_current(struct thread *t);
/* What boot_block() returns; writable. */
extern struct boot_block fake_boot;
/* Override host_auxv(type). At first AT_SYSINFO_EHDR is 0, the rest as on the host. */
void fake_set_auxv(u64 type, u64 value);
/* Make plat_random() repeatable from here on. */
void fake_seed(u64 seed);
/* What signal_send_self() was last given (SIGPIPE and the like). */
extern int fake_last_signal;
/* Print plat_log() lines to stderr? At first not. The last line is kept either way. */
extern bool fake_log_shown;
extern char fake_log_last[512];

/* --- sandbox.c: what plat_fail() was last told --- */
extern int fake_fail_error, fake_fail_status;
extern char fake_fail_text[512];

/* --- heap.c: kzalloc and friends, over calloc --- */

/* The nth allocation from now (0: the next) fails, once; ~0: none. */
void fake_fail_allocation(u64 n);
/* Allocations not yet freed. */
u64 fake_heap_live(void);

/* --- memory.c: guest memory --- */

/* Without regard to protection: for the test's own looks. Bytes that are mapped. */
size_t fake_peek(uaddr_t addr, void *buf, size_t len);
size_t fake_poke(uaddr_t addr, const void *buf, size_t len);
/* As the guest would: bytes accessible before the first fault. */
size_t fake_guest_read(uaddr_t addr, void *buf, size_t len);
size_t fake_guest_write(uaddr_t addr, const void *buf, size_t len);
bool fake_is_identity(void);

/* A mapping of simulated memory. */
struct fake_region {
	uaddr_t start, end;
	int prot;
	bool shared;
	plat_fd_t fd; /* -1: anonymous; a duplicate of the one given to plat_map() */
	u64 offset;
};

/* The regions in order of address; neighbours are not joined. */
size_t fake_region_count(void);
const struct fake_region *fake_region_at(size_t i);
/* Pages that hold data of their own. */
size_t fake_page_count(void);

/* --- host.c: files --- */

/* Tree `index` of plat_file_*() is this host directory (or file). */
void fake_tree_set(int index, const char *host_path);

/* --- files.c: a minimal VFS for tests without the real one: the loader's needs --- */

/* path is looked up literally. mode with type; bytes are copied. */
void fake_file_add(const char *path, u32 mode, const void *bytes, size_t len);
/* MOUNT_* for a file added before. */
void fake_file_set_mount_flags(const char *path, u32 mount_flags);
void fake_file_set_owner(const char *path, u32 uid, u32 gid);
/* Forget all files; those still open stay valid. */
void fake_files_clear(void);
/* Let names that were not added be looked for on the host. */
extern bool fake_files_from_host;
/* Descriptor fd of the process is this file (for execveat). */
void fake_fd_set(int fd, const char *path, bool cloexec);
/* Open files not yet put. */
u64 fake_files_open(void);

#endif
