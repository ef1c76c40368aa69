/* Each entry of the auxiliary vector against what can be measured. */
//build: static dynamic static-pie no-pie
#include "../test.h"
#include <cpuid.h>
#include <elf.h>
#include <link.h>
#include <sys/auxv.h>

extern const char __ehdr_start[], _start[];

int main(int argc, char **argv, char **envp)
{
	const ElfW(Ehdr) *e = (const void *)__ehdr_start;
	const unsigned char *random = (const void *)getauxval(AT_RANDOM);
	unsigned a, b, c, d, zeros = 0;

	(void)argc;
	CHECK_EQ(getauxval(AT_PAGESZ), 4096);
	CHECK_EQ(getauxval(AT_CLKTCK), 100);
	CHECK_EQ(getauxval(AT_PHDR), (unsigned long)__ehdr_start + e->e_phoff);
	CHECK_EQ(getauxval(AT_PHENT), sizeof(ElfW(Phdr)));
	CHECK_EQ(getauxval(AT_PHNUM), e->e_phnum);
	CHECK_EQ(getauxval(AT_ENTRY), _start);
	CHECK_EQ(getauxval(AT_UID) + getauxval(AT_EUID) + getauxval(AT_GID) +
		 getauxval(AT_EGID) + getauxval(AT_SECURE), 0);
	CHECK_EQ(getauxval(AT_FLAGS), 0);
	__cpuid(1, a, b, c, d);
	/* glibc's getauxval(AT_HWCAP) is its own invention on x86 */
	while (*envp != NULL)
		envp++;
	for (ElfW(auxv_t) *av = (void *)(envp + 1); av->a_type != AT_NULL; av++)
		if (av->a_type == AT_HWCAP)
			CHECK_EQ(av->a_un.a_val, d);
	CHECK(random != NULL);
	for (int i = 0; random != NULL && i < 16; i++)
		zeros += random[i] == 0;
	CHECK(zeros < 6);
	CHECK(getauxval(AT_EXECFN) && strcmp((char *)getauxval(AT_EXECFN), argv[0]) == 0);
	CHECK(getauxval(AT_PLATFORM) && strcmp((char *)getauxval(AT_PLATFORM), "x86_64") == 0);
	CHECK(getauxval(AT_MINSIGSTKSZ) >= 2048 && getauxval(AT_MINSIGSTKSZ) < 65536);
	for (int i = 0; i < e->e_phnum; i++) {
		const ElfW(Phdr) *p = (const ElfW(Phdr) *)getauxval(AT_PHDR) + i;

		if (p->p_type == PT_INTERP) {
			const ElfW(Ehdr) *interp = (const void *)getauxval(AT_BASE);

			CHECK(interp != NULL && memcmp(interp, ELFMAG, 4) == 0);
			return TEST_RESULT;
		}
	}
	CHECK_EQ(getauxval(AT_BASE), 0);
	return TEST_RESULT;
}
