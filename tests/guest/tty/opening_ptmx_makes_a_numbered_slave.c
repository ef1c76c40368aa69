/* TIOCGPTN, the node in /dev/pts, its number and type; the name goes with the master. */
#include "pty.h"
#include <dirent.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

static int listed(const char *name)
{
	DIR *d = opendir("/dev/pts");
	struct dirent *e;
	int found = 0;

	REQUIRE(d != NULL);
	while ((e = readdir(d)) != NULL)
		found += strcmp(e->d_name, strrchr(name, '/') + 1) == 0;
	closedir(d);
	return found;
}

int main(void)
{
	struct pair a, b;
	unsigned int n = ~0U;
	struct stat st, st2;
	struct statfs fs;
	char want[64];

	pair_open(&a);
	master_open(&b);
	CHECK_EQ(ioctl(a.master, TIOCGPTN, &n), 0);
	snprintf(want, sizeof(want), "/dev/pts/%u", n);
	CHECK(strcmp(want, a.name) == 0);
	CHECK(strcmp(a.name, b.name) != 0);
	CHECK_EQ(stat(a.name, &st), 0);
	CHECK(S_ISCHR(st.st_mode));
	CHECK_EQ(major(st.st_rdev), 136);
	CHECK_EQ(minor(st.st_rdev), n);
	CHECK_EQ(st.st_uid, getuid());
	CHECK_EQ(fstat(a.slave, &st2), 0);
	CHECK_EQ(st2.st_ino, st.st_ino);
	CHECK_EQ(st2.st_dev, st.st_dev);
	CHECK_EQ(fstat(a.master, &st2), 0);
	CHECK_EQ(major(st2.st_rdev), 5);
	CHECK_EQ(minor(st2.st_rdev), 2);
	CHECK_EQ(statfs("/dev/pts", &fs), 0);
	CHECK_EQ(fs.f_type, 0x1cd1);
	CHECK(isatty(a.master) && isatty(a.slave));
	CHECK(ttyname(a.slave) != NULL && strcmp(ttyname(a.slave), a.name) == 0);
	CHECK_EQ(listed(a.name), 1);
	CHECK_EQ(listed(b.name), 1);
	CHECK_ERR(ioctl(a.slave, TIOCGPTN, &n), ENOTTY);
	CHECK_ERR(ioctl(a.master, TIOCGPTN, BAD_LOW), EFAULT);
	CHECK_ERR(lseek(a.slave, 0, SEEK_SET), ESPIPE);
	close(b.master);
	CHECK_EQ(listed(b.name), 0);
	CHECK_ERR(open(b.name, O_RDWR | O_NOCTTY), ENOENT);
	CHECK_ERR(open("/dev/pts/99999", O_RDWR), ENOENT);
	CHECK_ERR(open("/dev/pts/new", O_RDWR | O_CREAT, 0600), EACCES);
	pair_close(&a);
	return TEST_RESULT;
}
