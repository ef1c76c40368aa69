/*
 * Preparing and starting a program: execve's work between its arguments and its
 * registers.
 *
 * OVERVIEW. exec_prepare_*() opens the file, gathers the strings, follows "#!" lines
 * and decodes ELF and APE headers; its result, struct exec_image, holds all that the
 * commit needs. exec_commit() maps it and publishes what /proc shows. Formats are tried
 * as on Linux: "#!", ELF; then APE, natively, unless BOOT_NO_APE asks for Linux's
 * ENOEXEC.
 *
 * LIFETIME. An image owns its strings and objects, an object its file; see loader.h.
 *
 * LOCKING. process.lock around the members it covers, nothing held over I/O or mapping.
 *
 * LINUX BEHAVIOUR. Errors and their order are execve(2)'s: file first, then EFAULT and
 * E2BIG of the strings, then the format. What Linux notices only past its point of no
 * return is noticed in exec_commit() here, too, for a program can tell the difference.
 *
 * NOT DONE. Set-user-id bits have no effect (as with no_new_privs). /proc/PID/environ shows
 * the strings as they were at the start.
 */
#include "abi/errno.h"
#include "abi/linux/fcntl.h"
#include "kernel/boot.h"
#include "kernel/mm/mm.h"
#include "kernel/task/loader.h"
#include "kernel/vfs/fdtable.h"
#include "kernel/vfs/namei.h"
#include "kernel/vfs/vfs.h"
#include "lib/fmt.h"
#include "lib/string.h"

#define MAY_READ 4u
#define BRK_RANDOM (1ull << 30) /* Linux: arch_randomize_brk */
#define STATIC_PIE_BRK (LINUX_TASK_SIZE / 3 * 2) /* Linux: ELF_ET_DYN_BASE */

/* --- opening --- */

/* execve's -EACCES has many reasons: name the one that holds. */
static void explain_refusal(int dirfd, const char *name, u32 walk,
			    struct exec_error *err)
{
	const struct inode *inode;
	struct path path;

	if (err == NULL || path_walk(dirfd, name, walk, &path) < 0)
		return;
	inode = path.dentry->inode;
	if ((inode->mode & LINUX_S_IFMT) != LINUX_S_IFREG)
		exec_error_set(err, "not a regular file");
	else if (atomic_load(&path.mnt->flags) & MOUNT_NO_EXEC)
		exec_error_set(err, "the file system is mounted noexec");
	else
		exec_error_set(err, "no execute permission (mode %04o)",
			       inode->mode & 07777);
	path_put(&path);
}

/* Open for execution. flags: LINUX_AT_SYMLINK_NOFOLLOW, LINUX_AT_EMPTY_PATH. */
static int open_exec(int dirfd, const char *name, u32 flags, struct file **ret,
		     struct exec_error *err)
{
	u32 walk = (flags & LINUX_AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW) |
		   (flags & LINUX_AT_EMPTY_PATH ? WALK_EMPTY : 0);
	int r = file_open_exec(dirfd, name, walk, ret);

	if (r == -EACCES)
		explain_refusal(dirfd, name, walk, err);
	return r;
}

/*
 * The same for an interpreter that a file names. Linux: an empty name is the current
 * directory here, which is no program.
 */
static int open_interp(const char *name, struct file **ret, struct exec_error *err)
{
	struct exec_error why = { "" };
	int r = -EACCES;

	if (name[0] != '\0')
		r = open_exec(LINUX_AT_FDCWD, name, 0, ret, &why);
	if (r < 0)
		exec_error_set(err, "interpreter '%.120s' cannot be opened%s%s", name,
			       why.text[0] ? ": " : "", why.text);
	return r;
}

/* --- names --- */

static bool is_relative_to_fd(int dirfd, const char *name)
{
	return dirfd != LINUX_AT_FDCWD && name[0] != '/';
}

/*
 * Linux: what AT_EXECFN and scripts are told about a file found through a descriptor.
 */
static int format_name(int dirfd, const char *name, char **ret)
{
	size_t size = strlen(name) + sizeof("/dev/fd/-2147483648/");
	char *text;

	if (!is_relative_to_fd(dirfd, name)) {
		text = kstrdup(name);
	} else {
		text = kzalloc(size);
		if (text != NULL)
			fmt_print(text, size, "/dev/fd/%d%s%s", dirfd,
				  name[0] ? "/" : "", name);
	}
	if (text == NULL)
		return -ENOMEM;
	*ret = text;
	return 0;
}

