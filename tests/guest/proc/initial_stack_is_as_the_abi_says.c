/*
 * At entry: rsp 16-aligned at argc, argv and envp terminated, strings above, auxv ended by
 * AT_NULL; every general register but rsp zero; flags clear; x87 and mxcsr at default.
 */
//build: bare bare-pie
//args: alpha "" "gamma delta"
//env: NACRE_PROBE=1
#define RAW_OWN_START
#include "../raw.h"

struct entry_state {
	unsigned long rax, rbx, rcx, rdx, rsi, rdi, rbp, rsp, r8, r9, r10, r11, r12, r13, r14,
		r15, flags;
	unsigned int mxcsr;
	unsigned short control;
};
struct entry_state entry_state;

__asm__(".text\n"
	".globl _start\n"
	"_start:\n"
	"	mov %rax, entry_state(%rip); mov %rbx, entry_state+8(%rip)\n"
	"	mov %rcx, entry_state+16(%rip); mov %rdx, entry_state+24(%rip)\n"
	"	mov %rsi, entry_state+32(%rip); mov %rdi, entry_state+40(%rip)\n"
	"	mov %rbp, entry_state+48(%rip); mov %rsp, entry_state+56(%rip)\n"
	"	mov %r8, entry_state+64(%rip); mov %r9, entry_state+72(%rip)\n"
	"	mov %r10, entry_state+80(%rip); mov %r11, entry_state+88(%rip)\n"
	"	mov %r12, entry_state+96(%rip); mov %r13, entry_state+104(%rip)\n"
	"	mov %r14, entry_state+112(%rip); mov %r15, entry_state+120(%rip)\n"
	"	pushfq\n"
	"	pop entry_state+128(%rip)\n"
	"	stmxcsr entry_state+136(%rip)\n"
	"	fnstcw entry_state+140(%rip)\n"
	"	mov %rsp, %rdi\n"
	"	call raw_main\n"
	"	mov %eax, %edi\n"
	"	mov $231, %eax\n"
	"	syscall\n");

int raw_main(unsigned long *stack)
{
	const struct entry_state *s = &entry_state;
	char **argv = (char **)(stack + 1), **envp;
	unsigned long argc = stack[0], *aux;
	int probe = 0;

	RAW_CHECK(((unsigned long)stack & 15) == 0);
	RAW_CHECK(s->rsp == (unsigned long)stack);
	RAW_CHECK((s->rax | s->rbx | s->rcx | s->rdx | s->rsi | s->rdi | s->rbp) == 0);
	RAW_CHECK((s->r8 | s->r9 | s->r10 | s->r11 | s->r12 | s->r13 | s->r14 | s->r15) == 0);
	RAW_CHECK((s->flags & 0x400) == 0);
	RAW_CHECK(s->mxcsr == 0x1f80);
	RAW_CHECK(s->control == 0x37f);
	RAW_CHECK(argc == 4);
	RAW_CHECK(argv[4] == NULL);
	RAW_CHECK(argv[1][0] == 'a' && argv[2][0] == '\0' && argv[3][5] == ' ');
	RAW_CHECK(argv[1] == argv[0] + (argv[1] - argv[0]) && argv[2] == argv[1] + 6);
	RAW_CHECK(argv[3] == argv[2] + 1);
	for (envp = argv + argc + 1; *envp != NULL; envp++) {
		RAW_CHECK(*envp > argv[3]);
		if ((*envp)[0] == 'N' && (*envp)[6] == 'P')
			probe++;
	}
	RAW_CHECK(probe == 1);
	for (aux = (unsigned long *)(envp + 1); aux[0] != 0; aux += 2)
		RAW_CHECK(aux[0] < 100);
	RAW_CHECK((char *)aux < argv[0]);
	return 0;
}
