/*
 * A program without a C library that keeps a pointer in its thread-local storage and writes
 * through it. It does not look at what arch_prctl(2) says. SEGMENT is "fs" or "gs", CODE the
 * operation that sets that base.
 */
#include <asm/prctl.h>
#include <asm/unistd.h>

struct storage {
	struct storage *self;
	struct table {
		int reserved;
		int flags;
	} *table;
};

static struct table table;
static struct storage storage;

static long call3(long nr, long a, long b, long c)
{
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(nr), "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
	return result;
}

/* As a C library does early: where is my table? */
__attribute__((noinline)) static void table_open(void)
{
	struct table *t;

	__asm__ volatile("mov %%" SEGMENT ":8, %0" : "=r"(t));
	t->flags = 1;
}

__attribute__((noinline)) static void start(void)
{
	storage.self = &storage;
	storage.table = &table;
	call3(__NR_getpid, 0, 0, 0);
	call3(__NR_arch_prctl, CODE, (long)&storage, 0);
	table_open();
	call3(__NR_write, 1, (long)"it works\n", 9);
	call3(__NR_exit_group, 0, 0, 0);
}

__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n\tand $-16, %rsp\n\tcall begin\n");

__attribute__((used)) void begin(void)
{
	start();
}
