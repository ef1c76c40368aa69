/*
 * The argument and environment strings of a new program.
 *
 * LINUX BEHAVIOUR. Strings are gathered from the last to the first, the file name
 * before all, each into the space below the previous one; errors come in that order.
 * They may take a quarter of RLIMIT_STACK, at most 6 MiB and at least 128 KiB, the
 * pointers to them included (execve(2), "Limits on size of arguments and environment").
 */
#include "abi/errno.h"
#include "kernel/mm/heap.h"
#include "kernel/mm/uaccess.h"
#include "kernel/task/loader.h"
#include "lib/checked.h"
#include "lib/string.h"

#define ARG_MAX_LEAST 131072u /* Linux: ARG_MAX */
#define ARG_MAX_MOST (6u * 1024 * 1024) /* Linux: 3/4 of the default stack */
#define STRINGS_MAX 0x7fffffffu /* Linux: MAX_ARG_STRINGS */
#define BLOCK_FIRST 4096

static size_t used_bytes(const struct exec_args *args)
{
	return args->size - args->start;
}

/* Make room for size bytes before what is there. */
static int reserve_room(struct exec_args *args, size_t size)
{
	size_t used = used_bytes(args), new_size = MAX(args->size, (size_t)BLOCK_FIRST);
	char *block;

	if (args->start >= size)
		return 0;
	while (new_size - used < size)
		new_size *= 2;
	block = kzalloc(new_size);
	if (block == NULL)
		return -ENOMEM;
	if (used > 0)
		memcpy(block + new_size - used, args->block + args->start, used);
	kfree(args->block);
	args->block = block;
	args->size = new_size;
	args->start = new_size - used;
	return 0;
}

/* Linux: bprm_stack_limits. What the pointers take is taken off first. */
static int set_limit(struct exec_args *args, u32 argc, u32 envc)
{
	u64 limit = MIN((u64)ARG_MAX_MOST, task_rlimit(LINUX_RLIMIT_STACK) / 4);
	u64 pointers = ((u64)MAX(argc, 1u) + envc) * sizeof(uaddr_t);

	limit = MAX(limit, (u64)ARG_MAX_LEAST);
	if (limit <= pointers)
		return -E2BIG;
	args->limit = limit - pointers;
	return 0;
}

int exec_args_push(struct exec_args *args, const char *s, size_t len)
{
	int r;

	if (len + 1 > EXEC_STRING_MAX || used_bytes(args) + len + 1 > args->limit)
		return -E2BIG;
	r = reserve_room(args, len + 1);
	if (r < 0)
		return r;
	args->start -= len + 1;
	memcpy(args->block + args->start, s, len);
	args->block[args->start + len] = '\0';
	return 0;
}

int exec_args_init(struct exec_args *args, const char *name, u32 argc, u32 envc)
{
	int r;

	*args = (struct exec_args){ 0 };
	r = set_limit(args, argc, envc);
	if (r < 0)
		return r;
	r = exec_args_push(args, name, strlen(name));
	if (r < 0)
		return r;
	args->name_len = used_bytes(args);
	return 0;
}

void exec_args_fini(struct exec_args *args)
{
	kfree(args->block);
	*args = (struct exec_args){ 0 };
}

/* --- from the guest's memory --- */

/* How many pointers come before the NULL. A vector at 0 is an empty one. */
static s64 count_user(uaddr_t vector)
{
	uaddr_t p, at;

	if (vector == 0)
		return 0;
	for (u32 n = 0; n < STRINGS_MAX; n++) {
		if (!checked_add(vector, (u64)n * sizeof(p), &at) ||
		    copy_in_struct(&p, at) < 0)
			return -EFAULT;
		if (p == 0)
			return n;
	}
	return -E2BIG;
}

/*
 * The string is read to the block's free beginning and then moved to its place, so the
 * guest's memory is read once: it cannot change between measuring and copying.
 */
