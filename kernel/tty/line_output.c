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
		if (output_flag(l, LINUX_OLCUC) && c >= 'a' && c <= 'z')
			c = (u8)(c - 'a' + 'A');
		if (!line_byte_is_continuation(l, c))
			l->column++;
	}
	ring_put(r, c);
}

bool line_writable(const struct line *l)
{
	return !l->stopped && ring_used(&l->echo) == 0 && ring_room(&l->out) >= OUTPUT_LONGEST;
}

u32 line_write(struct line *l, const u8 *buf, u32 len)
{
	u32 n = 0;

	line_flush_echo(l);
	while (n < len && line_writable(l)) {
		if (output_flag(l, LINUX_OPOST))
			put_processed(l, &l->out, buf[n]);
		else
			ring_put(&l->out, buf[n]);
		n++;
	}
	if (n != 0)
		l->events |= LINE_MASTER_IN;
	return n;
}

u32 line_read_output(struct line *l, u8 *buf, u32 size)
{
	u32 n = 0;

	while (n < size && ring_used(&l->out) != 0)
		buf[n++] = ring_take(&l->out);
	line_flush_echo(l);
	if (n != 0)
		l->events |= LINE_SLAVE_OUT;
	return n;
}

/* --- echoes --- */

void line_flush_echo(struct line *l)
{
	if (l->stopped)
		return;
	while (ring_used(&l->echo) != 0 && ring_room(&l->out) != 0) {
		ring_put(&l->out, ring_take(&l->echo));
		l->events |= LINE_MASTER_IN;
	}
}

void line_echo_raw(struct line *l, u8 c)
{
	if (ring_room(&l->echo) < OUTPUT_LONGEST)
		return; /* nobody reads the screen: the oldest are worth more */
	if (output_flag(l, LINUX_OPOST))
		put_processed(l, &l->echo, c);
	else
		ring_put(&l->echo, c);
}

void line_echo(struct line *l, u8 c)
{
	if (!(l->termios.c_lflag & LINUX_ECHOCTL) || !byte_is_control(c) || c == '\t') {
		line_echo_raw(l, c);
		return;
	}
	if (ring_room(&l->echo) < OUTPUT_LONGEST)
		return;
	/* Linux: not processed, so that ^ and the letter are two columns whatever they are. */
	ring_put(&l->echo, '^');
	ring_put(&l->echo, c ^ 0100);
	l->column += 2;
}

void line_echo_erase_tab(struct line *l, u32 count, bool from_start)
{
	u32 back;

	if (from_start)
		count += l->canon_column;
	back = TAB_COLUMNS - count % TAB_COLUMNS;
	while (back-- != 0 && ring_room(&l->echo) != 0) {
		ring_put(&l->echo, '\b');
		if (l->column > 0)
			l->column--;
	}
}
