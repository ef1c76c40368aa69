/* prctl: name and its truncation, dumpable, pdeathsig, no_new_privs, capbset, unknown. */
#include "../test.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

int main(void)
{
	char name[17] = "################", comm[32] = "";
	int sig = 99, fd;

	CHECK_EQ(prctl(PR_GET_NAME, name), 0);
	CHECK(strcmp(name, "prctl_names_and") == 0);
	CHECK_EQ(prctl(PR_SET_NAME, "a name that is too long"), 0);
	CHECK_EQ(prctl(PR_GET_NAME, name), 0);
	CHECK(strcmp(name, "a name that is ") == 0);
	fd = open("/proc/self/comm", O_RDONLY);
	CHECK(read(fd, comm, sizeof(comm)) == 16 && strcmp(comm, "a name that is \n") == 0);
	CHECK_EQ(sys2(SYS_prctl, PR_SET_NAME, BAD_HIGH), -EFAULT);
	CHECK_EQ(sys2(SYS_prctl, PR_GET_NAME, BAD_HIGH), -EFAULT);
	CHECK_EQ(prctl(PR_GET_DUMPABLE), 1);
	CHECK_EQ(prctl(PR_SET_DUMPABLE, 0), 0);
	CHECK_EQ(prctl(PR_GET_DUMPABLE), 0);
	CHECK_ERR(prctl(PR_SET_DUMPABLE, 99), EINVAL);
	CHECK_EQ(prctl(PR_GET_PDEATHSIG, &sig), 0);
	CHECK_EQ(sig, 0);
	CHECK_EQ(prctl(PR_SET_PDEATHSIG, SIGUSR1), 0);
	CHECK_EQ(prctl(PR_GET_PDEATHSIG, &sig), 0);
	CHECK_EQ(sig, SIGUSR1);
	CHECK_ERR(prctl(PR_SET_PDEATHSIG, 99), EINVAL);
	CHECK_EQ(prctl(PR_SET_PDEATHSIG, 0), 0);
	CHECK_EQ(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	CHECK_EQ(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
	CHECK_ERR(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0), EINVAL);
	CHECK_ERR(prctl(PR_CAPBSET_READ, 9999), EINVAL);
	CHECK_ERR(prctl(0x7fffffff), EINVAL);
	CHECK_EQ(prctl(PR_GET_TIMERSLACK) > 0, 1);
	return TEST_RESULT;
}
