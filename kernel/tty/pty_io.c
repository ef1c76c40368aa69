/*
 * Pseudo-terminals: reading, writing, polling. See pty.h.
 *
 * LINUX BEHAVIOUR. n_tty_read and n_tty_write. A file that was hung up reads as at its end
 * and refuses writes; the master reads EIO while no slave is open after one was.
 */
#include "abi/errno.h"
#include "abi/linux/fcntl.h"
#include "abi/linux/poll.h"
#include "kernel/signal/signal.h"
#include "kernel/tty/pty.h"
#include "kernel/vfs/poll.h"
#include "lib/fmt.h"
#include "platform/plat.h"

#define CHUNK 512u
#define TENTH_NS 100000000ull /* the unit of VTIME */

static bool nonblocking(const struct file *f)
{
	return atomic_load(&f->flags) & LINUX_O_NONBLOCK;
}

/* --- turns --- */

static bool turn_try(struct turn *turn)
{
	u32 free = 0;

	return atomic_cas(&turn->taken, &free, 1);
}

int turn_take(struct turn *turn, const struct file *f)
{
	if (turn_try(turn))
		return 0;
	if (nonblocking(f))
		return -EAGAIN;
	return WAIT_EVENT(&turn->wait, NO_DEADLINE, turn_try(turn));
}

void turn_end(struct turn *turn)
{
	atomic_store(&turn->taken, 0);
	waitq_wake_all(&turn->wait);
}

/* --- the slave reads --- */

static bool slave_has_news(struct file *f)
{
	struct pty *pty = pty_file(f)->pty;
	bool yes;

	lock_acquire(&pty->lock);
	yes = line_readable(pty->line, false) || pty->master_gone || pty_hung_up_locked(f);
	lock_release(&pty->lock);
	return yes;
}

/* How a read of the slave in the present mode ends. */
struct read_plan {
	s64 minimum;  /* bytes it waits for */
	u64 deadline; /* for the first byte */
	u64 between;  /* ns between two bytes, 0: any */
	bool at_once; /* does not wait */
};

static struct read_plan read_plan(struct pty *pty)
{
	const struct linux_termios2 *t = &pty->line->termios;
	struct read_plan plan = { .deadline = NO_DEADLINE };

	lock_acquire(&pty->lock);
	if (!(t->c_lflag & LINUX_ICANON)) {
		u64 time = t->c_cc[LINUX_VTIME] * TENTH_NS;

		plan.minimum = t->c_cc[LINUX_VMIN];
		if (plan.minimum != 0) {
			plan.between = time;
		} else {
			plan.minimum = 1;
			plan.at_once = time == 0;
			plan.deadline = plat_now() + time;
		}
	}
	lock_release(&pty->lock);
	return plan;
}

/* Up to size bytes of what is there. -EAGAIN: nothing is, and more may come. */
static s64 slave_take(struct file *f, u8 *buf, u32 size, bool last, bool *ret_done)
{
	struct pty *pty = pty_file(f)->pty;
	s64 n = -EAGAIN;

	*ret_done = true;
	lock_acquire(&pty->lock);
	if (pty_hung_up_locked(f))
		n = 0;
	else if (line_readable(pty->line, false))
		n = line_take(pty->line, buf, size, last, ret_done);
	else if (pty->master_gone)
		n = -EIO;
	pty_unlock(pty);
	return n;
}

/* Wait for the first or the next byte. 0: there is news; -ETIMEDOUT. */
static s64 slave_wait(struct file *f, const struct read_plan *plan)
{
	if (plan->at_once)
		return -ETIMEDOUT;
	if (nonblocking(f))
		return -EAGAIN;
	return WAIT_EVENT(&pty_file(f)->pty->slave_wait, plan->deadline, slave_has_news(f));
}

static s64 slave_read_turn(struct file *f, struct iter *to)
{
	struct read_plan plan = read_plan(pty_file(f)->pty);
	u8 chunk[CHUNK];
	s64 total = 0;

	while (to->count != 0) {
		u32 want = (u32)MIN(to->count, (size_t)CHUNK);
		bool done;
		s64 n = slave_take(f, chunk, want, want == to->count, &done);

		if (n == -EAGAIN && total != 0 && total >= plan.minimum)
			break;
		if (n == -EAGAIN) {
			n = slave_wait(f, &plan);
			if (n < 0)
				return total != 0 || n == -ETIMEDOUT ? total : n;
			continue;
		}
		if (n > 0)
			n = iter_copy_to(to, chunk, (size_t)n);
		if (n < 0)
			return total != 0 ? total : n;
		total += n;
		if (done || (total >= plan.minimum && n < (s64)want))
			break;
		if (plan.between != 0)
			plan.deadline = plat_now() + plan.between;
	}
	return total;
}

