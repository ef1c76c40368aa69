/* What /proc/self/mounts and mountinfo tell. See proc_pid_mountinfo(5). */
#include "kernel/vfs/internal.h"
#include "kernel/vfs/namei.h"
#include "lib/string.h"

struct mounts_text {
	char *buf;
	size_t size, len;
};

static void put_bytes(struct mounts_text *t, const char *s, size_t len)
{
	if (t->len < t->size)
		memcpy(t->buf + t->len, s, MIN(len, t->size - t->len));
	t->len += len;
}

static void put_str(struct mounts_text *t, const char *s)
{
	put_bytes(t, s, strlen(s));
}

static void put_number(struct mounts_text *t, u64 n)
{
	char digits[20];
	u32 at = sizeof(digits);

	do
		digits[--at] = (char)('0' + n % 10);
	while ((n /= 10) != 0);
	put_bytes(t, digits + at, sizeof(digits) - at);
}

/* Linux: space, tab, newline and backslash as three octal digits. */
static void put_escaped(struct mounts_text *t, const char *s)
{
	for (; *s != '\0'; s++) {
		char octal[4] = { '\\', (char)('0' + ((u8)*s >> 6)),
				  (char)('0' + ((u8)*s >> 3 & 7)),
				  (char)('0' + (*s & 7)) };

		if (*s == ' ' || *s == '\t' || *s == '\n' || *s == '\\')
			put_bytes(t, octal, sizeof(octal));
		else
			put_bytes(t, s, 1);
	}
}

static void put_info_head(struct mounts_text *t, const struct mount *m, u32 parent,
			  const char *top)
{
	put_number(t, m->id);
	put_str(t, " ");
	put_number(t, parent);
	put_str(t, " ");
	put_number(t, DEV_MAJOR(m->sb->dev));
	put_str(t, ":");
	put_number(t, DEV_MINOR(m->sb->dev));
	put_str(t, " ");
	put_escaped(t, top);
	put_str(t, " ");
}

/* Linux: show_mnt_opts(). */
static void put_options(struct mounts_text *t, u32 flags)
{
	static const struct {
		u32 flag;
		const char *text;
	} names[] = {
		{ MOUNT_NO_SUID, ",nosuid" },	      { MOUNT_NO_DEV, ",nodev" },
		{ MOUNT_NO_EXEC, ",noexec" },	      { MOUNT_NO_ATIME, ",noatime" },
		{ MOUNT_NO_DIRATIME, ",nodiratime" },
	};

	for (u32 i = 0; i < ARRAY_SIZE(names); i++)
		if (flags & names[i].flag)
			put_str(t, names[i].text);
	if (!(flags & (MOUNT_NO_ATIME | MOUNT_STRICT_ATIME)))
		put_str(t, ",relatime");
	if (flags & MOUNT_NO_SYMFOLLOW)
		put_str(t, ",nosymfollow");
}

static const char *mode_of(bool read_only)
{
	return read_only ? "ro" : "rw";
}

static void put_mount(struct mounts_text *t, const struct mount *m, u32 parent,
		      bool info, const char *place, const char *top)
{
	u32 flags = atomic_load(&m->flags);
	bool own = flags & MOUNT_READ_ONLY, all = m->sb->flags & SUPER_READ_ONLY;

	if (info) {
		put_info_head(t, m, parent, top);
		put_escaped(t, place);
	} else {
		put_escaped(t, m->source);
		put_str(t, " ");
		put_escaped(t, place);
		put_str(t, " ");
		put_str(t, m->sb->type->name);
	}
	put_str(t, " ");
	put_str(t, mode_of(info ? own : own || all));
	put_options(t, flags);
	if (info) {
		put_str(t, " - ");
		put_str(t, m->sb->type->name);
		put_str(t, " ");
		put_escaped(t, m->source);
		put_str(t, " ");
		/* What is lent read-only looks so as a whole. */
		put_str(t, mode_of(all || flags & MOUNT_LOCKED));
		put_str(t, "\n");
	} else {
		put_str(t, " 0 0\n");
	}
}

s64 vfs_format_mounts(const struct path *root, bool info, char *buf, size_t size)
{
	struct mounts_text t = { .buf = buf, .size = size };
	struct mount *m = root_mount_get();
	AUTO_KFREE char *place = kzalloc(2 * VFS_PATH_MAX);
	char *top = place == NULL ? NULL : place + VFS_PATH_MAX;
	bool reachable;

	if (place == NULL) {
		mount_put(m);
		return -ENOMEM;
	}
	for (; m != NULL; m = mount_next(m)) {
		struct path seen = { .mnt = m, .dentry = m->root };
		struct path below = { .mnt = vfs->root_mount, .dentry = m->root };
		u32 parent;

		if (path_format_from(&seen, root, place, VFS_PATH_MAX, &reachable) <
			    0 ||
		    !reachable || path_format(&below, NULL, top, VFS_PATH_MAX) < 0)
			continue;
		lock_acquire(&vfs->mount_lock);
		parent = m->at.mnt == NULL ? 0 : m->at.mnt->id;
		lock_release(&vfs->mount_lock);
		put_mount(&t, m, parent, info, place,
			  m->root->parent == NULL ? "/" : top);
	}
	return (s64)t.len;
}
