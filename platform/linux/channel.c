/*
 * The kernel's side of the wire: requests to the broker and their answers.
 *
 * OVERVIEW. channel_send() puts one message on the socket, channel_ask() also waits for its
 * answer. Messages without an answer need no lock: a packet is sent whole or not at all.
 *
 * LIFETIME. The reaper and the first process use BOOT_FD_WIRE. Every process has it open and
 * asks on it, once, for a socket of its own, when it has its first question: most processes
 * have none. What needs no answer goes out on whichever of the two there is.
 *
 * LOCKING. One question is outstanding per socket. ask_lock is the process's own; boot_lock
 * is for BOOT_FD_WIRE, lies in the shared heap, and is only taken with ask_lock held. They are
 * bare words, not struct locks, because the wire must work before the first thread exists
 * and in a panic; nothing else is acquired while they are held. A process ends with ask_lock
 * taken, so none ends with boot_lock taken. A fork copies ask_lock, and channel_forked() frees
 * the copy.
 */
#include "platform/linux/channel.h"

#include "abi/errno.h"
#include "abi/linux/dirent.h"
#include "abi/linux/fcntl.h"
#include "abi/linux/socket.h"
#include "abi/linux/stat.h"
#include "abi/linux/syscall.h"
#include "abi/linux/time.h"
#include "abi/linux/uio.h"
#include "lib/atomic.h"
#include "kernel/boot.h"
#include "kernel/mm/heap.h"
#include "lib/fmt.h"
#include "lib/string.h"
#include "platform/linux/internal.h"
#include "wire/boot.h"
#include "wire/patience.h"
#include "wire/wire.h"

static plat_fd_t own_fd PER_PROCESS; /* 0: none, BOOT_FD_WIRE is used */
static bool want_own PER_PROCESS; /* BOOT_FD_WIRE is not for this process's questions */
static u32 hello_seq PER_PROCESS; /* of the reaper's HELLO, while its answer is not taken */
static s32 own_pid PER_PROCESS;
static struct patience patience PER_PROCESS; /* for answers */

enum { LOCK_FREE, LOCK_TAKEN, LOCK_CONTENDED };

static u32 ask_lock PER_PROCESS;
static u32 *boot_lock;
static u32 next_seq PER_PROCESS;

#define CHANNEL_PATIENCE 3000000000ull /* ns */
#define CHANNEL_STEP 1000000ull        /* of the first pause, then twice as long */

/* Header, fixed part and at most three tails. */
#define PARTS_MAX 5

struct message {
	u32 type;
	const void *fixed;
	const void *tails[3];
	u32 lens[3];
};

static plat_fd_t channel_fd(void)
{
	return own_fd != 0 ? own_fd : BOOT_FD_WIRE;
}

static void word_acquire(u32 *word)
{
	u32 free = LOCK_FREE;

	if (atomic_cas(word, &free, LOCK_TAKEN))
		return;
	while (atomic_xchg(word, LOCK_CONTENDED) != LOCK_FREE)
		(void)plat_wait(word, LOCK_CONTENDED, ~(u64)0);
}

static void word_release(u32 *word)
{
	if (atomic_xchg(word, LOCK_FREE) == LOCK_CONTENDED)
		plat_wake(word, 1);
}

/* 0, -ENAMETOOLONG when a tail is too long for the wire, -EIO when the broker is gone. */
static int channel_send(const struct message *m, u32 seq)
{
	struct wire_header header;
	struct linux_iovec iov[PARTS_MAX];
	struct linux_msghdr msg = { .msg_iov = (uaddr_t)iov };
	u32 fixed_len, parts = 0;
	s64 r;

	if (!wire_request_encode(m->type, seq, m->fixed, &header, &fixed_len))
		return -ENAMETOOLONG;
	iov[parts++] = (struct linux_iovec){ (uaddr_t)&header, sizeof(header) };
	iov[parts++] = (struct linux_iovec){ (uaddr_t)m->fixed, fixed_len };
	for (u32 i = 0; i < 3; i++)
		if (m->lens[i] != 0)
			iov[parts++] = (struct linux_iovec){ (uaddr_t)m->tails[i],
							     m->lens[i] };
	msg.msg_iovlen = parts;
	do
		r = host_call(LINUX_SYS_sendmsg, channel_fd(), &msg, LINUX_MSG_NOSIGNAL);
	while (r == -EINTR);
	return r < 0 ? -EIO : 0;
}

