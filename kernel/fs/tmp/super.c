/* The file system in memory: mount options and totals. */
#include "abi/linux/stat.h"
#include "kernel/fs/tmp/tmpfs.h"
#include "kernel/mm/pool.h"
#include "lib/checked.h"
#include "lib/string.h"

struct options {
	u64 size; /* bytes, ~0 none */
	u32 mode, uid, gid;
};

/* A number with the base's digits from *p on; false: there is none or it is too large. */
static bool parse_number(const char **p, u32 base, u64 *ret)
{
	const char *s = *p;
	u64 n = 0;

	for (; *s >= '0' && *s < (char)('0' + base); s++)
		if (!checked_mul(n, base, &n) || !checked_add(n, (u64)(*s - '0'), &n))
			return false;
	if (s == *p)
		return false;
	*p = s;
	*ret = n;
	return true;
}

/* "64m", "50%" (of the sandbox's memory, where that is limited), "0" is no limit. */
static bool parse_size(const char **p, u64 *ret)
{
	u64 n, used, limit;
	u32 shift = 0;

	if (!parse_number(p, 10, &n))
		return false;
	switch (**p | 0x20) {
	case 'k':
		shift = 10;
		break;
	case 'm':
		shift = 20;
		break;
	case 'g':
		shift = 30;
		break;
	}
	if (shift != 0)
		(*p)++;
	if (**p == '%') {
		(*p)++;
		pool_usage(&used, &limit);
		*ret = limit == ~(u64)0 ? limit :
					  limit / 100 * MIN(n, (u64)1000) * PAGE_SIZE;
		return true;
	}
	if (n > ~(u64)0 >> shift)
		return false;
	*ret = n == 0 ? ~(u64)0 : n << shift;
	return true;
}

static bool parse_u32(const char **p, u32 base, u32 *ret)
{
	u64 n;

	if (!parse_number(p, base, &n) || n > ~(u32)0)
		return false;
	*ret = (u32)n;
	return true;
}

static bool skip_word(const char **p, const char *word)
{
	if (!str_has_prefix(*p, word))
		return false;
	*p += strlen(word);
	return true;
}

/* One option at *p, which is moved to its end. */
static bool parse_option(const char **p, struct options *o)
{
	u64 ignored;

	if (skip_word(p, "size="))
		return parse_size(p, &o->size);
	if (skip_word(p, "mode="))
		return parse_u32(p, 8, &o->mode);
	if (skip_word(p, "uid="))
		return parse_u32(p, 10, &o->uid);
	if (skip_word(p, "gid="))
		return parse_u32(p, 10, &o->gid);
	if (skip_word(p, "nr_blocks=")) {
		if (!parse_size(p, &o->size) || o->size > ~(u64)0 / PAGE_SIZE)
			return false;
		o->size *= PAGE_SIZE;
		return true;
	}
	if (skip_word(p, "nr_inodes="))
		return parse_size(p, &ignored);
	return skip_word(p, "rw") || skip_word(p, "inode64");
}

static int parse_options(const char *p, struct options *o)
{
	if (p == NULL)
		return 0;
	while (*p != '\0') {
		if (*p == ',') {
			p++;
			continue;
		}
		if (!parse_option(&p, o) || (*p != '\0' && *p != ','))
			return -EINVAL;
	}
	return 0;
}

static int tmp_mount(const struct fs_type *type, UNUSED const char *source,
		     const char *options, struct super **ret)
{
	struct options o = { .size = ~(u64)0, .mode = 01777 };
	struct tmp_super *s;
	struct inode *root;
	struct super *sb;
	int err = parse_options(options, &o);

	if (err < 0)
		return err;
	s = kzalloc(sizeof(*s));
	if (s == NULL)
		return -ENOMEM;
	s->page_limit =
		o.size == ~(u64)0 ? ~(u64)0 : (o.size + PAGE_SIZE - 1) / PAGE_SIZE;
	err = super_create(type, &sb);
	if (err < 0) {
		kfree(s);
		return err;
	}
	sb->private = s;
	sb->flags = SUPER_STATIC_LINKS;
	err = tmp_inode_create(sb, LINUX_S_IFDIR | (o.mode & 07777), &root);
	if (err == 0) {
		root->uid = o.uid;
		root->gid = o.gid;
		err = super_set_root(sb, root);
	}
	if (err < 0)
		super_put(sb);
	else
		*ret = sb;
	return err;
}

/* Linux: mode and owner of the root stay as they are; there must be room for what is there. */
static int tmp_remount(struct super *sb, const char *options)
{
	struct tmp_super *s = sb->private;
	const u64 same = ~(u64)0 - 1;
	struct options o = { .size = same };
	u64 limit;
	int err = parse_options(options, &o);

	if (err < 0 || o.size == same)
		return err;
	limit = o.size == ~(u64)0 ? ~(u64)0 : (o.size + PAGE_SIZE - 1) / PAGE_SIZE;
	if (limit < atomic_load(&s->pages))
		return -EINVAL;
	atomic_store(&s->page_limit, limit);
	return 0;
}

int tmp_mount_private(struct super **ret)
{
	return tmp_mount(&tmp_fs_type, "none", "mode=0700", ret);
}

static int tmp_statfs(struct super *sb, struct linux_statfs *ret)
{
	const struct tmp_super *s = sb->private;
	u64 used = atomic_load(&s->pages), limit = s->page_limit, pool_used, pool_limit,
	    free;

	pool_usage(&pool_used, &pool_limit);
	pool_limit = MIN(pool_limit, (u64)(ZONE_POOL_SIZE / PAGE_SIZE));
	free = pool_limit > pool_used ? pool_limit - pool_used : 0;
	if (limit != ~(u64)0)
		free = MIN(free, limit > used ? limit - used : 0);
	else
		limit = used + free;
	*ret = (struct linux_statfs){
		.f_type = LINUX_TMPFS_MAGIC,
		.f_bsize = PAGE_SIZE,
		.f_blocks = limit,
		.f_bfree = free,
		.f_bavail = free,
		.f_files = limit,
		.f_ffree = free,
		.f_namelen = VFS_NAME_MAX,
		.f_frsize = PAGE_SIZE,
	};
	return 0;
}

static void tmp_unmount(struct super *sb)
{
	kfree(sb->private);
}

const struct fs_type tmp_fs_type = {
	.name = "tmpfs",
	.has_handles = true,
	.magic = LINUX_TMPFS_MAGIC,
	.mount = tmp_mount,
	.statfs = tmp_statfs,
	.remount = tmp_remount,
	.unmount = tmp_unmount,
};
