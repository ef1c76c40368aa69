/* SO_PEERCRED, SO_PASSCRED, SCM_CREDENTIALS: true, or refused. */
#include "socket.h"

static ssize_t send_cred(int s, const struct ucred *u, size_t len)
{
	char control[CMSG_SPACE(sizeof(*u))] = { 0 };
	struct iovec iov = { "x", 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			    .msg_controllen = CMSG_SPACE(len) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_CREDENTIALS;
	c->cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(c), u, len);
	return sendmsg(s, &m, 0);
}

/* The credentials that came; false: none. */
static bool recv_cred(int s, struct ucred *u, size_t room, int *ret_flags)
{
	char control[CMSG_SPACE(sizeof(*u)) + 64] = { 0 }, data[16];
	struct iovec iov = { data, sizeof(data) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			    .msg_controllen = room };
	struct cmsghdr *c;

	CHECK(recvmsg(s, &m, 0) >= 0);
	*ret_flags = m.msg_flags;
	c = CMSG_FIRSTHDR(&m);
	if (c == NULL || c->cmsg_type != SCM_CREDENTIALS)
		return false;
	memcpy(u, CMSG_DATA(c), sizeof(*u));
	return c->cmsg_len == CMSG_LEN(sizeof(*u));
}

static bool self(const struct ucred *u)
{
	return u->pid == getpid() && u->uid == getuid() && u->gid == getgid();
}

/* The end of a stream is told with the credentials of nobody, that of packets without. */
static void ends(void)
{
	const int on = 1;
	struct ucred u;
	int p[2], flags;

	for (int i = 0; i < 2; i++) {
		pair(i == 0 ? SOCK_STREAM : SOCK_SEQPACKET, p);
		CHECK_EQ(setsockopt(p[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)), 0);
		close(p[0]);
		CHECK_EQ(recv_cred(p[1], &u, sizeof(struct cmsghdr) + 64, &flags), i == 0);
		CHECK(i == 1 || (u.pid == 0 && u.uid == 0 && u.gid == 0));
	}
}

int main(void)
{
	const int on = 1;
	struct ucred u, me = { getpid(), getuid(), getgid() };
	struct sockaddr_un a;
	socklen_t len, alen;
	int p[2], s, c, flags, status;
	char buf[16];

	s = socket(AF_UNIX, SOCK_STREAM, 0);
	len = sizeof(u);
	CHECK_EQ(getsockopt(s, SOL_SOCKET, SO_PEERCRED, &u, &len), 0);
	CHECK(u.pid == 0 && u.uid == (uid_t)-1 && u.gid == (gid_t)-1);
	CHECK_ERR(setsockopt(s, SOL_SOCKET, SO_PEERCRED, &u, len), ENOPROTOOPT);
	pair(SOCK_DGRAM, p);
	CHECK_EQ(getsockopt(p[0], SOL_SOCKET, SO_PEERCRED, &u, &len), 0);
	CHECK(self(&u));
	len = 4;
	CHECK_EQ(getsockopt(p[0], SOL_SOCKET, SO_PEERCRED, &u, &len), 0);
	CHECK_EQ(len, 4);

	/* The listener's at listen, the client's at connect. */
	s = un_bound(SOCK_STREAM, 1, &a, &alen);
	if (fork() == 0) {
		pid_t parent = getppid();

		c = socket(AF_UNIX, SOCK_STREAM, 0);
		REQUIRE(connect(c, (void *)&a, alen) == 0);
		len = sizeof(u);
		CHECK_EQ(getsockopt(c, SOL_SOCKET, SO_PEERCRED, &u, &len), 0);
		CHECK_EQ(u.pid, parent);
		me.pid = getpid();
		CHECK_EQ(write(c, &me, sizeof(me)), sizeof(me));
		_exit(TEST_RESULT);
	}
	c = accept(s, NULL, NULL);
	CHECK_EQ(read(c, &me, sizeof(me)), sizeof(me));
	CHECK_EQ(getsockopt(c, SOL_SOCKET, SO_PEERCRED, &u, &len), 0);
	CHECK_EQ(u.pid, me.pid);
	wait(&status);
	CHECK_EQ(status, 0);
	me.pid = getpid();

	/* Sent by the kernel when the receiver asks. */
	CHECK_EQ(write(p[0], "x", 1), 1);
	CHECK(!recv_cred(p[1], &u, 64, &flags));
	CHECK_EQ(setsockopt(p[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)), 0);
	CHECK_EQ(write(p[0], "x", 1), 1);
	CHECK(recv_cred(p[1], &u, 64, &flags) && self(&u));
	CHECK_EQ(flags, 0);
	CHECK_EQ(write(p[0], "x", 1), 1);
	CHECK(!recv_cred(p[1], &u, 0, &flags));
	CHECK_EQ(flags, MSG_CTRUNC);
	CHECK_EQ(write(p[0], "x", 1), 1);
	CHECK(!recv_cred(p[1], &u, CMSG_LEN(sizeof(u)) - 1, &flags));
	CHECK_EQ(flags, MSG_CTRUNC);

	/* Given by the sender: true ones only, unless privileged. */
	CHECK_EQ(send_cred(p[0], &me, sizeof(me)), 1);
	CHECK(recv_cred(p[1], &u, 64, &flags) && self(&u));
	CHECK_ERR(send_cred(p[0], &me, 8), EINVAL);
	if (fork() == 0) {
		if (geteuid() == 0)
			REQUIRE(setgid(1234) == 0 && setuid(1234) == 0);
		u = (struct ucred){ getpid(), getuid(), getgid() };
		CHECK_EQ(send_cred(p[0], &u, sizeof(u)), 1);
		u.pid = getppid();
		CHECK_ERR(send_cred(p[0], &u, sizeof(u)), EPERM);
		u = (struct ucred){ getpid(), getuid() + 1, getgid() };
		CHECK_ERR(send_cred(p[0], &u, sizeof(u)), EPERM);
		u = (struct ucred){ getpid(), getuid(), 0 };
		CHECK_ERR(send_cred(p[0], &u, sizeof(u)), EPERM);
		_exit(TEST_RESULT);
	}
	wait(&status);
	CHECK_EQ(status, 0);
	CHECK_EQ(read(p[1], buf, 16), 1);

	/* With SO_PASSCRED a stream's read does not mix writers; without it, it does. */
	pair(SOCK_STREAM, p);
	for (int i = 0; i < 2; i++) {
		CHECK_EQ(setsockopt(p[1], SOL_SOCKET, SO_PASSCRED, &i, sizeof(i)), 0);
		CHECK_EQ(write(p[0], "aa", 2), 2);
		CHECK_EQ(write(p[0], "bb", 2), 2);
		if (fork() == 0)
			_exit(write(p[0], "cc", 2) != 2);
		wait(&status);
		CHECK_EQ(status, 0);
		CHECK_EQ(read(p[1], buf, 16), i == 0 ? 6 : 4);
		if (i != 0)
			CHECK_EQ(read(p[1], buf, 16), 2);
	}

	/* Who connects or sends with SO_PASSCRED gets a name. */
	c = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK_EQ(setsockopt(c, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)), 0);
	CHECK_EQ(connect(c, (void *)&a, alen), 0);
	len = sizeof(a);
	CHECK_EQ(getsockname(c, (void *)&a, &len), 0);
	CHECK_EQ(len, 8);
	ends();
	return TEST_RESULT;
}