union fd_control {
	struct linux_cmsghdr header;
	u8 bytes[LINUX_CMSG_SPACE(sizeof(s32))];
};

/* The descriptor that came along, or -1. */
static plat_fd_t control_fd(const union fd_control *control, u64 len)
{
	s32 fd;

	if (len < LINUX_CMSG_LEN(sizeof(fd)) ||
	    control->header.cmsg_level != LINUX_SOL_SOCKET ||
	    control->header.cmsg_type != LINUX_SCM_RIGHTS ||
	    control->header.cmsg_len != LINUX_CMSG_LEN(sizeof(fd)))
		return -1;
	memcpy(&fd, control->bytes + sizeof(control->header), sizeof(fd));
	return fd;
}

static s64 packet_try(struct linux_msghdr *msg, int flags)
{
	return host_call(LINUX_SYS_recvmsg, channel_fd(), msg,
			 LINUX_MSG_CMSG_CLOEXEC | LINUX_MSG_TRUNC | flags);
}

/* The next packet. However often we look for it, that counts as one call to the host. */
static s64 packet_receive(struct linux_msghdr *msg)
{
	bool active = patience_begin(&patience);
	u64 until = active ? plat_now() + PATIENCE_NS : 0;
	u64 calls = kstack_top()->host_calls;
	s64 r = -EAGAIN;

	while (active && (r = packet_try(msg, LINUX_MSG_DONTWAIT)) == -EAGAIN &&
	       plat_now() < until)
		cpu_relax();
	if (active)
		patience_end(&patience, r != -EAGAIN);
	while (r == -EAGAIN || r == -EINTR)
		r = packet_try(msg, 0);
	kstack_top()->host_calls = calls + 1;
	return r;
}

static s64 channel_receive(u32 type, u32 seq, void *buf, size_t size, plat_fd_t *ret_fd)
{
	struct {
		struct wire_header header;
		struct wire_answer answer;
	} head;
	union fd_control control;
	struct linux_iovec iov[2] = { { (uaddr_t)&head, sizeof(head) },
				      { (uaddr_t)buf, size } };
	struct linux_msghdr msg = {
		.msg_iov = (uaddr_t)iov,
		.msg_iovlen = 2,
		.msg_control = (uaddr_t)&control,
		.msg_controllen = sizeof(control),
	};
	plat_fd_t fd;
	s64 r;

	r = packet_receive(&msg);
	if (r <= 0)
		return -EIO;
	fd = control_fd(&control, msg.msg_controllen);
	if ((msg.msg_flags & LINUX_MSG_CTRUNC) ||
	    !wire_answer_check(&head.header, &head.answer, (size_t)r, type, seq) ||
	    (fd >= 0) != (ret_fd != NULL && head.answer.error == 0)) {
		if (fd >= 0)
			plat_file_close(fd);
		return -EIO;
	}
	if (head.answer.error != 0)
		return -(s64)head.answer.error;
	if (ret_fd != NULL)
		*ret_fd = fd;
	/* Linux: readlink fills a short buffer with the head of the text. */
	if (head.answer.data_len > size)
		return type == WIRE_READLINK ? (s64)size : -EIO;
	return head.answer.data_len;
}

/* ask_lock is held. */
static s64 ask_locked(const struct message *m, void *buf, size_t size, plat_fd_t *ret_fd)
{
	bool shared = own_fd == 0;
	u32 seq = atomic_add(&next_seq, 1);
	s64 r;

	if (shared)
		word_acquire(boot_lock);
	r = channel_send(m, seq);
	if (r == 0)
		r = channel_receive(m->type, seq, buf, size, ret_fd);
	if (shared)
		word_release(boot_lock);
	return r;
}

static s64 hello_locked(void)
{
	struct wire_hello hello = {
		.version = BOOT_VERSION,
		.pid = own_pid,
	};
	struct message m = { .type = WIRE_HELLO, .fixed = &hello };

	return ask_locked(&m, NULL, 0, NULL);
}

/* Take the answer to the first HELLO, if that is still to come. ask_lock is held. */
static s64 hello_finish_locked(void)
{
	u32 seq = hello_seq;

	hello_seq = 0;
	return seq == 0 ? 0 : channel_receive(WIRE_HELLO, seq, NULL, 0, NULL);
}

/*
 * The socket. That the broker has no descriptor for it, or cannot pass one, is mostly others'
 * doing and over soon; without it no question of this process can be asked.
 */
