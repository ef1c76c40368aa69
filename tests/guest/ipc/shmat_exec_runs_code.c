/* SHM_EXEC: code written through one attachment runs in another; it needs the x permission. */
#include "sysv.h"

int main(void)
{
	static const unsigned char code[] = { 0xb8, 42, 0, 0, 0, 0xc3 }; /* mov $42, %eax; ret */
	int id = new_shm(PAGE, 0700), plain = new_shm(PAGE, 0600);
	char *rw = shmat(id, NULL, 0), *x;
	int (*fn)(void);

	REQUIRE(rw != (void *)-1);
	memcpy(rw, code, sizeof(code));
	x = shmat(id, NULL, SHM_EXEC | SHM_RDONLY);
	REQUIRE(x != (void *)-1);
	memcpy(&fn, &x, sizeof(fn));
	CHECK_EQ(fn(), 42);
	if (geteuid() != 0)
		CHECK_ERR(shmat(plain, NULL, SHM_EXEC), EACCES);
	return TEST_RESULT;
}
