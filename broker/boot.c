/*
 * The options block: everything a new kernel is told (layout: wire/boot.h).
 *
 * LIFETIME. boot_block_build() makes the block in ordinary memory. The child, which alone
 * knows what kind of jail it got, completes the copy it inherited, writes it to the memory
 * file and seals that.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "broker/session.h"
#include "profile/profile.h"

struct builder {
	char *data;
	size_t len, space;
	bool failed;
};

/* Room for len bytes, zeroed; its offset. On failure 0, and the builder remembers. */
static u32 reserve(struct builder *b, size_t len)
{
	size_t at = b->len;

	if (b->failed || len > UINT32_MAX - at) {
		b->failed = true;
		return 0;
	}
	if (at + len > b->space) {
		size_t space = (at + len) * 2 + 4096;
		char *data = realloc(b->data, space);

		if (data == NULL) {
			b->failed = true;
			return 0;
		}
		memset(data + at, 0, space - at);
		b->data = data;
		b->space = space;
	}
	b->len = at + len;
	return (u32)at;
}

/* Structures begin at multiples of 8. */
static void align(struct builder *b)
{
	reserve(b, -b->len & 7);
}

static u32 put_string(struct builder *b, const char *s)
{
	size_t len = strlen(s) + 1;
	u32 at = reserve(b, len);

	if (!b->failed)
		memcpy(b->data + at, s, len);
	return at;
}

static u32 put_list(struct builder *b, char *const *list, u32 *ret_count)
{
	u32 at = (u32)b->len, n = 0;

	for (; list[n] != NULL; n++)
		put_string(b, list[n]);
	*ret_count = n;
	return at;
}

static struct boot_block *block_of(struct builder *b)
{
	return (struct boot_block *)b->data;
}

static u32 mount_flags(const struct session *s, u32 flags, const struct mount_trees *t)
{
	if ((s->options->boot_flags & BOOT_READ_ONLY) && (flags & BOOT_MOUNT_OVERLAY))
		flags = (flags & ~BOOT_MOUNT_OVERLAY) | BOOT_MOUNT_READ_ONLY;
	if (t->is_image)
		return (flags & ~BOOT_MOUNT_WRITE) | BOOT_MOUNT_IMAGE;
	return flags | (t->tree != ~0u && s->trees[t->tree].is_file ? BOOT_MOUNT_FILE : 0);
}

/* Of all of an image it is one empty path. */
static u32 put_protected(struct builder *b, const struct mount_trees *t, u32 *ret_count)
{
	u32 at = (u32)b->len;

	*ret_count = t->ref.protected ? 1 : t->ref.path_count;
	if (t->ref.protected)
		return put_string(b, "");
	for (u32 i = 0; i < t->ref.path_count; i++)
		put_string(b, t->ref.paths[i]);
	return at;
}

static void put_mount(struct builder *b, u32 index, struct boot_mount m)
{
	if (!b->failed)
		((struct boot_mount *)(b->data + block_of(b)->mounts))[index] = m;
}

/* The profile's rules and strings; 0 without one. */
static u32 put_profile(struct builder *b, const struct profile *p)
{
	struct boot_profile *to;
	u32 at, name, release, version, rules;

	if (p == NULL)
		return 0;
	name = put_string(b, p->name);
	release = p->release == NULL ? 0 : put_string(b, p->release);
	version = p->version == NULL ? 0 : put_string(b, p->version);
	align(b);
	rules = reserve(b, p->rule_count * sizeof(p->rules[0]));
	at = reserve(b, sizeof(*to));
	if (b->failed)
		return 0;
	memcpy(b->data + rules, p->rules, p->rule_count * sizeof(p->rules[0]));
	to = (struct boot_profile *)(b->data + at);
	*to = (struct boot_profile){ name,	 release,    version,	    p->flags,	 p->rows,
				     p->columns, p->rule_count, rules, p->brk_limit };
	return at;
}

static bool lies_in_tmp(const char *path, const char *tmp)
{
	return path_lies_in(path, "/tmp") || path_lies_in(path, tmp);
}

/*
 * The user's /tmp of the host is not shown, unless the program or the caller's directory
 * lies in it: then the root's throw-away layer covers it like everything else. /tmp may be
 * a link: tmp is where it leads.
 */
static bool wants_private_tmp_at(const struct run_options *o, const char *cwd, const char *tmp)
{
	const char *program = o->argv[0];
	char *path = NULL;
	bool inside, cwd_is_tmp = strcmp(cwd, "/tmp") == 0 || strcmp(cwd, tmp) == 0;

	if (o->root != NULL || o->image != NULL || (lies_in_tmp(cwd, tmp) && !cwd_is_tmp))
		return false;
	for (u32 i = 0; i < o->mount_count; i++)
		if (strcmp(o->mounts[i].target, "/tmp") == 0 ||
		    strcmp(o->mounts[i].target, tmp) == 0)
			return false;
	if (strchr(program, '/') == NULL)
		return true;
	path = realpath(program, NULL);
	inside = path != NULL && lies_in_tmp(path, tmp);
	free(path);
	/* A program found only by following links starts where its name says. */
	return !inside && !lies_in_tmp(program, tmp) &&
	       !(cwd_is_tmp && program[0] != '/' && access(program, F_OK) == 0);
}

