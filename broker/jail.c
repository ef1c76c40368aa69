/*
 * The jail: how the process that holds kernel and guest is started and shut in.
 *
 * OVERVIEW. A child is cloned into new namespaces, as many as the host grants (ahead.c: mostly
 * that has been done when jail_start() is called). When all is ready it runs child_main(), in
 * our memory while we wait: it arranges its file systems (mounts.c, landlock.c), gives up what
 * the kernel does not need, writes the options block and executes the kernel image. What it
 * could not have it notes, and the parent tells the user in one line. The seccomp filter
 * is installed by the kernel itself, which knows its own addresses, before the first guest
 * instruction.
 *
 * LIFETIME. The child is process 1 of its pid namespace, so all guest processes end with it;
 * it dies with the broker (PR_SET_PDEATHSIG).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "broker/ahead.h"
#include "broker/session.h"

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

/* Descriptors pass through numbers from here on while they are put in their places. */
#define FD_PARKING 128
#define FD_EXEC 121

/* Best first; each is tried until one works. The last one always does. */
static const struct attempt {
	unsigned long flags;
	bool root_only;
} attempts[] = {
	{ CHILD_BEST_FLAGS, false },
	{ CHILD_BEST_FLAGS & ~CLONE_NEWUSER, true },
	{ CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID, false },
	{ CLONE_NEWNS | CLONE_NEWPID, true },
	{ 0, false },
};

static const struct {
	unsigned long flag;
	enum missing missing;
} namespaces[] = {
	{ CLONE_NEWUSER, MISSING_USER_NS }, { CLONE_NEWNS, MISSING_MOUNT_NS },
	{ CLONE_NEWPID, MISSING_PID_NS },   { CLONE_NEWIPC, MISSING_IPC_NS },
	{ CLONE_NEWUTS, MISSING_UTS_NS },
};

static u32 missing_of(unsigned long flags)
{
	u32 missing = 0;

	for (size_t i = 0; i < ARRAY_SIZE(namespaces); i++)
		if (!(flags & namespaces[i].flag))
			missing |= namespaces[i].missing;
	return missing;
}

/* "no user namespace, no mount namespace" for the user; "" when nothing counts. */
static const char *missing_text(u32 missing, char *buf, size_t size)
{
	/* clang-format off */
	static const char *const names[] = {
		"no user namespace", "no mount namespace", "no pid namespace",
		"no network namespace", "no ipc namespace", "no uts namespace",
		"no Landlock", "capabilities kept",
	};
	/* clang-format on */
	size_t at = 0;

	buf[0] = 0;
	/* Landlock is the second fence when there are mounts of one's own. */
	if (!(missing & MISSING_MOUNT_NS))
		missing &= ~(u32)MISSING_LANDLOCK;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if ((missing & 1u << i) && at < size)
			at += (size_t)snprintf(buf + at, size - at, "%s%s",
					       at ? ", " : "", names[i]);
	return buf;
}

/* --- the child --- */

/* Why the child has ended, which has our memory until it executes the image. */
static struct {
	const char *what; /* NULL: it has not */
	int error;
} failure;

static NORETURN void child_fail(const char *what, int error)
{
	failure.what = what;
	failure.error = error;
	_exit(EXIT_NACRE);
}

static void put_fd(int fd, int target)
{
	if (dup3(fd, target, 0) < 0)
		child_fail("descriptors", errno);
}

static int park_fd(int fd)
{
	int parked = fcntl(fd, F_DUPFD_CLOEXEC, FD_PARKING);

	if (parked < 0)
		child_fail("descriptors", errno);
	return parked;
}

static void close_between(unsigned int first, unsigned int last)
{
	if (syscall(SYS_close_range, first, last, 0) == 0)
		return;
	for (unsigned int fd = first; fd <= MIN(last, 65536u); fd++)
		close((int)fd);
}

/* Put every descriptor in its place (enum boot_fd) and close all others. */
static void arrange_fds(struct session *s)
{
	int wire = park_fd(s->wire_fd), block = park_fd(s->block_fd),
	    image = park_fd(s->image_fd), trace = park_fd(s->trace_fd),
	    exec = park_fd(s->exec_fd),
	    texts = s->texts_fd < 0 ? -1 : park_fd(s->texts_fd);
	int trees[BOOT_TREES_MAX];

	for (u32 i = 0; i < s->tree_count; i++)
		trees[i] = s->trees[i].jail_fd < 0 ? -1 : park_fd(s->trees[i].jail_fd);
	close_between(BOOT_FD_WIRE, FD_EXEC - 1);
	put_fd(wire, BOOT_FD_WIRE);
	put_fd(block, BOOT_FD_BLOCK);
	put_fd(image, BOOT_FD_IMAGE);
	put_fd(trace, BOOT_FD_TRACE);
	put_fd(exec, FD_EXEC);
	fcntl(FD_EXEC, F_SETFD, FD_CLOEXEC);
	for (u32 i = 0; i < s->tree_count; i++)
		if (trees[i] >= 0)
			put_fd(trees[i], BOOT_FD_TREES + (int)i);
	static_assert(BOOT_FD_TEXTS < FD_EXEC, "room for descriptors");
	if (texts >= 0)
		put_fd(texts, BOOT_FD_TEXTS);
	for (u32 i = 0; i < s->options->passed_count; i++)
		put_fd(s->options->passed[i].fd, BOOT_FD_PASSED + (int)i);
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (s->options->closed_stdio & 1u << fd)
			close(fd);
	close_between(FD_EXEC + 1, ~0u);
}

