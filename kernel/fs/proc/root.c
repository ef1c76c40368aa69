/*
 * /proc: the root directory, the processes in it, and the file system type.
 *
 * LINUX BEHAVIOUR. proc(5). A thread's number names its process's directory although it is
 * not listed.
 *
 * NOT DONE. Files that describe hardware or the host.
 */
#include "abi/linux/stat.h"
#include "kernel/boot.h"
#include "kernel/fs/proc/proc.h"
#include "kernel/sys/uts.h"
#include "kernel/task/table.h"
#include "lib/fmt.h"
#include "lib/string.h"

#define FILE_NODE(n, f) { .name = n, .mode = LINUX_S_IFREG | 0444, .show = f }
#define LINK_NODE(n, f) { .name = n, .mode = LINUX_S_IFLNK | 0777, .text = f }

/* --- links --- */

static int text_self(UNUSED const struct pseudo_key *key, char *buf, size_t size)
{
	return fmt_print(buf, size, "%d", current()->process->pid);
}

static int text_thread_self(UNUSED const struct pseudo_key *key, char *buf, size_t size)
{
	return fmt_print(buf, size, "%d/task/%d", current()->process->pid, current()->tid);
}

static int text_mounts(UNUSED const struct pseudo_key *key, char *buf, size_t size)
{
	return fmt_print(buf, size, "self/mounts");
}

static int text_net(UNUSED const struct pseudo_key *key, char *buf, size_t size)
{
	return fmt_print(buf, size, "self/net");
}

/* --- small files --- */

static int show_version(struct seq *s, UNUSED const struct pseudo_key *key)
{
	seq_print(s, "Linux version %s (nacre) %s\n", uts_release(), uts_version());
	return 0;
}

static int show_cmdline(struct seq *s, UNUSED const struct pseudo_key *key)
{
	seq_string(s, "nacre\n");
	return 0;
}

static int show_filesystems(struct seq *s, UNUSED const struct pseudo_key *key)
{
	static const struct fs_type *const types[] = {
		&tmp_fs_type, &proc_fs_type, &sys_fs_type, &dev_fs_type, &over_fs_type,
		&host_fs_type, &mqueue_fs_type,
	};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		seq_print(s, "nodev\t%s\n", types[i]->name);
	return 0;
}

static int show_swaps(struct seq *s, UNUSED const struct pseudo_key *key)
{
	seq_string(s, "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
	return 0;
}

static int show_partitions(struct seq *s, UNUSED const struct pseudo_key *key)
{
	seq_string(s, "major minor  #blocks  name\n\n");
	return 0;
}

static int show_devices(struct seq *s, UNUSED const struct pseudo_key *key)
{
	seq_string(s, "Character devices:\n  1 mem\n  5 /dev/tty\n\nBlock devices:\n");
	return 0;
}

static int show_nothing(UNUSED struct seq *s, UNUSED const struct pseudo_key *key)
{
	return 0;
}

/* --- processes --- */

static int root_lookup(UNUSED const struct pseudo_key *key, const char *name,
		       struct pseudo_entry *ret)
{
	s64 number = pseudo_parse_number(name, PID_MAX);
	struct process *p;
	struct thread *t;

	if (number <= 0)
		return -ENOENT;
	ret->node = &proc_process_node;
	p = process_find((s32)number);
	if (p != NULL) {
		ret->key = proc_key(p, 0);
		process_put(p);
		return 0;
	}
	t = thread_find((s32)number);
	if (t == NULL)
		return -ENOENT;
	ret->key = proc_key(t->process, t->tid);
	thread_put(t);
	return 0;
}

/* The cursor is a process number. */
static bool root_next(UNUSED const struct pseudo_key *key, u64 *cursor,
		      struct pseudo_entry *ret)
{
	struct process *p, *found = NULL;

	task_lock();
	list_for_each(p, &sandbox->processes, all_link)
		if ((u64)p->pid >= *cursor && (found == NULL || p->pid < found->pid))
			found = p;
	if (found != NULL)
		ret->key = proc_key(found, 0);
	task_unlock();
	if (found == NULL)
		return false;
	ret->node = &proc_process_node;
	fmt_print(ret->name, sizeof(ret->name), "%d", ret->key.pid);
	*cursor = (u64)ret->key.pid + 1;
	return true;
}

static void root_attributes(UNUSED const struct pseudo_key *key, struct inode_attr *ret)
{
	struct process *p;

	task_lock();
	list_for_each(p, &sandbox->processes, all_link)
		ret->nlink++;
	task_unlock();
}

static const struct pseudo_node root_entries[] = {
	LINK_NODE("self", text_self),
	LINK_NODE("thread-self", text_thread_self),
	LINK_NODE("mounts", text_mounts),
	LINK_NODE("net", text_net),
	FILE_NODE("version", show_version),
	FILE_NODE("cmdline", show_cmdline),
	FILE_NODE("uptime", proc_show_uptime),
	FILE_NODE("loadavg", proc_show_loadavg),
	FILE_NODE("meminfo", proc_show_meminfo),
	FILE_NODE("vmstat", proc_show_vmstat),
	FILE_NODE("cpuinfo", proc_show_cpuinfo),
	FILE_NODE("stat", proc_show_system_stat),
	FILE_NODE("filesystems", show_filesystems),
	FILE_NODE("swaps", show_swaps),
	FILE_NODE("partitions", show_partitions),
	FILE_NODE("devices", show_devices),
	FILE_NODE("diskstats", show_nothing),
	FILE_NODE("modules", show_nothing),
	{ .name = "sys", .mode = LINUX_S_IFDIR | 0555, .entries = proc_sys_entries },
	{ .name = "sysvipc", .mode = LINUX_S_IFDIR | 0555, .entries = proc_sysvipc_entries },
	{ .name = NULL },
};

static const struct pseudo_node root_node = {
	.name = "/",
	.mode = LINUX_S_IFDIR | 0555,
	.entries = root_entries,
	.lookup = root_lookup,
	.next = root_next,
	.attributes = root_attributes,
};

static int proc_mount(const struct fs_type *type, UNUSED const char *source,
		      UNUSED const char *options, struct super **ret)
{
	return pseudo_mount(type, &root_node, ret);
}

const struct fs_type proc_fs_type = {
	.name = "proc",
	.magic = LINUX_PROC_SUPER_MAGIC,
	.mount = proc_mount,
	.statfs = pseudo_statfs,
	.unmount = pseudo_unmount,
};