static s64 own_channel_ask(plat_fd_t *ret_fd)
{
	u8 none = 0;
	struct message m = { .type = WIRE_CHANNEL, .fixed = &none };
	u64 until = plat_now() + CHANNEL_PATIENCE, step = CHANNEL_STEP;
	u32 word = 0;
	s64 r;

	for (;;) {
		r = ask_locked(&m, NULL, 0, ret_fd);
		u64 now = plat_now();

		if ((r != -EMFILE && r != -ENFILE) || now >= until)
			return r;
		(void)plat_wait(&word, 0, now + step); /* boot_lock is not held */
		step *= 2;
	}
}

/* A socket of our own, if we are to have one and do not yet. ask_lock is held. */
static s64 own_channel_locked(void)
{
	plat_fd_t fd;
	s64 r;

	if (!want_own || own_fd != 0)
		return 0;
	r = own_channel_ask(&fd);
	if (r < 0)
		return r;
	own_fd = fd;
	r = hello_locked();
	if (r < 0) {
		own_fd = 0;
		plat_file_close(fd);
	}
	return r;
}

/*
 * Send m and wait for its answer. Value: bytes put into buf. ret_fd must be given exactly
 * for requests whose answer carries a descriptor.
 */
static s64 channel_ask(const struct message *m, void *buf, size_t size,
		       plat_fd_t *ret_fd)
{
	s64 r;

	lock_debug_ask();
	word_acquire(&ask_lock);
	r = hello_finish_locked();
	if (r >= 0)
		r = own_channel_locked();
	if (r >= 0)
		r = ask_locked(m, buf, size, ret_fd);
	word_release(&ask_lock);
	return r;
}

static void channel_tell(const struct message *m)
{
	(void)channel_send(m, atomic_add(&next_seq, 1));
}

/* --- the life of the sandbox --- */

/* The broker's answer is not waited for: the kernel goes on building meanwhile. */
int channel_init(s32 host_pid)
{
	struct wire_hello hello = { .version = BOOT_VERSION, .pid = host_pid };
	struct message m = { .type = WIRE_HELLO, .fixed = &hello };

	own_pid = host_pid;
	boot_lock = kzalloc(sizeof(*boot_lock));
	if (boot_lock == NULL)
		return -ENOMEM;
	next_seq = 1;
	hello_seq = atomic_add(&next_seq, 1);
	return channel_send(&m, hello_seq);
}

int channel_greeted(void)
{
	s64 r;

	word_acquire(&ask_lock);
	r = hello_finish_locked();
	word_release(&ask_lock);
	return (int)r;
}

void channel_start(void)
{
	u8 none = 0;
	struct message m = { .type = WIRE_START, .fixed = &none };

	channel_tell(&m);
}

void channel_stopped(int signal)
{
	struct wire_stopped stopped = { .signal = (u32)signal };
	struct message m = { .type = WIRE_STOPPED, .fixed = &stopped };

	channel_tell(&m);
}

int channel_terminal(int signal)
{
	struct wire_stopped fixed = { .signal = (u32)signal };
	struct message m = { .type = WIRE_TERMINAL, .fixed = &fixed };

	return (int)channel_ask(&m, NULL, 0, NULL);
}

void channel_exit(u32 wait_status, u64 calls, u64 host_calls)
{
	struct wire_exit exit = {
		.wait_status = wait_status,
		.calls = calls,
		.host_calls = host_calls,
	};
	struct message m = { .type = WIRE_EXIT, .fixed = &exit };

	channel_tell(&m);
}

static void channel_text(u32 type, const char *text, size_t len)
{
	struct wire_text fixed = { .text_len = (u32)MIN(len, (size_t)WIRE_TEXT_MAX) };
	struct message m = {
		.type = type,
		.fixed = &fixed,
		.tails = { text },
		.lens = { fixed.text_len },
	};

	channel_tell(&m);
}

void plat_log(const char *fmt, ...)
{
	char line[WIRE_TEXT_MAX];
	va_list args;

	va_start(args, fmt);
	fmt_vprint(line, sizeof(line), fmt, args);
	va_end(args);
	channel_text(WIRE_LOG, line, strlen(line));
}

void channel_fail(int error, int exit_status, const char *fmt, ...)
{
	char line[WIRE_TEXT_MAX];
	struct wire_fail fail = { .error = error, .exit_status = (u32)exit_status };
	struct message m = { .type = WIRE_FAIL, .fixed = &fail, .tails = { line } };
	va_list args;

	va_start(args, fmt);
	fmt_vprint(line, sizeof(line), fmt, args);
	va_end(args);
	fail.text_len = m.lens[0] = (u32)strlen(line);
	channel_tell(&m);
}

