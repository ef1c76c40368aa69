/*
 * name_to_handle_at, open_by_handle_at: a handle is the file's, by whatever name; it is stale
 * when the file is gone.
 */
#include "../test.h"
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#ifndef AT_HANDLE_FID
#define AT_HANDLE_FID 0x200
#endif

union handle {
	struct file_handle h;
	char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
};

static int make(int dirfd, const char *name, union handle *to, int flags)
{
	int id;

	memset(to, 0, sizeof(*to));
	to->h.handle_bytes = MAX_HANDLE_SZ;
	return name_to_handle_at(dirfd, name, &to->h, &id, flags);
}

static bool same(const union handle *a, const union handle *b)
{
	return a->h.handle_bytes == b->h.handle_bytes && a->h.handle_type == b->h.handle_type &&
	       memcmp(a->h.f_handle, b->h.f_handle, a->h.handle_bytes) == 0;
}

static void the_protocol(int dir)
{
	union handle h = { .h.handle_bytes = 0 };
	int id = -1;

	CHECK_ERR(name_to_handle_at(dir, "f", &h.h, &id, 0), EOVERFLOW);
	CHECK(h.h.handle_bytes > 0 && h.h.handle_bytes <= MAX_HANDLE_SZ && id > 0);
	CHECK_EQ(name_to_handle_at(dir, "f", &h.h, &id, 0), 0);
	h.h.handle_bytes = MAX_HANDLE_SZ + 1;
	CHECK_ERR(name_to_handle_at(dir, "f", &h.h, &id, 0), EINVAL);
	CHECK_ERR(make(dir, "f", &h, 0x40000000), EINVAL);
	CHECK_ERR(make(dir, "none", &h, 0), ENOENT);
	CHECK_ERR(make(dir, "", &h, 0), ENOENT);
	CHECK_EQ(make(dir, "", &h, AT_EMPTY_PATH), 0);
	CHECK_ERR(make(-1, "f", &h, 0), EBADF);
	CHECK_EQ(make(dir, "/dev/null", &h, 0), 0);
	CHECK_EQ(sys5(SYS_name_to_handle_at, dir, "f", BAD_LOW, &id, 0), -EFAULT);
	h.h.handle_bytes = MAX_HANDLE_SZ;
	CHECK_EQ(sys5(SYS_name_to_handle_at, dir, "f", &h, BAD_LOW, 0), -EFAULT);
}

static void bad_handles(int dir)
{
	union handle h;

	REQUIRE(make(dir, "f", &h, 0) == 0);
	CHECK_ERR(open_by_handle_at(-1, &h.h, O_RDONLY), EBADF);
	CHECK_EQ(sys3(SYS_open_by_handle_at, dir, BAD_LOW, O_RDONLY), -EFAULT);
	h.h.handle_bytes = 0;
	CHECK_ERR(open_by_handle_at(dir, &h.h, O_RDONLY), EINVAL);
	h.h.handle_bytes = MAX_HANDLE_SZ + 1;
	CHECK_ERR(open_by_handle_at(dir, &h.h, O_RDONLY), EINVAL);
	REQUIRE(make(dir, "f", &h, 0) == 0);
	memset(h.h.f_handle, 0x55, h.h.handle_bytes);
	CHECK_ERR(open_by_handle_at(dir, &h.h, O_RDONLY), ESTALE);
}