static void set_limit(__rlimit_resource_t which, rlim_t soft, rlim_t hard)
{
	struct rlimit limit;

	if (getrlimit(which, &limit) < 0)
		return;
	limit.rlim_max = MIN(limit.rlim_max, hard);
	limit.rlim_cur = MIN(soft, limit.rlim_max);
	setrlimit(which, &limit);
}

/* What is the guest's kernel's business has been lifted: limit.c. */
static void set_limits(const struct run_options *o)
{
	set_limit(RLIMIT_CORE, 0, 0);
	/* Unlimited would turn the host's layout of the address space around. */
	set_limit(RLIMIT_STACK, 8u << 20, RLIM_INFINITY);
	/* More than the guest's kernel grants, as the last word. */
	if (o->cpu_seconds != 0)
		set_limit(RLIMIT_CPU, o->cpu_seconds + 2, o->cpu_seconds + 2);
}

/* No capability in any set; capabilities_bound() has seen to it that none is regained. */
static bool drop_capabilities(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct none[2] = { 0 }, now[2];

	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	return syscall(SYS_capset, &header, none) == 0 &&
	       syscall(SYS_capget, &header, now) == 0 &&
	       (now[0].effective | now[1].effective | now[0].permitted |
		now[1].permitted) == 0;
}

/*
 * As after any execve: the caller had no handlers yet, but some may have been ignored. And a
 * write that fails is the guest's affair: its kernel sees the error and sends the guest its
 * own signal. The host's would end the process under it.
 */
static void reset_signals(u64 ignored)
{
	struct sigaction action = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (int sig = 1; sig <= SIGRTMAX; sig++)
		if (ignored & (u64)1 << (sig - 1))
			sigaction(sig, &action, NULL);
	action.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &action, NULL);
	sigaction(SIGXFSZ, &action, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* The trees without a mount namespace: the host's own directories. */
static void lend_host_trees(struct session *s)
{
	for (u32 i = 0; i < s->tree_count; i++)
		s->trees[i].jail_fd = tree_is_lent(&s->trees[i]) ? s->trees[i].fd : -1;
}

static void take_trees_back(struct session *s)
{
	for (u32 i = 0; i < s->tree_count; i++)
		s->trees[i].jail_fd = -1;
}

/* What the child is told, and tells. */
struct child_orders {
	struct session *session;
	unsigned long flags;  /* its namespaces */
	u32 boot_flags;
	u32 missing; /* enum missing, as far as they are known before; then all */
	const char *windows;  /* where the child does not know them; NULL: unknown */
};

static void child_main(void *arg)
{
	static char *const argv[] = { "nacre-kernel", NULL }, *const env[] = { NULL };
	struct child_orders *orders = arg;
	struct session *s = orders->session;
	const struct child_mounts *mounts = child_mounts();
	const char *windows = mounts != NULL ? mounts->windows : orders->windows;
	bool own_mounts = false, direct;

	if (unshare(CLONE_FILES) < 0)
		child_fail("descriptors", errno);
	set_limits(s->options);
	if ((orders->flags & CLONE_NEWNS) && mounts != NULL)
		own_mounts = jail_mounts(s, mounts);
	child_mounts_end(own_mounts);
	if (!own_mounts) {
		orders->missing |= MISSING_MOUNT_NS;
		lend_host_trees(s);
	}
	if (!child_network())
		orders->missing |= MISSING_NET_NS;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		child_fail("no_new_privs", errno);
	direct = own_mounts;
	if (windows != NULL && jail_landlock(s, own_mounts, windows))
		direct = true;
	else
		orders->missing |= MISSING_LANDLOCK;
	if (!direct)
		take_trees_back(s);
	if (!drop_capabilities())
		orders->missing |= MISSING_CAPABILITIES;
	int r = boot_block_finish(s, direct, orders->boot_flags);
	if (r < 0)
		child_fail("options block", -r);
	arrange_fds(s);
	personality(0);
	reset_signals(s->block->ignored_signals);
	syscall(SYS_execveat, FD_EXEC, "", argv, env, AT_EMPTY_PATH);
	child_fail("cannot execute the kernel image", errno);
}

/* --- the parent --- */

static void missing_say(struct session *s, u32 missing)
{
	char text[256];

	s->missing = missing;
	if (missing_text(missing, text, sizeof(text))[0] != 0)
		warn_user("warning: the jail is weaker than it could be: %s", text);
}

static bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	size_t len = strlen(text);
	bool ok = fd >= 0 && write(fd, text, len) == (ssize_t)len;

	if (fd >= 0)
		close(fd);
	return ok;
}

