/*
 * /proc/PID and /proc/PID/task/TID.
 *
 * LINUX BEHAVIOUR. proc(5), fs/proc/base.c. Who may read what of another process follows
 * ptrace_may_access(): the same user, or CAP_SYS_PTRACE.
 *
 * NOT DONE. syscall, stack, sched, pagemap, clear_refs, map_files; namespaces can be named, not
 * opened.
 */
#include "abi/linux/capability.h"
#include "abi/linux/resource.h"
#include "abi/linux/stat.h"
#include "kernel/fs/proc/proc.h"
#include "kernel/mm/mm.h"
#include "kernel/task/table.h"
#include "kernel/task/title.h"
#include "kernel/vfs/fdtable.h"
#include "kernel/vfs/namei.h"
#include "lib/fmt.h"
#include "lib/string.h"

/* --- keys --- */

struct pseudo_key proc_key(const struct process *p, s32 tid)
{
	return (struct pseudo_key){ .pid = p->pid, .tid = tid, .start = p->start_time };
}

struct process *proc_process(const struct pseudo_key *key)
{
	struct process *p = process_find(key->pid);

	if (p == NULL || p->start_time == key->start)
		return p;
	process_put(p);
	return NULL;
}

/* The key's thread, or the process's first. */
struct thread *proc_thread(const struct pseudo_key *key)
{
	struct thread *t = thread_find(key->tid != 0 ? key->tid : key->pid);

	if (t == NULL || (t->process->pid == key->pid && t->process->start_time == key->start))
		return t;
	thread_put(t);
	return NULL;
}

struct mm *proc_mm(struct process *p)
{
	struct mm *mm;

	lock_acquire(&p->lock);
	mm = p->mm == NULL ? NULL : mm_get(p->mm);
	lock_release(&p->lock);
	return mm;
}

int proc_may_inspect(const struct process *p)
{
	const struct cred *own = &current()->process->cred, *c = &p->cred;

	if (p == current()->process || (own->cap_effective >> LINUX_CAP_SYS_PTRACE & 1))
		return 0;
	if (own->fsuid == c->uid && own->fsuid == c->euid && own->fsuid == c->suid &&
	    own->fsgid == c->gid && own->fsgid == c->egid && own->fsgid == c->sgid &&
	    p->dumpable == 1)
		return 0;
	return -EACCES;
}

/* Linux: of a process that is not dumpable everything belongs to root. */
int proc_owner(const struct pseudo_key *key, u32 *ret_uid, u32 *ret_gid)
{
	struct process *p = proc_process(key);

	if (p == NULL)
		return -ENOENT;
	*ret_uid = p->dumpable == 1 ? p->cred.euid : 0;
	*ret_gid = p->dumpable == 1 ? p->cred.egid : 0;
	process_put(p);
	return 0;
}

/* The key's process if the caller may look into it. */
static int inspect(const struct pseudo_key *key, struct process **ret)
{
	struct process *p = proc_process(key);
	int err;

	if (p == NULL)
		return -ESRCH;
	err = proc_may_inspect(p);
	if (err < 0) {
		process_put(p);
		return err;
	}
	*ret = p;
	return 0;
}

/* --- what a thread refers to; under task_lock it does not lose it --- */

int proc_files(const struct pseudo_key *key, struct fdtable **ret)
{
	struct process *p;
	struct thread *t;
	int err = inspect(key, &p);

	if (err < 0)
		return err;
	process_put(p);
	t = proc_thread(key);
	if (t == NULL)
		return -ESRCH;
	task_lock();
	*ret = t->files == NULL ? NULL : fdtable_get(t->files);
	task_unlock();
	thread_put(t);
	return *ret == NULL ? -ESRCH : 0;
}

int proc_place(const struct pseudo_key *key, bool root, struct path *ret)
{
	struct fs_context *fs;
	struct process *p;
	struct thread *t;
	int err = inspect(key, &p);

	if (err < 0)
		return err;
	process_put(p);
	t = proc_thread(key);
	if (t == NULL)
		return -ENOENT;
	task_lock();
	fs = t->fs == NULL ? NULL : fs_context_get(t->fs);
	task_unlock();
	thread_put(t);
	if (fs == NULL)
		return -ENOENT;
	lock_acquire(&fs->lock);
	*ret = root ? fs->root : fs->cwd;
	path_get(ret);
	lock_release(&fs->lock);
	fs_context_put(fs);
	return 0;
}

/* --- text that the process was started with --- */

