/* Where the file system mqueue is mounted: ls, open, read, chmod, unlink of queues. */
#include "mqueue.h"
#include <dirent.h>
#include <sys/stat.h>
#include <sys/vfs.h>

static int listed(const char *name)
{
	DIR *dir = opendir("/dev/mqueue");
	struct dirent *e;
	int found = 0;

	while (dir != NULL && (e = readdir(dir)) != NULL)
		found += strcmp(e->d_name, name) == 0;
	closedir(dir);
	return found;
}

int main(void)
{
	char path[100], text[100] = "";
	struct statfs fs;
	struct stat st;
	mqd_t q;
	int fd;

	if (statfs("/dev/mqueue", &fs) != 0 || fs.f_type != 0x19800202)
		skip("mqueue is not mounted");
	q = new_queue(3, 16, 0);
	snprintf(path, sizeof(path), "/dev/mqueue%s", queue_name);
	CHECK_EQ(listed(queue_name + 1), 1);
	CHECK_EQ(stat(path, &st), 0);
	CHECK_EQ(st.st_mode, S_IFREG | 0600);
	CHECK_EQ(st.st_size, 80);
	CHECK_EQ(chmod(path, 0640), 0);
	CHECK_EQ(fstat(q, &st), 0);
	CHECK_EQ(st.st_mode, S_IFREG | 0640);
	CHECK_EQ(mq_send(q, "abcd", 4, 0), 0);
	fd = open(path, O_RDONLY);
	CHECK(fd >= 0);
	CHECK_EQ(read(fd, text, sizeof(text)), 60);
	CHECK(strncmp(text, "QSIZE:4 ", 8) == 0);
	CHECK_EQ(mq_receive(fd, text, 16, NULL), 4); /* it is a queue as any */
	CHECK_ERR(open(path, O_CREAT | O_EXCL | O_RDWR, 0600), EEXIST);
	CHECK_ERR(mkdir("/dev/mqueue/nacre-test-dir", 0700), EPERM);
	CHECK_ERR(rename(path, "/dev/mqueue/nacre-test-other"), EPERM);
	CHECK_EQ(unlink(path), 0);
	CHECK_EQ(listed(queue_name + 1), 0);
	CHECK_ERR(mq_open(queue_name, O_RDONLY), ENOENT);
	CHECK_ERR(open(path, O_RDONLY), ENOENT);
	fd = open(path, O_CREAT | O_RDWR, 0600); /* with the default attributes */
	CHECK(fd >= 0);
	CHECK_EQ(mq_send(fd, "x", 1, 0), 0);
	CHECK_EQ(mq_unlink(queue_name), 0);
	return TEST_RESULT;
}
