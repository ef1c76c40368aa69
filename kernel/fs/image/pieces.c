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
#define PIECES_MANY 8u		  /* of the manifest and half of it: the rest will be wanted, too */

static u64 pieces_of(const struct inode *i)
{
	return i->size / WIRE_PIECE_SIZE + (i->size % WIRE_PIECE_SIZE != 0);
}

int image_pieces_create(const struct inode *i, u8 **ret)
{
	u64 count = pieces_of(i);

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

static bool manifest_check(struct image_checks *checks, u64 piece)
{
	struct image_super *s = container_of(checks, struct image_super, checks);

	if (plat_file_verify(s->manifest_tree, ".", (u32)piece, 1) < 1)
		return false;
	atomic_store(&checks->right[piece], 1);
	if (++s->pieces >= MAX(PIECES_MANY, s->image.size / WIRE_PIECE_SIZE / 2))
		image_index_want(s);
	return true;
}

int image_checks_init(struct image_super *s, u64 size)
{
	u64 count = size / WIRE_PIECE_SIZE + (size % WIRE_PIECE_SIZE != 0);

	/* One of a single piece has been verified by the broker. */
	if (count <= 1)
		return 0;
	if (count > PIECES_MAX)
		return -EFBIG;
	s->checks.right = kzalloc(count);
	s->checks.check = manifest_check;
	return s->checks.right == NULL ? -ENOMEM : 0;
}
