/*
 * Copies of a library in which one function has other code each time, loaded and unloaded, most
 * often to the same addresses, while threads make calls in them, signals arrive and children
 * are forked.
 */
#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "../test.h"

#define ROUNDS 60
#define LIBRARY "libm.so.6"
#define FUNCTION "j0"
#define LEN 18

typedef long function(void);

static pthread_rwlock_t loaded = PTHREAD_RWLOCK_INITIALIZER;
static function *run; /* NULL: it is not loaded */
static long want;
static atomic_ulong calls, handled;
static atomic_bool stop;
static long pid, ppid;

static unsigned char *image;
static size_t image_size, function_at;

/* mov $nr,%eax; syscall; cmp $d,%rax; add $n,%rax; ret */
static void assemble(unsigned char *c, long nr, unsigned char d, unsigned char n)
{
	const unsigned char code[LEN] = { 0xb8, (unsigned char)nr, 0, 0, 0, 0x0f, 0x05, 0x48, 0x3d,
					  d, 0, 0, 0, 0x48, 0x83, 0xc0, n, 0xc3 };

	memcpy(c, code, LEN);
}

/* Where in the file is what lies at an offset of the image? */
static size_t file_offset(size_t at)
{
	const Elf64_Ehdr *e = (void *)image;
	const Elf64_Phdr *p = (void *)(image + e->e_phoff);

	for (int i = 0; i < e->e_phnum; i++)
		if (p[i].p_type == PT_LOAD && (p[i].p_flags & PF_X) && at >= p[i].p_vaddr &&
		    at + LEN <= p[i].p_vaddr + p[i].p_filesz)
			return at - p[i].p_vaddr + p[i].p_offset;
	return 0;
}

static void read_library(void)
{
	void *handle = dlopen(LIBRARY, RTLD_NOW);
	struct stat st;
	Dl_info info;
	int fd;

	if (handle == NULL)
		skip("no " LIBRARY);
	REQUIRE(dladdr(dlsym(handle, FUNCTION), &info) != 0 && info.dli_saddr != NULL);
	fd = open(info.dli_fname, O_RDONLY | O_CLOEXEC);
	REQUIRE(fd >= 0 && fstat(fd, &st) == 0);
	image_size = (size_t)st.st_size;
	image = mmap(NULL, image_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	REQUIRE(image != MAP_FAILED);
	close(fd);
	function_at = file_offset((size_t)((char *)info.dli_saddr - (char *)info.dli_fbase));
	REQUIRE(function_at != 0);
	dlclose(handle);
}

/* A file of its own each time, which may well get the number and the times of the last one. */
static void write_library(const char *path)
{
	int fd;

	unlink(path);
	fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0755);
	REQUIRE(fd >= 0);
	REQUIRE(write(fd, image, image_size) == (ssize_t)image_size);
	close(fd);
}

static void *caller(void *unused)
{
	while (!stop) {
		pthread_rwlock_rdlock(&loaded);
		for (int i = 0; run != NULL && i < 20; i++) {
			long got = run();

			if (got != want)
				CHECK_EQ(got, want);
			calls++;
		}
		pthread_rwlock_unlock(&loaded);
		if (syscall(SYS_getpid) != pid || getppid() != ppid)
			test_fail("another's number");
	}
	return unused;
}

static void on_alarm(int sig)
{
	(void)sig;
	handled++;
	if (syscall(SYS_getppid) != ppid)
		test_fail("another's parent in a handler");
}

static void in_a_child(bool self, int n)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		for (int i = 0; i < 20; i++)
			CHECK_EQ(run(), (self ? getpid() : pid) + n);
		_exit(test_failures > 0);
	}
	REQUIRE(waitpid(child, &status, 0) == child);
	CHECK_EQ(status, 0);
}

static void one_round(int i)
{
	const char *path = i % 3 == 0 ? "/tmp/lib-a.so" : "/tmp/lib-b.so";
	bool self = i & 1;
	unsigned long before = calls;
	void *handle;

	assemble(image + function_at, self ? SYS_getpid : SYS_getppid, (unsigned char)(i & 2),
		 (unsigned char)i);
	write_library(path);
	handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	REQUIRE(handle != NULL);
	pthread_rwlock_wrlock(&loaded);
	run = (function *)(uintptr_t)dlsym(handle, FUNCTION);
	want = (self ? pid : ppid) + i;
	pthread_rwlock_unlock(&loaded);
	if (i % 7 == 0)
		in_a_child(self, i);
	while (calls < before + 100 && test_failures == 0)
		usleep(200);
	pthread_rwlock_wrlock(&loaded);
	run = NULL;
	pthread_rwlock_unlock(&loaded);
	CHECK_EQ(dlclose(handle), 0);
}

int main(void)
{
	struct itimerval often = { { 0, 500 }, { 0, 500 } }, off = { 0 };
	struct sigaction sa = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };
	pthread_t threads[2];

	pid = getpid();
	ppid = getppid();
	read_library();
	sigaction(SIGALRM, &sa, NULL);
	for (int i = 0; i < 2; i++)
		REQUIRE(pthread_create(&threads[i], NULL, caller, NULL) == 0);
	setitimer(ITIMER_REAL, &often, NULL);
	for (int i = 0; i < ROUNDS && test_failures == 0; i++)
		one_round(i);
	setitimer(ITIMER_REAL, &off, NULL);
	stop = true;
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	CHECK(handled > 0);
	return TEST_RESULT;
}
