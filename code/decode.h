/*
 * The length and kind of one x86-64 instruction.
 *
 * OVERVIEW. Enough to walk through code of programs: the opcode maps of legacy, VEX, EVEX and
 * XOP encodings, nothing of operands. What a user program cannot execute (port input and
 * output, interrupt flags), what is undefined, and what AMD's and Intel's processors take for
 * different lengths is no instruction here, so data is soon told from code.
 */
#ifndef NACRE_CODE_DECODE_H
#define NACRE_CODE_DECODE_H

#include "lib/types.h"

#define INSN_LEN_MAX 15u

enum insn_kind {
	INSN_PLAIN,   /* goes on to the next one: also calls */
	INSN_BRANCH,  /* may go to the target, too */
	INSN_JUMP,    /* goes to the target */
	INSN_STOP,    /* goes elsewhere: ret, an indirect jump, ud2, hlt, int3 */
	INSN_SYSCALL,
};

struct insn {
	u8 len;
	u8 kind;
	bool movable; /* elsewhere it does the same, but for the address at rip_at */
	u8 rip_at;    /* where its distance from rip to memory is; 0: it has none */
	s32 distance; /* of a branch or jump: from its end */
};

/* The instruction at code, of which there are room bytes. False: none, or it is cut off. */
MUST_USE bool insn_decode(const u8 *code, size_t room, struct insn *ret);

#endif
