/* Many processes and threads, one server: every byte arrives, in order per connection. */
#include "socket.h"
#include <pthread.h>

#define CLIENTS 6
#define MESSAGES 400

static struct sockaddr_un addr;
static socklen_t addr_len;

static void *serve(void *arg)
{
	int c = (int)(long)arg;
	char buf[1024];
	ssize_t n;

	while ((n = read(c, buf, sizeof(buf))) > 0)
		for (ssize_t at = 0, m; at < n; at += m)
			if ((m = write(c, buf + at, (size_t)(n - at))) <= 0)
				return (void *)1;
	close(c);
	return NULL;
}

static void client(int id)
{
	int c = socket(AF_UNIX, SOCK_STREAM, 0);
	char out[777], in[777];

	REQUIRE(connect(c, (void *)&addr, addr_len) == 0);
	for (int i = 0; i < MESSAGES; i++) {
		size_t len = (size_t)(1 + (i * 31 + id) % 776);

		memset(out, id * 16 + i % 16, len);
		REQUIRE(write(c, out, len) == (ssize_t)len);
		REQUIRE(recv(c, in, len, MSG_WAITALL) == (ssize_t)len);
		REQUIRE(memcmp(in, out, len) == 0);
	}
	_exit(0);
}

int main(void)
{
	int s = un_bound(SOCK_STREAM, 1, &addr, &addr_len), status;
	pthread_t threads[CLIENTS];
	void *result;

	for (int i = 0; i < CLIENTS; i++)
		if (fork() == 0)
			client(i);
	for (int i = 0; i < CLIENTS; i++) {
		int c = accept(s, NULL, NULL);

		REQUIRE(c >= 0);
		pthread_create(&threads[i], NULL, serve, (void *)(long)c);
	}
	for (int i = 0; i < CLIENTS; i++) {
		wait(&status);
		CHECK_EQ(status, 0);
		pthread_join(threads[i], &result);
		CHECK(result == NULL);
	}
	return TEST_RESULT;
}
