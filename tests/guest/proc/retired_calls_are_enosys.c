/* Calls x86-64 Linux numbers but no longer or never serves. */
#include "../test.h"
#include <sys/syscall.h>

int main(void)
{
	static const long numbers[] = {
		134, /* uselib */ 156, /* _sysctl */ 174, /* create_module */
		177, /* get_kernel_syms */ 178, /* query_module */ 180, /* nfsservctl */
		181, /* getpmsg */ 182, /* putpmsg */ 183, /* afs_syscall */ 184, /* tuxcall */
		185, /* security */ 205, /* set_thread_area */ 211, /* get_thread_area */
		214, /* epoll_ctl_old */ 215, /* epoll_wait_old */ 236, /* vserver */
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (sys0(numbers[i]) != -ENOSYS)
			test_fail("call %ld gave %ld", numbers[i], sys0(numbers[i]));
	return TEST_RESULT;
}
