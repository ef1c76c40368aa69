/* The line discipline's input side. See line.h. */
#include "kernel/tty/line.h"

#include "abi/linux/signal.h"
#include "kernel/signal/signal.h"
#include "lib/string.h"

#define DISABLED 0 /* Linux: __DISABLED_CHAR: a control character that is none */

static bool input_flag(const struct line *l, u32 flag)
{
	return l->termios.c_iflag & flag;
}

static bool local_flag(const struct line *l, u32 flag)
{
	return l->termios.c_lflag & flag;
}

static u8 control(const struct line *l, int which)
{
	return l->termios.c_cc[which];
}

/* Is c this control character, which is in use? */
static bool is_key(const struct line *l, u8 c, int which)
{
	return c == control(l, which) && c != DISABLED;
}

void line_packet_status(struct line *l, u8 clear, u8 set)
{
	if (!l->packet)
		return;
	l->packet_status = (u8)((l->packet_status & ~clear) | set);
	l->events |= LINE_MASTER_PACKET;
}

/* --- settings --- */

static void special_add(struct line *l, u8 c)
{
	l->special[c / 64] |= 1ull << (c % 64);
}

static void special_add_keys(struct line *l)
{
	static const struct {
		u8 key;
		u32 iflag, lflag; /* all of lflag must be set, or iflag */
	} keys[] = {
		{ LINUX_VERASE, 0, LINUX_ICANON },
		{ LINUX_VKILL, 0, LINUX_ICANON },
		{ LINUX_VEOF, 0, LINUX_ICANON },
		{ LINUX_VEOL, 0, LINUX_ICANON },
		{ LINUX_VWERASE, 0, LINUX_ICANON | LINUX_IEXTEN },
		{ LINUX_VLNEXT, 0, LINUX_ICANON | LINUX_IEXTEN },
		{ LINUX_VEOL2, 0, LINUX_ICANON | LINUX_IEXTEN },
		{ LINUX_VREPRINT, 0, LINUX_ICANON | LINUX_IEXTEN | LINUX_ECHO },
		{ LINUX_VSTART, LINUX_IXON, 0 },
		{ LINUX_VSTOP, LINUX_IXON, 0 },
		{ LINUX_VINTR, 0, LINUX_ISIG },
		{ LINUX_VQUIT, 0, LINUX_ISIG },
		{ LINUX_VSUSP, 0, LINUX_ISIG },
	};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (keys[i].iflag != 0 ? input_flag(l, keys[i].iflag) :
					 (l->termios.c_lflag & keys[i].lflag) == keys[i].lflag)
			special_add(l, control(l, keys[i].key));
}

static void special_compute(struct line *l)
{
	memset(l->special, 0, sizeof(l->special));
	if (input_flag(l, LINUX_IGNCR | LINUX_ICRNL))
		special_add(l, '\r');
	if (input_flag(l, LINUX_INLCR) || local_flag(l, LINUX_ICANON))
		special_add(l, '\n');
	special_add_keys(l);
	l->special[0] &= ~(1ull << DISABLED);
	l->plain = !input_flag(l, LINUX_ISTRIP | LINUX_IUCLC | LINUX_IGNCR | LINUX_ICRNL |
					  LINUX_INLCR | LINUX_IXON | LINUX_PARMRK) &&
		   !local_flag(l, LINUX_ICANON | LINUX_ISIG | LINUX_ECHO);
}

/* Linux: what was typed before canonical mode was switched on becomes a line. */
static void mode_changed(struct line *l)
{
	for (u32 i = l->tail; i != l->head; i++)
		l->cells[i % LINE_CELLS] &= CELL_BYTE;
	l->pushed = local_flag(l, LINUX_ICANON) && l->head != l->tail;
	l->canon_head = l->pushed ? l->head : l->tail;
	if (l->pushed)
		l->cells[(l->head - 1) % LINE_CELLS] |= CELL_END;
	l->erasing = l->next_literal = false;
}

static bool keys_control_flow(const struct linux_termios2 *t)
{
	return (t->c_iflag & LINUX_IXON) && t->c_cc[LINUX_VSTOP] == 023 &&
	       t->c_cc[LINUX_VSTART] == 021;
}

