/*
 * File descriptor tables. See fdtable.h.
 *
 * OVERVIEW. The slots and the two bit maps (taken, close on exec) are one block that is
 * replaced by a larger one when it is full. A taken slot without a file is reserved: a call
 * is about to install something there.
 *
 * LOCKING. table.lock covers every change. fd_get() takes no lock: it takes a reference of
 * the file it sees unless its count is zero, then looks whether the slot still has it. That
 * is safe because the memory of files is never anything else (internal.h) and because
 * outgrown blocks are kept until the table goes.
 */
#include "kernel/vfs/fdtable.h"

#include "kernel/vfs/async.h"

#include "abi/linux/fcntl.h"
#include "kernel/locks.h"
#include "kernel/task/task.h"
#include "kernel/vfs/internal.h"
#include "kernel/vfs/locks.h"
#include "lib/string.h"

#define SLOTS_MIN 64u
#define SLOTS_MAX (1u << 20) /* Linux: /proc/sys/fs/nr_open */

struct fd_slots {
	u32 count; /* I: a multiple of 64 */
	struct fd_slots *older; /* I: outgrown, perhaps still looked at */
	u64 *taken, *cloexec; /* I: maps */
	struct file *files[];
};

struct fdtable {
	struct ref ref;
	struct lock lock;
	struct fd_slots *slots; /* a: read without the lock */
	u32 lowest; /* no slot below is free */
};

/* What was in a slot of ft is not there any more. */
static void file_closed(struct fdtable *ft, struct file *f)
{
	if (f == NULL)
		return;
	locks_fd_closed(f, ft);
	file_dnotify_closed(f, ft);
	if (f->ops != NULL && f->ops->closed != NULL)
		f->ops->closed(f);
	file_put(f);
}

static bool bit_test(const u64 *map, u32 n)
{
	return map[n / 64] >> (n % 64) & 1;
}

static void bit_set(u64 *map, u32 n, bool on)
{
	if (on)
		map[n / 64] |= (u64)1 << (n % 64);
	else
		map[n / 64] &= ~((u64)1 << (n % 64));
}

/* The first clear bit at or above from, or count. */
static u32 bit_find_clear(const u64 *map, u32 from, u32 count)
{
	for (u32 word = from / 64; word < count / 64; word++) {
		u64 clear = ~map[word];

		if (word == from / 64)
			clear &= ~(u64)0 << (from % 64);
		if (clear != 0)
			return word * 64 + (u32)__builtin_ctzll(clear);
	}
	return count;
}

static struct fd_slots *slots_create(u32 count, struct fd_slots *older)
{
	size_t maps = 2 * (size_t)count / 8;
	struct fd_slots *s = kzalloc(sizeof(*s) + count * sizeof(struct file *) + maps);

	if (s == NULL)
		return NULL;
	s->count = count;
	s->older = older;
	s->taken = (u64 *)&s->files[count];
	s->cloexec = s->taken + count / 64;
	if (older != NULL) {
		memcpy(s->files, older->files, older->count * sizeof(struct file *));
		memcpy(s->taken, older->taken, older->count / 8);
		memcpy(s->cloexec, older->cloexec, older->count / 8);
	}
	return s;
}

/* Room for slot fd. Under the lock. */
static int slots_grow(struct fdtable *ft, u32 fd)
{
	u32 count = ft->slots->count;
	struct fd_slots *s;

	if (fd < count)
		return 0;
	if (fd >= SLOTS_MAX)
		return -EMFILE;
	while (count <= fd)
		count *= 2;
	s = slots_create(count, ft->slots);
	if (s == NULL)
		return -ENOMEM;
	atomic_store(&ft->slots, s);
	return 0;
}

/* --- tables --- */

static int table_create(u32 count, struct fdtable **ret)
{
	struct fdtable *ft = kzalloc(sizeof(*ft));

	if (ft == NULL)
		return -ENOMEM;
	ft->slots = slots_create(count, NULL);
	if (ft->slots == NULL) {
		kfree(ft);
		return -ENOMEM;
	}
	lock_rank(&ft->lock, RANK_FDTABLE);
	ref_init(&ft->ref);
	*ret = ft;
	return 0;
}

