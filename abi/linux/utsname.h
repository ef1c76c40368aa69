/* uname(2): what kernel this claims to be. */
#ifndef NACRE_ABI_LINUX_UTSNAME_H
#define NACRE_ABI_LINUX_UTSNAME_H

#include "abi/linux/layout.h"

#define LINUX_UTS_LEN	64

struct linux_utsname {
	char sysname[LINUX_UTS_LEN + 1];
	char nodename[LINUX_UTS_LEN + 1];
	char release[LINUX_UTS_LEN + 1];
	char version[LINUX_UTS_LEN + 1];
	char machine[LINUX_UTS_LEN + 1];
	char domainname[LINUX_UTS_LEN + 1];
};

LINUX_SIZE(utsname, 390);
LINUX_OFFSET(utsname, machine, 260);

#endif
