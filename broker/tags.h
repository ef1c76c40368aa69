/*
 * Tags: what spares a sandbox most of the hashing that an earlier one did.
 *
 * OVERVIEW. Objects of the store are compared with their names before they are used, in each
 * sandbox anew, since what lies on a disk may have changed. SHA-256 of 512 KiB takes 150 us. Of
 * content that was found right a tag is kept: a message authentication code under a key that
 * only the user has (AEGIS-128L, draft-irtf-cfrg-aegis-aead, 22 us). The next sandbox reads
 * all bytes again and compares the tag; where there is none, or another, the hash decides as ever.
 *
 * TRUST. The key and the tags are in one file, in the folder of kept texts, which is the user's
 * alone: who can read it can make content that a tag agrees with, but must be able to write to
 * the store as well. A tag never says that content is wrong.
 */
#ifndef NACRE_BROKER_TAGS_H
#define NACRE_BROKER_TAGS_H

#include "store/host/digest.h"

#define TAG_SIZE 16
#define TAGS_FILE "tags"
#define TAGS_SLOTS (1u << 16)
#define TAGS_WAYS 4u
#define TAGS_SLOTS_AT 4096u

/* At the beginning of the file. */
struct tags_header {
	u64 magic;
	u32 version, slots;
	u8 key[TAG_SIZE];
};

#define TAGS_MAGIC 0x7367617465726361ull
#define TAGS_VERSION 1u

/* One piece, or a whole object that is no larger; of it in the file. */
struct tag {
	u8 of[12]; /* the first bytes of the object's name */
	u32 piece;
	u8 code[TAG_SIZE];
};

/* Where the file is, or is made when it is needed first; NULL: no tags. The string stays. */
void tags_use(const char *directory);
/*
 * Is that the content of a piece of the object of that name, as far as its tag tells? *ret is what
 * tag_keep() takes once the hash has said so.
 */
MUST_USE bool tag_agrees(const u8 digest[DIGEST_SIZE], u32 piece, const void *data, size_t size,
			 struct tag *ret);
/* The content that *tag was made of is right: later sandboxes may know. */
void tag_keep(const struct tag *tag);

/* The code by itself: head_size and size in bytes; head_size of multiples of 32. */
void tag_code(const u8 key[TAG_SIZE], const u8 nonce[TAG_SIZE], const void *head, size_t head_size,
	      const void *data, size_t size, u8 ret[TAG_SIZE]);

#endif
