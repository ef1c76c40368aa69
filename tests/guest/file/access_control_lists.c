/* POSIX ACLs: what is valid, what they grant, chmod's mask, and what new files get. */
#include "../test.h"
#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#define ACCESS "system.posix_acl_access"
#define DEFAULT "system.posix_acl_default"

enum { USER_OBJ = 1, USER = 2, GROUP_OBJ = 4, GROUP = 8, MASK = 16, OTHER = 32 };

struct entry {
	uint16_t tag, perm;
	uint32_t id;
};

#define ENTRIES 200

struct list {
	uint32_t version;
	struct entry e[ENTRIES];
};

#define NONE 0xffffffffu
#define LIST(...) ((struct list){ 2, { __VA_ARGS__ } })

static size_t size_of(const struct list *l)
{
	size_t n = 0;

	while (n < ENTRIES && l->e[n].tag != 0)
		n++;
	return 4 + n * 8;
}

static int set(const char *path, const char *name, struct list l)
{
	return setxattr(path, name, &l, size_of(&l), 0);
}

static void holds(const char *path, const char *name, struct list want)
{
	struct list have = { 0 };
	ssize_t n = getxattr(path, name, &have, sizeof(have));

	CHECK_EQ(n, size_of(&want));
	CHECK(n > 0 && memcmp(&have, &want, (size_t)n) == 0);
}

static unsigned mode_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? st.st_mode & 07777 : 0xffff;
}

static struct list full(unsigned user, unsigned group, unsigned mask)
{
	return LIST({ USER_OBJ, 6, NONE }, { USER, (uint16_t)user, 1001 },
		    { GROUP_OBJ, 4, NONE }, { GROUP, (uint16_t)group, 2002 },
		    { MASK, (uint16_t)mask, NONE }, { OTHER, 0, NONE });
}

static void refused(void)
{
	char buf[8];

	CHECK_ERR(getxattr("/tmp/f", ACCESS, buf, 8), ENODATA);
	CHECK_ERR(set("/tmp/f", ACCESS, LIST({ USER_OBJ, 6, NONE })), EINVAL);
	CHECK_ERR(set("/tmp/f", ACCESS, LIST({ USER_OBJ, 8, NONE }, { GROUP_OBJ, 0, NONE },
					     { OTHER, 0, NONE })), EINVAL);
	CHECK_ERR(set("/tmp/f", ACCESS, LIST({ GROUP_OBJ, 0, NONE }, { USER_OBJ, 6, NONE },
					     { OTHER, 0, NONE })), EINVAL);
	CHECK_ERR(set("/tmp/f", ACCESS, LIST({ USER_OBJ, 6, NONE }, { USER, 6, 5 },
					     { GROUP_OBJ, 0, NONE }, { OTHER, 0, NONE })), EINVAL);
	CHECK_ERR(set("/tmp/f", ACCESS, LIST({ USER_OBJ, 6, NONE }, { GROUP_OBJ, 0, NONE },
					     { 64, 0, NONE }, { OTHER, 0, NONE })), EINVAL);
	CHECK_ERR(setxattr("/tmp/f", ACCESS, "\2\0\0\0xx", 6, 0), EINVAL);
	CHECK_ERR(setxattr("/tmp/f", ACCESS, "\1\0\0\0\1\0\6\0\0\0\0\0", 12, 0), EOPNOTSUPP);
	CHECK_ERR(set("/tmp/f", DEFAULT, full(6, 4, 6)), EACCES);
	CHECK_EQ(mode_of("/tmp/f"), 0640);
}