static s64 pty_slave_read(struct file *f, struct iter *to, UNUSED u64 *pos)
{
	struct pty *pty = pty_file(f)->pty;
	s64 n = tty_check_background(&pty->tty, LINUX_SIGTTIN);

	if (n < 0)
		return n;
	n = turn_take(&pty->slave_reads, f);
	if (n < 0)
		return n;
	n = slave_read_turn(f, to);
	turn_end(&pty->slave_reads);
	return n;
}

/* --- writing --- */

/* Bytes taken by one side; 0: no room. */
static s64 slave_put(struct file *f, const u8 *buf, u32 len)
{
	struct pty *pty = pty_file(f)->pty;
	s64 n;

	lock_acquire(&pty->lock);
	if (pty_hung_up_locked(f) || pty->master_gone)
		n = -EIO;
	else
		n = line_write(pty->line, buf, len);
	pty_unlock(pty);
	return n;
}

static s64 master_put(struct file *f, const u8 *buf, u32 len)
{
	struct pty *pty = pty_file(f)->pty;
	s64 n;

	lock_acquire(&pty->lock);
	n = line_feed(pty->line, buf, len);
	pty_unlock(pty);
	return n;
}

static bool slave_can_write(struct file *f)
{
	struct pty *pty = pty_file(f)->pty;
	bool yes;

	lock_acquire(&pty->lock);
	yes = line_writable(pty->line) || pty->master_gone || pty_hung_up_locked(f);
	lock_release(&pty->lock);
	return yes;
}

static bool master_can_write(struct file *f)
{
	struct pty *pty = pty_file(f)->pty;
	bool yes;

	lock_acquire(&pty->lock);
	yes = ring_room(&pty->line->in) != 0;
	lock_release(&pty->lock);
	return yes;
}

struct write_side {
	s64 (*put)(struct file *f, const u8 *buf, u32 len);
	bool (*can_write)(struct file *f);
};

static const struct write_side slave_side = { slave_put, slave_can_write };
static const struct write_side master_side = { master_put, master_can_write };

/* All of buf, waiting for room. Value: bytes written, or why none was. */
static s64 write_chunk(const struct write_side *side, struct file *f, struct waitq *q,
		       const u8 *buf, u32 len)
{
	u32 done = 0;
	s64 n;

	for (;;) {
		n = side->put(f, buf + done, len - done);
		if (n < 0)
			break;
		done += (u32)n;
		if (done == len)
			return done;
		n = nonblocking(f) ? -EAGAIN : WAIT_EVENT(q, NO_DEADLINE, side->can_write(f));
		if (n < 0)
			break;
	}
	return done != 0 ? done : n;
}

static s64 write_turn(const struct write_side *side, struct file *f, struct waitq *q,
		      struct iter *from)
{
	u8 chunk[CHUNK];
	s64 total = 0;

	while (from->count != 0) {
		s64 len = iter_copy_from(from, chunk, MIN(from->count, (size_t)CHUNK));
		s64 n = len > 0 ? write_chunk(side, f, q, chunk, (u32)len) : len;

		if (n <= 0)
			return total != 0 ? total : n;
		total += n;
		if (n < len)
			break;
	}
	return total;
}

static bool stops_background_writes(struct pty *pty)
{
	bool yes;

	lock_acquire(&pty->lock);
	yes = pty->line->termios.c_lflag & LINUX_TOSTOP;
	lock_release(&pty->lock);
	return yes;
}

static s64 pty_slave_write(struct file *f, struct iter *from, UNUSED u64 *pos)
{
	struct pty *pty = pty_file(f)->pty;
	s64 n = 0;

	if (stops_background_writes(pty))
		n = tty_check_background(&pty->tty, LINUX_SIGTTOU);
	if (n == 0)
		n = turn_take(&pty->slave_writes, f);
	if (n < 0)
		return n;
	n = write_turn(&slave_side, f, &pty->slave_wait, from);
	turn_end(&pty->slave_writes);
	return n;
}

static s64 pty_master_write(struct file *f, struct iter *from, UNUSED u64 *pos)
{
	struct pty *pty = pty_file(f)->pty;
	s64 n = turn_take(&pty->master_writes, f);

	if (n < 0)
		return n;
	n = write_turn(&master_side, f, &pty->master_wait, from);
	turn_end(&pty->master_writes);
	return n;
}

