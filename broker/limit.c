/*
 * The caller's limits: the guest's first ones, and which of them are in a sandbox's own way.
 *
 * The memory of a sandbox is files without a name, mostly holes, and a large part of each
 * process's address space: with a small limit of those there is none. The guest's kernel applies
 * limits itself (setrlimit(2)), so the host's are lifted as far as we may.
 */
#include <stdio.h>
#include <sys/resource.h>

#include "broker/session.h"

static const struct {
	__rlimit_resource_t which;
	u64 least; /* below this nothing starts */
	const char *said;
} lifted[] = {
	{ RLIMIT_FSIZE, BOOT_MEMORY_FILE_MAX, "file sizes (ulimit -f)" },
	{ RLIMIT_AS, BOOT_ADDRESS_SPACE, "the address space (ulimit -v)" },
	{ RLIMIT_DATA, BOOT_PRIVATE_MEMORY, "data (ulimit -d)" },
	{ RLIMIT_NOFILE, BOOT_FILES_MIN, "open files (ulimit -n)" },
};

/* To no limit at all, which takes a right (CAP_SYS_RESOURCE), or to the hard one. */
static u64 lift(__rlimit_resource_t which, struct rlimit limit)
{
	struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY };

	if (limit.rlim_cur == RLIM_INFINITY)
		return RLIM_INFINITY;
	if (which != RLIMIT_NOFILE && setrlimit(which, &none) == 0)
		return RLIM_INFINITY;
	limit.rlim_cur = limit.rlim_max;
	return setrlimit(which, &limit) == 0 ? limit.rlim_max : 0;
}

bool limits_take(struct session *s)
{
	for (int i = 0; i < BOOT_LIMITS; i++)
		if (getrlimit((__rlimit_resource_t)i, &s->limits[i]) < 0)
			s->limits[i] = (struct rlimit){ RLIM_INFINITY, RLIM_INFINITY };
	for (size_t i = 0; i < ARRAY_SIZE(lifted); i++) {
		u64 limit = lift(lifted[i].which, s->limits[lifted[i].which]);

		if (limit >= lifted[i].least)
			continue;
		say("the limit of %s is %llu, nacre needs %llu: raise it, here or in the shell "
		    "that set it",
		    lifted[i].said, (unsigned long long)limit,
		    (unsigned long long)lifted[i].least);
		return false;
	}
	return true;
}

void limits_give(const struct session *s)
{
	for (size_t i = 0; i < ARRAY_SIZE(lifted); i++) {
		struct rlimit now;

		if (s->limits[lifted[i].which].rlim_cur != RLIM_INFINITY &&
		    getrlimit(lifted[i].which, &now) == 0)
			prlimit(s->pid, lifted[i].which, &now, NULL);
	}
}
