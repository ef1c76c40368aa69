/*
 * Names are compared as bytes, whatever their length and wherever they lie in memory: for each
 * length a name is found, and one that differs in any single byte, or is shorter or longer, is
 * not. The second time round the answers come from what is cached.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "../test.h"

#define LENGTH_MAX 72

static char *hole; /* what follows here cannot be read */

/* The path, with its end at the hole or n bytes before it. */
static const char *placed(const char *path, size_t n)
{
	size_t size = strlen(path) + 1;

	return memcpy(hole - size - n, path, size);
}

static int known(const char *dir, const char *name, size_t n)
{
	char path[512];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (stat(placed(path, n), &st) == 0)
		return 0;
	return errno;
}

static void make_name(char *name, size_t len)
{
	for (size_t i = 0; i < len; i++)
		name[i] = (char)('a' + (i * 7 + len) % 26);
	name[len] = '\0';
}

static void check_length(size_t len)
{
	char name[LENGTH_MAX + 2], other[LENGTH_MAX + 2], deep[LENGTH_MAX + 16];

	make_name(name, len);
	CHECK_EQ(known(".", name, len % 9), 0);
	for (size_t i = 0; i < len; i++) {
		memcpy(other, name, len + 1);
		other[i] = (char)(other[i] ^ 0x80); /* as words differ in one bit */
		CHECK_EQ(known(".", other, i % 9), ENOENT);
	}
	memcpy(other, name, len + 1);
	strcat(other, "x");
	CHECK_EQ(known(".", other, 0), ENOENT);
	snprintf(deep, sizeof(deep), "%s/file", name);
	CHECK_EQ(known(".", deep, 0), 0);
	snprintf(deep, sizeof(deep), "%s/./file", name);
	CHECK_EQ(known(".//", deep, 1), 0);
	snprintf(deep, sizeof(deep), "%s/fil", name);
	CHECK_EQ(known(".", deep, 2), ENOENT);
	snprintf(deep, sizeof(deep), "%s/file", other);
	CHECK_EQ(known(".", deep, 3), ENOENT);
}

int main(void)
{
	char dir[] = "names.XXXXXX", path[512];
	char *pages = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			   -1, 0);

	REQUIRE(pages != MAP_FAILED && mkdtemp(dir) != NULL && chdir(dir) == 0);
	hole = pages + 2 * 4096;
	REQUIRE(mprotect(hole, 4096, PROT_NONE) == 0);
	for (size_t len = 1; len <= LENGTH_MAX; len++) {
		make_name(path, len);
		REQUIRE(mkdir(path, 0755) == 0);
		strcat(path, "/file");
		REQUIRE(close(open(path, O_CREAT | O_WRONLY, 0644)) == 0);
	}
	for (int round = 0; round < 2; round++)
		for (size_t len = 1; len <= LENGTH_MAX; len++)
			check_length(len);
	/* A path that does not end before the hole. */
	memset(hole - 20, 'a', 20);
	CHECK_ERR(access(hole - 20, F_OK), EFAULT);
	CHECK_ERR(access(hole - 1, F_OK), EFAULT);
	CHECK_ERR(access(hole, F_OK), EFAULT);
	for (size_t len = 1; len <= LENGTH_MAX; len++) {
		make_name(path, len);
		strcat(path, "/file");
		CHECK_EQ(unlink(path), 0);
		path[len] = '\0';
		CHECK_EQ(rmdir(path), 0);
		CHECK_EQ(known(".", path, 0), ENOENT);
	}
	REQUIRE(chdir("..") == 0 && rmdir(dir) == 0);
	return TEST_RESULT;
}
