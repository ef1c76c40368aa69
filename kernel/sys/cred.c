/*
 * User and group ids, groups, capabilities.
 *
 * Credentials belong to the process (C libraries keep all threads equal on Linux); they
 * decide about guest objects only and mean nothing to the host.
 *
 * LINUX BEHAVIOUR (credentials(7), capabilities(7), kernel/sys.c, security/commoncap.c):
 * leaving user 0 drops capabilities unless SECBIT_KEEP_CAPS, becoming effective 0 raises
 * the permitted ones; changes of identity make the process undumpable.
 *
 * NOT DONE. At most 32 supplementary groups.
 */
#include "kernel/sys/cred.h"

#include "kernel/mm/uaccess.h"
#include "kernel/sys/syscall.h"
#include "lib/string.h"

#define ID_NONE (~0u)
#define SECURE(c, bit) ((c)->securebits & LINUX_SECBIT_##bit)

/* Capabilities that go with the file system user id. */
#define CAPS_FS                                                                   \
	(1ull << LINUX_CAP_CHOWN | 1ull << LINUX_CAP_MKNOD |                       \
	 1ull << LINUX_CAP_DAC_OVERRIDE | 1ull << LINUX_CAP_DAC_READ_SEARCH |      \
	 1ull << LINUX_CAP_FOWNER | 1ull << LINUX_CAP_FSETID |                     \
	 1ull << LINUX_CAP_LINUX_IMMUTABLE | 1ull << LINUX_CAP_MAC_OVERRIDE)

/*
 * Handlers take a copy, change it and commit it. Only the process's own threads change its
 * credentials; others that read see old or new values field by field.
 */
static struct cred *cred_own(void)
{
	return &current()->process->cred;
}

static void commit(const struct cred *new)
{
	struct process *p = current()->process;

	lock_acquire(&p->lock);
	if (new->euid != p->cred.euid || new->egid != p->cred.egid ||
	    new->fsuid != p->cred.fsuid || new->fsgid != p->cred.fsgid ||
	    (new->cap_permitted & ~p->cred.cap_permitted)) {
		p->dumpable = 0;
		p->attr.pdeath_signal = 0;
	}
	p->cred = *new;
	lock_release(&p->lock);
}

/*
 * Linux: cap_bprm_creds_from_file for a file without capabilities or set-id bits. User 0
 * gets all that is bounded; others keep the ambient set.
 */
void sys_process_exec(struct process *p)
{
	struct cred *c = &p->cred;
	bool root = !SECURE(c, NOROOT) && (c->uid == 0 || c->euid == 0);

	lock_acquire(&p->lock);
	c->cap_permitted = root ? c->cap_bounding | c->cap_inheritable : c->cap_ambient;
	c->cap_effective = root && c->euid == 0 ? c->cap_permitted : c->cap_ambient;
	c->suid = c->fsuid = c->euid;
	c->sgid = c->fsgid = c->egid;
	c->securebits &= ~(u32)LINUX_SECBIT_KEEP_CAPS;
	p->attr.membarrier = 0;
	p->attr.tsc_mode = 0;
	lock_release(&p->lock);
}

/* --- reading --- */

SYSCALL_DEFINE(getuid)
{
	return cred_own()->uid;
}

SYSCALL_DEFINE(geteuid)
{
	return cred_own()->euid;
}

SYSCALL_DEFINE(getgid)
{
	return cred_own()->gid;
}

SYSCALL_DEFINE(getegid)
{
	return cred_own()->egid;
}

static int copy_out_three(const u32 ids[3], uaddr_t a, uaddr_t b, uaddr_t c)
{
	if (copy_out_struct(a, &ids[0]) < 0 || copy_out_struct(b, &ids[1]) < 0 ||
	    copy_out_struct(c, &ids[2]) < 0)
		return -EFAULT;
	return 0;
}

SYSCALL_DEFINE(getresuid, uaddr_t, ruid, uaddr_t, euid, uaddr_t, suid)
{
	const struct cred *c = cred_own();

	return copy_out_three((u32[]){ c->uid, c->euid, c->suid }, ruid, euid, suid);
}

SYSCALL_DEFINE(getresgid, uaddr_t, rgid, uaddr_t, egid, uaddr_t, sgid)
{
	const struct cred *c = cred_own();

	return copy_out_three((u32[]){ c->gid, c->egid, c->sgid }, rgid, egid, sgid);
}

/* --- user ids --- */

/* Linux: cap_emulate_setxuid. */
static void fix_caps(const struct cred *old, struct cred *new)
{
	bool was_root = old->uid == 0 || old->euid == 0 || old->suid == 0;
	bool is_root = new->uid == 0 || new->euid == 0 || new->suid == 0;

	if (SECURE(new, NO_SETUID_FIXUP))
		return;
	if (was_root && !is_root) {
		if (!SECURE(new, KEEP_CAPS))
			new->cap_permitted = new->cap_effective = 0;
		new->cap_ambient = 0;
	}
	if (old->euid == 0 && new->euid != 0)
		new->cap_effective = 0;
	if (old->euid != 0 && new->euid == 0)
		new->cap_effective = new->cap_permitted;
}

