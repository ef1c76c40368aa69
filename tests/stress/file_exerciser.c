/*
 * Torture: two processes change one file in every way there is, and a model knows what it
 * must be.
 *
 *	file_exerciser [-n OPERATIONS] [-s SEED] [-l MAX_SIZE] [-k KILLS] [-fv] FILE
 *
 * The processes take turns by a lock in shared memory, so that each sees what the other did:
 * read, write, vectors, append, mappings shared and private, truncation, allocation, punched,
 * zeroed, collapsed and inserted ranges, SEEK_DATA and SEEK_HOLE, copy_file_range, reopening.
 * The model is the file's bytes in anonymous shared memory. What the file system does not
 * offer (EOPNOTSUPP) is left out; ENOSPC is an answer like any other, and leaves the file
 * as it was. The first wrong byte ends the program: it prints the last operations.
 *
 * -k: one of the two is killed so often, at any point, and another takes its place: what it was
 * about may be done in part, but nothing else may have changed. -f: a third process fills what
 * the file system has left and frees it again; in the end all space must have come back. -v: say
 * how often an operation was refused, a mapping had no page, and a killed one was made up for.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/magic.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096L
#define HISTORY 24

struct entry {
	char who;
	const char *what;
	long at, len, size, result;
};

/* In memory that both processes share. */
struct shared {
	pthread_mutex_t turn;
	long left, done, size;
	bool wrong, busy; /* busy: in an operation, the last in history */
	long recovered, faults;
	bool filled; /* -f */
	long counts[16], refused;
	struct entry history[HISTORY];
	unsigned char model[];
};

static struct shared *s;
static const char *path;
static long max_size = 1 << 18;
static int fd;
static char who;
static uint64_t random_state;
static unsigned char *buffer;

static uint64_t rnd(uint64_t below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (random_state >> 11) % below;
}

static struct entry *note(const char *what, long at, long len)
{
	struct entry *e = &s->history[s->done % HISTORY];

	*e = (struct entry){ who, what, at, len, s->size, 0 };
	return e;
}

static void __attribute__((noreturn)) wrong(const char *what, long at)
{
	long first = s->done < HISTORY ? 0 : s->done - HISTORY + 1;

	fprintf(stderr, "%c: %s at %ld (size %ld) after %ld operations\n", who, what, at, s->size,
		s->done);
	for (long i = first; i <= s->done; i++) {
		struct entry *e = &s->history[i % HISTORY];

		fprintf(stderr, "  %c %-10s at %ld len %ld, size %ld: %ld\n", e->who, e->what,
			e->at, e->len, e->size, e->result);
	}
	s->wrong = true;
	pthread_mutex_unlock(&s->turn);
	exit(1);
}

static void compare(const unsigned char *have, long at, long len, const char *what)
{
	if (memcmp(have, s->model + at, (size_t)len) == 0)
		return;
	for (long i = 0; i < len; i++)
		if (have[i] != s->model[at + i]) {
			fprintf(stderr, "byte %ld is %#x, not %#x\n", at + i, have[i],
				s->model[at + i]);
			wrong(what, at + i);
		}
}

static void model_size(long size)
{
	if (size < s->size)
		memset(s->model + size, 0, (size_t)(s->size - size));
	s->size = size;
}

/* A place: mostly small steps, often at page borders and at the end. */
static long some_place(long limit)
{
	long at = (long)rnd((uint64_t)limit + 1);

	switch (rnd(6)) {
	case 0:
		return at & ~(PAGE - 1);
	case 1:
		return s->size < limit ? s->size : limit;
	default:
		return at;
	}
}

static long some_length(long limit)
{
	long len = (long)rnd(rnd(4) == 0 ? 65536 : 9000) + 1;

	if (rnd(5) == 0)
		len = (len + PAGE - 1) & ~(PAGE - 1);
	return len < limit ? len : limit;
}

static void fill(long len)
{
	unsigned char base = (unsigned char)rnd(255);

	for (long i = 0; i < len; i++)
		buffer[i] = (unsigned char)(base + i * 7 + (i >> 8)) | 1;
}

static void check_size(void)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || st.st_size != s->size)
		wrong("st_size", (long)st.st_size);
}

