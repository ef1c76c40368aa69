/*
 * Kept texts, from the broker's side: the pack that the sandbox reads, and makers. See text.h.
 *
 * OVERVIEW. A sandbox gets the pack of its root: whoever has taken it over can read what is in
 * there, and what is in there comes from files of that root only, or from objects of that image.
 * When the sandbox asks for a text a maker is started beside it, one at a time, at low priority.
 * When the sandbox has ended the command waits a moment for the one that is at work, and not
 * longer: on a machine that is too busy for it nothing is made for half a minute.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "broker/session.h"
#include "broker/tags.h"
#include "broker/text.h"
#include "store/image.h"

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

#define WANTED_MAX 64u /* texts of a run */
#define END_WAIT_NS 100000000ull
#define LATE "late" /* made when that was not enough */
#define LATE_SEC 30 /* and for so long nothing is made: 0.1 s of 30 is little to lose */
#define NS_PER_MS 1000000ull

static const char bad_line[] =
	"text cache: the file of this root is no such file, or not ours alone: not used";

static struct {
	char pack[TEXT_PACK_NAME_SIZE]; /* its name */
	bool whole; /* the root is the host's: files of other mounts lie in it as well */
	struct text_wanted wanted[WANTED_MAX]; /* in order; before `next` they are done with */
	u32 count, next;
	pid_t pid; /* of the maker; 0: there is none */
	int pidfd;
} texts;

/* --- the start --- */

/* Is there time for makers here, as far as is known? */
static bool makers_in_time(int dir)
{
	struct stat st;

	return fstatat(dir, LATE, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	       st.st_mtim.tv_sec + LATE_SEC < time(NULL);
}

static void late_note(const struct session *s)
{
	int dir = text_directory_open(s->options->text_cache, false), fd;

	if (dir < 0)
		return;
	fd = openat(dir, LATE, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);
	if (fd >= 0) {
		futimens(fd, NULL);
		close(fd);
	}
	close(dir);
}

static bool root_is_hosts(const struct stat *root)
{
	struct stat st;

	return stat("/", &st) == 0 && st.st_dev == root->st_dev && st.st_ino == root->st_ino;
}

void texts_open(struct session *s)
{
	const struct run_options *o = s->options;
	struct statvfs fs;
	struct stat root;
	bool bad = false;
	int dir;

	s->texts_fd = -1;
	if (o->text_cache == NULL || o->entry != BOOT_ENTRY_REWRITE ||
	    (s->root_trees.is_image && s->root_trees.ref.image[0] == 0) ||
	    fstat(s->trees[s->root_trees.tree].fd, &root) < 0)
		return;
	if (s->root_trees.is_image)
		snprintf(texts.pack, sizeof(texts.pack), "image-%s", s->root_trees.ref.image);
	else
		snprintf(texts.pack, sizeof(texts.pack), "%lx-%lx", (unsigned long)root.st_dev,
			 (unsigned long)root.st_ino);
	texts.whole = !s->root_trees.is_image && root_is_hosts(&root);
	dir = text_directory_open(o->text_cache, false);
	if (dir < 0) {
		s->texts_wanted = errno == ENOENT;
		return;
	}
	/* What cannot be executed, or written, is of no use; no pack at all is made. */
	if (fstatvfs(dir, &fs) == 0 && !(fs.f_flag & ST_NOEXEC)) {
		s->texts_fd = text_pack_open(dir, texts.pack, O_RDONLY, &bad);
		s->texts_wanted =
			faccessat(dir, ".", W_OK, AT_EACCESS) == 0 && makers_in_time(dir);
	}
	if (bad)
		log_line(bad_line, sizeof(bad_line) - 1);
	close(dir);
}

/* --- makers --- */

/* Of all descriptors it keeps the file's. */
static NORETURN void maker_main(const struct session *s, struct text_wanted *w)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	tags_use(NULL); /* what is kept is not compared again: the hash decides */
	if (dup2(w->fd, 0) != 0)
		_exit(TEXT_NOTHING);
	syscall(SYS_close_range, 1, ~0u, 0);
	w->fd = 0;
	_exit(text_keep(s->options->text_cache, w));
}

