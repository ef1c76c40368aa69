/*
 * /sys: the little that programs read to learn about CPUs, nodes and huge pages.
 *
 * LINUX BEHAVIOUR. Names and formats of the sysfs of Linux 6.1; one memory node, every CPU
 * a core of its own. Devices, classes and buses do not exist.
 */
#include "abi/linux/stat.h"
#include "kernel/boot.h"
#include "kernel/fs/proc/proc.h"
#include "lib/fmt.h"
#include "lib/string.h"

#define CPUS_MAX_SHOWN 1024u

#define CONSTANT(fn, string)                                                      \
	static int fn(struct seq *s, UNUSED const struct pseudo_key *key)          \
	{                                                                          \
		seq_string(s, string "\n");                                        \
		return 0;                                                          \
	}
#define FILE_NODE(n, f) { .name = n, .mode = LINUX_S_IFREG | 0444, .show = f }
#define DIR_NODE(n, e) { .name = n, .mode = LINUX_S_IFDIR | 0755, .entries = e }
#define END { .name = NULL }

CONSTANT(show_zero, "0")
CONSTANT(show_one, "1")
CONSTANT(show_thp, "always [madvise] never")
CONSTANT(show_pmd_size, "2097152")
CONSTANT(show_distance, "10")

static int show_cpus(struct seq *s, UNUSED const struct pseudo_key *key)
{
	proc_print_cpus(s);
	return 0;
}

static int show_empty_line(struct seq *s, UNUSED const struct pseudo_key *key)
{
	seq_string(s, "\n");
	return 0;
}

static int show_nothing(UNUSED struct seq *s, UNUSED const struct pseudo_key *key)
{
	return 0;
}

static int show_kernel_max(struct seq *s, UNUSED const struct pseudo_key *key)
{
	seq_print(s, "%u\n", CPUS_MAX_SHOWN - 1);
	return 0;
}

/* --- one CPU: its number is the key's --- */

static int show_own_number(struct seq *s, const struct pseudo_key *key)
{
	seq_print(s, "%ld\n", (long)key->number);
	return 0;
}

/* "00000000,00000004": 32 bits a group, all groups. */
static void print_mask(struct seq *s, u32 first, u32 count, bool (*in)(u32 n))
{
	u32 groups = (count + 31) / 32;

	for (u32 g = groups; g-- > 0;) {
		u32 bits = 0;

		for (u32 b = 0; b < 32; b++)
			if (in(first + g * 32 + b))
				bits |= 1u << b;
		seq_print(s, "%s%0*x", g + 1 == groups ? "" : ",", 8, bits);
	}
	seq_string(s, "\n");
}

static int show_node_mask(struct seq *s, UNUSED const struct pseudo_key *key)
{
	u32 highest = 0;

	for (u32 n = 0; n < CPUS_MAX_SHOWN; n++)
		if (proc_cpu_present(n))
			highest = n;
	print_mask(s, 0, highest + 1, proc_cpu_present);
	return 0;
}

static int show_own_mask(struct seq *s, const struct pseudo_key *key)
{
	u32 n = (u32)key->number;

	seq_print(s, "%08x", 1u << (n % 32));
	for (u32 g = n / 32; g-- > 0;)
		seq_string(s, ",00000000");
	seq_string(s, "\n");
	return 0;
}

static const struct pseudo_node topology_entries[] = {
	FILE_NODE("physical_package_id", show_zero),
	FILE_NODE("die_id", show_zero),
	FILE_NODE("core_id", show_own_number),
	FILE_NODE("thread_siblings", show_own_mask),
	FILE_NODE("thread_siblings_list", show_own_number),
	FILE_NODE("core_cpus", show_own_mask),
	FILE_NODE("core_cpus_list", show_own_number),
	FILE_NODE("core_siblings", show_node_mask),
	FILE_NODE("core_siblings_list", show_cpus),
	FILE_NODE("package_cpus", show_node_mask),
	FILE_NODE("package_cpus_list", show_cpus),
	END,
};

static const struct pseudo_node cpu_entries[] = {
	FILE_NODE("online", show_one),
	DIR_NODE("topology", topology_entries),
	END,
};

static const struct pseudo_node cpu_node = DIR_NODE("cpu", cpu_entries);

static void cpu_entry(u32 n, struct pseudo_entry *ret)
{
	ret->node = &cpu_node;
	ret->key.number = n;
	fmt_print(ret->name, sizeof(ret->name), "cpu%u", n);
}

