/*
 * Names of local sockets: in the file system, abstract, and made up.
 *
 * A socket bound to a path hangs on the inode (inode.object, under inode.lock) and holds the
 * path; the name lives as long as somebody has not unlinked it, the socket as long as it is
 * open. Abstract names are in a hash table, by type too: Linux keeps types apart.
 *
 * LINUX BEHAVIOUR. unix(7), net/unix/af_unix.c: EADDRINUSE for a name that exists, EINVAL
 * for a second bind, ECONNREFUSED for an inode without a socket, EPROTOTYPE for one of
 * another type, EACCES without write permission.
 */
#include "abi/errno.h"
#include "abi/linux/fcntl.h"
#include "abi/linux/stat.h"
#include "kernel/net/net.h"
#include "kernel/net/unix.h"
#include "kernel/vfs/namei.h"
#include "lib/fmt.h"
#include "lib/string.h"
#include "platform/plat.h"

#define PATH_OFFSET ((u32)offsetof(struct linux_sockaddr_un, sun_path))
#define AUTO_NAMES 0x100000u /* five hex digits */

int unix_addr_check(const struct sock_addr *addr)
{
	if (addr->len <= PATH_OFFSET || addr->len > sizeof(struct linux_sockaddr_un) ||
	    addr->un.sun_family != LINUX_AF_UNIX)
		return -EINVAL;
	return 0;
}

static bool is_abstract(const struct sock_addr *addr)
{
	return addr->un.sun_path[0] == '\0';
}

/* The path is terminated in the storage, which is longer than any: Linux: unix_mkname_bsd. */
static void path_terminate(struct sock_addr *addr)
{
	char *bytes = (char *)&addr->any;

	bytes[addr->len] = '\0';
	addr->len = (u32)strlen(addr->un.sun_path) + PATH_OFFSET + 1;
}

/* --- abstract names; names_lock is held --- */

static struct list *name_bucket(const void *bytes, u32 len, u16 type)
{
	const u8 *b = bytes;
	u32 h = 2166136261u ^ type;

	for (u32 i = 0; i < len; i++)
		h = (h ^ b[i]) * 16777619u;
	return list_ready(&net->names[h % NET_NAME_BUCKETS]);
}

static struct unix_sock *abstract_find_locked(const void *bytes, u32 len, u16 type)
{
	struct unix_sock *u;

	list_for_each(u, name_bucket(bytes, len, type), name_link)
		if (u->name->len == len && u->s.proto->type == type &&
		    memcmp(u->name->bytes, bytes, len) == 0)
			return u;
	return NULL;
}

/* False: it has a name, or another thread is about to give it one. */
static bool bind_begin(struct unix_sock *u)
{
	bool begun;

	lock_acquire(&u->s.lock);
	begun = u->name == NULL && !u->binding;
	if (begun)
		u->binding = true;
	lock_release(&u->s.lock);
	return begun;
}

static void bind_end(struct unix_sock *u)
{
	lock_acquire(&u->s.lock);
	u->binding = false;
	lock_release(&u->s.lock);
}

static void set_name(struct unix_sock *u, struct sock_name *n, const struct path *path)
{
	lock_acquire(&u->s.lock);
	u->name = n;
	if (path != NULL)
		u->path = *path;
	lock_release(&u->s.lock);
}

/* Takes the name's reference over when it is free. */
static bool abstract_claim(struct unix_sock *u, struct sock_name *n)
{
	u16 type = u->s.proto->type;
	bool is_free;

	lock_acquire(&net->names_lock);
	is_free = abstract_find_locked(n->bytes, n->len, type) == NULL;
	if (is_free) {
		set_name(u, n, NULL);
		list_add(name_bucket(n->bytes, n->len, type), &u->name_link);
	}
	lock_release(&net->names_lock);
	return is_free;
}

static int bind_abstract(struct unix_sock *u, const struct sock_addr *addr)
{
	struct sock_name *n = sock_name_create(&addr->any, addr->len);

	if (n == NULL)
		return -ENOMEM;
	if (abstract_claim(u, n))
		return 0;
	sock_name_put(n);
	return -EADDRINUSE;
}

/* Five hex digits nobody has. */
static int bind_auto(struct unix_sock *u)
{
	struct sock_addr addr = { .un.sun_family = LINUX_AF_UNIX };
	char digits[8];
	u32 start;

	plat_random(&start, sizeof(start));
	for (u32 i = 0; i < AUTO_NAMES; i++) {
		int err;

		fmt_print(digits, sizeof(digits), "%05x", (start + i) % AUTO_NAMES);
		memcpy(addr.un.sun_path + 1, digits, 5);
		addr.len = PATH_OFFSET + 6;
		err = bind_abstract(u, &addr);
		if (err != -EADDRINUSE)
			return err;
	}
	return -ENOSPC;
}

