/*
 * The pack of kept texts, from the side that writes it. See text.h.
 *
 * OVERVIEW. Everything here but text_pack_open() and text_directory_open() runs in the maker. The
 * directory is locked meanwhile, so there is one writer. Data is appended and synced before the
 * slot that names it is written; whoever dies in between leaves bytes that nothing names, over
 * which the next writes. A pack that would grow too large is written anew, with those texts
 * that were used last, in half the room, and takes the old one's name; sandboxes keep what they
 * have open.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "broker/session.h"
#include "broker/text.h"

#define SETTLED_SEC 2	  /* a file that was changed less long ago may change unnoticed */
#define PROOF_SECONDS 2u  /* of processor time */
#define FOLDER_MAX (256ull << 20) /* bytes of all packs */
#define DAY_SEC 86400
#define MAKER_NICE 5 /* with 19 it would hardly begin on a busy machine */

u32 text_today(void)
{
	return (u32)(time(NULL) / DAY_SEC);
}

/* --- opening --- */

/* Ours, and nobody else may write to it. */
static bool own(const struct stat *st)
{
	return st->st_uid == geteuid() && (st->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* What is missing of it, in a directory of ours: root makes nothing in a user's home. */
static void directories_make(const char *path)
{
	char part[4096];
	size_t len = strlen(path);
	struct stat st = { .st_uid = geteuid() };

	if (path[0] != '/' || len >= sizeof(part))
		return;
	for (size_t i = 1; i <= len; i++) {
		if (path[i] != '/' && path[i] != 0)
			continue;
		memcpy(part, path, i);
		part[i] = 0;
		if (st.st_uid != geteuid() && access(part, F_OK) < 0)
			return;
		mkdir(part, 0700);
		if (stat(part, &st) < 0)
			return;
	}
}

int text_directory_open(const char *path, bool make)
{
	int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, fd = open(path, flags);
	struct stat st;

	if (fd < 0 && errno == ENOENT && make) {
		directories_make(path);
		fd = open(path, flags);
	}
	if (fd >= 0 && (fstat(fd, &st) < 0 || !own(&st))) {
		close(fd);
		return -1;
	}
	return fd;
}

int text_pack_open(int dir, const char *name, int flags, bool *ret_bad)
{
	int fd = openat(dir, name, flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct kept_header header;
	struct stat st;

	*ret_bad = fd < 0 && errno != ENOENT;
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && own(&st) && st.st_nlink == 1 &&
	    st.st_size >= (off_t)KEPT_DATA && st.st_size <= (off_t)KEPT_PACK_MAX &&
	    pread(fd, &header, sizeof(header), 0) == sizeof(header) && kept_header_ok(&header))
		return fd;
	*ret_bad = true;
	close(fd);
	return -1;
}

/* --- reading and writing --- */

static bool read_all(int fd, void *buf, u64 len, u64 at)
{
	u64 done = 0;

	while (done < len) {
		ssize_t n = pread(fd, (u8 *)buf + done, len - done, (off_t)(at + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		done += (u64)n;
	}
	return true;
}

static bool write_all(int fd, const void *buf, u64 len, u64 at)
{
	u64 done = 0;

	while (done < len) {
		ssize_t n = pwrite(fd, (const u8 *)buf + done, len - done, (off_t)(at + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		done += (u64)n;
	}
	return true;
}

/* An empty pack that has no name of its own yet but NAME.new; -1: it cannot be made. */
static int pack_create(int dir, const char *new_name)
{
	struct kept_header header = { KEPT_MAGIC, KEPT_VERSION, KEPT_BUCKETS, KEPT_DATA };
	int fd;

	unlinkat(dir, new_name, 0);
	fd = openat(dir, new_name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd >= 0 && ftruncate(fd, (off_t)KEPT_DATA) == 0 &&
	    write_all(fd, &header, sizeof(header), 0))
		return fd;
	if (fd >= 0) {
		close(fd);
		unlinkat(dir, new_name, 0);
	}
	return -1;
}

/* Is it a pack, of this version or another? How much it takes, and since when it is unused. */
static bool pack_look(int dir, const char *name, struct stat *ret)
{
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	u64 magic = 0;
	bool is;

	if (fd < 0)
		return false;
	is = fstat(fd, ret) == 0 && S_ISREG(ret->st_mode) && own(ret) &&
	     read_all(fd, &magic, sizeof(magic), 0) && magic == KEPT_MAGIC;
	close(fd);
	return is;
}

/*
 * Other packs go, the one unused longest first, until there is room for a whole one. What else
 * lies in the directory is somebody's, who has chosen it.
 */
static void folder_trim(int dir, const char *keep)
{
	static u8 block[16384] ALIGNED(8);
	char oldest[TEXT_PACK_NAME_SIZE];
	struct timespec oldest_time = { 0 };
	u64 sum;

	do {
		ssize_t n;

		sum = 0;
		oldest[0] = 0;
		lseek(dir, 0, SEEK_SET);
		while ((n = syscall(SYS_getdents64, dir, block, sizeof(block))) > 0)
			for (ssize_t i = 0; i < n;) {
				const char *name = (const char *)block + i + 19;
				u8 type = block[i + 18];
				struct stat st;

				i += *(const u16 *)(block + i + 16);
				if (strlen(name) >= sizeof(oldest) ||
				    (type != DT_REG && type != DT_UNKNOWN) ||
				    strcmp(name, keep) == 0 || !pack_look(dir, name, &st))
					continue;
				sum += (u64)st.st_blocks * 512;
				if (oldest[0] != 0 && st.st_mtim.tv_sec >= oldest_time.tv_sec)
					continue;
				memcpy(oldest, name, strlen(name) + 1);
				oldest_time = st.st_mtim;
			}
	} while (sum > FOLDER_MAX - KEPT_PACK_MAX && oldest[0] != 0 &&
		 unlinkat(dir, oldest, 0) == 0);
}

/* --- slots --- */

struct pack {
	int fd;
	u64 size; /* of what slots have named; further data goes behind */
	struct kept_slot *slots; /* all of them */
};

static u64 span_bytes(const struct kept_span *s)
{
	return (u64)s->end - (u64)s->start;
}

static u64 sites_bytes(const struct kept_slot *s)
{
	return ALIGN_UP(s->site_count * sizeof(struct kept_site), PAGE_SIZE);
}

/* Where its data ends in the pack. */
static u64 slot_end(const struct kept_slot *s)
{
	u64 end = MAX(s->at + s->key.len, s->sites_at + sites_bytes(s));

	for (u32 i = 0; i < s->span_count; i++)
		end = MAX(end, s->spans[i].at + span_bytes(&s->spans[i]));
	return s->at == 0 ? KEPT_DATA : end;
}

static bool slot_used(const struct kept_slot *s)
{
	return s->check != 0 && kept_check(s) == s->check && kept_slot_ok(s, KEPT_PACK_MAX);
}

static bool pack_load(struct pack *p, int fd)
{
	struct kept_header header;

	p->fd = fd;
	p->slots = calloc(KEPT_SLOTS, sizeof(*p->slots));
	if (p->slots == NULL || !read_all(fd, &header, sizeof(header), 0) ||
	    !read_all(fd, p->slots, KEPT_SLOTS * sizeof(*p->slots), KEPT_SLOTS_AT))
		return false;
	p->size = ALIGN_UP(MIN(MAX(header.end, KEPT_DATA), KEPT_PACK_MAX), PAGE_SIZE);
	for (u32 i = 0; i < KEPT_SLOTS; i++)
		if (slot_used(&p->slots[i]))
			p->size = MAX(p->size, slot_end(&p->slots[i]));
	return true;
}

/* A free place in the bucket, else that of the one unused longest. */
static struct kept_slot *slot_place(struct pack *p, const struct kept_key *key)
{
	struct kept_slot *bucket = p->slots + (kept_bucket(key) - KEPT_SLOTS_AT) / sizeof(*bucket);
	struct kept_slot *place = bucket;

	for (u32 i = 0; i < KEPT_WAYS; i++)
		if (memcmp(&bucket[i].key, key, sizeof(*key)) == 0)
			return &bucket[i];
	for (u32 i = 0; i < KEPT_WAYS; i++) {
		if (!slot_used(&bucket[i]))
			return &bucket[i];
		if (bucket[i].day < place->day)
			place = &bucket[i];
	}
	return place;
}

static bool slot_write(struct pack *p, const struct kept_slot *s)
{
	struct kept_slot *place = slot_place(p, &s->key);

	/* Who uses what was replaced has it still: its bytes stay. */
	p->size = MAX(p->size, slot_end(s));
	if (!write_all(p->fd, &p->size, sizeof(p->size), offsetof(struct kept_header, end)))
		return false;
	*place = *s;
	place->check = kept_check(place);
	return write_all(p->fd, place, sizeof(*place),
			 KEPT_SLOTS_AT + (u64)(place - p->slots) * sizeof(*place));
}

/* --- a pack anew --- */

static bool copy_data(struct pack *from, u64 at, u64 len, struct pack *to, u64 *ret_at)
{
	static u8 buffer[1 << 20];

	*ret_at = to->size;
	to->size += ALIGN_UP(len, PAGE_SIZE);
	for (u64 done = 0; done < len; done += sizeof(buffer)) {
		u64 n = MIN(len - done, sizeof(buffer));

		if (!read_all(from->fd, buffer, n, at + done) ||
		    !write_all(to->fd, buffer, n, *ret_at + done))
			return false;
	}
	return true;
}

static bool slot_copy(struct pack *from, const struct kept_slot *s, struct pack *to)
{
	struct kept_slot copy = *s;

	if (s->at != 0) {
		if (!copy_data(from, s->at, s->key.len, to, &copy.at) ||
		    !copy_data(from, s->sites_at, s->site_count * sizeof(struct kept_site), to,
			       &copy.sites_at))
			return false;
		for (u32 i = 0; i < s->span_count; i++)
			if (!copy_data(from, s->spans[i].at, span_bytes(&s->spans[i]), to,
				       &copy.spans[i].at))
				return false;
	}
	return slot_write(to, &copy);
}

static int later_used(const void *a, const void *b)
{
	const struct kept_slot *x = a, *y = b;

	return x->day < y->day ? 1 : x->day > y->day ? -1 : 0;
}

/* Those texts of the pack that were used last, up to about so many bytes. */
static bool pack_renew(struct pack *from, struct pack *to, u64 most)
{
	qsort(from->slots, KEPT_SLOTS, sizeof(*from->slots), later_used);
	for (u32 i = 0; i < KEPT_SLOTS && to->size < most; i++)
		if (slot_used(&from->slots[i]) && !slot_copy(from, &from->slots[i], to))
			return false;
	return fdatasync(to->fd) == 0;
}

/* Make a new pack of that name; from: NULL, or the one that has grown too large. */
static bool pack_replace(int dir, const struct text_wanted *w, struct pack *from,
			 struct pack *to)
{
	char new_name[TEXT_PACK_NAME_SIZE + 8];
	int fd;

	snprintf(new_name, sizeof(new_name), "%s.new", w->pack);
	fd = pack_create(dir, new_name);
	if (fd >= 0 && pack_load(to, fd) &&
	    (from == NULL || pack_renew(from, to, w->pack_max / 2)) &&
	    renameat(dir, new_name, dir, w->pack) == 0)
		return true;
	unlinkat(dir, new_name, 0);
	return false;
}

/* --- one text --- */

/*
 * The head of a file whose times do not tell. A whole second may be what the maker of the file
 * system put there: then there must be something in it that differs from build to build.
 */
static bool head_read(const struct text_wanted *w, const struct statx *stx, u32 *ret)
{
	u8 bytes[KEPT_HEAD_BYTES];
	ssize_t len = pread(w->fd, bytes, sizeof(bytes), 0);

	if (len <= 0)
		return false;
	*ret = kept_head(bytes, (size_t)len);
	return (stx->stx_ctime.tv_nsec != 0 && (stx->stx_mask & STATX_BTIME)) ||
	       kept_head_identifies(bytes, (size_t)len);
}

bool text_key_read(const struct text_wanted *w, struct kept_key *ret)
{
	struct statx stx;

	if (statx(w->fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME, &stx) < 0)
		return false;
	*ret = (struct kept_key){
		.dev = (u64)stx.stx_dev_major << 32 | stx.stx_dev_minor,
		.ino = stx.stx_ino,
		.size = stx.stx_size,
		.mtime_sec = stx.stx_mtime.tv_sec,
		.ctime_sec = stx.stx_ctime.tv_sec,
		.mtime_nsec = stx.stx_mtime.tv_nsec,
		.ctime_nsec = stx.stx_ctime.tv_nsec,
		.offset = w->offset,
		.len = (u32)w->len,
	};
	if (!kept_times_tell(ret) && !head_read(w, &stx, &ret->head))
		return false;
	/* What is in the future has a clock that others set. */
	return stx.stx_ctime.tv_sec + SETTLED_SEC < time(NULL) &&
	       stx.stx_mtime.tv_sec + SETTLED_SEC < time(NULL) &&
	       IS_ALIGNED(w->offset, PAGE_SIZE) && IS_ALIGNED(w->len, PAGE_SIZE) && w->len != 0 &&
	       w->len <= KEPT_TEXT_MAX && w->offset < stx.stx_size &&
	       w->len <= ALIGN_UP(stx.stx_size - w->offset, PAGE_SIZE);
}

static s64 search_read(void *file, void *buf, size_t len, u64 offset)
{
	return pread(*(const int *)file, buf, len, (off_t)offset);
}

static NORETURN void prover_main(struct text_made *m, const struct text_wanted *w)
{
	struct rlimit seconds = { PROOF_SECONDS, PROOF_SECONDS }, none = { 0, 0 };
	int fd = w->fd;
	struct code_file f = { .read = search_read, .file = &fd };

	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	setrlimit(RLIMIT_CPU, &seconds);
	setrlimit(RLIMIT_CORE, &none);
	setrlimit(RLIMIT_FSIZE, &none);
	prover_seal();
	text_make(m, &f, w->offset, w->len);
	/* Bare: nothing that wants to clean up first. */
	for (;;)
		syscall(SYS_exit_group, 0);
}

/* NULL: the prover has died, or nothing could be read. */
static struct text_made *text_prove(const struct text_wanted *w, u64 size)
{
	struct text_made *m = mmap(NULL, sizeof(*m), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	int status, pidfd;
	pid_t pid;

	if (m == MAP_FAILED || !read_all(w->fd, m->text, MIN(w->len, size - w->offset), w->offset))
		return NULL;
	pid = process_copy(&pidfd);
	if (pid == 0)
		prover_main(m, w);
	if (pid < 0)
		return NULL;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return NULL;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? m : NULL;
}

/* Are there calls in the file where the prover says so? */
static bool calls_are_there(const struct text_wanted *w, const struct kept_slot *s,
			    const struct kept_site *sites)
{
	u8 call[2];

	for (u32 i = 0; i < s->site_count; i++)
		if (!read_all(w->fd, call, sizeof(call), w->offset + sites[i].at) ||
		    call[0] != 0x0f || call[1] != 0x05)
			return false;
	return true;
}

/*
 * What the prover has left becomes a slot, with places at the pack's end. False: it makes no
 * sense. sites: of the slot, copied, since the prover's memory is not to be believed twice.
 */
static bool slot_fill(const struct text_made *m, const struct text_wanted *w, u64 at,
		      struct kept_slot *s, struct kept_site *sites, u64 stubs[PATCH_SPANS_MAX])
{
	u32 count = m->site_count, spans = m->span_count;

	if (count == 0)
		return true;
	if (count > CODE_SITES_MAX || spans > PATCH_SPANS_MAX)
		return false;
	memcpy(sites, m->sites, count * sizeof(*sites));
	s->site_count = count;
	s->span_count = spans;
	s->entry_at = m->entry_at;
	s->at = at;
	s->sites_at = at + s->key.len;
	at = s->sites_at + sites_bytes(s);
	for (u32 i = 0; i < spans; i++) {
		s->spans[i] = m->spans[i];
		stubs[i] = s->spans[i].at;
		s->spans[i].at = at;
		if (s->spans[i].start >= s->spans[i].end || stubs[i] > sizeof(m->stubs) ||
		    span_bytes(&s->spans[i]) > sizeof(m->stubs) - stubs[i])
			return false;
		at += span_bytes(&s->spans[i]);
	}
	return kept_slot_ok(s, ~0ull) && kept_sites_ok(sites, s) &&
	       calls_are_there(w, s, sites);
}

static bool data_write(const struct pack *p, const struct kept_slot *s,
		       const struct kept_site *sites, const struct text_made *m,
		       const u64 stubs[PATCH_SPANS_MAX])
{
	if (s->at == 0)
		return true;
	if (ftruncate(p->fd, (off_t)slot_end(s)) < 0 ||
	    !write_all(p->fd, m->text, s->key.len, s->at) ||
	    !write_all(p->fd, sites, s->site_count * sizeof(*sites), s->sites_at))
		return false;
	for (u32 i = 0; i < s->span_count; i++)
		if (!write_all(p->fd, m->stubs + stubs[i], span_bytes(&s->spans[i]),
			       s->spans[i].at))
			return false;
	return fdatasync(p->fd) == 0;
}

/* The text is not in the pack: bring it there. */
static int text_add(int dir, const struct text_wanted *w, struct pack *p,
		    const struct kept_key *key)
{
	static struct kept_site sites[CODE_SITES_MAX];
	struct kept_slot slot = { .key = *key, .day = text_today() };
	struct text_made *m = text_prove(w, key->size);
	u64 stubs[PATCH_SPANS_MAX];
	struct kept_key again;
	struct pack renewed;

	if (m == NULL)
		return TEXT_NOT_THIS;
	if (!slot_fill(m, w, p->size, &slot, sites, stubs))
		return TEXT_NOT_THIS;
	if (slot_end(&slot) > w->pack_max) {
		if (!pack_replace(dir, w, p, &renewed))
			return TEXT_NOTHING;
		p = &renewed;
		if (!slot_fill(m, w, p->size, &slot, sites, stubs) ||
		    slot_end(&slot) > w->pack_max)
			return TEXT_NOT_THIS;
	}
	if (!text_key_read(w, &again) || memcmp(&again, key, sizeof(again)) != 0)
		return TEXT_NOT_THIS;
	return data_write(p, &slot, sites, m, stubs) && slot_write(p, &slot) ? TEXT_KEPT :
									      TEXT_NOTHING;
}

/* Damaged objects never reach a sandbox, not in part either. */
static bool is_right_object(const struct text_wanted *w)
{
	return !w->is_object || file_is_right(w->fd, w->digest);
}

/* Would a kernel take what there is? */
static bool text_is_kept(const struct pack *p, const struct kept_key *key)
{
	static struct kept_site sites[CODE_SITES_MAX];
	const struct kept_slot *bucket = p->slots + (kept_bucket(key) - KEPT_SLOTS_AT) /
							    sizeof(*bucket);
	const struct kept_slot *s = kept_find(bucket, key);
	struct stat st;

	return s != NULL && fstat(p->fd, &st) == 0 && kept_slot_ok(s, (u64)st.st_size) &&
	       (s->at == 0 ||
		(read_all(p->fd, sites, s->site_count * sizeof(*sites), s->sites_at) &&
		 kept_sites_ok(sites, s)));
}

int text_keep(const char *directory, const struct text_wanted *w)
{
	struct kept_key key;
	struct pack pack;
	bool bad;
	int dir, fd;

	signal(SIGXFSZ, SIG_IGN);
	setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + MAKER_NICE);
	if (!text_key_read(w, &key) || !is_right_object(w))
		return TEXT_NOT_THIS;
	dir = text_directory_open(directory, true);
	if (dir < 0 || flock(dir, LOCK_EX) < 0)
		return TEXT_NOTHING;
	folder_trim(dir, w->pack);
	fd = text_pack_open(dir, w->pack, O_RDWR, &bad);
	if (fd < 0 && !pack_replace(dir, w, NULL, &pack))
		return TEXT_NOTHING;
	if (fd >= 0 && !pack_load(&pack, fd))
		return TEXT_NOTHING;
	if (text_is_kept(&pack, &key))
		return TEXT_KEPT;
	return text_add(dir, w, &pack, &key);
}
