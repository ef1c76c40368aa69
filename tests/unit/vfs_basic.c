/* The VFS, memory files and the writable layer: the behaviour a guest counts on, call by call. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/stat.h>

#include "tests/unit/vfs_world.h"

static char lower[] = "/tmp/vfs_basic.XXXXXX";

static void host_file(const char *name, const char *text)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", lower, name);
	fd = open(path, O_CREAT | O_WRONLY, 0644);
	REQUIRE(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static void host_dir(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", lower, name);
	REQUIRE(mkdir(path, 0755) == 0);
}

static const char *content(const char *name)
{
	static char buf[256];
	int fd = k_open(name, LINUX_O_RDONLY, 0);
	s64 n = fd < 0 ? fd : k_read(fd, buf, sizeof(buf) - 1);

	if (fd >= 0)
		k_close(fd);
	if (n < 0)
		snprintf(buf, sizeof(buf), "error %d", (int)-n);
	else
		buf[n] = '\0';
	return buf;
}

#define CHECK_TEXT(have, want) \
	do { \
		const char *have_ = have; \
		if (strcmp(have_, want) != 0) \
			test_fail("%s is \"%s\", not \"%s\"", #have, have_, want); \
	} while (0)

static void put(const char *name, const char *text)
{
	int fd = k_open(name, LINUX_O_WRONLY | LINUX_O_CREAT | LINUX_O_TRUNC, 0644);

	REQUIRE(fd >= 0);
	CHECK_EQ(k_write(fd, text, strlen(text)), strlen(text));
	k_close(fd);
}

/* Asked without a reference a file has the same attributes. */
static void check_asked(const char *name)
{
	struct inode_attr a, b;

	CHECK_EQ(k_stat(LINUX_AT_FDCWD, name, 0, &a), 0);
	CHECK_EQ(k_ask(LINUX_AT_FDCWD, name, 0, &b), 0);
	CHECK_EQ(a.dev, b.dev);
	CHECK_EQ(a.ino, b.ino);
	CHECK_EQ(a.mode, b.mode);
	CHECK_EQ(a.nlink, b.nlink);
	CHECK_EQ(a.size, b.size);
	CHECK_EQ(a.blocks, b.blocks);
	CHECK_EQ(a.blksize, b.blksize);
	CHECK_EQ(a.mtime.tv_sec, b.mtime.tv_sec);
	CHECK_EQ(a.mtime.tv_nsec, b.mtime.tv_nsec);
	CHECK_EQ(a.ctime.tv_nsec, b.ctime.tv_nsec);
	CHECK_EQ(k_ask(LINUX_AT_FDCWD, "/no such file", 0, &b), -ENOENT);
}

static void copy_up_keeps_identity_and_open_files(void)
{
	struct inode_attr before, after, link;
	char buf[16] = "";
	int fd = k_open("/a", LINUX_O_RDONLY, 0), w;

	CHECK_EQ(k_stat(LINUX_AT_FDCWD, "/a", 0, &before), 0);
	CHECK_EQ(k_stat(LINUX_AT_FDCWD, "/hard", 0, &link), 0);
	CHECK_EQ(before.ino, link.ino);
	check_asked("/a");
	check_asked("/tmp");
	w = k_open("/hard", LINUX_O_RDWR, 0);
	CHECK_EQ(k_lseek(w, 0, LINUX_SEEK_END), 5);
	CHECK_EQ(k_write(w, "!!", 2), 2);
	CHECK_EQ(k_stat(LINUX_AT_FDCWD, "/a", 0, &after), 0);
	CHECK_EQ(before.ino, after.ino);
	CHECK_EQ(before.dev, after.dev);
	CHECK_EQ(after.size, 7);
	check_asked("/a");
	CHECK_EQ(k_read(fd, buf, sizeof(buf)), 7);
	CHECK_TEXT(buf, "lower!!");
	CHECK_TEXT(content("/hard"), "lower!!");
	k_close(fd);
	k_close(w);
}

