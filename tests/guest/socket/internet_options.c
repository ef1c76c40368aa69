/* Options of IP, IPv6 and TCP: defaults, ranges, levels. */
#include "inet.h"

int main(void)
{
	int t = socket(AF_INET, SOCK_STREAM, 0), u = socket(AF_INET, SOCK_DGRAM, 0);
	int x = socket(AF_INET6, SOCK_STREAM, 0), p[2];
	char name[16] = "", byte = 7;
	struct tcp_info info;
	socklen_t len;

	CHECK_EQ(int_option(t, IPPROTO_TCP, TCP_NODELAY), 0);
	CHECK_EQ(set_option(t, IPPROTO_TCP, TCP_NODELAY, 5), 0);
	CHECK_EQ(int_option(t, IPPROTO_TCP, TCP_NODELAY), 1);
	CHECK_EQ(set_option(t, IPPROTO_TCP, TCP_KEEPIDLE, 0), -EINVAL);
	CHECK_EQ(set_option(t, IPPROTO_TCP, TCP_KEEPIDLE, 32768), -EINVAL);
	CHECK_EQ(set_option(t, IPPROTO_TCP, TCP_KEEPIDLE, 60), 0);
	CHECK_EQ(int_option(t, IPPROTO_TCP, TCP_KEEPIDLE), 60);
	CHECK_EQ(int_option(t, IPPROTO_TCP, TCP_KEEPINTVL), 75);
	CHECK_EQ(int_option(t, IPPROTO_TCP, TCP_KEEPCNT), 9);
	CHECK_EQ(set_option(t, IPPROTO_TCP, TCP_KEEPCNT, 128), -EINVAL);
	CHECK_EQ(set_option(t, IPPROTO_TCP, TCP_CORK, 1), 0);
	CHECK_EQ(set_option(t, IPPROTO_TCP, 1000, 1), -ENOPROTOOPT);
	CHECK_EQ(set_option(u, IPPROTO_TCP, TCP_NODELAY, 1), -ENOPROTOOPT);
	CHECK_ERR(setsockopt(t, IPPROTO_TCP, TCP_NODELAY, &byte, 1), EINVAL);
	CHECK_ERR(setsockopt(t, IPPROTO_TCP, TCP_NODELAY, BAD_LOW, 4), EFAULT);
	len = sizeof(info);
	CHECK_EQ(getsockopt(t, IPPROTO_TCP, TCP_INFO, &info, &len), 0);
	CHECK_EQ(info.tcpi_state, TCP_CLOSE);
	tcp_pair(p);
	CHECK_EQ(getsockopt(p[0], IPPROTO_TCP, TCP_INFO, &info, &len), 0);
	CHECK_EQ(info.tcpi_state, TCP_ESTABLISHED);
	len = sizeof(name);
	CHECK_EQ(getsockopt(t, IPPROTO_TCP, TCP_CONGESTION, name, &len), 0);
	CHECK(len == sizeof(name) && name[0] != '\0');

	CHECK_EQ(int_option(t, IPPROTO_IP, IP_TTL), 64);
	CHECK_EQ(set_option(t, IPPROTO_IP, IP_TTL, 0), -EINVAL);
	CHECK_EQ(set_option(t, IPPROTO_IP, IP_TTL, 256), -EINVAL);
	CHECK_EQ(setsockopt(t, IPPROTO_IP, IP_TTL, &byte, 1), 0); /* one byte will do */
	CHECK_EQ(int_option(t, IPPROTO_IP, IP_TTL), 7);
	byte = 0;
	len = 1;
	CHECK_EQ(getsockopt(t, IPPROTO_IP, IP_TTL, &byte, &len), 0);
	CHECK(byte == 7 && len == 1);
	CHECK_EQ(set_option(t, IPPROTO_IP, IP_TOS, 0x10), 0);
	CHECK_EQ(int_option(t, IPPROTO_IP, IP_TOS), 0x10);
	CHECK_EQ(set_option(t, IPPROTO_IPV6, IPV6_V6ONLY, 1), -ENOPROTOOPT);
	CHECK_EQ(set_option(x, IPPROTO_IPV6, IPV6_V6ONLY, 1), 0);
	CHECK_EQ(int_option(x, IPPROTO_IPV6, IPV6_UNICAST_HOPS), 64);
	CHECK_EQ(set_option(x, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 300), -EINVAL);
	CHECK_EQ(set_option(x, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 5), 0);
	CHECK_EQ(set_option(x, IPPROTO_IPV6, IPV6_UNICAST_HOPS, -1), 0);
	CHECK_EQ(int_option(x, IPPROTO_IPV6, IPV6_UNICAST_HOPS), 64);

	CHECK_EQ(int_option(t, SOL_SOCKET, SO_DOMAIN), AF_INET);
	CHECK_EQ(int_option(x, SOL_SOCKET, SO_DOMAIN), AF_INET6);
	CHECK_EQ(int_option(u, SOL_SOCKET, SO_PROTOCOL), IPPROTO_UDP);
	CHECK_EQ(int_option(u, SOL_SOCKET, SO_BROADCAST), 0);
	CHECK_EQ(set_option(t, SOL_SOCKET, SO_KEEPALIVE, 1), 0);
	CHECK_EQ(set_option(t, SOL_SOCKET, SO_REUSEPORT, 1), 0);
	CHECK_EQ(int_option(t, SOL_SOCKET, SO_REUSEPORT), 1);
	return TEST_RESULT;
}
