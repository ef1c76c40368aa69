/* The shipped profiles as bytes, and the table that profile.h declares. */
	.macro PROFILE name, file
	.section .rodata
901:	.asciz "\name"
902:	.incbin "\file"
903:
	.section .data.rel.ro, "aw"
	.quad 901b, 902b, 903b
	.endm

	.section .data.rel.ro, "aw"
	.balign 8
	.globl profile_texts
profile_texts:
#include PROFILES
profile_texts_end:

	.section .rodata
	.balign 4
	.globl profile_text_count
profile_text_count:
	.long (profile_texts_end - profile_texts) / 24

	.section .note.GNU-stack, "", @progbits