/* Packet mode: the master may want to do flow control itself, or all of the editing. */
static void settings_reported(struct line *l, const struct linux_termios2 *old)
{
	bool before = keys_control_flow(old), now = keys_control_flow(&l->termios);

	if (before != now)
		line_packet_status(l, LINUX_TIOCPKT_DOSTOP | LINUX_TIOCPKT_NOSTOP,
				   now ? LINUX_TIOCPKT_DOSTOP : LINUX_TIOCPKT_NOSTOP);
	if ((old->c_lflag | l->termios.c_lflag) & LINUX_EXTPROC)
		line_packet_status(l, 0, LINUX_TIOCPKT_IOCTL);
}

void line_set_termios(struct line *l, const struct linux_termios2 *t)
{
	struct linux_termios2 old = l->termios;

	l->termios = *t;
	/* Linux: pty_set_termios. */
	l->termios.c_cflag &= ~(u32)(LINUX_CSIZE | LINUX_PARENB);
	l->termios.c_cflag |= LINUX_CS8 | LINUX_CREAD;
	settings_reported(l, &old);
	if ((old.c_lflag ^ t->c_lflag) & (LINUX_ICANON | LINUX_EXTPROC))
		mode_changed(l);
	special_compute(l);
	if ((old.c_iflag & LINUX_IXON) && !input_flag(l, LINUX_IXON) && !l->stopped_by_ioctl) {
		line_start(l);
		line_flush_echo(l);
	}
	l->events |= LINE_SLAVE_IN | LINE_SLAVE_OUT;
}

void line_init(struct line *l)
{
	l->in = (struct byte_ring){ .size = LINE_IN, .data = l->in_data };
	l->out = (struct byte_ring){ .size = LINE_OUT, .data = l->out_data };
}

/* --- stopping and discarding --- */

void line_stop(struct line *l)
{
	if (l->stopped)
		return;
	l->stopped = true;
	line_packet_status(l, LINUX_TIOCPKT_START, LINUX_TIOCPKT_STOP);
}

void line_start(struct line *l)
{
	if (!l->stopped || l->stopped_by_ioctl)
		return;
	l->stopped = false;
	line_packet_status(l, LINUX_TIOCPKT_STOP, LINUX_TIOCPKT_START);
	l->events |= LINE_SLAVE_OUT;
}

static void discard_cells(struct line *l)
{
	l->tail = l->canon_head = l->head;
	l->erasing = l->next_literal = l->pushed = false;
	line_packet_status(l, 0, LINUX_TIOCPKT_FLUSHREAD);
	l->events |= LINE_MASTER_OUT;
}

void line_flush_input(struct line *l)
{
	ring_clear(&l->in);
	discard_cells(l);
}

/*
 * Linux: what has got as far as the master's own buffer stays, and it gets there soon while
 * there is room, but not before the input has been looked at that made it.
 */
static void discard_output(struct line *l, u32 made_before)
{
	l->out.head = l->out.tail + MIN(made_before - l->out.tail, LINE_CELLS - 1);
	line_packet_status(l, 0, LINUX_TIOCPKT_FLUSHWRITE);
	l->events |= LINE_SLAVE_OUT;
}

void line_flush_output(struct line *l)
{
	discard_output(l, l->out.head);
}

/* --- storing --- */

static void put_cell(struct line *l, u16 cell)
{
	if (l->head - l->tail >= LINE_CELLS)
		l->head--; /* a line that is too long: only its end can still change */
	l->cells[l->head++ % LINE_CELLS] = cell;
	if (!line_is_canonical(l))
		l->events |= LINE_SLAVE_IN;
}

/* Linux: with PARMRK a byte 0377 is doubled, to tell it from the mark of an error. */
static void put_byte(struct line *l, u8 c)
{
	if (c == 0377 && input_flag(l, LINUX_PARMRK))
		put_cell(l, c);
	put_cell(l, c);
}

static void end_line(struct line *l, u16 cell)
{
	put_cell(l, cell);
	l->canon_head = l->head;
	l->events |= LINE_SLAVE_IN;
}

static void echo_input(struct line *l, u8 c)
{
	if (!local_flag(l, LINUX_ECHO))
		return;
	line_erase_finish(l);
	if (l->canon_head == l->head)
		line_echo_add(l, ECHO_LINE_BEGINS, 0);
	line_echo(l, c);
}

/* --- keys --- */