static void unlinked_file_stays_open(void)
{
	char buf[64];
	struct inode_attr a;
	struct file *f;
	int fd;

	put("/gone", "still here");
	fd = k_open("/gone", LINUX_O_RDONLY, 0);
	CHECK_EQ(vfs_unlink(LINUX_AT_FDCWD, "/gone"), 0);
	CHECK_EQ(k_stat(LINUX_AT_FDCWD, "/gone", 0, &a), -ENOENT);
	CHECK_EQ(k_read(fd, buf, sizeof(buf)), 10);
	f = fd_get(fd);
	CHECK_EQ(path_format(&f->path, NULL, buf, sizeof(buf)), 15);
	CHECK_TEXT(buf, "/gone (deleted)");
	file_put(f);
	k_close(fd);
}

static void rename_of_a_lower_directory_is_real(void)
{
	struct inode_attr before, after;

	CHECK_EQ(k_stat(LINUX_AT_FDCWD, "/dir", 0, &before), 0);
	CHECK_EQ(vfs_mkdir(LINUX_AT_FDCWD, "/new", 0755), 0);
	CHECK_EQ(vfs_rename(LINUX_AT_FDCWD, "/dir", LINUX_AT_FDCWD, "/new/moved", 0),
		 0);
	CHECK_TEXT(content("/new/moved/x"), "in dir");
	CHECK_TEXT(content("/dir/x"), "error 2");
	CHECK_EQ(k_stat(LINUX_AT_FDCWD, "/new/moved", 0, &after), 0);
	CHECK_EQ(before.ino, after.ino);
	CHECK_EQ(vfs_mkdir(LINUX_AT_FDCWD, "/dir", 0755), 0);
	CHECK_TEXT(content("/dir/x"), "error 2");
	CHECK_EQ(vfs_rename(LINUX_AT_FDCWD, "/new", LINUX_AT_FDCWD, "/new/moved/in", 0),
		 -EINVAL);
	CHECK_EQ(vfs_rmdir(LINUX_AT_FDCWD, "/new/moved"), -ENOTEMPTY);
	CHECK_EQ(vfs_unlink(LINUX_AT_FDCWD, "/new/moved/x"), 0);
	CHECK_EQ(vfs_unlink(LINUX_AT_FDCWD, "/new/moved/y"), 0);
	CHECK_EQ(vfs_rmdir(LINUX_AT_FDCWD, "/new/moved"), 0);
	CHECK_EQ(vfs_rmdir(LINUX_AT_FDCWD, "/new"), 0);
}

static void holes_and_seek(void)
{
	int fd = k_open("/sparse", LINUX_O_RDWR | LINUX_O_CREAT, 0600);
	struct file *f = fd_get(fd);
	struct inode_attr a;
	char buf[8] = "xxxxxxx";

	CHECK_EQ(k_io(fd, "end", 3, true, 100000), 3);
	CHECK_EQ(k_lseek(fd, 0, LINUX_SEEK_DATA), 98304);
	CHECK_EQ(k_lseek(fd, 0, LINUX_SEEK_HOLE), 0);
	CHECK_EQ(k_lseek(fd, 98304, LINUX_SEEK_HOLE), 100003);
	CHECK_EQ(k_lseek(fd, 100003, LINUX_SEEK_DATA), -ENXIO);
	CHECK_EQ(k_io(fd, buf, 4, false, 50000), 4);
	CHECK(memcmp(buf, "\0\0\0\0xxx", 7) == 0);
	CHECK_EQ(file_fallocate(f, 0, 0, 8192), 0);
	CHECK_EQ(inode_getattr(f->inode, &a), 0);
	CHECK_EQ(a.blocks, 24);
	CHECK_EQ(k_lseek(fd, 0, LINUX_SEEK_DATA), 98304);
	CHECK_EQ(file_truncate(f, 100001), 0);
	CHECK_EQ(file_truncate(f, 100003), 0);
	CHECK_EQ(k_io(fd, buf, 4, false, 100000), 3);
	CHECK(memcmp(buf, "e\0\0", 3) == 0);
	CHECK_EQ(file_fallocate(f, LINUX_FALLOC_FL_COLLAPSE_RANGE, 4096, 8192), 0);
	CHECK_EQ(k_io(fd, buf, 4, false, 100000 - 8192), 3);
	CHECK_EQ(file_fallocate(f, LINUX_FALLOC_FL_INSERT_RANGE, 4096, 8192), 0);
	CHECK_EQ(k_io(fd, buf, 4, false, 100000), 3);
	CHECK_EQ(buf[0], 'e');
	file_put(f);
	k_close(fd);
	CHECK_EQ(vfs_unlink(LINUX_AT_FDCWD, "/sparse"), 0);
}

