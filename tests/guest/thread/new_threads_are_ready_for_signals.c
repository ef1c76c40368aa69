/* Threads made and ended while their process is signalled all the time: none is lost or hurt. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>

#include "../test.h"

static atomic_int seen, started;
static _Thread_local int own = 7;

static void handler(int sig)
{
	(void)sig;
	if (own != 7)
		test_fail("a handler on a thread without its TLS");
	seen++;
}

static void *body(void *arg)
{
	sigset_t set;

	started++;
	pthread_sigmask(SIG_BLOCK, NULL, &set);
	if (sigismember(&set, SIGUSR1) != (arg != NULL))
		test_fail("the mask is not that of the creator");
	if (own != 7)
		test_fail("TLS");
	return arg;
}

int main(void)
{
	struct sigaction sa = { .sa_handler = handler, .sa_flags = SA_RESTART };
	sigset_t set;
	pid_t self = getpid();

	sigaction(SIGUSR1, &sa, NULL);
	pid_t pid = fork();
	REQUIRE(pid >= 0);
	if (pid == 0) {
		signal(SIGUSR1, SIG_IGN);
		while (getppid() == self) {
			kill(self, SIGUSR1);
			usleep(100);
		}
		_exit(0);
	}
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	for (int i = 0; i < 300; i++) {
		pthread_t t;

		pthread_sigmask(i % 3 == 0 ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
		REQUIRE(pthread_create(&t, NULL, body, i % 3 == 0 ? &set : NULL) == 0);
		REQUIRE(pthread_join(t, NULL) == 0);
	}
	CHECK_EQ(started, 300);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	while (seen == 0)
		usleep(1000);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return TEST_RESULT;
}
