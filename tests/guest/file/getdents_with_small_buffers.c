/* getdents64: every name once whatever the buffer; too small is EINVAL; types, rewind, d_off. */
#include "../test.h"
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

struct entry {
	uint64_t ino;
	int64_t off;
	uint16_t reclen;
	uint8_t type;
	char name[];
};

static int count_with(int fd, size_t size)
{
	char buffer[4096] __attribute__((aligned(8)));
	int count = 0;
	long n;

	REQUIRE(lseek(fd, 0, SEEK_SET) == 0);
	while ((n = sys3(SYS_getdents64, fd, buffer, size)) > 0) {
		for (long at = 0; at < n;) {
			struct entry *e = (struct entry *)(buffer + at);

			CHECK_EQ(e->reclen % 8, 0);
			CHECK(e->ino != 0);
			if (strncmp(e->name, "file", 4) == 0)
				CHECK_EQ(e->type, DT_REG);
			else
				CHECK_EQ(e->type, DT_DIR);
			at += e->reclen;
			count++;
		}
	}
	CHECK_EQ(n, 0);
	return count;
}

int main(void)
{
	char name[300], buffer[4096];
	struct stat st;
	DIR *dir;
	struct dirent *d;
	long places[64];
	int fd, n = 0;

	REQUIRE(mkdir("/tmp/d", 0755) == 0 && mkdir("/tmp/d/sub", 0755) == 0);
	for (int i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "/tmp/d/file-%d", i);
		REQUIRE(close(open(name, O_WRONLY | O_CREAT, 0600)) == 0);
	}
	fd = open("/tmp/d", O_RDONLY | O_DIRECTORY);
	REQUIRE(fd >= 0);
	CHECK_EQ(sys3(SYS_getdents64, fd, buffer, 8), -EINVAL);
	CHECK_EQ(sys3(SYS_getdents64, fd, BAD_HIGH, 4096), -EFAULT);
	CHECK_EQ(sys3(SYS_getdents64, -1, buffer, 4096), -EBADF);
	CHECK_EQ(sys3(SYS_getdents64, open("/tmp/d/file-1", O_RDONLY), buffer, 4096), -ENOTDIR);
	CHECK_EQ(count_with(fd, 32), 43);
	CHECK_EQ(count_with(fd, 100), 43);
	CHECK_EQ(count_with(fd, 4096), 43);
	dir = opendir("/tmp/d");
	REQUIRE(dir != NULL);
	while (places[n] = telldir(dir), (d = readdir(dir)) != NULL) {
		if (n >= 43)
			break;
		if (d->d_name[0] == 'f') {
			snprintf(name, sizeof(name), "/tmp/d/%s", d->d_name);
			CHECK(stat(name, &st) == 0 && st.st_ino == d->d_ino);
		}
		n++;
	}
	CHECK_EQ(n, 43);
	seekdir(dir, places[20]);
	for (n = 20; readdir(dir) != NULL; n++)
		;
	CHECK_EQ(n, 43);
	return TEST_RESULT;
}
