/* A million bytes each way between processes, nothing lost, nothing mixed. */
#include "pty.h"

#define TOTAL 1000000

static int sink(int fd)
{
	unsigned char buf[5000];
	long at = 0;

	while (at < TOTAL) {
		long n = read(fd, buf, sizeof(buf));

		if (n <= 0)
			return 1;
		for (long i = 0; i < n; i++, at++)
			if (buf[i] != (unsigned char)(at % 251))
				return 2;
	}
	return 0;
}

static int source(int fd)
{
	unsigned char buf[3000];
	long at = 0;

	while (at < TOTAL) {
		long len = TOTAL - at < 3000 ? TOTAL - at : 3000;

		for (long i = 0; i < len; i++)
			buf[i] = (unsigned char)((at + i) % 251);
		len = write(fd, buf, (size_t)len);
		if (len <= 0)
			return 3;
		at += len;
	}
	return 0;
}

int main(void)
{
	struct pair p;
	pid_t pids[3];

	pair_open(&p);
	make_raw(p.slave);
	for (int i = 0; i < 3; i++) {
		pids[i] = fork();
		if (pids[i] != 0)
			continue;
		_exit(i == 0 ? sink(p.slave) : i == 1 ? source(p.slave) : source(p.master));
	}
	CHECK_EQ(sink(p.master), 0);
	for (int i = 0; i < 3; i++)
		CHECK_EQ(child_end(pids[i]), 0);
	return TEST_RESULT;
}
