/*
 * Random calls, made to the host's file system and to ours side by side: every result, every
 * byte read, every name listed must be the same.
 *
 * The test moves into a directory of its own with chroot(2), so that absolute links and ".."
 * mean the same on both sides. Our side is a memory file system in even rounds and the
 * writable layer over a copy of the model's first tree in odd ones.
 *
 * vfs_random [SEED [ROUNDS [CALLS]]]
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include "abi/linux/capability.h"
#include "tests/unit/vfs_world.h"

#define SLOTS 6
#define SIZE_MAX_FILE 60000
#define USER 1234u

/* The leak checker needs a /proc, which is not in the test's own root. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

static u64 state;
static bool verbose, is_user, layered;
static u32 sticky; /* S_ISVTX, or 0 when this host would not do as we do */
static struct {
	bool open;
	int host, ours;
} slots[SLOTS];
static char host_buf[SIZE_MAX_FILE * 2], our_buf[SIZE_MAX_FILE * 2];
static int work_host, work_ours;
static u64 calls;

static u32 rnd(u32 below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (u32)((state >> 16) % below);
}

static const char *random_path(void)
{
	static char paths[4][64];
	static u32 turn;
	static const char *const parts[] = { "a", "b",	"c",	      "d", "e",
					     "f", "g",	"a",	      "b", "c",
					     ".", "..", "longer-name" };
	char *p = paths[turn = (turn + 1) % 4];
	u32 depth = 1 + rnd(3);

	p[0] = '\0';
	if (rnd(12) == 0)
		strcpy(p, "/w/");
	for (u32 i = 0; i < depth; i++) {
		/* Few dots, so that most paths go somewhere. */
		strcat(p, parts[rnd(rnd(4) == 0 ? ARRAY_SIZE(parts) : 10)]);
		if (i + 1 < depth || rnd(15) == 0)
			strcat(p, rnd(20) == 0 ? "//" : "/");
	}
	return p;
}

static void dump(const char *path, u32 depth)
{
	static char names[8][64][256];
	static u8 types[64];
	struct k_names n = { .max = 64, .name = names[depth], .type = types };
	int fd = k_openat(work_ours, path, O_RDONLY | O_DIRECTORY, 0);
	struct inode_attr a;
	char below[512];

	if (fd < 0)
		return;
	k_try(k_readdir(fd, &n, 64));
	k_close(fd);
	for (u32 i = 0; i < n.count; i++) {
		snprintf(below, sizeof(below), "%s/%s", path, names[depth][i]);
		if (k_stat(work_ours, below, 0, &a) == 0)
			fprintf(stderr, "ours %07o %u %u %u %llu %s\n", a.mode, a.nlink,
				a.uid, a.gid, (unsigned long long)a.size, below);
		if (depth < 7 && (a.mode & S_IFMT) == S_IFDIR)
			dump(below, depth + 1);
	}
}

static void report(const char *what, long long host, long long ours)
{
	test_fail("call %llu%s: %s: host %lld, ours %lld", (unsigned long long)calls,
		  is_user ? " (user)" : "", what, host, ours);
	if (verbose) {
		dump(".", 0);
		kill(getpid(), SIGSTOP);
	}
	exit(1);
}

static void compare(const char *what, long long host, long long ours)
{
	if (verbose)
		fprintf(stderr, "%llu %s = %lld\n", (unsigned long long)calls, what,
			ours);
	if (host != ours)
		report(what, host, ours);
}

/* Of kernel results: -Exxx on failure. */
#define COMPARE_RESULT(host, ours, ...) \
	do { \
		char text_[256]; \
		snprintf(text_, sizeof(text_), __VA_ARGS__); \
		compare(text_, (host), (ours)); \
	} while (0)

/* Of a libc call, evaluated here. */
#define COMPARE(host, ours, ...) \
	do { \
		long long host_ = (host); \
		if (host_ == -1) \
			host_ = -errno; \
		COMPARE_RESULT(host_, (ours), __VA_ARGS__); \
	} while (0)

/* --- calls --- */

