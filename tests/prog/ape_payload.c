/*
 * ape_payload.c - the program inside the APE tests: finds its own zip archive through
 * /proc/self/exe and argv[0], and behaves as such programs do (GS, fixed addresses).
 */
//build: none
#include <asm/prctl.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static __thread int tls = 5;
static unsigned long area[8] = { 0, 4321 };

static uint32_t get(const unsigned char *p, int bytes)
{
	uint32_t value = 0;

	for (int i = bytes - 1; i >= 0; i--)
		value = value << 8 | p[i];
	return value;
}

static void list_zip(const char *label, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	const unsigned char *base, *end;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0) {
		printf("%s: cannot be opened\n", label);
		return;
	}
	base = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (base == MAP_FAILED) {
		printf("%s: cannot be mapped\n", label);
		return;
	}
	end = base + st.st_size - 22;
	while (end > base && get(end, 4) != 0x06054b50)
		end--;
	printf("%s: %u members\n", label, get(end + 10, 2));
	const unsigned char *entry = base + get(end + 16, 4);

	for (uint32_t i = 0; i < get(end + 10, 2); i++) {
		uint32_t name = get(entry + 28, 2), size = get(entry + 24, 4);
		const unsigned char *local = base + get(entry + 42, 4);

		printf("  %.*s: %.*s", (int)name, entry + 46, (int)size,
		       local + 30 + get(local + 26, 2) + get(local + 28, 2));
		entry += 46 + name;
	}
	/* runtimes give back the head of the mapping and keep the archive */
	munmap((void *)base, 4096);
}

int main(int argc, char **argv)
{
	unsigned long value;
	char *p;

	for (int i = 1; i < argc; i++)
		printf("argument %d: %s\n", i, argv[i]);
	list_zip("/proc/self/exe", "/proc/self/exe");
	list_zip("argv[0]", argv[0]);
	p = mmap((void *)0x6fe000000, 4096, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	printf("fixed map: %d\n", p == (char *)0x6fe000000);
	p[4] = 1;
	printf("set gs: %ld\n", syscall(SYS_arch_prctl, ARCH_SET_GS, area));
	__asm__ volatile("mov %%gs:8, %0" : "=r"(value));
	printf("gs data: %lu, tls: %d\n", value, tls);
	printf("phdrs in image: %d\n", getauxval(AT_PHNUM) > 2 && getauxval(AT_PHENT) == 56);
	printf("execfn: %d\n", strcmp((char *)getauxval(AT_EXECFN), argv[0]));
	printf("page zero of the image: %d\n",
	       memcmp((char *)(getauxval(AT_PHDR) & ~4095UL), "\177ELF", 4));
	free(malloc(1 << 20));
	return argc;
}