/* --- operations: 0 to 15 --- */

static void do_read(void)
{
	long at = some_place(max_size), len = some_length(max_size);
	struct entry *e = note("read", at, len);
	long want = at >= s->size ? 0 : at + len > s->size ? s->size - at : len;
	struct iovec v[2] = { { buffer, (size_t)len / 3 },
			      { buffer + len / 3, (size_t)(len - len / 3) } };

	e->result = rnd(2) ? pread(fd, buffer, (size_t)len, at) : preadv(fd, v, 2, at);
	if (e->result != want)
		wrong("length read", at);
	compare(buffer, at, want, "read");
}

static void do_write(void)
{
	long at = some_place(max_size - 1), len = some_length(max_size - at);
	struct entry *e = note("write", at, len);
	struct iovec v[2] = { { buffer, (size_t)len / 2 },
			      { buffer + len / 2, (size_t)(len - len / 2) } };

	fill(len);
	e->result = rnd(2) ? pwrite(fd, buffer, (size_t)len, at) : pwritev(fd, v, 2, at);
	if (e->result < 0 && errno == ENOSPC) {
		s->refused++;
		return;
	}
	if (e->result <= 0 || e->result > len)
		wrong("length written", at);
	memcpy(s->model + at, buffer, (size_t)e->result);
	if (at + e->result > s->size)
		s->size = at + e->result;
}

static void do_append(void)
{
	long len = some_length(max_size - s->size);
	struct entry *e = note("append", s->size, len);
	int end = open(path, O_WRONLY | O_APPEND);

	if (len == 0 || end < 0) {
		close(end);
		return;
	}
	fill(len);
	e->result = write(end, buffer, (size_t)len);
	close(end);
	if (e->result < 0 && errno == ENOSPC) {
		s->refused++;
		return;
	}
	if (e->result <= 0 || e->result > len)
		wrong("length appended", s->size);
	memcpy(s->model + s->size, buffer, (size_t)e->result);
	s->size += e->result;
}

/* Mappings that stay, so that truncation and others meet them. */
static struct { unsigned char *p; long at, len; bool shared; } kept[3];

static sigjmp_buf no_page;

static void on_bus(int sig)
{
	(void)sig;
	siglongjmp(no_page, 1);
}

/* Within one page of a mapping. A full file system has no page for a hole: SIGBUS. */
static bool page_copy(unsigned char *to, const unsigned char *from, long len)
{
	if (sigsetjmp(no_page, 1) != 0) {
		s->faults++;
		return false;
	}
	memcpy(to, from, (size_t)len);
	return true;
}

static long in_page(long at, long len)
{
	return PAGE - at % PAGE < len ? PAGE - at % PAGE : len;
}

static void use_mapping(unsigned char *p, long at, long len, bool writable)
{
	long end = at + len < s->size ? at + len : s->size, from = at, n, step;
	unsigned char page[PAGE];

	for (; from < end; from += step) {
		step = in_page(from, end - from);
		if (page_copy(page, p + (from - at), step))
			compare(page, from, step, "mapping");
	}
	if (!writable || at >= end)
		return;
	from = at + (long)rnd((uint64_t)(end - at));
	n = 1 + (long)rnd((uint64_t)(end - from));
	fill(n);
	for (long done = 0; done < n; done += step) {
		step = in_page(from + done, n - done);
		if (page_copy(p + (from + done - at), buffer + done, step))
			memcpy(s->model + from + done, buffer + done, (size_t)step);
	}
}

static void do_map(void)
{
	long at = some_place(max_size - PAGE) & ~(PAGE - 1), len = some_length(max_size - at);
	bool writable = rnd(2), shared = writable || rnd(2);
	unsigned char *p = mmap(NULL, (size_t)len, PROT_READ | (writable ? PROT_WRITE : 0),
				shared ? MAP_SHARED : MAP_PRIVATE, fd, at);
	unsigned slot = (unsigned)rnd(3);

	note(writable ? "map rw" : shared ? "map ro" : "map priv", at, len);
	if (p == MAP_FAILED)
		wrong("mmap", at);
	use_mapping(p, at, len, writable);
	if (!shared || rnd(3)) {
		munmap(p, (size_t)len);
		return;
	}
	if (kept[slot].p != NULL)
		munmap(kept[slot].p, (size_t)kept[slot].len);
	kept[slot].p = p;
	kept[slot].at = at;
	kept[slot].len = len;
	kept[slot].shared = writable;
}

