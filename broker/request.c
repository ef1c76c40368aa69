/*
 * Requests from the jail: receiving, checking, serving, answering.
 *
 * OVERVIEW. Whatever arrives was written by an adversary. wire_request_decode() accepts or
 * refuses a message; handlers[] and shared_handlers[] serve what was accepted. A refused
 * message, a descriptor nobody asked for, or an answer that finds the asker's queue full ends
 * the sandbox.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "abi/names.h"
#include "broker/session.h"

#ifndef SO_PASSPIDFD
#define SO_PASSPIDFD 76
#define SCM_PIDFD 4
#endif

#define CHANNELS_MAX 8192u
#define MESSAGES_AT_ONCE 64
#define IN_FLIGHT_WAIT_NS 1000000000ull
#define IN_FLIGHT_MAX 128u

/* The descriptor, which the variable no longer has. */
#define TAKE_FD(fd)                                                               \
	({                                                                        \
		int taken_ = (fd);                                                \
		(fd) = -1;                                                        \
		taken_;                                                           \
	})

static void late_drop(struct session *s, struct channel *c);

/* --- channels --- */

bool channel_add(struct session *s, int fd, enum wire_phase phase)
{
	struct epoll_event event = { .events = EPOLLIN };
	struct channel *c = calloc(1, sizeof(*c));
	int on = 1;

	if (c == NULL) {
		close(fd);
		return false;
	}
	c->fd = fd;
	c->phase = phase;
	c->pidfd = c->late.fd = -1;
	event.data.ptr = c;
	/* Who says HELLO is told by the host, not by the message: Linux 6.5; else by pid. */
	if (setsockopt(fd, SOL_SOCKET, SO_PASSPIDFD, &on, sizeof(on)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
	if (epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0) {
		close(fd);
		free(c);
		return false;
	}
	c->next = s->channels;
	s->channels = c;
	s->channel_count++;
	return true;
}

void channel_drop(struct session *s, struct channel *c)
{
	struct channel **at = &s->channels;

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	s->channel_count--;
	/* A copy of this process (text.c) may have it open for a moment longer. */
	epoll_ctl(s->epoll_fd, EPOLL_CTL_DEL, c->fd, NULL);
	close(c->fd);
	if (c->pidfd >= 0)
		close(c->pidfd);
	if (c->late.fd >= 0)
		late_drop(s, c);
	s->passed_count -= c->passed;
	free(c);
}

/* --- the simple requests --- */

static void do_hello(struct session *s, struct channel *c, const struct wire_request *r,
		     struct reply *reply)
{
	int off = 0;

	if (r->hello.version != BOOT_VERSION) {
		reply->error = EPROTO;
		return;
	}
	setsockopt(c->fd, SOL_SOCKET, SO_PASSPIDFD, &off, sizeof(off));
	setsockopt(c->fd, SOL_SOCKET, SO_PASSCRED, &off, sizeof(off));
	c->greeted = true;
	c->jail_pid = r->hello.pid;
	if (s->booted)
		c->phase = WIRE_PHASE_RUN;
	s->booted = true;
}

static void do_log(struct session *s, struct channel *c, const struct wire_request *r,
		   struct reply *reply)
{
	(void)c, (void)reply;
	log_line(r->text_or_path, r->text.text_len);
	text_filter(s->last_words, sizeof(s->last_words), r->text_or_path,
		    r->text.text_len);
}

static void end_with(struct session *s, int status)
{
	if (s->ended)
		return;
	s->ended = true;
	s->exit_status = status;
}

static void do_exit(struct session *s, struct channel *c, const struct wire_request *r,
		    struct reply *reply)
{
	int status = (int)r->exit.wait_status;

	(void)c, (void)reply;
	s->calls = r->exit.calls;
	s->host_calls = r->exit.host_calls;
	s->finished = !s->ended;
	if (s->options->cpu_seconds != 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
		session_say_cpu_used(s);
	end_with(s, WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
}

static void do_fail(struct session *s, struct channel *c, const struct wire_request *r,
		    struct reply *reply)
{
	char text[4 * WIRE_TEXT_MAX];
	u32 status = r->fail.exit_status;

	(void)c, (void)reply;
	if (s->ended)
		return;
	text_filter(text, sizeof(text), r->text_or_path, r->fail.text_len);
	const char *name = errno_name(r->fail.error);

	if (text[0] != 0 && name != NULL)
		say("%s: %s (%s)", s->options->argv[0], text, name);
	else
		say("%s: %s", s->options->argv[0],
		    text[0] != 0 ? text :
				   strerror(r->fail.error < 0 ? 0 : r->fail.error));
	end_with(s, status >= EXIT_NACRE && status <= EXIT_NOT_FOUND ? (int)status :
								       EXIT_NACRE);
}

static void do_start(struct session *s, struct channel *c, const struct wire_request *r,
		     struct reply *reply)
{
	(void)s, (void)r, (void)reply;
	c->phase = WIRE_PHASE_RUN;
}

static void do_channel(struct session *s, struct channel *c,
		       const struct wire_request *r, struct reply *reply)
{
	int pair[2];

	(void)c, (void)r;
	if (s->channel_count >= CHANNELS_MAX) {
		reply->error = EAGAIN;
		return;
	}
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
		reply->error = EAGAIN;
		return;
	}
	if (!channel_add(s, pair[0], WIRE_PHASE_BOOT)) {
		close(pair[1]);
		reply->error = EAGAIN;
		return;
	}
	reply->fd = pair[1];
}

/*
 * A descriptor of a process by its number as the host knows it. Every process of the jail is
 * in the session its first one made, and nobody else is, so a number that belongs to
 * somebody else by now is noticed.
 */
static int member_open(const struct session *s, pid_t pid)
{
	int fd = pid <= 0 ? -1 : (int)syscall(SYS_pidfd_open, pid, 0);

	if (fd >= 0 && getsid(pid) != s->pid) {
		close(fd);
		return -1;
	}
	return fd;
}

static void do_kick(struct session *s, struct channel *c, const struct wire_request *r,
		    struct reply *reply)
{
	int fd;

	(void)c, (void)reply;
	/* The target is one that greeted us over a wire of this sandbox: nobody else's. */
	for (struct channel *to = s->channels; to != NULL; to = to->next)
		if (to->greeted && to->jail_pid == r->kick.pid && to->pidfd >= 0) {
			kick_process(to->pidfd, r->kick.value);
			return;
		}
	/* The first process uses its parent's wire. Without a pid namespace, where alone it
	   is kicked by request, numbers are the host's. */
	fd = s->missing & MISSING_PID_NS ? member_open(s, r->kick.pid) : -1;
	if (fd >= 0) {
		kick_process(fd, r->kick.value);
		close(fd);
	}
}

static void do_stopped(struct session *s, struct channel *c,
		       const struct wire_request *r, struct reply *reply)
{
	(void)c, (void)reply;
	terminal_restore();
	/* Nobody is there to continue us, so we do not stop, and neither may the program. */
	s->orphaned = !terminal_stop((int)r->stopped.signal);
	if (s->orphaned)
		kick_process(s->pidfd, SIGCONT);
}

static void do_terminal(struct session *s, struct channel *c,
			const struct wire_request *r, struct reply *reply)
{
	(void)c, (void)r;
	if (terminal_in_background())
		reply->error = s->orphaned ? EIO : EAGAIN;
}

typedef void handler_fn(struct session *, struct channel *, const struct wire_request *,
			struct reply *);
/* Of what is the same whichever wire asks. */
typedef void shared_handler_fn(struct session *, const struct wire_request *, struct reply *);

/* clang-format off */
static handler_fn *const handlers[WIRE_TYPE_MAX] = {
	[WIRE_HELLO] = do_hello,
	[WIRE_LOG] = do_log,
	[WIRE_EXIT] = do_exit,
	[WIRE_FAIL] = do_fail,
	[WIRE_CHANNEL] = do_channel,
	[WIRE_KICK] = do_kick,
	[WIRE_START] = do_start,
	[WIRE_STOPPED] = do_stopped,
	[WIRE_TERMINAL] = do_terminal,
};

static shared_handler_fn *const shared_handlers[WIRE_TYPE_MAX] = {
	[WIRE_OPEN] = handle_open,
	[WIRE_STATX] = handle_statx,
	[WIRE_READLINK] = handle_readlink,
	[WIRE_XATTRS] = handle_xattrs,
	[WIRE_CHANGE] = handle_change,
	[WIRE_FETCH] = handle_fetch,
	[WIRE_VERIFY] = handle_verify,
	[WIRE_SYNC] = handle_sync,
	[WIRE_LOCK] = handle_lock,
	[WIRE_TEXT] = handle_text,
};
/* clang-format on */

bool request_handle(struct session *s, struct channel *c, const void *message,
		    size_t len, struct wire_request *ret, struct reply *reply,
		    const char **ret_why)
{
	*ret_why = wire_request_decode(message, len, c->phase, ret);
	if (*ret_why == NULL && !c->greeted && ret->type != WIRE_HELLO &&
	    ret->type != WIRE_LOG && ret->type != WIRE_FAIL)
		*ret_why = "request before HELLO";
	if (*ret_why == NULL && c->greeted && ret->type == WIRE_HELLO)
		*ret_why = "HELLO said twice";
	if (*ret_why != NULL)
		return false;
	reply->error = 0;
	reply->fd = -1;
	reply->len = 0;
	reply->content = NULL;
	s->requests++;
	if (handlers[ret->type] != NULL)
		handlers[ret->type](s, c, ret, reply);
	else
		shared_handlers[ret->type](s, ret, reply);
	return true;
}

/* --- the socket --- */

static void end_badly(struct session *s, const char *why)
{
	if (!s->ended)
		say("sandbox ended: bad message from the jail: %s", why);
	end_with(s, EXIT_NACRE);
	session_kill(s);
}

/*
 * --- descriptors under way ---
 *
 * The host counts those that have been sent and not yet received, of all programs of a user: if
 * a sandbox did not take its answers, nobody of that user could pass any more.
 */

/* Has it been taken that went with the last answer? */
static bool passed_is_taken(struct session *s, struct channel *c)
{
	int unread = 0;

	if (c->passed && (ioctl(c->fd, TIOCOUTQ, &unread) < 0 || unread == 0)) {
		c->passed = false;
		s->passed_count--;
	}
	return !c->passed;
}

/* May one more be sent? */
static bool passed_room(struct session *s)
{
	if (s->passed_count >= IN_FLIGHT_MAX)
		for (struct channel *c = s->channels; c != NULL; c = c->next)
			passed_is_taken(s, c);
	return s->passed_count < IN_FLIGHT_MAX;
}

/* 0 or the errno of the send. */
static int answer_send(const struct channel *c, u32 type, u32 seq, const struct reply *reply)
{
	struct wire_answer fixed = { .error = reply->error,
				     .data_len = reply->error == 0 ? reply->len : 0 };
	struct wire_header header = {
		.magic = WIRE_MAGIC,
		.type = type | WIRE_ANSWER,
		.len = (u32)sizeof(fixed) + fixed.data_len,
		.seq = seq,
	};
	struct iovec iov[] = {
		{ &header, sizeof(header) },
		{ &fixed, sizeof(fixed) },
		{ (void *)(reply->content != NULL ? reply->content : reply->data), fixed.data_len },
	};
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 3 };

	if (reply->fd >= 0) {
		memset(&control, 0, sizeof(control));
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.header), &reply->fd, sizeof(int));
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control);
	}
	return sendmsg(c->fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? errno : 0;
}

