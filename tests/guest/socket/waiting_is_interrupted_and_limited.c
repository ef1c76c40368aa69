/* Blocking calls end by a signal (restarted or not), a time limit, shutdown, close. */
#include "socket.h"
#include <pthread.h>
#include <signal.h>

static volatile int handled;
static int p[2];

static void handler(int sig)
{
	(void)sig;
	handled++;
}

static void handle(int flags)
{
	struct sigaction sa = { .sa_handler = handler, .sa_flags = flags };

	sigaction(SIGUSR1, &sa, NULL);
	handled = 0;
}

struct later {
	pthread_t thread, target;
	int what;
	volatile bool done;
};

static void *act(void *arg)
{
	struct later *l = arg;

	do { /* the first may come before the wait */
		nap(40);
		if (l->what == 0 || l->what == 1)
			pthread_kill(l->target, SIGUSR1);
	} while (l->what == 0 && !l->done);
	if (l->what == 1 || l->what == 2) {
		nap(40);
		CHECK_EQ(write(p[1], "data", 4), 4);
	}
	if (l->what == 3)
		shutdown(p[1], SHUT_RDWR);
	if (l->what == 4)
		close(p[1]);
	if (l->what == 5) {
		CHECK_EQ(write(p[1], "a", 1), 1);
		nap(30);
		CHECK_EQ(write(p[1], "bc", 2), 2);
	}
	return NULL;
}

static void after(struct later *l, int what)
{
	l->what = what;
	l->done = false;
	l->target = pthread_self();
	pthread_create(&l->thread, NULL, act, l);
}

static void join(struct later *l)
{
	l->done = true;
	pthread_join(l->thread, NULL);
}

static long since(const struct timespec *t)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - t->tv_sec) * 1000 + (now.tv_nsec - t->tv_nsec) / 1000000;
}

static void one_type(int type)
{
	struct timeval tv = { 0, 60000 }, ten = { 10, 0 }, none = { 0, 0 };
	struct timespec start;
	struct later l;
	char buf[16];

	pair(type, p);
	handle(0);
	after(&l, 0);
	CHECK_ERR(read(p[0], buf, 16), EINTR);
	join(&l);
	handle(SA_RESTART);
	after(&l, 1);
	CHECK_EQ(read(p[0], buf, 16), 4);
	CHECK_EQ(handled, 1);
	join(&l);

	clock_gettime(CLOCK_MONOTONIC, &start);
	CHECK_EQ(setsockopt(p[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)), 0);
	CHECK_ERR(read(p[0], buf, 16), EAGAIN);
	CHECK(since(&start) >= 55);
	CHECK_EQ(setsockopt(p[0], SOL_SOCKET, SO_RCVTIMEO, &ten, sizeof(ten)), 0);
	after(&l, 0); /* with a limit it is never restarted */
	CHECK_ERR(read(p[0], buf, 16), EINTR);
	join(&l);
	CHECK_EQ(setsockopt(p[0], SOL_SOCKET, SO_RCVTIMEO, &none, sizeof(none)), 0);
	after(&l, 2);
	CHECK_EQ(recv(p[0], buf, 16, 0), 4);
	join(&l);
	if (type == SOCK_STREAM) {
		after(&l, 5);
		CHECK_EQ(recv(p[0], buf, 3, MSG_WAITALL), 3);
		CHECK(memcmp(buf, "abc", 3) == 0);
		join(&l);
	}
	if (type != SOCK_DGRAM) {
		after(&l, 3);
		CHECK_EQ(read(p[0], buf, 16), 0);
		join(&l);
		close(p[0]);
		close(p[1]);
		pair(type, p);
		after(&l, 4);
		CHECK_EQ(read(p[0], buf, 16), 0);
		join(&l);
	}
	close(p[0]);
	close(p[1]);
}

int main(void)
{
	struct later l;
	struct sockaddr_un a;
	socklen_t alen;
	int s;

	one_type(SOCK_STREAM);
	one_type(SOCK_DGRAM);
	one_type(SOCK_SEQPACKET);
	s = un_bound(SOCK_STREAM, 0, &a, &alen);
	handle(0);
	after(&l, 0);
	CHECK_ERR(accept(s, NULL, NULL), EINTR);
	join(&l);
	return TEST_RESULT;
}