static void names_of(const char *dir, struct k_names *n, u32 step)
{
	int fd = k_open(dir, LINUX_O_RDONLY | LINUX_O_DIRECTORY, 0);

	REQUIRE(fd >= 0);
	CHECK_EQ(k_readdir(fd, n, step), 0);
	k_close(fd);
}

static bool listed(const struct k_names *n, const char *name)
{
	for (u32 i = 0; i < n->count; i++)
		if (strcmp(n->name[i], name) == 0)
			return true;
	return false;
}

static void merged_directory_is_listed_once(void)
{
	static char names[64][256];
	static u8 types[64];
	struct k_names n = { .max = 64, .name = names, .type = types };

	put("/merged/new", "n");
	put("/merged/l1", "replaced");
	CHECK_EQ(vfs_unlink(LINUX_AT_FDCWD, "/merged/l2"), 0);
	names_of("/merged", &n, 1);
	CHECK_EQ(n.count, 3);
	CHECK(listed(&n, "new") && listed(&n, "l1") && listed(&n, "l3"));
	n.count = 0;
	put("/merged/l2", "again");
	names_of("/merged", &n, 3);
	CHECK_EQ(n.count, 4);
	CHECK_TEXT(content("/merged/l2"), "again");
	CHECK_EQ(vfs_unlink(LINUX_AT_FDCWD, "/merged/l2"), 0);
	CHECK_TEXT(content("/merged/l2"), "error 2");
}

/* rm -r: entries go away between the reads of one open directory. */
static void directory_may_be_emptied_while_it_is_read(void)
{
	static char names[2][256];
	static u8 types[2];
	int fd = k_open("/many", LINUX_O_RDONLY | LINUX_O_DIRECTORY, 0);
	u32 removed = 0;

	for (;;) {
		struct k_names n = { .max = 2, .name = names, .type = types };
		struct file *f = fd_get(fd);

		n.sink.emit = k_emit;
		n.room = 3;
		CHECK_EQ(file_readdir(f, &n.sink), 0);
		file_put(f);
		if (n.room == 3)
			break;
		for (u32 i = 0; i < n.count; i++, removed++) {
			char path[300];

			snprintf(path, sizeof(path), "/many/%s", names[i]);
			CHECK_EQ(vfs_unlink(LINUX_AT_FDCWD, path), 0);
		}
	}
	CHECK_EQ(removed, 20);
	k_close(fd);
	CHECK_EQ(vfs_rmdir(LINUX_AT_FDCWD, "/many"), 0);
}

static void tmpfile_gets_its_first_name_by_link(void)
{
	int fd = k_open("/tmp", LINUX_O_TMPFILE | LINUX_O_RDWR, 0600);
	struct inode_attr a;

	CHECK(fd >= 0);
	CHECK_EQ(k_write(fd, "tmp", 3), 3);
	CHECK_EQ(vfs_link(fd, "", LINUX_AT_FDCWD, "/tmp/named", LINUX_AT_EMPTY_PATH),
		 0);
	CHECK_TEXT(content("/tmp/named"), "tmp");
	CHECK_EQ(vfs_unlink(LINUX_AT_FDCWD, "/tmp/named"), 0);
	CHECK_EQ(vfs_link(fd, "", LINUX_AT_FDCWD, "/tmp/again", LINUX_AT_EMPTY_PATH),
		 -ENOENT);
	k_close(fd);
	CHECK_EQ(k_stat(LINUX_AT_FDCWD, "/tmp/.", 0, &a), 0);
	CHECK_EQ(a.mode, LINUX_S_IFDIR | 01777);
}

