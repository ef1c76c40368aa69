/* shmat: where a segment may go, SHM_RND, SHM_REMAP, SHM_RDONLY, SHM_EXEC. */
#include "sysv.h"
#include <setjmp.h>
#include <sys/mman.h>

static sigjmp_buf out;

static void on_fault(int sig)
{
	siglongjmp(out, sig);
}

static bool faults(volatile char *p)
{
	if (sigsetjmp(out, 1) != 0)
		return true;
	*p = 1;
	return false;
}

static void check_places(int id)
{
	char *room = mmap(NULL, 16 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK_ERR(shmat(id, room, 0), EINVAL);     /* taken */
	munmap(room, 16 * PAGE);
	CHECK_ERR(shmat(id, room + 1, 0), EINVAL); /* not aligned */
	CHECK_ERR(shmat(id, NULL, SHM_REMAP), EINVAL);
	CHECK_ERR(shmat(id, (void *)1, SHM_RND | SHM_REMAP), EINVAL);
	CHECK(shmat(id, room + PAGE + 123, SHM_RND) == room + PAGE);
	CHECK_ERR(shmat(id, room + 2 * PAGE, 0), EINVAL); /* overlaps */
	CHECK(shmat(id, room + 2 * PAGE, SHM_REMAP) == room + 2 * PAGE);
	CHECK_EQ(shmdt(room + 2 * PAGE), 0);
	CHECK_EQ(shmdt(room + PAGE), 0);
	CHECK_ERR(shmdt(room + PAGE), EINVAL);
}

int main(void)
{
	int id = new_shm(2 * PAGE + 5, 0600);
	char *rw, *ro;

	CHECK_ERR(shmat(-1, NULL, 0), EINVAL);
	CHECK_ERR(shmat(0x7ffffff0, NULL, 0), EINVAL);
	CHECK_ERR(shmdt(NULL), EINVAL);
	CHECK_ERR(shmdt((char *)&id - (uintptr_t)&id % PAGE), EINVAL);
	check_places(id);
	rw = shmat(id, NULL, 0);
	ro = shmat(id, NULL, SHM_RDONLY);
	REQUIRE(rw != (void *)-1 && ro != (void *)-1 && rw != ro);
	CHECK_ERR(shmdt(rw + 1), EINVAL);
	CHECK_ERR(shmdt(rw + PAGE), EINVAL);
	signal(SIGSEGV, on_fault);
	CHECK_EQ(rw[0], 0);
	rw[3 * PAGE - 1] = 42; /* the whole last page is there */
	CHECK_EQ(ro[3 * PAGE - 1], 42);
	CHECK(faults(ro));
	CHECK(!faults(rw));
	CHECK_ERR(mprotect(ro, PAGE, PROT_READ | PROT_WRITE), EACCES);
	CHECK_EQ(mprotect(rw, PAGE, PROT_READ), 0);
	CHECK(faults(rw));
	CHECK(!faults(rw + PAGE));
	CHECK_EQ(shmdt(rw), 0); /* the parts of what mprotect has cut */
	CHECK(faults(rw + PAGE));
	CHECK_EQ(shmdt(ro), 0);
	return TEST_RESULT;
}
