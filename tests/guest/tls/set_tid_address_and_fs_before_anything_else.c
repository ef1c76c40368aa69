/* The first calls of a libc start: arch_prctl, set_tid_address, in a bare program. */
//build: bare bare-pie
#include "../raw.h"
#include <asm/prctl.h>

static unsigned long tls[64];
static int tid;

int raw_main(unsigned long *stack)
{
	(void)stack;
	RAW_CHECK(raw2(__NR_arch_prctl, ARCH_SET_FS, tls) == 0);
	RAW_CHECK(raw1(__NR_set_tid_address, &tid) == raw0(__NR_gettid));
	RAW_CHECK(raw1(__NR_set_tid_address, 0) == raw0(__NR_getpid));
	RAW_CHECK(raw1(__NR_set_tid_address, 0x123) == raw0(__NR_gettid));
	return 0;
}
