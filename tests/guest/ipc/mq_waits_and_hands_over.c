/* Blocked receivers and senders are served in order; limits of time; signals and SA_RESTART. */
#include "mqueue.h"

static mqd_t q;

static void receives(void)
{
	char buf[16];
	unsigned priority;

	CHECK_EQ(mq_receive(q, buf, 16, &priority), 5);
	CHECK(memcmp(buf, "hello", 5) == 0 && priority == 9);
}

static void sends_five(void)
{
	for (char c = 'a'; c <= 'e'; c++)
		CHECK_EQ(mq_send(q, &c, 1, 4), 0);
}

static void sends_later(void)
{
	pause_ms(150);
	CHECK_EQ(mq_send(q, "late", 4, 0), 0);
}

int main(void)
{
	struct timespec limit, before, after;
	char buf[16];
	pid_t pid;

	q = new_queue(2, 16, 0);
	clock_gettime(CLOCK_MONOTONIC, &before);
	limit = from_now(60);
	CHECK_ERR(mq_timedreceive(q, buf, 16, NULL, &limit), ETIMEDOUT);
	clock_gettime(CLOCK_MONOTONIC, &after);
	CHECK((after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000
	      >= 50);
	pid = child(receives);
	pause_ms(50);
	CHECK_EQ(mq_send(q, "hello", 5, 9), 0);
	child_ok(pid);
	pid = child(sends_five);
	pause_ms(50);
	for (char c = 'a'; c <= 'e'; c++) {
		CHECK_EQ(mq_receive(q, buf, 16, NULL), 1);
		CHECK_EQ(buf[0], c);
	}
	child_ok(pid);
	start_signals(0);
	CHECK_ERR(mq_receive(q, buf, 16, NULL), EINTR);
	signal(SIGALRM, on_alarm); /* with SA_RESTART */
	pid = child(sends_later);
	CHECK_EQ(mq_receive(q, buf, 16, NULL), 4);
	child_ok(pid);
	return TEST_RESULT;
}
