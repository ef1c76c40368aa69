/* Capabilities and the structures of capget and capset. */
#ifndef NACRE_ABI_LINUX_CAPABILITY_H
#define NACRE_ABI_LINUX_CAPABILITY_H

#include "abi/linux/layout.h"

#define LINUX_CAP_CHOWN			0
#define LINUX_CAP_DAC_OVERRIDE		1
#define LINUX_CAP_DAC_READ_SEARCH	2
#define LINUX_CAP_FOWNER		3
#define LINUX_CAP_FSETID		4
#define LINUX_CAP_KILL			5
#define LINUX_CAP_SETGID		6
#define LINUX_CAP_SETUID		7
#define LINUX_CAP_SETPCAP		8
#define LINUX_CAP_LINUX_IMMUTABLE	9
#define LINUX_CAP_NET_BIND_SERVICE	10
#define LINUX_CAP_NET_BROADCAST		11
#define LINUX_CAP_NET_ADMIN		12
#define LINUX_CAP_NET_RAW		13
#define LINUX_CAP_IPC_LOCK		14
#define LINUX_CAP_IPC_OWNER		15
#define LINUX_CAP_SYS_MODULE		16
#define LINUX_CAP_SYS_RAWIO		17
#define LINUX_CAP_SYS_CHROOT		18
#define LINUX_CAP_SYS_PTRACE		19
#define LINUX_CAP_SYS_PACCT		20
#define LINUX_CAP_SYS_ADMIN		21
#define LINUX_CAP_SYS_BOOT		22
#define LINUX_CAP_SYS_NICE		23
#define LINUX_CAP_SYS_RESOURCE		24
#define LINUX_CAP_SYS_TIME		25
#define LINUX_CAP_SYS_TTY_CONFIG	26
#define LINUX_CAP_MKNOD			27
#define LINUX_CAP_LEASE			28
#define LINUX_CAP_AUDIT_WRITE		29
#define LINUX_CAP_AUDIT_CONTROL		30
#define LINUX_CAP_SETFCAP		31
#define LINUX_CAP_MAC_OVERRIDE		32
#define LINUX_CAP_MAC_ADMIN		33
#define LINUX_CAP_SYSLOG		34
#define LINUX_CAP_WAKE_ALARM		35
#define LINUX_CAP_BLOCK_SUSPEND		36
#define LINUX_CAP_AUDIT_READ		37
#define LINUX_CAP_PERFMON		38
#define LINUX_CAP_BPF			39
#define LINUX_CAP_CHECKPOINT_RESTORE	40
#define LINUX_CAP_LAST_CAP		40
#define LINUX_CAP_FULL_SET		0x1ffffffffffUL

#define LINUX_CAPABILITY_VERSION_1	0x19980330
#define LINUX_CAPABILITY_VERSION_2	0x20071026
#define LINUX_CAPABILITY_VERSION_3	0x20080522

struct linux_cap_user_header {
	u32 version;
	s32 pid;
};

/* Version 1 takes one of these, versions 2 and 3 take two: low word first. */
struct linux_cap_user_data {
	u32 effective;
	u32 permitted;
	u32 inheritable;
};

LINUX_SIZE(cap_user_header, 8);
LINUX_SIZE(cap_user_data, 12);

#define LINUX_SECBIT_NOROOT				0x01
#define LINUX_SECBIT_NOROOT_LOCKED			0x02
#define LINUX_SECBIT_NO_SETUID_FIXUP			0x04
#define LINUX_SECBIT_NO_SETUID_FIXUP_LOCKED		0x08
#define LINUX_SECBIT_KEEP_CAPS				0x10
#define LINUX_SECBIT_KEEP_CAPS_LOCKED			0x20
#define LINUX_SECBIT_NO_CAP_AMBIENT_RAISE		0x40
#define LINUX_SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED	0x80

/* setgroups(2) takes at most this many. */
#define LINUX_NGROUPS_MAX	65536

#endif
