/* What a process calls itself. See title.h. */
#include "kernel/task/title.h"

#include "kernel/mm/heap.h"
#include "kernel/mm/mm.h"
#include "kernel/mm/uaccess.h"
#include "lib/string.h"

static u64 arguments_length(const struct mm *mm)
{
	return mm->arg_end - mm->arg_start;
}

/* The length of the title in text, where so much could be read. */
static size_t title_length(const char *text, size_t got, size_t args)
{
	if (args <= got && text[args - 1] == '\0')
		return args;
	size_t len = strnlen(text, got);

	return len < got ? len + 1 : len;
}

void title_update(void)
{
	struct process *p = current()->process;
	const struct mm *mm = p->mm;

	if (mm == NULL || arguments_length(mm) == 0 || arguments_length(mm) > TITLE_MAX)
		return;
	char *text = kzalloc(TITLE_MAX), *title = NULL;

	if (text == NULL)
		return;
	size_t got = TITLE_MAX - copy_in_partial(text, mm->arg_start, TITLE_MAX);
	size_t len = got == 0 ? 0 : title_length(text, got, arguments_length(mm));

	if (len != 0)
		title = kmemdup(text, len);
	kfree(text);
	if (title == NULL)
		return;
	lock_acquire(&p->lock);
	char *old = p->cmdline;

	p->cmdline = title;
	p->cmdline_len = len;
	lock_release(&p->lock);
	kfree(old);
}

void title_check(void)
{
	const struct thread *t = current();
	const struct process *p = t->process;
	char text[TITLE_WATCHED];

	if (t->tid != p->pid || p->mm == NULL || p->cmdline == NULL)
		return;
	size_t len = MIN(MIN(arguments_length(p->mm), p->cmdline_len), sizeof(text));

	if (copy_in_partial(text, p->mm->arg_start, len) == 0 &&
	    memcmp(text, p->cmdline, len) != 0)
		title_update();
}
