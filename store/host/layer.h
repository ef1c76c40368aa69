/* The tree that a sandbox's layer makes of an image. See layer.c. */
#ifndef NACRE_STORE_HOST_LAYER_H
#define NACRE_STORE_HOST_LAYER_H

#include "store/host/host.h"
#include "store/layer.h"

/* How the contents of files come into the tree. */
struct layer_content {
	/*
	 * Of the file that entry names first: give its inode the content of data/id, and its
	 * time. 0, or -1 after saying why not.
	 */
	int (*set)(void *context, struct entry *entry, u64 id);
	void *context;
};

/*
 * image with the changes that the first size bytes of the journal tell of. complete: the
 * sandbox must have said that this is all. NULL after saying why not.
 */
struct tree *layer_tree(const struct image *image, int journal, u64 size, bool complete,
			const struct layer_content *content);

#endif