static bool receive_flow_key(struct line *l, u8 c)
{
	if (!input_flag(l, LINUX_IXON))
		return false;
	if (is_key(l, c, LINUX_VSTART)) {
		line_start(l);
		line_flush_echo(l); /* a STOP behind it does not hold back what came before */
		return true;
	}
	if (is_key(l, c, LINUX_VSTOP)) {
		line_stop(l);
		return true;
	}
	return false;
}

static bool receive_signal_key(struct line *l, u8 c)
{
	int sig = 0;

	if (!local_flag(l, LINUX_ISIG))
		return false;
	if (is_key(l, c, LINUX_VINTR))
		sig = LINUX_SIGINT;
	else if (is_key(l, c, LINUX_VQUIT))
		sig = LINUX_SIGQUIT;
	else if (is_key(l, c, LINUX_VSUSP))
		sig = LINUX_SIGTSTP;
	if (sig == 0)
		return false;
	l->signals |= (u32)SIG_BIT(sig);
	if (!local_flag(l, LINUX_NOFLSH)) {
		l->echo_tail = l->echo_head;
		discard_output(l, l->out_before);
		discard_cells(l);
	}
	if (input_flag(l, LINUX_IXON))
		line_start(l);
	if (local_flag(l, LINUX_ECHO))
		line_echo(l, c);
	else
		line_flush_echo(l);
	return true;
}

/* Linux: any key starts stopped output. */
static void start_by_any(struct line *l)
{
	if (l->stopped && !l->stopped_by_ioctl && input_flag(l, LINUX_IXON) &&
	    input_flag(l, LINUX_IXANY)) {
		line_start(l);
		line_flush_echo(l);
	}
}

/* LNEXT and REPRINT. */
static bool receive_extended_key(struct line *l, u8 c)
{
	if (!local_flag(l, LINUX_IEXTEN))
		return false;
	if (is_key(l, c, LINUX_VLNEXT)) {
		l->next_literal = true;
		if (local_flag(l, LINUX_ECHO)) {
			line_erase_finish(l);
			if (local_flag(l, LINUX_ECHOCTL)) {
				line_echo_raw(l, '^');
				line_echo_raw(l, '\b');
			}
		}
		return true;
	}
	if (is_key(l, c, LINUX_VREPRINT) && local_flag(l, LINUX_ECHO)) {
		line_erase_finish(l);
		line_echo(l, c);
		line_echo_raw(l, '\n');
		for (u32 i = l->canon_head; i != l->head; i++)
			line_echo(l, (u8)l->cells[i % LINE_CELLS]);
		return true;
	}
	return false;
}

static bool receive_line_end(struct line *l, u8 c)
{
	if (c == '\n') {
		if (local_flag(l, LINUX_ECHO | LINUX_ECHONL))
			line_echo_raw(l, '\n');
		end_line(l, '\n' | CELL_END);
		return true;
	}
	if (is_key(l, c, LINUX_VEOF)) {
		end_line(l, DISABLED | CELL_END | CELL_EOF);
		return true;
	}
	if (is_key(l, c, LINUX_VEOL) ||
	    (is_key(l, c, LINUX_VEOL2) && local_flag(l, LINUX_IEXTEN))) {
		if (local_flag(l, LINUX_ECHO)) {
			if (l->canon_head == l->head)
				line_echo_add(l, ECHO_LINE_BEGINS, 0);
			line_echo(l, c);
		}
		if (c == 0377 && input_flag(l, LINUX_PARMRK))
			put_cell(l, c);
		end_line(l, c | CELL_END);
		return true;
	}
	return false;
}

static bool receive_canonical(struct line *l, u8 c)
{
	if (!local_flag(l, LINUX_ICANON))
		return false;
	if (is_key(l, c, LINUX_VERASE) || is_key(l, c, LINUX_VKILL) ||
	    (is_key(l, c, LINUX_VWERASE) && local_flag(l, LINUX_IEXTEN))) {
		line_erase(l, c);
		return true;
	}
	return receive_extended_key(l, c) || receive_line_end(l, c);
}