static void set_comm(struct exec_image *image, const char *name)
{
	const char *slash = strrchr(name, '/');

	str_copy(image->comm, slash ? slash + 1 : name, sizeof(image->comm));
}

/*
 * Linux: opened by a descriptor alone, a program is called by its directory entry's
 * name.
 */
static int set_comm_from_file(struct exec_image *image, const struct file *file)
{
	static const char deleted[] = " (deleted)";
	AUTO_KFREE char *name = kzalloc(VFS_PATH_MAX);
	s64 len;

	if (name == NULL)
		return -ENOMEM;
	len = path_format(&file->path, NULL, name, VFS_PATH_MAX);
	if (len < 0)
		return 0;
	/* It may be unlinked between the two, so the text decides as well. */
	len -= (s64)sizeof(deleted) - 1;
	if (atomic_load(&file->path.dentry->flags) & DENTRY_UNLINKED && len > 0 &&
	    str_equal(name + len, deleted))
		name[len] = '\0';
	set_comm(image, name);
	return 0;
}

/* --- reading --- */

/* Bytes read, fewer only at the end of the file. */
static s64 read_at(struct file *file, void *buf, size_t len, u64 offset)
{
	/* Linux: a position is signed. */
	if ((s64)offset < 0)
		return -EINVAL;
	return file_read_kernel(file, buf, len, offset);
}

static int object_create(struct file *file, struct exec_object **ret)
{
	struct exec_object *object = kzalloc(sizeof(*object));

	if (object == NULL)
		return -ENOMEM;
	object->file = file_get(file);
	*ret = object;
	return 0;
}

static void object_destroy(struct exec_object *object)
{
	if (object == NULL)
		return;
	file_put(object->file);
	kfree(object->phdrs);
	kfree(object);
}

/* Read the table that elf.ehdr tells of. Linux: every failure is -ENOEXEC. */
static int read_phdrs(struct exec_object *object, struct exec_error *err)
{
	size_t size = object->elf.ehdr.e_phnum * sizeof(struct linux_elf64_phdr);
	s64 got;

	kfree(object->phdrs);
	object->phdrs = kzalloc(size);
	if (object->phdrs == NULL)
		return -ENOMEM;
	got = read_at(object->file, object->phdrs, size, object->elf.ehdr.e_phoff);
	return elf_decode_phdrs(&object->elf, object->phdrs, got < 0 ? 0 : (size_t)got,
				err);
}

/* --- ELF --- */

static int read_interp_path(struct file *file, const struct linux_elf64_phdr *phdr,
			    char **ret, struct exec_error *err)
{
	AUTO_KFREE char *path = NULL;
	s64 got;
	int r = elf_check_interp(phdr, NULL, err);

	if (r < 0)
		return r;
	path = kzalloc(phdr->p_filesz);
	if (path == NULL)
		return -ENOMEM;
	got = read_at(file, path, phdr->p_filesz, phdr->p_offset);
	if (got != (s64)phdr->p_filesz) {
		exec_error_set(
			err, "PT_INTERP: p_offset %#llx is beyond the end of the file",
			(unsigned long long)phdr->p_offset);
		return got < 0 ? (int)got : -EIO;
	}
	r = elf_check_interp(phdr, path, err);
	if (r == 0)
		*ret = TAKE(path);
	return r;
}

static int load_interp_header(struct exec_object *object, struct exec_error *err)
{
	struct linux_elf64_ehdr head;
	s64 got = read_at(object->file, &head, sizeof(head), 0);
	int r;

	if (got != (s64)sizeof(head)) {
		exec_error_set(err, "the interpreter is shorter than an ELF header");
		return got < 0 ? (int)got : -EIO;
	}
	r = elf_decode_header(&head, true, &object->elf.ehdr, err);
	if (r == 0)
		r = read_phdrs(object, err);
	return r == -ENOEXEC ? -ELIBBAD : r;
}

static int prepare_interp(struct exec_image *image, struct exec_error *err)
{
	const struct linux_elf64_phdr *phdr = elf_interp(&image->program->elf);
	AUTO_KFREE char *path = NULL;
	AUTO_FILE file = NULL;
	int r;

	if (phdr == NULL)
		return 0;
	r = read_interp_path(image->program->file, phdr, &path, err);
	if (r == 0)
		r = open_interp(path, &file, err);
	if (r == 0)
		r = object_create(file, &image->interp);
	if (r < 0)
		return r;
	if (inode_permission(file->inode, MAY_READ) < 0)
		image->dumpable = 0;
	return load_interp_header(image->interp, err);
}

