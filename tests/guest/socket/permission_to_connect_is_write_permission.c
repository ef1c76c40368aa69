/* A socket's inode must be writable to connect or send to it. */
#include "socket.h"

int main(void)
{
	char dir[] = "/tmp/sockXXXXXX", path[64];
	struct sockaddr_un a;
	int s = socket(AF_UNIX, SOCK_STREAM, 0), c, status;

	if (geteuid() != 0)
		skip("must be root to become somebody else");
	REQUIRE(mkdtemp(dir) != NULL && chmod(dir, 0755) == 0);
	snprintf(path, sizeof(path), "%s/s", dir);
	a = un_path(path);
	REQUIRE(bind(s, (void *)&a, UN_LEN(path)) == 0 && listen(s, 5) == 0);
	for (int i = 0; i < 2; i++) {
		REQUIRE(chmod(path, i == 0 ? 0755 : 0722) == 0);
		if (fork() == 0) {
			REQUIRE(setgid(1234) == 0 && setuid(1234) == 0);
			c = socket(AF_UNIX, SOCK_STREAM, 0);
			if (i == 0)
				CHECK_ERR(connect(c, (void *)&a, UN_LEN(path)), EACCES);
			else
				CHECK_EQ(connect(c, (void *)&a, UN_LEN(path)), 0);
			_exit(TEST_RESULT);
		}
		wait(&status);
		CHECK_EQ(status, 0);
	}
	unlink(path);
	rmdir(dir);
	return TEST_RESULT;
}