static void receive_special(struct line *l, u8 c)
{
	if (receive_flow_key(l, c) || receive_signal_key(l, c))
		return;
	start_by_any(l);
	if (c == '\r') {
		if (input_flag(l, LINUX_IGNCR))
			return;
		if (input_flag(l, LINUX_ICRNL))
			c = '\n';
	} else if (c == '\n' && input_flag(l, LINUX_INLCR)) {
		c = '\r';
	}
	if (receive_canonical(l, c))
		return;
	if (local_flag(l, LINUX_ECHO)) {
		line_erase_finish(l);
		if (c == '\n')
			line_echo_raw(l, c);
		else
			echo_input(l, c);
	}
	put_byte(l, c);
}

static void receive_ordinary(struct line *l, u8 c)
{
	start_by_any(l);
	echo_input(l, c);
	put_byte(l, c);
}

static void receive(struct line *l, u8 c)
{
	if (l->plain) {
		put_cell(l, c);
		return;
	}
	if (input_flag(l, LINUX_ISTRIP))
		c &= 0x7f;
	if (input_flag(l, LINUX_IUCLC) && local_flag(l, LINUX_IEXTEN) && byte_is_upper(c))
		c = (u8)(c - 'A' + 'a');
	if (l->next_literal) {
		l->next_literal = false;
		receive_ordinary(l, c);
	} else if (local_flag(l, LINUX_EXTPROC)) {
		put_cell(l, c);
	} else if (l->special[c / 64] >> (c % 64) & 1) {
		receive_special(l, c);
	} else {
		receive_ordinary(l, c);
	}
}

/*
 * May one more byte go through? Linux keeps a place free. A canonical line that is longer
 * than the buffer goes on: its bytes are lost until it ends, because nobody could read.
 */
static bool accepts(const struct line *l)
{
	return l->head - l->tail < LINE_CELLS - 1 ||
	       (line_is_canonical(l) && l->canon_head == l->tail);
}

static void receive_pending(struct line *l)
{
	bool any = false;

	l->out_before = l->out.head;
	for (; ring_used(&l->in) != 0 && accepts(l); any = true)
		receive(l, ring_take(&l->in));
	if (!any)
		return;
	line_flush_echo(l);
	l->events |= LINE_MASTER_OUT;
}

u32 line_feed(struct line *l, const u8 *buf, u32 len)
{
	u32 taken = 0;

	while (taken < len) {
		if (ring_room(&l->in) == 0)
			receive_pending(l);
		if (ring_room(&l->in) == 0)
			break;
		ring_put(&l->in, buf[taken++]);
	}
	receive_pending(l);
	return taken;
}

void line_type(struct line *l, u8 c)
{
	l->out_before = l->out.head;
	if (accepts(l))
		receive(l, c);
	line_flush_echo(l);
}

/* --- reading --- */

bool line_readable(const struct line *l, bool poll)
{
	u32 need = 1;

	if (line_is_canonical(l))
		return l->canon_head != l->tail;
	if (poll && control(l, LINUX_VTIME) == 0 && control(l, LINUX_VMIN) != 0)
		need = control(l, LINUX_VMIN);
	return l->head - l->tail >= need;
}

static u32 take_line(struct line *l, u8 *buf, u32 size, bool last, bool *ret_done)
{
	u32 n = 0;

	while (l->tail != l->canon_head) {
		u16 cell = l->cells[l->tail % LINE_CELLS];
		bool eof = (cell & CELL_EOF) && !l->pushed;

		/* Linux: an end that comes right behind a full buffer is gone with it. */
		if (n == size && !(eof && last))
			break;
		l->tail++;
		if (!eof)
			buf[n++] = (u8)cell;
		if (cell & CELL_END) {
			l->pushed = false;
			*ret_done = true;
			break;
		}
	}
	return n;
}

u32 line_take(struct line *l, u8 *buf, u32 size, bool last, bool *ret_done)
{
	u32 n = 0;

	*ret_done = false;
	if (line_is_canonical(l)) {
		n = take_line(l, buf, size, last, ret_done);
	} else {
		while (n < size && l->tail != l->head)
			buf[n++] = (u8)l->cells[l->tail++ % LINE_CELLS];
		l->canon_head = l->tail;
	}
	receive_pending(l);
	return n;
}

u32 line_count(const struct line *l)
{
	u32 n = 0;

	if (!line_is_canonical(l))
		return l->head - l->tail;
	for (u32 i = l->tail; i != l->canon_head; i++)
		n += !(l->cells[i % LINE_CELLS] & CELL_EOF);
	return n;
}