static void do_open(void)
{
	static const int extras[] = { 0,
				      0,
				      O_CREAT,
				      O_CREAT,
				      O_CREAT,
				      O_CREAT | O_EXCL,
				      O_TRUNC,
				      O_CREAT | O_TRUNC,
				      O_APPEND | O_CREAT,
				      O_DIRECTORY,
				      O_NOFOLLOW,
				      O_PATH,
				      O_PATH | O_NOFOLLOW,
				      O_NOATIME,
				      O_TMPFILE };
	u32 s = rnd(SLOTS);
	const char *path = random_path();
	int flags = (int)rnd(3) | extras[rnd(ARRAY_SIZE(extras))] | O_NONBLOCK;
	int mode = (int)rnd(01000), host, ours;

	if (slots[s].open) {
		close(slots[s].host);
		k_close(slots[s].ours);
		slots[s].open = false;
	}
	host = openat(work_host, path, flags, mode);
	if (host < 0)
		host = -errno;
	ours = k_openat(work_ours, path, (u32)flags, (u32)mode);
	/* FIFOs are not part of this test. */
	if (host >= 0 && ours == -ENXIO) {
		close(host);
		return;
	}
	COMPARE_RESULT(host < 0 ? host : 0, ours < 0 ? ours : 0, "open %s %#o %#o",
		       path, flags, mode);
	if (host >= 0)
		slots[s].host = host, slots[s].ours = ours, slots[s].open = true;
}

static void do_io(void)
{
	u32 s = rnd(SLOTS), len = rnd(4) == 0 ? rnd(20000) : rnd(200);
	s64 offset = rnd(2) ? -1 : (s64)rnd(SIZE_MAX_FILE - 20000);
	bool write_it = rnd(2);
	long long host;

	if (!slots[s].open)
		return;
	if (write_it) {
		for (u32 i = 0; i < len; i += 1 + i / 50)
			host_buf[i] = (char)rnd(256);
		memcpy(our_buf, host_buf, len);
	} else {
		memset(host_buf, 0x55, len);
		memset(our_buf, 0x55, len);
	}
	if (lseek(slots[s].host, 0, SEEK_CUR) > SIZE_MAX_FILE)
		return;
	if (write_it)
		host = offset < 0 ? write(slots[s].host, host_buf, len) :
				    pwrite(slots[s].host, host_buf, len, offset);
	else
		host = offset < 0 ? read(slots[s].host, host_buf, len) :
				    pread(slots[s].host, host_buf, len, offset);
	COMPARE(host, k_io(slots[s].ours, our_buf, len, write_it, offset),
		"%s %u bytes at %lld", write_it ? "write" : "read", len,
		(long long)offset);
	if (!write_it && memcmp(host_buf, our_buf, len) != 0)
		report("bytes read", 0, 0);
}

static void do_seek(void)
{
	u32 s = rnd(SLOTS);
	long long offset = (long long)rnd(SIZE_MAX_FILE) - 2000;
	int whence = (int)rnd(3);
	struct stat st;

	if (!slots[s].open || (fstat(slots[s].host, &st) == 0 && !S_ISREG(st.st_mode)))
		return;
	COMPARE(lseek(slots[s].host, offset, whence),
		k_lseek(slots[s].ours, offset, whence), "lseek %lld %d", offset,
		whence);
}

static void do_size(void)
{
	u32 s = rnd(SLOTS), size = rnd(SIZE_MAX_FILE);
	struct file *f;
	struct path p;

	if (rnd(2)) {
		const char *path = random_path();
		int err = path_walk(work_ours, path, WALK_FOLLOW, &p);

		if (err == 0) {
			err = vfs_truncate(&p, size);
			path_put(&p);
		}
		fchdir(work_host);
		COMPARE(truncate(path, size), err, "truncate %s %u", path, size);
		return;
	}
	if (!slots[s].open)
		return;
	f = fd_get(slots[s].ours);
	COMPARE(ftruncate(slots[s].host, size),
		f == NULL ? -EBADF : file_truncate(f, size), "ftruncate %u", size);
	file_put(f);
}