static void do_old_map(void)
{
	unsigned slot = (unsigned)rnd(3);

	note("old map", kept[slot].at, kept[slot].len);
	if (kept[slot].p != NULL)
		use_mapping(kept[slot].p, kept[slot].at, kept[slot].len, kept[slot].shared);
}

static void do_truncate(void)
{
	long size = some_place(max_size);
	struct entry *e = note("truncate", size, 0);

	e->result = rnd(2) ? ftruncate(fd, size) : truncate(path, size);
	if (e->result < 0 && errno == ENOSPC)
		return;
	if (e->result != 0)
		wrong("truncate", size);
	model_size(size);
	check_size();
}

static bool allocate(const char *what, int mode, long at, long len)
{
	struct entry *e = note(what, at, len);

	if (len <= 0)
		return false;
	e->result = fallocate(fd, mode, at, len);
	if (e->result == 0)
		return true;
	e->result = -errno;
	if (errno != EOPNOTSUPP && errno != ENOSPC && errno != EINVAL)
		wrong(what, at);
	s->refused++;
	return false;
}

static void do_allocate(void)
{
	long at = some_place(max_size - 1), len = some_length(max_size - at);
	bool keep = rnd(2);

	if (allocate("allocate", keep ? FALLOC_FL_KEEP_SIZE : 0, at, len) && !keep &&
	    at + len > s->size)
		s->size = at + len;
	check_size();
}

static void model_zero(long at, long len)
{
	long end = at + len < s->size ? at + len : s->size;

	if (at < end)
		memset(s->model + at, 0, (size_t)(end - at));
}

static void do_punch(void)
{
	long at = some_place(max_size - 1), len = some_length(max_size - at);

	if (allocate("punch", FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, at, len))
		model_zero(at, len);
	check_size();
}

static void do_zero(void)
{
	long at = some_place(max_size - 1), len = some_length(max_size - at);
	bool keep = rnd(2);

	if (!allocate("zero", FALLOC_FL_ZERO_RANGE | (keep ? FALLOC_FL_KEEP_SIZE : 0), at, len))
		return;
	model_zero(at, len);
	if (!keep && at + len > s->size)
		s->size = at + len;
	check_size();
}

static void do_shift(void)
{
	long at = some_place(max_size - 1) & ~(PAGE - 1);
	long len = (some_length(max_size - at) + PAGE - 1) & ~(PAGE - 1);

	if (rnd(2)) {
		if (at + len >= s->size || !allocate("collapse", FALLOC_FL_COLLAPSE_RANGE, at, len))
			return;
		memmove(s->model + at, s->model + at + len, (size_t)(s->size - at - len));
		memset(s->model + s->size - len, 0, (size_t)len);
		s->size -= len;
	} else {
		if (at >= s->size || s->size + len > max_size ||
		    !allocate("insert", FALLOC_FL_INSERT_RANGE, at, len))
			return;
		memmove(s->model + at + len, s->model + at, (size_t)(s->size - at));
		memset(s->model + at, 0, (size_t)len);
		s->size += len;
	}
	check_size();
}

/* Between two places of data, and in a hole, there are only zeros. */
static void do_seek(void)
{
	long at = some_place(max_size), end, zeros = at;
	struct entry *e = note("seek", at, 0);

	end = e->result = lseek(fd, at, SEEK_DATA);
	if (at >= s->size ? end != -1 || errno != ENXIO : end == -1 && errno != ENXIO)
		wrong("SEEK_DATA", at);
	if (at >= s->size)
		return;
	if (end == -1)
		end = s->size;
	for (; zeros < end; zeros++)
		if (s->model[zeros] != 0)
			wrong("data in a hole", zeros);
	end = lseek(fd, at, SEEK_HOLE);
	if (end < at || end > s->size)
		wrong("SEEK_HOLE", at);
}