/* The next one, if none is at work. */
static void maker_start(struct session *s)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = &s->texts_fd };
	struct text_wanted *w;

	while (texts.pid == 0 && texts.next < texts.count) {
		w = &texts.wanted[texts.next++];
		texts.pid = s->texts_wanted ? process_copy(&texts.pidfd) : -1;
		if (texts.pid == 0)
			maker_main(s, w);
		close(w->fd);
		if (texts.pid < 0)
			texts.pid = 0;
		else if (epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, texts.pidfd, &event) < 0)
			s->texts_wanted = false; /* it is waited for at the end */
	}
}

static void maker_reap(struct session *s, int flags)
{
	int status = 0;

	if (texts.pid == 0 || waitpid(texts.pid, &status, flags) != texts.pid)
		return;
	if (!WIFEXITED(status) || WEXITSTATUS(status) == TEXT_NOTHING)
		s->texts_wanted = false;
	epoll_ctl(s->epoll_fd, EPOLL_CTL_DEL, texts.pidfd, NULL);
	close(texts.pidfd);
	texts.pid = 0;
}

void texts_serve(struct session *s)
{
	maker_reap(s, WNOHANG);
	maker_start(s);
}

/* May files of the tree be in the pack? Those that the sandbox changes may not. */
static bool tree_is_of_pack(const struct session *s, const struct tree *t)
{
	u32 index = (u32)(t - s->trees);

	return !t->writable && !t->layer &&
	       (s->root_trees.is_image ? index == s->root_trees.objects :
		t->objects ? false : texts.whole || index == s->root_trees.tree);
}

void handle_text(struct session *s, const struct wire_request *r, struct reply *reply)
{
	struct tree *t = tree_find(s, r->wanted.tree);
	struct text_wanted *w = &texts.wanted[texts.count];
	struct kept_key key;

	(void)reply;
	if (!s->texts_wanted || t == NULL || texts.count == WANTED_MAX || !tree_is_of_pack(s, t))
		return;
	w->fd = tree_open_file(t, r->text_or_path, r->wanted.path_len);
	if (w->fd < 0)
		return;
	w->is_object = t->objects;
	w->pack_max = KEPT_PACK_MAX;
	w->offset = r->wanted.offset;
	w->len = r->wanted.len;
	if (!text_key_read(w, &key) ||
	    (t->objects && !object_parse(r->text_or_path, r->wanted.path_len, w->digest))) {
		close(w->fd);
		return;
	}
	memcpy(w->pack, texts.pack, sizeof(w->pack));
	texts.count++;
	maker_start(s);
}

/* --- the end --- */

/* Say of those that the sandbox says it has used that they were, unless that was said today. */
static void texts_note_used(const struct session *s)
{
	const struct trace_sites *sites = &s->trace->sites;
	u32 count = __atomic_load_n(&sites->kept_count, __ATOMIC_RELAXED), today = text_today();
	struct stat a, b;
	int dir = -1, fd = -1;
	bool bad;

	/* The sandbox's to scribble in: read once, then checked. */
	for (u32 i = 0; i < MIN(count, TRACE_KEPT); i++) {
		u32 slot = __atomic_load_n(&sites->kept[i], __ATOMIC_RELAXED), day = today;
		off_t at = (off_t)(KEPT_SLOTS_AT + (u64)slot * sizeof(struct kept_slot) +
				   offsetof(struct kept_slot, day));

		if (slot >= KEPT_SLOTS || pread(s->texts_fd, &day, sizeof(day), at) < 0 ||
		    day == today)
			continue;
		if (dir < 0) {
			dir = text_directory_open(s->options->text_cache, false);
			fd = dir < 0 ? -1 : text_pack_open(dir, texts.pack, O_RDWR, &bad);
		}
		if (fd < 0 || fstat(fd, &a) < 0 || fstat(s->texts_fd, &b) < 0 ||
		    a.st_dev != b.st_dev || a.st_ino != b.st_ino ||
		    pwrite(fd, &today, sizeof(today), at) < 0)
			break;
	}
	if (fd >= 0)
		close(fd);
	if (dir >= 0)
		close(dir);
}

void texts_end(struct session *s)
{
	u64 end = now_ns() + END_WAIT_NS, now;

	if (s->texts_fd >= 0)
		texts_note_used(s);
	while (texts.pid != 0 && (now = now_ns()) < end) {
		struct pollfd done = { .fd = texts.pidfd, .events = POLLIN };

		poll(&done, 1, (int)((end - now + NS_PER_MS - 1) / NS_PER_MS));
		texts_serve(s);
	}
	if (texts.pid != 0) {
		kill(texts.pid, SIGKILL);
		maker_reap(s, 0);
		late_note(s);
	}
}
