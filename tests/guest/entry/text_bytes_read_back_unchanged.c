/* A program that checksums its own code finds it as it is in the file. */
//build: static dynamic
#include "../test.h"
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <sys/stat.h>

static int compare(struct dl_phdr_info *info, size_t size, void *data)
{
	static char chunk[65536];
	int fd = *(int *)data;

	(void)size;
	if (info->dlpi_name[0] != '\0')
		return 0;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];

		if (p->p_type != PT_LOAD || !(p->p_flags & PF_X))
			continue;
		for (size_t at = 0; at < p->p_filesz; at += sizeof(chunk)) {
			size_t len = p->p_filesz - at < sizeof(chunk) ?
				p->p_filesz - at : sizeof(chunk);

			REQUIRE(pread(fd, chunk, len, (off_t)(p->p_offset + at)) ==
				(ssize_t)len);
			if (memcmp(chunk, (char *)info->dlpi_addr + p->p_vaddr + at, len))
				test_fail("text differs from the file");
		}
	}
	return 1;
}

int main(void)
{
	int fd = open("/proc/self/exe", O_RDONLY);

	REQUIRE(fd >= 0);
	for (int i = 0; i < 3; i++) {
		CHECK(getpid() > 0);
		CHECK_ERR(close(-1), EBADF);
	}
	dl_iterate_phdr(compare, &fd);
	return TEST_RESULT;
}
