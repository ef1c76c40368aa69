/* A megabyte through a blocking pipe between threads, odd sizes on both sides. */
#include "../test.h"
#include <pthread.h>

static int fds[2];
static unsigned char text[1 << 20];

static void *writer(void *unused)
{
	CHECK_EQ(write(fds[1], text, sizeof(text)), sizeof(text));
	close(fds[1]);
	return unused;
}

int main(void)
{
	unsigned char piece[7777];
	size_t at = 0;
	pthread_t thread;
	ssize_t n;

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (unsigned char)(i * 31 >> 3);
	REQUIRE(pipe(fds) == 0);
	REQUIRE(pthread_create(&thread, NULL, writer, NULL) == 0);
	while ((n = read(fds[0], piece, sizeof(piece))) > 0) {
		if (memcmp(piece, text + at, (size_t)n) != 0) {
			test_fail("differs near %zu", at);
			break;
		}
		at += (size_t)n;
	}
	CHECK_EQ(at, sizeof(text));
	pthread_join(thread, NULL);
	return TEST_RESULT;
}