static int show_text(struct seq *s, struct process *p, char *const *text, const size_t *len)
{
	lock_acquire(&p->lock);
	if (*text != NULL)
		seq_write(s, *text, *len);
	lock_release(&p->lock);
	process_put(p);
	return 0;
}

static int show_cmdline(struct seq *s, const struct pseudo_key *key)
{
	struct process *p = proc_process(key);

	if (p != NULL && p == current()->process)
		title_update();
	return p == NULL ? -ESRCH : show_text(s, p, &p->cmdline, &p->cmdline_len);
}

static int show_environ(struct seq *s, const struct pseudo_key *key)
{
	struct process *p;
	int err = inspect(key, &p);

	return err < 0 ? err : show_text(s, p, &p->environ, &p->environ_len);
}

static int show_auxv(struct seq *s, const struct pseudo_key *key)
{
	struct process *p;
	int err = inspect(key, &p);

	return err < 0 ? err : show_text(s, p, &p->auxv, &p->auxv_len);
}

static int show_comm(struct seq *s, const struct pseudo_key *key)
{
	struct thread *t = proc_thread(key);
	char comm[TASK_COMM_LEN];

	if (t == NULL)
		return -ESRCH;
	memcpy(comm, t->comm, sizeof(comm));
	comm[TASK_COMM_LEN - 1] = '\0';
	thread_put(t);
	seq_print(s, "%s\n", comm);
	return 0;
}

/* Linux: only threads of the own process may be renamed. */
static s64 store_comm(const struct pseudo_key *key, char *text, size_t len)
{
	struct thread *t = proc_thread(key);
	char comm[TASK_COMM_LEN] = "";

	if (t == NULL)
		return -ESRCH;
	if (t->process != current()->process) {
		thread_put(t);
		return -EINVAL;
	}
	text[MIN(len, (size_t)TASK_COMM_LEN - 1)] = '\0';
	str_copy(comm, text, sizeof(comm));
	memcpy(t->comm, comm, sizeof(comm));
	thread_put(t);
	return (s64)len;
}

/* --- memory; the rest is in memory.c --- */

int proc_memory(const struct pseudo_key *key, struct mm **ret)
{
	struct process *p;
	int err = inspect(key, &p);

	*ret = NULL;
	if (err < 0)
		return err;
	*ret = proc_mm(p);
	process_put(p);
	return 0;
}

/* --- limits --- */

static const struct {
	const char *name, *unit;
} limit_names[LINUX_RLIM_NLIMITS] = {
	[LINUX_RLIMIT_CPU] = { "Max cpu time", "seconds" },
	[LINUX_RLIMIT_FSIZE] = { "Max file size", "bytes" },
	[LINUX_RLIMIT_DATA] = { "Max data size", "bytes" },
	[LINUX_RLIMIT_STACK] = { "Max stack size", "bytes" },
	[LINUX_RLIMIT_CORE] = { "Max core file size", "bytes" },
	[LINUX_RLIMIT_RSS] = { "Max resident set", "bytes" },
	[LINUX_RLIMIT_NPROC] = { "Max processes", "processes" },
	[LINUX_RLIMIT_NOFILE] = { "Max open files", "files" },
	[LINUX_RLIMIT_MEMLOCK] = { "Max locked memory", "bytes" },
	[LINUX_RLIMIT_AS] = { "Max address space", "bytes" },
	[LINUX_RLIMIT_LOCKS] = { "Max file locks", "locks" },
	[LINUX_RLIMIT_SIGPENDING] = { "Max pending signals", "signals" },
	[LINUX_RLIMIT_MSGQUEUE] = { "Max msgqueue size", "bytes" },
	[LINUX_RLIMIT_NICE] = { "Max nice priority", "" },
	[LINUX_RLIMIT_RTPRIO] = { "Max realtime priority", "" },
	[LINUX_RLIMIT_RTTIME] = { "Max realtime timeout", "us" },
};

static void print_limit(struct seq *s, u64 value)
{
	if (value == LINUX_RLIM_INFINITY)
		seq_print(s, "%-20s ", "unlimited");
	else
		seq_print(s, "%-20lu ", (unsigned long)value);
}