static void do_fallocate(void)
{
	static const int modes[] = { 0, 1, 2 | 1, 8, 16, 16 | 1, 32 };
	u32 s = rnd(SLOTS);
	int mode = modes[rnd(ARRAY_SIZE(modes))];
	u32 offset = rnd(SIZE_MAX_FILE / 2), len = rnd(SIZE_MAX_FILE / 3);
	struct stat st;
	struct file *f;

	if (!slots[s].open ||
	    (fstat(slots[s].host, &st) == 0 && st.st_size > SIZE_MAX_FILE * 2))
		return;
	if (mode & (8 | 32)) {
		offset &= ~4095u;
		len &= ~4095u;
	}
	f = fd_get(slots[s].ours);
	COMPARE(fallocate(slots[s].host, mode, offset, len),
		f == NULL ? -EBADF : file_fallocate(f, mode, offset, len),
		"fallocate %d %u %u (size %lld)", mode, offset, len,
		(long long)st.st_size);
	file_put(f);
}

static void do_names(void)
{
	static const u32 flags[] = { 0, 0, 0, LINUX_RENAME_NOREPLACE,
				     LINUX_RENAME_EXCHANGE };
	const char *a = random_path(), *b = random_path();
	u32 mode = rnd(01000), flag = flags[rnd(ARRAY_SIZE(flags))];

	switch (rnd(9)) {
	case 0:
	case 1:
		COMPARE(mkdirat(work_host, a, mode), vfs_mkdir(work_ours, a, mode),
			"mkdir %s %#o", a, mode);
		break;
	case 2:
		COMPARE(unlinkat(work_host, a, AT_REMOVEDIR), vfs_rmdir(work_ours, a),
			"rmdir %s", a);
		break;
	case 3:
		COMPARE(unlinkat(work_host, a, 0), vfs_unlink(work_ours, a),
			"unlink %s", a);
		break;
	case 4:
	case 5:
	case 6:
		COMPARE(syscall(SYS_renameat2, work_host, a, work_host, b, flag),
			vfs_rename(work_ours, a, work_ours, b, flag), "rename %s %s %u",
			a, b, flag);
		break;
	case 7:
		if (is_user) /* sysctl fs.protected_hardlinks */
			break;
		flag = rnd(2) ? AT_SYMLINK_FOLLOW : 0;
		COMPARE(linkat(work_host, a, work_host, b, (int)flag),
			vfs_link(work_ours, a, work_ours, b, flag), "link %s %s %#x", a,
			b, flag);
		break;
	default:
		COMPARE(symlinkat(a, work_host, b), vfs_symlink(a, work_ours, b),
			"symlink %s %s", a, b);
	}
}

static void do_mknod(void)
{
	const char *a = random_path();
	u32 mode = (rnd(2) ? LINUX_S_IFIFO : LINUX_S_IFREG) | rnd(01000);

	COMPARE(mknodat(work_host, a, mode, 0), vfs_mknod(work_ours, a, mode, 0),
		"mknod %s %#o", a, mode);
}

static void compare_attr(const char *what, const struct stat *st,
			 const struct inode_attr *a)
{
	COMPARE(st->st_mode, a->mode, "mode of %s", what);
	COMPARE(st->st_uid, a->uid, "owner of %s", what);
	COMPARE(st->st_gid, a->gid, "group of %s", what);
	/* What a directory's links count beyond "how many" is the file system's. */
	if (!S_ISDIR(st->st_mode)) {
		COMPARE(st->st_nlink, a->nlink, "links of %s", what);
		COMPARE(st->st_size, a->size, "size of %s", what);
	}
}

static void do_stat(void)
{
	const char *path = random_path();
	bool follow = rnd(2);
	struct inode_attr a;
	struct stat st;
	int err = k_stat(work_ours, path, follow ? WALK_FOLLOW : 0, &a);

	COMPARE(fstatat(work_host, path, &st, follow ? 0 : AT_SYMLINK_NOFOLLOW), err,
		"stat %s %d", path, follow);
	if (err == 0)
		compare_attr(path, &st, &a);
}

