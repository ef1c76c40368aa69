/* Printing sockets: addresses, options, messages. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "abi/linux/socket.h"
#include "abi/linux/uio.h"
#include "trace/struct.h"

static void print_unix(struct print *p, const u8 *path, size_t len)
{
	size_t text = strnlen((const char *)path, len);

	if (len == 0) {
		out_text(p->out, "}");
		return;
	}
	out_text(p->out, ", sun_path=");
	if (path[0] == 0 && len > 1) {
		out_text(p->out, "@");
		out_quoted(p->out, path + 1, len - 1, QUOTE_OCTAL);
	} else {
		out_quoted(p->out, path, text, QUOTE_OCTAL);
	}
	out_text(p->out, "}");
}

static void print_inet6(struct print *p, const struct linux_sockaddr_in6 *in)
{
	char text[INET6_ADDRSTRLEN] = "";

	inet_ntop(AF_INET6, in->sin6_addr, text, sizeof(text));
	out_put(p->out,
		", sin6_port=htons(%u), sin6_flowinfo=htonl(%u), "
		"inet_pton(AF_INET6, \"%s\", &sin6_addr), sin6_scope_id=%u}",
		ntohs(in->sin6_port), ntohl(in->sin6_flowinfo), text, in->sin6_scope_id);
}

void print_sockaddr_bytes(struct print *p, const void *bytes, size_t len)
{
	struct linux_sockaddr_storage ss = { 0 };

	memcpy(&ss, bytes, MIN(len, sizeof(ss)));
	out_text(p->out, "{sa_family=");
	print_set(p, SET_sock_domain, ss.ss_family);
	if (ss.ss_family == LINUX_AF_UNIX) {
		print_unix(p, ss.data, MIN(len, sizeof(ss)) - 2);
	} else if (ss.ss_family == LINUX_AF_INET && len >= sizeof(struct linux_sockaddr_in)) {
		const struct linux_sockaddr_in *in = (const void *)&ss;
		char text[INET_ADDRSTRLEN] = "";

		inet_ntop(AF_INET, &in->sin_addr, text, sizeof(text));
		out_put(p->out, ", sin_port=htons(%u), sin_addr=inet_addr(\"%s\")}",
			ntohs(in->sin_port), text);
	} else if (ss.ss_family == LINUX_AF_INET6 && len >= sizeof(struct linux_sockaddr_in6)) {
		print_inet6(p, (const void *)&ss);
	} else if (ss.ss_family == LINUX_AF_NETLINK && len >= sizeof(struct linux_sockaddr_nl)) {
		const struct linux_sockaddr_nl *nl = (const void *)&ss;

		out_put(p->out, ", nl_pid=%d, nl_groups=%08x}", (s32)nl->nl_pid, nl->nl_groups);
	} else {
		out_text(p->out, ", sa_data=");
		out_quoted(p->out, ss.data, MIN(len, sizeof(ss)) - 2, QUOTE_OCTAL);
		out_text(p->out, "}");
	}
}

static void print_sockaddr_at(struct print *p, u64 addr, u64 len)
{
	size_t there;
	const u8 *bytes = trace_event_peek(p->event, p->at_exit, addr, &there);

	len = MIN(len, sizeof(struct linux_sockaddr_storage));
	if (addr == 0 || bytes == NULL || len < 2 || there < len)
		print_address(p, addr);
	else
		print_sockaddr_bytes(p, bytes, len);
}

PRINTER(sockaddr)
{
	u64 len = p->event->args[p->param];
	u32 after, before;

	if (p->at_exit) {
		u64 at = len;

		if (p->event->failed ||
		    trace_event_read(p->event, true, at, &after, 4) != 4 ||
		    trace_event_read(p->event, false, at, &before, 4) != 4) {
			print_address(p, value);
			return;
		}
		len = MIN(before, after);
	}
	print_sockaddr_at(p, value, (u32)len);
}

PRINTER(sock_proto)
{
	u32 domain = (u32)p->event->args[p->param];

	if (domain == LINUX_AF_INET || domain == LINUX_AF_INET6)
		print_set(p, SET_ip_proto, (u32)value);
	else
		out_put(p->out, "%u", (u32)value);
}

PRINTER(sock_opt)
{
	switch ((u32)p->event->args[p->param]) {
	case LINUX_SOL_SOCKET:
		print_set(p, SET_sock_opt, (u32)value);
		break;
	case LINUX_SOL_TCP:
		print_set(p, SET_tcp_opt, (u32)value);
		break;
	case LINUX_SOL_IP:
		print_set(p, SET_ip_opt, (u32)value);
		break;
	case LINUX_SOL_IPV6:
		print_set(p, SET_ipv6_opt, (u32)value);
		break;
	default:
		out_put(p->out, "%#x", (u32)value);
	}
}

PRINTER(sockopt)
{
	const struct trace_event *e = p->event;
	bool socket = (u32)e->args[1] == LINUX_SOL_SOCKET;
	u32 option = (u32)e->args[2];
	u64 len = (u32)e->args[p->param];
	u32 after = 0;
	s32 n;

	if (p->at_exit) {
		if (e->failed || trace_event_read(e, true, e->args[p->param], &after, 4) != 4) {
			print_address(p, value);
			return;
		}
		len = after;
	}
	if (socket && option == LINUX_SO_LINGER && len >= sizeof(struct linux_linger)) {
		struct linux_linger linger;

		if (print_read(p, value, &linger, sizeof(linger)))
			print_struct_data(p, STRUCT_linger, &linger);
	} else if (socket && option == LINUX_SO_PEERCRED && len >= sizeof(struct linux_ucred)) {
		struct linux_ucred cred;

		if (print_read(p, value, &cred, sizeof(cred)))
			print_struct_data(p, STRUCT_ucred, &cred);
	} else if (len == sizeof(n)) {
		if (print_read(p, value, &n, sizeof(n)))
			out_put(p->out, "[%d]", n);
	} else {
		print_bytes(p, value, len, QUOTE_OCTAL);
	}
}

/* --- messages --- */

