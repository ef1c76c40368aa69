/* set_robust_list raw: the owner's words get FUTEX_OWNER_DIED and a waiter is woken. */
#include "../test.h"
#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>

struct node {
	struct node *next;
	int word;
};

static struct {
	struct node *first;
	long offset;
	struct node *pending;
} head;
static struct node nodes[3];
static volatile int owner;

static void *worker(void *unused)
{
	owner = (int)gettid();
	for (int i = 0; i < 3; i++) {
		nodes[i].word = owner | (i == 1 ? (int)FUTEX_WAITERS : 0);
		nodes[i].next = i < 2 ? &nodes[i + 1] : (struct node *)&head;
	}
	nodes[2].word = 12345678; /* not ours: must stay */
	head.first = &nodes[0];
	head.offset = offsetof(struct node, word);
	head.pending = NULL;
	CHECK_EQ(sys2(SYS_set_robust_list, &head, sizeof(head)), 0);
	return unused;
}

int main(void)
{
	pthread_t thread;

	REQUIRE(pthread_create(&thread, NULL, worker, NULL) == 0);
	pthread_join(thread, NULL);
	CHECK_EQ(nodes[0].word, (int)FUTEX_OWNER_DIED);
	CHECK_EQ(nodes[1].word, (int)(FUTEX_OWNER_DIED | FUTEX_WAITERS));
	CHECK_EQ(nodes[2].word, 12345678);
	return TEST_RESULT;
}
