/*
 * Windows into the host's kernel: file systems that show or change what is not a file.
 *
 * OVERVIEW. They are never lent: an empty directory takes their place. The jailed process's
 * helper looks for them and covers them while the libc of this program starts (ahead.c), so all
 * of this is bare code (bare.h).
 *
 * LINUX BEHAVIOUR. Mounts inherited by a namespace of less privilege are locked: they cannot be
 * unmounted, but they can be covered. A file system that is mounted where no ids are mapped yet
 * can be, nothing can be created in it: so its root is what covers, and files are left to others.
 */
#include "broker/windows.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "broker/bare.h"
#include "broker/mount_calls.h"

#define LIST_SPACE 0x10000u

/* The magic is 0 where statfs cannot tell the type from an ordinary one. */
static const struct {
	char name[16];
	u64 magic;
} pseudo[] = {
	{ "proc", 0x9fa0 },
	{ "sysfs", 0x62656572 },
	{ "devtmpfs", 0 },
	{ "devpts", 0x1cd1 },
	{ "cgroup", 0x27e0eb },
	{ "cgroup2", 0x63677270 },
	{ "debugfs", 0x64626720 },
	{ "tracefs", 0x74726163 },
	{ "securityfs", 0x73636673 },
	{ "selinuxfs", 0xf97cff8c },
	{ "smackfs", 0x43415d53 },
	{ "apparmorfs", 0x5a3c69f0 },
	{ "bpf", 0xcafe4a11 },
	{ "mqueue", 0x19800202 },
	{ "hugetlbfs", 0x958458f6 },
	{ "configfs", 0x62656570 },
	{ "pstore", 0x6165676c },
	{ "efivarfs", 0xde5e81e4 },
	{ "binfmt_misc", 0x42494e4d },
	{ "binder", 0x6c6f6f70 },
	{ "fusectl", 0x65735543 },
	{ "nsfs", 0x6e736673 },
	{ "rpc_pipefs", 0x67596969 },
	{ "nfsd", 0x6e667364 },
	{ "autofs", 0x0187 },
	{ "resctrl", 0x7655821 },
	{ "xenfs", 0xabba1974 },
};

/* Is the word that begins there the name? */
static inline bool word_is(const char *word, const char *name)
{
	while (*name != 0 && *word == *name) {
		word++;
		name++;
	}
	return *name == 0 && (*word == 0 || *word == ' ' || *word == '\n');
}

static inline bool pseudo_fs_type(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(pseudo); i++)
		if (word_is(name, pseudo[i].name))
			return true;
	return false;
}

bool pseudo_fs_magic(u64 magic)
{
	for (size_t i = 0; i < ARRAY_SIZE(pseudo); i++)
		if (pseudo[i].magic != 0 && pseudo[i].magic == magic)
			return true;
	return false;
}

BEFORE_LIBC const char *windows_next(const char *name)
{
	do
		__asm__("" : "+r"(name)); /* not strlen() */
	while (*name++ != 0);
	return name;
}

BEFORE_LIBC long windows_read(const char *path, char **ret_text)
{
	long fd = call(SYS_open, (long)path, O_RDONLY | O_CLOEXEC, 0, 0, 0), space = LIST_SPACE;
	long text, len = 0, n;

	if (fd < 0)
		return fd;
	text = call(SYS_mmap, 0, space, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	do {
		n = text < 0 ? text : call(SYS_read, fd, text + len, space - 1 - len, 0, 0);
		len += n > 0 ? n : 0;
		if (n > 0 && len == space - 1) {
			text = call(SYS_mremap, text, space, space * 2, MREMAP_MAYMOVE, 0);
			space *= 2;
		}
	} while (n > 0);
	call(SYS_close, fd, 0, 0, 0, 0);
	*ret_text = (char *)text; /* the rest of it is zero */
	return n;
}

/* Decode the \ooo of /proc/PID/mountinfo, up to the end of the word; the end of the result. */
static inline char *unescape(char *to, const char *s)
{
	while (*s != 0 && *s != ' ' && *s != '\n') {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] != 0 && s[3] != 0) {
			*to++ = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
			s += 4;
		} else {
			*to++ = *s++;
		}
	}
	*to++ = 0;
	return to;
}