static int prepare_elf(struct exec_image *image, struct file *file, const u8 *head,
		       size_t len, struct exec_error *err)
{
	int r = object_create(file, &image->program);

	if (r < 0)
		return r;
	r = elf_decode_header(head, false, &image->program->elf.ehdr, err);
	if (r < 0) {
		if (len < sizeof(struct linux_elf64_ehdr))
			exec_error_set(err, "the file ends after %u of 64 header bytes",
				       (u32)len);
		return r;
	}
	if (file->ops->map == NULL) {
		exec_error_set(err, "files of this file system cannot be mapped");
		return -ENOEXEC;
	}
	r = read_phdrs(image->program, err);
	if (r == 0)
		r = prepare_interp(image, err);
	image->stack_exec = elf_stack_executable(&image->program->elf);
	return r;
}

/* --- APE --- */

/* Try one embedded header; the object is reused for the next when it does not do. */
static int try_ape_header(struct exec_object *object, struct exec_error *err)
{
	int r = ape_check_header(&object->elf.ehdr, err);

	if (r == 0)
		r = read_phdrs(object, err);
	if (r == 0)
		r = ape_check_loads(&object->elf, err);
	return r;
}

static int prepare_ape(struct exec_image *image, struct file *file,
		       struct exec_error *err)
{
	AUTO_KFREE u8 *head = kzalloc(APE_HEAD_SIZE);
	size_t pos = 0;
	s64 len;
	int r;

	if (head == NULL)
		return -ENOMEM;
	r = object_create(file, &image->program);
	if (r < 0)
		return r;
	image->program->ape = true;
	len = read_at(file, head, APE_HEAD_SIZE, 0);
	if (len < 0)
		return (int)len;
	exec_error_set(
		err,
		"APE: no printf statement in the first %d bytes holds an ELF header",
		APE_HEAD_SIZE);
	r = file->ops->map == NULL ? -ENOEXEC : 0;
	while (r == 0 &&
	       ape_next_header(head, (size_t)len, &pos, &image->program->elf.ehdr)) {
		r = try_ape_header(image->program, err);
		if (r == 0) {
			image->stack_exec = elf_stack_executable(&image->program->elf);
			return 0;
		}
		/*
		 * Another machine's header, or a damaged one: there may be one for us.
		 */
		if (r == -ENOEXEC)
			r = 0;
	}
	return r < 0 ? r : -ENOEXEC;
}

/* --- any file --- */

static int explain_format(enum ape_kind kind, const u8 *head, size_t len,
			  struct exec_error *err)
{
	if (len == 0)
		exec_error_set(err, "the file is empty");
	else if (kind == APE_NATIVE)
		exec_error_set(err, "an APE file, and loading those is switched off");
	else if (kind == APE_DEBUG)
		exec_error_set(err, "an APE file marked for /bin/sh (APEDBG)");
	else if (kind == APE_PE)
		exec_error_set(err, "a Windows or DOS program (MZ)");
	else
		exec_error_set(err,
			       "unknown format: the file begins %02x %02x %02x %02x, "
			       "expected 7f 45 4c 46 (ELF) or 23 21 (#!)",
			       head[0], head[1], head[2], head[3]);
	return -ENOEXEC;
}

static int prepare_binary(struct exec_image *image, struct file *file, const u8 *head,
			  size_t len, struct exec_error *err)
{
	enum ape_kind kind;

	if (inode_permission(file->inode, MAY_READ) < 0)
		image->dumpable = 0;
	if (elf_magic(head))
		return prepare_elf(image, file, head, len, err);
	kind = ape_identify(head, len);
	if (kind == APE_NATIVE && !(boot_block()->flags & BOOT_NO_APE))
		return prepare_ape(image, file, err);
	return explain_format(kind, head, len, err);
}

/* A script: rewrite the strings, and go on with its interpreter. */
struct script_state {
	char *path; /* of the script: what its interpreter is told. kfree */
	bool inaccessible; /* that path will be gone after exec */
};

