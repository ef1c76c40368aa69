/* Many connections at once, in both directions, through poll, over full buffers. */
#include "inet.h"

#define CONNECTIONS 5
#define BYTES (3 << 20)

static void client(struct sockaddr_in a, int id)
{
	static unsigned char out[50000], in[50000];
	int c = socket(AF_INET, SOCK_STREAM, 0);
	size_t sent = 0, received = 0;

	REQUIRE(connect(c, ADDR(a)) == 0);
	REQUIRE(fcntl(c, F_SETFL, O_NONBLOCK) == 0);
	while (received < BYTES) {
		struct pollfd p = { c, (short)(POLLIN | (sent < BYTES ? POLLOUT : 0)), 0 };
		ssize_t n;

		REQUIRE(poll(&p, 1, 20000) == 1);
		if (p.revents & POLLOUT) {
			size_t want = sizeof(out) < BYTES - sent ? sizeof(out) : BYTES - sent;

			for (size_t i = 0; i < want; i++)
				out[i] = (unsigned char)((sent + i) * 7 + (sent + i) / 251 +
							 (size_t)id);
			n = write(c, out, want);
			REQUIRE(n > 0 || errno == EAGAIN);
			sent += n > 0 ? (size_t)n : 0;
		}
		if (p.revents & POLLIN) {
			n = read(c, in, sizeof(in));
			REQUIRE(n > 0);
			for (ssize_t i = 0; i < n; i++, received++)
				REQUIRE(in[i] == (unsigned char)(received * 7 + received / 251 +
								 (size_t)id));
		}
	}
	REQUIRE(shutdown(c, SHUT_WR) == 0);
	fcntl(c, F_SETFL, 0);
	REQUIRE(read(c, in, 1) == 0);
	_exit(0);
}

static void echo(int c)
{
	static char buf[30000];
	ssize_t n;

	while ((n = read(c, buf, sizeof(buf))) > 0)
		for (ssize_t at = 0, m; at < n; at += m)
			REQUIRE((m = write(c, buf + at, (size_t)(n - at))) > 0);
	_exit(n != 0);
}

int main(void)
{
	struct sockaddr_in a;
	int s = bound4(SOCK_STREAM, CONNECTIONS, &a), status;

	for (int i = 0; i < CONNECTIONS; i++)
		if (fork() == 0)
			client(a, i);
	for (int i = 0; i < CONNECTIONS; i++) {
		int c = accept(s, NULL, NULL);

		REQUIRE(c >= 0);
		if (fork() == 0)
			echo(c);
		close(c);
	}
	for (int i = 0; i < 2 * CONNECTIONS; i++) {
		wait(&status);
		CHECK_EQ(status, 0);
	}
	return TEST_RESULT;
}
