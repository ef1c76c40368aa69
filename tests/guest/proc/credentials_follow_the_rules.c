/* set*uid, set*gid, groups and capabilities, from user 0 down. */
#include "../test.h"
#include <grp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

struct cap_header {
	uint32_t version;
	int pid;
};

static uint32_t effective(void)
{
	struct cap_header h = { 0x20080522, 0 };
	uint32_t data[6] = { 0 };

	CHECK_EQ(sys2(SYS_capget, &h, data), 0);
	return data[0] | data[3];
}

static void check_ids(uid_t r, uid_t e, uid_t s)
{
	uid_t have[3];

	CHECK_EQ(getresuid(&have[0], &have[1], &have[2]), 0);
	CHECK_EQ(have[0], r);
	CHECK_EQ(have[1], e);
	CHECK_EQ(have[2], s);
}

static void drop_for_good(void)
{
	CHECK_EQ(setresuid(1000, 2000, 3000), 0);
	check_ids(1000, 2000, 3000);
	CHECK_EQ(effective(), 0);
	CHECK_ERR(setuid(0), EPERM);
	CHECK_EQ(setuid(3000), 0);
	check_ids(1000, 3000, 3000);
	CHECK_EQ(setreuid(-1, 1000), 0);
	check_ids(1000, 1000, 3000);
	CHECK_ERR(setgroups(0, NULL), EPERM);
	CHECK_ERR(setresgid(5, 5, 5), EPERM);
}

static void drop_for_a_while(void)
{
	CHECK_EQ(seteuid(1000), 0);
	CHECK_EQ(effective(), 0);
	CHECK_EQ(seteuid(0), 0);
	CHECK(effective() != 0);
	CHECK_EQ(setuid(7), 0);
	check_ids(7, 7, 7);
	CHECK_ERR(setuid(0), EPERM);
}

static void groups(void)
{
	gid_t three[3] = { 9, 5, 7 }, have[8];

	CHECK_EQ(setgroups(3, three), 0);
	CHECK_EQ(getgroups(8, have), 3);
	CHECK(have[0] == 5 && have[1] == 7 && have[2] == 9);
	CHECK_ERR(getgroups(1, have), EINVAL);
	CHECK_EQ(sys2(SYS_getgroups, -1, have), -EINVAL);
	CHECK_EQ(getgroups(0, NULL), 3);
}

int main(void)
{
	void (*const parts[])(void) = { drop_for_good, drop_for_a_while, groups };
	struct cap_header odd = { 0x1234, 0 };
	uint32_t data[6];

	if (geteuid() != 0)
		skip("needs user 0");
	CHECK_EQ(sys2(SYS_capget, &odd, data), -EINVAL);
	CHECK_EQ(odd.version, 0x20080522);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		pid_t pid = fork();
		int status;

		REQUIRE(pid >= 0);
		if (pid == 0) {
			parts[i]();
			_exit(TEST_RESULT);
		}
		CHECK_EQ(waitpid(pid, &status, 0), pid);
		CHECK_EQ(status, 0);
	}
	return TEST_RESULT;
}
