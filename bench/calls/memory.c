/*
 * Mappings and page faults.
 */
#define _GNU_SOURCE
#include <stddef.h>
#include <sys/mman.h>

#include "calls.h"

#define PAGES 256

static void touch(int pages)
{
	char *p = mmap(NULL, (unsigned long)pages * 4096, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	need(p != MAP_FAILED, "mmap");
	for (int i = 0; i < pages; i++)
		p[i * 4096] = 1;
	need(munmap(p, (unsigned long)pages * 4096) == 0, "munmap");
}

static void one_mmap(void)
{
	touch(1);
}

static void one_faults(void)
{
	touch(PAGES);
}

void measure_memory(void)
{
	measure("mmap+touch+munmap", one_mmap, 10000);
	measure("256-page-faults", one_faults, 50);
}
