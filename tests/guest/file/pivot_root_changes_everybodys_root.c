/* pivot_root: its refusals, and what processes see before and after. */
#include "../test.h"
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static long pivot(const char *new, const char *old)
{
	return syscall(SYS_pivot_root, new, old);
}

static void refusals(void)
{
	CHECK_ERR(pivot(BAD_LOW, "/tmp/n/old"), EFAULT);
	CHECK_ERR(pivot("/tmp/n", BAD_HIGH), EFAULT);
	CHECK_ERR(pivot("/tmp/none", "/tmp/n/old"), ENOENT);
	CHECK_ERR(pivot("/tmp/n", "/tmp/none"), ENOENT);
	CHECK_ERR(pivot("/tmp/n/file", "/tmp/n/old"), ENOTDIR);
	CHECK_ERR(pivot("/tmp/n", "/tmp/n/file"), ENOTDIR);
	CHECK_ERR(pivot("/", "/tmp/n/old"), EBUSY);
	CHECK_ERR(pivot("/tmp/n/old", "/tmp/n/old"), EINVAL); /* no mount point */
	CHECK_ERR(pivot("/tmp/n", "/tmp/m"), EINVAL); /* not below it */
}

static void as_nobody(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		REQUIRE(setuid(1000) == 0);
		CHECK_ERR(pivot("/tmp/n", "/tmp/n/old"), EPERM);
		CHECK_ERR(pivot("/tmp/none", "/tmp/n/old"), EPERM);
		_exit(TEST_RESULT);
	}
	int status = -1;

	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

int main(void)
{
	int ready[2], go[2], status = -1;
	char c, cwd[64];
	pid_t pid;

	if (unshare(CLONE_NEWNS) < 0 && errno != EPERM)
		skip("no mount namespaces");
	mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	if (mount("t", "/tmp", "tmpfs", 0, NULL) < 0)
		skip("may not mount");
	REQUIRE(mkdir("/tmp/n", 0755) == 0 && mkdir("/tmp/m", 0755) == 0);
	REQUIRE(mount("new", "/tmp/n", "tmpfs", 0, NULL) == 0);
	REQUIRE(mount("other", "/tmp/m", "tmpfs", 0, NULL) == 0);
	REQUIRE(mkdir("/tmp/n/old", 0755) == 0);
	REQUIRE(close(open("/tmp/n/file", O_CREAT | O_WRONLY, 0644)) == 0);
	refusals();
	as_nobody();
	REQUIRE(pipe(ready) == 0 && pipe(go) == 0 && chdir("/") == 0);
	pid = fork();
	if (pid == 0) { /* another process at the old root comes along */
		REQUIRE(write(ready[1], "x", 1) == 1 && read(go[0], &c, 1) == 1);
		CHECK_EQ(access("/file", F_OK), 0);
		CHECK_EQ(access("file", F_OK), 0);
		_exit(TEST_RESULT);
	}
	REQUIRE(read(ready[0], &c, 1) == 1);
	CHECK_EQ(pivot("/tmp/n", "/tmp/n/old"), 0);
	CHECK_EQ(access("/file", F_OK), 0);
	CHECK_EQ(access("/old/tmp/m", F_OK), 0);
	CHECK_ERR(access("/usr", F_OK), ENOENT);
	CHECK(getcwd(cwd, sizeof(cwd)) != NULL && strcmp(cwd, "/") == 0);
	CHECK_EQ(access("old/usr", F_OK), 0);
	CHECK_EQ(access("/../../file", F_OK), 0);
	CHECK(write(go[1], "x", 1) == 1 && waitpid(pid, &status, 0) == pid && status == 0);
	CHECK_ERR(umount2("/old", 0), EBUSY);
	CHECK_EQ(umount2("/old", MNT_DETACH), 0);
	CHECK_ERR(access("/old/tmp", F_OK), ENOENT);
	/* the way of containers: the old root on top of the new one, and away */
	REQUIRE(mkdir("/again", 0755) == 0);
	REQUIRE(mount("again", "/again", "tmpfs", 0, NULL) == 0);
	REQUIRE(mkdir("/again/here", 0755) == 0 && chdir("/again") == 0);
	CHECK_EQ(pivot(".", "."), 0);
	CHECK_EQ(umount2(".", MNT_DETACH), 0);
	CHECK(chdir("/") == 0 && access("/here", F_OK) == 0);
	CHECK_ERR(access("/file", F_OK), ENOENT);
	return TEST_RESULT;
}