int fdtable_create(struct fdtable **ret)
{
	return table_create(SLOTS_MIN, ret);
}

/* What the last taken slot needs, in powers of two. Under the lock. */
static u32 slots_needed(const struct fd_slots *s)
{
	u32 words = s->count / 64, count = SLOTS_MIN;

	while (words > 0 && s->taken[words - 1] == 0)
		words--;
	while (count < words * 64)
		count *= 2;
	return count;
}

int fdtable_copy(struct fdtable *from, struct fdtable **ret)
{
	struct fdtable *ft;
	struct fd_slots *s, *to;
	u32 count;
	int err;

	lock_acquire(&from->lock);
	count = slots_needed(from->slots);
	err = table_create(count, &ft);
	if (err == 0) {
		s = from->slots;
		to = ft->slots;
		for (u32 fd = 0; fd < count; fd++) {
			if (s->files[fd] == NULL)
				continue; /* free, or reserved by a call of another thread */
			to->files[fd] = file_get(s->files[fd]);
			bit_set(to->taken, fd, true);
			bit_set(to->cloexec, fd, bit_test(s->cloexec, fd));
		}
		*ret = ft;
	}
	lock_release(&from->lock);
	return err;
}

struct fdtable *fdtable_get(struct fdtable *ft)
{
	ref_get(&ft->ref);
	return ft;
}

void fdtable_put(struct fdtable *ft)
{
	struct fd_slots *s;

	if (ft == NULL || !ref_put(&ft->ref))
		return;
	s = ft->slots;
	for (u32 fd = 0; fd < s->count; fd++)
		file_closed(ft, s->files[fd]);
	while (s != NULL) {
		struct fd_slots *older = s->older;

		kfree(s);
		s = older;
	}
	kfree(ft);
}

/* Make slot fd free and return what was in it. Under the lock. */
static struct file *slot_clear(struct fdtable *ft, u32 fd)
{
	struct fd_slots *s = ft->slots;
	struct file *f = s->files[fd];

	atomic_store(&s->files[fd], NULL);
	bit_set(s->taken, fd, false);
	bit_set(s->cloexec, fd, false);
	ft->lowest = MIN(ft->lowest, fd);
	return f;
}

void fdtable_close_on_exec(struct fdtable *ft)
{
	for (u32 word = 0;; word++) {
		struct file *f = NULL;
		u64 bits;

		lock_acquire(&ft->lock);
		if (word >= ft->slots->count / 64) {
			lock_release(&ft->lock);
			return;
		}
		bits = ft->slots->cloexec[word] & ft->slots->taken[word];
		if (bits != 0)
			f = slot_clear(ft, word * 64 + (u32)__builtin_ctzll(bits));
		lock_release(&ft->lock);
		if (bits != 0)
			word--; /* once more, there may be others in it */
		file_closed(ft, f);
	}
}

int fdtable_next(struct fdtable *ft, int from, struct file **ret, bool *ret_cloexec)
{
	int found = -1;

	lock_acquire(&ft->lock);
	for (u32 fd = from < 0 ? 0 : (u32)from; fd < ft->slots->count; fd++) {
		if (ft->slots->files[fd] == NULL)
			continue;
		*ret = file_get(ft->slots->files[fd]);
		if (ret_cloexec != NULL)
			*ret_cloexec = bit_test(ft->slots->cloexec, fd);
		found = (int)fd;
		break;
	}
	lock_release(&ft->lock);
	return found;
}

/* --- descriptors of the calling thread --- */

struct file *fd_get_any(int fd)
{
	struct fdtable *ft = current()->files;

	for (;;) {
		struct fd_slots *s = atomic_load(&ft->slots);
		struct file *f;

		if (fd < 0 || (u32)fd >= s->count)
			return NULL;
		f = atomic_load(&s->files[fd]);
		if (f == NULL)
			return NULL;
		if (!ref_get_unless_zero(&f->ref))
			continue;
		if (likely(atomic_load(&s->files[fd]) == f &&
			   atomic_load(&ft->slots) == s))
			return f;
		file_put(f);
	}
}

struct file *fd_get(int fd)
{
	struct file *f = fd_get_any(fd);

	if (f != NULL && unlikely(f->mode & FMODE_PATH)) {
		file_put(f);
		return NULL;
	}
	return f;
}

