/* bash with job control on a pty: Ctrl-Z, jobs, bg, fg, Ctrl-C. */
#include "pty.h"

static char seen[65536];
static size_t seen_len;

/* Read until text appears behind what was matched before. */
static bool until(int fd, const char *text)
{
	static size_t matched;
	char *found;

	for (;;) {
		long n;

		found = strstr(seen + matched, text);
		if (found != NULL) {
			matched = (size_t)(found - seen) + strlen(text);
			return true;
		}
		if (!readable(fd, 10000) || seen_len > sizeof(seen) - 2048)
			return false;
		n = read(fd, seen + seen_len, 1024);
		if (n <= 0)
			return false;
		seen_len += (size_t)n;
		seen[seen_len] = 0;
	}
}

static int shell(struct pair *p)
{
	close(p->master);
	dup2(0, 1);
	dup2(0, 2);
	setenv("PS1", "READY> ", 1);
	setenv("TERM", "dumb", 1);
	setenv("HISTFILE", "/dev/null", 1);
	execl("/bin/bash", "bash", "--norc", "--noprofile", "--noediting", "-i", (char *)NULL);
	return 77;
}

static void type(struct pair *p, const char *text)
{
	CHECK_EQ(write(p->master, text, strlen(text)), (long)strlen(text));
}

static void see(struct pair *p, const char *want)
{
	if (until(p->master, want))
		return;
	test_fail("did not see \"%s\"; the screen: %s", want, seen);
	exit(1);
}

/* At the prompt, type; then see. */
static void command(struct pair *p, const char *text, const char *want)
{
	see(p, "READY> ");
	type(p, text);
	see(p, want);
}

int main(void)
{
	struct pair p;
	pid_t pid;

	master_open(&p);
	pid = session_start(&p, shell);
	command(&p, "echo a$((1+1))b\n", "\na2b\r\n");
	command(&p, "sleep 50\n", "sleep 50\r\n");
	pause_ms(300);
	type(&p, "\032");
	see(&p, "Stopped");
	command(&p, "jobs\n", "Stopped");
	command(&p, "bg\n", "sleep 50 &");
	command(&p, "jobs\n", "Running");
	command(&p, "fg\n", "\nsleep 50\r\n");
	pause_ms(300);
	type(&p, "\003");
	command(&p, "echo status $?\n", "\nstatus 130\r\n");
	command(&p, "cat &\n", "[1] ");
	pause_ms(300);
	type(&p, "\n");
	see(&p, "Stopped");
	command(&p, "kill %1; wait 2>/dev/null; echo done$((1+2))\n", "done3\r\n");
	command(&p, "stty -a | head -c 5; echo\n", "\nspeed");
	command(&p, "tty\n", p.name);
	command(&p, "exit 7\n", "exit");
	CHECK_EQ(child_end(pid), 7 << 8);
	return TEST_RESULT;
}