static bool wants_private_tmp(const struct run_options *o, const char *cwd)
{
	char *tmp = realpath("/tmp", NULL);
	bool wants = wants_private_tmp_at(o, cwd, tmp == NULL ? "/tmp" : tmp);

	free(tmp);
	return wants;
}

static void put_mounts(struct builder *b, const struct session *s, const char *cwd)
{
	const struct run_options *o = s->options;
	bool tmp = wants_private_tmp(o, cwd);
	u32 count = 1 + tmp + o->mount_count, n = 0, paths;
	u32 at = reserve(b, count * sizeof(struct boot_mount));
	u32 protect = put_protected(b, &s->root_trees, &paths);

	if (b->failed)
		return;
	block_of(b)->mounts = at;
	block_of(b)->mount_count = count;
	/* clang-format off */
	put_mount(b, n++, (struct boot_mount){
		.tree = s->root_trees.tree,
		.objects = s->root_trees.objects,
		.upper = s->root_trees.upper,
		.flags = mount_flags(s, BOOT_MOUNT_OVERLAY | (o->image_sync ? BOOT_MOUNT_SYNC : 0),
				     &s->root_trees),
		.target = put_string(b, "/"),
		.source = put_string(b, s->trees[0].source),
		.options = put_string(b, ""),
		.protect = protect,
		.protect_count = paths,
	});
	if (tmp)
		put_mount(b, n++, (struct boot_mount){
			.tree = ~0u,
			.objects = ~0u,
			.upper = ~0u,
			.target = put_string(b, "/tmp"),
			.source = put_string(b, "tmpfs"),
			.options = put_string(b, "mode=1777"),
		});
	for (u32 i = 0; i < o->mount_count; i++) {
		const struct mount_option *m = &o->mounts[i];
		const struct mount_trees *t = &s->mount_trees[i];

		protect = put_protected(b, t, &paths);
		put_mount(b, n++, (struct boot_mount){
			.tree = t->tree,
			.objects = t->objects,
			.upper = t->upper,
			.flags = mount_flags(s, m->flags, t),
			.target = put_string(b, m->target),
			.source = put_string(b, m->source != NULL ? m->source : "tmpfs"),
			.options = put_string(b, m->options),
			.protect = protect,
			.protect_count = paths,
		});
	}
	/* clang-format on */
}

static void put_limits(struct boot_block *block, const struct session *s)
{
	const struct run_options *o = s->options;

	for (int i = 0; i < BOOT_LIMITS; i++) {
		block->rlimits[i][0] = s->limits[i].rlim_cur;
		block->rlimits[i][1] = s->limits[i].rlim_max;
	}
	/* SIGXCPU at the limit, SIGKILL a second later. */
	if (o->cpu_seconds != 0) {
		u64 *cpu = block->rlimits[RLIMIT_CPU];

		cpu[1] = MIN(cpu[1], o->cpu_seconds + 1);
		cpu[0] = MIN(MIN(cpu[0], cpu[1]), o->cpu_seconds);
	}
	block->memory_limit = o->memory_limit;
	block->pids_limit = o->pids_limit;
}

/* A closed one was filled with /dev/null for our own safety; the child closes it again. */
static void put_streams(struct boot_block *block, const struct run_options *o)
{
	static_assert(PASSED_MAX == BOOT_PASSED_MAX, "as many as the kernel expects");
	for (int fd = 0; fd < 3; fd++) {
		int flags = o->closed_stdio & 1u << fd ? -1 : fcntl(fd, F_GETFL);

		block->stream_flags[fd] = flags < 0 ? BOOT_STREAM_CLOSED : (u32)flags;
	}
	block->passed_count = o->passed_count;
	for (u32 i = 0; i < o->passed_count; i++) {
		block->passed_number[i] = o->passed[i].number;
		block->passed_flags[i] = (u32)fcntl(o->passed[i].fd, F_GETFL);
	}
}

