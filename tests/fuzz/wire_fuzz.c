/* Feeds damaged requests to the broker: decoder and handlers, over two trees made for it. */

/*
 * OVERVIEW
 *	LLVMFuzzerTestOneInput() hands the bytes to wire_request_decode() in both phases and to
 *	the broker's own request_handle(), with tree 0 writable and tree 1 read-only. Both are
 *	parts of a scratch directory whose other half must never change: it is what symlinks in
 *	the trees point to. For libFuzzer compile with clang, -fsanitize=fuzzer and
 *	-DFUZZ_LIBRARY. Without it main() makes the inputs itself, the same ones each time:
 *		wire_fuzz [N [FIRST]]   N (20000) inputs from number FIRST (0) on
 *		wire_fuzz --seeds DIR   write the seeds there, as a corpus
 *		wire_fuzz FILE...       these inputs
 *	A failure names the number of its input; an input that takes 5 s is a failure too.
 *
 * build: broker, wire/codec.c, lib/fmt.c
 */
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broker/session.h"
#include "lib/panic.h"
#include "tests/unit/wire_messages.h"

#define TIME_LIMIT 5

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

const char kernel_image_start[1], kernel_image_end[1];

static struct session session;
static struct run_options options;
static char scratch[] = "/tmp/nacre-wire-fuzz-XXXXXX";
static u64 number;

/* --- the world --- */

static void path_in(char *buf, size_t size, const char *name)
{
	snprintf(buf, size, "%s/%s", scratch, name);
}

static void put_file(const char *name, const char *text)
{
	char path[128];
	FILE *file;

	path_in(path, sizeof(path), name);
	file = fopen(path, "w");
	if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0 || chmod(path, 0644) < 0)
		panic("cannot write %s", path);
}

static void put_dir(const char *name)
{
	char path[128];

	path_in(path, sizeof(path), name);
	if (mkdir(path, 0777) < 0)
		panic("cannot make %s", path);
}

static int remove_entry(const char *path, const struct stat *st, int type,
			struct FTW *at)
{
	(void)st, (void)type, (void)at;
	return remove(path);
}

