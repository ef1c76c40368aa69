/*
 * The line discipline of a pty's slave side: Linux's N_TTY as data.
 *
 * OVERVIEW. Bytes from the master wait in `in`, go one by one through line_receive_pending()
 * (which edits, echoes and notes signals) into cells, and from there to readers. What the
 * slave writes is processed into `out`, from which the master reads; echoes go through a
 * ring of their own, because a stopped output holds them back but not the typing.
 *
 * LOCKING. None here: the caller holds pty.lock. What it must do after releasing it (wake
 * readers, send signals) is left in events and signals.
 *
 * LINUX BEHAVIOUR. n_tty.c, termios(3). An echo is noted when the key is typed and becomes
 * bytes when it is output, with the settings and the column of that time. Letters are those
 * of Latin-1. IXOFF sends nothing: a pty has no throttle on Linux either.
 */
#ifndef NACRE_KERNEL_TTY_LINE_H
#define NACRE_KERNEL_TTY_LINE_H

#include "abi/linux/ioctl.h"
#include "lib/types.h"

#define LINE_CELLS 4096u /* Linux: N_TTY_BUF_SIZE */
#define LINE_IN 8192u    /* Linux: the limit of a pty's flip buffers */
#define LINE_OUT 16384u
#define LINE_ECHO 4096u

/* One byte of input. */
#define CELL_BYTE 0x0ffu
#define CELL_END 0x100u /* a line ends with this byte */
#define CELL_EOF 0x200u /* a line ends before it: it is no byte in canonical mode */

/* What is to be shown of the typing: a kind, and a byte or number. */
enum line_echo {
	ECHO_BYTE = 0x000,      /* through OPOST */
	ECHO_CONTROL = 0x100,   /* as ^X, which is not processed */
	ECHO_ERASE_TAB = 0x200, /* back over a tab behind so many columns since the last one */
	ECHO_ERASE_FIRST_TAB = 0x300, /* ... since the start of the line */
	ECHO_LINE_BEGINS = 0x400, /* nothing shows: the typing starts in this column */
	ECHO_BACK = 0x500,        /* nothing shows: one column less */
};

#define ECHO_KIND 0xff00u

/* A ring of bytes; head and tail count for ever, size is a power of two. */
struct byte_ring {
	u32 head, tail, size;
	u8 *data;
};

static inline u32 ring_used(const struct byte_ring *r)
{
	return r->head - r->tail;
}

static inline u32 ring_room(const struct byte_ring *r)
{
	return r->size - ring_used(r);
}

static inline void ring_put(struct byte_ring *r, u8 c)
{
	r->data[r->head++ & (r->size - 1)] = c;
}

static inline u8 ring_take(struct byte_ring *r)
{
	return r->data[r->tail++ & (r->size - 1)];
}

static inline void ring_clear(struct byte_ring *r)
{
	r->tail = r->head;
}

enum line_event {
	LINE_SLAVE_IN = 1 << 0,   /* something to read for the slave */
	LINE_SLAVE_OUT = 1 << 1,  /* room for its output */
	LINE_MASTER_IN = 1 << 2,
	LINE_MASTER_OUT = 1 << 3,
	LINE_MASTER_PACKET = 1 << 4, /* a packet status */
};

struct line {
	struct linux_termios2 termios;
	u64 special[4]; /* bytes that line_receive() looks at: a bit each */
	bool plain;     /* nothing is done to input at all */

	u16 cells[LINE_CELLS];
	u32 head, tail; /* count for ever */
	u32 canon_head; /* behind the last complete line */
	bool next_literal; /* after LNEXT */
	bool erasing;   /* in the middle of an ECHOPRT erasure */
	bool pushed;    /* what came before canonical mode is a line, however it ends */

	bool stopped;   /* output is */
	bool stopped_by_ioctl; /* ... and keys do not start it */
	u32 column, canon_column; /* of the cursor; where the line being typed began */

	bool packet;    /* the master wants to hear of changes */
	u8 packet_status; /* LINUX_TIOCPKT_*, not yet read */

	u32 events;     /* enum line_event */
	u32 signals;    /* SIG_BIT: for the foreground group */

	struct byte_ring in, out;
	u8 in_data[LINE_IN], out_data[LINE_OUT];
	u16 echoes[LINE_ECHO]; /* enum line_echo */
	u32 echo_head, echo_tail; /* count for ever */
	u32 out_before;        /* out.head when the input that is being received began */
};

/* l is zero-filled. */
void line_init(struct line *l);
/* New settings take effect. */
void line_set_termios(struct line *l, const struct linux_termios2 *t);

static inline bool line_is_canonical(const struct line *l)
{
	return (l->termios.c_lflag & LINUX_ICANON) && !(l->termios.c_lflag & LINUX_EXTPROC);
}

/* --- line.c: input --- */

/* Bytes of buf taken in from the master. */
u32 line_feed(struct line *l, const u8 *buf, u32 len);
/* One byte as if typed, before what waits (TIOCSTI). */
void line_type(struct line *l, u8 c);
/* Is there something to read? poll: enough for poll to say so. */
bool line_readable(const struct line *l, bool poll);
/*
 * Take at most size bytes. *ret_done: no more belongs to this read (a line's end). last: the
 * reader's buffer ends with this piece.
 */
u32 line_take(struct line *l, u8 *buf, u32 size, bool last, bool *ret_done);
/* FIONREAD. */
u32 line_count(const struct line *l);
/* Discard input, what waits for the discipline too. */
void line_flush_input(struct line *l);
/* Discard output that is not yet with the master. */
void line_flush_output(struct line *l);
void line_stop(struct line *l);
void line_start(struct line *l);
void line_packet_status(struct line *l, u8 clear, u8 set);

/* --- line_output.c --- */

/* Bytes of buf written; less than len when output is stopped or full. */
u32 line_write(struct line *l, const u8 *buf, u32 len);
/* START or STOP for who types. */
void line_send_key(struct line *l, u8 key);
/* Bytes for the master. */
u32 line_read_output(struct line *l, u8 *buf, u32 size);
bool line_writable(const struct line *l);
/* Output the echoes, as far as there is room. Linux: when a key comes or somebody writes. */
void line_flush_echo(struct line *l);
void line_echo_add(struct line *l, enum line_echo kind, u8 value);
/* Echo c as it is, or control characters as ^X when asked for. */
void line_echo_raw(struct line *l, u8 c);
void line_echo(struct line *l, u8 c);

/* --- line_edit.c --- */

/* ERASE, KILL or WERASE was typed. */
void line_erase(struct line *l, u8 c);
/* The end of an ECHOPRT erasure. */
void line_erase_finish(struct line *l);

static inline bool line_byte_is_continuation(const struct line *l, u8 c)
{
	return (l->termios.c_iflag & LINUX_IUTF8) && (c & 0xc0) == 0x80;
}

static inline bool byte_is_control(u8 c)
{
	return c < 0x20 || c == 0x7f;
}

static inline bool byte_is_upper(u8 c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde && c != 0xd7);
}

static inline bool byte_is_lower(u8 c)
{
	return (c >= 'a' && c <= 'z') || (c >= 0xdf && c != 0xf7);
}

static inline bool byte_in_word(u8 c)
{
	return (c >= '0' && c <= '9') || c == '_' || byte_is_upper(c) || byte_is_lower(c);
}

#endif