static int try(const char *path, int flags)
{
	int fd = open(path, flags);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static void as(uid_t uid, gid_t gid, int read_wanted, int write_wanted)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		REQUIRE(setgroups(0, NULL) == 0 && setgid(gid) == 0 && setuid(uid) == 0);
		CHECK_EQ(try("/tmp/f", O_RDONLY), read_wanted);
		CHECK_EQ(try("/tmp/f", O_WRONLY), write_wanted);
		CHECK_EQ(access("/tmp/f", R_OK) == 0 ? 0 : errno, read_wanted);
		CHECK_ERR(removexattr("/tmp/f", ACCESS), EPERM);
		_exit(TEST_RESULT);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

static void granted(void)
{
	as(1001, 3000, EACCES, EACCES);
	CHECK_EQ(set("/tmp/f", ACCESS, full(6, 4, 6)), 0);
	holds("/tmp/f", ACCESS, full(6, 4, 6));
	CHECK_EQ(mode_of("/tmp/f"), 0660); /* the group's bits are the mask */
	as(1001, 3000, 0, 0);
	as(1002, 2002, 0, EACCES);
	as(1002, 3000, EACCES, EACCES);
	CHECK_EQ(chmod("/tmp/f", 0640), 0);
	holds("/tmp/f", ACCESS, full(6, 4, 4));
	as(1001, 3000, 0, EACCES);
	CHECK_EQ(set("/tmp/f", ACCESS, full(0, 6, 7)), 0);
	as(1001, 2002, EACCES, EACCES); /* the user's entry decides, not the group's */
	as(1002, 2002, 0, 0);
	CHECK_EQ(removexattr("/tmp/f", ACCESS), 0);
	as(1002, 2002, EACCES, EACCES);
	/* a list that says no more than the bits is the bits */
	CHECK_EQ(set("/tmp/f", ACCESS, LIST({ USER_OBJ, 7, NONE }, { GROUP_OBJ, 5, NONE },
					    { OTHER, 1, NONE })), 0);
	CHECK_EQ(mode_of("/tmp/f"), 0751);
	CHECK_ERR(getxattr("/tmp/f", ACCESS, NULL, 0), ENODATA);
}

static void inherited(void)
{
	struct list dir = LIST({ USER_OBJ, 7, NONE }, { USER, 6, 1001 }, { GROUP_OBJ, 5, NONE },
			       { MASK, 7, NONE }, { OTHER, 0, NONE });
	struct list file = LIST({ USER_OBJ, 6, NONE }, { USER, 6, 1001 }, { GROUP_OBJ, 5, NONE },
				{ MASK, 6, NONE }, { OTHER, 0, NONE });
	char names[256] = "";
	ssize_t n;

	umask(077); /* means nothing here */
	REQUIRE(mkdir("/tmp/d", 0755) == 0);
	CHECK_EQ(set("/tmp/d", DEFAULT, dir), 0);
	holds("/tmp/d", DEFAULT, dir);
	CHECK_EQ(mode_of("/tmp/d"), 0700);
	REQUIRE(close(open("/tmp/d/f", O_CREAT | O_WRONLY, 0666)) == 0);
	CHECK_EQ(mode_of("/tmp/d/f"), 0660);
	holds("/tmp/d/f", ACCESS, file);
	CHECK_ERR(getxattr("/tmp/d/f", DEFAULT, NULL, 0), ENODATA);
	REQUIRE(mkdir("/tmp/d/sub", 0777) == 0);
	CHECK_EQ(mode_of("/tmp/d/sub"), 0770);
	holds("/tmp/d/sub", DEFAULT, dir);
	holds("/tmp/d/sub", ACCESS, dir);
	REQUIRE(mkfifo("/tmp/d/p", 0600) == 0);
	CHECK_EQ(mode_of("/tmp/d/p"), 0600);
	REQUIRE(symlink("f", "/tmp/d/l") == 0);
	CHECK_ERR(lgetxattr("/tmp/d/l", ACCESS, NULL, 0), EOPNOTSUPP);
	n = listxattr("/tmp/d/sub", names, sizeof(names));
	CHECK_EQ(n, sizeof(ACCESS) + sizeof(DEFAULT));
	CHECK_EQ(listxattr("/tmp/d/sub", NULL, 0), n);
	CHECK_ERR(listxattr("/tmp/d/sub", names, (size_t)n - 1), ERANGE);
	CHECK_ERR(getxattr("/tmp/d/sub", ACCESS, names, 20), ERANGE);
	CHECK_EQ(removexattr("/tmp/d", DEFAULT), 0);
	REQUIRE(close(open("/tmp/d/g", O_CREAT | O_WRONLY, 0666)) == 0);
	CHECK_EQ(mode_of("/tmp/d/g"), 0600);
}

/* A list of many: the last one counts as the first does, and none is lost. */
static void many(void)
{
	struct list l = LIST({ USER_OBJ, 6, NONE });
	int n = 1;

	for (uint32_t id = 5000; n < ENTRIES - 4; id++)
		l.e[n++] = (struct entry){ USER, id % 2 == 0 ? 6 : 0, id };
	l.e[n++] = (struct entry){ USER, 4, 1001 };
	l.e[n++] = (struct entry){ GROUP_OBJ, 0, NONE };
	l.e[n++] = (struct entry){ MASK, 6, NONE };
	l.e[n++] = (struct entry){ OTHER, 0, NONE };
	CHECK_EQ(set("/tmp/f", ACCESS, l), 0);
	holds("/tmp/f", ACCESS, l);
	as(1001, 3000, 0, EACCES);
	as(5000, 3000, 0, 0);
	as(5001, 3000, EACCES, EACCES);
	as(1002, 3000, EACCES, EACCES);
	CHECK_EQ(chmod("/tmp/f", 0600), 0);
	as(1001, 3000, EACCES, EACCES);
	CHECK_EQ(removexattr("/tmp/f", ACCESS), 0);
}

int main(void)
{
	if (getuid() != 0)
		skip("not root");
	REQUIRE(chmod("/tmp", 01777) == 0);
	REQUIRE(close(open("/tmp/f", O_CREAT | O_RDWR, 0640)) == 0 && chmod("/tmp/f", 0640) == 0);
	refused();
	granted();
	inherited();
	many();
	return TEST_RESULT;
}