static void world_remove(void)
{
	nftw(scratch, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static void open_tree(u32 index, const char *name, bool writable)
{
	static char paths[2][128];

	path_in(paths[index], sizeof(paths[index]), name);
	session.trees[index] = (struct tree){
		.source = paths[index],
		.fd = open(paths[index], O_PATH | O_DIRECTORY | O_CLOEXEC),
		.writable = writable,
		.jail_fd = -1,
	};
	session.tree_count = index + 1;
}

static void world_make(void)
{
	/* What a truncate or a write could fill. */
	struct rlimit limit = { 1 << 20, 1 << 20 };
	char path[128];

	if (mkdtemp(scratch) == NULL)
		panic("no scratch directory");
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &limit);
	put_dir("outside");
	put_file("outside/secret", "secret");
	put_dir("rw");
	put_dir("ro");
	put_file("rw/file", "file");
	put_dir("rw/dir");
	put_file("ro/file", "file");
	path_in(path, sizeof(path), "rw/out");
	if (symlink("../outside", path) < 0)
		panic("no symlink");
	path_in(path, sizeof(path), "ro/out");
	if (symlink("../outside/secret", path) < 0)
		panic("no symlink");
	open_tree(0, "rw", true);
	open_tree(1, "ro", false);
	options.quiet = true;
	options.argv = (char *[]){ "fuzz", NULL };
	session.options = &options;
	session.pidfd = -1;
	session.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
}

/* Nothing outside the writable tree may have changed. */
static void world_check(void)
{
	static const char *const kept[] = { "outside/secret", "ro/file" };
	struct stat st;
	char path[128];

	for (size_t i = 0; i < ARRAY_SIZE(kept); i++) {
		path_in(path, sizeof(path), kept[i]);
		if (lstat(path, &st) < 0 || st.st_size != (i == 0 ? 6 : 4) ||
		    st.st_nlink != 1 || (st.st_mode & 07777) != 0644)
			panic("%s was changed", path);
	}
	path_in(path, sizeof(path), "outside");
	if (lstat(path, &st) < 0 || st.st_nlink != 2)
		panic("%s was changed", path);
}

/* --- one input --- */

static bool is_wanted(u32 type)
{
	/* These would stop this process, or fill the screen. */
	return type != WIRE_STOPPED && type != WIRE_FAIL && type != WIRE_LOG;
}

static void handle(const u8 *data, size_t size, enum wire_phase phase)
{
	static struct reply reply;
	struct channel channel = { .fd = -1,
				   .phase = phase,
				   .pidfd = -1,
				   .greeted = phase == WIRE_PHASE_RUN };
	struct wire_request request;
	const char *why = wire_request_decode(data, size, phase, &request);

	if (why != NULL || !is_wanted(request.type))
		return;
	if (!request_handle(&session, &channel, data, size, &request, &reply, &why))
		return;
	if (reply.error < 0 || reply.len > sizeof(reply.data))
		panic("answer out of range");
	if (reply.fd >= 0) {
		if (wire_type_fds(request.type) == 0)
			panic("a descriptor in the answer to %s",
			      wire_type_name(request.type));
		close(reply.fd);
	}
	while (session.channels != NULL)
		channel_drop(&session, session.channels);
	session.ended = false;
	world_check();
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static bool made;

	if (!made) {
		world_make();
		atexit(world_remove);
		made = true;
	}
	handle(data, size, WIRE_PHASE_BOOT);
	handle(data, size, WIRE_PHASE_RUN);
	return 0;
}

#ifndef FUZZ_LIBRARY

/* --- making inputs --- */

#define SEEDS_MAX 64

static struct message *seeds[SEEDS_MAX];
static u32 seed_count;

static struct message *new_seed(void)
{
	struct message *m = calloc(1, sizeof(*m));

	if (m == NULL || seed_count == SEEDS_MAX)
		panic("seeds");
	seeds[seed_count++] = m;
	return m;
}

static void make_seeds(void)
{
	static const char *const paths[] = { ".",	"file", "dir",
					     "dir/new", "out",	"out/secret" };
	struct wire_exit end = { 0, 0, 1, 2 };
	struct wire_kick kick = { 1, 2 };

	message_hello(new_seed());
	message_text(new_seed(), WIRE_LOG, "a line");
	message_make(new_seed(), WIRE_EXIT, &end, sizeof(end), NULL, NULL, NULL);
	message_make(new_seed(), WIRE_KICK, &kick, sizeof(kick), NULL, NULL, NULL);
	message_make(new_seed(), WIRE_CHANNEL, NULL, 0, NULL, NULL, NULL);
	message_make(new_seed(), WIRE_START, NULL, 0, NULL, NULL, NULL);
	for (u32 i = 0; i < ARRAY_SIZE(paths); i++) {
		message_open(new_seed(), i & 1, 0, paths[i]);
		message_open(new_seed(), i & 1, O_RDWR | O_CREAT, paths[i]);
		message_lookup(new_seed(), WIRE_STATX, i & 1, paths[i]);
		message_lookup(new_seed(), WIRE_READLINK, i & 1, paths[i]);
		message_lookup(new_seed(), WIRE_XATTRS, i & 1, paths[i]);
		message_lookup(new_seed(), WIRE_FETCH, i & 1, paths[i]);
		message_verify(new_seed(), i & 1, i, 1, paths[i]);
	}
	for (u32 op = 1; op < WIRE_TREE_OP_MAX; op++) {
		bool two = op == WIRE_TREE_RENAME || op == WIRE_TREE_LINK ||
			   op == WIRE_TREE_SYMLINK;
		bool attr = op == WIRE_TREE_SETXATTR || op == WIRE_TREE_REMOVEXATTR;

		message_change(new_seed(), op, op % 3 == 0 ? "out/secret" : "dir/new",
			       two  ? "dir/other" :
			       attr ? "user.x" :
				      NULL,
			       op == WIRE_TREE_SETXATTR ? "value" : NULL);
	}
}

static u64 random_state;

static u32 random_below(u32 n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (u32)(random_state >> 16) % n;
}

/* A number that lengths and flags go wrong at. */
static u32 evil_number(void)
{
	static const u32 numbers[] = { 0,
				       1,
				       2,
				       3,
				       4,
				       255,
				       256,
				       4095,
				       4096,
				       65536,
				       65537,
				       0x7fffffff,
				       0x80000000,
				       0xffffffff,
				       O_CREAT | O_EXCL,
				       O_TRUNC | O_WRONLY,
				       O_DIRECTORY,
				       O_PATH,
				       020666,
				       04755 };

	return numbers[random_below(ARRAY_SIZE(numbers))];
}

static void mutate(struct message *m)
{
	u32 at;

	switch (random_below(7)) {
	case 0:
		m->bytes[random_below((u32)m->len)] ^= (u8)(1u << random_below(8));
		break;
	case 1:
		m->bytes[random_below((u32)m->len)] = (u8)random_below(256);
		break;
	case 2: /* a word of header or fixed part */
		at = random_below(20) * 4;
		if (at + 4 <= m->len) {
			u32 n = evil_number();

			memcpy(m->bytes + at, &n, sizeof(n));
		}
		break;
	case 3:
		m->len = random_below((u32)m->len) + 1;
		break;
	case 4:
		at = MIN(random_below(64), (u32)(sizeof(m->bytes) - m->len));
		memset(m->bytes + m->len, "/.a\0\xff"[random_below(5)], at);
		m->len += at;
		break;
	case 5: /* another name */
		at = random_below((u32)m->len);
		memcpy(m->bytes + at, "../..", MIN((size_t)5, m->len - at));
		break;
	default: { /* another type */
		u32 type = random_below(16);

		if (m->len >= 8)
			memcpy(m->bytes + 4, &type, sizeof(type));
	}
	}
}

static void make_input(u64 n, struct message *ret)
{
	random_state = (n + 1) * 0x9e3779b97f4a7c15ull;
	*ret = *seeds[random_below(seed_count)];
	for (u32 i = random_below(4); i-- > 0;)
		mutate(ret);
	/* Most should get past the first check. */
	if (random_below(4) != 0 && ret->len >= sizeof(struct wire_header))
		((struct wire_header *)ret->bytes)->len =
			(u32)(ret->len - sizeof(struct wire_header));
}

static void run_one(const u8 *bytes, size_t len)
{
	/* An exact allocation, so that a sanitizer sees a read past the end. */
	u8 *copy = malloc(len == 0 ? 1 : len);

	memcpy(copy, bytes, len);
	alarm(TIME_LIMIT);
	LLVMFuzzerTestOneInput(copy, len);
	alarm(0);
	free(copy);
}

static void run_numbers(u64 count, u64 first)
{
	static struct message m;

	for (number = first; number < first + count; number++) {
		make_input(number, &m);
		run_one(m.bytes, m.len);
	}
	printf("%llu inputs from %u seeds, %llu served: no crash, no hang, nothing changed "
	       "outside\n",
	       (unsigned long long)count, seed_count,
	       (unsigned long long)session.requests);
}

static void run_file(const char *path)
{
	static u8 bytes[1 << 20];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, bytes, sizeof(bytes));

	if (n < 0)
		panic("cannot read %s", path);
	close(fd);
	run_one(bytes, (size_t)n);
}

