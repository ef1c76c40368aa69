/*
 * Code of a file that is changed again and again, in every way there is, and runs in between:
 * each call is the one that the bytes say, wherever in its page it lies.
 */
#include <fcntl.h>
#include <signal.h>
#include <setjmp.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "../test.h"

#define SIZE (4 * PAGE)
#define LEN 18
#define CALL 5 /* where in the code it is */
#define ROUNDS 6

static long pid, ppid;
static unsigned char *text;
static int fd;

/* mov $nr,%eax; syscall; cmp $d,%rax; add $n,%rax; ret */
static const unsigned char *code(long nr, unsigned char d, unsigned char n)
{
	static unsigned char c[LEN] = { 0xb8, 0, 0, 0, 0, 0x0f, 0x05, 0x48, 0x3d, 0, 0, 0, 0,
					0x48, 0x83, 0xc0, 0, 0xc3 };

	c[1] = (unsigned char)nr;
	c[9] = d;
	c[16] = n;
	return c;
}

static long run(const unsigned char *p)
{
	return ((long (*)(void))(uintptr_t)p)();
}

static void many(const unsigned char *p, long want)
{
	for (int i = 0; i < 40; i++)
		CHECK_EQ(run(p), want);
}

static void map_text(void)
{
	static const unsigned char zeros[SIZE];

	REQUIRE(pwrite(fd, zeros, SIZE, 0) == (ssize_t)SIZE);
	text = mmap(NULL, SIZE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	REQUIRE(text != MAP_FAILED);
}

/* What the code was before. Reading it could show what became of it. */
static unsigned char was[LEN];

/* Ways to change what the program runs. */

static void by_mprotect(unsigned char *p, const unsigned char *c)
{
	REQUIRE(mprotect(text, SIZE, PROT_READ | PROT_WRITE) == 0);
	memcpy(p, c, LEN);
	REQUIRE(mprotect(text, SIZE, PROT_READ | PROT_EXEC) == 0);
}

/* Of what lies over a page's end, either page by itself. */
static void by_pages(unsigned char *p, const unsigned char *c)
{
	for (int i = 0; i < LEN; i++) {
		void *page = (void *)((uintptr_t)(p + i) & ~(uintptr_t)(PAGE - 1));

		if (was[i] == c[i])
			continue;
		REQUIRE(mprotect(page, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC) == 0);
		p[i] = c[i];
		REQUIRE(mprotect(page, PAGE, PROT_READ | PROT_EXEC) == 0);
	}
}

static void by_mem(unsigned char *p, const unsigned char *c)
{
	int mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC);

	REQUIRE(mem >= 0);
	CHECK_EQ(pwrite(mem, c, LEN, (off_t)(uintptr_t)p), LEN);
	close(mem);
}

static void by_new_mapping(unsigned char *p, const unsigned char *c)
{
	REQUIRE(pwrite(fd, c, LEN, p - text) == LEN);
	REQUIRE(mmap(text, SIZE, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_FIXED, fd, 0) == text);
}

static void by_page_mappings(unsigned char *p, const unsigned char *c)
{
	REQUIRE(pwrite(fd, c, LEN, p - text) == LEN);
	for (int i = 0; i < LEN; i++) {
		size_t page = (size_t)(p + i - text) / PAGE * PAGE;

		if (was[i] != c[i])
			REQUIRE(mmap(text + page, PAGE, PROT_READ | PROT_EXEC,
				     MAP_PRIVATE | MAP_FIXED, fd, (off_t)page) == text + page);
	}
}

static void by_asking_again(unsigned char *p, const unsigned char *c)
{
	REQUIRE(pwrite(fd, c, LEN, p - text) == LEN);
	REQUIRE(madvise(text, SIZE, MADV_DONTNEED) == 0);
}

static void (*const ways[])(unsigned char *p, const unsigned char *c) = {
	by_page_mappings, by_mprotect, by_pages, by_mem, by_new_mapping, by_asking_again,
};

/* The call's first byte, how far it is from the end of the page. */
static void in_every_way_at(size_t before_end)
{
	for (size_t w = 0; w < sizeof(ways) / sizeof(ways[0]); w++) {
		map_text();
		unsigned char *p = text + 2 * PAGE - before_end - CALL;

		memset(was, 0, LEN);
		for (int i = 0; i < ROUNDS; i++) {
			bool self = i & 2;
			const unsigned char *c = code(self ? SYS_getpid : SYS_getppid,
						      (unsigned char)(i % 2), (unsigned char)i);

			ways[w](p, c);
			memcpy(was, c, LEN);
			many(p, (self ? pid : ppid) + i);
		}
		munmap(text, SIZE);
	}
}

