/* Erasing in the line being typed, and what of that is seen. See line.h. */
#include "kernel/tty/line.h"

static bool local_flag(const struct line *l, u32 flag)
{
	return l->termios.c_lflag & flag;
}

static u8 cell_byte(const struct line *l, u32 at)
{
	return (u8)l->cells[at % LINE_CELLS];
}

void line_erase_finish(struct line *l)
{
	if (!l->erasing)
		return;
	line_echo_raw(l, '/');
	l->erasing = false;
}

enum erase_kind {
	ERASE_CHARACTER,
	ERASE_WORD,
	ERASE_LINE,
};

/* Where the last character of the line begins; l->head: it does not begin in this line. */
static u32 last_character(const struct line *l)
{
	u32 at = l->head;

	do
		at--;
	while (line_byte_is_continuation(l, cell_byte(l, at)) && at != l->canon_head);
	return line_byte_is_continuation(l, cell_byte(l, at)) ? l->head : at;
}

/* ECHOPRT: what is erased is printed, backwards, between \ and /. */
static void show_printed(struct line *l, u32 from, u32 count)
{
	if (!l->erasing) {
		line_echo_raw(l, '\\');
		l->erasing = true;
	}
	line_echo(l, cell_byte(l, from));
	for (u32 i = 1; i < count; i++) {
		line_echo_raw(l, cell_byte(l, from + i));
		line_echo_add(l, ECHO_BACK, 0);
	}
}

/* Columns of what stands between the last tab (or the start) and the tab at l->head. */
static void show_tab_gone(struct line *l)
{
	u32 columns = 0, at = l->head;

	while (at != l->canon_head) {
		u8 c = cell_byte(l, --at);

		if (c == '\t') {
			line_echo_add(l, ECHO_ERASE_TAB, columns % 8);
			return;
		}
		if (byte_is_control(c))
			columns += local_flag(l, LINUX_ECHOCTL) ? 2 : 0;
		else if (!line_byte_is_continuation(l, c))
			columns++;
	}
	line_echo_add(l, ECHO_ERASE_FIRST_TAB, columns % 8);
}

static void show_rubbed_out(struct line *l)
{
	line_echo_raw(l, '\b');
	line_echo_raw(l, ' ');
	line_echo_raw(l, '\b');
}

/* The character c at l->head, count bytes long, was erased. */
static void show_erased(struct line *l, u8 c, u32 count, enum erase_kind kind)
{
	if (!local_flag(l, LINUX_ECHO))
		return;
	if (local_flag(l, LINUX_ECHOPRT)) {
		show_printed(l, l->head, count);
	} else if (kind == ERASE_CHARACTER && !local_flag(l, LINUX_ECHOE)) {
		line_echo(l, l->termios.c_cc[LINUX_VERASE]);
	} else if (c == '\t') {
		show_tab_gone(l);
	} else {
		if (byte_is_control(c) && local_flag(l, LINUX_ECHOCTL))
			show_rubbed_out(l);
		if (!byte_is_control(c) || local_flag(l, LINUX_ECHOCTL))
			show_rubbed_out(l);
	}
}

/* KILL without showing each character go. True: that is all. */
static bool kill_at_once(struct line *l)
{
	const u32 shown = LINUX_ECHOK | LINUX_ECHOKE | LINUX_ECHOE;

	if (!local_flag(l, LINUX_ECHO)) {
		l->head = l->canon_head;
		return true;
	}
	if ((l->termios.c_lflag & shown) == shown)
		return false;
	l->head = l->canon_head;
	line_erase_finish(l);
	line_echo(l, l->termios.c_cc[LINUX_VKILL]);
	if (local_flag(l, LINUX_ECHOK))
		line_echo_raw(l, '\n');
	return true;
}

void line_erase(struct line *l, u8 c)
{
	enum erase_kind kind = ERASE_LINE;
	bool seen_word = false;

	if (l->head == l->canon_head)
		return;
	if (c == l->termios.c_cc[LINUX_VERASE])
		kind = ERASE_CHARACTER;
	else if (c == l->termios.c_cc[LINUX_VWERASE])
		kind = ERASE_WORD;
	else if (kill_at_once(l))
		return;
	while (l->head != l->canon_head) {
		u32 at = last_character(l), count = l->head - at;
		u8 first = cell_byte(l, at);

		if (at == l->head)
			break;
		if (kind == ERASE_WORD) {
			if (byte_in_word(first))
				seen_word = true;
			else if (seen_word)
				break;
		}
		l->head = at;
		show_erased(l, first, count, kind);
		if (kind == ERASE_CHARACTER)
			break;
	}
	if (l->head == l->canon_head && local_flag(l, LINUX_ECHO))
		line_erase_finish(l);
}