/* The same with a descriptor. ETOOMANYREFS: not now. */
static int answer_pass(struct session *s, struct channel *c, u32 type, u32 seq,
		       const struct reply *reply)
{
	int error = passed_room(s) ? answer_send(c, type, seq, reply) : ETOOMANYREFS;

	if (error == 0) {
		c->passed = true;
		s->passed_count++;
	}
	return error;
}

/* What a failed send means for the sandbox. A peer that is gone is seen at the next receive. */
static bool send_error_ok(int error)
{
	return error == 0 || error == EPIPE || error == ECONNRESET;
}

/* False: the sandbox must end. Takes reply->fd. */
static bool answer(struct session *s, struct channel *c, const struct wire_request *r,
		   struct reply *reply)
{
	int error = reply->fd >= 0 ? answer_pass(s, c, r->type, r->seq, reply) :
				     answer_send(c, r->type, r->seq, reply);

	s->answers++;
	/* The asker waits meanwhile, nobody else does: answers_retry(). */
	if (error == ETOOMANYREFS && reply->fd >= 0) {
		c->late.fd = TAKE_FD(reply->fd);
		c->late.type = r->type;
		c->late.seq = r->seq;
		c->late.until_ns = now_ns() + IN_FLIGHT_WAIT_NS;
		s->late_count++;
		return true;
	}
	if (reply->fd >= 0)
		close(reply->fd);
	return send_error_ok(error);
}