static void scoped_walks(void)
{
	struct path p;
	int dir;

	CHECK_EQ(vfs_mkdir(LINUX_AT_FDCWD, "/scope", 0755), 0);
	CHECK_EQ(vfs_mkdir(LINUX_AT_FDCWD, "/scope/in", 0755), 0);
	CHECK_EQ(vfs_symlink("/in", LINUX_AT_FDCWD, "/scope/abs"), 0);
	CHECK_EQ(vfs_symlink("../a", LINUX_AT_FDCWD, "/scope/up"), 0);
	dir = k_open("/scope", LINUX_O_PATH, 0);
	CHECK_EQ(path_walk(dir, "in/../in", WALK_BENEATH, &p), 0);
	path_put(&p);
	CHECK_EQ(path_walk(dir, "..", WALK_BENEATH, &p), -EXDEV);
	CHECK_EQ(path_walk(dir, "up", WALK_BENEATH | WALK_FOLLOW, &p), -EXDEV);
	CHECK_EQ(path_walk(dir, "/in", WALK_BENEATH, &p), -EXDEV);
	CHECK_EQ(path_walk(dir, "abs", WALK_IN_ROOT | WALK_FOLLOW, &p), 0);
	path_put(&p);
	CHECK_EQ(path_walk(dir, "../../in", WALK_IN_ROOT, &p), 0);
	path_put(&p);
	CHECK_EQ(path_walk(dir, "abs", WALK_NO_SYMLINKS | WALK_FOLLOW, &p), -ELOOP);
	CHECK_EQ(path_walk(LINUX_AT_FDCWD, "/tmp", WALK_NO_XDEV, &p), -EXDEV);
	k_close(dir);
}

/* Errors of open(2) for every shape of last component, against the host itself. */
static void open_errors_are_the_hosts(void)
{
	static const char *const names[] = {
		"f",	  "f/",	   "d",	     "d/",   "d/.", "d/..",    "none", "none/",
		"none/x", "f/x",   "lf",     "lf/",  "ld",  "ld/",     "dang", "dang/",
		"loop",	  "loop/", "loop/x", "",     "/",   ".",       "..",   "d/../f",
		"f/.",	  "f/..",  "dang/x", "lf/x", "d//", "d///../d"
	};
	static const u32 flags[] = { O_RDONLY,
				     O_WRONLY,
				     O_RDWR,
				     O_RDONLY | O_CREAT,
				     O_WRONLY | O_CREAT,
				     O_RDONLY | O_CREAT | O_EXCL,
				     O_RDONLY | O_DIRECTORY,
				     O_RDONLY | O_NOFOLLOW,
				     O_RDONLY | O_NOFOLLOW | O_DIRECTORY,
				     O_PATH,
				     O_PATH | O_NOFOLLOW,
				     O_PATH | O_DIRECTORY,
				     O_PATH | O_NOFOLLOW | O_DIRECTORY,
				     O_RDONLY | O_TRUNC,
				     O_WRONLY | O_TRUNC | O_CREAT,
				     O_CREAT | O_DIRECTORY,
				     O_CREAT | O_NOFOLLOW,
				     O_TMPFILE | O_RDWR,
				     O_TMPFILE | O_RDONLY,
				     O_TMPFILE | O_RDWR | O_CREAT,
				     O_ACCMODE,
				     O_RDONLY | O_NOATIME };
	char host[] = "/tmp/vfs_open.XXXXXX", rm[64];

	REQUIRE(mkdtemp(host) != NULL);
	for (u32 n = 0; n < ARRAY_SIZE(names); n++) {
		for (u32 f = 0; f < ARRAY_SIZE(flags); f++) {
			int want, have, dir;
			char cmd[256];

			snprintf(
				cmd, sizeof(cmd),
				"cd %s && rm -rf * && echo f >f && mkdir d && ln -s f lf && "
				"ln -s d ld && ln -s nope dang && ln -s loop loop",
				host);
			if (f == 0)
				REQUIRE(system(cmd) == 0);
			else if (flags[f] & (O_CREAT | O_TRUNC))
				REQUIRE(system(cmd) == 0);
			dir = open(host, O_RDONLY | O_DIRECTORY);
			want = openat(dir, names[n], (int)flags[f], 0600);
			want = want < 0 ? -errno : (close(want), 0);
			close(dir);

			k_try(vfs_unlink(LINUX_AT_FDCWD, "/op/none"));
			k_try(vfs_unlink(LINUX_AT_FDCWD, "/op/nope"));
			dir = k_open("/op", O_PATH, 0);
			have = k_openat(dir, names[n], flags[f], 0600);
			if (have >= 0)
				have = fd_close(have);
			k_close(dir);
			if (flags[f] & (O_CREAT | O_TRUNC))
				REQUIRE(system(cmd) == 0);
			/* The sandbox's root has a different parent. */
			if (have != want &&
			    !(names[n][0] == '/' && names[n][1] == '\0'))
				test_fail("open(\"%s\", %#o) is %d, on the host %d",
					  names[n], flags[f], have, want);
		}
	}
	snprintf(rm, sizeof(rm), "rm -rf %s", host);
	REQUIRE(system(rm) == 0);
}

