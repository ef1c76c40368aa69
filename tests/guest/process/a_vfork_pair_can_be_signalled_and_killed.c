/* Signals to either side of a vfork while the child runs: stops, kills, handlers. */
#include <sys/mman.h>
#include <time.h>

#include "process.h"

static struct shared {
	volatile pid_t child;
	volatile int step, handled;
} *sh;

static void on_usr1(int sig)
{
	(void)sig;
	sh->handled = getpid();
}

static void pause_ms(int ms)
{
	struct timespec t = { 0, ms * 1000000L };

	nanosleep(&t, NULL);
}

/* Runs the pair in a process of its own; the child waits until step is 2. */
static pid_t start(void)
{
	memset((void *)sh, 0, sizeof(*sh));
	pid_t parent = CHILD({
		signal(SIGUSR1, on_usr1);
		pid_t pid = vfork();

		if (pid == 0) {
			sh->child = getpid();
			sh->step = 1;
			while (sh->step != 2)
				pause_ms(1);
			_exit(5);
		}
		int status = status_of(pid);
		_exit(WIFEXITED(status) ? 40 + WEXITSTATUS(status) : WTERMSIG(status));
	});

	while (sh->step != 1)
		pause_ms(1);
	return parent;
}

int main(void)
{
	int status;

	sh = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	REQUIRE(sh != MAP_FAILED);
	/* The child is killed: the parent goes on. */
	pid_t parent = start();
	CHECK(sh->child != parent);
	CHECK_EQ(kill(sh->child, SIGKILL), 0);
	CHECK_EQ(WEXITSTATUS(status_of(parent)), SIGKILL);
	/* A handler of the child's runs in the child. */
	parent = start();
	CHECK_EQ(kill(sh->child, SIGUSR1), 0);
	for (int i = 0; i < 3000 && sh->handled == 0; i++)
		pause_ms(1);
	CHECK_EQ(sh->handled, sh->child);
	sh->step = 2;
	CHECK_EQ(WEXITSTATUS(status_of(parent)), 45);
	/* The parent's waits until it goes on. */
	parent = start();
	CHECK_EQ(kill(parent, SIGUSR1), 0);
	pause_ms(20);
	CHECK_EQ(sh->handled, 0);
	sh->step = 2;
	CHECK_EQ(WEXITSTATUS(status_of(parent)), 45);
	CHECK_EQ(sh->handled, parent);
	/* A stopped child keeps the parent waiting; continued, both go on. */
	parent = start();
	CHECK_EQ(kill(sh->child, SIGSTOP), 0);
	pause_ms(20);
	sh->step = 2;
	pause_ms(20);
	CHECK_EQ(waitpid(parent, &status, WNOHANG), 0);
	CHECK_EQ(kill(sh->child, SIGCONT), 0);
	CHECK_EQ(WEXITSTATUS(status_of(parent)), 45);
	return TEST_RESULT;
}