/* --- the master reads --- */

static bool master_has_news_locked(const struct pty *pty)
{
	const struct line *l = pty->line;

	return ring_used(&l->out) != 0 || (l->packet && l->packet_status != 0);
}

static bool master_has_news(struct pty *pty)
{
	bool yes;

	lock_acquire(&pty->lock);
	yes = master_has_news_locked(pty) || pty->slave_gone;
	lock_release(&pty->lock);
	return yes;
}

/* At most size bytes, with packet mode's first byte when it is the first piece. */
static s64 master_take(struct pty *pty, u8 *buf, u32 size, bool first)
{
	struct line *l = pty->line;
	s64 n = 0;

	lock_acquire(&pty->lock);
	if (l->packet && l->packet_status != 0) {
		if (first) {
			buf[n++] = l->packet_status;
			l->packet_status = 0;
		}
	} else if (ring_used(&l->out) != 0) {
		if (l->packet && first)
			buf[n++] = LINUX_TIOCPKT_DATA;
		n += line_read_output(l, buf + n, size - (u32)n);
	} else if (first) {
		n = pty->slave_gone ? -EIO : -EAGAIN;
	}
	pty_unlock(pty);
	return n;
}

static s64 pty_master_read(struct file *f, struct iter *to, UNUSED u64 *pos)
{
	struct pty *pty = pty_file(f)->pty;
	u8 chunk[CHUNK];
	s64 total = 0;

	while (to->count != 0) {
		s64 n = master_take(pty, chunk, (u32)MIN(to->count, (size_t)CHUNK), total == 0);

		if (n == -EAGAIN && !nonblocking(f)) {
			n = WAIT_EVENT(&pty->master_wait, NO_DEADLINE, master_has_news(pty));
			if (n == 0)
				continue;
		}
		if (n > 0)
			n = iter_copy_to(to, chunk, (size_t)n);
		if (n <= 0)
			return total != 0 ? total : n;
		total += n;
		/* Whole chunks only: with less the other side was emptied. */
		if (n < (s64)CHUNK)
			break;
	}
	return total;
}

/* --- polling --- */

#define READ_EVENTS (LINUX_POLLIN | LINUX_POLLRDNORM)
#define WRITE_EVENTS (LINUX_POLLOUT | LINUX_POLLWRNORM)

static u32 pty_slave_poll(struct file *f, struct poll_table *pt)
{
	struct pty *pty = pty_file(f)->pty;
	u32 ready = 0;

	poll_wait(pt, &pty->slave_wait);
	lock_acquire(&pty->lock);
	if (pty_hung_up_locked(f)) {
		ready = READ_EVENTS | WRITE_EVENTS | LINUX_POLLERR | LINUX_POLLHUP;
	} else {
		if (line_readable(pty->line, true))
			ready |= READ_EVENTS;
		if (line_writable(pty->line))
			ready |= WRITE_EVENTS;
		if (pty->master_gone)
			ready |= LINUX_POLLHUP;
	}
	lock_release(&pty->lock);
	return ready;
}

static u32 pty_master_poll(struct file *f, struct poll_table *pt)
{
	struct pty *pty = pty_file(f)->pty;
	u32 ready = 0;

	poll_wait(pt, &pty->master_wait);
	lock_acquire(&pty->lock);
	if (master_has_news_locked(pty))
		ready |= READ_EVENTS;
	if (pty->line->packet && pty->line->packet_status != 0)
		ready |= LINUX_POLLPRI;
	if (ring_room(&pty->line->in) != 0)
		ready |= WRITE_EVENTS;
	if (pty->slave_gone)
		ready |= LINUX_POLLHUP;
	lock_release(&pty->lock);
	return ready;
}

static int pty_slave_describe(struct file *f, char *buf, size_t size)
{
	return fmt_print(buf, size, "/dev/pts/%u", pty_file(f)->pty->index);
}

const struct file_ops pty_master_ops = {
	.read = pty_master_read,
	.write = pty_master_write,
	.seek = file_seek_none,
	.ioctl = pty_master_ioctl,
	.poll = pty_master_poll,
	.release = pty_master_release,
	.async = true,
};

const struct file_ops pty_slave_ops = {
	.read = pty_slave_read,
	.write = pty_slave_write,
	.seek = file_seek_none,
	.ioctl = pty_slave_ioctl,
	.poll = pty_slave_poll,
	.release = pty_slave_release,
	.describe = pty_slave_describe,
	.async = true,
};