static int show_limits(struct seq *s, const struct pseudo_key *key)
{
	struct linux_rlimit64 limits[LINUX_RLIM_NLIMITS];
	struct process *p;
	int err = inspect(key, &p);

	if (err < 0)
		return err;
	lock_acquire(&p->lock);
	memcpy(limits, p->rlimits, sizeof(limits));
	lock_release(&p->lock);
	process_put(p);
	seq_print(s, "%-25s %-20s %-20s %-10s\n", "Limit", "Soft Limit", "Hard Limit", "Units");
	for (u32 i = 0; i < LINUX_RLIM_NLIMITS; i++) {
		seq_print(s, "%-25s ", limit_names[i].name);
		print_limit(s, limits[i].rlim_cur);
		print_limit(s, limits[i].rlim_max);
		seq_print(s, "%-10s\n", limit_names[i].unit);
	}
	return 0;
}

/* --- mounts --- */

static int show_mount_table(struct seq *s, bool info)
{
	s64 need = PAGE_SIZE, room = 0;
	struct path root;

	fs_get_root(&root);
	while (need > room) {
		char *to = seq_reserve(s, (size_t)need);

		if (to == NULL)
			break;
		room = (s64)(s->size - s->len);
		need = vfs_format_mounts(&root, info, to, (size_t)room);
	}
	if (need >= 0 && need <= room)
		s->len += (size_t)need;
	path_put(&root);
	return need < 0 ? (int)need : 0;
}

static int show_mounts(struct seq *s, UNUSED const struct pseudo_key *key)
{
	return show_mount_table(s, false);
}

static int show_mountinfo(struct seq *s, UNUSED const struct pseudo_key *key)
{
	return show_mount_table(s, true);
}

#define MOUNTS_FILE(n, f)                                                         \
	{                                                                          \
		.name = n, .mode = LINUX_S_IFREG | 0444, .show = f,                \
		.changes = vfs_mount_changes, .owner = proc_owner                  \
	}

/* --- one-liners --- */

static int show_cgroup(struct seq *s, UNUSED const struct pseudo_key *key)
{
	seq_string(s, "0::/\n");
	return 0;
}

static int show_slash(struct seq *s, UNUSED const struct pseudo_key *key)
{
	seq_string(s, "/\n");
	return 0;
}

static int show_zero(struct seq *s, UNUSED const struct pseudo_key *key)
{
	seq_string(s, "0\n");
	return 0;
}

static int show_unset_id(struct seq *s, UNUSED const struct pseudo_key *key)
{
	seq_string(s, "4294967295"); /* Linux: no newline */
	return 0;
}

static int show_id_map(struct seq *s, UNUSED const struct pseudo_key *key)
{
	seq_print(s, "%10u %10u %10u\n", 0u, 0u, ~0u);
	return 0;
}

/* Linux: what the unprivileged see: nothing of the kernel's own. */
static int show_wchan(struct seq *s, UNUSED const struct pseudo_key *key)
{
	seq_string(s, "0");
	return 0;
}

static int show_setgroups(struct seq *s, UNUSED const struct pseudo_key *key)
{
	seq_string(s, "allow\n");
	return 0;
}

static int show_personality(struct seq *s, const struct pseudo_key *key)
{
	struct process *p;
	int err = inspect(key, &p);

	if (err < 0)
		return err;
	seq_print(s, "%08x\n", p->attr.personality);
	process_put(p);
	return 0;
}

static int show_oom_score_adj(struct seq *s, const struct pseudo_key *key)
{
	struct process *p = proc_process(key);

	if (p == NULL)
		return -ESRCH;
	seq_print(s, "%d\n", atomic_load(&p->attr.oom_score_adj));
	process_put(p);
	return 0;
}

static bool parse_adj(char *text, s32 *ret)
{
	bool negative = *text == '-';
	size_t len = strlen(text);
	s64 n;

	if (len != 0 && text[len - 1] == '\n')
		text[len - 1] = '\0';
	n = pseudo_parse_number(text + negative, 1000);
	if (n < 0)
		return false;
	*ret = negative ? -(s32)n : (s32)n;
	return true;
}

/* Linux: lowering it below what it was needs CAP_SYS_RESOURCE. */
static s64 store_oom_score_adj(const struct pseudo_key *key, char *text, size_t len)
{
	struct process *p;
	s32 adj;
	int err;

	if (!parse_adj(text, &adj))
		return -EINVAL;
	p = proc_process(key);
	if (p == NULL)
		return -ESRCH;
	err = adj < atomic_load(&p->attr.oom_score_adj) &&
	      !vfs_capable(LINUX_CAP_SYS_RESOURCE) ? -EACCES : 0;
	if (err == 0)
		atomic_store(&p->attr.oom_score_adj, adj);
	process_put(p);
	return err < 0 ? err : (s64)len;
}

/* --- namespaces: there is one of each, and no entering them --- */

