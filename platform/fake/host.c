/* plat.h's clocks, waiting, files and threads, answered by the host's own calls. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "abi/linux/time.h"
#include "lib/string.h"
#include "platform/fake/fake.h"
#include "platform/fake/internal.h"
#include "wire/wire.h"

#define NS_PER_S 1000000000ull
#define TREES_MAX BOOT_TREES_MAX
#define THREADS_MAX 256

static s64 result(s64 r)
{
	return r < 0 ? -errno : r;
}

/* --- waiting --- */

int plat_wait(u32 *word, u32 value, u64 deadline)
{
	struct timespec ts = { (time_t)(deadline / NS_PER_S),
			       (long)(deadline % NS_PER_S) };

	return (int)result(syscall(SYS_futex, word, FUTEX_WAIT_BITSET, value,
				   deadline == ~0ull ? NULL : &ts, NULL,
				   FUTEX_BITSET_MATCH_ANY));
}

void plat_wake(u32 *word, u32 count)
{
	syscall(SYS_futex, word, FUTEX_WAKE, count > INT32_MAX ? INT32_MAX : (int)count,
		NULL, NULL, 0);
}

void plat_yield(void)
{
	sched_yield();
}

/* --- clocks and chance --- */

int plat_clock_get(int clock, struct linux_timespec *ret)
{
	return (int)result(syscall(SYS_clock_gettime, clock, ret));
}

int plat_clock_res(int clock, struct linux_timespec *ret)
{
	return (int)result(syscall(SYS_clock_getres, clock, ret));
}

u64 plat_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (u64)ts.tv_sec * NS_PER_S + (u64)ts.tv_nsec;
}

static bool random_seeded;
static u64 random_state;

void fake_random_seed(u64 seed)
{
	random_seeded = true;
	random_state = seed;
}