static u32 fd_limit(void)
{
	return (u32)MIN(task_rlimit(LINUX_RLIMIT_NOFILE), (u64)SLOTS_MAX);
}

int fd_reserve(int min)
{
	struct fdtable *ft = current()->files;
	u32 limit = fd_limit(), from = min < 0 ? 0u : (u32)min, fd;
	int err;

	lock_acquire(&ft->lock);
	fd = MIN(MAX(from, ft->lowest), ft->slots->count);
	fd = MAX(from, bit_find_clear(ft->slots->taken, fd, ft->slots->count));
	err = fd >= limit ? -EMFILE : slots_grow(ft, fd);
	if (err == 0) {
		bit_set(ft->slots->taken, fd, true);
		bit_set(ft->slots->cloexec, fd, false);
		if (from <= ft->lowest)
			ft->lowest = fd + 1;
	}
	lock_release(&ft->lock);
	return err < 0 ? err : (int)fd;
}

void fd_unreserve(int fd)
{
	struct fdtable *ft = current()->files;

	lock_acquire(&ft->lock);
	slot_clear(ft, (u32)fd);
	lock_release(&ft->lock);
}

void fd_install(int fd, struct file *file, u32 flags)
{
	struct fdtable *ft = current()->files;

	lock_acquire(&ft->lock);
	bit_set(ft->slots->cloexec, (u32)fd, flags & LINUX_O_CLOEXEC);
	atomic_store(&ft->slots->files[fd], file);
	lock_release(&ft->lock);
}

int fd_install_new(struct file *file, u32 flags)
{
	int fd = fd_reserve(0);

	if (fd < 0)
		file_put(file);
	else
		fd_install(fd, file, flags);
	return fd;
}

int fd_close(int fd)
{
	struct fdtable *ft = current()->files;
	struct file *f = NULL;

	lock_acquire(&ft->lock);
	if (fd >= 0 && (u32)fd < ft->slots->count && ft->slots->files[fd] != NULL)
		f = slot_clear(ft, (u32)fd);
	lock_release(&ft->lock);
	if (f == NULL)
		return -EBADF;
	file_closed(ft, f);
	return 0;
}

int fd_replace(int fd, struct file *file, u32 flags)
{
	struct fdtable *ft = current()->files;
	struct file *old = NULL;
	int err = 0;

	lock_acquire(&ft->lock);
	if (fd < 0 || (u32)fd >= fd_limit())
		err = -EBADF;
	if (err == 0)
		err = slots_grow(ft, (u32)fd);
	if (err == 0) {
		old = ft->slots->files[fd];
		if (old == NULL && bit_test(ft->slots->taken, (u32)fd))
			err = -EBUSY; /* Linux: an open() in progress has it */
	}
	if (err == 0) {
		bit_set(ft->slots->taken, (u32)fd, true);
		bit_set(ft->slots->cloexec, (u32)fd, flags & LINUX_O_CLOEXEC);
		atomic_store(&ft->slots->files[fd], file);
	}
	lock_release(&ft->lock);
	if (err < 0)
		file_put(file);
	else
		file_closed(ft, old);
	return err < 0 ? err : fd;
}

u32 fdtable_size(struct fdtable *ft)
{
	return atomic_load(&ft->slots)->count; /* outgrown blocks stay until the table goes */
}

u32 fd_table_size(void)
{
	return fdtable_size(current()->files);
}

int fd_get_cloexec(int fd)
{
	struct fdtable *ft = current()->files;
	int result = -EBADF;

	lock_acquire(&ft->lock);
	if (fd >= 0 && (u32)fd < ft->slots->count && ft->slots->files[fd] != NULL)
		result = bit_test(ft->slots->cloexec, (u32)fd);
	lock_release(&ft->lock);
	return result;
}

int fd_set_cloexec(int fd, bool on)
{
	struct fdtable *ft = current()->files;
	int result = -EBADF;

	lock_acquire(&ft->lock);
	if (fd >= 0 && (u32)fd < ft->slots->count && ft->slots->files[fd] != NULL) {
		bit_set(ft->slots->cloexec, (u32)fd, on);
		result = 0;
	}
	lock_release(&ft->lock);
	return result;
}
