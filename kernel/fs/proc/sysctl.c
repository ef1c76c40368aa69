/*
 * /proc/sys: settings programs read. They cannot be changed.
 *
 * OVERVIEW. Most are constants, in tables of name and text; only what differs from sandbox
 * to sandbox has a function.
 */
#include "abi/linux/stat.h"
#include "kernel/boot.h"
#include "kernel/fs/proc/proc.h"
#include "kernel/ipc/ipc.h"
#include "kernel/obj/inotify.h"
#include "kernel/obj/pipe.h"
#include "kernel/sys/uts.h"
#include "platform/plat.h"

/* A file that always has the same line. */
#define CONSTANT(fn, string)                                                      \
	static int fn(struct seq *s, UNUSED const struct pseudo_key *key)          \
	{                                                                          \
		seq_string(s, string "\n");                                        \
		return 0;                                                          \
	}
/* Linux: proc_sys_permission(): root has no more rights than the mode says. */
#define FILE_NODE(n, f) { .name = n, .mode = LINUX_S_IFREG | 0444, .fixed = true, .show = f }
#define DIR_NODE(n, e) { .name = n, .mode = LINUX_S_IFDIR | 0555, .entries = e }
#define END { .name = NULL }

/* --- kernel --- */

static int show_hostname(struct seq *s, UNUSED const struct pseudo_key *key)
{
	seq_print(s, "%s\n", boot_string(boot_block()->hostname));
	return 0;
}

static int show_randomize(struct seq *s, UNUSED const struct pseudo_key *key)
{
	seq_string(s, boot_block()->flags & BOOT_NO_ASLR ? "0\n" : "2\n");
	return 0;
}

