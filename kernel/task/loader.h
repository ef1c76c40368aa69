/*
 * The program loader: what execve, execveat and the start of the first process use.
 *
 *	struct exec_image image;
 *	struct exec_error why;
 *
 *	r = exec_prepare_user(dirfd, path, flags, argv, envp, &image, &why);
 *	if (r < 0)
 *		return r;                        nothing has changed
 *	...end the other threads, mm_reset(), sighand, close-on-exec...
 *	r = exec_commit(&image, &start, &why);
 *	exec_image_fini(&image);
 *	if (r < 0)
 *		...the process dies of SIGSEGV, as on Linux past the point of no return
 *	...all registers 0, ip = start.ip, sp = start.sp
 *
 * All that an image points to lies in the shared heap, so it may be prepared in one
 * host process and committed in another (vfork).
 */
#ifndef NACRE_KERNEL_TASK_LOADER_H
#define NACRE_KERNEL_TASK_LOADER_H

#include "abi/linux/auxv.h"
#include "kernel/task/binfmt.h"
#include "kernel/task/task.h"

struct file;

/* Linux: the longest single argument or environment string, with its NUL. */
#define EXEC_STRING_MAX (32 * PAGE_SIZE)
/* Linux: so many interpreters may lead from one to the next. */
#define EXEC_DEPTH_MAX 5
#define EXEC_AUXV_MAX 24

/*
 * The strings of a new process as they will lie at the top of its stack: argv[0].. in
 * block[start, ..), then the environment, then the file name, to the end of the block.
 */
struct exec_args {
	char *block; /* kfree */
	size_t size, start;
	size_t argv_len, env_len, name_len; /* bytes of each part, with the NULs */
	u32 argc, envc;
	u64 limit; /* bytes that strings may take: Linux's ARG_MAX rules */
};

/* A file to be mapped: the program or its interpreter. */
struct exec_object {
	struct file *file; /* referenced */
	bool ape; /* loaded by APE's rules */
	struct elf_image elf;
	struct linux_elf64_phdr *phdrs; /* elf's table. kfree */
};

struct exec_image {
	struct exec_args args;
	struct exec_object *program; /* kfree */
	struct exec_object *interp; /* kfree, NULL: none */
	char comm[TASK_COMM_LEN];
	bool check_only; /* AT_EXECVE_CHECK: permitted; there is no program to run */
	bool stack_exec;
	u32 dumpable; /* 0: a file involved may not be read by the caller */
	/* What /proc shows, handed over to the process by exec_commit. kfree */
	char *cmdline, *environ, *auxv;
};

struct exec_start {
	uaddr_t ip, sp;
};

/*
 * Decode. Opens and checks everything and changes nothing. err is filled in on failure
 * where there is more to say than the errno; NULL is allowed. On success the image must
 * be given to exec_image_fini() in the end.
 *
 * _user: execveat(2) with addresses from the guest; flags are LINUX_AT_*; plain execve
 * is dirfd LINUX_AT_FDCWD, flags 0. name is a kernel copy.
 */
MUST_USE int exec_prepare_user(int dirfd, const char *name, u32 flags, uaddr_t argv,
			       uaddr_t envp, struct exec_image *ret,
			       struct exec_error *err);
/* The same for strings of the kernel: argc (envc) strings one after the other. */
MUST_USE int exec_prepare_kernel(const char *name, u32 argc, const char *argv, u32 envc,
				 const char *env, struct exec_image *ret,
				 struct exec_error *err);
/* NULL members are fine; the image is left empty. */
void exec_image_fini(struct exec_image *image);

/*
 * Commit: map the program into the current process, whose address space must be empty,
 * build its stack, and set process exe, cmdline, environ, auxv, dumpable, the thread's
 * comm and the mm's code, data, brk, argument and stack addresses. A failure leaves the
 * process without a usable image.
 */
MUST_USE int exec_commit(struct exec_image *image, struct exec_start *ret,
			 struct exec_error *err);

/* --- between the loader's own files --- */

/* Where things ended up; addresses are the guest's. */
struct exec_layout {
	uaddr_t bias, entry, phdr; /* of the program */
	uaddr_t interp_base; /* AT_BASE, 0 without interpreter */
	uaddr_t start; /* the first instruction to run */
	uaddr_t code_start, code_end, data_start, data_end, load_end;
	uaddr_t stack_top;
	uaddr_t arg_start, env_start, env_end;
	uaddr_t execfn, platform, random;
	uaddr_t sp;
};

/* exec_args.c */
MUST_USE int exec_args_init(struct exec_args *args, const char *name, u32 argc,
			    u32 envc);
MUST_USE int exec_args_from_user(struct exec_args *args, const char *name, uaddr_t argv,
				 uaddr_t envp);
MUST_USE int exec_args_from_kernel(struct exec_args *args, const char *name, u32 argc,
				   const char *argv, u32 envc, const char *env);
/* Put a string before argv[0]; the count is the caller's. -E2BIG, -ENOMEM. */
MUST_USE int exec_args_push(struct exec_args *args, const char *s, size_t len);
/* Replace argv[0] by name, argument (NULL: none) and the script's path. */
MUST_USE int exec_args_script(struct exec_args *args, const char *name, const char *arg,
			      const char *script);
void exec_args_fini(struct exec_args *args);

/* exec_map.c: map program and interpreter. */
MUST_USE int exec_map(const struct exec_image *image, struct exec_layout *layout,
		      struct exec_error *err);
/* stack.c: strings, vectors and auxv onto the mapped stack. */
MUST_USE int exec_stack_build(const struct exec_image *image,
			      struct exec_layout *layout,
			      struct linux_auxv auxv[EXEC_AUXV_MAX], u32 *ret_auxc);
/* auxv.c: fills in auxv with the closing AT_NULL; returns the entries. */
u32 exec_auxv_build(const struct exec_image *image, const struct exec_layout *layout,
		    struct linux_auxv auxv[EXEC_AUXV_MAX]);

#endif
