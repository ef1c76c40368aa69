/*
 * Whose code an address is in.
 */
#ifndef TEST_TIME_CODE_H
#define TEST_TIME_CODE_H

#include <link.h>
#include <stdbool.h>
#include <stdint.h>

static int code_find(struct dl_phdr_info *info, size_t size, void *arg)
{
	uintptr_t at = *(uintptr_t *)arg;

	(void)size;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];

		if (p->p_type == PT_LOAD && (p->p_flags & PF_X) &&
		    at - (info->dlpi_addr + p->p_vaddr) < p->p_memsz)
			return 1;
	}
	return 0;
}

/* Is it in the code of the program, a library or the vDSO, dl_iterate_phdr(3)? */
static bool code_is_known(uintptr_t at)
{
	return dl_iterate_phdr(code_find, &at) != 0;
}

#endif
