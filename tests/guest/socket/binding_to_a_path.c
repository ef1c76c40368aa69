/* bind to a path makes an inode of type socket; what is there already, bad paths, modes. */
#include "socket.h"

static char dir[] = "/tmp/sockXXXXXX";
static char path[64];

static int bind_at(int s, const char *to)
{
	struct sockaddr_un a = un_path(to);

	return bind(s, (void *)&a, UN_LEN(to));
}

int main(void)
{
	struct sockaddr_un a = un_path(""), full;
	int s = socket(AF_UNIX, SOCK_STREAM, 0), t = socket(AF_UNIX, SOCK_STREAM, 0);
	struct stat st;
	socklen_t len;

	REQUIRE(mkdtemp(dir) != NULL);
	REQUIRE(chdir(dir) == 0);
	snprintf(path, sizeof(path), "%s/s", dir);

	CHECK_ERR(bind(s, (void *)&a, 1), EINVAL);
	CHECK_ERR(bind(s, (void *)&a, 0), EINVAL);
	a.sun_family = AF_INET;
	CHECK_ERR(bind(s, (void *)&a, sizeof(a)), EINVAL);
	CHECK_ERR(bind(s, (void *)&a, 2), EINVAL);
	CHECK_ERR(bind_at(s, "/tmp/none/such"), ENOENT);
	CHECK_ERR(bind_at(s, "/dev/null/x"), ENOTDIR);
	CHECK_ERR(bind_at(s, dir), EADDRINUSE);
	CHECK_ERR(bind_at(s, "."), EADDRINUSE);
	CHECK_ERR(listen(s, 1), EINVAL); /* has no name yet */
	len = sizeof(a);
	CHECK_EQ(getsockname(s, (void *)&a, &len), 0);
	CHECK(len == 2 && a.sun_family == AF_UNIX);

	umask(027);
	CHECK_EQ(bind_at(s, path), 0);
	CHECK_EQ(stat("s", &st), 0);
	CHECK_EQ(st.st_mode, S_IFSOCK | 0750);
	CHECK_EQ(st.st_size, 0);
	CHECK_ERR(open("s", O_RDWR), ENXIO);
	CHECK_ERR(open("s", O_RDONLY | O_NONBLOCK), ENXIO);
	CHECK_ERR(bind_at(t, path), EADDRINUSE);
	CHECK_ERR(bind_at(s, path), EADDRINUSE);
	CHECK_ERR(bind_at(s, "other"), EINVAL);
	CHECK_ERR(access("other", F_OK), ENOENT);
	CHECK_EQ(symlink("target", "link"), 0);
	CHECK_ERR(bind_at(t, "link"), EADDRINUSE);
	len = sizeof(a);
	CHECK_EQ(getsockname(s, (void *)&a, &len), 0);
	CHECK_EQ(len, UN_LEN(path));
	CHECK(strcmp(a.sun_path, path) == 0);

	/* The length need not cover a NUL, and bytes behind one do not count. */
	memset(&full, 'x', sizeof(full));
	full.sun_family = AF_UNIX;
	memcpy(full.sun_path, "t\0zzz", 6);
	CHECK_EQ(bind(t, (void *)&full, 8), 0);
	len = sizeof(a);
	CHECK_EQ(getsockname(t, (void *)&a, &len), 0);
	CHECK_EQ(len, 4);
	close(t);
	t = socket(AF_UNIX, SOCK_DGRAM, 0);
	memset(full.sun_path, 'y', sizeof(full.sun_path));
	full.sun_path[0] = '/';
	full.sun_path[1] = 't';
	full.sun_path[2] = 'm';
	full.sun_path[3] = 'p';
	full.sun_path[4] = '/';
	CHECK_EQ(bind(t, (void *)&full, sizeof(full)), 0);
	len = sizeof(a);
	CHECK_EQ(getsockname(t, (void *)&a, &len), 0);
	CHECK_EQ(len, sizeof(full) + 1);
	unlink(a.sun_path);
	{
		char name[sizeof(full.sun_path) + 1] = { 0 };

		memcpy(name, full.sun_path, sizeof(full.sun_path));
		unlink(name);
	}
	close(s); /* the name stays */
	CHECK_EQ(stat("s", &st), 0);
	CHECK_EQ(unlink("s"), 0);
	unlink("t");
	unlink("link");
	rmdir(dir);
	return TEST_RESULT;
}
