/* The length and kind of one x86-64 instruction. See decode.h. */
#include "code/decode.h"

/*
 * What follows an opcode, a letter each, sixteen to a row:
 *   .  nothing          m  operands (ModRM)        r  the same, and all is in registers
 *   b  a byte           B  operands and a byte     w  two bytes        e  enter: two and one
 *   z  four bytes (two after 66)   Z  operands and that   v  as z, eight with REX.W
 *   o  an address       g  group 3: TEST has a constant
 *   j  a short branch   J  a long one              x  no instruction, or one looked at apart
 */
static const char one_byte[] =
	"mmmmbzxxmmmmbzxx"
	"mmmmbzxxmmmmbzxx"
	"mmmmbzxxmmmmbzxx"
	"mmmmbzxxmmmmbzxx"
	"xxxxxxxxxxxxxxxx" /* REX */
	"................"
	"xxxmxxxxzZbBxxxx"
	"jjjjjjjjjjjjjjjj"
	"BZxBmmmmmmmmmmmm"
	"..........x....."
	"oooo....bz......"
	"bbbbbbbbvvvvvvvv"
	"BBw.xxBZe.xx.bxx"
	"mmmmxxx.mmmmmmmm"
	"jjjjxxxxJJxjxxxx"
	"x.xx..gg..xx..mm";

static const char two_bytes[] =
	"mmmmx...xxx.xm.B"
	"mmmmmmmmmmmmmmmm"
	"xxxxxxxxmmmmmmmm"
	"x.x.xxxxxxxxxxxx"
	"mmmmmmmmmmmmmmmm"
	"mmmmmmmmmmmmmmmm"
	"mmmmmmmmmmmmmmmm"
	"BBBBmmm.xxxxmmmm"
	"JJJJJJJJJJJJJJJJ"
	"mmmmmmmmmmmmmmmm"
	"...mBmxx..xmBmmm"
	"mmmmmmmmmmBmmmmm"
	"mmBmBBBm........"
	"mmmmmmmmmmmmmmmm"
	"mmmmmmmmmmmmmmmm"
	"mmmmmmmmmmmmmmmx";

static_assert(sizeof(one_byte) == 257 && sizeof(two_bytes) == 257, "a letter for each");

struct reader {
	const u8 *code;
	u32 at, room; /* room: at most INSN_LEN_MAX */
	bool word, address32, wide, rep;
	bool vector; /* VEX, EVEX, XOP */
	u32 rip_at;
};

static bool take(struct reader *r, u32 bytes)
{
	r->at += bytes;
	return r->at <= r->room;
}

/* ModRM, SIB and displacement; *ret: the ModRM byte. */
static bool operands(struct reader *r, u8 *ret)
{
	if (!take(r, 1))
		return false;
	u8 modrm = r->code[r->at - 1], mod = modrm >> 6, rm = modrm & 7;

	*ret = modrm;
	if (mod == 3)
		return true;
	u8 base = rm;

	if (rm == 4) {
		if (!take(r, 1))
			return false;
		base = r->code[r->at - 1] & 7;
	}
	if (mod == 0 && rm == 5)
		r->rip_at = r->at;
	if (mod == 1)
		return take(r, 1);
	return take(r, mod == 2 || base == 5 ? 4 : 0);
}

static bool prefixes(struct reader *r, u8 *ret_opcode)
{
	u8 rex = 0;

	for (;;) {
		if (!take(r, 1))
			return false;
		u8 b = r->code[r->at - 1];

		if ((b & 0xf0) == 0x40) {
			rex = b;
			continue;
		}
		if (b == 0x66)
			r->word = true;
		else if (b == 0x67)
			r->address32 = true;
		else if (b == 0xf2 || b == 0xf3)
			r->rep = true;
		else if (b != 0xf0 && b != 0x2e && b != 0x36 && b != 0x3e && b != 0x26 &&
			 b != 0x64 && b != 0x65) {
			*ret_opcode = b;
			/* Only right before the opcode it means something. */
			r->wide = r->at >= 2 && r->code[r->at - 2] == rex && rex & 8;
			return true;
		}
		rex = 0;
	}
}

static s32 read_s32(const u8 *p)
{
	return (s32)((u32)p[0] | (u32)p[1] << 8 | (u32)p[2] << 16 | (u32)p[3] << 24);
}

/* What the letter says follows; false: not there. *ret_modrm is written if there is one. */
static bool rest(struct reader *r, char letter, u8 *ret_modrm)
{
	u32 z = r->word && !r->wide ? 2 : 4;

	switch (letter) {
	case '.':
		return true;
	case 'm':
		return operands(r, ret_modrm);
	case 'b':
	case 'j':
		return take(r, 1);
	case 'B':
		return operands(r, ret_modrm) && take(r, 1);
	case 'w':
		return take(r, 2);
	case 'e':
		return take(r, 3);
	case 'z':
		return take(r, z);
	case 'Z':
		return operands(r, ret_modrm) && take(r, z);
	case 'v':
		return take(r, r->wide ? 8 : z);
	case 'o':
		return take(r, r->address32 ? 4 : 8);
	case 'J':
		/* AMD: two bytes after 66, Intel: four. */
		return (!r->word || r->wide) && take(r, 4);
	default:
		return false;
	}
}