static void do_copy(void)
{
	long from = some_place(max_size - 1), len = some_length(max_size - from), to;
	loff_t in, out;
	struct entry *e;

	to = some_place(max_size - len);
	e = note("copy", from, len);
	in = from;
	out = to;
	if (from + len > to && to + len > from)
		return;
	e->result = copy_file_range(fd, &in, fd, &out, (size_t)len, 0);
	if (e->result < 0 && (errno == ENOSPC || errno == EOPNOTSUPP))
		return;
	if (e->result < 0 || e->result > len || (from < s->size && e->result == 0))
		wrong("copy_file_range", from);
	memcpy(s->model + to, s->model + from, (size_t)e->result);
	if (e->result > 0 && to + e->result > s->size)
		s->size = to + e->result;
	check_size();
}

static void do_reopen(void)
{
	note("reopen", 0, 0);
	close(fd);
	fd = open(path, O_RDWR);
	if (fd < 0)
		wrong("open", 0);
	check_size();
}

static void do_sync(void)
{
	note("sync", 0, 0);
	if (fsync(fd) < 0 && !(s->filled && (errno == ENOSPC || errno == EIO)))
		wrong("fsync", 0);
}

static void do_verify(void)
{
	note("verify", 0, s->size);
	for (long at = 0; at < s->size; at += 65536) {
		long len = s->size - at < 65536 ? s->size - at : 65536;

		if (pread(fd, buffer, (size_t)len, at) != len)
			wrong("length", at);
		compare(buffer, at, len, "verify");
	}
}

static void (*const operations[16])(void) = {
	do_read, do_read, do_write, do_write, do_append, do_map, do_map, do_old_map,
	do_truncate, do_allocate, do_punch, do_zero, do_shift, do_seek, do_copy, do_reopen,
};

/*
 * The other was killed in an operation: of that, any part may be done. Beyond its range the file
 * is as the model says; where ranges move, and for the size, anything goes.
 */
static void recover(void)
{
	struct entry *e = &s->history[s->done % HISTORY];
	bool moves = strcmp(e->what, "collapse") == 0 || strcmp(e->what, "insert") == 0;
	bool maps = strcmp(e->what, "old map") == 0 || strncmp(e->what, "map", 3) == 0;
	long from = e->at, to = moves || maps ? max_size : e->at + e->len, size;
	struct stat st;

	if (strcmp(e->what, "copy") == 0 || strcmp(e->what, "truncate") == 0 || maps)
		from = 0, to = max_size; /* the target is not noted */
	if (fstat(fd, &st) < 0 || st.st_size > max_size)
		wrong("st_size after a kill", (long)st.st_size);
	size = (long)st.st_size;
	memset(buffer, 0, (size_t)max_size);
	if (pread(fd, buffer, (size_t)size, 0) != size)
		wrong("length after a kill", size);
	for (long i = 0; i < size && i < s->size; i++)
		if ((i < from || i >= to) && buffer[i] != s->model[i])
			wrong("what a kill left", i);
	memcpy(s->model, buffer, (size_t)max_size);
	s->size = size;
	s->recovered++;
}

static void take_turn(void)
{
	int err = pthread_mutex_lock(&s->turn);

	if (err == EOWNERDEAD) {
		pthread_mutex_consistent(&s->turn);
		if (s->busy)
			recover();
		s->busy = false;
	}
}

static void operate(unsigned n)
{
	s->left--;
	s->busy = true;
	operations[n]();
	s->counts[n]++;
	if (s->done % 64 == 0) {
		s->done++;
		do_verify();
	}
	if (s->done % 128 == 1)
		do_sync();
	s->done++;
	s->busy = false;
}

static int work(void)
{
	bool more = true;

	signal(SIGBUS, on_bus);
	fd = open(path, O_RDWR);
	if (fd < 0) {
		perror(path);
		return 1;
	}
	while (more) {
		unsigned n = (unsigned)rnd(16);

		take_turn();
		more = s->left > 0 && !s->wrong;
		if (more)
			operate(n);
		pthread_mutex_unlock(&s->turn);
	}
	return s->wrong;
}

static pid_t start(char name, uint64_t seed)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	who = name;
	random_state ^= seed * 0x5555555555555555ull;
	exit(work());
}

