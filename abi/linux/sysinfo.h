/* sysinfo(2): memory and load of the machine. */
#ifndef NACRE_ABI_LINUX_SYSINFO_H
#define NACRE_ABI_LINUX_SYSINFO_H

#include "abi/linux/layout.h"

/* Load averages are fixed point with this many fraction bits. */
#define LINUX_SI_LOAD_SHIFT	16

struct linux_sysinfo {
	s64 uptime;
	u64 loads[3];
	u64 totalram; /* these six in units of mem_unit bytes */
	u64 freeram;
	u64 sharedram;
	u64 bufferram;
	u64 totalswap;
	u64 freeswap;
	u16 procs;
	u16 pad0;
	u32 pad1;
	u64 totalhigh;
	u64 freehigh;
	u32 mem_unit;
	u32 pad2;
};

LINUX_SIZE(sysinfo, 112);
LINUX_OFFSET(sysinfo, procs, 80);
LINUX_OFFSET(sysinfo, mem_unit, 104);

/* syslog(2). */
#define LINUX_SYSLOG_ACTION_CLOSE		0
#define LINUX_SYSLOG_ACTION_OPEN		1
#define LINUX_SYSLOG_ACTION_READ		2
#define LINUX_SYSLOG_ACTION_READ_ALL		3
#define LINUX_SYSLOG_ACTION_READ_CLEAR		4
#define LINUX_SYSLOG_ACTION_CLEAR		5
#define LINUX_SYSLOG_ACTION_CONSOLE_OFF		6
#define LINUX_SYSLOG_ACTION_CONSOLE_ON		7
#define LINUX_SYSLOG_ACTION_CONSOLE_LEVEL	8
#define LINUX_SYSLOG_ACTION_SIZE_UNREAD		9
#define LINUX_SYSLOG_ACTION_SIZE_BUFFER		10

/* reboot(2): the arguments a program tries before it is refused. */
#define LINUX_REBOOT_MAGIC1		0xfee1deadU
#define LINUX_REBOOT_MAGIC2		672274793
#define LINUX_REBOOT_CMD_RESTART	0x01234567U
#define LINUX_REBOOT_CMD_HALT		0xcdef0123U
#define LINUX_REBOOT_CMD_CAD_ON		0x89abcdefU
#define LINUX_REBOOT_CMD_CAD_OFF	0x00000000U
#define LINUX_REBOOT_CMD_POWER_OFF	0x4321fedcU

#endif