/* VEX, EVEX, XOP: the map says whether a byte follows. */
static bool vector_insn(struct reader *r, u32 map)
{
	u8 op, modrm;

	if (!take(r, 1))
		return false;
	op = r->code[r->at - 1];
	r->vector = true;
	switch (map) {
	case 1:
		if (op == 0x77)
			return true;
		if (op >= 0x80 && op <= 0x8f) /* Knights Corner's branches */
			return false;
		return operands(r, &modrm) &&
		       take(r, (op >= 0x70 && op <= 0x73) || op == 0xc2 ||
					       (op >= 0xc4 && op <= 0xc6));
	case 2:
	case 5:
	case 6:
	case 9:
		return operands(r, &modrm);
	case 3:
	case 8:
		return operands(r, &modrm) && take(r, 1);
	case 10:
		return operands(r, &modrm) && take(r, 4);
	default:
		return false;
	}
}

/* c4, c5, 62, or 8f that is no POP. *ret_is: it is one of them. */
static bool vector_prefix(struct reader *r, u8 op, bool *ret_is)
{
	u8 next = r->at < r->room ? r->code[r->at] : 0;

	*ret_is = op == 0xc4 || op == 0xc5 || op == 0x62 || (op == 0x8f && (next & 0x1f) >= 8);
	if (!*ret_is)
		return true;
	if (op == 0xc5)
		return take(r, 1) && vector_insn(r, 1);
	if (op == 0x62)
		return take(r, 3) && (next & 7) != 4 && (next & 7) <= 6 && vector_insn(r, next & 7);
	if (op == 0xc4 ? (next & 0x1f) > 3 : (next & 0x1f) > 10)
		return false;
	return take(r, 2) && vector_insn(r, next & 0x1f);
}

/* Of one byte: not calls, interrupts, transactions, what loads segments or all flags. */
static bool one_byte_movable(u8 op, u8 modrm)
{
	if (op == 0xff)
		return (modrm >> 3 & 7) < 2 || (modrm >> 3 & 7) == 6;
	if (op == 0xc7 || op == 0xc6)
		return (modrm >> 3 & 7) == 0;
	return op != 0xe8 && op != 0xcd && op != 0x8e && op != 0x9d && op != 0xc8;
}

/* After 0f: moves and arithmetic. */
static bool two_byte_movable(u8 op)
{
	return (op >= 0x10 && op <= 0x17) || (op >= 0x28 && op <= 0x2f) ||
	       (op >= 0x40 && op <= 0x76) || (op >= 0x90 && op <= 0x9f) || op == 0xaf ||
	       (op >= 0xb6 && op <= 0xbf) || op >= 0xd0;
}

static bool after_0f(struct reader *r, struct insn *ret)
{
	u8 op, modrm = 0;

	if (!take(r, 1))
		return false;
	op = r->code[r->at - 1];
	if (op == 0x38 || op == 0x3a)
		return take(r, 1) && operands(r, &modrm) && take(r, op == 0x3a);
	if (op == 0x05) {
		ret->kind = INSN_SYSCALL;
		return true;
	}
	/* AMD's EXTRQ and INSERTQ; Intel's VMREAD. */
	if (op == 0x78 && (r->word || r->rep))
		return operands(r, &modrm) && take(r, 2);
	if (op == 0x78 || op == 0x79)
		return operands(r, &modrm);
	if (!rest(r, two_bytes[op], &modrm))
		return false;
	ret->movable = two_byte_movable(op);
	if (op == 0x0b) {
		ret->kind = INSN_STOP;
	} else if (two_bytes[op] == 'J') {
		ret->kind = INSN_BRANCH;
		ret->distance = read_s32(r->code + r->at - 4);
	}
	return true;
}

static bool one_byte_insn(struct reader *r, u8 op, struct insn *ret)
{
	u8 modrm = 0;

	if (one_byte[op] == 'g') {
		if (!operands(r, &modrm))
			return false;
		return (modrm >> 3 & 7) > 1 || rest(r, op == 0xf6 ? 'b' : 'z', &modrm);
	}
	if (op == 0xf4) { /* hlt, at the end of what does not return */
		ret->kind = INSN_STOP;
		return true;
	}
	if (!rest(r, one_byte[op], &modrm))
		return false;
	ret->movable = one_byte_movable(op, modrm);
	if (op == 0xc2 || op == 0xc3 || op == 0xcc || op == 0xf1)
		ret->kind = INSN_STOP;
	else if (op == 0xff && (modrm >> 3 & 7) > 6)
		return false;
	else if (op == 0xff && ((modrm >> 3 & 7) == 4 || (modrm >> 3 & 7) == 5))
		ret->kind = INSN_STOP;
	else if (op == 0xfe && (modrm >> 3 & 7) > 1)
		return false;
	else if (op == 0xe9 || op == 0xeb)
		ret->kind = INSN_JUMP;
	else if (one_byte[op] == 'j')
		ret->kind = INSN_BRANCH;
	if (one_byte[op] == 'J')
		ret->distance = read_s32(r->code + r->at - 4);
	else if (one_byte[op] == 'j')
		ret->distance = (s8)r->code[r->at - 1];
	return true;
}

bool insn_decode(const u8 *code, size_t room, struct insn *ret)
{
	struct reader r = { .code = code, .room = (u32)MIN(room, (size_t)INSN_LEN_MAX) };
	bool vector, ok;
	u8 op;

	*ret = (struct insn){ .kind = INSN_PLAIN };
	if (!prefixes(&r, &op) || !vector_prefix(&r, op, &vector))
		return false;
	if (vector)
		ok = ret->movable = true;
	else if (op == 0x0f)
		ok = after_0f(&r, ret);
	else
		ok = one_byte_insn(&r, op, ret);
	ret->len = (u8)r.at;
	ret->rip_at = (u8)r.rip_at;
	ret->movable &= ret->kind == INSN_PLAIN;
	return ok;
}