static int cpu_lookup(UNUSED const struct pseudo_key *key, const char *name,
		      struct pseudo_entry *ret)
{
	s64 n;

	if (!str_has_prefix(name, "cpu"))
		return -ENOENT;
	n = pseudo_parse_number(name + 3, CPUS_MAX_SHOWN - 1);
	if (n < 0 || !proc_cpu_present((u32)n))
		return -ENOENT;
	cpu_entry((u32)n, ret);
	return 0;
}

static bool cpu_next(UNUSED const struct pseudo_key *key, u64 *cursor, struct pseudo_entry *ret)
{
	for (u64 n = *cursor; n < CPUS_MAX_SHOWN; n++) {
		if (!proc_cpu_present((u32)n))
			continue;
		cpu_entry((u32)n, ret);
		*cursor = n + 1;
		return true;
	}
	return false;
}

static const struct pseudo_node system_cpu_entries[] = {
	FILE_NODE("online", show_cpus),
	FILE_NODE("possible", show_cpus),
	FILE_NODE("present", show_cpus),
	FILE_NODE("offline", show_empty_line),
	FILE_NODE("isolated", show_empty_line),
	FILE_NODE("kernel_max", show_kernel_max),
	END,
};

/* --- the memory node --- */

static int show_node_meminfo(struct seq *s, UNUSED const struct pseudo_key *key)
{
	u64 total = MIN(boot_block()->ram_total, boot_block()->memory_limit);
	u64 free = MIN(boot_block()->ram_free, total);

	seq_print(s, "Node 0 MemTotal:       %8lu kB\nNode 0 MemFree:        %8lu kB\n",
		  (unsigned long)(total / 1024), (unsigned long)(free / 1024));
	return 0;
}

static const struct pseudo_node node0_entries[] = {
	FILE_NODE("cpulist", show_cpus),
	FILE_NODE("cpumap", show_node_mask),
	FILE_NODE("distance", show_distance),
	FILE_NODE("meminfo", show_node_meminfo),
	END,
};

static const struct pseudo_node node_entries[] = {
	FILE_NODE("online", show_zero),
	FILE_NODE("possible", show_zero),
	FILE_NODE("has_cpu", show_zero),
	FILE_NODE("has_memory", show_zero),
	FILE_NODE("has_normal_memory", show_zero),
	DIR_NODE("node0", node0_entries),
	END,
};

static const struct pseudo_node system_entries[] = {
	{
		.name = "cpu",
		.mode = LINUX_S_IFDIR | 0755,
		.entries = system_cpu_entries,
		.lookup = cpu_lookup,
		.next = cpu_next,
	},
	DIR_NODE("node", node_entries),
	END,
};

static const struct pseudo_node devices_entries[] = {
	DIR_NODE("system", system_entries),
	END,
};

/* --- kernel, fs --- */

static const struct pseudo_node thp_entries[] = {
	FILE_NODE("enabled", show_thp),
	FILE_NODE("defrag", show_thp),
	FILE_NODE("hpage_pmd_size", show_pmd_size),
	FILE_NODE("use_zero_page", show_one),
	END,
};

static const struct pseudo_node kernel_mm_entries[] = {
	DIR_NODE("transparent_hugepage", thp_entries),
	END,
};

static const struct pseudo_node kernel_entries[] = {
	DIR_NODE("mm", kernel_mm_entries),
	END,
};

static const struct pseudo_node cgroup_entries[] = {
	FILE_NODE("cgroup.controllers", show_nothing),
	END,
};

static const struct pseudo_node fs_entries[] = {
	DIR_NODE("cgroup", cgroup_entries),
	END,
};

static const struct pseudo_node no_entries[] = { END };

static const struct pseudo_node root_entries[] = {
	DIR_NODE("devices", devices_entries),
	DIR_NODE("kernel", kernel_entries),
	DIR_NODE("fs", fs_entries),
	DIR_NODE("class", no_entries),
	DIR_NODE("block", no_entries),
	DIR_NODE("bus", no_entries),
	END,
};

static const struct pseudo_node root_node = DIR_NODE("/", root_entries);

static int sys_mount(const struct fs_type *type, UNUSED const char *source,
		     UNUSED const char *options, struct super **ret)
{
	return pseudo_mount(type, &root_node, ret);
}

const struct fs_type sys_fs_type = {
	.name = "sysfs",
	.magic = LINUX_SYSFS_MAGIC,
	.mount = sys_mount,
	.statfs = pseudo_statfs,
	.unmount = pseudo_unmount,
};
