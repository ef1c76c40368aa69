/*
 * Calls on files, in the current directory and below /usr/include.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "calls.h"

#define MANY 10000

static const char *const file = "/usr/include/linux/netfilter/nf_log.h"; /* five components */
static char buf[32768];
static int read_fd, write_fd, many_fd;

static void one_stat(const char *path)
{
	struct stat st;

	need(stat(path, &st) == 0, "stat");
}

static void one_stat_1(void)
{
	one_stat("/usr");
}

static void one_stat_5(void)
{
	one_stat(file);
}

static void one_stat_10(void)
{
	one_stat("a/b/c/d/e/f/g/h/i/file");
}

static void one_enoent(void)
{
	struct stat st;

	need(stat("/usr/include/linux/netfilter/none", &st) < 0 && errno == ENOENT, "stat");
}

static void one_open_close(void)
{
	int fd = open(file, O_RDONLY);

	need(fd >= 0 && close(fd) == 0, "open");
}

static void one_open_read_close(void)
{
	int fd = open(file, O_RDONLY);

	need(fd >= 0 && read(fd, buf, 4096) > 0 && close(fd) == 0, "open");
}

static void one_getdents(void)
{
	int entries = 0;

	need(lseek(many_fd, 0, SEEK_SET) == 0, "lseek");
	for (;;) {
		long n = syscall(SYS_getdents64, many_fd, buf, sizeof(buf));

		need(n >= 0, "getdents64");
		if (n == 0)
			break;
		for (long at = 0; at < n; entries++)
			at += ((struct dirent64 *)(void *)(buf + at))->d_reclen;
	}
	need(entries == MANY + 2, "getdents64: entries");
}

static void one_pread(void)
{
	need(pread(read_fd, buf, 4096, 0) > 0, "pread");
}

static void one_pwrite(void)
{
	need(pwrite(write_fd, buf, 4096, 4096) == 4096, "pwrite");
}

static void one_dup(void)
{
	int fd = dup(read_fd);

	need(fd >= 0 && close(fd) == 0, "dup");
}

void measure_files(void)
{
	read_fd = open(file, O_RDONLY);
	write_fd = open(".", O_TMPFILE | O_RDWR, 0600);
	many_fd = open("many", O_RDONLY | O_DIRECTORY);
	need(read_fd >= 0 && write_fd >= 0 && many_fd >= 0, "open");
	measure("stat-1-component", one_stat_1, 20000);
	measure("stat-5-components", one_stat_5, 20000);
	measure("stat-10-components", one_stat_10, 20000);
	measure("stat-ENOENT", one_enoent, 20000);
	measure("open+close", one_open_close, 10000);
	measure("open+read4k+close", one_open_read_close, 10000);
	measure("getdents-10k", one_getdents, 20);
	measure("pread-4k", one_pread, 20000);
	measure("pwrite-4k", one_pwrite, 20000);
	measure("dup+close", one_dup, 20000);
	close(read_fd);
	close(write_fd);
	close(many_fd);
}
