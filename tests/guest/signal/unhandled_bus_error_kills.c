/* SIGBUS without a handler ends the process by that signal. */
//expect: signal 7
#include "../test.h"
#include <fcntl.h>
#include <sys/mman.h>

int main(void)
{
	int fd = open("/tmp/f", O_RDWR | O_CREAT, 0600);
	char *p = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);

	return *(volatile char *)p;
}
