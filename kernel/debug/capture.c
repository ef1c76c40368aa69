/*
 * Copying into a trace record what a call's arguments point to, by the kinds of arguments in
 * abi/argkinds.def and the rows of trace/kinds.def.
 *
 * Guest memory may change under us or not be there: what is copied is what the record says,
 * and no decision depends on it but how much more to copy.
 */
#include "abi/errno.h"
#include "abi/linux/capability.h"
#include "abi/linux/dirent.h"
#include "abi/linux/fcntl.h"
#include "abi/linux/futex.h"
#include "abi/linux/ioctl.h"
#include "abi/linux/ipc.h"
#include "abi/linux/mount.h"
#include "abi/linux/mqueue.h"
#include "abi/linux/poll.h"
#include "abi/linux/resource.h"
#include "abi/linux/sched.h"
#include "abi/linux/signal.h"
#include "abi/linux/socket.h"
#include "abi/linux/stat.h"
#include "abi/linux/sysinfo.h"
#include "abi/linux/time.h"
#include "abi/linux/uio.h"
#include "abi/linux/utsname.h"
#include "abi/linux/xattr.h"
#include "abi/linux/syscall.h"
#include "abi/syscalls.h"
#include "kernel/debug/trace.h"
#include "kernel/mm/mm.h"
#include "kernel/mm/uaccess.h"
#include "kernel/mm/vma.h"
#include "kernel/task/task.h"
#include "kernel/vfs/fdtable.h"
#include "kernel/vfs/namei.h"
#include "lib/fmt.h"
#include "lib/string.h"

#define PATH_BYTES 4096u
#define COMMAND_ADDRESS_MIN 0x1000u /* below: a number, not an address */
#define STRINGS_MAX 4096u           /* pointers of an array that are looked at */
#define CONTROL_MAX 1024u           /* bytes of ancillary data */

enum how {
	HOW_NONE,
	HOW_FIXED,
	HOW_COUNTED,
	HOW_RESULTED,
	HOW_LENGTH,
	HOW_PATH,
	HOW_STRING,
	HOW_BYTES,
	HOW_STRINGS,
	HOW_POINTERS,
	HOW_VECTOR,
	HOW_MESSAGE,
	HOW_MESSAGES,
	HOW_ADDRESS,
	HOW_OPTION,
	HOW_SIGSET_ARG,
	HOW_FDSET,
	HOW_DIRENTS,
	HOW_COMMAND,
	HOW_QUEUED,
};

static const struct {
	u8 how;
	u16 size;
} rows[ARG_COUNT] = {
#define KIND(kind, capture, type, printer) [ARG_##kind] = { HOW_##capture, sizeof(type) },
#include "trace/kinds.def"
};

/* One call's arguments while they are copied. */
struct capture {
	struct trace_writer *w;
	const u64 *args;
	s64 result;
	bool leaving; /* the call has returned */
};

static u32 string_max(void)
{
	return MIN(trace_region->header.string_max, TRACE_STRING_MAX);
}

/* As many of the bytes as there are. Value: how many. */
static size_t put(const struct capture *c, uaddr_t addr, u64 len)
{
	u8 *data;

	if (addr == 0 || len == 0)
		return 0;
	len = MIN(len, (u64)TRACE_STRING_MAX);
	data = trace_item(c->w, TRACE_MEMORY, addr, len);
	if (data == NULL)
		return 0;
	len -= copy_in_partial(data, addr, len);
	trace_item_cut(c->w, data, len);
	return len;
}

static void put_string(const struct capture *c, uaddr_t addr, size_t max)
{
	u8 *data;
	s64 len;

	if (addr == 0)
		return;
	data = trace_item(c->w, TRACE_MEMORY, addr, max);
	if (data == NULL)
		return;
	len = copy_in_str((char *)data, addr, max);
	/* Without a zero byte it is cut; where it cannot be read nothing is there. */
	trace_item_cut(c->w, data, len == -ENAMETOOLONG ? max : len < 0 ? 0 : (size_t)len + 1);
}

static void put_strings(const struct capture *c, uaddr_t array, bool pointers_only)
{
	u32 max = pointers_only ? STRINGS_MAX : string_max() + 1;
	uaddr_t strings[32];
	u32 n = 0;
	u64 p;

	if (array == 0)
		return;
	while (n < max && copy_in(&p, array + 8 * n, sizeof(p)) == 0) {
		if (n < ARRAY_SIZE(strings))
			strings[n] = p;
		n++;
		if (p == 0)
			break;
	}
	put(c, array, 8ull * n);
	for (u32 i = 0; i < MIN(n, (u32)ARRAY_SIZE(strings)) && !pointers_only; i++)
		put_string(c, strings[i], string_max() + 1);
}

