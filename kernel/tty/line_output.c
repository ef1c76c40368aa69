/* The line discipline's output side: OPOST and echoes. See line.h. */
#include "kernel/tty/line.h"

#include "lib/types.h"

#define TAB_COLUMNS 8u
#define OUTPUT_LONGEST TAB_COLUMNS /* bytes that one byte may become */

static bool output_flag(const struct line *l, u32 flag)
{
	return l->termios.c_oflag & flag;
}

static void put_newline(struct line *l, struct byte_ring *r)
{
	if (output_flag(l, LINUX_ONLRET))
		l->column = 0;
	if (output_flag(l, LINUX_ONLCR)) {
		l->canon_column = l->column = 0;
		ring_put(r, '\r');
	} else {
		l->canon_column = l->column;
	}
	ring_put(r, '\n');
}

static void put_return(struct line *l, struct byte_ring *r)
{
	if (output_flag(l, LINUX_ONOCR) && l->column == 0)
		return;
	if (output_flag(l, LINUX_OCRNL)) {
		if (output_flag(l, LINUX_ONLRET))
			l->canon_column = l->column = 0;
		ring_put(r, '\n');
		return;
	}
	l->canon_column = l->column = 0;
	ring_put(r, '\r');
}

static void put_tab(struct line *l, struct byte_ring *r)
{
	u32 spaces = TAB_COLUMNS - l->column % TAB_COLUMNS;

	l->column += spaces;
	if ((l->termios.c_oflag & LINUX_TABDLY) != LINUX_XTABS) {
		ring_put(r, '\t');
		return;
	}
	while (spaces-- != 0)
		ring_put(r, ' ');
}

/* OPOST: r has room for OUTPUT_LONGEST. */
static void put_processed(struct line *l, struct byte_ring *r, u8 c)
{
	switch (c) {
	case '\n':
		put_newline(l, r);
		return;
	case '\r':
		put_return(l, r);
		return;
	case '\t':
		put_tab(l, r);
		return;
	case '\b':
		if (l->column > 0)
			l->column--;
		break;
	default:
		if (byte_is_control(c))
			break;
		if (output_flag(l, LINUX_OLCUC) && byte_is_lower(c))
			c = (u8)(c - 'a' + 'A');
		if (!line_byte_is_continuation(l, c))
			l->column++;
	}
	ring_put(r, c);
}

static void put_byte(struct line *l, u8 c)
{
	if (output_flag(l, LINUX_OPOST))
		put_processed(l, &l->out, c);
	else
		ring_put(&l->out, c);
}

bool line_writable(const struct line *l)
{
	return !l->stopped && ring_room(&l->out) >= OUTPUT_LONGEST;
}

u32 line_write(struct line *l, const u8 *buf, u32 len)
{
	u32 n = 0;

	line_flush_echo(l);
	while (n < len && line_writable(l)) {
		put_byte(l, buf[n++]);
	}
	if (n != 0)
		l->events |= LINE_MASTER_IN;
	return n;
}

void line_send_key(struct line *l, u8 key)
{
	if (l->stopped_by_ioctl || ring_room(&l->out) == 0)
		return;
	/* Linux: output is started for it and stopped again. */
	if (l->stopped)
		line_packet_status(l, LINUX_TIOCPKT_START, LINUX_TIOCPKT_STOP);
	ring_put(&l->out, key);
	l->events |= LINE_MASTER_IN;
}

u32 line_read_output(struct line *l, u8 *buf, u32 size)
{
	u32 n = 0;

	while (n < size && ring_used(&l->out) != 0)
		buf[n++] = ring_take(&l->out);
	if (n != 0)
		l->events |= LINE_SLAVE_OUT;
	return n;
}

/* --- echoes --- */

/* A tab is as wide as what came before it left it. */
static void put_tab_erasure(struct line *l, u32 columns)
{
	u32 back = TAB_COLUMNS - columns % TAB_COLUMNS;

	while (back-- != 0) {
		ring_put(&l->out, '\b');
		if (l->column > 0)
			l->column--;
	}
}

static void put_echo(struct line *l, u16 echo)
{
	u8 value = (u8)echo;

	switch (echo & ECHO_KIND) {
	case ECHO_BYTE:
		if (value != 0377) {
			put_byte(l, value);
			break;
		}
		/* Linux: which has this byte for a mark of its own, and does not process it. */
		ring_put(&l->out, value);
		l->column++;
		break;
	case ECHO_CONTROL:
		ring_put(&l->out, '^');
		ring_put(&l->out, value ^ 0100);
		l->column += 2;
		break;
	case ECHO_ERASE_TAB:
		put_tab_erasure(l, value);
		break;
	case ECHO_ERASE_FIRST_TAB:
		put_tab_erasure(l, value + l->canon_column);
		break;
	case ECHO_LINE_BEGINS:
		l->canon_column = l->column;
		break;
	default:
		if (l->column > 0)
			l->column--;
	}
}

void line_flush_echo(struct line *l)
{
	while (!l->stopped && l->echo_head != l->echo_tail &&
	       ring_room(&l->out) >= OUTPUT_LONGEST) {
		put_echo(l, l->echoes[l->echo_tail++ % LINE_ECHO]);
		l->events |= LINE_MASTER_IN;
	}
}

/* When nobody reads the screen for long, later echoes are lost. */
void line_echo_add(struct line *l, enum line_echo kind, u8 value)
{
	if (l->echo_head - l->echo_tail < LINE_ECHO)
		l->echoes[l->echo_head++ % LINE_ECHO] = (u16)(kind | value);
}

void line_echo_raw(struct line *l, u8 c)
{
	line_echo_add(l, ECHO_BYTE, c);
}

void line_echo(struct line *l, u8 c)
{
	bool as_control = (l->termios.c_lflag & LINUX_ECHOCTL) && byte_is_control(c) &&
			  c != '\t';

	line_echo_add(l, as_control ? ECHO_CONTROL : ECHO_BYTE, c);
}