int unix_autobind_for_creds(struct unix_sock *u)
{
	int err;

	if (!socket_flag(&u->s, SOCK_FLAG_PASSCRED | SOCK_FLAG_PASSPIDFD))
		return 0;
	if (!bind_begin(u))
		return 0;
	err = bind_auto(u);
	bind_end(u);
	return err;
}

/* --- names in the file system --- */

/* Linux makes the node first and removes it again when the socket has a name already. */
static int bind_again(const char *path)
{
	struct path found;
	int err = path_walk(LINUX_AT_FDCWD, path, 0, &found);

	if (err == 0) {
		path_put(&found);
		return -EADDRINUSE;
	}
	return err == -ENOENT ? -EINVAL : err;
}

static int bind_path(struct unix_sock *u, struct sock_addr *addr)
{
	struct sock_name *n;
	struct path path;
	struct inode *inode;
	u32 mode = 0777;
	int err;

	n = sock_name_create(&addr->any, addr->len);
	if (n == NULL)
		return -ENOMEM;
	if (u->s.file != NULL)
		mode = u->s.file->inode->mode & 0777;
	err = vfs_mknod_path(LINUX_AT_FDCWD, addr->un.sun_path, LINUX_S_IFSOCK | mode, 0, &path);
	if (err < 0) {
		sock_name_put(n);
		return err;
	}
	inode = path.dentry->inode;
	lock_acquire(&inode->lock);
	inode->object = &u->s;
	lock_release(&inode->lock);
	set_name(u, n, &path);
	return 0;
}

int unix_bind(struct socket *s, const struct sock_addr *given)
{
	struct unix_sock *u = unix_of(s);
	struct sock_addr addr = *given;
	bool pick = addr.len == PATH_OFFSET && addr.un.sun_family == LINUX_AF_UNIX;
	bool path = !pick && !is_abstract(&addr);
	int err = pick ? 0 : unix_addr_check(&addr);

	if (err < 0)
		return err;
	if (path)
		path_terminate(&addr);
	if (!bind_begin(u))
		return pick ? 0 : path ? bind_again(addr.un.sun_path) : -EINVAL;
	err = pick ? bind_auto(u) : path ? bind_path(u, &addr) : bind_abstract(u, &addr);
	bind_end(u);
	return err;
}

/* The socket ends: its name leads nowhere from now on. */
void unix_unbind(struct unix_sock *u)
{
	struct inode *inode;
	struct path path;

	lock_acquire(&net->names_lock);
	list_del(&u->name_link);
	lock_release(&net->names_lock);
	lock_acquire(&u->s.lock);
	path = u->path;
	u->path = (struct path){ 0 };
	lock_release(&u->s.lock);
	if (path.dentry == NULL)
		return;
	inode = path.dentry->inode;
	lock_acquire(&inode->lock);
	if (inode->object == &u->s)
		inode->object = NULL;
	lock_release(&inode->lock);
	path_put(&path);
}

/* --- looking up --- */

static int find_path(struct sock_addr *addr, struct unix_sock **ret)
{
	struct path path;
	struct inode *inode;
	int err;

	path_terminate(addr);
	err = path_walk(LINUX_AT_FDCWD, addr->un.sun_path, WALK_FOLLOW, &path);
	if (err < 0)
		return err;
	inode = path.dentry->inode;
	err = inode_permission(inode, LINUX_W_OK);
	if (err == 0) {
		err = -ECONNREFUSED;
		lock_acquire(&inode->lock);
		if (LINUX_S_ISSOCK(inode->mode) && inode->object != NULL) {
			*ret = unix_of(socket_get(inode->object));
			err = 0;
		}
		lock_release(&inode->lock);
	}
	path_put(&path);
	return err;
}

static int find_abstract(const struct sock_addr *addr, u16 type, struct unix_sock **ret)
{
	struct unix_sock *u;

	lock_acquire(&net->names_lock);
	u = abstract_find_locked(&addr->any, addr->len, type);
	if (u != NULL)
		socket_get(&u->s);
	lock_release(&net->names_lock);
	if (u == NULL)
		return -ECONNREFUSED;
	*ret = u;
	return 0;
}

int unix_find(const struct sock_addr *given, u16 type, struct unix_sock **ret)
{
	struct sock_addr addr = *given;
	struct unix_sock *u = NULL;
	int err = unix_addr_check(&addr);

	if (err < 0)
		return err;
	err = is_abstract(&addr) ? find_abstract(&addr, type, &u) : find_path(&addr, &u);
	if (err < 0)
		return err;
	if (u->s.proto->type != type) {
		socket_put(&u->s);
		return -EPROTOTYPE;
	}
	*ret = u;
	return 0;
}