/* --- processes --- */

int channel_forked(s32 host_pid)
{
	plat_fd_t parents = own_fd;
	s64 r = 0;

	own_fd = 0;
	want_own = true;
	own_pid = host_pid;
	atomic_store(&ask_lock, LOCK_FREE);
	if (parents != 0)
		plat_file_close(parents);
	if (!(boot_block()->flags & BOOT_PID_NS)) {
		word_acquire(&ask_lock);
		r = own_channel_locked();
		word_release(&ask_lock);
	}
	return (int)r;
}

void channel_last(void)
{
	word_acquire(&ask_lock);
}

void channel_kick(s32 host_pid, u32 value)
{
	struct wire_kick kick = { .pid = host_pid, .value = value };
	struct message m = { .type = WIRE_KICK, .fixed = &kick };

	channel_tell(&m);
}

/* --- files --- */

/* "." for the tree itself. The broker ends the sandbox over a path that is not fit for it. */
static int path_check(const char **path, u32 *ret_len)
{
	size_t len = strnlen(*path, WIRE_PATH_MAX + 1);

	if (len > WIRE_PATH_MAX)
		return -ENAMETOOLONG;
	if (len == 0) {
		*path = ".";
		len = 1;
	}
	if (!wire_path_ok(*path, len))
		return -EINVAL;
	*ret_len = (u32)len;
	return 0;
}

void plat_text_wanted(int tree, const char *path, u64 offset, u64 len)
{
	struct wire_wanted wanted = { .tree = (u32)tree, .offset = offset, .len = len };
	struct message m = { .type = WIRE_TEXT, .fixed = &wanted };

	if (path_check(&path, &wanted.path_len) < 0)
		return;
	m.tails[0] = path;
	m.lens[0] = wanted.path_len;
	channel_tell(&m);
}

int channel_file_open(int tree, const char *path, int flags, u32 mode,
		      plat_fd_t *ret_fd)
{
	struct wire_open open = { .tree = (u32)tree,
				  .flags = (u32)flags,
				  .mode = mode };
	int r = path_check(&path, &open.path_len);
	struct message m = {
		.type = WIRE_OPEN,
		.fixed = &open,
		.tails = { path },
		.lens = { open.path_len },
	};

	if (r < 0)
		return r;
	r = (int)channel_ask(&m, NULL, 0, ret_fd);
	return r < 0 ? r : 0;
}

static s64 channel_lookup(u32 type, int tree, const char *path, void *buf, size_t size)
{
	struct wire_lookup lookup = { .tree = (u32)tree };
	int r = path_check(&path, &lookup.path_len);
	struct message m = {
		.type = type,
		.fixed = &lookup,
		.tails = { path },
		.lens = { lookup.path_len },
	};

	if (r < 0)
		return r;
	return channel_ask(&m, buf, size, NULL);
}

int channel_file_statx(int tree, const char *path, struct linux_statx *ret)
{
	s64 r = channel_lookup(WIRE_STATX, tree, path, ret, sizeof(*ret));

	if (r < 0)
		return (int)r;
	return r == sizeof(*ret) ? 0 : -EIO;
}

int channel_file_verify(int tree, const char *path, u32 first, u32 count)
{
	struct wire_verify verify = { .tree = (u32)tree, .first = first, .count = count };
	int r = path_check(&path, &verify.path_len);
	struct message m = {
		.type = WIRE_VERIFY,
		.fixed = &verify,
		.tails = { path },
		.lens = { verify.path_len },
	};
	u32 good = 0;
	s64 len;

	if (r < 0)
		return r;
	len = channel_ask(&m, &good, sizeof(good), NULL);
	if (len < 0)
		return (int)len;
	return len == sizeof(good) && good != 0 && good <= count ? (int)good : -EIO;
}

s64 channel_file_fetch(int tree, const char *path, void *buf, size_t size)
{
	return channel_lookup(WIRE_FETCH, tree, path, buf, size);
}

s64 channel_file_xattrs(int tree, const char *path, void *buf, size_t size)
{
	return channel_lookup(WIRE_XATTRS, tree, path, buf, size);
}

s64 channel_file_readlink(int tree, const char *path, char *buf, size_t size)
{
	return channel_lookup(WIRE_READLINK, tree, path, buf, size);
}

