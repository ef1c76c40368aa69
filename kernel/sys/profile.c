/*
 * Profiles: calls answered as another platform answers them.
 *
 * OVERVIEW. The rules come in the options block, checked by the program that read them, in
 * the order of call numbers. A profile takes away: it never makes a call succeed that has
 * not been served, save by a constant, as stubs of small kernels do.
 */
#include "kernel/sys/profile.h"

#include "abi/errno.h"
#include "abi/linux/ioctl.h"
#include "abi/names.h"
#include "abi/syscalls.h"
#include "kernel/boot.h"
#include "kernel/mm/uaccess.h"
#include "platform/plat.h"

/* The first rule of call nr, or where it would be. */
static u32 rules_find(const struct boot_rule *rules, u32 count, u32 nr)
{
	u32 low = 0;

	while (count > 0) {
		u32 half = count / 2;

		if (rules[low + half].nr < nr) {
			low += half + 1;
			count -= half + 1;
		} else {
			count = half;
		}
	}
	return low;
}

/* Once for each call in a host process and those forked from it. */
static void say_refused(s64 nr, s64 result, const char *profile)
{
	static bool said[LINUX_SYS_LIMIT];
	const struct syscall_desc *d = syscall_desc_find((u64)nr);

	if ((u64)nr >= LINUX_SYS_LIMIT || said[nr])
		return;
	said[nr] = true;
	plat_log("profile %s: %s(%ld) is refused with %s", profile, d != NULL ? d->name : "?",
		 (long)nr, errno_name((int)-result));
}

bool profile_answers(s64 nr, const u64 *args, s64 *ret_result)
{
	const struct boot_profile *p = boot_profile();
	const struct boot_rule *rules = (const struct boot_rule *)boot_string(p->rules);

	for (u32 i = rules_find(rules, p->rule_count, (u32)nr);
	     i < p->rule_count && rules[i].nr == (u64)nr; i++) {
		if (!boot_rule_holds(&rules[i], args))
			continue;
		if (rules[i].allow)
			return false;
		if (rules[i].result < 0)
			say_refused(nr, rules[i].result, boot_string(p->name));
		*ret_result = rules[i].result;
		return true;
	}
	return false;
}

bool profile_window(int fd, u32 cmd, u64 arg, s64 *ret_result)
{
	const struct boot_profile *p = boot_profile();
	struct linux_winsize size = { 0 };

	if (p == NULL || !(p->flags & BOOT_PROFILE_WINDOW) || cmd != LINUX_TIOCGWINSZ ||
	    (u32)fd > 2)
		return false;
	size.ws_row = (u16)p->rows;
	size.ws_col = (u16)p->columns;
	*ret_result = copy_out_struct(arg, &size);
	return true;
}