/*
 * ID PARENT MAJ:MIN ROOT POINT OPTIONS [TAGS...] - TYPE SOURCE OPTIONS: where the fifth word is,
 * and the type; NULL: there is none. The next line.
 */
static inline const char *line_parse(const char *line, const char **ret_point,
				     const char **ret_type)
{
	const char *p = line;

	*ret_point = *ret_type = NULL;
	for (u32 i = 0; *p != 0 && *p != '\n'; i++) {
		if (i == 4)
			*ret_point = p;
		if (i > 5 && *ret_type == NULL && p[0] == '-' && p[1] == ' ')
			*ret_type = p + 2;
		while (*p != 0 && *p != '\n' && *p != ' ')
			p++;
		p += *p == ' ';
	}
	return p + (*p == '\n');
}

static inline bool lies_in(const char *path, const char *dir)
{
	while (*dir != 0 && *path == *dir) {
		path++;
		dir++;
	}
	return *dir == 0 && (*path == '/' || *path == 0);
}

/* What has been found lies before what is still to be read: it is never longer. */
BEFORE_LIBC void windows_find(char *text)
{
	const char *line = text, *point, *type;
	char *to = text, *end;

	while (*line != 0) {
		const char *next = line_parse(line, &point, &type);
		bool inside = type == NULL || !pseudo_fs_type(type);

		line = next;
		if (inside)
			continue;
		end = unescape(to, point);
		for (const char *name = text; name != to && !inside; name = windows_next(name))
			inside = lies_in(to, name);
		if (!inside)
			to = end;
	}
	*to = 0;
}

static inline long is_directory(const char *path)
{
	struct stat st;
	long r = call(SYS_newfstatat, AT_FDCWD, (long)path, (long)&st, AT_SYMLINK_NOFOLLOW, 0);

	return r < 0 ? r : S_ISDIR(st.st_mode);
}

/* Where the empty file system can lie: a window is best, it goes anyway. */
static inline const char *cover_place(const char *names)
{
	static const char others[] = "/proc\0/mnt\0/srv\0/tmp\0";

	for (const char *name = names; *name != 0; name = windows_next(name))
		if (!same(name, "/") && is_directory(name) > 0)
			return name;
	for (const char *name = others; *name != 0; name = windows_next(name))
		if (is_directory(name) > 0)
			return name;
	return NULL;
}

/* Mount what root stands for on a window. Those that are gone are passed over. */
static inline long cover_one(long root, const char *name, struct cover *cover)
{
	long r = is_directory(name), tree;

	if (r == -ENOENT || r == -EACCES || r == -ENOTDIR || r == -ELOOP)
		return 0;
	cover->files += r == 0;
	if (r <= 0)
		return r;
	tree = call(SYS_open_tree, root, (long)"",
		    OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH, 0, 0);
	if (tree < 0)
		return tree;
	r = call(SYS_move_mount, tree, (long)"", AT_FDCWD, (long)name, MOVE_MOUNT_F_EMPTY_PATH);
	call(SYS_close, tree, 0, 0, 0, 0);
	return r;
}

BEFORE_LIBC long windows_cover(const char *names, struct cover *ret)
{
	struct mount_change change = { .set = EMPTY_ATTRIBUTES, .propagation = MS_PRIVATE };
	const char *where = ret->where = cover_place(names);
	long root = -1, r;

	ret->files = 0;
	r = where == NULL ? -ENOENT :
			    call(SYS_mount, (long)"none", (long)where, (long)"tmpfs", EMPTY_FLAGS,
				 (long)"size=4k,nr_inodes=1,mode=0555");
	if (r == 0)
		r = root = call(SYS_open, (long)where, O_PATH | O_DIRECTORY | O_CLOEXEC, 0, 0, 0);
	if (r >= 0)
		r = call(SYS_mount_setattr, root, (long)"", AT_EMPTY_PATH, (long)&change,
			 sizeof(change));
	for (const char *name = names; r == 0 && *name != 0; name = windows_next(name))
		if (!same(name, where))
			r = cover_one(root, name, ret);
	if (root >= 0)
		call(SYS_close, root, 0, 0, 0, 0);
	ret->error = (s32)-r;
	return r;
}
