/* The rewritten entry in a test program: off. Nothing of a guest ever runs there. */
#include "kernel/x86_64/rewrite.h"
#include "kernel/x86_64/text.h"
#include "kernel/x86_64/vdso.h"

bool rewrite_active(void)
{
	return false;
}

void rewrite_forget_locked(struct mm *mm, uaddr_t start, uaddr_t end)
{
	(void)mm;
	(void)start;
	(void)end;
}

void rewrite_tidy_locked(struct mm *mm)
{
	(void)mm;
}

int rewrite_copy_locked(const struct mm *from, struct mm *to)
{
	(void)from;
	(void)to;
	return 0;
}

void text_mapped(struct mm *mm, uaddr_t start)
{
	(void)mm;
	(void)start;
}

void text_refresh(struct mm *mm)
{
	(void)mm;
}

void vdso_init(uaddr_t data, uaddr_t code, uaddr_t end)
{
	(void)data;
	(void)code;
	(void)end;
}

bool vdso_renew(bool changed)
{
	(void)changed;
	return true;
}