static int uids_commit(struct cred *new)
{
	new->fsuid = new->euid;
	fix_caps(cred_own(), new);
	commit(new);
	return 0;
}

SYSCALL_DEFINE(setuid, u32, uid)
{
	struct cred new = *cred_own();

	if (uid == ID_NONE)
		return -EINVAL;
	if (capable(LINUX_CAP_SETUID))
		new.uid = new.suid = uid;
	else if (uid != new.uid && uid != new.suid)
		return -EPERM;
	new.euid = uid;
	return uids_commit(&new);
}

SYSCALL_DEFINE(setreuid, u32, ruid, u32, euid)
{
	const struct cred *old = cred_own();
	struct cred new = *old;
	bool any = capable(LINUX_CAP_SETUID);

	if (ruid != ID_NONE) {
		if (!any && ruid != old->uid && ruid != old->euid)
			return -EPERM;
		new.uid = ruid;
	}
	if (euid != ID_NONE) {
		if (!any && euid != old->uid && euid != old->euid && euid != old->suid)
			return -EPERM;
		new.euid = euid;
	}
	if (ruid != ID_NONE || (euid != ID_NONE && euid != old->uid))
		new.suid = new.euid;
	return uids_commit(&new);
}

static bool uid_is_own(const struct cred *c, u32 uid)
{
	return uid == ID_NONE || uid == c->uid || uid == c->euid || uid == c->suid;
}

SYSCALL_DEFINE(setresuid, u32, ruid, u32, euid, u32, suid)
{
	const struct cred *old = cred_own();
	struct cred new = *old;

	if (!capable(LINUX_CAP_SETUID) &&
	    (!uid_is_own(old, ruid) || !uid_is_own(old, euid) || !uid_is_own(old, suid)))
		return -EPERM;
	if (ruid != ID_NONE)
		new.uid = ruid;
	if (euid != ID_NONE)
		new.euid = euid;
	if (suid != ID_NONE)
		new.suid = suid;
	return uids_commit(&new);
}

SYSCALL_DEFINE(setfsuid, u32, uid)
{
	const struct cred *old = cred_own();
	struct cred new = *old;
	u32 before = old->fsuid;

	/* Linux: no error is reported; the old id is the answer in every case. */
	if (uid == ID_NONE || uid == before ||
	    (!uid_is_own(old, uid) && !capable(LINUX_CAP_SETUID)))
		return before;
	new.fsuid = uid;
	if (!SECURE(&new, NO_SETUID_FIXUP)) {
		if (before == 0 && uid != 0)
			new.cap_effective &= ~CAPS_FS;
		if (before != 0 && uid == 0)
			new.cap_effective |= new.cap_permitted & CAPS_FS;
	}
	commit(&new);
	return before;
}

/* --- group ids --- */

static int gids_commit(struct cred *new)
{
	new->fsgid = new->egid;
	commit(new);
	return 0;
}

SYSCALL_DEFINE(setgid, u32, gid)
{
	struct cred new = *cred_own();

	if (gid == ID_NONE)
		return -EINVAL;
	if (capable(LINUX_CAP_SETGID))
		new.gid = new.sgid = gid;
	else if (gid != new.gid && gid != new.sgid)
		return -EPERM;
	new.egid = gid;
	return gids_commit(&new);
}

SYSCALL_DEFINE(setregid, u32, rgid, u32, egid)
{
	const struct cred *old = cred_own();
	struct cred new = *old;
	bool any = capable(LINUX_CAP_SETGID);

	if (rgid != ID_NONE) {
		if (!any && rgid != old->gid && rgid != old->egid)
			return -EPERM;
		new.gid = rgid;
	}
	if (egid != ID_NONE) {
		if (!any && egid != old->gid && egid != old->egid && egid != old->sgid)
			return -EPERM;
		new.egid = egid;
	}
	if (rgid != ID_NONE || (egid != ID_NONE && egid != old->gid))
		new.sgid = new.egid;
	return gids_commit(&new);
}

static bool gid_is_own(const struct cred *c, u32 gid)
{
	return gid == ID_NONE || gid == c->gid || gid == c->egid || gid == c->sgid;
}

SYSCALL_DEFINE(setresgid, u32, rgid, u32, egid, u32, sgid)
{
	const struct cred *old = cred_own();
	struct cred new = *old;

	if (!capable(LINUX_CAP_SETGID) &&
	    (!gid_is_own(old, rgid) || !gid_is_own(old, egid) || !gid_is_own(old, sgid)))
		return -EPERM;
	if (rgid != ID_NONE)
		new.gid = rgid;
	if (egid != ID_NONE)
		new.egid = egid;
	if (sgid != ID_NONE)
		new.sgid = sgid;
	return gids_commit(&new);
}

SYSCALL_DEFINE(setfsgid, u32, gid)
{
	const struct cred *old = cred_own();
	struct cred new = *old;
	u32 before = old->fsgid;

	if (gid == ID_NONE || gid == before ||
	    (!gid_is_own(old, gid) && !capable(LINUX_CAP_SETGID)))
		return before;
	new.fsgid = gid;
	commit(&new);
	return before;
}