/* Linux: the numbers of the first ones. */
#define NAMESPACE(name, type, number)                                             \
	static int text_ns_##name(const struct pseudo_key *key, char *buf, size_t size) \
	{                                                                         \
		struct process *p;                                                \
		int err = inspect(key, &p);                                       \
                                                                                  \
		if (err < 0)                                                      \
			return err;                                               \
		process_put(p);                                                   \
		return fmt_print(buf, size, type ":[%u]", number);                \
	}

NAMESPACE(cgroup, "cgroup", 4026531835u)
NAMESPACE(ipc, "ipc", 4026531839u)
NAMESPACE(mnt, "mnt", 4026531832u)
NAMESPACE(net, "net", 4026531833u)
NAMESPACE(pid, "pid", 4026531836u)
NAMESPACE(time, "time", 4026531834u)
NAMESPACE(user, "user", 4026531837u)
NAMESPACE(uts, "uts", 4026531838u)

#define NS_LINK(n, f)                                                             \
	{ .name = n, .mode = LINUX_S_IFLNK | 0777, .text = f, .owner = proc_owner }

static const struct pseudo_node ns_entries[] = {
	NS_LINK("cgroup", text_ns_cgroup),
	NS_LINK("ipc", text_ns_ipc),
	NS_LINK("mnt", text_ns_mnt),
	NS_LINK("net", text_ns_net),
	NS_LINK("pid", text_ns_pid),
	NS_LINK("pid_for_children", text_ns_pid),
	NS_LINK("time", text_ns_time),
	NS_LINK("time_for_children", text_ns_time),
	NS_LINK("user", text_ns_user),
	NS_LINK("uts", text_ns_uts),
	{ .name = NULL },
};

/* --- links to files --- */

static int follow_exe(const struct pseudo_key *key, struct path *ret)
{
	struct file *exe = NULL;
	struct process *p;
	int err = inspect(key, &p);

	if (err < 0)
		return err;
	lock_acquire(&p->lock);
	if (p->exe != NULL)
		exe = file_get(p->exe);
	lock_release(&p->lock);
	process_put(p);
	if (exe == NULL)
		return -ENOENT;
	err = file_get_path(exe, ret);
	file_put(exe);
	return err;
}

static int follow_cwd(const struct pseudo_key *key, struct path *ret)
{
	return proc_place(key, false, ret);
}

static int follow_root(const struct pseudo_key *key, struct path *ret)
{
	return proc_place(key, true, ret);
}

/* --- threads --- */

static int task_lookup(const struct pseudo_key *key, const char *name, struct pseudo_entry *ret)
{
	s64 number = pseudo_parse_number(name, PID_MAX);
	struct thread *t = number <= 0 ? NULL : thread_find((s32)number);

	if (t == NULL)
		return -ENOENT;
	ret->key = proc_key(t->process, t->tid);
	thread_put(t);
	if (ret->key.pid != key->pid || ret->key.start != key->start)
		return -ENOENT;
	ret->node = &proc_thread_node;
	return 0;
}

/* The cursor is a thread number. */
static bool task_next(const struct pseudo_key *key, u64 *cursor, struct pseudo_entry *ret)
{
	struct process *p = proc_process(key);
	struct thread *t;
	s32 found = 0;

	if (p == NULL)
		return false;
	task_lock();
	list_for_each(t, &p->threads, group_link)
		if ((u64)t->tid >= *cursor && (found == 0 || t->tid < found))
			found = t->tid;
	task_unlock();
	if (found != 0)
		ret->key = proc_key(p, found);
	process_put(p);
	if (found == 0)
		return false;
	ret->node = &proc_thread_node;
	fmt_print(ret->name, sizeof(ret->name), "%d", found);
	*cursor = (u64)found + 1;
	return true;
}

/* Linux: by the links of this directory programs tell whether they have one thread. */
static void task_attributes(const struct pseudo_key *key, struct inode_attr *ret)
{
	struct process *p = proc_process(key);

	if (p == NULL)
		return;
	task_lock();
	ret->nlink += p->thread_count;
	task_unlock();
	process_put(p);
}

/* --- the tables --- */

#define PROC_FILE(n, m, f)                                                        \
	{ .name = n, .mode = LINUX_S_IFREG | (m), .show = f, .owner = proc_owner }
#define PROC_STORE(n, m, f, g)                                                    \
	{ .name = n, .mode = LINUX_S_IFREG | (m), .show = f, .store = g, .owner = proc_owner }
#define PROC_LINK(n, f)                                                           \
	{ .name = n, .mode = LINUX_S_IFLNK | 0777, .follow = f, .owner = proc_owner }