/* What a program inherits by exec besides descriptors and limits. */
static void put_inherited(struct boot_block *block)
{
	mode_t mask = umask(0);

	umask(mask);
	block->umask = mask;
	for (int sig = 1; sig < 65; sig++) {
		struct sigaction action;

		if (sigaction(sig, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
			block->ignored_signals |= (u64)1 << (sig - 1);
	}
}

static void put_machine(struct boot_block *block)
{
	/* The bare call tells how large the host's own masks are. */
	long bytes = syscall(SYS_sched_getaffinity, 0, sizeof(block->cpus), block->cpus);
	struct sysinfo info;

	if (bytes < 0)
		block->cpus[0] = 1;
	block->cpu_mask_bytes = bytes < 0 ? sizeof(block->cpus) : (u32)bytes;
	block->nice = getpriority(PRIO_PROCESS, 0);
	if (sysinfo(&info) == 0) {
		block->ram_total = (u64)info.totalram * info.mem_unit;
		block->ram_free = (u64)info.freeram * info.mem_unit;
	}
}

static bool put_seed(struct boot_block *block)
{
	return getrandom(&block->seed, sizeof(block->seed), 0) == sizeof(block->seed);
}

static const char *hostname_of(const struct run_options *o, const char *own)
{
	if (o->hostname != NULL)
		return o->hostname;
	return o->profile != NULL && o->profile->hostname != NULL ? o->profile->hostname : own;
}

/* What the command line says goes before what the profile says. */
static void put_user(struct boot_block *block, const struct run_options *o)
{
	bool profile = o->profile != NULL && o->profile->has_user && !o->has_user;

	block->uid = o->has_user ? o->uid : profile ? o->profile->uid : getuid();
	block->gid = o->has_group ? o->gid : profile ? o->profile->gid : getgid();
}

/* False after saying why not. */
bool boot_block_build(struct session *s)
{
	const struct run_options *o = s->options;
	struct builder b = { 0 };
	struct utsname uts;
	char *own_cwd = getcwd(NULL, 0);
	const char *here = own_cwd != NULL && own_cwd[0] == '/' ? own_cwd : "/";
	u32 count, at;

	uname(&uts);
	reserve(&b, sizeof(struct boot_block));
	put_mounts(&b, s, here);
	at = put_list(&b, o->argv, &count);
	if (!b.failed) {
		block_of(&b)->argv = block_of(&b)->program = at;
		block_of(&b)->argc = count;
	}
	at = put_list(&b, o->env, &count);
	u32 cwd = put_string(&b, o->cwd != NULL ? o->cwd : here);
	u32 hostname = put_string(&b, hostname_of(o, uts.nodename));
	u32 profile = put_profile(&b, o->profile);

	free(own_cwd);
	if (!b.failed) {
		put_streams(block_of(&b), o);
		put_inherited(block_of(&b));
	}
	if (b.failed || !put_seed(block_of(&b))) {
		say("options: %s", strerror(b.failed ? ENOMEM : errno));
		free(b.data);
		return false;
	}
	struct boot_block *block = block_of(&b);

	block->magic = BOOT_MAGIC;
	block->version = BOOT_VERSION;
	block->size = (u32)b.len;
	block->flags = o->boot_flags | (isatty(STDIN_FILENO) ? BOOT_TTY : 0) |
		       (o->cwd == NULL ? BOOT_CWD_SOFT : 0) |
		       (s->texts_fd >= 0 ? BOOT_TEXTS : 0) |
		       (s->texts_wanted ? BOOT_TEXTS_WANTED : 0) |
		       (geteuid() == 0 ? BOOT_BROKER_ROOT : 0) |
		       (o->verbose || o->log_path != NULL ? BOOT_LOG : 0) |
		       (o->stats != STATS_NONE || o->region != NULL ? BOOT_STATS : 0);
	block->entry = o->entry;
	block->tree_count = s->tree_count;
	block->env = at;
	block->envc = count;
	block->cwd = cwd;
	block->hostname = hostname;
	block->profile = profile;
	/* The rewritten entry needs the GS base for itself. */
	if (o->profile != NULL && (o->profile->flags & BOOT_PROFILE_GS_OCCUPIED))
		block->entry = BOOT_ENTRY_TRAP;
	put_user(block, o);
	put_limits(block, s);
	put_machine(block);
	s->block = block;
	s->block_size = (u32)b.len;
	return true;
}

/* How the trees are read: directly where that can be. */
static void set_access(const struct session *s, bool direct, struct boot_mount *mounts)
{
	bool any = false;

	for (u32 i = 0; i < s->block->mount_count; i++) {
		bool lent = mounts[i].tree != ~0u && tree_is_lent(&s->trees[mounts[i].tree]);

		mounts[i].access = direct && lent ? BOOT_TREE_DIRECT : BOOT_TREE_BROKER;
		any |= direct && lent;
	}
	/* A layer alone is no reason for a jail that may open files. */
	for (u32 i = 0; i < s->block->mount_count; i++)
		mounts[i].upper_access = any && mounts[i].upper != ~0u &&
							 tree_is_lent(&s->trees[mounts[i].upper]) ?
						 BOOT_TREE_DIRECT :
						 BOOT_TREE_BROKER;
}

/* -errno on failure. */
int boot_block_finish(struct session *s, bool direct, u32 boot_flags)
{
	struct boot_mount *mounts =
		(struct boot_mount *)((char *)s->block + s->block->mounts);
	size_t at = 0;

	set_access(s, direct, mounts);
	s->block->flags |= boot_flags;
	while (at < s->block_size) {
		ssize_t n =
			write(s->block_fd, (char *)s->block + at, s->block_size - at);

		if (n < 0 && errno != EINTR)
			return -errno;
		at += n < 0 ? 0 : (size_t)n;
	}
	if (fcntl(s->block_fd, F_ADD_SEALS,
		  F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
		return -errno;
	return 0;
}