static void print_control_data(struct print *p, const struct linux_cmsghdr *h, const u8 *data,
			       size_t len)
{
	if (h->cmsg_level == LINUX_SOL_SOCKET && h->cmsg_type == LINUX_SCM_RIGHTS) {
		for (size_t i = 0; i + 4 <= len; i += 4) {
			s32 fd;

			memcpy(&fd, data + i, 4);
			out_put(p->out, "%s%d", i == 0 ? "[" : ", ", fd);
		}
		out_text(p->out, len < 4 ? "[]" : "]");
	} else if (h->cmsg_level == LINUX_SOL_SOCKET &&
		   h->cmsg_type == LINUX_SCM_CREDENTIALS && len >= sizeof(struct linux_ucred)) {
		struct linux_ucred cred;

		memcpy(&cred, data, sizeof(cred));
		print_struct_data(p, STRUCT_ucred, &cred);
	} else {
		out_quoted(p->out, data, MIN(len, (size_t)p->string_max), QUOTE_OCTAL);
	}
}

static void print_control(struct print *p, u64 addr, u64 len)
{
	size_t there, at = 0;
	const u8 *bytes = trace_event_peek(p->event, p->at_exit, addr, &there);
	struct linux_cmsghdr h;

	if (bytes == NULL || there < sizeof(h)) {
		print_address(p, addr);
		return;
	}
	there = MIN(there, len);
	out_text(p->out, "[");
	while (there - at >= sizeof(h)) {
		memcpy(&h, bytes + at, sizeof(h));
		if (h.cmsg_len < sizeof(h) || h.cmsg_len > there - at)
			break;
		out_put(p->out, "%s{cmsg_len=%llu, cmsg_level=", at == 0 ? "" : ", ",
			(unsigned long long)h.cmsg_len);
		print_set(p, SET_sock_level, (u32)h.cmsg_level);
		out_text(p->out, ", cmsg_type=");
		if (h.cmsg_level == LINUX_SOL_SOCKET)
			print_set(p, SET_cmsg_type, (u32)h.cmsg_type);
		else
			out_put(p->out, "%#x", (u32)h.cmsg_type);
		out_text(p->out, ", cmsg_data=");
		print_control_data(p, &h, bytes + at + sizeof(h), h.cmsg_len - sizeof(h));
		out_text(p->out, "}");
		if (LINUX_CMSG_ALIGN(h.cmsg_len) > there - at)
			break;
		at += LINUX_CMSG_ALIGN(h.cmsg_len);
	}
	out_text(p->out, "]");
}

static void print_message(struct print *p, const struct linux_msghdr *m, bool received)
{
	out_text(p->out, "{msg_name=");
	print_sockaddr_at(p, m->msg_name, (u32)m->msg_namelen);
	out_put(p->out, ", msg_namelen=%d, msg_iov=", m->msg_namelen);
	/* The count comes as if it were an argument. */
	struct trace_event e = *p->event;
	u64 args[6] = { m->msg_iovlen };
	struct print inner = *p;

	e.args = args;
	inner.event = &e;
	inner.param = 0;
	print_iov(&inner, m->msg_iov);
	out_put(p->out, ", msg_iovlen=%llu", (unsigned long long)m->msg_iovlen);
	if (m->msg_controllen != 0 || (m->msg_control != 0 && !received)) {
		out_text(p->out, ", msg_control=");
		print_control(p, m->msg_control, m->msg_controllen);
	}
	out_put(p->out, ", msg_controllen=%llu, msg_flags=",
		(unsigned long long)m->msg_controllen);
	print_set(p, SET_msg, m->msg_flags);
	out_text(p->out, "}");
}

PRINTER(msghdr)
{
	struct linux_msghdr m;

	if (print_read(p, value, &m, sizeof(m)))
		print_message(p, &m, p->at_exit);
}

PRINTER(mmsghdrs)
{
	u64 count = p->at_exit ? (u64)p->event->result : (u32)p->event->args[p->param];
	struct linux_mmsghdr m;

	if (value == 0 || (p->at_exit && p->event->failed) || count > LINUX_UIO_MAXIOV) {
		print_address(p, value);
		return;
	}
	out_text(p->out, "[");
	for (u64 i = 0; i < count; i++, value += sizeof(m)) {
		if (i != 0)
			out_text(p->out, ", ");
		if (i >= p->string_max ||
		    trace_event_read(p->event, p->at_exit, value, &m, sizeof(m)) != sizeof(m)) {
			out_text(p->out, "...");
			break;
		}
		out_text(p->out, "{msg_hdr=");
		print_message(p, &m.msg_hdr, p->at_exit);
		/* What was sent is known at the end. */
		if (p->at_exit ||
		    trace_event_read(p->event, true, value, &m, sizeof(m)) == sizeof(m))
			out_put(p->out, ", msg_len=%u", m.msg_len);
		out_text(p->out, "}");
	}
	out_text(p->out, "]");
}
