/*
 * Verifying objects of the store: nothing that is not what its name says reaches a sandbox.
 *
 * OVERVIEW. The content of a small object (WIRE_OBJECT_MAX) is the answer to one request, after
 * comparing just those bytes. An object of one piece (PIECE_SIZE) is read and compared when it
 * is opened. A larger one, and the manifest of a large image, is verified by pieces, which the
 * sandbox's kernel asks for before it uses them. The hashes of the pieces come from the store's
 * folder hashes/ and are believed only when they lead to the object's digest; without them the
 * object is read once, whole. What an earlier sandbox has found right has a tag (tags.h), which
 * is compared instead of the hash, of the same bytes. Where the host's own fs-verity guards the
 * file there is nothing left to do: the host checks each page.
 *
 * TRUST. Objects are read-only files that only the store's programs write. What was verified
 * is not verified again while the file's number, size and times stay: who can change its
 * bytes on the disk behind them, below the host's page cache, changes what is read later.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/fsverity.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "broker/session.h"
#include "broker/tags.h"
#include "store/host/digest.h"

#define TAGGED_MIN 8192u /* of less the hash costs hardly more than to look for the tag */
#define LARGE_MAX 64u		/* large objects that are remembered */
#define PIECES_AT_ONCE 16u	/* others wait meanwhile */

/* Which file it is, as long as nobody changes it. */
struct identity {
	u64 dev, ino, size;
	struct timespec mtime, ctime;
};

static_assert(PIECE_SIZE == WIRE_PIECE_SIZE, "both sides mean the same pieces");
static_assert(OBJECT_PATH_SIZE == WIRE_FETCH_PATH, "a path and what parts it from the next");

static struct verity verity;
static u8 buffer[PIECE_SIZE];

static bool identify(int fd, struct identity *ret)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return false;
	memset(ret, 0, sizeof(*ret));
	ret->dev = st.st_dev;
	ret->ino = st.st_ino;
	ret->size = (u64)st.st_size;
	ret->mtime = st.st_mtim;
	ret->ctime = st.st_ctim;
	return true;
}

