/*
 * Layers over images that are kept: --commit and :sync.
 *
 * OVERVIEW. Such a layer lies in a directory of the store (kernel/fs/over/disk.h). The keeper, a
 * process of its own (store/host/keep.h), makes the directory before the sandbox starts and an
 * image of it when it has ended; the broker, which is sealed meanwhile, only lends it to the
 * sandbox. Of a :sync layer the sandbox's kernel says which files were closed. They are handed
 * to the keeper in batches, each with the size that the journal of names has at that moment: what
 * was written there before was done before. So what is kept is always the state of one moment.
 *
 * The keeper is asked one thing at a time, and answers come as events: nobody waits for it.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "broker/session.h"
#include "store/host/keep.h"

#define LAYERS_MAX 32u
#define SLOTS (KEEP_IDS_MAX * 2) /* of the table of what is to be kept */
#define LOOK_NS 1000000000ull	 /* names that change without a close are kept as often */

struct layer {
	char *spec;
	u32 mount; /* ~0: the root */
	bool sync, replay;
	struct keep_ready ready;
	int dir, lock; /* the sandbox's directory; what keeps the layer locked */
	u32 tree;
	/* of a :sync layer */
	u64 noted, sent, kept; /* how often something was told of: by now, to the keeper, done */
	u64 journal_sent;      /* the journal's size then */
	u64 ids[SLOTS];	       /* to be kept; 0: a free slot */
	u32 count;
};

struct keep {
	struct layer *layers[LAYERS_MAX];
	u32 count;
	pid_t pid;
	int fd;
	struct layer *asked; /* whose batch the keeper has; NULL: it is idle */
	bool failed;
	u64 look_ns;
};

/* --- which layers there are --- */

static bool layer_add(struct session *s, u32 mount, const char *kind, const char *name,
		      const char *new)
{
	struct keep *k = s->keep;
	struct layer *l;

	if (k == NULL) {
		k = s->keep = calloc(1, sizeof(*k));
		if (k != NULL)
			k->fd = -1;
	}
	l = k == NULL || k->count == LAYERS_MAX ? NULL : calloc(1, sizeof(*l));
	if (l == NULL || asprintf(&l->spec, "%s:%s%s%s", kind, name, new == NULL ? "" : ":",
				  new == NULL ? "" : new) < 0) {
		say("--commit: too many");
		return false;
	}
	l->mount = mount;
	l->sync = strcmp(kind, "sync") == 0;
	l->replay = strcmp(kind, "replay") == 0;
	l->dir = l->lock = -1;
	k->layers[k->count++] = l;
	return true;
}

static struct layer *layer_of_mount(const struct session *s, u32 mount)
{
	for (u32 i = 0; s->keep != NULL && i < s->keep->count; i++)
		if (s->keep->layers[i]->mount == mount && !s->keep->layers[i]->replay)
			return s->keep->layers[i];
	return NULL;
}

/* The image that is seen, writable, at a place: NULL, and *ret_mount where. */
static const char *committed_image(const struct run_options *o, const char *target,
				   u32 *ret_mount)
{
	const char *found = NULL;

	if (target == NULL ? o->image != NULL : strcmp(target, "/") == 0) {
		*ret_mount = ~0u;
		return o->image_sync ? NULL : o->image;
	}
	for (u32 i = 0; i < o->mount_count; i++) {
		const struct mount_option *m = &o->mounts[i];

		if (m->source == NULL || !(m->flags & BOOT_MOUNT_OVERLAY) ||
		    m->flags & BOOT_MOUNT_SYNC ||
		    (target != NULL && strcmp(m->target, target) != 0) ||
		    !image_is_named(m->source))
			continue;
		if (found != NULL)
			return NULL;
		found = m->source;
		*ret_mount = i;
	}
	return found;
}

static bool plan_commits(struct session *s)
{
	const struct run_options *o = s->options;
	u32 mount;

	for (u32 i = 0; i < o->commit_count; i++) {
		const struct commit_option *c = &o->commits[i];
		const char *image = committed_image(o, c->target, &mount);

		if (image == NULL || strchr(image, '/') != NULL ||
		    o->boot_flags & BOOT_READ_ONLY) {
			say("--commit %s: %s", c->name,
			    o->boot_flags & BOOT_READ_ONLY ? "nothing is changed with --read-only" :
			    c->target == NULL ?
				    "neither --image nor just one :cow mount of an image" :
				    "no image of the store is to be changed there");
			return false;
		}
		if (layer_of_mount(s, mount) != NULL) {
			say("--commit %s: another --commit has the same changes", c->name);
			return false;
		}
		if (!layer_add(s, mount, "commit", image, c->name))
			return false;
	}
	return true;
}

static bool plan_sync(struct session *s, u32 mount, const char *image, const char *target)
{
	bool fixed = s->options->boot_flags & BOOT_READ_ONLY;

	if (image_is_named(image) && !fixed)
		return layer_add(s, mount, "sync", image, NULL);
	say("%s:sync at %s: %s", image, target,
	    fixed ? "not with --read-only" : "not an image of the store");
	return false;
}

