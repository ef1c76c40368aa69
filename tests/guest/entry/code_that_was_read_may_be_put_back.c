/*
 * A program that reads its own code, puts breakpoints in its place and then what it has read,
 * runs as before, in threads and children, too.
 */
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "../test.h"
#include "many_calls.h"

__asm__(".text\n"
	".balign 4096\n"
	".type calls, @function\n"
	"calls:\n"
	CODE_OF_CALLS
	"calls_end:\n\t"
	".balign 4096\n");

extern unsigned char calls[], calls_end[];
long call_all(void) __asm__("calls");

static void *in_a_thread(void *unused)
{
	CHECK_EQ(call_all(), getppid());
	return unused;
}

static void change_and_put_back(void)
{
	static unsigned char was[PAGE];
	size_t len = (size_t)(calls_end - calls);

	memcpy(was, calls, len);
	REQUIRE(mprotect(calls, PAGE, PROT_READ | PROT_WRITE) == 0);
	memset(calls, 0xcc, len);
	memcpy(calls, was, len);
	REQUIRE(mprotect(calls, PAGE, PROT_READ | PROT_EXEC) == 0);
}

static void child(void)
{
	pthread_t t;

	for (int i = 0; i < 3; i++) {
		CHECK_EQ(call_all(), getppid());
		change_and_put_back();
		CHECK_EQ(call_all(), getppid());
		REQUIRE(pthread_create(&t, NULL, in_a_thread, NULL) == 0);
		pthread_join(t, NULL);
	}
}

int main(void)
{
	for (int i = 0; i < 6; i++) {
		int status;
		pid_t pid;

		CHECK_EQ(call_all(), getppid());
		pid = fork();
		REQUIRE(pid >= 0);
		if (pid == 0) {
			alarm(60);
			child();
			_exit(TEST_RESULT);
		}
		REQUIRE(waitpid(pid, &status, 0) == pid);
		CHECK_EQ(status, 0);
	}
	return TEST_RESULT;
}