/*
 * A directory's snapshot is a file of struct linux_dirent64 records. Hand out whole records
 * from the descriptor's position on.
 */
s64 channel_file_getdents(plat_fd_t fd, void *buf, size_t size)
{
	s64 start = plat_file_seek(fd, 0, LINUX_SEEK_CUR);
	s64 got, used = 0;

	if (start < 0)
		return start;
	got = plat_file_read(fd, buf, size, start);
	if (got <= 0)
		return got;
	while (got - used >= (s64)offsetof(struct linux_dirent64, d_name)) {
		const struct linux_dirent64 *d = (const void *)((const u8 *)buf + used);

		if (d->d_reclen == 0 || d->d_reclen > got - used)
			break;
		used += d->d_reclen;
	}
	if (used == 0)
		return -EINVAL; /* Linux: the buffer is too small for one entry */
	got = plat_file_seek(fd, start + used, LINUX_SEEK_SET);
	return got < 0 ? got : used;
}

/* The same for what the second path of a change means. */
static int path2_check(const struct tree_change *c, u32 *ret_len)
{
	bool path = c->op == WIRE_TREE_RENAME || c->op == WIRE_TREE_LINK;
	bool attribute = c->op == WIRE_TREE_SETXATTR || c->op == WIRE_TREE_REMOVEXATTR;
	u32 max = attribute ? WIRE_NAME_MAX : WIRE_PATH_MAX;
	size_t len = c->path2 == NULL ? 0 : strnlen(c->path2, max + 1);

	if (len > max)
		return attribute ? -ERANGE : -ENAMETOOLONG;
	if (path ? !wire_path_ok(c->path2, len) :
		   (len == 0) != (c->op != WIRE_TREE_SYMLINK && !attribute))
		return -EINVAL;
	*ret_len = (u32)len;
	return 0;
}

int plat_tree_lock(const struct wire_lock *lock, const char *path, struct wire_locked *ret)
{
	struct wire_lock fixed = *lock;
	int r = path_check(&path, &fixed.path_len);
	struct message m = { .type = WIRE_LOCK,
			     .fixed = &fixed,
			     .tails = { path },
			     .lens = { fixed.path_len } };
	s64 n;

	if (r < 0)
		return r;
	n = channel_ask(&m, ret, ret == NULL ? 0 : sizeof(*ret), NULL);
	if (n < 0)
		return (int)n;
	return n == (ret == NULL ? 0 : (s64)sizeof(*ret)) ? 0 : -EIO;
}

int plat_tree_sync(int tree, bool note, u64 id, u64 *ret_noted, u64 *ret_kept)
{
	struct wire_sync fixed = { .tree = (u32)tree,
				   .what = note ? WIRE_SYNC_NOTE : WIRE_SYNC_ASK,
				   .id = id };
	struct message m = { .type = WIRE_SYNC, .fixed = &fixed };
	struct wire_synced synced;
	s64 r = channel_ask(&m, &synced, sizeof(synced), NULL);

	if (r < 0)
		return (int)r;
	if (r != sizeof(synced))
		return -EIO;
	*ret_noted = synced.noted;
	*ret_kept = synced.kept;
	return 0;
}

int plat_tree_change(const struct tree_change *c)
{
	struct wire_change fixed = {
		.op = (u32)c->op,
		.tree = (u32)c->tree,
		.mode = c->mode,
		.uid = c->uid,
		.gid = c->gid,
		.flags = c->flags,
		.size = c->size,
		.has_times = c->times != NULL,
	};
	struct message m = { .type = WIRE_CHANGE, .fixed = &fixed };
	const char *path = c->path;
	int r = path_check(&path, &fixed.path_len);

	if (r == 0)
		r = path2_check(c, &fixed.path2_len);
	if (r < 0)
		return r;
	for (u32 i = 0; i < 2 && c->times != NULL; i++)
		fixed.times[i] =
			(struct wire_time){ c->times[i].tv_sec, c->times[i].tv_nsec };
	if (c->op == WIRE_TREE_SETXATTR) {
		if (c->size > WIRE_VALUE_MAX)
			return -E2BIG;
		fixed.value_len = (u32)c->size;
	}
	m.tails[0] = path;
	m.tails[1] = c->path2;
	m.tails[2] = c->value;
	m.lens[0] = fixed.path_len;
	m.lens[1] = fixed.path2_len;
	m.lens[2] = fixed.value_len;
	r = (int)channel_ask(&m, NULL, 0, NULL);
	return r < 0 ? r : 0;
}