static bool plan(struct session *s)
{
	const struct run_options *o = s->options;

	if (o->image_sync && !plan_sync(s, ~0u, o->image, "/"))
		return false;
	for (u32 i = 0; i < o->mount_count; i++)
		if (o->mounts[i].flags & BOOT_MOUNT_SYNC &&
		    !plan_sync(s, i, o->mounts[i].source, o->mounts[i].target))
			return false;
	if (!plan_commits(s))
		return false;
	/* What an earlier sandbox could not bring to its end is seen by the next. */
	if (o->image != NULL && layer_of_mount(s, ~0u) == NULL && image_has_layer(o->image) &&
	    !layer_add(s, ~0u, "replay", o->image, NULL))
		return false;
	for (u32 i = 0; i < o->mount_count; i++)
		if (o->mounts[i].source != NULL && !(o->mounts[i].flags & BOOT_MOUNT_SYNC) &&
		    image_is_named(o->mounts[i].source) && image_has_layer(o->mounts[i].source) &&
		    !layer_add(s, i, "replay", o->mounts[i].source, NULL))
			return false;
	return true;
}

/* --- the keeper's start --- */

static NORETURN void keeper_main(const struct session *s, int fd)
{
	static const int ignored[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGPIPE };
	const struct keep *k = s->keep;
	char number[16];
	char *argv[LAYERS_MAX + 4] = { (char *)"nacre-store", (char *)"--keep", number };

	/* They are the broker's to act on; we end with it. */
	for (size_t i = 0; i < ARRAY_SIZE(ignored); i++)
		signal(ignored[i], SIG_IGN);
	for (u32 i = 0; i < k->count; i++)
		argv[3 + i] = k->layers[i]->spec;
	fd = fcntl(fd, F_DUPFD, 3);
	snprintf(number, sizeof(number), "%d", fd);
	if (s->options->store_program != NULL)
		execv(s->options->store_program, argv);
	say("nacre-store: %s", strerror(s->options->store_program == NULL ? ENOENT : errno));
	_exit(EXIT_NACRE);
}

static bool ready_receive(struct keep *k, struct layer *l)
{
	struct iovec iov = { &l->ready, sizeof(l->ready) };
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(2 * sizeof(int))];
	} control;
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
			      .msg_controllen = sizeof(control) };
	const struct cmsghdr *h;
	ssize_t n;
	int fds[2];

	do
		n = recvmsg(k->fd, &msg, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n != sizeof(l->ready) || l->ready.failed)
		return false;
	l->ready.digest[sizeof(l->ready.digest) - 1] = 0;
	l->ready.path[sizeof(l->ready.path) - 1] = 0;
	h = CMSG_FIRSTHDR(&msg);
	if (l->replay)
		return h == NULL;
	if (h == NULL || h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS ||
	    h->cmsg_len != CMSG_LEN(sizeof(fds)))
		return false;
	memcpy(fds, CMSG_DATA(h), sizeof(fds));
	l->dir = fds[0];
	l->lock = fds[1];
	return true;
}

bool keep_start(struct session *s)
{
	struct keep *k;
	int pair[2];

	if (!plan(s))
		return false;
	k = s->keep;
	if (k == NULL)
		return true;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
		say("--commit: %s", strerror(errno));
		return false;
	}
	k->pid = fork();
	if (k->pid == 0)
		keeper_main(s, pair[1]);
	close(pair[1]);
	k->fd = pair[0];
	for (u32 i = 0; k->pid > 0 && i < k->count; i++)
		if (!ready_receive(k, k->layers[i]))
			return false;
	return k->pid > 0;
}

bool keep_trees(struct session *s, u32 mount, struct mount_trees *t)
{
	struct layer *l = layer_of_mount(s, mount);
	struct tree *tree;

	if (l == NULL)
		return true;
	/* No command changes a name that a layer lies over, but its file may be written to. */
	if (strcmp(l->ready.digest, t->ref.image) != 0) {
		say("image %s: has just become another", strchr(l->spec, ':') + 1);
		return false;
	}
	tree = tree_add(s);
	if (tree == NULL)
		return false;
	*tree = (struct tree){ .source = l->ready.path,
			       .fd = l->dir,
			       .writable = true,
			       .layer = true,
			       .jail_fd = -1 };
	t->upper = l->tree = s->tree_count - 1;
	return true;
}

/* --- :sync --- */

static struct layer *layer_of_tree(const struct session *s, u32 tree)
{
	for (u32 i = 0; s->keep != NULL && i < s->keep->count; i++)
		if (s->keep->layers[i]->sync && s->keep->layers[i]->tree == tree)
			return s->keep->layers[i];
	return NULL;
}

static void id_add(struct layer *l, u64 id)
{
	u32 at = (u32)(id * 0x9e3779b97f4a7c15u >> 40) % SLOTS;

	while (l->ids[at] != 0 && l->ids[at] != id)
		at = (at + 1) % SLOTS;
	l->count += l->ids[at] == 0;
	l->ids[at] = id;
}