/* The parts of a vector, together at most total bytes. */
static void put_vector(const struct capture *c, uaddr_t addr, u64 count, u64 total)
{
	struct linux_iovec iov;
	u64 max = MIN(count, (u64)MIN(string_max() + 1, (u32)LINUX_UIO_MAXIOV));

	put(c, addr, max * sizeof(iov));
	for (u64 i = 0; i < max && total > 0; i++) {
		if (copy_in_struct(&iov, addr + i * sizeof(iov)) < 0)
			return;
		u64 len = MIN(iov.iov_len, total);

		put(c, iov.iov_base, MIN(len, (u64)string_max()));
		total -= len;
	}
}

static void put_message(const struct capture *c, uaddr_t addr, u64 total)
{
	struct linux_msghdr msg;

	if (put(c, addr, sizeof(msg)) != sizeof(msg) || copy_in_struct(&msg, addr) < 0)
		return;
	put(c, msg.msg_name,
	    MIN((u64)(u32)msg.msg_namelen, sizeof(struct linux_sockaddr_storage)));
	put_vector(c, msg.msg_iov, msg.msg_iovlen, total);
	put(c, msg.msg_control, MIN(msg.msg_controllen, (u64)CONTROL_MAX));
}

static void put_messages(const struct capture *c, uaddr_t addr, u64 count)
{
	struct linux_mmsghdr m;

	count = MIN(count, (u64)string_max());
	for (u64 i = 0; i < count; i++, addr += sizeof(m)) {
		put(c, addr, sizeof(m));
		if (copy_in_struct(&m, addr) < 0)
			return;
		put_message(c, addr, c->leaving ? m.msg_len : ~0ull);
	}
}

/* What is as long as the argument says or points to. */
static void put_sized(const struct capture *c, enum arg_memory memory, uaddr_t addr, u64 len,
		      u64 max)
{
	u32 size;

	if (memory == ARG_OUT) {
		uaddr_t at = len;

		if (at == 0 || copy_in(&size, at, sizeof(size)) < 0)
			return;
		len = size;
	}
	put(c, addr, MIN((u64)(u32)len, max));
}

static void put_sigset_arg(const struct capture *c, uaddr_t addr)
{
	struct linux_sigset_arg arg;

	put(c, addr, sizeof(arg));
	if (addr != 0 && copy_in_struct(&arg, addr) == 0)
		put(c, arg.set, LINUX_SIGSET_SIZE);
}

/* Both forms of an entry have their length at the same place. */
static void put_dirents(const struct capture *c, uaddr_t addr, u64 len)
{
	u64 count = 0;
	u16 size;

	for (u64 at = 0; at < len; at += size, count++)
		if (copy_in(&size, addr + at + offsetof(struct linux_dirent64, d_reclen),
			    sizeof(size)) < 0 ||
		    size == 0)
			break;
	(void)trace_item(c->w, TRACE_COUNT, count, 0);
}

/* Elements: one more than is shown, to know that there are more. */
static u64 elements(u64 count)
{
	return MIN(count, (u64)string_max() + 1);
}

static void put_argument(const struct capture *c, const struct syscall_arg *arg, uaddr_t addr)
{
	enum arg_memory memory = arg_kind_memory(arg->kind);
	u64 size = rows[arg->kind].size;
	u64 other = arg_kind_parameter(arg->kind) == ARG_ARG ? c->args[arg->param] : 0;
	u64 done = c->result > 0 ? (u64)c->result : 0;

	switch (rows[arg->kind].how) {
	case HOW_FIXED:
		put(c, addr, size);
		break;
	case HOW_COUNTED:
		put(c, addr, size * elements((u32)other));
		break;
	case HOW_RESULTED:
		put(c, addr, size * elements(done));
		break;
	case HOW_LENGTH:
		put(c, addr, MIN(other, size));
		break;
	case HOW_PATH:
		put_string(c, addr, PATH_BYTES);
		break;
	case HOW_STRING:
		put_string(c, addr, string_max() + 1);
		break;
	case HOW_BYTES:
		put(c, addr, MIN(c->leaving ? done : other, (u64)string_max()));
		break;
	case HOW_STRINGS:
	case HOW_POINTERS:
		put_strings(c, addr, rows[arg->kind].how == HOW_POINTERS);
		break;
	case HOW_VECTOR:
		put_vector(c, addr, (u32)other, c->leaving ? done : ~0ull);
		break;
	case HOW_MESSAGE:
		put_message(c, addr, c->leaving ? done : ~0ull);
		break;
	case HOW_MESSAGES:
		put_messages(c, addr, c->leaving ? done : (u32)other);
		break;
	case HOW_ADDRESS:
		put_sized(c, memory, addr, other, size);
		break;
	case HOW_OPTION:
		put_sized(c, memory, addr, other, string_max());
		break;
	case HOW_SIGSET_ARG:
		put_sigset_arg(c, addr);
		break;
	case HOW_FDSET:
		put(c, addr, MIN((u64)(u32)other, (u64)LINUX_FD_SETSIZE) / 64 * 8 + 8);
		break;
	case HOW_DIRENTS:
		put_dirents(c, addr, done);
		break;
	case HOW_COMMAND:
		if (addr >= COMMAND_ADDRESS_MIN)
			put(c, addr, size);
		break;
	case HOW_QUEUED:
		put(c, addr, size + MIN(c->leaving ? done : other, (u64)string_max()));
		break;
	}
}

