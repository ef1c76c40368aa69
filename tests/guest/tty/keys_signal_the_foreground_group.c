/* VINTR, VQUIT, VSUSP reach every process of the foreground group, and nobody else. */
#include "pty.h"

static volatile int got[65];

static void count(int sig)
{
	got[sig]++;
}

static int wait_got(int sig)
{
	for (int i = 0; i < 3000 && got[sig] == 0; i++)
		pause_ms(10);
	return got[sig];
}

static void handle_all(void)
{
	signal(SIGINT, count);
	signal(SIGQUIT, count);
	signal(SIGTSTP, count);
}

/* A member of the foreground group that ends with the number of signals it got. */
static pid_t member(bool own_group)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	if (own_group)
		setpgid(0, 0);
	handle_all();
	dprintf(0, "r");
	if (own_group)
		pause_ms(800);
	else
		wait_got(SIGINT), wait_got(SIGQUIT), wait_got(SIGTSTP);
	_exit(got[SIGINT] + 10 * got[SIGQUIT] + 100 * got[SIGTSTP]);
}

static int leader(struct pair *p)
{
	pid_t same, other;

	(void)p;
	handle_all();
	CHANGE(0, c_lflag, 0, ECHO);
	same = member(false);
	other = member(true);
	wait_got(SIGINT);
	wait_got(SIGQUIT);
	wait_got(SIGTSTP);
	CHECK_EQ(got[SIGINT], 1);
	CHECK_EQ(got[SIGQUIT], 1);
	CHECK_EQ(got[SIGTSTP], 1);
	CHECK_EQ(child_end(same), 111 << 8);
	CHECK_EQ(child_end(other), 0);
	return TEST_RESULT;
}

int main(void)
{
	struct pair p;
	pid_t pid;

	master_open(&p);
	pid = session_start(&p, leader);
	EXPECT(p.master, "rr");
	TYPE(&p, "\003");
	pause_ms(300);
	TYPE(&p, "\034");
	pause_ms(300);
	TYPE(&p, "\032");
	CHECK_EQ(child_end(pid), 0);
	return TEST_RESULT;
}
