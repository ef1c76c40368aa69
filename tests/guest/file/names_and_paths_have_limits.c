/* ENAMETOOLONG for names over 255 and paths over 4095 bytes; names are bytes. */
#include "../test.h"
#include <fcntl.h>
#include <sys/stat.h>

int main(void)
{
	char name[300] = "/tmp/", path[5000];
	int fd;

	memset(name + 5, 'n', 255);
	name[260] = '\0';
	fd = open(name, O_WRONLY | O_CREAT, 0600);
	CHECK(fd >= 0);
	CHECK_EQ(unlink(name), 0);
	name[260] = 'n';
	name[261] = '\0';
	CHECK_ERR(open(name, O_WRONLY | O_CREAT, 0600), ENAMETOOLONG);
	CHECK_ERR(mkdir(name, 0755), ENAMETOOLONG);
	CHECK_ERR(access(name, F_OK), ENAMETOOLONG);
	/* "/tmp" with slashes: 4095 bytes are fine, 4096 are not */
	memset(path, '/', sizeof(path));
	memcpy(path + 4095 - 3, "tmp", 4);
	CHECK_EQ(access(path, F_OK), 0);
	memset(path, '/', sizeof(path));
	memcpy(path + 4096 - 3, "tmp", 4);
	CHECK_ERR(access(path, F_OK), ENAMETOOLONG);
	fd = open("/tmp/\377\001 \n\"\\*", O_WRONLY | O_CREAT | O_EXCL, 0600);
	CHECK(fd >= 0);
	CHECK_EQ(access("/tmp/\377\001 \n\"\\*", F_OK), 0);
	CHECK_ERR(access("/tmp/\376\001 \n\"\\*", F_OK), ENOENT);
	CHECK_EQ(mkdir("/tmp/...", 0755), 0);
	CHECK_EQ(access("/tmp/...//.///../...", F_OK), 0);
	return TEST_RESULT;
}