static int follow_script(struct exec_image *image, const u8 head[EXEC_HEAD_SIZE],
			 struct script_state *state, struct file **ret,
			 struct exec_error *err)
{
	AUTO_KFREE char *name = NULL;
	AUTO_KFREE char *arg = NULL;
	struct script_line line;
	int r = script_decode(head, &line, err);

	if (r < 0)
		return r;
	if (state->inaccessible) {
		exec_error_set(err,
			       "a script opened close-on-exec: '%.120s' would be gone",
			       state->path);
		return -ENOENT;
	}
	name = kzalloc(line.name_len + 1);
	arg = kzalloc(line.arg_len + 1);
	if (name == NULL || arg == NULL)
		return -ENOMEM;
	memcpy(name, head + line.name, line.name_len);
	memcpy(arg, head + line.arg, line.arg_len);
	r = exec_args_script(&image->args, name, line.has_arg ? arg : NULL,
			     state->path);
	if (r == 0)
		r = open_interp(name, ret, err);
	if (r < 0)
		return r;
	kfree(state->path);
	state->path = TAKE(name);
	return 0;
}

/* Takes over the reference to file. */
static int prepare_formats(struct exec_image *image, struct file *start,
			   struct script_state *state, struct exec_error *err)
{
	AUTO_FILE file = start;

	for (u32 depth = 0; depth <= EXEC_DEPTH_MAX; depth++) {
		u8 head[EXEC_HEAD_SIZE] = { 0 };
		struct file *next = NULL;
		s64 got = read_at(file, head, sizeof(head), 0);
		int r;

		if (got < 0)
			return (int)got;
		if (!script_magic(head))
			return prepare_binary(image, file, head, (size_t)got, err);
		r = follow_script(image, head, state, &next, err);
		if (r < 0)
			return r;
		file_put(file);
		file = next;
	}
	exec_error_set(err, "more than %d interpreters, each a #! script",
		       EXEC_DEPTH_MAX);
	return -ELOOP;
}

/* The copies that /proc will show; made here so that the commit needs no memory. */
static int copy_for_proc(struct exec_image *image)
{
	const struct exec_args *args = &image->args;
	const char *argv = args->block + args->start;

	image->cmdline = kmemdup(argv, args->argv_len);
	image->environ = kmemdup(argv + args->argv_len, MAX(args->env_len, (size_t)1));
	image->auxv = kzalloc(EXEC_AUXV_MAX * sizeof(struct linux_auxv));
	if (image->cmdline == NULL || image->environ == NULL || image->auxv == NULL)
		return -ENOMEM;
	return 0;
}

void exec_image_fini(struct exec_image *image)
{
	exec_args_fini(&image->args);
	object_destroy(image->program);
	object_destroy(image->interp);
	kfree(image->cmdline);
	kfree(image->environ);
	kfree(image->auxv);
	*image = (struct exec_image){ 0 };
}

/* Where the strings come from. */
struct string_source {
	bool user;
	uaddr_t user_argv, user_env;
	u32 argc, envc;
	const char *argv, *env;
};

static int gather_strings(struct exec_args *args, const char *name,
			  const struct string_source *src)
{
	if (src->user)
		return exec_args_from_user(args, name, src->user_argv, src->user_env);
	return exec_args_from_kernel(args, name, src->argc, src->argv, src->envc,
				     src->env);
}

static int prepare(int dirfd, const char *name, u32 flags,
		   const struct string_source *src, struct exec_image *ret,
		   struct exec_error *err)
{
	struct exec_image image = { .dumpable = 1 };
	AUTO_KFREE char *full = NULL;
	AUTO_FILE file = NULL;
	struct script_state state = { 0 };
	int r;

	exec_error_set(err, "%s", "");
	r = open_exec(dirfd, name, flags, &file, err);
	if (r == 0)
		r = format_name(dirfd, name, &full);
	if (r < 0)
		return r;
	if (name[0] == '\0')
		r = set_comm_from_file(&image, file);
	else
		set_comm(&image, name);
	if (r < 0)
		return r;
	state.inaccessible =
		is_relative_to_fd(dirfd, name) && fd_get_cloexec(dirfd) > 0;
	r = gather_strings(&image.args, full, src);
	image.check_only = (flags & LINUX_AT_EXECVE_CHECK) != 0;
	if (r == 0 && !image.check_only) {
		state.path = TAKE(full);
		r = prepare_formats(&image, TAKE(file), &state, err);
		kfree(state.path);
		if (r == 0)
			r = copy_for_proc(&image);
	}
	if (r < 0) {
		exec_image_fini(&image);
		return r;
	}
	exec_error_set(err, "%s", "");
	*ret = image;
	return 0;
}

