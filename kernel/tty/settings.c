/* The forms of struct termios that ioctl knows, and their conversion. See tty.h. */
#include "abi/errno.h"
#include "kernel/mm/uaccess.h"
#include "kernel/tty/tty.h"
#include "lib/string.h"

#define TERMIO_CC 8u /* special characters in the oldest form */

static const u32 baud_rates[32] = {
	0,       50,      75,      110,     134,     150,     200,     300,
	600,     1200,    1800,    2400,    4800,    9600,    19200,   38400,
	0,       57600,   115200,  230400,  460800,  500000,  576000,  921600,
	1000000, 1152000, 1500000, 2000000, 2500000, 3000000, 3500000, 4000000,
};

static u32 baud_rate(u32 code)
{
	return baud_rates[(code & 017) | (code & LINUX_CBAUDEX ? 020 : 0)];
}

/* Linux: a speed that has no code (BOTHER) is what the newest form says. */
void tty_settings_speeds(struct linux_termios2 *t)
{
	u32 out = t->c_cflag & LINUX_CBAUD;
	u32 in = t->c_cflag >> LINUX_IBSHIFT & LINUX_CBAUD;

	if (out != LINUX_BOTHER)
		t->c_ospeed = baud_rate(out);
	if (in == 0)
		t->c_ispeed = t->c_ospeed;
	else if (in != LINUX_BOTHER)
		t->c_ispeed = baud_rate(in);
}

void tty_settings_default(struct linux_termios2 *t)
{
	static const u8 keys[LINUX_NCCS] = {
		[LINUX_VINTR] = 3,    [LINUX_VQUIT] = 034,   [LINUX_VERASE] = 0177,
		[LINUX_VKILL] = 025,  [LINUX_VEOF] = 4,	     [LINUX_VMIN] = 1,
		[LINUX_VSTART] = 021, [LINUX_VSTOP] = 023,   [LINUX_VSUSP] = 032,
		[LINUX_VREPRINT] = 022, [LINUX_VDISCARD] = 017, [LINUX_VWERASE] = 027,
		[LINUX_VLNEXT] = 026,
	};

	*t = (struct linux_termios2){
		.c_iflag = LINUX_ICRNL | LINUX_IXON,
		.c_oflag = LINUX_OPOST | LINUX_ONLCR,
		.c_cflag = LINUX_B38400 | LINUX_CS8 | LINUX_CREAD,
		.c_lflag = LINUX_ISIG | LINUX_ICANON | LINUX_ECHO | LINUX_ECHOE | LINUX_ECHOK |
			   LINUX_ECHOCTL | LINUX_ECHOKE | LINUX_IEXTEN,
		.c_line = LINUX_N_TTY,
		.c_ispeed = 38400,
		.c_ospeed = 38400,
	};
	memcpy(t->c_cc, keys, sizeof(keys));
}

enum form {
	FORM_TERMIO,
	FORM_TERMIOS,
	FORM_TERMIOS2,
};

static const struct settings_command {
	u32 cmd;
	u32 set; /* the plain form of setting, 0: get */
	enum form form;
} commands[] = {
	{ LINUX_TCGETS, 0, FORM_TERMIOS },
	{ LINUX_TCSETS, LINUX_TCSETS, FORM_TERMIOS },
	{ LINUX_TCSETSW, LINUX_TCSETSW, FORM_TERMIOS },
	{ LINUX_TCSETSF, LINUX_TCSETSF, FORM_TERMIOS },
	{ LINUX_TCGETS2, 0, FORM_TERMIOS2 },
	{ LINUX_TCSETS2, LINUX_TCSETS, FORM_TERMIOS2 },
	{ LINUX_TCSETSW2, LINUX_TCSETSW, FORM_TERMIOS2 },
	{ LINUX_TCSETSF2, LINUX_TCSETSF, FORM_TERMIOS2 },
	{ LINUX_TCGETA, 0, FORM_TERMIO },
	{ LINUX_TCSETA, LINUX_TCSETS, FORM_TERMIO },
	{ LINUX_TCSETAW, LINUX_TCSETSW, FORM_TERMIO },
	{ LINUX_TCSETAF, LINUX_TCSETSF, FORM_TERMIO },
};

static s64 settings_out(const struct linux_termios2 *t, enum form form, uaddr_t arg)
{
	struct linux_termio old = {
		.c_iflag = (u16)t->c_iflag,
		.c_oflag = (u16)t->c_oflag,
		.c_cflag = (u16)t->c_cflag,
		.c_lflag = (u16)t->c_lflag,
		.c_line = t->c_line,
	};

	if (form == FORM_TERMIOS2)
		return copy_out_struct(arg, t);
	if (form == FORM_TERMIOS)
		return copy_out(arg, t, sizeof(struct linux_termios));
	memcpy(old.c_cc, t->c_cc, TERMIO_CC);
	return copy_out_struct(arg, &old);
}

/* The oldest form leaves the upper halves and later characters as they are. */
static int termio_in(struct linux_termios2 *t, uaddr_t arg)
{
	struct linux_termio old;

	if (copy_in_struct(&old, arg) < 0)
		return -EFAULT;
	t->c_iflag = (t->c_iflag & 0xffff0000) | old.c_iflag;
	t->c_oflag = (t->c_oflag & 0xffff0000) | old.c_oflag;
	t->c_cflag = (t->c_cflag & 0xffff0000) | old.c_cflag;
	t->c_lflag = (t->c_lflag & 0xffff0000) | old.c_lflag;
	t->c_line = old.c_line;
	memcpy(t->c_cc, old.c_cc, TERMIO_CC);
	return 0;
}

static int settings_in(struct linux_termios2 *t, enum form form, uaddr_t arg)
{
	if (form == FORM_TERMIO)
		return termio_in(t, arg);
	return copy_in(t, arg,
		       form == FORM_TERMIOS ? sizeof(struct linux_termios) : sizeof(*t));
}

s64 tty_settings_ioctl(const struct tty_settings_ops *ops, void *owner, u32 cmd, uaddr_t arg)
{
	const struct settings_command *c = commands, *end = commands + ARRAY_SIZE(commands);
	struct linux_termios2 t;
	int err;

	while (c < end && c->cmd != cmd)
		c++;
	if (c == end)
		return TTY_NOT_MINE;
	err = c->set != 0 ? ops->check(owner) : 0;
	if (err == 0)
		err = ops->get(owner, &t);
	if (err < 0)
		return err;
	if (c->set == 0)
		return settings_out(&t, c->form, arg);
	if (settings_in(&t, c->form, arg) < 0)
		return -EFAULT;
	tty_settings_speeds(&t);
	return ops->set(owner, c->set, &t);
}
