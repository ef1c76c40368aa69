/* sysinfo and the sysconf values that come from it. */
#include "../test.h"
#include <sys/syscall.h>
#include <sys/sysinfo.h>

int main(void)
{
	struct sysinfo s;

	CHECK_EQ(sysinfo(&s), 0);
	CHECK(s.totalram > 0 && s.freeram <= s.totalram && s.mem_unit >= 1);
	CHECK(s.uptime >= 0 && s.procs >= 1);
	CHECK(sysconf(_SC_PHYS_PAGES) > 0);
	CHECK(sysconf(_SC_AVPHYS_PAGES) > 0);
	CHECK(sysconf(_SC_NPROCESSORS_ONLN) >= 1);
	CHECK(sysconf(_SC_NPROCESSORS_CONF) >= sysconf(_SC_NPROCESSORS_ONLN));
	CHECK(get_nprocs() >= 1);
	CHECK_EQ(sysconf(_SC_PAGESIZE), 4096);
	CHECK_EQ(sysconf(_SC_CLK_TCK), 100);
	CHECK_EQ(sys1(SYS_sysinfo, NULL), -EFAULT);
	CHECK_EQ(sys1(SYS_sysinfo, BAD_HIGH), -EFAULT);
	return TEST_RESULT;
}
