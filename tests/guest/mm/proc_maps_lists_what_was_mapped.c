/* /proc/self/maps: our mappings with range, protection, sharing, offset and name. */
#include "../test.h"
#include <fcntl.h>
#include <sys/mman.h>

struct line {
	unsigned long start, end, offset;
	char prot[8], name[256];
};

static bool find(unsigned long addr, struct line *ret)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	unsigned long last = 0;
	char text[512];
	bool found = false;

	REQUIRE(maps != NULL);
	while (fgets(text, sizeof(text), maps) != NULL) {
		struct line l = { 0 };
		unsigned major, minor;
		unsigned long inode;

		if (sscanf(text, "%lx-%lx %7s %lx %x:%x %lu %255[^\n]", &l.start, &l.end,
			   l.prot, &l.offset, &major, &minor, &inode, l.name) < 7)
			test_fail("malformed line %s", text);
		if (l.start < last || l.end <= l.start)
			test_fail("out of order: %s", text);
		last = l.end;
		if (addr >= l.start && addr < l.end) {
			*ret = l;
			found = true;
		}
	}
	fclose(maps);
	return found;
}

static unsigned long map(int prot, int flags, int fd, long offset)
{
	/* guards on both sides keep Linux from merging neighbours */
	char *p = mmap(NULL, 4 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	REQUIRE(p != MAP_FAILED);
	p = mmap(p + PAGE, 2 * PAGE, prot, flags | MAP_FIXED, fd, offset);
	REQUIRE(p != MAP_FAILED);
	return (unsigned long)p;
}

static void expect(unsigned long addr, const char *prot, unsigned long offset,
		   const char *name)
{
	struct line l = { 0 };

	if (!find(addr, &l)) {
		test_fail("%s %s is not listed", prot, name);
		return;
	}
	CHECK_EQ(l.start, addr);
	CHECK_EQ(l.end, addr + 2 * PAGE);
	CHECK(strcmp(l.prot, prot) == 0);
	CHECK_EQ(l.offset, offset);
	CHECK(strcmp(l.name, name) == 0);
}

int main(void)
{
	int fd = open("/tmp/mapped file", O_RDWR | O_CREAT, 0600);
	unsigned long p;
	struct line l;
	int on_stack;

	REQUIRE(fd >= 0 && ftruncate(fd, 8 * PAGE) == 0);
	expect(map(PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), "rw-p", 0, "");
	expect(map(PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), "r-xp", 0, "");
	expect(map(PROT_READ, MAP_PRIVATE, fd, PAGE), "r--p", PAGE, "/tmp/mapped file");
	expect(map(PROT_READ | PROT_WRITE, MAP_SHARED, fd, 3 * PAGE), "rw-s", 3 * PAGE,
	       "/tmp/mapped file");
	p = map(PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(mprotect((void *)p, 2 * PAGE, PROT_READ) == 0);
	expect(p, "r--p", 0, "");
	REQUIRE(munmap((void *)p, 2 * PAGE) == 0);
	CHECK(!find(p, &l));
	CHECK(find((unsigned long)&on_stack, &l) && strcmp(l.name, "[stack]") == 0);
	CHECK(find((unsigned long)main, &l) && strcmp(l.prot, "r-xp") == 0);
	return TEST_RESULT;
}
