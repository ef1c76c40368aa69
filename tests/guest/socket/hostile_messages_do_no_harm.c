/* sendmsg and recvmsg with thousands of mangled headers: no crash, no leak, still works. */
#include "inet.h"
#include <sys/mman.h>

static unsigned long seed = 88172645463325252ul;

static unsigned long chance(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static long odd_number(void)
{
	static const long odd[] = { 0, 1, 3, 8, 15, 16, 17, 20, 24, 28, 64, 253 * 4 + 16, 4096,
				    65536, 0x7fffffff, 0x80000000, 0xffffffff, -1, -16,
				    0x7fffffffffffffff };

	return chance() % 4 == 0 ? (long)chance() : odd[chance() % (sizeof(odd) / sizeof(odd[0]))];
}

/* Two ends of every kind. */
static void any_pair(int kind, int p[2])
{
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET };
	struct sockaddr_in a, b;

	if (kind < 3) {
		pair(types[kind], p);
	} else if (kind == 3) {
		tcp_pair(p);
	} else {
		p[0] = bound4(SOCK_DGRAM, -1, &a);
		p[1] = bound4(SOCK_DGRAM, -1, &b);
		REQUIRE(connect(p[0], ADDR(b)) == 0 && connect(p[1], ADDR(a)) == 0);
	}
}

int main(void)
{
	char *page = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);
	int p[2], before, on = 1;
	char buf[4];

	REQUIRE(mprotect(page + PAGE, PAGE, PROT_NONE) == 0);
	before = dup(0);
	close(before);
	for (int round = 0; round < 6000; round++) {
		void *places[] = { page, page + PAGE - 8, page + PAGE - 16, page + PAGE - 24,
				   page + PAGE, NULL, BAD_LOW, BAD_HIGH, page + 64 };
		struct iovec *iov = (void *)(page + 2048);
		struct msghdr m;

		any_pair(round % 5, p);
		if (round % 2) {
			setsockopt(p[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
			setsockopt(p[1], IPPROTO_IP, IP_PKTINFO, &on, sizeof(on));
		}
		for (int i = 0; i < 128; i++)
			((int *)page)[i] = (int)(chance() % 3 ? odd_number() : 1);
		struct cmsghdr *c = (void *)page;
		c->cmsg_len = (size_t)odd_number();
		c->cmsg_level = chance() % 3 ? SOL_SOCKET :
				chance() % 2 ? IPPROTO_IP : IPPROTO_IPV6;
		c->cmsg_type = 1 + (int)(chance() % (c->cmsg_level == SOL_SOCKET ? 3 : 70));
		if (chance() % 2 == 0) {
			c->cmsg_len = CMSG_LEN(4 * (chance() % 5));
			memset(c + 1, 0, 64);
		}
		for (int i = 0; i < 4; i++)
			iov[i] = (struct iovec){ places[chance() % 9], chance() % 2 ?
						 chance() % 64 : (size_t)odd_number() };
		m = (struct msghdr){ places[chance() % 9], (socklen_t)odd_number(),
				     chance() % 8 ? (void *)iov : places[chance() % 9],
				     chance() % 8 ? chance() % 5 : (size_t)odd_number(),
				     places[chance() % 9], (size_t)odd_number(), (int)chance() };
		if (chance() % 2)
			m.msg_control = page;
		if (chance() % 2)
			m.msg_controllen = chance() % 128;
		if (chance() % 2)
			m.msg_name = NULL;
		sendmsg(p[0], &m, MSG_DONTWAIT | MSG_NOSIGNAL);
		send_fds(p[0], "x", 1, (int[]){ 0, 1 }, chance() % 3);
		m.msg_controllen = chance() % 2 ? chance() % 64 : (size_t)odd_number();
		recvmsg(p[1], &m, MSG_DONTWAIT | (chance() % 2 ? MSG_PEEK : 0));
		m.msg_controllen = 0;
		recvmsg(p[1], &m, MSG_DONTWAIT);
		for (int fd = before; fd < before + 40; fd++)
			if (fd != p[0] && fd != p[1])
				close(fd);
		close(p[0]);
		close(p[1]);
	}
	CHECK_EQ(dup(0), before);
	pair(SOCK_STREAM, p);
	CHECK_EQ(write(p[0], "ok", 2), 2);
	CHECK_EQ(read(p[1], buf, 4), 2);
	return TEST_RESULT;
}
