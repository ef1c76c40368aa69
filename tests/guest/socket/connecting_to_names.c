/* connect finds sockets by path and abstract name; what is no socket, gone, another type. */
#include "socket.h"

static int connect_at(int s, const char *to)
{
	struct sockaddr_un a = un_path(to);

	return connect(s, (void *)&a, UN_LEN(to));
}

int main(void)
{
	char dir[] = "/tmp/sockXXXXXX";
	struct sockaddr_un a = un_path("s"), got;
	socklen_t len, alen;
	int s = socket(AF_UNIX, SOCK_STREAM, 0), c, d, t;

	REQUIRE(mkdtemp(dir) != NULL && chdir(dir) == 0);
	c = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK_ERR(connect_at(c, "s"), ENOENT);
	CHECK_ERR(connect_at(c, "/dev/null"), ECONNREFUSED);
	CHECK_ERR(connect_at(c, dir), ECONNREFUSED);
	CHECK_ERR(connect_at(c, "/dev/null/x"), ENOTDIR);
	REQUIRE(bind(s, (void *)&a, UN_LEN("s")) == 0);
	CHECK_ERR(connect_at(c, "s"), ECONNREFUSED); /* does not listen */
	d = socket(AF_UNIX, SOCK_DGRAM, 0);
	CHECK_ERR(connect_at(d, "s"), EPROTOTYPE);
	t = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	CHECK_ERR(connect_at(t, "s"), EPROTOTYPE);
	CHECK_EQ(listen(s, 3), 0);
	CHECK_ERR(connect_at(s, "s"), EINVAL);
	CHECK_EQ(connect_at(c, "s"), 0);
	CHECK_ERR(connect_at(c, "s"), EISCONN);
	CHECK_ERR(listen(c, 1), EINVAL);
	len = sizeof(got);
	CHECK_EQ(getpeername(c, (void *)&got, &len), 0);
	CHECK(len == UN_LEN("s") && strcmp(got.sun_path, "s") == 0);
	len = sizeof(got);
	t = accept(s, (void *)&got, &len);
	CHECK(t >= 0);
	CHECK_EQ(len, 2); /* the client has no name */
	len = sizeof(got);
	CHECK_EQ(getsockname(t, (void *)&got, &len), 0);
	CHECK(len == UN_LEN("s") && strcmp(got.sun_path, "s") == 0);

	/* By another name of the same inode; not by a new inode at the old name. */
	c = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK_EQ(rename("s", "r"), 0);
	CHECK_EQ(link("r", "l"), 0);
	CHECK_EQ(symlink("l", "y"), 0);
	CHECK_EQ(connect_at(c, "y"), 0);
	close(c);
	c = socket(AF_UNIX, SOCK_STREAM, 0);
	close(s);
	CHECK_ERR(connect_at(c, "l"), ECONNREFUSED);
	unlink("r");
	unlink("l");
	unlink("y");
	chdir("/");
	rmdir(dir);

	/* Abstract names end where the length says, NULs included. */
	a = un_abstract("nacre-test-name", &alen);
	s = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK_ERR(connect(c, (void *)&a, alen), ECONNREFUSED);
	CHECK_EQ(bind(s, (void *)&a, alen), 0);
	CHECK_ERR(bind(s, (void *)&a, alen), EINVAL);
	t = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK_ERR(bind(t, (void *)&a, alen), EADDRINUSE);
	CHECK_EQ(bind(t, (void *)&a, alen + 1), 0); /* one NUL more is another name */
	close(t);
	t = socket(AF_UNIX, SOCK_DGRAM, 0);
	CHECK_EQ(bind(t, (void *)&a, alen), 0); /* other types have names of their own */
	CHECK_EQ(listen(s, 0), 0);
	CHECK_EQ(connect(c, (void *)&a, alen), 0);
	len = sizeof(got);
	CHECK_EQ(getpeername(c, (void *)&got, &len), 0);
	CHECK(len == alen && memcmp(&a, &got, len) == 0);
	close(s);
	s = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK_EQ(bind(s, (void *)&a, alen), 0); /* free again at once */

	/* A name that the kernel makes up: a NUL and five digits. */
	close(t);
	t = un_bound(SOCK_DGRAM, -1, &got, &len);
	CHECK_EQ(len, 8);
	CHECK(got.sun_path[0] == '\0' && strspn(got.sun_path + 1, "0123456789abcdef") >= 5);
	CHECK_EQ(bind(t, (void *)&(sa_family_t){ AF_UNIX }, 2), 0); /* again: nothing to do */
	return TEST_RESULT;
}