static void the_file(int dir)
{
	union handle h, again;
	struct stat a, b;
	int fd;

	REQUIRE(make(dir, "f", &h, 0) == 0 && make(dir, "f", &again, 0) == 0);
	CHECK(same(&h, &again));
	CHECK_EQ(renameat(dir, "f", dir, "moved"), 0);
	CHECK_EQ(linkat(dir, "moved", dir, "second", 0), 0);
	CHECK_EQ(make(dir, "second", &again, 0), 0);
	CHECK(same(&h, &again));
	CHECK_EQ(make(dir, "moved", &again, AT_HANDLE_FID), 0);
	CHECK(same(&h, &again));
	CHECK_EQ(unlinkat(dir, "moved", 0), 0);
	fd = open_by_handle_at(dir, &h.h, O_RDWR);
	REQUIRE(fd >= 0);
	CHECK(fstatat(dir, "second", &a, 0) == 0 && fstat(fd, &b) == 0);
	CHECK_EQ(a.st_ino, b.st_ino);
	CHECK_EQ(write(fd, "text", 4), 4);
	close(fd);
	CHECK_ERR(open_by_handle_at(dir, &h.h, O_RDONLY | O_DIRECTORY), ENOTDIR);
	fd = open_by_handle_at(dir, &h.h, O_PATH);
	CHECK(fd >= 0);
	CHECK_ERR(write(fd, "x", 1), EBADF);
	close(fd);
	CHECK_EQ(unlinkat(dir, "second", 0), 0);
	CHECK_ERR(open_by_handle_at(dir, &h.h, O_RDONLY), ESTALE);
	fd = openat(dir, "f", O_CREAT | O_RDWR, 0600);
	CHECK(make(dir, "f", &again, 0) == 0 && !same(&h, &again));
	close(fd);
}

static void open_files_live(int dir)
{
	union handle h;
	struct stat st;
	int fd = openat(dir, "open", O_CREAT | O_RDWR, 0600);

	REQUIRE(fd >= 0 && make(dir, "open", &h, 0) == 0);
	CHECK_EQ(write(fd, "abc", 3), 3);
	CHECK_EQ(unlinkat(dir, "open", 0), 0);
	CHECK_EQ(fstat(fd, &st), 0);
	CHECK_EQ(st.st_nlink, 0);
	close(fd);
	CHECK_ERR(open_by_handle_at(dir, &h.h, O_RDONLY), ESTALE);
}

static void directories_and_links(int dir)
{
	union handle h, link;
	struct stat a, b;
	int fd;

	CHECK_EQ(mkdirat(dir, "d", 0700), 0);
	CHECK_EQ(mkdirat(dir, "d/e", 0700), 0);
	CHECK_EQ(symlinkat("d", dir, "l"), 0);
	CHECK_EQ(make(dir, "d", &h, 0), 0);
	CHECK_EQ(make(dir, "l", &link, 0), 0);
	CHECK(!same(&h, &link));
	CHECK_ERR(open_by_handle_at(dir, &link.h, O_RDONLY), ELOOP);
	CHECK_EQ(make(dir, "l", &link, AT_SYMLINK_FOLLOW), 0);
	CHECK(same(&h, &link));
	fd = open_by_handle_at(dir, &h.h, O_RDONLY | O_DIRECTORY);
	CHECK(fd >= 0);
	CHECK_EQ(fstatat(fd, "e", &a, 0), 0);
	CHECK(fstatat(fd, "..", &a, 0) == 0 && fstat(dir, &b) == 0 && a.st_ino == b.st_ino);
	CHECK_ERR(open_by_handle_at(dir, &h.h, O_RDWR), EISDIR);
	close(fd);
	CHECK_EQ(unlinkat(dir, "d/e", AT_REMOVEDIR), 0);
	CHECK_EQ(unlinkat(dir, "d", AT_REMOVEDIR), 0);
	CHECK_ERR(open_by_handle_at(dir, &h.h, O_RDONLY), ESTALE);
}

static void not_for_everybody(int dir)
{
	union handle h;

	REQUIRE(make(dir, "f", &h, 0) == 0);
	REQUIRE(seteuid(1000) == 0);
	CHECK_EQ(make(dir, "f", &h, 0), 0);
	CHECK_ERR(open_by_handle_at(dir, &h.h, O_RDONLY), EPERM);
	REQUIRE(seteuid(0) == 0);
}

int main(void)
{
	int dir;

	if (geteuid() != 0)
		skip("needs to be root");
	if (unshare(CLONE_NEWNS) < 0 && errno != EPERM)
		skip("no mount namespaces");
	mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	if (mount("none", "/tmp", "tmpfs", 0, "mode=777") < 0)
		skip("may not mount");
	dir = open("/tmp", O_RDONLY | O_DIRECTORY);
	REQUIRE(dir >= 0);
	close(openat(dir, "f", O_CREAT | O_RDWR, 0666));
	the_protocol(dir);
	bad_handles(dir);
	the_file(dir);
	open_files_live(dir);
	directories_and_links(dir);
	not_for_everybody(dir);
	close(dir);
	return TEST_RESULT;
}
