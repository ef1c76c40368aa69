/* A signal reaches a pure computing loop; its registers survive thousands of arrivals. */
#include "../test.h"
#include <signal.h>
#include <sys/time.h>

static volatile int count;

static void handler(int sig)
{
	(void)sig;
	count++;
}

int main(void)
{
	struct itimerval timer = { { 0, 1000 }, { 0, 1000 } }, off = { 0 };
	unsigned long a = 1, b = 2, c = 3, rounds = 0;
	double x = 1.0, y = 0.5;

	signal(SIGALRM, handler);
	setitimer(ITIMER_REAL, &timer, NULL);
	while (count < 200) {
		/* an invariant over many registers: b is always 2a, c 3a; x is 2y */
		for (int i = 0; i < 1000; i++) {
			a++;
			b += 2;
			c += 3;
			x += 0.25;
			y += 0.125;
			__asm__ volatile("" : "+r"(a), "+r"(b), "+r"(c), "+x"(x), "+x"(y));
		}
		if (b != 2 * a || c != 3 * a || x != 2 * y) {
			test_fail("registers changed under the loop");
			break;
		}
		if (x > 1e9)
			x = 1.0, y = 0.5;
		rounds++;
	}
	setitimer(ITIMER_REAL, &off, NULL);
	CHECK(rounds > 0);
	return TEST_RESULT;
}
