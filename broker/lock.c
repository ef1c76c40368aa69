/*
 * LOCK requests: locks of the host on files of writable trees.
 *
 * OVERVIEW. Inside, the sandbox's kernel knows who owns which lock and who waits for whom. Here
 * the sandbox is one owner: for each file with locks the broker has one descriptor, by which it
 * holds record locks (those of open files, F_OFD_SETLK, which meet those of processes as well)
 * and an flock. So host programs and other sandboxes see them, and all of them end when the broker
 * does, however that dies. A request never waits: whoever must wait inside asks again.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "broker/session.h"

#define LOCKS_MAX 16384u

struct held_lock {
	struct held_lock *next;
	u32 tree;
	dev_t dev;
	ino_t ino;
	int fd;
};

static dev_t dev_of(const struct wire_lock *l)
{
	return makedev((u32)(l->dev >> 32), (u32)l->dev);
}

static struct held_lock **held_find(struct session *s, const struct wire_lock *l)
{
	struct held_lock **at = &s->locks;

	while (*at != NULL &&
	       !((*at)->tree == l->tree && (*at)->ino == l->ino && (*at)->dev == dev_of(l)))
		at = &(*at)->next;
	return at;
}

/* A descriptor for locks on the file, with as many rights as there are; -errno. */
static int lock_open(const struct tree *tree, const struct wire_request *r)
{
	int fd, file, result = tree_lookup(tree, r->text_or_path, r->lock.path_len, &fd);
	struct stat st;

	if (result < 0)
		return -ENOLCK;
	if (fstat(fd, &st) < 0 || st.st_ino != r->lock.ino || st.st_dev != dev_of(&r->lock)) {
		file = -ENOLCK;
	} else if (S_ISDIR(st.st_mode)) {
		file = fd_reopen(fd, O_RDONLY | O_DIRECTORY);
	} else if (S_ISREG(st.st_mode)) {
		file = fd_reopen(fd, O_RDWR);
		if (file < 0)
			file = fd_reopen(fd, O_RDONLY);
	} else {
		file = -ENOLCK;
	}
	close(fd);
	return file;
}

static struct flock range_of(const struct wire_lock *l)
{
	static const short types[] = { F_RDLCK, F_WRLCK, F_UNLCK };

	return (struct flock){ .l_type = types[l->type],
			       .l_whence = SEEK_SET,
			       .l_start = (off_t)l->start,
			       .l_len = l->last == INT64_MAX ? 0 :
							       (off_t)(l->last - l->start + 1) };
}

static int record_set(int fd, const struct wire_lock *l)
{
	struct flock fl = range_of(l);

	if (fcntl(fd, F_OFD_SETLK, &fl) == 0)
		return 0;
	return errno == EAGAIN || errno == EACCES ? -EAGAIN : -ENOLCK;
}

static int flock_set(int fd, u32 type)
{
	static const int kinds[] = { LOCK_SH, LOCK_EX, LOCK_UN };

	if (flock(fd, kinds[type] | LOCK_NB) == 0)
		return 0;
	return errno == EWOULDBLOCK ? -EAGAIN : -ENOLCK;
}

static int record_test(int fd, const struct wire_lock *l, struct reply *reply)
{
	struct flock fl = range_of(l);
	struct wire_locked found = { .type = WIRE_LOCK_NONE };

	if (fcntl(fd, F_OFD_GETLK, &fl) < 0)
		return -ENOLCK;
	if (fl.l_type != F_UNLCK)
		found = (struct wire_locked){
			.type = fl.l_type == F_WRLCK ? WIRE_LOCK_EXCLUSIVE : WIRE_LOCK_SHARED,
			.pid = fl.l_pid == -1 ? -1 : 0,
			.start = (u64)fl.l_start,
			.last = fl.l_len == 0 ? INT64_MAX : (u64)(fl.l_start + fl.l_len - 1),
		};
	memcpy(reply->data, &found, sizeof(found));
	reply->len = sizeof(found);
	return 0;
}

static int test_request(struct session *s, const struct tree *tree, const struct wire_request *r,
			struct reply *reply)
{
	struct held_lock *held = *held_find(s, &r->lock);
	int fd = held != NULL ? held->fd : lock_open(tree, r), result;

	result = fd < 0 ? fd : record_test(fd, &r->lock, reply);
	if (held == NULL && fd >= 0)
		close(fd);
	return result;
}

/* The file's descriptor, made when there is none; -errno. */
static int held_get(struct session *s, const struct tree *tree, const struct wire_request *r)
{
	struct held_lock *held = *held_find(s, &r->lock);
	int fd;

	if (held != NULL)
		return held->fd;
	fd = s->lock_count < LOCKS_MAX ? lock_open(tree, r) : -ENOLCK;
	if (fd < 0)
		return fd;
	held = malloc(sizeof(*held));
	if (held == NULL) {
		close(fd);
		return -ENOLCK;
	}
	*held = (struct held_lock){ s->locks, r->lock.tree, dev_of(&r->lock), r->lock.ino, fd };
	s->locks = held;
	s->lock_count++;
	return fd;
}

static void held_drop(struct session *s, const struct wire_lock *l)
{
	struct held_lock **at = held_find(s, l), *held = *at;

	if (held == NULL)
		return;
	*at = held->next;
	close(held->fd);
	free(held);
	s->lock_count--;
}

static int lock_request(struct session *s, const struct wire_request *r, struct reply *reply)
{
	const struct wire_lock *l = &r->lock;
	const struct tree *tree = tree_find(s, l->tree);
	int fd;

	if (tree == NULL || !tree->writable || l->type > WIRE_LOCK_NONE || l->start > l->last ||
	    l->last > INT64_MAX)
		return -EINVAL;
	switch ((enum wire_lock_what)l->what) {
	case WIRE_LOCK_TEST:
		return l->type == WIRE_LOCK_NONE ? -EINVAL : test_request(s, tree, r, reply);
	case WIRE_LOCK_DROP:
		held_drop(s, l);
		return 0;
	case WIRE_LOCK_RECORD:
	case WIRE_LOCK_FLOCK:
		if (l->type == WIRE_LOCK_NONE && *held_find(s, l) == NULL)
			return 0;
		fd = held_get(s, tree, r);
		if (fd < 0)
			return fd;
		return l->what == WIRE_LOCK_RECORD ? record_set(fd, l) : flock_set(fd, l->type);
	default:
		return -EINVAL;
	}
}

void handle_lock(struct session *s, const struct wire_request *r, struct reply *reply)
{
	int result = lock_request(s, r, reply);

	if (result < 0)
		reply->error = -result;
}
