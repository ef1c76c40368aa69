/*
 * sysv.h - for tests of System V IPC: objects that are removed when the test ends,
 * however it does, and children that report by their exit status.
 */
#ifndef TEST_SYSV_H
#define TEST_SYSV_H

#include "../test.h"
#include <signal.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <time.h>

union semun {
	int val;
	struct semid_ds *buf;
	unsigned short *array;
	struct seminfo *info;
};

#define OBJECTS_MAX 64

static struct {
	char kind; /* 'm', 's', 'q' */
	int id;
	pid_t maker;
} objects[OBJECTS_MAX] __attribute__((unused));

static int object_count __attribute__((unused));

static void __attribute__((destructor, unused)) remove_objects(void)
{
	for (int i = 0; i < object_count; i++) {
		if (objects[i].maker != getpid())
			continue;
		if (objects[i].kind == 'm')
			shmctl(objects[i].id, IPC_RMID, NULL);
		else if (objects[i].kind == 's')
			semctl(objects[i].id, 0, IPC_RMID);
		else
			msgctl(objects[i].id, IPC_RMID, NULL);
	}
}

static inline int keep(char kind, int id)
{
	if (id < 0) {
		test_fail("cannot make an object of kind %c: errno %d", kind, errno);
		remove_objects();
		_exit(1);
	}
	objects[object_count].kind = kind;
	objects[object_count].maker = getpid();
	objects[object_count++].id = id;
	return id;
}

static inline int new_shm(size_t size, int mode)
{
	return keep('m', shmget(IPC_PRIVATE, size, IPC_CREAT | mode));
}

static inline int new_sem(int count, int mode)
{
	return keep('s', semget(IPC_PRIVATE, count, IPC_CREAT | mode));
}

static inline int new_msg(int mode)
{
	return keep('q', msgget(IPC_PRIVATE, IPC_CREAT | mode));
}

/* A key nobody has, by trying: parallel runs of the same test get different ones. */
static inline key_t free_key(void)
{
	for (key_t key = 0x6e000000 + getpid() * 16;; key++)
		if (shmget(key, 0, 0) < 0 && semget(key, 0, 0) < 0 && msgget(key, 0) < 0 &&
		    errno == ENOENT)
			return key;
}

static inline void pause_ms(long ms)
{
	const struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

/* Until pid sleeps, which a call of its own that waits makes it do; 10 s at most. */
static inline void until_asleep(pid_t pid)
{
	char path[40], text[512];

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	for (int i = 0, asleep = 0; i < 5000 && asleep < 5; i++) {
		FILE *f = fopen(path, "r");
		size_t n = f != NULL ? fread(text, 1, sizeof(text) - 1, f) : 0;
		const char *state;

		if (f != NULL)
			fclose(f);
		text[n] = '\0';
		state = strrchr(text, ')');
		asleep = state != NULL && state[1] == ' ' && state[2] == 'S' ? asleep + 1 : 0;
		pause_ms(2);
	}
}

/* A child that runs fn and ends with how many of its checks failed. */
static inline pid_t child(void (*fn)(void))
{
	pid_t pid = fork();

	if (pid == 0) {
		test_failures = 0;
		fn();
		_exit(test_failures > 0);
	}
	REQUIRE(pid > 0);
	return pid;
}

static inline void child_ok(pid_t pid)
{
	int status;

	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
}

/* The same as another user. False: we may not become one. */
static inline bool as_nobody(void (*fn)(void))
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		test_failures = 0;
		if (setgid(65534) != 0 || setuid(65534) != 0)
			_exit(77);
		fn();
		_exit(test_failures > 0);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		return false;
	CHECK_EQ(status, 0);
	return true;
}

static inline void on_alarm(int sig)
{
	(void)sig;
}

/* A signal that is handled arrives every 30 ms. */
static inline void start_signals(int flags)
{
	struct sigaction sa = { .sa_handler = on_alarm, .sa_flags = flags };
	const struct itimerspec every = { { 0, 30000000 }, { 0, 30000000 } };
	timer_t timer;

	sigaction(SIGALRM, &sa, NULL);
	REQUIRE(timer_create(CLOCK_MONOTONIC, NULL, &timer) == 0);
	timer_settime(timer, 0, &every, NULL);
}

#endif