int exec_prepare_user(int dirfd, const char *name, u32 flags, uaddr_t argv,
		      uaddr_t envp, struct exec_image *ret, struct exec_error *err)
{
	struct string_source src = { .user = true,
				     .user_argv = argv,
				     .user_env = envp };

	if (flags &
	    ~(LINUX_AT_SYMLINK_NOFOLLOW | LINUX_AT_EMPTY_PATH | LINUX_AT_EXECVE_CHECK))
		return -EINVAL;
	return prepare(dirfd, name, flags, &src, ret, err);
}

int exec_prepare_kernel(const char *name, u32 argc, const char *argv, u32 envc,
			const char *env, struct exec_image *ret, struct exec_error *err)
{
	struct string_source src = {
		.argc = argc, .argv = argv, .envc = envc, .env = env
	};

	return prepare(LINUX_AT_FDCWD, name, 0, &src, ret, err);
}

/* --- commit --- */

static void set_brk(const struct exec_image *image, const struct exec_layout *layout)
{
	bool moved = image->program->elf.ehdr.e_type == LINUX_ET_DYN &&
		     image->interp == NULL;
	uaddr_t start = layout->load_end;

	/*
	 * Linux: a static-PIE lies among the mmaps, where a heap would have no room to
	 * grow.
	 */
	if (moved)
		start = STATIC_PIE_BRK;
	start = ALIGN_UP(start, PAGE_SIZE);
	if (mm_aslr())
		start += mm_random(BRK_RANDOM) + (moved ? 0 : PAGE_SIZE);
	mm_set_brk(start);
}

static void set_mm(const struct exec_image *image, const struct exec_layout *layout)
{
	struct mm *mm = current()->process->mm;

	lock_acquire(&mm->lock);
	mm->code_start = layout->code_start;
	mm->code_end = layout->code_end;
	mm->data_start = layout->data_start;
	mm->data_end = layout->data_end;
	mm->arg_start = layout->arg_start;
	mm->arg_end = mm->env_start = layout->env_start;
	mm->env_end = layout->env_end;
	mm->stack_start = layout->sp;
	mm->lone = image->interp == NULL;
	lock_release(&mm->lock);
}

/* Exchange a process's buffer for the image's, which then frees the old one. */
static void swap_text(char **a, size_t *a_len, char **b, size_t b_len)
{
	char *old = *a;

	*a = *b;
	*a_len = b_len;
	*b = old;
}

static void publish(struct exec_image *image, u32 auxc)
{
	struct thread *t = current();
	struct process *p = t->process;
	struct file *exe = file_get(image->program->file), *old;

	lock_acquire(&p->lock);
	old = p->exe;
	p->exe = exe;
	swap_text(&p->cmdline, &p->cmdline_len, &image->cmdline, image->args.argv_len);
	swap_text(&p->environ, &p->environ_len, &image->environ, image->args.env_len);
	swap_text(&p->auxv, &p->auxv_len, &image->auxv,
		  auxc * sizeof(struct linux_auxv));
	p->dumpable = image->dumpable;
	lock_release(&p->lock);
	memcpy(t->comm, image->comm, sizeof(t->comm));
	file_put(old);
}

int exec_commit(struct exec_image *image, struct exec_start *ret,
		struct exec_error *err)
{
	struct exec_layout layout = { 0 };
	u32 auxc;
	int r;

	exec_error_set(err, "%s", "");
	r = mm_stack_create(image->stack_exec, &layout.stack_top);
	if (r < 0) {
		exec_error_set(err, "no room for the stack");
		return r;
	}
	current()->process->mm->program = image->program->file->inode;
	r = exec_map(image, &layout, err);
	if (r < 0)
		return r;
	if (image->interp != NULL)
		file_end_exec(image->interp->file);
	r = exec_stack_build(image, &layout, (struct linux_auxv *)image->auxv, &auxc);
	if (r < 0) {
		exec_error_set(err, "the arguments cannot be written to the stack");
		return r;
	}
	set_brk(image, &layout);
	set_mm(image, &layout);
	publish(image, auxc);
	*ret = (struct exec_start){ layout.start, layout.sp };
	return 0;
}