static void write_seeds(const char *dir)
{
	char path[256];

	for (u32 i = 0; i < seed_count; i++) {
		snprintf(path, sizeof(path), "%s/seed-%02u", dir, i);
		int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

		if (fd < 0 ||
		    write(fd, seeds[i]->bytes, seeds[i]->len) != (ssize_t)seeds[i]->len)
			panic("cannot write %s", path);
		close(fd);
	}
}

static void on_signal(int sig)
{
	char line[64];
	int n = snprintf(line, sizeof(line), "signal %d on input %llu\n", sig,
			 (unsigned long long)number);

	if (write(STDERR_FILENO, line, (size_t)n) < 0)
		_exit(2);
	_exit(1);
}

int main(int argc, char **argv)
{
	umask(0); /* as the broker: seal.c */
	make_seeds();
	signal(SIGALRM, on_signal);
	signal(SIGABRT, on_signal);
	if (argc == 3 && strcmp(argv[1], "--seeds") == 0) {
		write_seeds(argv[2]);
	} else if (argc > 1 && (argv[1][0] < '0' || argv[1][0] > '9')) {
		for (int i = 1; i < argc; i++)
			run_file(argv[i]);
	} else {
		run_numbers(argc > 1 ? strtoull(argv[1], NULL, 0) : 20000,
			    argc > 2 ? strtoull(argv[2], NULL, 0) : 0);
	}
	for (u32 i = 0; i < seed_count; i++)
		free(seeds[i]);
	return 0;
}

#endif
