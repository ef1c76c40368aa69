/* /proc/net: headings and fields are Linux's, and the own sockets are in the tables. */
#include "../test.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

static int fields_of(const char *line)
{
	int n = 0;

	while (*line != '\0') {
		line += strspn(line, " \n");
		n += *line != '\0';
		line += strcspn(line, " \n");
	}
	return n;
}

/* The table's line that has text; its heading is printed, to be compared. */
static char *line_with(const char *file, const char *text, bool heading)
{
	static char line[600];
	FILE *f = fopen(file, "r");
	char *found = NULL;

	REQUIRE(f != NULL);
	for (int n = 0; found == NULL && fgets(line, sizeof(line), f) != NULL; n++) {
		if (n == 0 && heading)
			printf("%s: %s", file, line);
		else if (text != NULL && strstr(line, text) != NULL)
			found = line;
	}
	fclose(f);
	return found;
}

static char *inode_text(int fd)
{
	static char text[40];
	struct stat st;

	REQUIRE(fstat(fd, &st) == 0);
	snprintf(text, sizeof(text), " %lu ", (unsigned long)st.st_ino);
	return text;
}

static void internet(int family, int type, const char *file)
{
	int a = socket(family, type, 0), b = -1;
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} addr = { .sa.sa_family = (sa_family_t)family };
	socklen_t len = sizeof(addr);
	char want[80], *line;

	if (a < 0 && errno == EAFNOSUPPORT)
		return;
	if (family == AF_INET)
		addr.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	else
		addr.in6.sin6_addr = in6addr_loopback;
	if (bind(a, &addr.sa, len) < 0 && errno == EADDRNOTAVAIL)
		return;
	REQUIRE(getsockname(a, &addr.sa, &len) == 0);
	if (type == SOCK_STREAM)
		CHECK_EQ(listen(a, 5), 0);
	line = line_with(file, inode_text(a), false);
	CHECK(line != NULL);
	if (line == NULL)
		return;
	CHECK_EQ(fields_of(line), type == SOCK_STREAM ? 17 : 13);
	snprintf(want, sizeof(want), family == AF_INET ? " 0100007F:%04X 00000000:0000 %s" :
		 " 00000000000000000000000001000000:%04X 00000000000000000000000000000000:0000 %s",
		 ntohs(addr.in.sin_port), type == SOCK_STREAM ? "0A" : "07");
	CHECK(strstr(line, want) != NULL);
	if (type == SOCK_STREAM) {
		b = socket(family, type, 0);
		/* Where lo is down there is no connection. */
		if (connect(b, &addr.sa, len) == 0) {
			line = line_with(file, inode_text(b), false);
			CHECK(line != NULL && strstr(line, " 01 00000000:00000000 ") != NULL);
		}
		close(b);
	}
	close(a);
}

static void local(void)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX, .sun_path = "/tmp/in_the_table" };
	int a = socket(AF_UNIX, SOCK_STREAM, 0), pair[2];
	char *line;

	CHECK_EQ(bind(a, (struct sockaddr *)&un, sizeof(un)), 0);
	CHECK_EQ(listen(a, 5), 0);
	line = line_with("/proc/net/unix", " /tmp/in_the_table", true);
	CHECK(line != NULL && strstr(line, ": 00000002 00000000 00010000 0001 01 ") != NULL);
	CHECK(line != NULL && strstr(line, inode_text(a)) != NULL);
	printf("%d fields\n", line == NULL ? 0 : fields_of(line));
	REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0);
	inode_text(pair[0])[strlen(inode_text(pair[0])) - 1] = '\n';
	line = line_with("/proc/self/net/unix", inode_text(pair[0]) != NULL ? " 0005 03 " : "",
			 false);
	CHECK(line != NULL);
	close(a);
	CHECK(line_with("/proc/net/unix", " /tmp/in_the_table", false) == NULL);
	unlink(un.sun_path);
}

int main(void)
{
	char to[64];
	ssize_t n = readlink("/proc/net", to, sizeof(to));

	printf("/proc/net -> %.*s\n", (int)n, to);
	line_with("/proc/net/tcp", NULL, true);
	line_with("/proc/net/tcp6", NULL, true);
	line_with("/proc/net/udp", NULL, true);
	line_with("/proc/net/udp6", NULL, true);
	internet(AF_INET, SOCK_STREAM, "/proc/net/tcp");
	internet(AF_INET, SOCK_DGRAM, "/proc/net/udp");
	internet(AF_INET6, SOCK_STREAM, "/proc/net/tcp6");
	internet(AF_INET6, SOCK_DGRAM, "/proc/net/udp6");
	local();
	CHECK(line_with("/proc/net/dev", " lo:", true) != NULL);
	line_with("/proc/net/arp", NULL, true);
	line_with("/proc/net/packet", NULL, true);
	line_with("/proc/net/raw", NULL, true);
	CHECK(line_with("/proc/net/sockstat", "TCP: inuse ", false) != NULL);
	CHECK(line_with("/proc/net/netlink", NULL, true) == NULL);
	return TEST_RESULT;
}