static void mounts_are_crossed(void)
{
	struct inode_attr root, tmp, up;
	char buf[4096];
	struct path cwd, p;

	CHECK_EQ(k_stat(LINUX_AT_FDCWD, "/", 0, &root), 0);
	CHECK_EQ(k_stat(LINUX_AT_FDCWD, "/tmp", 0, &tmp), 0);
	CHECK_EQ(k_stat(LINUX_AT_FDCWD, "/tmp/..", 0, &up), 0);
	CHECK(tmp.dev != root.dev && up.ino == root.ino && up.dev == root.dev);
	CHECK_EQ(vfs_rename(LINUX_AT_FDCWD, "/tmp", LINUX_AT_FDCWD, "/t", 0), -EBUSY);
	CHECK_EQ(vfs_rmdir(LINUX_AT_FDCWD, "/tmp"), -EBUSY);
	CHECK_EQ(vfs_link(LINUX_AT_FDCWD, "/a", LINUX_AT_FDCWD, "/tmp/a", 0), -EXDEV);
	CHECK_EQ(path_walk(LINUX_AT_FDCWD, "/tmp", 0, &p), 0);
	CHECK_EQ(vfs_chdir(&p), 0);
	CHECK_EQ(vfs_getcwd(buf, sizeof(buf)), 5);
	CHECK_TEXT(buf, "/tmp");
	path_put(&p);
	CHECK_EQ(path_walk(LINUX_AT_FDCWD, "..", 0, &cwd), 0);
	CHECK_EQ(vfs_chdir(&cwd), 0);
	path_put(&cwd);
	memset(buf, 0, sizeof(buf));
	fs_get_root(&p);
	CHECK(vfs_format_mounts(&p, false, buf, sizeof(buf)) > 0);
	CHECK(strstr(buf, "source /tmp tmpfs rw") != NULL);
	path_put(&p);
}

static void descriptors(void)
{
	int fd = k_open("/a", LINUX_O_RDONLY, 0), low = fd_reserve(fd + 200), again;
	struct file *f = fd_get(fd);

	CHECK_EQ(low, fd + 200);
	CHECK(fd_get(low) == NULL);
	CHECK_EQ(fd_replace(low, file_get(f), 0), -EBUSY);
	fd_install(low, file_get(f), LINUX_O_CLOEXEC);
	CHECK_EQ(fd_get_cloexec(low), 1);
	CHECK_EQ(fd_replace(fd + 1, file_get(f), 0), fd + 1);
	again = fd_install_new(file_get(f), 0);
	CHECK_EQ(again, fd + 2);
	CHECK_EQ(fd_close(fd), 0);
	CHECK_EQ(fd_close(fd), -EBADF);
	CHECK_EQ(fd_install_new(file_get(f), 0), fd);
	fdtable_close_on_exec(current()->files);
	CHECK_EQ(fd_close(low), -EBADF);
	CHECK_EQ(fd_reserve(5000), -EMFILE);
	CHECK_EQ(fd_replace(5000, file_get(f), 0), -EBADF);
	for (int i = 0; i < 3; i++)
		k_close(fd + i);
	file_put(f);
}