static void late_drop(struct session *s, struct channel *c)
{
	close(TAKE_FD(c->late.fd));
	s->late_count--;
}

void answers_retry(struct session *s)
{
	static struct reply reply; /* no data: descriptors come without */
	u64 now = s->late_count == 0 ? 0 : now_ns();

	for (struct channel *c = s->channels; c != NULL && s->late_count != 0; c = c->next) {
		if (c->late.fd < 0)
			continue;
		reply.fd = c->late.fd;
		reply.error = 0;
		int error = answer_pass(s, c, c->late.type, c->late.seq, &reply);

		if (error == ETOOMANYREFS && now < c->late.until_ns)
			continue;
		late_drop(s, c);
		if (error == ETOOMANYREFS) {
			reply.fd = -1;
			reply.error = EMFILE;
			error = answer_send(c, c->late.type, c->late.seq, &reply);
		}
		if (!send_error_ok(error))
			end_badly(s, "answers are not taken");
	}
}

/* Take the sender's identity from the ancillary data. False: it carried descriptors. */
static bool control_take(const struct session *s, struct channel *c, struct msghdr *msg)
{
	bool ok = !(msg->msg_flags & MSG_CTRUNC);

	for (struct cmsghdr *h = CMSG_FIRSTHDR(msg); h != NULL;
	     h = CMSG_NXTHDR(msg, h)) {
		if (h->cmsg_level != SOL_SOCKET)
			continue;
		size_t len = h->cmsg_len - CMSG_LEN(0);

		if (h->cmsg_type == SCM_RIGHTS) {
			for (size_t i = 0; i + sizeof(int) <= len; i += sizeof(int)) {
				int fd;

				memcpy(&fd, CMSG_DATA(h) + i, sizeof(fd));
				close(fd);
			}
			ok = false;
		} else if (h->cmsg_type == SCM_PIDFD && len == sizeof(int)) {
			int fd;

			memcpy(&fd, CMSG_DATA(h), sizeof(fd));
			if (c->pidfd >= 0)
				close(fd);
			else
				c->pidfd = fd;
		} else if (h->cmsg_type == SCM_CREDENTIALS &&
			   len == sizeof(struct ucred)) {
			struct ucred cred;

			memcpy(&cred, CMSG_DATA(h), sizeof(cred));
			if (c->pidfd < 0)
				c->pidfd = member_open(s, cred.pid);
		}
	}
	return ok;
}