static void do_fstat(void)
{
	u32 s = rnd(SLOTS);
	struct inode_attr a;
	struct stat st;
	struct file *f;

	if (!slots[s].open)
		return;
	f = fd_get_any(slots[s].ours);
	COMPARE(fstat(slots[s].host, &st), inode_getattr(f->inode, &a), "fstat");
	file_put(f);
	compare_attr("descriptor", &st, &a);
}

static void do_readlink(void)
{
	const char *path = random_path();
	char text[128] = "";
	char *ours = NULL;
	size_t len = 0;
	struct path p;
	int err = path_walk(work_ours, path, 0, &p);

	if (err == 0) {
		err = vfs_readlink(&p, &ours, &len);
		path_put(&p);
	}
	COMPARE(readlinkat(work_host, path, text, sizeof(text)),
		err < 0 ? err : (int)len, "readlink %s", path);
	if (err == 0 && strcmp(text, ours) != 0)
		report("text of link", 0, 0);
	kfree(ours);
}

static int our_path_call(const char *path, bool follow,
			 int (*fn)(const struct path *, u64, u64), u64 a, u64 b)
{
	struct path p;
	int err = path_walk(work_ours, path, follow ? WALK_FOLLOW : 0, &p);

	if (err == 0) {
		err = fn(&p, a, b);
		path_put(&p);
	}
	return err;
}

static int our_chmod(const struct path *p, u64 mode, UNUSED u64 b)
{
	return vfs_chmod(p, (u32)mode);
}

static int our_chown(const struct path *p, u64 uid, u64 gid)
{
	return vfs_chown(p, (u32)uid, (u32)gid);
}

static int our_access(const struct path *p, u64 may, UNUSED u64 b)
{
	return vfs_access(p, NULL, (u32)may, false);
}

static int our_utimes(const struct path *p, u64 a, u64 b)
{
	struct linux_timespec t[2] = { { .tv_sec = 1000, .tv_nsec = (s64)a },
				       { .tv_sec = 2000, .tv_nsec = (s64)b } };

	return vfs_utimes(p, t);
}

static void do_attr(void)
{
	static const long ns[] = { 5, 999999999, 1000000000, UTIME_NOW, UTIME_OMIT };
	const char *path = random_path();
	u32 mode = rnd(010000) & ~((u32)S_ISVTX & ~sticky);
	u32 uid = rnd(3) ? (rnd(2) ? USER : 0) : ~0u;
	u32 gid = rnd(3) ? (rnd(2) ? USER : 0) : ~0u;
	long n0 = ns[rnd(5)], n1 = ns[rnd(5)];
	struct timespec t[2] = { { 1000, n0 }, { 2000, n1 } };
	bool follow = rnd(2);
	int may = (int)rnd(8);

	switch (rnd(4)) {
	case 0:
		COMPARE(fchmodat(work_host, path, mode, 0),
			our_path_call(path, true, our_chmod, mode, 0), "chmod %s %#o",
			path, mode);
		break;
	case 1:
		COMPARE(fchownat(work_host, path, uid, gid,
				 follow ? 0 : AT_SYMLINK_NOFOLLOW),
			our_path_call(path, follow, our_chown, uid, gid),
			"chown %s %d %d", path, (int)uid, (int)gid);
		break;
	case 2:
		if (n0 == UTIME_OMIT &&
		    n1 == UTIME_OMIT) /* the handler does not even look */
			break;
		COMPARE(utimensat(work_host, path, t, follow ? 0 : AT_SYMLINK_NOFOLLOW),
			our_path_call(path, follow, our_utimes, (u64)n0, (u64)n1),
			"utimes %s %ld %ld", path, n0, n1);
		break;
	default:
		COMPARE(syscall(439 /* faccessat2 */, work_host, path, may, AT_EACCESS),
			our_path_call(path, true, our_access, (u64)may, 0),
			"access %s %d", path, may);
	}
}

