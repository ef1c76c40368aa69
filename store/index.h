/*
 * Which entry of an image's directories has a name: a hash table with a Bloom filter before
 * it, for all directories at once.
 *
 * It is made of the image by whoever uses it and lies in his memory, so nobody has to believe
 * what a file says. What it finds is compared with the directory itself all the same.
 * Freestanding, without locks: who reads one that is still being filled misses names.
 */
#ifndef NACRE_STORE_INDEX_H
#define NACRE_STORE_INDEX_H

#include "store/image.h"

struct image_index {
	u64 seed;
	u64 mask;    /* slots - 1 */
	u64 *slots;  /* 0: free; hash << 32 | place in the directory */
	u64 *filter; /* a word for each eight slots */
};

/* Bytes of memory for so many names; 0: too many. */
MUST_USE u64 image_index_size(u64 names);
/* memory: of that size, aligned and zeroed. seed: a number that no image can know. */
void image_index_init(struct image_index *ret, void *memory, u64 names, u64 seed);
/*
 * The name at *cursor of a directory, which image_readdir() has just gone past. False: there
 * is no room, or the image has been made to fill it badly.
 */
MUST_USE bool image_index_add(struct image_index *index, u64 dir, const struct image_entry *name,
			      u64 cursor);
/* As image_lookup(), of a name other than the dots. */
MUST_USE int image_index_lookup(const struct image_index *index, const struct image *image,
				const struct image_inode *dir, const char *name, u32 len,
				struct image_entry *ret);

#endif