/* The splitmix64 generator: any seed will do. */
static u64 random_next(void)
{
	u64 z = atomic_add(&random_state, 0x9e3779b97f4a7c15ull);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

void plat_random(void *buf, size_t len)
{
	u8 *p = buf;

	if (!random_seeded) {
		if (getrandom(buf, len, 0) != (ssize_t)len)
			fake_die("getrandom");
		return;
	}
	while (len-- > 0)
		*p++ = (u8)random_next();
}

int plat_rusage(int who, struct linux_rusage *ret)
{
	return (int)result(syscall(SYS_getrusage, who, ret));
}

/* --- files --- */

static plat_fd_t trees[TREES_MAX];
static u64 trees_set;

void fake_tree_set(int index, const char *host_path)
{
	plat_fd_t fd = open(host_path, O_PATH | O_CLOEXEC);

	if (fd < 0 || index < 0 || index >= TREES_MAX)
		fake_die(host_path);
	if (trees_set >> index & 1)
		close(trees[index]);
	trees[index] = fd;
	trees_set |= 1ull << index;
}

/* A tree that was not set has no files. */
static plat_fd_t tree_fd(int tree)
{
	return tree >= 0 && tree < TREES_MAX && trees_set >> tree & 1 ? trees[tree] :
									-1;
}

/* A tree that is a single file has only "." in it. */
static bool is_self(const char *path)
{
	return path[0] == '.' && path[1] == '\0';
}

int plat_file_open(int tree, const char *path, int flags, u32 mode, plat_fd_t *ret_fd)
{
	mode &= ~(mode >> 16) & 0xffff;
	char self[64];
	int fd = openat(tree_fd(tree), path, flags | O_CLOEXEC, mode);

	if (fd < 0 && errno == ENOTDIR && is_self(path)) { /* a tree that is a file */
		snprintf(self, sizeof(self), "/proc/self/fd/%d", tree_fd(tree));
		fd = open(self, (flags & ~O_NOFOLLOW) | O_CLOEXEC, mode);
	}
	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	return 0;
}

int plat_file_close(plat_fd_t fd)
{
	return (int)result(close(fd));
}

int plat_file_statx(int tree, const char *path, struct linux_statx *ret)
{
	return (int)result(syscall(SYS_statx, tree_fd(tree), is_self(path) ? "" : path,
				   AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH,
				   STATX_BASIC_STATS | STATX_BTIME, ret));
}

int plat_file_statx_in(plat_fd_t dir, const char *name, struct linux_statx *ret)
{
	return (int)result(syscall(SYS_statx, dir, name, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH,
				   STATX_BASIC_STATS | STATX_BTIME, ret));
}

int plat_file_fstatx(plat_fd_t fd, struct linux_statx *ret)
{
	return (int)result(syscall(SYS_statx, fd, "", AT_EMPTY_PATH,
				   STATX_BASIC_STATS | STATX_BTIME, ret));
}

s64 plat_file_readlink(int tree, const char *path, char *buf, size_t size)
{
	return result(readlinkat(tree_fd(tree), is_self(path) ? "" : path, buf, size));
}

s64 plat_file_xattrs(int tree, const char *path, void *buf, size_t size)
{
	(void)tree, (void)path, (void)buf, (void)size;
	return 0;
}

s64 plat_file_fetch(int tree, const char *path, void *buf, size_t size)
{
	(void)tree, (void)path, (void)buf, (void)size;
	return -ENOSYS;
}

int plat_file_verify(int tree, const char *path, u32 first, u32 count)
{
	(void)tree, (void)path, (void)first;
	return (int)count;
}

s64 plat_file_getdents(plat_fd_t fd, void *buf, size_t size)
{
	return result(syscall(SYS_getdents64, fd, buf, size));
}

bool plat_file_is_direct(int tree)
{
	(void)tree;
	return true;
}

int plat_file_statfs(plat_fd_t fd, struct linux_statfs *ret)
{
	return (int)result(syscall(SYS_fstatfs, fd, ret));
}

s64 plat_file_read(plat_fd_t fd, void *buf, size_t len, s64 offset)
{
	return result(offset < 0 ? read(fd, buf, len) : pread(fd, buf, len, offset));
}

s64 plat_file_write(plat_fd_t fd, const void *buf, size_t len, s64 offset)
{
	return result(offset < 0 ? write(fd, buf, len) : pwrite(fd, buf, len, offset));
}

s64 plat_file_ioctl(plat_fd_t fd, u32 cmd, void *arg)
{
	return result(ioctl(fd, cmd, arg));
}

s64 plat_file_seek(plat_fd_t fd, s64 offset, int whence)
{
	return result(lseek(fd, offset, whence));
}

int plat_file_truncate(plat_fd_t fd, u64 size)
{
	return (int)result(ftruncate(fd, (off_t)size));
}

int plat_file_sync(plat_fd_t fd, bool data_only)
{
	return (int)result(data_only ? fdatasync(fd) : fsync(fd));
}

int plat_file_allocate(plat_fd_t fd, int mode, u64 offset, u64 len)
{
	return (int)result(fallocate(fd, mode, (off_t)offset, (off_t)len));
}

int plat_file_poll(struct linux_pollfd *fds, u32 count, u64 deadline)
{
	u64 now = plat_now(), left = deadline > now ? deadline - now : 0;
	struct timespec ts = { (time_t)(left / NS_PER_S), (long)(left % NS_PER_S) };

	return (int)result(ppoll((struct pollfd *)fds, count,
				 deadline == ~0ull ? NULL : &ts, NULL));
}

static s64 change_times(plat_fd_t dir, const struct tree_change *c)
{
	return utimensat(dir, c->path, (const struct timespec *)c->times,
			 AT_SYMLINK_NOFOLLOW);
}

static s64 change_size(plat_fd_t dir, const struct tree_change *c)
{
	plat_fd_t fd = openat(dir, c->path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	s64 r;

	if (fd < 0)
		return -1;
	r = ftruncate(fd, (off_t)c->size);
	close(fd);
	return r;
}

/*
 * There is no setxattrat() before Linux 6.13: go through the descriptor's magic link.
 */
static s64 change_xattr(plat_fd_t dir, const struct tree_change *c)
{
	plat_fd_t fd = openat(dir, c->path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	char name[64];
	s64 r;

	if (fd < 0)
		return -1;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	r = c->op == WIRE_TREE_SETXATTR ?
		    setxattr(name, c->path2, c->value, c->size, (int)c->flags) :
		    removexattr(name, c->path2);
	close(fd);
	return r;
}

int plat_tree_lock(const struct wire_lock *lock, const char *path, struct wire_locked *ret)
{
	(void)path;
	if (lock->what == WIRE_LOCK_TEST)
		*ret = (struct wire_locked){ .type = WIRE_LOCK_NONE };
	return 0;
}

int plat_tree_sync(int tree, bool note, u64 id, u64 *ret_noted, u64 *ret_kept)
{
	(void)tree, (void)note, (void)id;
	*ret_noted = *ret_kept = 0;
	return 0;
}

int plat_tree_change(const struct tree_change *c)
{
	plat_fd_t dir = tree_fd(c->tree);

	switch ((enum wire_tree_op)c->op) {
	case WIRE_TREE_MKDIR:
		return (int)result(mkdirat(dir, c->path, c->mode & ~(c->mode >> 16) & 0xffff));
	case WIRE_TREE_RMDIR:
		return (int)result(unlinkat(dir, c->path, AT_REMOVEDIR));
	case WIRE_TREE_UNLINK:
		return (int)result(unlinkat(dir, c->path, 0));
	case WIRE_TREE_RENAME:
		return (int)result(renameat2(dir, c->path, dir, c->path2, c->flags));
	case WIRE_TREE_LINK:
		return (int)result(linkat(dir, c->path, dir, c->path2, 0));
	case WIRE_TREE_SYMLINK:
		return (int)result(symlinkat(c->path2, dir, c->path));
	case WIRE_TREE_MKNOD:
		return (int)result(mknodat(dir, c->path, c->mode & ~(c->mode >> 16) & 0xffff, 0));
	case WIRE_TREE_CHMOD:
		return (int)result(fchmodat(dir, c->path, c->mode, 0));
	case WIRE_TREE_CHOWN:
		return (int)result(
			fchownat(dir, c->path, c->uid, c->gid, AT_SYMLINK_NOFOLLOW));
	case WIRE_TREE_UTIMES:
		return (int)result(change_times(dir, c));
	case WIRE_TREE_TRUNCATE:
		return (int)result(change_size(dir, c));
	case WIRE_TREE_SETXATTR:
	case WIRE_TREE_REMOVEXATTR:
		return (int)result(change_xattr(dir, c));
	case WIRE_TREE_SYNC:
		return (int)result(c->flags != 0 ? syncfs(dir) : fsync(dir));
	}
	return -EINVAL;
}

/* --- threads --- */

struct host_thread {
	struct thread *thread;
	void (*entry)(struct thread *);
	pthread_t id;
};

static pthread_mutex_t threads_lock = PTHREAD_MUTEX_INITIALIZER;
static struct host_thread threads[THREADS_MAX];
static int thread_count;

static void on_kick(int sig)
{
	(void)sig;
}

void fake_threads_init(void)
{
	/* No SA_RESTART: a kicked thread's host wait ends with EINTR. */
	struct sigaction action = { .sa_handler = on_kick };

	sigaction(SIGUSR1, &action, NULL);
}

static void *thread_main(void *arg)
{
	struct host_thread *h = arg;

	fake_set_current(h->thread);
	h->thread->host_tid = gettid();
	h->entry(h->thread);
	return NULL;
}

int plat_thread_create(struct thread *t, void (*entry)(struct thread *))
{
	struct host_thread *h;
	int r;

	pthread_mutex_lock(&threads_lock);
	if (thread_count == THREADS_MAX) {
		pthread_mutex_unlock(&threads_lock);
		return -EAGAIN;
	}
	h = &threads[thread_count++];
	h->thread = t;
	h->entry = entry;
	r = pthread_create(&h->id, NULL, thread_main, h);
	if (r == 0)
		pthread_detach(h->id);
	else
		thread_count--;
	pthread_mutex_unlock(&threads_lock);
	return -r;
}

NORETURN void plat_thread_exit(void)
{
	pthread_exit(NULL);
}

/* Nobody's stack is used again: what threads leave lives to the end of the program. */
void plat_thread_leaving(void)
{
}

struct thread *plat_thread_take_left(void)
{
	return NULL;
}

/* A test program is one process. */
int plat_process_fork(struct thread *child, enum plat_fork kind)
{
	(void)child;
	(void)kind;
	return -ENOSYS;
}

NORETURN void plat_process_exit(int status)
{
	exit(status);
}

void plat_kick(struct thread *t)
{
	pthread_mutex_lock(&threads_lock);
	for (int i = 0; i < thread_count; i++)
		if (threads[i].thread == t)
			pthread_kill(threads[i].id, SIGUSR1);
	pthread_mutex_unlock(&threads_lock);
}