static void do_xattr(void)
{
	static const char *const names[] = { "user.a", "user.b", "trusted.t",
					     "security.s", "bad" };
	const char *path = random_path(), *name = names[rnd(ARRAY_SIZE(names))];
	char host_path[96], value[100];
	u32 len = rnd(100), what = rnd(3);
	int flags = (int)rnd(3);
	struct path p;
	long long host, ours;

	snprintf(host_path, sizeof(host_path), "%s", path);
	memset(value, 'v', sizeof(value));
	fchdir(work_host);
	ours = path_walk(work_ours, path, WALK_FOLLOW, &p);
	if (what == 0)
		host = setxattr(host_path, name, value, len, flags);
	else if (what == 1)
		host = getxattr(host_path, name, host_buf, len);
	else
		host = removexattr(host_path, name);
	if (host == -1)
		host = -errno;
	if (ours == 0) {
		if (what == 0)
			ours = vfs_setxattr(&p, name, value, len, flags);
		else if (what == 1)
			ours = vfs_getxattr(&p, name, our_buf, len);
		else
			ours = vfs_removexattr(&p, name);
		path_put(&p);
	}
	COMPARE_RESULT(host, ours, "xattr %u %s %s %u %d", what, path, name, len,
		       flags);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Entries of the root that are the test's own. */
static bool is_scenery(const char *name)
{
	return strcmp(name, "lower") == 0 || strcmp(name, "tmp") == 0;
}

static void do_list(void)
{
	static char host_names[256][256], our_names[256][256];
	static u8 types[256];
	struct k_names n = { .max = 256, .name = our_names, .type = types };
	const char *path = random_path();
	int host = openat(work_host, path, O_RDONLY | O_DIRECTORY), ours, err;
	u32 count = 0;
	struct dirent *e;
	DIR *d;

	host = host < 0 ? -errno : host;
	ours = k_openat(work_ours, path, O_RDONLY | O_DIRECTORY, 0);
	COMPARE_RESULT(host < 0 ? host : 0, ours < 0 ? ours : 0, "opendir %s", path);
	if (host < 0)
		return;
	d = fdopendir(host);
	while ((e = readdir(d)) != NULL && count < 256)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 &&
		    !is_scenery(e->d_name))
			strcpy(host_names[count++], e->d_name);
	closedir(d);
	err = k_readdir(ours, &n, 1 + rnd(5));
	k_close(ours);
	CHECK_EQ(err, 0);
	for (u32 i = 0; i < n.count; i++)
		if (is_scenery(our_names[i]))
			memmove(our_names[i], our_names[i + 1], (--n.count - i) * 256),
				i--;
	qsort(host_names, count, 256, by_name);
	qsort(our_names, n.count, 256, by_name);
	for (u32 i = 0; i < MIN(count, n.count); i++)
		if (strcmp(host_names[i], our_names[i]) != 0) {
			fprintf(stderr, "%s: host %s, ours %s\n", path, host_names[i],
				our_names[i]);
			report("listing", i, i);
		}
	COMPARE(count, n.count, "names in %s", path);
}

static void do_user(void)
{
	struct cred *c = &current()->process->cred;
	const u64 caps = 1u << LINUX_CAP_CHOWN | 1u << LINUX_CAP_DAC_OVERRIDE |
			 1u << LINUX_CAP_DAC_READ_SEARCH | 1u << LINUX_CAP_FOWNER |
			 1u << LINUX_CAP_FSETID | 1u << LINUX_CAP_MKNOD;
	u32 id;

	is_user = !is_user && rnd(2);
	id = is_user ? USER : 0;
	setfsgid(id);
	setfsuid(id);
	c->fsuid = c->fsgid = id;
	c->cap_effective = is_user ? c->cap_effective & ~caps : c->cap_effective | caps;
}

static void (*const operations[])(void) = {
	do_open,  do_open, do_open,	 do_io,	   do_io,	do_io,	  do_io,
	do_seek,  do_size, do_fallocate, do_names, do_names,	do_names, do_names,
	do_mknod, do_stat, do_stat,	 do_fstat, do_readlink, do_attr,  do_attr,
	do_xattr, do_list, do_list,	 do_user,
};

