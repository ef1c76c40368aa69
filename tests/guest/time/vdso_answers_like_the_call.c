/* AT_SYSINFO_EHDR: a valid ELF whose symbols, called directly, give the time. */
#include "../test.h"
#include <elf.h>
#include <sys/auxv.h>
#include <sys/time.h>
#include <time.h>

static void *find(const char *base, const char *name)
{
	const Elf64_Ehdr *e = (const void *)base;
	const Elf64_Phdr *p = (const void *)(base + e->e_phoff);
	const Elf64_Sym *symbols = NULL;
	const char *strings = NULL;
	const uint32_t *hash = NULL;
	const Elf64_Dyn *dyn = NULL;
	unsigned long load = 0, count = 0;

	for (int i = 0; i < e->e_phnum; i++) {
		if (p[i].p_type == PT_LOAD)
			load = (unsigned long)base + p[i].p_offset - p[i].p_vaddr;
		if (p[i].p_type == PT_DYNAMIC)
			dyn = (const void *)(base + p[i].p_offset);
	}
	for (; dyn != NULL && dyn->d_tag != DT_NULL; dyn++) {
		const void *at = (const void *)(load + dyn->d_un.d_ptr);

		if (dyn->d_tag == DT_SYMTAB)
			symbols = at;
		else if (dyn->d_tag == DT_STRTAB)
			strings = at;
		else if (dyn->d_tag == DT_HASH)
			hash = at;
		else if (dyn->d_tag == DT_GNU_HASH && hash == NULL)
			count = 64; /* more than a vDSO has; stops at the name below */
	}
	if (hash != NULL)
		count = hash[1];
	for (unsigned long i = 0; symbols != NULL && i < count; i++)
		if (symbols[i].st_name != 0 && strcmp(strings + symbols[i].st_name, name) == 0)
			return (void *)(load + symbols[i].st_value);
	return NULL;
}

int main(void)
{
	const char *base = (const char *)getauxval(AT_SYSINFO_EHDR);
	int (*get)(clockid_t, struct timespec *);
	int (*day)(struct timeval *, void *);
	int (*cpu)(unsigned *, unsigned *, void *);
	struct timespec a, b;
	struct timeval tv;
	unsigned n = 9999;

	if (base == NULL)
		skip("no vDSO");
	REQUIRE(memcmp(base, ELFMAG, 4) == 0);
	get = find(base, "__vdso_clock_gettime");
	day = find(base, "__vdso_gettimeofday");
	cpu = find(base, "__vdso_getcpu");
	REQUIRE(get != NULL && day != NULL && cpu != NULL);
	for (int i = 0; i < 1000; i++) {
		CHECK_EQ(get(CLOCK_MONOTONIC, &a), 0);
		CHECK_EQ(clock_gettime(CLOCK_MONOTONIC, &b), 0);
		CHECK(b.tv_sec > a.tv_sec || (b.tv_sec == a.tv_sec && b.tv_nsec >= a.tv_nsec));
		CHECK_EQ(get(CLOCK_PROCESS_CPUTIME_ID, &a), 0);
		CHECK_EQ(day(&tv, NULL), 0);
	}
	CHECK_EQ(get(99, &a), -EINVAL);
	CHECK_EQ(cpu(&n, NULL, NULL), 0);
	CHECK(n < 4096);
	return TEST_RESULT;
}
