/* clone as a thread without libc: CHILD_SETTID, PARENT_SETTID, CLEARTID wakes a futex. */
#include "../test.h"
#include <linux/futex.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>

static int parent_tid, child_tid = 1;
static volatile int shared, tid_in_child, was_stored_before;

/* Returns the tid in the parent; the child runs fn on its stack and exits. */
long raw_clone(unsigned long flags, void *stack, int *ptid, int *ctid, unsigned long tls,
	       void (*fn)(void));

__asm__(".text\n"
	"raw_clone:\n"
	"	push %rbx\n"
	"	mov %rcx, %r10\n"
	"	mov %r9, %rbx\n"
	"	mov $56, %eax\n"
	"	syscall\n"
	"	test %rax, %rax\n"
	"	jnz 1f\n"
	"	xor %ebp, %ebp\n"
	"	call *%rbx\n"
	"	mov $60, %eax\n"
	"	xor %edi, %edi\n"
	"	syscall\n"
	"	hlt\n"
	"1:	pop %rbx\n"
	"	ret\n");

static void child(void)
{
	was_stored_before = child_tid;
	tid_in_child = (int)sys0(SYS_gettid);
	shared = 42;
}

int main(void)
{
	const unsigned long flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
		CLONE_THREAD | CLONE_SYSVSEM | CLONE_PARENT_SETTID | CLONE_CHILD_SETTID |
		CLONE_CHILD_CLEARTID;
	char *stack = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			   -1, 0);
	long tid;
	int now;

	REQUIRE(stack != MAP_FAILED);
	tid = raw_clone(flags, stack + 65536, &parent_tid, &child_tid, 0, child);
	REQUIRE(tid > 0);
	CHECK_EQ(parent_tid, tid);
	while ((now = __atomic_load_n(&child_tid, __ATOMIC_SEQ_CST)) != 0)
		sys4(SYS_futex, &child_tid, FUTEX_WAIT, now, NULL);
	CHECK_EQ(shared, 42);
	CHECK_EQ(tid_in_child, tid);
	CHECK_EQ(was_stored_before, tid);
	/* the word is cleared on the way out, a moment before the thread is gone */
	for (int i = 0; i < 100000 && sys3(SYS_tgkill, getpid(), tid, 0) == 0; i++)
		sys0(SYS_sched_yield);
	CHECK_EQ(sys3(SYS_tgkill, getpid(), tid, 0), -ESRCH);
	return TEST_RESULT;
}
