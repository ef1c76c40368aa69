/* A loop of short calls, for bench/trace: lseek, pread, fstat, getppid in turns. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	long count = argc > 1 ? atol(argv[1]) : 100000;
	int fd = open("/etc/passwd", O_RDONLY);
	struct stat st;
	char buf[64];

	if (fd < 0)
		return 1;
	for (long i = 0; i < count; i += 4)
		if (lseek(fd, 0, SEEK_SET) != 0 || pread(fd, buf, sizeof(buf), 0) <= 0 ||
		    fstat(fd, &st) != 0 || syscall(SYS_getppid) < 0)
			return 1;
	return 0;
}