/* Where we can name every id ourselves, which is to be found out by trying. */
static bool map_every_id(pid_t pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	return write_file(path, "0 0 4294967295\n");
}

/* The identity map of every id this process itself can name. */
static bool map_all_ids(pid_t pid, const char *name)
{
	char path[64], line[128], *text = NULL;
	unsigned long inside, outside, count;
	size_t size = 0, at = 0;
	bool ok = true;

	if (map_every_id(pid, name))
		return true;
	snprintf(path, sizeof(path), "/proc/self/%s", name);
	FILE *own = fopen(path, "re");
	FILE *map = open_memstream(&text, &size);

	if (own == NULL || map == NULL)
		ok = false;
	while (ok && fgets(line, sizeof(line), own) != NULL) {
		ok = sscanf(line, "%lu %lu %lu", &inside, &outside, &count) == 3;
		fprintf(map, "%lu %lu %lu\n", inside, inside, count);
		at++;
	}
	if (own != NULL)
		fclose(own);
	if (map != NULL)
		fclose(map);
	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	ok = ok && at != 0 && text != NULL && write_file(path, text);
	free(text);
	return ok;
}

/* An ordinary user may map only itself; it keeps its number, so its files show their owner. */
static bool map_own_id(pid_t pid, const char *name, unsigned int id)
{
	char path[64], line[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	snprintf(line, sizeof(line), "%u %u 1", id, id);
	return write_file(path, line);
}

static bool map_own_ids(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/setgroups", (int)pid);
	return write_file(path, "deny") && map_own_id(pid, "uid_map", geteuid()) &&
	       map_own_id(pid, "gid_map", getegid());
}

/* Map the ids of the child's user namespace. */
static bool map_ids(pid_t pid, struct child_orders *orders)
{
	if (geteuid() == 0 && map_all_ids(pid, "uid_map") && map_all_ids(pid, "gid_map"))
		return true;
	if (!map_own_ids(pid))
		return false;
	/* Whose own number is that of the unknown has no unknown. */
	if (geteuid() != BOOT_ID_OTHER && getegid() != BOOT_ID_OTHER)
		orders->boot_flags |= BOOT_IDS_HIDDEN;
	return true;
}

static bool wire_open(struct session *s)
{
	int wire[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, wire) < 0)
		return false;
	s->wire_fd = wire[1];
	return channel_add(s, wire[0], WIRE_PHASE_BOOT);
}

/* Where the child has no mounts of its own. */
static const char *windows_of_host(void)
{
	char *text = NULL;

	if (windows_read("/proc/self/mountinfo", &text) < 0)
		return NULL;
	windows_find(text);
	return text;
}

/* A child with these namespaces, and what it is to be told. False: the host refuses. */
static bool attempt_start(struct session *s, unsigned long flags, struct child_orders *ret)
{
	int pid = child_begin(flags), r;

	if (pid < 0) {
		errno = -pid;
		return false;
	}
	*ret = (struct child_orders){ .session = s, .flags = flags };
	ret->missing = missing_of(flags);
	ret->boot_flags = flags & CLONE_NEWPID ? BOOT_PID_NS : 0;
	r = child_wait(CHILD_MOUNTS);
	if (r == 0 && (flags & CLONE_NEWUSER) && !map_ids(pid, ret))
		r = -EPERM;
	if (r == 0 && !(flags & CLONE_NEWNS))
		ret->windows = windows_of_host();
	if (r < 0 || (s->pidfd = (int)syscall(SYS_pidfd_open, pid, 0)) < 0) {
		child_discard();
		errno = -r;
		return false;
	}
	s->pid = pid;
	limits_give(s);
	return true;
}

static bool prepare(struct session *s)
{
	int r = s->block_fd = memory_file("nacre-options", false);

	if (r >= 0 && wire_open(s)) {
		r = kernel_image_fill(s);
		if (r == 0)
			return true;
		say("kernel image: %s", strerror(-r));
	} else {
		say("cannot prepare the jail: %s", strerror(r < 0 ? -r : errno));
	}
	return false;
}

/* Start the child in the best jail the host grants. False after saying why not. */
bool jail_start(struct session *s)
{
	struct child_orders orders;

	if (!prepare(s))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(attempts); i++) {
		if ((attempts[i].root_only && geteuid() != 0) ||
		    !attempt_start(s, attempts[i].flags, &orders))
			continue;
		child_go(child_main, &orders);
		if (failure.what != NULL) {
			say("jail: %s: %s", failure.what, strerror(failure.error));
			return false;
		}
		missing_say(s, orders.missing);
		close(s->wire_fd);
		close(s->block_fd);
		if (s->image_fd != s->exec_fd)
			close(s->image_fd);
		close(s->exec_fd);
		close(s->trace_fd);
		return true;
	}
	say("cannot start a process: %s", strerror(errno));
	return false;
}