bool channel_serve(struct session *s, struct channel *c)
{
	static u8 message[WIRE_REQUEST_MAX];
	static struct reply reply;
	union {
		struct cmsghdr header;
		char bytes[512];
	} control;
	struct wire_request request;
	const char *why;

	for (int i = 0; i < MESSAGES_AT_ONCE; i++) {
		struct iovec iov = { message, sizeof(message) };
		struct msghdr msg = {
			.msg_iov = &iov,
			.msg_iovlen = 1,
			.msg_control = &control,
			.msg_controllen = sizeof(control),
		};
		ssize_t n = recvmsg(c->fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return true;
		if (n <= 0)
			return false;
		if (!control_take(s, c, &msg)) {
			end_badly(s, "descriptors in a request");
			return true;
		}
		if (msg.msg_flags & MSG_TRUNC) {
			end_badly(s, "longer than any request");
			return true;
		}
		if (!request_handle(s, c, message, (size_t)n, &request, &reply, &why)) {
			end_badly(s, why);
			return true;
		}
		if (wire_type_answered(request.type) &&
		    (c->late.fd >= 0 || !passed_is_taken(s, c))) {
			if (reply.fd >= 0)
				close(reply.fd);
			end_badly(s, "a question before the answer to the last");
			return true;
		}
		if (!wire_type_answered(request.type))
			continue;
		if (!answer(s, c, &request, &reply))
			end_badly(s, "answers are not taken");
		/* Who asked has nothing more to say before it has the answer. */
		return true;
	}
	return true;
}