/* --- what descriptors name --- */

static s64 file_name(struct file *f, char *buf, size_t size)
{
	struct path root;
	s64 len;

	if (f->path.dentry == NULL && f->ops->describe != NULL)
		return f->ops->describe(f, buf, size);
	if (f->path.dentry == NULL)
		return fmt_print(buf, size, "%s",
				 f->anon_name == NULL ? "anon_inode:" : f->anon_name);
	fs_get_root(&root);
	len = path_format(&f->path, &root, buf, size);
	path_put(&root);
	return len;
}

static void put_fd(struct trace_writer *w, s32 fd)
{
	char *buf = (char *)trace_item(w, TRACE_FD, (u64)(s64)fd, PATH_BYTES);
	struct path path;
	s64 len = -EBADF;

	if (buf == NULL)
		return;
	if (fd == LINUX_AT_FDCWD) {
		struct path root;

		fs_get_root(&root);
		fs_get_cwd(&path);
		len = path_format(&path, &root, buf, PATH_BYTES);
		path_put(&path);
		path_put(&root);
	} else {
		struct file *f = fd_get_any(fd);

		if (f != NULL)
			len = file_name(f, buf, PATH_BYTES);
		file_put(f);
	}
	trace_item_cut(w, (u8 *)buf, len < 0 ? 0 : MIN((size_t)len, strnlen(buf, PATH_BYTES)));
}

uaddr_t capture_mapping(struct trace_writer *w, uaddr_t addr, uaddr_t *ret_start)
{
	struct mm *mm = current()->process->mm;
	struct vma found = { .file = NULL };
	u64 *data;

	lock_acquire(&mm->lock);
	const struct vma *v = vma_find(mm, addr);

	if (v != NULL && v->file != NULL) {
		found = *v;
		file_get(found.file);
	}
	lock_release(&mm->lock);
	*ret_start = found.start;
	if (found.file == NULL)
		return 0;
	data = (u64 *)trace_item(w, TRACE_MAPPING, found.start, 16 + PATH_BYTES);
	if (data != NULL) {
		data[0] = found.end;
		data[1] = found.offset;
		s64 len = file_name(found.file, (char *)(data + 2), PATH_BYTES);

		trace_item_cut(w, (u8 *)data, 16 + (len < 0 ? 0 : MIN((size_t)len, 4095ul)));
	}
	file_put(found.file);
	return found.end;
}

static bool is_fd(u8 kind)
{
	return kind == ARG_fd || kind == ARG_dirfd;
}

/* --- both ends of a call --- */

void capture_enter(struct trace_writer *w, s64 nr, const u64 *args)
{
	const struct syscall_desc *d = nr < 0 ? NULL : syscall_desc_find((u64)nr);
	struct capture c = { .w = w, .args = args };

	/* The mask that the frame restores. */
	if (nr == LINUX_SYS_rt_sigreturn)
		put(&c, current()->regs->sp + offsetof(struct linux_ucontext, uc_sigmask),
		    sizeof(u64));
	for (u32 i = 0; d != NULL && i < d->nargs; i++) {
		enum arg_memory memory = arg_kind_memory(d->args[i].kind);

		if (memory == ARG_IN || memory == ARG_INOUT)
			put_argument(&c, &d->args[i], args[i]);
		/* A length that the call will change. */
		if (d->args[i].kind == ARG_sockaddr_out || d->args[i].kind == ARG_sockopt_out)
			put(&c, args[d->args[i].param], sizeof(u32));
		if (is_fd(d->args[i].kind) && (trace_region->header.flags & TRACE_FDS))
			put_fd(w, (s32)args[i]);
	}
}

/* Does the call leave something in memory although it failed? */
static bool leaves_memory(enum arg_kind kind, s64 result)
{
	return kind == ARG_timespec_rem &&
	       (result == -EINTR || result == -ERESTART_RESTARTBLOCK);
}

void capture_exit(struct trace_writer *w, s64 nr, const u64 *args, s64 result)
{
	const struct syscall_desc *d = nr < 0 ? NULL : syscall_desc_find((u64)nr);
	struct capture c = { .w = w, .args = args, .result = result, .leaving = true };
	bool failed = result < 0 && result > -4096;

	for (u32 i = 0; d != NULL && i < d->nargs; i++) {
		enum arg_memory memory = arg_kind_memory(d->args[i].kind);

		if ((memory == ARG_OUT || memory == ARG_INOUT) &&
		    (!failed || leaves_memory(d->args[i].kind, result)))
			put_argument(&c, &d->args[i], args[i]);
		/* How much of each was sent. */
		if (d->args[i].kind == ARG_mmsghdrs_in && !failed)
			put(&c, args[i],
			    MIN((u64)result, (u64)string_max()) * sizeof(struct linux_mmsghdr));
	}
	if (!failed && is_fd((u8)syscall_result_kind((u64)nr)) &&
	    (trace_region->header.flags & TRACE_FDS))
		put_fd(w, (s32)result);
}