/* No call any more: five bytes of other instructions where it was. */
static void replaced_by_other_instructions(void)
{
	static const unsigned char other[] = { 0xb8, 7, 0, 0, 0, 0xb8, 9, 0, 0, 0, 0xc3 };
	unsigned char c[LEN] = { 0 };

	map_text();
	memcpy(c, other, sizeof(other));
	for (int i = 0; i < ROUNDS; i++) {
		by_mprotect(text, code(SYS_getpid, 0, 0));
		many(text, pid);
		by_mprotect(text, c);
		many(text, 9);
	}
	munmap(text, SIZE);
}

/* What was asked for again is what the file says, also after more changes of protection. */
static void asked_again_and_read(void)
{
	unsigned char nops[LEN];

	map_text();
	memset(nops, 0x90, sizeof(nops));
	by_mprotect(text, code(SYS_getpid, 0, 0));
	many(text, pid);
	by_asking_again(text, nops);
	REQUIRE(mprotect(text, SIZE, PROT_READ) == 0);
	CHECK(memcmp(text, nops, LEN) == 0);
	munmap(text, SIZE);
}

static void moved(void)
{
	map_text();
	unsigned char *room = mmap(NULL, 2 * SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	REQUIRE(room != MAP_FAILED);
	for (int i = 0; i < ROUNDS; i++) {
		unsigned char *to = room + (i % 2 ? SIZE : 0);

		by_mprotect(text, code(SYS_getpid, (unsigned char)i, (unsigned char)i));
		many(text, pid + i);
		REQUIRE(mremap(text, SIZE, SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to);
		text = to;
		many(text, pid + i);
	}
	munmap(room, 2 * SIZE);
}

/* Whatever lies where the call's jump could lead stays what the program put there. */
static void something_in_the_way(void)
{
	map_text();
	by_mprotect(text, code(SYS_getpid, 0, 0));
	unsigned char *way = text + CALL + 5 + 0x3d4805;
	unsigned char *page = (void *)((uintptr_t)way & ~(uintptr_t)(PAGE - 1));

	for (int i = 0; i < ROUNDS; i++) {
		many(text, pid);
		unsigned char *p = mmap(page, 2 * PAGE, PROT_READ | PROT_WRITE,
					MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

		if (p == MAP_FAILED)
			break; /* a library is there */
		REQUIRE(p == page);
		for (size_t at = 0; at < 2 * PAGE; at++)
			CHECK(p[at] == 0);
		memset(p, 0x5a, 2 * PAGE);
		many(text, pid);
		by_mprotect(text, code(SYS_getpid, 0, 0));
		many(text, pid);
		CHECK(p[0] == 0x5a && p[way - p] == 0x5a && p[way - p + 19] == 0x5a);
		munmap(p, 2 * PAGE);
	}
	munmap(text, SIZE);
}

static sigjmp_buf back;

static void on_bus(int sig)
{
	siglongjmp(back, sig);
}

/* A file that is cut short takes the code away, whose protection can change all the same. */
static void cut_short(void)
{
	struct sigaction sa = { .sa_handler = on_bus };

	sigaction(SIGBUS, &sa, NULL);
	for (volatile int i = 0; i < ROUNDS; i++) {
		map_text();
		by_mem(text + PAGE, code(SYS_getpid, 0, 0));
		many(text + PAGE, pid);
		REQUIRE(ftruncate(fd, 100) == 0);
		if (i % 3 == 0) {
			int sig = sigsetjmp(back, 1);

			if (sig == 0)
				run(text + PAGE);
			CHECK_EQ(sig, SIGBUS);
		}
		if (i % 2)
			CHECK_EQ(mprotect(text, SIZE, PROT_READ | PROT_WRITE), 0);
		CHECK_EQ(munmap(text, SIZE), 0);
		REQUIRE(ftruncate(fd, SIZE) == 0);
	}
}

static void in_children(void)
{
	map_text();
	by_mprotect(text, code(SYS_getpid, 0, 0));
	many(text, pid);
	for (int i = 0; i < ROUNDS; i++) {
		int status;
		pid_t child = fork();

		if (child == 0) {
			pid = getpid();
			many(text, pid);
			memset(was, 0, LEN);
			by_pages(text, code(SYS_getppid, 0, 1));
			many(text, getppid() + 1);
			_exit(TEST_RESULT);
		}
		REQUIRE(waitpid(child, &status, 0) == child);
		CHECK_EQ(status, 0);
		many(text, pid);
		by_mprotect(text, code(SYS_getpid, 0, 0));
	}
	munmap(text, SIZE);
}

int main(void)
{
	pid = getpid();
	ppid = getppid();
	fd = memfd_create("code", MFD_CLOEXEC);
	REQUIRE(fd >= 0);
	in_every_way_at(PAGE / 2);
	for (size_t before = 1; before <= 5; before++)
		in_every_way_at(before);
	replaced_by_other_instructions();
	asked_again_and_read();
	moved();
	something_in_the_way();
	cut_short();
	in_children();
	return TEST_RESULT;
}