static int push_user_string(struct exec_args *args, uaddr_t src)
{
	size_t room = MIN(args->start, EXEC_STRING_MAX);
	s64 len = -ENAMETOOLONG;
	int r;

	if (room > 0)
		len = copy_in_str(args->block, src, room);
	if (len == -ENAMETOOLONG && room < EXEC_STRING_MAX) {
		r = reserve_room(args, EXEC_STRING_MAX);
		if (r < 0)
			return r;
		len = copy_in_str(args->block, src, EXEC_STRING_MAX);
	}
	if (len == -ENAMETOOLONG)
		return -E2BIG;
	if (len < 0)
		return (int)len;
	if (used_bytes(args) + (size_t)len + 1 > args->limit)
		return -E2BIG;
	args->start -= (size_t)len + 1;
	memmove(args->block + args->start, args->block, (size_t)len);
	args->block[args->start + (size_t)len] = '\0';
	return 0;
}

static int push_user_vector(struct exec_args *args, uaddr_t vector, u32 count)
{
	while (count-- > 0) {
		uaddr_t p;
		int r = copy_in_struct(&p, vector + (u64)count * sizeof(p));

		if (r == 0)
			r = push_user_string(args, p);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Linux: a program is never started without argv[0]; an empty one is put there. */
static int finish(struct exec_args *args, u32 argc, u32 envc)
{
	args->argc = argc;
	args->envc = envc;
	if (argc == 0) {
		int r = exec_args_push(args, "", 0);

		if (r < 0)
			return r;
		args->argc = 1;
	}
	args->argv_len = used_bytes(args) - args->env_len - args->name_len;
	return 0;
}

int exec_args_from_user(struct exec_args *args, const char *name, uaddr_t argv,
			uaddr_t envp)
{
	s64 argc = count_user(argv), envc;
	int r;

	*args = (struct exec_args){ 0 };
	if (argc < 0)
		return (int)argc;
	envc = count_user(envp);
	if (envc < 0)
		return (int)envc;
	r = exec_args_init(args, name, (u32)argc, (u32)envc);
	if (r == 0)
		r = push_user_vector(args, envp, (u32)envc);
	args->env_len = used_bytes(args) - args->name_len;
	if (r == 0)
		r = push_user_vector(args, argv, (u32)argc);
	if (r == 0)
		r = finish(args, (u32)argc, (u32)envc);
	if (r < 0)
		exec_args_fini(args);
	return r;
}

/* --- from the kernel's --- */

static int push_kernel_list(struct exec_args *args, u32 count, const char *list)
{
	const char *s = list;
	size_t total;
	int r;

	for (u32 i = 0; i < count; i++) {
		size_t len = strlen(s) + 1;

		if (len > EXEC_STRING_MAX)
			return -E2BIG;
		s += len;
	}
	total = (size_t)(s - list);
	if (total > args->limit - used_bytes(args))
		return -E2BIG;
	r = reserve_room(args, total);
	if (r < 0)
		return r;
	args->start -= total;
	memcpy(args->block + args->start, list, total);
	return 0;
}

int exec_args_from_kernel(struct exec_args *args, const char *name, u32 argc,
			  const char *argv, u32 envc, const char *env)
{
	int r = exec_args_init(args, name, argc, envc);

	if (r == 0)
		r = push_kernel_list(args, envc, env);
	args->env_len = used_bytes(args) - args->name_len;
	if (r == 0)
		r = push_kernel_list(args, argc, argv);
	if (r == 0)
		r = finish(args, argc, envc);
	if (r < 0)
		exec_args_fini(args);
	return r;
}

/* --- rewriting for "#!" --- */

int exec_args_script(struct exec_args *args, const char *name, const char *arg,
		     const char *script)
{
	size_t first = strlen(args->block + args->start) + 1;
	int r;

	args->start += first;
	args->argv_len -= first;
	args->argc--;
	r = exec_args_push(args, script, strlen(script));
	if (r == 0 && arg != NULL)
		r = exec_args_push(args, arg, strlen(arg));
	if (r == 0)
		r = exec_args_push(args, name, strlen(name));
	if (r < 0)
		return r;
	args->argc += arg != NULL ? 3 : 2;
	args->argv_len = used_bytes(args) - args->env_len - args->name_len;
	return 0;
}