/* The whole of both trees, at the end. */
static void compare_trees(u32 count)
{
	is_user = true;
	do
		do_user();
	while (is_user);
	for (u32 i = 0; i < count; i++) {
		do_list();
		do_stat();
	}
}

static void one_round(u64 seed, u32 number)
{
	struct path p;

	state = seed;
	layered = number % 2;
	fake_log_shown = true;
	if (layered) {
		fake_tree_set(0, "/lower");
		world_mount(0, BOOT_MOUNT_OVERLAY, "/", "");
	} else {
		world_mount(~0u, 0, "/", "mode=755");
	}
	world_start();
	if (!layered)
		REQUIRE(vfs_mkdir(LINUX_AT_FDCWD, "/w", 0755) == 0);
	umask(0);
	work_host = open("/w", O_RDONLY | O_DIRECTORY);
	work_ours = k_open("/w", O_RDONLY | O_DIRECTORY, 0);
	REQUIRE(work_host >= 0 && work_ours >= 0);
	REQUIRE(path_walk(LINUX_AT_FDCWD, "/w", 0, &p) == 0);
	path_put(&p);
}

static int child(u64 seed, u32 number, u32 count)
{
	one_round(seed, number);
	for (calls = 0; calls < count; calls++)
		operations[rnd(ARRAY_SIZE(operations))]();
	compare_trees(500);
	return TEST_RESULT;
}

/*
 * The sticky bit, when the host protects what is in sticky directories as this kernel always
 * does (fs.protected_* of proc(5)), else 0.
 */
static u32 sticky_bit(void)
{
	static const char *const settings[] = { "symlinks", "hardlinks", "fifos", "regular" };
	char path[64];

	for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
		char value = '0';
		int fd;

		snprintf(path, sizeof(path), "/proc/sys/fs/protected_%s", settings[i]);
		fd = open(path, O_RDONLY);
		if (fd < 0 || read(fd, &value, 1) != 1 || value == '0')
			return 0;
		close(fd);
	}
	return S_ISVTX;
}

/* A tree of its own for each round, seen as "/". */
static int run_round(u64 seed, u32 number, u32 count)
{
	char dir[] = "/tmp/vfs_random.XXXXXX", cmd[512];
	int status;
	pid_t pid;

	REQUIRE(mkdtemp(dir) != NULL);
	REQUIRE(chmod(dir, 0755) == 0);
	snprintf(
		cmd, sizeof(cmd),
		"cd %s && mkdir w lower lower/w lower/tmp && "
		"if [ %u = 1 ]; then cd w && mkdir -p a/b c/d/e f && echo 1 >a/a && echo 22 >a/b/c "
		"&& ln a/a f/g && ln -s a/a d && ln -s ../f c/c && "
		"head -c 30000 /dev/urandom >c/d/a && chmod %o f && chown -h 1234 c/d && cd .. "
		"&& cp -a w/. lower/w/; fi",
		dir, number % 2, sticky | 0777);
	REQUIRE(system(cmd) == 0);
	pid = fork();
	if (pid == 0) {
		REQUIRE(chroot(dir) == 0 && chdir("/w") == 0);
		_exit(child(seed, number, count));
	}
	waitpid(pid, &status, 0);
	snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	REQUIRE(system(cmd) == 0);
	return status == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
	u64 seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
	u32 rounds = argc > 2 ? (u32)atoi(argv[2]) : 6;
	u32 count = argc > 3 ? (u32)atoi(argv[3]) : 4000;

	umask(022);
	sticky = sticky_bit();
	verbose = getenv("VERBOSE") != NULL;
	if (geteuid() != 0)
		skip("needs root: chroot");
	for (u32 i = 0; i < rounds; i++) {
		if (run_round(seed * 2654435761u + i + 1, i, count) != 0) {
			fprintf(stderr, "failed: round %u of seed %llu\n", i,
				(unsigned long long)seed);
			return 1;
		}
	}
	return 0;
}
