/* System V IPC: keys, semaphores, message queues, shared memory. */
#ifndef NACRE_ABI_LINUX_IPC_H
#define NACRE_ABI_LINUX_IPC_H

#include "abi/linux/layout.h"

#define LINUX_IPC_PRIVATE	0
#define LINUX_IPC_CREAT		01000
#define LINUX_IPC_EXCL		02000
#define LINUX_IPC_NOWAIT	04000

#define LINUX_IPC_RMID	0
#define LINUX_IPC_SET	1
#define LINUX_IPC_STAT	2
#define LINUX_IPC_INFO	3
/* Part of a command on other architectures only; EINVAL here. */
#define LINUX_IPC_64	0x100

struct linux_ipc64_perm {
	s32 key;
	u32 uid;
	u32 gid;
	u32 cuid;
	u32 cgid;
	u32 mode;
	u16 seq;
	u16 pad0;
	u32 pad1;
	u64 unused[2];
};

LINUX_SIZE(ipc64_perm, 48);
LINUX_OFFSET(ipc64_perm, mode, 20);
LINUX_OFFSET(ipc64_perm, seq, 24);

#define LINUX_SEM_UNDO		0x1000
#define LINUX_SEM_GETPID	11
#define LINUX_SEM_GETVAL	12
#define LINUX_SEM_GETALL	13
#define LINUX_SEM_GETNCNT	14
#define LINUX_SEM_GETZCNT	15
#define LINUX_SEM_SETVAL	16
#define LINUX_SEM_SETALL	17
#define LINUX_SEM_STAT		18
#define LINUX_SEM_INFO		19
#define LINUX_SEM_STAT_ANY	20
#define LINUX_SEMVMX		32767

struct linux_sembuf {
	u16 sem_num;
	s16 sem_op;
	s16 sem_flg;
};

LINUX_SIZE(sembuf, 6);

struct linux_semid64_ds {
	struct linux_ipc64_perm sem_perm;
	s64 sem_otime;
	u64 unused1;
	s64 sem_ctime;
	u64 unused2;
	u64 sem_nsems;
	u64 unused3[2];
};

LINUX_SIZE(semid64_ds, 104);
LINUX_OFFSET(semid64_ds, sem_nsems, 80);

struct linux_seminfo {
	s32 semmap;
	s32 semmni;
	s32 semmns;
	s32 semmnu;
	s32 semmsl;
	s32 semopm;
	s32 semume;
	s32 semusz;
	s32 semvmx;
	s32 semaem;
};

LINUX_SIZE(seminfo, 40);

#define LINUX_MSG_NOERROR	010000
#define LINUX_MSG_EXCEPT	020000
#define LINUX_MSG_COPY		040000
#define LINUX_MSG_STAT		11
#define LINUX_MSG_INFO		12
#define LINUX_MSG_STAT_ANY	13

struct linux_msqid64_ds {
	struct linux_ipc64_perm msg_perm;
	s64 msg_stime;
	s64 msg_rtime;
	s64 msg_ctime;
	u64 msg_cbytes;
	u64 msg_qnum;
	u64 msg_qbytes;
	s32 msg_lspid;
	s32 msg_lrpid;
	u64 unused[2];
};

LINUX_SIZE(msqid64_ds, 120);
LINUX_OFFSET(msqid64_ds, msg_qnum, 80);

/* The text follows. */
struct linux_msgbuf {
	s64 mtype;
};

struct linux_msginfo {
	s32 msgpool;
	s32 msgmap;
	s32 msgmax;
	s32 msgmnb;
	s32 msgmni;
	s32 msgssz;
	s32 msgtql;
	u16 msgseg;
	u16 pad0;
};

LINUX_SIZE(msginfo, 32);

#define LINUX_SHM_R		0400
#define LINUX_SHM_W		0200
#define LINUX_SHM_HUGETLB	04000
#define LINUX_SHM_NORESERVE	010000
#define LINUX_SHM_RDONLY	010000
#define LINUX_SHM_RND		020000
#define LINUX_SHM_REMAP		040000
#define LINUX_SHM_EXEC		0100000
#define LINUX_SHM_DEST		01000
#define LINUX_SHM_LOCKED	02000
#define LINUX_SHM_LOCK		11
#define LINUX_SHM_UNLOCK	12
#define LINUX_SHM_STAT		13
#define LINUX_SHM_INFO		14
#define LINUX_SHM_STAT_ANY	15
#define LINUX_SHMLBA		4096

struct linux_shmid64_ds {
	struct linux_ipc64_perm shm_perm;
	u64 shm_segsz;
	s64 shm_atime;
	s64 shm_dtime;
	s64 shm_ctime;
	s32 shm_cpid;
	s32 shm_lpid;
	u64 shm_nattch;
	u64 unused[2];
};

LINUX_SIZE(shmid64_ds, 112);
LINUX_OFFSET(shmid64_ds, shm_nattch, 88);

struct linux_shminfo64 {
	u64 shmmax;
	u64 shmmin;
	u64 shmmni;
	u64 shmseg;
	u64 shmall;
	u64 unused[4];
};

LINUX_SIZE(shminfo64, 72);

struct linux_shm_info {
	s32 used_ids;
	u32 pad0;
	u64 shm_tot;
	u64 shm_rss;
	u64 shm_swp;
	u64 swap_attempts;
	u64 swap_successes;
};

LINUX_SIZE(shm_info, 48);

#endif