static void mapping_is_the_file(void)
{
	int fd = k_open("/mapped", LINUX_O_RDWR | LINUX_O_CREAT, 0600);
	struct map_request req = {
		.addr = 0x300000000000,
		.len = 4 * PAGE_SIZE,
		.prot = 3,
		.shared = true,
	};
	volatile char *mem = (volatile char *)req.addr;
	struct file *f = fd_get(fd);
	char c = 0;

	CHECK_EQ(file_truncate(f, 3 * PAGE_SIZE), 0);
	CHECK_EQ(k_io(fd, "abc", 3, true, 5000), 3);
	CHECK_EQ(file_map(f, &req), 0);
	CHECK_EQ(mem[5001], 'b');
	mem[9000] = 'm';
	CHECK_EQ(k_io(fd, &c, 1, false, 9000), 1);
	CHECK_EQ(c, 'm');
	CHECK_EQ(k_io(fd, "z", 1, true, 100), 1);
	CHECK_EQ(mem[100], 'z');
	CHECK_EQ(file_truncate(f, 100), 0);
	CHECK_EQ(file_truncate(f, 3 * PAGE_SIZE), 0);
	CHECK_EQ(mem[100], 0);
	CHECK_EQ(mem[9000], 0);
	CHECK_EQ(k_io(fd, "y", 1, true, 9000), 1);
	CHECK_EQ(mem[9000], 'y');
	req.offset = 3 * PAGE_SIZE;
	req.addr += 3 * PAGE_SIZE;
	req.len = PAGE_SIZE;
	CHECK_EQ(f->ops->fault(f, &req), -EFAULT);
	CHECK_EQ(file_truncate(f, 3 * PAGE_SIZE + 1), 0);
	CHECK_EQ(f->ops->fault(f, &req), 0);
	CHECK_EQ(mem[3 * PAGE_SIZE], 0);
	plat_unmap(0x300000000000, 4 * PAGE_SIZE);
	file_put(f);
	k_close(fd);
	CHECK_EQ(vfs_unlink(LINUX_AT_FDCWD, "/mapped"), 0);
}

static void the_host_is_untouched(void)
{
	char cmd[256];

	snprintf(cmd, sizeof(cmd), "test \"$(cat %s/a)\" = lower && test -e %s/dir/x",
		 lower, lower);
	CHECK_EQ(system(cmd), 0);
	snprintf(cmd, sizeof(cmd), "rm -rf %s", lower);
	CHECK_EQ(system(cmd), 0);
}

int main(void)
{
	char path[256], link_to[256];

	REQUIRE(mkdtemp(lower) != NULL);
	host_file("a", "lower");
	snprintf(path, sizeof(path), "%s/a", lower);
	snprintf(link_to, sizeof(link_to), "%s/hard", lower);
	REQUIRE(link(path, link_to) == 0);
	host_dir("dir");
	host_file("dir/x", "in dir");
	host_file("dir/y", "y");
	host_dir("merged");
	host_file("merged/l1", "1");
	host_file("merged/l2", "2");
	host_file("merged/l3", "3");
	host_dir("many");
	for (int i = 0; i < 20; i++) {
		snprintf(path, sizeof(path), "many/file%d", i);
		host_file(path, "");
	}
	host_dir("op");
	host_dir("op/d");
	host_file("op/f", "f\n");
	snprintf(path, sizeof(path),
		 "cd %s/op && ln -s f lf && ln -s d ld && ln -s nope dang && "
		 "ln -s loop loop",
		 lower);
	REQUIRE(system(path) == 0);
	fake_tree_set(0, lower);
	fake_log_shown = true;
	world_mount(0, BOOT_MOUNT_OVERLAY, "/", "");
	world_mount(~0u, 0, "/tmp", "mode=1777");
	world_start();
	copy_up_keeps_identity_and_open_files();
	unlinked_file_stays_open();
	rename_of_a_lower_directory_is_real();
	holes_and_seek();
	merged_directory_is_listed_once();
	directory_may_be_emptied_while_it_is_read();
	tmpfile_gets_its_first_name_by_link();
	scoped_walks();
	open_errors_are_the_hosts();
	mounts_are_crossed();
	descriptors();
	mapping_is_the_file();
	the_host_is_untouched();
	return TEST_RESULT;
}
