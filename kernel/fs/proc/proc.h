/* The parts of /proc, for each other. */
#ifndef NACRE_KERNEL_FS_PROC_PROC_H
#define NACRE_KERNEL_FS_PROC_PROC_H

#include "kernel/fs/proc/pseudo.h"
#include "kernel/task/task.h"

struct mm;

/* process.c: a process's directory, and that of one of its threads. */
extern const struct pseudo_node proc_process_node, proc_thread_node;

/*
 * The process whose directory /proc/PID is open as f, referenced: 0, -EBADF: it is something
 * else, -ESRCH: the process is gone.
 */
MUST_USE int proc_file_process(const struct file *f, struct process **ret);

/* The process or thread a key is about, referenced; NULL: it is gone. */
MUST_USE struct process *proc_process(const struct pseudo_key *key);
MUST_USE struct thread *proc_thread(const struct pseudo_key *key);
/* Its memory, referenced; NULL: none (a zombie). */
MUST_USE struct mm *proc_mm(struct process *p);
/* Linux: ptrace_may_access() for reading. 0, -EACCES. */
MUST_USE int proc_may_inspect(const struct process *p);
/*
 * The descriptors of the key's process, its root or its working directory, referenced.
 * -ESRCH: it is gone, -EACCES: the caller may not look into it.
 */
struct fdtable;
MUST_USE int proc_files(const struct pseudo_key *key, struct fdtable **ret);
MUST_USE int proc_place(const struct pseudo_key *key, bool root, struct path *ret);
/* For pseudo_node.owner. */
int proc_owner(const struct pseudo_key *key, u32 *ret_uid, u32 *ret_gid);
/* The key of p, or of its thread tid. */
struct pseudo_key proc_key(const struct process *p, s32 tid);

/* The memory of the key's process, referenced; NULL: it has none. */
MUST_USE int proc_memory(const struct pseudo_key *key, struct mm **ret);

/* memory.c */
MUST_USE int proc_show_maps(struct seq *s, const struct pseudo_key *key);
MUST_USE int proc_show_smaps(struct seq *s, const struct pseudo_key *key);
MUST_USE int proc_show_smaps_rollup(struct seq *s, const struct pseudo_key *key);
MUST_USE int proc_open_mem(const struct pseudo_key *key, struct file *f);

/* status.c */
MUST_USE int proc_show_io(struct seq *s, const struct pseudo_key *key);
MUST_USE int proc_show_status(struct seq *s, const struct pseudo_key *key);
MUST_USE int proc_show_stat(struct seq *s, const struct pseudo_key *key);
MUST_USE int proc_show_statm(struct seq *s, const struct pseudo_key *key);

/* fds.c */
extern const struct pseudo_node proc_fd_link, proc_fdinfo_file;
MUST_USE int proc_fd_lookup(const struct pseudo_key *key, const char *name,
			    struct pseudo_entry *ret);
MUST_USE bool proc_fd_next(const struct pseudo_key *key, u64 *cursor,
			   struct pseudo_entry *ret);
void proc_fd_attributes(const struct pseudo_key *key, struct inode_attr *ret);
MUST_USE int proc_fdinfo_lookup(const struct pseudo_key *key, const char *name,
				struct pseudo_entry *ret);
MUST_USE bool proc_fdinfo_next(const struct pseudo_key *key, u64 *cursor,
			       struct pseudo_entry *ret);

/* cpuinfo.c */
MUST_USE int proc_show_cpuinfo(struct seq *s, const struct pseudo_key *key);
/* CPUs the sandbox may use: how many, and is number n one of them? */
u32 proc_cpu_count(void);
bool proc_cpu_present(u32 n);
/* "0-3,5", with a newline. */
void proc_print_cpus(struct seq *s);

/* system.c, sysctl.c */
MUST_USE int proc_show_meminfo(struct seq *s, const struct pseudo_key *key);
MUST_USE int proc_show_system_stat(struct seq *s, const struct pseudo_key *key);
MUST_USE int proc_show_uptime(struct seq *s, const struct pseudo_key *key);
MUST_USE int proc_show_loadavg(struct seq *s, const struct pseudo_key *key);
MUST_USE int proc_show_vmstat(struct seq *s, const struct pseudo_key *key);
extern const struct pseudo_node proc_sys_entries[];

/* kernel/net/list.c */
extern const struct pseudo_node proc_net_entries[];

/* kernel/ipc/list.c */
extern const struct pseudo_node proc_sysvipc_entries[];

#endif