static bool same_identity(const struct identity *a, const struct identity *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* Up to size bytes from offset on: how many, or -errno. */
static s64 read_at(int fd, u8 *to, size_t size, u64 offset)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = pread(fd, to + done, size - done, (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (s64)done;
}

/* A file that is hashed from its beginning to its end, but for its holes. */
struct digesting {
	struct verity verity;
	struct holes holes;
	u64 at;
};

static void digesting_begin(struct digesting *d, int fd)
{
	verity_begin(&d->verity, NULL);
	d->holes = (struct holes){ .fd = fd };
	d->at = 0;
}

/* The next part: more than 0, 0 at the end, or -errno. */
static s64 digesting_next(struct digesting *d)
{
	u64 hole = holes_find(&d->holes, d->at);
	s64 n;

	verity_add_zeros(&d->verity, hole);
	n = read_at(d->holes.fd, buffer, sizeof(buffer), d->at + hole);
	if (n > 0)
		verity_add(&d->verity, buffer, (size_t)n);
	d->at += hole + (n > 0 ? (u64)n : 0);
	return n;
}

/* Has all of it that digest? */
static bool digesting_end(struct digesting *d, const u8 digest[DIGEST_SIZE])
{
	u8 found[DIGEST_SIZE];

	verity_end(&d->verity, found);
	return memcmp(found, digest, sizeof(found)) == 0;
}

/* Do these bytes, no more than a piece, have that digest? */
static bool content_is_right(const u8 digest[DIGEST_SIZE], const u8 *data, size_t size)
{
	u8 found[DIGEST_SIZE];
	struct tag tag;

	if (size >= TAGGED_MIN && tag_agrees(digest, 0, data, size, &tag))
		return true;
	verity_begin(&verity, NULL);
	verity_add(&verity, data, size);
	verity_end(&verity, found);
	if (memcmp(found, digest, DIGEST_SIZE) != 0)
		return false;
	if (size >= TAGGED_MIN)
		tag_keep(&tag);
	return true;
}

bool file_is_right(int fd, const u8 digest[DIGEST_SIZE])
{
	static struct digesting d;
	struct stat st;
	s64 n;

	if (fstat(fd, &st) < 0)
		return false;
	if (st.st_size <= PIECE_SIZE)
		return read_at(fd, buffer, (size_t)st.st_size, 0) == st.st_size &&
		       content_is_right(digest, buffer, (size_t)st.st_size);
	digesting_begin(&d, fd);
	while ((n = digesting_next(&d)) > 0)
		;
	return n == 0 && digesting_end(&d, digest);
}

/* Does the host guard the file by the same digest? */
static bool host_guards(int fd, const u8 digest[DIGEST_SIZE])
{
	union {
		struct fsverity_digest head;
		u8 bytes[sizeof(struct fsverity_digest) + DIGEST_SIZE];
	} found = { .head.digest_size = DIGEST_SIZE };

	return ioctl(fd, FS_IOC_MEASURE_VERITY, &found) == 0 &&
	       found.head.digest_algorithm == FS_VERITY_HASH_ALG_SHA256 &&
	       found.head.digest_size == DIGEST_SIZE &&
	       memcmp(found.bytes + sizeof(found.head), digest, DIGEST_SIZE) == 0;
}

static void tell_damage(const struct tree *tree, const char *path, u32 len)
{
	say("image %s: %s%.*s is damaged (nacre store fsck)", tree->source,
	    tree->is_file ? "images/" : "object ", (int)len, path);
}

/* --- small objects --- */

/*
 * To read all of it, in as few calls as that takes: the store's folders are no place for
 * devices. *ret_size: its size. -errno.
 */
static int open_to_fetch(const struct tree *tree, const u8 digest[DIGEST_SIZE], u64 *ret_size)
{
	struct open_how how = {
		.flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	};
	char path[OBJECT_PATH_SIZE];
	struct stat st;
	int fd, err = 0;

	object_path(digest, path);
	fd = (int)syscall(SYS_openat2, tree->fd, path, &how, sizeof(how));
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		err = -errno;
	else if (!S_ISREG(st.st_mode))
		err = -EACCES;
	if (err < 0) {
		close(fd);
		return err;
	}
	*ret_size = (u64)st.st_size;
	return fd;
}

/* Its content is at `to` then, of room bytes: how much, or -errno. */
static s64 fetch(const struct tree *tree, const char *path, u8 *to, size_t room, bool tell)
{
	u8 wanted[OBJECT_DIGEST_SIZE];
	u64 size = 0;
	int fd;
	s64 n;

	if (!object_parse(path, OBJECT_PATH_SIZE - 1, wanted))
		return -EIO;
	fd = open_to_fetch(tree, wanted, &size);
	if (fd < 0)
		return fd;
	n = size > room ? -EFBIG : read_at(fd, to, size, 0);
	close(fd);
	if (n == -EFBIG)
		return n;
	if (n >= 0 && content_is_right(wanted, to, (size_t)n))
		return n;
	if (tell)
		tell_damage(tree, path, OBJECT_PATH_SIZE - 1);
	return -EIO;
}

/*
 * The contents of several, each behind its size. Of all but the first, which are only guesses
 * at what will be wanted, nothing is said. The length, or the first one's -errno.
 */
static s64 fetch_row(const struct tree *tree, const char *paths, u32 count)
{
	u8 *at = buffer, *end = buffer + WIRE_OBJECT_MAX;

	for (u32 i = 0; i < count && end - at >= (ptrdiff_t)sizeof(u32); i++) {
		size_t room = (size_t)(end - at) - sizeof(u32);
		s64 n = fetch(tree, paths + i * WIRE_FETCH_PATH, at + sizeof(u32), room, i == 0);
		u32 size = n < 0 ? WIRE_FETCH_NONE : (u32)n;

		if (n < 0 && i == 0)
			return n;
		memcpy(at, &size, sizeof(size));
		at += sizeof(size) + (n < 0 ? 0 : (size_t)n);
	}
	return at - buffer;
}

void handle_fetch(struct session *s, const struct wire_request *r, struct reply *reply)
{
	const struct tree *tree = tree_find(s, r->lookup.tree);
	u32 len = r->lookup.path_len;
	s64 n;

	if (tree == NULL || !tree->objects)
		n = -ENOENT;
	else if ((len + 1) % WIRE_FETCH_PATH != 0)
		n = -EIO;
	else if (len < WIRE_FETCH_PATH)
		n = fetch(tree, r->text_or_path, buffer, WIRE_OBJECT_MAX, true);
	else
		n = fetch_row(tree, r->text_or_path, (len + 1) / WIRE_FETCH_PATH);
	if (n < 0) {
		reply->error = (s32)-n;
		return;
	}
	reply->content = buffer;
	reply->len = (u32)n;
}

/* --- objects of one piece: when they are opened --- */

/* What has been verified; a slot for each of so many. */
#define VERIFIED_SLOTS 8192u

struct verified {
	struct identity identity;
	u8 digest[DIGEST_SIZE];
};

int object_verify(const struct tree *tree, const char *path, u32 len, int fd)
{
	static struct verified *slots;
	u8 wanted[OBJECT_DIGEST_SIZE];
	struct verified *slot = NULL;
	struct identity identity;

	if (!object_parse(path, len, wanted) || !identify(fd, &identity))
		return -EIO;
	if (identity.size > PIECE_SIZE)
		return 0;
	if (slots == NULL)
		slots = calloc(VERIFIED_SLOTS, sizeof(*slots));
	if (slots != NULL)
		slot = &slots[identity.ino % VERIFIED_SLOTS];
	if (slot != NULL && same_identity(&slot->identity, &identity) &&
	    memcmp(slot->digest, wanted, sizeof(wanted)) == 0)
		return 0;
	if (!host_guards(fd, wanted) && !file_is_right(fd, wanted)) {
		tell_damage(tree, path, len);
		return -EIO;
	}
	if (slot != NULL) {
		slot->identity = identity;
		memcpy(slot->digest, wanted, sizeof(wanted));
	}
	return 0;
}

/* --- large objects: by pieces --- */

struct large {
	u8 digest[DIGEST_SIZE];
	struct identity identity;
	struct pieces pieces; /* none: all is right, or all is wrong */
	u8 *verified;	      /* a byte for each piece */
	struct digesting *judging; /* NULL: it is known whether all is right */
	int fd;
	bool right, told;
	u64 used;
};

static struct large *large[LARGE_MAX];

static void large_free(struct large *o)
{
	if (o == NULL)
		return;
	if (o->fd >= 0)
		close(o->fd);
	pieces_fini(&o->pieces);
	free(o->verified);
	free(o->judging);
	free(o);
}

/* From the store; false: not there, or they do not lead to the digest. */
static bool take_hashes(struct large *o, const char *path)
{
	u64 count = pieces_of(o->identity.size), size = count * DIGEST_SIZE;
	int fd = store_hashes_open(path);
	u8 found[DIGEST_SIZE];
	struct stat st;
	bool right = false;

	if (fd < 0)
		return false;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (u64)st.st_size == size)
		o->pieces.hashes = malloc(size);
	if (o->pieces.hashes != NULL && read_at(fd, o->pieces.hashes, size, 0) == (s64)size) {
		o->pieces.count = count;
		verity_of_pieces(&verity, &o->pieces, o->identity.size, found);
		right = memcmp(found, o->digest, DIGEST_SIZE) == 0;
	}
	close(fd);
	if (!right)
		pieces_fini(&o->pieces);
	return right;
}

/* How its pieces are to be judged. False: no memory for that. */
static bool large_judge(struct large *o, const char *path)
{
	if (host_guards(o->fd, o->digest)) {
		o->right = true;
	} else if (take_hashes(o, path)) {
		o->verified = calloc(o->pieces.count, 1);
		return o->verified != NULL;
	} else {
		o->judging = malloc(sizeof(*o->judging));
		if (o->judging == NULL)
			return false;
		digesting_begin(o->judging, o->fd);
	}
	return true;
}

/* Read a part of what has no hashes of its pieces. True: that was not the end. */
static bool judge_on(struct large *o)
{
	s64 n = 1;

	for (u32 i = 0; i < PIECES_AT_ONCE && n > 0; i++)
		n = digesting_next(o->judging);
	if (n > 0)
		return true;
	o->right = n == 0 && digesting_end(o->judging, o->digest);
	free(o->judging);
	o->judging = NULL;
	return false;
}

/* NULL and *ret_error: it cannot be opened, or is of one piece only. */
static struct large *large_open(const struct tree *tree, const char *path, u32 len,
				const u8 digest[DIGEST_SIZE], int *ret_error)
{
	char name[OBJECT_PATH_SIZE];
	struct large *o = calloc(1, sizeof(*o));

	*ret_error = -ENOMEM;
	if (o == NULL)
		return NULL;
	memcpy(o->digest, digest, DIGEST_SIZE);
	o->fd = tree_open_file(tree, path, len);
	if (o->fd < 0) {
		*ret_error = o->fd;
	} else if (!identify(o->fd, &o->identity) || o->identity.size <= PIECE_SIZE) {
		*ret_error = -EINVAL;
	} else {
		object_path(digest, name);
		if (large_judge(o, name))
			return o;
	}
	large_free(o);
	return NULL;
}

/* The remembered one, else in the place of the one unused longest. */
static struct large *large_find(const struct tree *tree, const char *path, u32 len,
				const u8 digest[DIGEST_SIZE], int *ret_error)
{
	static u64 clock;
	struct large **place = &large[0];
	struct identity now;

	for (u32 i = 0; i < LARGE_MAX; i++) {
		struct large *o = large[i];

		if (o == NULL) {
			if (*place != NULL)
				place = &large[i];
			continue;
		}
		if (memcmp(o->digest, digest, DIGEST_SIZE) == 0) {
			place = &large[i];
			break;
		}
		if (*place != NULL && o->used < (*place)->used)
			place = &large[i];
	}
	if (*place == NULL || memcmp((*place)->digest, digest, DIGEST_SIZE) != 0 ||
	    !identify((*place)->fd, &now) || !same_identity(&now, &(*place)->identity)) {
		large_free(*place);
		*place = large_open(tree, path, len, digest, ret_error);
	}
	if (*place != NULL)
		(*place)->used = ++clock;
	return *place;
}

static bool piece_is_right(struct large *o, u64 piece)
{
	u64 start = piece * PIECE_SIZE, size = MIN((u64)PIECE_SIZE, o->identity.size - start);
	u8 found[DIGEST_SIZE];
	struct tag tag;

	if (o->pieces.count == 0)
		return o->right;
	if (o->verified[piece])
		return true;
	if (read_at(o->fd, buffer, size, start) != (s64)size)
		return false;
	o->verified[piece] = tag_agrees(o->digest, (u32)piece, buffer, size, &tag);
	if (o->verified[piece])
		return true;
	piece_hash(buffer, size, found);
	o->verified[piece] =
		memcmp(found, o->pieces.hashes + piece * DIGEST_SIZE, DIGEST_SIZE) == 0;
	if (o->verified[piece])
		tag_keep(&tag);
	return o->verified[piece];
}

/* As large_verify(), of what was found. */
static int verify_some(struct large *o, const struct tree *tree, const char *name, u32 first,
		       u32 count)
{
	u64 all = pieces_of(o->identity.size);
	u32 good = 0;

	if (first >= all || count == 0)
		return -EINVAL;
	count = (u32)MIN((u64)MIN(count, PIECES_AT_ONCE), all - first);
	while (good < count && piece_is_right(o, first + good))
		good++;
	if (good == count)
		return (int)good;
	if (!o->told)
		tell_damage(tree, name, OBJECT_PATH_SIZE - 1);
	o->told = true;
	return good != 0 ? (int)good : -EIO;
}

/*
 * How many pieces from `first` on are right: 1 to count; -EIO: the first is not; -EAGAIN: that
 * takes longer, others are served meanwhile.
 */
static int large_verify(const struct tree *tree, const struct wire_request *r)
{
	u8 digest[OBJECT_DIGEST_SIZE];
	const char *path = r->text_or_path, *name = path;
	u32 len = r->verify.path_len, name_len = len;
	struct large *o;
	int error = -EIO;

	if (tree == NULL || !(tree->objects || tree->is_file))
		return -ENOENT;
	if (tree->is_file) {
		/* A sealed copy is what it was when it was made. */
		if (tree->manifest[0] == 0)
			return (int)MIN(r->verify.count, PIECES_AT_ONCE);
		name = tree->manifest;
		name_len = OBJECT_PATH_SIZE - 1;
	}
	if (!object_parse(name, name_len, digest))
		return -EIO;
	o = large_find(tree, path, len, digest, &error);
	if (o != NULL && o->judging != NULL && judge_on(o))
		return -EAGAIN;
	return o == NULL ? error :
			   verify_some(o, tree, name, r->verify.first, r->verify.count);
}

void handle_verify(struct session *s, const struct wire_request *r, struct reply *reply)
{
	int result = large_verify(tree_find(s, r->verify.tree), r);
	u32 good = (u32)result;

	if (result < 0) {
		reply->error = -result;
		return;
	}
	memcpy(reply->data, &good, sizeof(good));
	reply->len = sizeof(good);
}