#define COMMON_ENTRIES                                                            \
	PROC_FILE("status", 0444, proc_show_status),                               \
	PROC_FILE("stat", 0444, proc_show_stat),                                   \
	PROC_FILE("statm", 0444, proc_show_statm),                                 \
	PROC_FILE("maps", 0444, proc_show_maps),                                   \
	PROC_FILE("smaps", 0444, proc_show_smaps),                                 \
	PROC_FILE("smaps_rollup", 0444, proc_show_smaps_rollup),                   \
	{                                                                          \
		.name = "mem",                                                     \
		.mode = LINUX_S_IFREG | 0600,                                      \
		.open = proc_open_mem,                                             \
		.owner = proc_owner,                                               \
	},                                                                         \
	PROC_FILE("io", 0400, proc_show_io),                                       \
	PROC_FILE("cmdline", 0444, show_cmdline),                                  \
	PROC_STORE("comm", 0644, show_comm, store_comm),                           \
	PROC_FILE("environ", 0400, show_environ),                                  \
	PROC_FILE("auxv", 0400, show_auxv),                                        \
	PROC_FILE("limits", 0444, show_limits),                                    \
	MOUNTS_FILE("mounts", show_mounts),                                        \
	MOUNTS_FILE("mountinfo", show_mountinfo),                                  \
	PROC_FILE("cgroup", 0444, show_cgroup),                                    \
	PROC_FILE("cpuset", 0444, show_slash),                                     \
	PROC_FILE("personality", 0400, show_personality),                          \
	PROC_FILE("loginuid", 0444, show_unset_id),                                \
	PROC_FILE("sessionid", 0444, show_unset_id),                               \
	PROC_FILE("uid_map", 0444, show_id_map),                                   \
	PROC_FILE("gid_map", 0444, show_id_map),                                   \
	PROC_FILE("projid_map", 0444, show_id_map),                                \
	PROC_FILE("wchan", 0444, show_wchan),                                      \
	PROC_FILE("setgroups", 0444, show_setgroups),                              \
	PROC_FILE("oom_score", 0444, show_zero),                                   \
	PROC_STORE("oom_score_adj", 0644, show_oom_score_adj, store_oom_score_adj), \
	{                                                                          \
		.name = "ns",                                                      \
		.mode = LINUX_S_IFDIR | 0511,                                      \
		.entries = ns_entries,                                             \
		.owner = proc_owner,                                               \
	},                                                                         \
	{                                                                          \
		.name = "net",                                                     \
		.mode = LINUX_S_IFDIR | 0555,                                      \
		.entries = proc_net_entries,                                       \
	},                                                                         \
	PROC_LINK("exe", follow_exe),                                              \
	PROC_LINK("cwd", follow_cwd),                                              \
	PROC_LINK("root", follow_root),                                            \
	{                                                                          \
		.name = "fd",                                                      \
		.mode = LINUX_S_IFDIR | 0500,                                      \
		.lookup = proc_fd_lookup,                                          \
		.next = proc_fd_next,                                              \
		.owner = proc_owner,                                               \
		.attributes = proc_fd_attributes,                                  \
	},                                                                         \
	{                                                                          \
		.name = "fdinfo",                                                  \
		.mode = LINUX_S_IFDIR | 0555,                                      \
		.lookup = proc_fdinfo_lookup,                                      \
		.next = proc_fdinfo_next,                                          \
		.owner = proc_owner,                                               \
	}

static const struct pseudo_node process_entries[] = {
	COMMON_ENTRIES,
	{
		.name = "task",
		.mode = LINUX_S_IFDIR | 0555,
		.lookup = task_lookup,
		.next = task_next,
		.owner = proc_owner,
		.attributes = task_attributes,
	},
	{ .name = NULL },
};

static const struct pseudo_node thread_entries[] = {
	COMMON_ENTRIES,
	{ .name = NULL },
};

const struct pseudo_node proc_process_node = {
	.mode = LINUX_S_IFDIR | 0555,
	.entries = process_entries,
	.owner = proc_owner,
};

const struct pseudo_node proc_thread_node = {
	.mode = LINUX_S_IFDIR | 0555,
	.entries = thread_entries,
	.owner = proc_owner,
};

int proc_file_process(const struct file *f, struct process **ret)
{
	struct pseudo_key key;

	if (!pseudo_file_is(f, &proc_process_node, &key))
		return -EBADF;
	*ret = proc_process(&key);
	return *ret == NULL ? -ESRCH : 0;
}
