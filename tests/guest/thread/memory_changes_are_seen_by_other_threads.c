/* mprotect and munmap in one thread take effect in the others. */
#include "../test.h"
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

static __thread sigjmp_buf back;
static char *page;
static pthread_barrier_t barrier;

static void handler(int sig)
{
	siglongjmp(back, sig);
}

static int try_write(void)
{
	int sig = sigsetjmp(back, 1);

	if (sig == 0)
		*(volatile char *)page = 1;
	return sig;
}

static void *worker(void *unused)
{
	for (int i = 0; i < 50; i++) {
		pthread_barrier_wait(&barrier);
		CHECK_EQ(try_write(), i & 1 ? SIGSEGV : 0);
		pthread_barrier_wait(&barrier);
	}
	return unused;
}

int main(void)
{
	pthread_t threads[3];

	page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	signal(SIGSEGV, handler);
	pthread_barrier_init(&barrier, NULL, 4);
	for (int i = 0; i < 3; i++)
		REQUIRE(pthread_create(&threads[i], NULL, worker, NULL) == 0);
	for (int i = 0; i < 50; i++) {
		mprotect(page, PAGE, i & 1 ? PROT_READ : PROT_READ | PROT_WRITE);
		pthread_barrier_wait(&barrier);
		pthread_barrier_wait(&barrier);
	}
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	return TEST_RESULT;
}