/* The size of the layer's journal; what lies there by that name is the sandbox's affair. */
static u64 journal_size(const struct layer *l)
{
	struct stat st;

	return fstatat(l->dir, "journal", &st, AT_SYMLINK_NOFOLLOW) == 0 ? (u64)st.st_size : 0;
}

static void failed(struct session *s)
{
	if (!s->keep->failed)
		say("files are no longer kept when closed");
	s->keep->failed = true;
}

static void batch_send(struct session *s, struct layer *l)
{
	static struct keep_ask ask;
	struct keep *k = s->keep;

	ask.what = KEEP_BATCH;
	ask.count = 0;
	ask.journal_size = l->journal_sent = journal_size(l);
	for (u32 i = 0; i < k->count; i++)
		if (k->layers[i] == l)
			ask.layer = i;
	for (u32 i = 0; i < SLOTS && l->count != 0; i++) {
		if (l->ids[i] == 0)
			continue;
		ask.ids[ask.count++] = l->ids[i];
		l->ids[i] = 0;
		l->count--;
	}
	l->sent = l->noted;
	k->asked = l;
	/* It has nothing else to receive, so there is room. */
	if (send(k->fd, &ask, offsetof(struct keep_ask, ids) + ask.count * sizeof(ask.ids[0]),
		 MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		failed(s);
}

static void batches_send(struct session *s)
{
	struct keep *k = s->keep;

	for (u32 i = 0; i < k->count && k->asked == NULL && !k->failed; i++)
		if (k->layers[i]->sync && k->layers[i]->noted != k->layers[i]->sent)
			batch_send(s, k->layers[i]);
}

void handle_sync(struct session *s, const struct wire_request *r, struct reply *reply)
{
	struct layer *l = layer_of_tree(s, r->sync.tree);
	struct wire_synced answer;

	if (l == NULL || r->sync.what > WIRE_SYNC_NOTE)
		reply->error = EINVAL;
	else if (s->keep->failed)
		reply->error = EIO;
	else if (r->sync.what == WIRE_SYNC_NOTE && l->count >= KEEP_IDS_MAX)
		reply->error = EAGAIN;
	if (reply->error != 0)
		return;
	if (r->sync.what == WIRE_SYNC_NOTE) {
		l->noted++;
		if (r->sync.id != 0)
			id_add(l, r->sync.id);
		batches_send(s);
	}
	answer = (struct wire_synced){ .noted = l->noted, .kept = l->kept };
	memcpy(reply->data, &answer, sizeof(answer));
	reply->len = sizeof(answer);
}

int keep_fd(const struct session *s)
{
	return s->keep == NULL ? -1 : s->keep->fd;
}

void keep_serve(struct session *s)
{
	struct keep *k = s->keep;
	struct keep_done done;
	ssize_t n = recv(k->fd, &done, sizeof(done), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n != sizeof(done) || done.failed || k->asked == NULL) {
		failed(s);
		k->asked = NULL;
		return;
	}
	k->asked->kept = k->asked->sent;
	k->asked = NULL;
	batches_send(s);
}

u64 keep_timer(struct session *s, u64 now)
{
	struct keep *k = s->keep;
	bool any = false;

	if (k == NULL)
		return 0;
	for (u32 i = 0; i < k->count; i++) {
		struct layer *l = k->layers[i];

		any |= l->sync;
		if (l->sync && now >= k->look_ns && l->noted == l->sent &&
		    journal_size(l) != l->journal_sent)
			l->noted++;
	}
	if (!any || k->failed)
		return 0;
	if (now >= k->look_ns)
		k->look_ns = now + LOOK_NS;
	batches_send(s);
	return k->look_ns;
}

/* --- the end --- */

/* The keeper's answer to what it was asked last. */
static bool done_receive(struct keep *k)
{
	struct keep_done done;
	ssize_t n;

	do
		n = recv(k->fd, &done, sizeof(done), 0);
	while (n < 0 && errno == EINTR);
	return n == sizeof(done) && !done.failed;
}

static bool images_make(struct keep *k)
{
	static const struct keep_ask end = { .what = KEEP_END };

	if (k->asked != NULL && !done_receive(k))
		return false;
	return send(k->fd, &end, offsetof(struct keep_ask, ids), MSG_NOSIGNAL) >= 0 &&
	       done_receive(k);
}

bool keep_end(struct session *s)
{
	struct keep *k = s->keep;

	for (u32 i = 0; k != NULL && i < k->count; i++)
		if (!k->layers[i]->replay)
			return images_make(k);
	return true;
}

void keep_drop(struct session *s)
{
	struct keep *k = s->keep;

	if (k == NULL || k->pid <= 0)
		return;
	close(k->fd);
	while (waitpid(k->pid, NULL, 0) < 0 && errno == EINTR)
		;
	k->pid = 0;
}
