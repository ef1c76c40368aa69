/* pids, group, session; who we are; set*id to the same; getgroups. */
#include "../test.h"
#include <grp.h>
#include <sys/syscall.h>

int main(void)
{
	uid_t r = 9, e = 9, s = 9;
	gid_t groups[64];

	CHECK(getpid() > 0);
	CHECK_EQ(getpid(), gettid());
	CHECK(getppid() >= 0);
	CHECK_EQ(getuid() + geteuid() + getgid() + getegid(), 0);
	CHECK_EQ(getresuid(&r, &e, &s), 0);
	CHECK_EQ(r + e + s, 0);
	CHECK_EQ(getresgid(&r, &e, &s), 0);
	CHECK_EQ(r + e + s, 0);
	CHECK_EQ(sys3(SYS_getresuid, BAD_HIGH, &e, &s), -EFAULT);
	CHECK_EQ(setuid(0), 0);
	CHECK_EQ(setgid(0), 0);
	CHECK(getgroups(0, NULL) >= 0);
	CHECK(getgroups(64, groups) >= 0);
	CHECK_EQ(sys2(SYS_getgroups, -1, groups), -EINVAL);
	CHECK_EQ(getpgid(0), getpgrp());
	CHECK_EQ(getpgid(getpid()), getpgrp());
	CHECK_EQ(getsid(0), getsid(getpid()));
	CHECK_ERR(getpgid(-1), ESRCH);
	CHECK_ERR(getsid(0x3ffffff0), ESRCH);
	return TEST_RESULT;
}
