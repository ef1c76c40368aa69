/* What a platform says: uname, brk, window, identity, and the errors of some calls. */
#define _GNU_SOURCE
#include <asm/prctl.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

static const char *said(long result)
{
	static char text[32];

	if (result >= 0)
		snprintf(text, sizeof(text), "0");
	else
		snprintf(text, sizeof(text), "%s", strerrorname_np(errno));
	return text;
}

#define SHOW(what, call) printf("%s=%s\n", what, said((long)(call)))

int main(int argc, char **argv)
{
	struct winsize w = { 0 };
	struct utsname u;
	char *heap = sbrk(0), line[128] = "";
	unsigned long gs = 1;

	/* The program itself, not /dev/null: devices have ways of their own. */
	int fd = open(argv[0], O_RDONLY);
	int got;
	FILE *f;

	(void)argc;
	uname(&u);
	printf("release=%s\n", u.release);
	f = fopen("/proc/sys/kernel/osrelease", "r");
	if (f != NULL && fgets(line, sizeof(line), f) != NULL)
		printf("osrelease=%s", line);
	printf("uid=%d gid=%d\n", (int)getuid(), (int)getgid());
	got = ioctl(1, TIOCGWINSZ, &w);
	printf("window=%d %dx%d\n", got == 0, w.ws_col, w.ws_row);
	SHOW("ioctl", ioctl(1, FIONREAD, &w));
	SHOW("brk_255", brk(heap + (255l << 20)));
	SHOW("brk_257", brk(heap + (257l << 20)));
	SHOW("map_file", mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0));
	SHOW("map_anonymous", mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	SHOW("get_gs", syscall(SYS_arch_prctl, ARCH_GET_GS, &gs));
	SHOW("set_gs", syscall(SYS_arch_prctl, ARCH_SET_GS, 0));
	SHOW("fcntl_getfd", fcntl(0, F_GETFD));
	SHOW("fcntl_getown", fcntl(0, F_GETOWN));
	SHOW("kill_int", syscall(SYS_kill, getpid(), 0));
	SHOW("sigaction", syscall(SYS_rt_sigaction, 77, NULL, NULL, 8));
	SHOW("socket", socket(AF_UNIX, SOCK_STREAM, 0));
	SHOW("pread", pread(fd, line, 1, 0));
	SHOW("unshare", unshare(CLONE_NEWUSER));
	SHOW("io_uring", syscall(SYS_io_uring_setup, 1, NULL));
	SHOW("copy_file_range", syscall(SYS_copy_file_range, -1, 0, -1, 0, 1, 0));
	SHOW("clone3", syscall(SYS_clone3, NULL, 0));
	SHOW("newest", syscall(461, 0, 0, 0, 0));
	return 0;
}