/* Fills the file system in small steps and lets it go again. */
static pid_t start_filler(void)
{
	char name[4096];
	pid_t pid = fork();
	int f;

	if (pid != 0)
		return pid;
	snprintf(name, sizeof(name), "%s.fill", path);
	f = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
	random_state ^= 77;
	while (f >= 0 && s->left > 0 && !s->wrong) {
		bool full = false;

		for (long n = 1 + (long)rnd(64); n > 0 && !full; n--)
			full = write(f, buffer, 1 + rnd(16384)) < 0 && errno == ENOSPC;
		usleep((useconds_t)rnd(2000));
		if (full && rnd(2) && (ftruncate(f, 0) < 0 || lseek(f, 0, SEEK_SET) < 0))
			_exit(3);
	}
	_exit(unlink(name) < 0);
}

static int ended(pid_t pid)
{
	int status = -1;

	return waitpid(pid, &status, 0) != pid || status != 0;
}

/* Kills b so often and starts another. */
static pid_t kill_and_start(pid_t b, long kills)
{
	for (long i = 0; i < kills && s->left > 0 && !s->wrong; i++) {
		usleep((useconds_t)rnd(20000));
		kill(b, SIGKILL);
		waitpid(b, NULL, 0);
		b = start('b', (uint64_t)i + 3);
	}
	return b;
}

static void prepare(uint64_t seed, long operations_wanted)
{
	pthread_mutexattr_t attr;
	int made = open(path, O_RDWR | O_CREAT, 0600);
	struct stat st;

	s = mmap(NULL, sizeof(*s) + (size_t)max_size + 65536, PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	buffer = malloc((size_t)max_size + 65536);
	if (s == MAP_FAILED || buffer == NULL || made < 0 || fstat(made, &st) < 0) {
		perror(path);
		exit(2);
	}
	/* What is there already, perhaps below a writable layer, is a part of it. */
	s->size = pread(made, s->model, (size_t)max_size, 0);
	if (ftruncate(made, s->size) < 0)
		exit(2);
	close(made);
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&s->turn, &attr);
	s->left = operations_wanted;
	random_state = seed * 0x9e3779b97f4a7c15ull + 88172645463325252ull;
}

/* Of a file system in memory, which nobody else uses; elsewhere 0. */
static long blocks_free(void)
{
	struct statfs st;

	return statfs(path, &st) < 0 || st.f_type != TMPFS_MAGIC ? 0 : (long)st.f_bfree;
}

int main(int argc, char **argv)
{
	long count = 100000, kills = 0, before;
	uint64_t seed = 1;
	bool filled = false, verbose = false;
	pid_t a, b, filler = 0;
	int option, bad;

	while ((option = getopt(argc, argv, "n:s:l:k:fv")) != -1) {
		if (option == 'n')
			count = atol(optarg);
		else if (option == 's')
			seed = strtoull(optarg, NULL, 0);
		else if (option == 'l')
			max_size = atol(optarg);
		else if (option == 'k')
			kills = atol(optarg);
		else if (option == 'f')
			filled = true;
		else if (option == 'v')
			verbose = true;
		else
			return 2;
	}
	if (optind + 1 != argc || max_size < 2 * PAGE) {
		fprintf(stderr, "file_exerciser [-n OPERATIONS] [-s SEED] [-l MAX_SIZE] [-k KILLS] "
				"[-fv] FILE\n");
		return 2;
	}
	path = argv[optind];
	prepare(seed, count);
	before = blocks_free();
	s->filled = filled;
	if (filled)
		filler = start_filler();
	a = start('a', 0);
	b = kill_and_start(start('b', 1), kills);
	bad = ended(a) | ended(b);
	if (filled)
		bad |= ended(filler);
	if (filled && (truncate(path, 0) < 0 || blocks_free() < before)) {
		printf("%ld blocks free, %ld before\n", blocks_free(), before);
		bad = 1;
	}
	if (bad) {
		printf("WRONG (seed %llu)\n", (unsigned long long)seed);
		return 1;
	}
	printf("%ld operations, right\n", count);
	if (verbose)
		printf("%ld refused, %ld without a page, %ld recovered\n", s->refused, s->faults,
		       s->recovered);
	return 0;
}
