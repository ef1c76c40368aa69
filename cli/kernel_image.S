/* The kernel that runs inside the jail, as bytes of this program. */
	.section .rodata
	.global kernel_image_start, kernel_image_end
	.hidden kernel_image_start, kernel_image_end
	/* Its segments are mapped from this program's file. */
	.balign 4096
kernel_image_start:
	.incbin KERNEL_IMAGE
kernel_image_end:
	.byte 0

	.section .note.GNU-stack, "", @progbits
