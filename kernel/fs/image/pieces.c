/*
 * Which pieces of a large object, or of the manifest, have been verified.
 *
 * OVERVIEW. A piece is WIRE_PIECE_SIZE bytes. The broker compares it with the object's hashes
 * before its first use in the sandbox; the answer is kept for all processes, as long as the
 * inode or the image is. Damage is not kept: it is asked for again, and may have been healed.
 *
 * LOCKING. None: a byte for each piece, written once by whoever asked.
 */
#include "abi/errno.h"
#include "kernel/fs/image/imagefs.h"
#include "lib/atomic.h"
#include "platform/plat.h"

#define PIECES_MAX ((u64)1 << 24) /* 8 TiB */
#define PIECES_MANY 8u /* of the manifest, and a quarter: the rest will be wanted, too */

static u64 pieces_in(u64 size)
{
	return size / WIRE_PIECE_SIZE + (size % WIRE_PIECE_SIZE != 0);
}

int image_pieces_create(const struct inode *i, u8 **ret)
{
	u64 count = pieces_in(i->size);

	if (count > PIECES_MAX)
		return -EFBIG;
	*ret = count <= 1 ? NULL : kzalloc(count);
	return *ret == NULL && count > 1 ? -ENOMEM : 0;
}

/* Ask for the pieces that are not known from `first` to `end`: how many are right, or -errno. */
static int ask(const struct inode *i, u64 first, u64 end)
{
	const struct image_super *s = image_super(i);
	u8 digest[OBJECT_DIGEST_SIZE];
	char path[OBJECT_PATH_SIZE];

	if (image_object(&s->image, &image_node(i)->disk, digest) < 0)
		return -EIO;
	object_path(digest, path);
	return plat_file_verify(s->objects_tree, path, (u32)first, (u32)(end - first));
}

bool image_is_verified(const struct inode *i, u64 pos)
{
	const u8 *verified = image_node(i)->verified;

	return verified == NULL || atomic_load(&verified[pos / WIRE_PIECE_SIZE]);
}

u64 image_verified(const struct inode *i, u64 pos, u64 len)
{
	u8 *verified = image_node(i)->verified;
	u64 piece = pos / WIRE_PIECE_SIZE, end = (pos + len - 1) / WIRE_PIECE_SIZE + 1, unknown;
	int right;

	if (verified == NULL)
		return len;
	while (piece < end) {
		for (unknown = piece; unknown < end && !atomic_load(&verified[unknown]);)
			unknown++;
		if (unknown == piece) {
			piece++;
			continue;
		}
		right = ask(i, piece, unknown);
		if (right < 0)
			break;
		for (; right > 0; right--)
			atomic_store(&verified[piece++], 1);
	}
	return piece * WIRE_PIECE_SIZE <= pos ? 0 : MIN(piece * WIRE_PIECE_SIZE - pos, len);
}

/* --- the manifest --- */

static_assert(1u << IMAGE_PIECE_BITS == WIRE_PIECE_SIZE, "all mean the same pieces");

/* How many pieces from `first` on are right now; less than 1: it is not. */
static int manifest_ask(struct image_super *s, u64 first, u64 count)
{
	int right = plat_file_verify(s->manifest_tree, ".", (u32)first, (u32)count);

	for (int n = 0; n < right && (u64)n < count; n++)
		atomic_store(&s->checks.right[first + (u64)n], 1);
	return right;
}

/* On another processor, ahead of who goes over all of it: up to what is damaged. */
static void verify_rest(void *super)
{
	struct super *sb = super;
	struct image_super *s = sb->private;
	u64 count = pieces_in(s->image.size), piece = 0, end;
	int right = 1;

	while (right > 0 && piece < count) {
		if (atomic_load(&s->checks.right[piece])) {
			piece++;
			continue;
		}
		for (end = piece; end < count && !atomic_load(&s->checks.right[end]);)
			end++;
		right = manifest_ask(s, piece, end - piece);
	}
	super_put(sb);
}

static bool manifest_check(struct image_checks *checks, u64 piece)
{
	struct image_super *s = container_of(checks, struct image_super, checks);

	if (manifest_ask(s, piece, 1) < 1)
		return false;
	if (++s->pieces == MAX(PIECES_MANY, pieces_in(s->image.size) / 4)) {
		super_get(s->sb);
		if (!ahead_run(verify_rest, s->sb))
			super_put(s->sb);
	}
	return true;
}

int image_checks_init(struct image_super *s, u64 size)
{
	u64 count = pieces_in(size);

	/* One of a single piece has been verified by the broker. */
	if (count <= 1)
		return 0;
	if (count > PIECES_MAX)
		return -EFBIG;
	s->checks.right = kzalloc(count);
	s->checks.check = manifest_check;
	return s->checks.right == NULL ? -ENOMEM : 0;
}
