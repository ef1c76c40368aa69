/*
 * canary.c - what an attack from inside the jail would hurt: a directory with one
 * file, and a process. The attack is told where they are and must not touch them.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

static const char song[] = "alive\n";
static char memory[64]; /* for an attack to write to, in the canary process */

void canary_create(struct canary *canary, const char *scratch)
{
	char *path;
	int fd;

	canary->directory = format("%s/canary.%d", scratch, (int)getpid());
	mkdir(canary->directory, 0755);
	chmod(canary->directory, 0777);
	path = format("%s/file", canary->directory);
	fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0666);
	fchmod(fd, 0666);
	if (fd < 0 || write(fd, song, sizeof(song) - 1) != sizeof(song) - 1)
		abort();
	close(fd);
	free(path);
	canary->pid = fork();
	if (canary->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	canary->env[0] = format("NACRE_TEST_CANARY_DIR=%s", canary->directory);
	canary->env[1] = format("NACRE_TEST_CANARY_PID=%d", (int)canary->pid);
	canary->env[2] = format("NACRE_TEST_CANARY_MEMORY=%p", (void *)memory);
}

/* NULL, or what happened to it. */
const char *canary_damage(const struct canary *canary)
{
	char *path = format("%s/file", canary->directory), text[64];
	DIR *dir = opendir(canary->directory);
	struct dirent *entry;
	int entries = 0, status;
	ssize_t got = -1;
	int fd = open(path, O_RDONLY);

	if (fd >= 0) {
		got = read(fd, text, sizeof(text));
		close(fd);
	}
	free(path);
	while (dir != NULL && (entry = readdir(dir)) != NULL)
		entries++;
	if (dir != NULL)
		closedir(dir);
	if (got != sizeof(song) - 1 || memcmp(text, song, (size_t)got) != 0)
		return "a host file was changed";
	if (entries != 3)
		return "a host file was created or removed";
	if (waitpid(canary->pid, &status, WNOHANG | WUNTRACED | WCONTINUED) != 0)
		return "a host process was killed or stopped";
	return NULL;
}

void canary_destroy(struct canary *canary)
{
	char *command = format("rm -rf '%s'", canary->directory);

	kill(canary->pid, SIGKILL);
	waitpid(canary->pid, NULL, 0);
	if (system(command) != 0)
		perror(command);
	free(command);
	free(canary->directory);
	free(canary->env[0]);
	free(canary->env[1]);
	free(canary->env[2]);
}