/* Random UUID, version 4. */
static void print_uuid(struct seq *s, u8 b[16])
{
	b[6] = (u8)((b[6] & 0x0f) | 0x40);
	b[8] = (u8)((b[8] & 0x3f) | 0x80);
	for (int i = 0; i < 16; i++)
		seq_print(s, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", b[i]);
	seq_string(s, "\n");
}

static int show_uuid(struct seq *s, UNUSED const struct pseudo_key *key)
{
	u8 b[16];

	plat_random(b, sizeof(b));
	print_uuid(s, b);
	return 0;
}

/* The same for the whole life of the sandbox: made from the boot seed. */
static int show_boot_id(struct seq *s, UNUSED const struct pseudo_key *key)
{
	u64 x = boot_block()->seed ^ 0x6e61637265626f6full;
	u8 b[16];

	for (int i = 0; i < 16; i++) {
		x = (x ^ x >> 31) * 0xbf58476d1ce4e5b9ull + 0x9e3779b97f4a7c15ull;
		b[i] = (u8)(x >> 56);
	}
	print_uuid(s, b);
	return 0;
}

static int show_osrelease(struct seq *s, UNUSED const struct pseudo_key *key)
{
	seq_print(s, "%s\n", uts_release());
	return 0;
}

static int show_version(struct seq *s, UNUSED const struct pseudo_key *key)
{
	seq_print(s, "%s\n", uts_version());
	return 0;
}

CONSTANT(show_ostype, "Linux")
CONSTANT(show_domainname, "(none)")
CONSTANT(show_pid_max, "4194304")
CONSTANT(show_threads_max, "127000")
CONSTANT(show_cap_last_cap, "40")
CONSTANT(show_ngroups_max, "65536")
CONSTANT(show_overflow_id, "65534")
CONSTANT(show_core_pattern, "core")
CONSTANT(show_zero, "0")
CONSTANT(show_one, "1")
CONSTANT(show_two, "2")
CONSTANT(show_256, "256")
CONSTANT(show_sem, "32000\t1024000000\t500\t32000")
CONSTANT(show_shmall, "18446744073692774399")
CONSTANT(show_shmmni, "4096")
CONSTANT(show_msgmax, "8192")
CONSTANT(show_msgmnb, "16384")
CONSTANT(show_msgmni, "32000")

static const struct pseudo_node random_entries[] = {
	FILE_NODE("boot_id", show_boot_id),
	FILE_NODE("uuid", show_uuid),
	FILE_NODE("entropy_avail", show_256),
	FILE_NODE("poolsize", show_256),
	END,
};

static const struct pseudo_node kernel_entries[] = {
	FILE_NODE("ostype", show_ostype),
	FILE_NODE("osrelease", show_osrelease),
	FILE_NODE("version", show_version),
	FILE_NODE("hostname", show_hostname),
	FILE_NODE("domainname", show_domainname),
	FILE_NODE("pid_max", show_pid_max),
	FILE_NODE("threads-max", show_threads_max),
	FILE_NODE("cap_last_cap", show_cap_last_cap),
	FILE_NODE("ngroups_max", show_ngroups_max),
	FILE_NODE("overflowuid", show_overflow_id),
	FILE_NODE("overflowgid", show_overflow_id),
	FILE_NODE("core_pattern", show_core_pattern),
	FILE_NODE("core_uses_pid", show_zero),
	FILE_NODE("tainted", show_zero),
	FILE_NODE("randomize_va_space", show_randomize),
	FILE_NODE("perf_event_paranoid", show_two),
	FILE_NODE("kptr_restrict", show_one),
	FILE_NODE("dmesg_restrict", show_one),
	FILE_NODE("sem", show_sem),
	FILE_NODE("shmmax", show_shmall),
	FILE_NODE("shmall", show_shmall),
	FILE_NODE("shmmni", show_shmmni),
	FILE_NODE("shm_rmid_forced", show_zero),
	FILE_NODE("msgmax", show_msgmax),
	FILE_NODE("msgmnb", show_msgmnb),
	FILE_NODE("msgmni", show_msgmni),
	DIR_NODE("random", random_entries),
	END,
};

/* --- vm, fs, net --- */

CONSTANT(show_overcommit_ratio, "50")
CONSTANT(show_max_map_count, "65530")
CONSTANT(show_mmap_min_addr, "65536")
CONSTANT(show_swappiness, "60")
CONSTANT(show_file_max, "9223372036854775807")
CONSTANT(show_nr_open, "1048576")
CONSTANT(show_pipe_max, STR(1048576))
CONSTANT(show_aio_max, "65536")
CONSTANT(show_inotify_instances, STR(INOTIFY_INSTANCES_MAX))
CONSTANT(show_inotify_watches, STR(INOTIFY_WATCHES_MAX))
CONSTANT(show_inotify_queue, STR(INOTIFY_EVENTS_MAX))
CONSTANT(show_epoll_watches, "1048576")
CONSTANT(show_file_nr, "0\t0\t9223372036854775807")
CONSTANT(show_somaxconn, "4096")
CONSTANT(show_wmem, "212992")
CONSTANT(show_port_range, "32768\t60999")

static_assert(PIPE_SIZE_MAX == 1048576, "show_pipe_max tells it");

static const struct pseudo_node vm_entries[] = {
	FILE_NODE("overcommit_memory", show_zero),
	FILE_NODE("overcommit_ratio", show_overcommit_ratio),
	FILE_NODE("max_map_count", show_max_map_count),
	FILE_NODE("mmap_min_addr", show_mmap_min_addr),
	FILE_NODE("swappiness", show_swappiness),
	FILE_NODE("nr_hugepages", show_zero),
	END,
};

static const struct pseudo_node inotify_entries[] = {
	FILE_NODE("max_user_instances", show_inotify_instances),
	FILE_NODE("max_user_watches", show_inotify_watches),
	FILE_NODE("max_queued_events", show_inotify_queue),
	END,
};

static const struct pseudo_node epoll_entries[] = {
	FILE_NODE("max_user_watches", show_epoll_watches),
	END,
};

CONSTANT(show_mq_msg_max, STR(MQ_MSG_MAX))
CONSTANT(show_mq_msgsize_max, STR(MQ_MSGSIZE_MAX))
CONSTANT(show_mq_queues_max, STR(MQ_QUEUES_MAX))
CONSTANT(show_mq_msg_default, STR(MQ_MSG_DEFAULT))
CONSTANT(show_mq_msgsize_default, STR(MQ_MSGSIZE_DEFAULT))

static const struct pseudo_node mqueue_entries[] = {
	FILE_NODE("msg_default", show_mq_msg_default),
	FILE_NODE("msg_max", show_mq_msg_max),
	FILE_NODE("msgsize_default", show_mq_msgsize_default),
	FILE_NODE("msgsize_max", show_mq_msgsize_max),
	FILE_NODE("queues_max", show_mq_queues_max),
	END,
};

static const struct pseudo_node fs_entries[] = {
	FILE_NODE("file-max", show_file_max),
	FILE_NODE("file-nr", show_file_nr),
	FILE_NODE("nr_open", show_nr_open),
	FILE_NODE("pipe-max-size", show_pipe_max),
	FILE_NODE("aio-max-nr", show_aio_max),
	FILE_NODE("dir-notify-enable", show_one),
	FILE_NODE("suid_dumpable", show_zero),
	FILE_NODE("protected_symlinks", show_one),
	FILE_NODE("protected_hardlinks", show_one),
	FILE_NODE("protected_fifos", show_one),
	FILE_NODE("protected_regular", show_one),
	DIR_NODE("inotify", inotify_entries),
	DIR_NODE("epoll", epoll_entries),
	DIR_NODE("mqueue", mqueue_entries),
	END,
};

static const struct pseudo_node net_core_entries[] = {
	FILE_NODE("somaxconn", show_somaxconn),
	FILE_NODE("rmem_max", show_wmem),
	FILE_NODE("wmem_max", show_wmem),
	FILE_NODE("rmem_default", show_wmem),
	FILE_NODE("wmem_default", show_wmem),
	END,
};

static const struct pseudo_node net_ipv4_entries[] = {
	FILE_NODE("ip_local_port_range", show_port_range),
	END,
};

static const struct pseudo_node net_entries[] = {
	DIR_NODE("core", net_core_entries),
	DIR_NODE("ipv4", net_ipv4_entries),
	END,
};

const struct pseudo_node proc_sys_entries[] = {
	DIR_NODE("kernel", kernel_entries),
	DIR_NODE("vm", vm_entries),
	DIR_NODE("fs", fs_entries),
	DIR_NODE("net", net_entries),
	END,
};
