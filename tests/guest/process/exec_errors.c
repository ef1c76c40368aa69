/* execve: every way a file can be no program, in Linux's order. */
#include <fcntl.h>
#include <sys/stat.h>

#include "process.h"

static char *const args[] = { "x", NULL }, *const none[] = { NULL };
static char dir[] = "/tmp/exec_errors.XXXXXX", path[512];

static const char *in(const char *name)
{
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static const char *file(const char *name, const char *text, size_t len, int mode)
{
	int fd = open(in(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	REQUIRE(fd >= 0);
	REQUIRE(write(fd, text, len) == (ssize_t)len);
	close(fd);
	REQUIRE(chmod(path, (mode_t)mode) == 0);
	return path;
}

static void elf_cases(void)
{
	unsigned char head[128] = "\177ELF\2\1\1";

	CHECK_EQ(sys3(SYS_execve, file("elf4", (char *)head, 4, 0755), args, none), -ENOEXEC);
	CHECK_EQ(sys3(SYS_execve, file("elf64", (char *)head, 64, 0755), args, none), -ENOEXEC);
	head[16] = 1; /* ET_REL */
	head[18] = 62;
	CHECK_EQ(sys3(SYS_execve, file("rel", (char *)head, 128, 0755), args, none), -ENOEXEC);
	head[16] = 2;
	head[18] = 40; /* ARM */
	CHECK_EQ(sys3(SYS_execve, file("arm", (char *)head, 128, 0755), args, none), -ENOEXEC);
	head[18] = 62;
	CHECK_EQ(sys3(SYS_execve, file("nohdr", (char *)head, 128, 0755), args, none), -ENOEXEC);
}

static void path_cases(void)
{
	char longname[300];

	memset(longname, 'n', sizeof(longname) - 1);
	longname[sizeof(longname) - 1] = 0;
	CHECK_EQ(sys3(SYS_execve, NULL, args, none), -EFAULT);
	CHECK_EQ(sys3(SYS_execve, BAD_HIGH, args, none), -EFAULT);
	CHECK_EQ(sys3(SYS_execve, "", args, none), -ENOENT);
	CHECK_EQ(sys3(SYS_execve, in("nothing"), args, none), -ENOENT);
	CHECK_EQ(sys3(SYS_execve, in(longname), args, none), -ENAMETOOLONG);
	CHECK_EQ(sys3(SYS_execve, dir, args, none), -EACCES);
	CHECK_EQ(sys3(SYS_execve, "/dev/null", args, none), -EACCES);
	file("plain", "exit 0\n", 7, 0644);
	CHECK_EQ(sys3(SYS_execve, path, args, none), -EACCES);
	CHECK_EQ(sys3(SYS_execve, in("plain/x"), args, none), -ENOTDIR);
	REQUIRE(symlink("loop", in("loop")) == 0);
	CHECK_EQ(sys3(SYS_execve, path, args, none), -ELOOP);
	REQUIRE(symlink("nowhere", in("dangling")) == 0);
	CHECK_EQ(sys3(SYS_execve, path, args, none), -ENOENT);
	REQUIRE(mkfifo(in("fifo"), 0755) == 0);
	CHECK_EQ(sys3(SYS_execve, path, args, none), -EACCES);
	CHECK_EQ(sys3(SYS_execve, file("empty", "", 0, 0755), args, none), -ENOEXEC);
	CHECK_EQ(sys3(SYS_execve, file("text", "exit 0\n", 7, 0755), args, none), -ENOEXEC);
}

static void script_cases(void)
{
	char text[400];

	CHECK_EQ(sys3(SYS_execve, file("s1", "#!/nothing\n", 11, 0755), args, none), -ENOENT);
	CHECK_EQ(sys3(SYS_execve, file("s2", "#!\n", 3, 0755), args, none), -ENOEXEC);
	CHECK_EQ(sys3(SYS_execve, file("s3", "#!   \n", 6, 0755), args, none), -ENOEXEC);
	CHECK_EQ(sys3(SYS_execve, file("s4", "#!/etc\n", 7, 0755), args, none), -EACCES);
	int n = snprintf(text, sizeof(text), "#!%s/self\n", dir);
	CHECK_EQ(sys3(SYS_execve, file("self", text, (size_t)n, 0755), args, none), -ELOOP);
	/* A name that does not end within the first 256 bytes may have been cut. */
	memset(text, 'i', sizeof(text));
	memcpy(text, "#!/", 3);
	CHECK_EQ(sys3(SYS_execve, file("long", text, sizeof(text), 0755), args, none), -ENOEXEC);
}

static void vector_cases(void)
{
	static char big[200000];
	char *one[] = { "x", big, NULL };

	memset(big, 'a', sizeof(big) - 1);
	CHECK_EQ(sys3(SYS_execve, "/bin/true", BAD_HIGH, none), -EFAULT);
	CHECK_EQ(sys3(SYS_execve, "/bin/true", args, BAD_HIGH), -EFAULT);
	char *bad[] = { "x", BAD_HIGH, NULL };
	CHECK_EQ(sys3(SYS_execve, "/bin/true", bad, none), -EFAULT);
	CHECK_EQ(sys3(SYS_execve, "/bin/true", args, bad), -EFAULT);
	CHECK_EQ(sys3(SYS_execve, "/bin/true", one, none), -E2BIG); /* one above 128 KiB */
	CHECK_EQ(sys3(SYS_execve, "/bin/true", args, one), -E2BIG);
	/* Too much in all: a quarter of the stack's limit. */
	static char *many[5000];
	big[100000] = 0;
	for (int i = 0; i < 4999; i++)
		many[i] = big;
	CHECK_EQ(sys3(SYS_execve, "/bin/true", many, none), -E2BIG);
	/* The missing file is noticed first. */
	CHECK_EQ(sys3(SYS_execve, "/nothing", BAD_HIGH, none), -ENOENT);
	CHECK_EQ(sys3(SYS_execve, "/nothing", many, none), -ENOENT);
}

int main(void)
{
	REQUIRE(mkdtemp(dir) != NULL);
	elf_cases();
	path_cases();
	script_cases();
	vector_cases();
	char command[300];
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	CHECK_EQ(system(command), 0);
	return TEST_RESULT;
}
