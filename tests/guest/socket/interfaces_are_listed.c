/* Network interfaces by netlink, by ioctl, by the library: lo is there and up. */
#include "inet.h"
#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

/* lo is up: making it so again is allowed to root. */
static void up_again(void)
{
	struct ifreq r = { .ifr_name = "lo" };
	struct {
		struct nlmsghdr h;
		struct ifinfomsg i;
	} ask = { { sizeof(ask), RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK, 8, 0 },
		  { .ifi_index = 1, .ifi_flags = IFF_UP, .ifi_change = IFF_UP } };
	struct {
		struct nlmsghdr h;
		struct nlmsgerr e;
	} answer;
	int s = socket(AF_INET, SOCK_DGRAM, 0);

	REQUIRE(s >= 0);
	CHECK_EQ(ioctl(s, SIOCGIFFLAGS, &r), 0);
	CHECK(r.ifr_flags & IFF_UP);
	CHECK_EQ(ioctl(s, SIOCSIFFLAGS, &r), 0);
	CHECK_ERR(ioctl(s, SIOCSIFFLAGS, BAD_LOW), EFAULT);
	strcpy(r.ifr_name, "none");
	CHECK_ERR(ioctl(s, SIOCSIFFLAGS, &r), ENODEV);
	close(s);
	s = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	REQUIRE(s >= 0);
	CHECK_EQ(send(s, &ask, sizeof(ask), 0), sizeof(ask));
	CHECK(recv(s, &answer, sizeof(answer), 0) >= (ssize_t)sizeof(answer.h));
	CHECK_EQ(answer.h.nlmsg_type, NLMSG_ERROR);
	CHECK_EQ(answer.h.nlmsg_seq, 8);
	CHECK_EQ(answer.e.error, 0);
	close(s);
}

static void raw_netlink(void)
{
	struct {
		struct nlmsghdr h;
		struct rtgenmsg g;
		char pad[3];
	} ask = { { sizeof(ask), RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, 7, 0 }, { 0 }, "" };
	struct sockaddr_nl a = { .nl_family = AF_NETLINK }, from;
	socklen_t len = sizeof(a);
	static char buf[16384];
	struct pollfd p;
	int s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	bool done = false;

	if (s < 0)
		skip("no netlink here");
	CHECK_ERR(socket(AF_NETLINK, SOCK_STREAM, NETLINK_ROUTE), ESOCKTNOSUPPORT);
	CHECK_ERR(socket(AF_NETLINK, SOCK_RAW, 99), EPROTONOSUPPORT);
	CHECK_ERR(bind(s, (void *)&a, 4), EINVAL);
	CHECK_EQ(bind(s, ADDR(a)), 0);
	CHECK_EQ(getsockname(s, (void *)&a, &len), 0);
	CHECK(len == sizeof(a) && a.nl_pid != 0);
	CHECK_ERR(recv(s, buf, sizeof(buf), MSG_DONTWAIT), EAGAIN);
	CHECK_ERR(send(s, BAD_LOW, 20, 0), EFAULT);
	CHECK_EQ(send(s, "short", 5, 0), 5); /* nothing in it */
	CHECK_EQ(send(s, &ask, sizeof(ask), 0), sizeof(ask));
	while (!done) {
		p = (struct pollfd){ s, POLLIN, 0 };
		REQUIRE(poll(&p, 1, 2000) == 1);
		len = sizeof(from);
		ssize_t n = recvfrom(s, buf, sizeof(buf), 0, (void *)&from, &len);

		REQUIRE(n > 0);
		CHECK(len == sizeof(from) && from.nl_pid == 0);
		for (struct nlmsghdr *h = (void *)buf; NLMSG_OK(h, (unsigned)n);
		     h = NLMSG_NEXT(h, n)) {
			CHECK_EQ(h->nlmsg_seq, 7);
			CHECK_EQ(h->nlmsg_pid, a.nl_pid);
			if (h->nlmsg_type == NLMSG_DONE)
				done = true;
			else
				CHECK_EQ(h->nlmsg_type, RTM_NEWLINK);
		}
	}
	ask.h.nlmsg_type = 5000;
	ask.h.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	CHECK_EQ(send(s, &ask, sizeof(ask), 0), sizeof(ask));
	CHECK(recv(s, buf, sizeof(buf), 0) >= (ssize_t)NLMSG_LENGTH(sizeof(struct nlmsgerr)));
	CHECK_EQ(((struct nlmsghdr *)buf)->nlmsg_type, NLMSG_ERROR);
	CHECK(((struct nlmsgerr *)NLMSG_DATA(buf))->error < 0);
}

static void by_ioctl(void)
{
	struct ifreq r = { .ifr_name = "lo" };
	int s = socket(AF_INET, SOCK_DGRAM, 0);

	CHECK_EQ(ioctl(s, SIOCGIFINDEX, &r), 0);
	CHECK_EQ(r.ifr_ifindex, 1);
	memset(r.ifr_name, 0, sizeof(r.ifr_name));
	CHECK_EQ(ioctl(s, SIOCGIFNAME, &r), 0);
	CHECK(strcmp(r.ifr_name, "lo") == 0);
	CHECK_EQ(ioctl(s, SIOCGIFFLAGS, &r), 0);
	CHECK_EQ(r.ifr_flags & (IFF_UP | IFF_LOOPBACK), IFF_UP | IFF_LOOPBACK);
	CHECK_EQ(ioctl(s, SIOCGIFADDR, &r), 0);
	CHECK_EQ(((struct sockaddr_in *)&r.ifr_addr)->sin_addr.s_addr, htonl(INADDR_LOOPBACK));
	strcpy(r.ifr_name, "none0");
	CHECK_ERR(ioctl(s, SIOCGIFINDEX, &r), ENODEV);
	CHECK_ERR(ioctl(s, SIOCGIFINDEX, BAD_LOW), EFAULT);
	r.ifr_ifindex = 4711;
	CHECK_ERR(ioctl(s, SIOCGIFNAME, &r), ENODEV);
}

int main(void)
{
	struct ifaddrs *list;
	bool found = false;

	raw_netlink();
	if (geteuid() == 0)
		up_again();
	by_ioctl();
	CHECK_EQ(if_nametoindex("lo"), 1);
	REQUIRE(getifaddrs(&list) == 0);
	for (struct ifaddrs *i = list; i != NULL; i = i->ifa_next)
		if (i->ifa_addr != NULL && i->ifa_addr->sa_family == AF_INET &&
		    ((struct sockaddr_in *)i->ifa_addr)->sin_addr.s_addr ==
			    htonl(INADDR_LOOPBACK))
			found = strcmp(i->ifa_name, "lo") == 0;
	CHECK(found);
	return TEST_RESULT;
}
