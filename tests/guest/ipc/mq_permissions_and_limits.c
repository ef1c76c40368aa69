/* Another user's queue, RLIMIT_MSGQUEUE, what the unprivileged may ask for. */
#include "mqueue.h"
#include <sys/stat.h>
#include <sys/resource.h>

static char own_name[80];

static void visitor(void)
{
	struct mq_attr attr = { .mq_maxmsg = 10, .mq_msgsize = 8192 };
	struct rlimit limit = { 100000, 100000 };
	mqd_t q;

	CHECK_ERR(mq_open(queue_name, O_RDWR), EACCES);
	CHECK_ERR(mq_open(queue_name, O_WRONLY), EACCES);
	CHECK_ERR(mq_open(queue_name, O_RDWR | O_CREAT, 0600, NULL), EACCES);
	CHECK(mq_open(queue_name, O_RDONLY) >= 0);
	CHECK_EQ(mq_unlink(queue_name) == -1 && (errno == EPERM || errno == EACCES), 1);
	snprintf(own_name, sizeof(own_name), "%s-own", queue_name);
	attr.mq_maxmsg = 11;
	CHECK_ERR(mq_open(own_name, O_RDWR | O_CREAT, 0600, &attr), EINVAL);
	attr.mq_maxmsg = 10;
	attr.mq_msgsize = 8193;
	CHECK_ERR(mq_open(own_name, O_RDWR | O_CREAT, 0600, &attr), EINVAL);
	attr.mq_msgsize = 8192;
	CHECK_EQ(setrlimit(RLIMIT_MSGQUEUE, &limit), 0);
	q = mq_open(own_name, O_RDWR | O_CREAT, 0600, &attr);
	CHECK(q >= 0);
	mq_unlink(own_name);
	CHECK_ERR(mq_open(own_name, O_RDWR | O_CREAT, 0600, &attr), EMFILE);
	mq_close(q); /* and now it counts no more */
	q = mq_open(own_name, O_RDWR | O_CREAT, 0600, &attr);
	CHECK(q >= 0);
	mq_unlink(own_name);
}

static long number_in(const char *name)
{
	char path[100];
	long n = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/sys/fs/mqueue/%s", name);
	f = fopen(path, "r");
	if (f == NULL || fscanf(f, "%ld", &n) != 1)
		test_fail("cannot read %s", path);
	if (f != NULL)
		fclose(f);
	return n;
}

int main(void)
{
	mqd_t q = new_queue(2, 16, 0);

	CHECK_EQ(fchmod(q, 0604), 0);
	CHECK_EQ(number_in("msg_max"), 10);
	CHECK_EQ(number_in("msg_default"), 10);
	CHECK_EQ(number_in("msgsize_max"), 8192);
	CHECK_EQ(number_in("msgsize_default"), 8192);
	CHECK_EQ(number_in("queues_max"), 256);
	if (geteuid() != 0 || !as_nobody(visitor))
		skip("may not become another user");
	return TEST_RESULT;
}
