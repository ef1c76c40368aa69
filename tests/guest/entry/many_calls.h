/* Code that makes many calls, one like the other, for tests that look at its bytes. */
#ifndef NACRE_TESTS_GUEST_ENTRY_MANY_CALLS_H
#define NACRE_TESTS_GUEST_ENTRY_MANY_CALLS_H

#include <sys/syscall.h>

#define STR_(x) #x
#define STR(x) STR_(x)
#define CALLS 60

/* mov $nr,%eax; syscall; cmp $-4096,%rax */
#define CODE_OF_CALLS \
	".rept " STR(CALLS) "\n\t" \
			    "mov $" STR(SYS_getppid) ", %eax\n\t" \
						     "syscall\n\t" \
						     "cmp $-4096, %rax\n\t" \
						     ".endr\n\t" \
						     "ret\n"

#endif