SYSCALL_DEFINE(getgroups, int, size, uaddr_t, list)
{
	struct cred c = *cred_own();

	if (size < 0)
		return -EINVAL;
	if (size != 0) {
		if (c.group_count > (u32)size)
			return -EINVAL;
		if (copy_out(list, c.groups, c.group_count * sizeof(u32)) < 0)
			return -EFAULT;
	}
	return c.group_count;
}

static void sort(u32 *a, u32 count)
{
	for (u32 i = 1; i < count; i++) {
		u32 v = a[i], k = i;

		for (; k > 0 && a[k - 1] > v; k--)
			a[k] = a[k - 1];
		a[k] = v;
	}
}

SYSCALL_DEFINE(setgroups, u32, size, uaddr_t, list)
{
	struct cred new = *cred_own();

	if (!capable(LINUX_CAP_SETGID))
		return -EPERM;
	if (size > LINUX_NGROUPS_MAX)
		return -EINVAL;
	if (copy_in(new.groups, list, MIN((size_t)size, ARRAY_SIZE(new.groups)) * sizeof(u32)) < 0)
		return -EFAULT;
	if (size > ARRAY_SIZE(new.groups))
		return -ENOMEM;
	for (u32 i = 0; i < size; i++)
		if (new.groups[i] == ID_NONE)
			return -EINVAL;
	sort(new.groups, size);
	new.group_count = size;
	commit(&new);
	return 0;
}

/* --- capabilities --- */

/* How many struct linux_cap_user_data the header's version takes. -EINVAL: unknown one. */
static int cap_words(const struct linux_cap_user_header *h)
{
	switch (h->version) {
	case LINUX_CAPABILITY_VERSION_1:
		return 1;
	case LINUX_CAPABILITY_VERSION_2:
	case LINUX_CAPABILITY_VERSION_3:
		return 2;
	default:
		return -EINVAL;
	}
}

static int cap_header(uaddr_t uheader, struct linux_cap_user_header *ret)
{
	const u32 best = LINUX_CAPABILITY_VERSION_3;
	int words;

	if (copy_in_struct(ret, uheader) < 0)
		return -EFAULT;
	words = cap_words(ret);
	if (words < 0 && copy_out(uheader, &best, sizeof(best)) < 0)
		return -EFAULT;
	return words;
}

SYSCALL_DEFINE(capget, uaddr_t, uheader, uaddr_t, udata)
{
	struct linux_cap_user_header h;
	struct linux_cap_user_data data[2];
	struct thread *t;
	int words = cap_header(uheader, &h);

	/* Linux: asking for the version alone is no error. */
	if (udata == 0 && (words > 0 || words == -EINVAL))
		return 0;
	if (words < 0)
		return words;
	if (h.pid < 0)
		return -EINVAL;
	t = h.pid == 0 ? thread_get(current()) : thread_find(h.pid);
	if (t == NULL)
		return -ESRCH;
	for (u32 i = 0; i < 2; i++) {
		data[i].effective = (u32)(t->process->cred.cap_effective >> (32 * i));
		data[i].permitted = (u32)(t->process->cred.cap_permitted >> (32 * i));
		data[i].inheritable = (u32)(t->process->cred.cap_inheritable >> (32 * i));
	}
	thread_put(t);
	return copy_out(udata, data, (size_t)words * sizeof(data[0]));
}

SYSCALL_DEFINE(capset, uaddr_t, uheader, uaddr_t, udata)
{
	const struct cred *old = cred_own();
	struct cred new = *old;
	struct linux_cap_user_header h;
	struct linux_cap_user_data data[2] = { { .effective = 0 } };
	int words = cap_header(uheader, &h);

	if (words < 0)
		return words;
	if (h.pid != 0 && h.pid != current()->tid)
		return -EPERM;
	if (copy_in(data, udata, (size_t)words * sizeof(data[0])) < 0)
		return -EFAULT;
	new.cap_effective = (data[0].effective | (u64)data[1].effective << 32) &
			    LINUX_CAP_FULL_SET;
	new.cap_permitted = (data[0].permitted | (u64)data[1].permitted << 32) &
			    LINUX_CAP_FULL_SET;
	new.cap_inheritable = (data[0].inheritable | (u64)data[1].inheritable << 32) &
			      LINUX_CAP_FULL_SET;
	if (!capable(LINUX_CAP_SETPCAP) &&
	    (new.cap_inheritable & ~(old->cap_inheritable | old->cap_permitted)))
		return -EPERM;
	if (new.cap_inheritable & ~(old->cap_inheritable | old->cap_bounding))
		return -EPERM;
	if ((new.cap_permitted & ~old->cap_permitted) ||
	    (new.cap_effective & ~new.cap_permitted))
		return -EPERM;
	new.cap_ambient &= new.cap_permitted & new.cap_inheritable;
	commit(&new);
	return 0;
}
