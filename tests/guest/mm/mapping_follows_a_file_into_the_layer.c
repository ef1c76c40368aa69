/*
 * A shared mapping of a file that is first read and then written shows what is written.
 * Linux's overlayfs does not go that far.
 */
//only: nacre
#include "../test.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

static const char *const name = "/usr/include/stdio.h";

static int to_child[2], to_parent[2];

static void tell(int p[2])
{
	REQUIRE(write(p[1], "x", 1) == 1);
}

static void hear(int p[2])
{
	char c;

	REQUIRE(read(p[0], &c, 1) == 1);
}

/* Is the root Linux's own kind of layer, or the host's? */
static bool is_native(void)
{
	char line[4096];
	FILE *f = fopen("/proc/mounts", "r");
	bool layered = false;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (strstr(line, " / overlay ") != NULL && strstr(line, "upperdir=") == NULL)
			layered = true;
	return !layered;
}

int main(void)
{
	char copy[16] = "";
	int fd, status = -1, writer;
	const char *p;
	char *w;
	pid_t pid;

	if (is_native())
		skip("this is Linux");
	fd = open(name, O_RDONLY);
	REQUIRE(fd >= 0 && pipe(to_child) == 0 && pipe(to_parent) == 0);
	p = mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, 0);
	REQUIRE(p != MAP_FAILED);
	memcpy(copy, p + PAGE, 8);
	pid = fork();
	if (pid == 0) {
		CHECK(memcmp(p + PAGE, copy, 8) == 0);
		tell(to_parent);
		hear(to_child);
		CHECK(memcmp(p, "written!", 8) == 0);
		CHECK(memcmp(p + PAGE, copy, 8) == 0);
		tell(to_parent);
		hear(to_child);
		CHECK(memcmp(p + PAGE, "mapped!!", 8) == 0);
		_exit(TEST_RESULT);
	}
	hear(to_parent);
	writer = open(name, O_RDWR);
	REQUIRE(writer >= 0 && pwrite(writer, "written!", 8, 0) == 8);
	CHECK(memcmp(p, "written!", 8) == 0);
	tell(to_child);
	hear(to_parent);
	w = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, writer, 0);
	REQUIRE(w != MAP_FAILED);
	memcpy(w + PAGE, "mapped!!", 8);
	CHECK(memcmp(p + PAGE, "mapped!!", 8) == 0);
	tell(to_child);
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	return TEST_RESULT;
}
