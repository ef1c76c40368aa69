/* Using images on the host: mapping, walking, following paths, turning one back into a tree. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "store/erofs.h"
#include "store/host/host.h"

#define DEPTH_MAX 2048
#define LINKS_MAX 40

int image_map(struct store *store, const u8 digest[DIGEST_SIZE], bool verify,
	      struct mapped *ret)
{
	struct mapped mapped = { 0 };
	struct verity *verity;
	u8 found[DIGEST_SIZE];
	char path[OBJECT_PATH_SIZE];
	struct stat st;
	int fd;

	object_path(digest, path);
	fd = openat(store->images, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0) {
		complain("image %s: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	mapped.size = (size_t)st.st_size;
	memcpy(mapped.digest, digest, DIGEST_SIZE);
	mapped.base = mapped.size == 0 ? MAP_FAILED :
					 mmap(NULL, mapped.size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (mapped.base == MAP_FAILED) {
		complain("image %s: %s", path, mapped.size == 0 ? "is empty" : strerror(errno));
		return -1;
	}
	if (verify) {
		verity = xmalloc(sizeof(*verity));
		verity_begin(verity, NULL);
		verity_add(verity, mapped.base, mapped.size);
		verity_end(verity, found);
		free(verity);
	}
	if ((verify && memcmp(found, digest, DIGEST_SIZE) != 0) ||
	    image_open(&mapped.image, mapped.base, mapped.size, NULL) < 0) {
		complain("image %s is damaged", path);
		munmap(mapped.base, mapped.size);
		return -1;
	}
	*ret = mapped;
	return 0;
}

int image_map_name(struct store *store, const char *name, struct mapped *ret)
{
	u8 digest[DIGEST_SIZE];

	if (ref_resolve(store, name, digest) < 0)
		return -1;
	return image_map(store, digest, true, ret);
}

void image_unmap(struct mapped *mapped)
{
	munmap(mapped->base, mapped->size);
}

/* --- walking --- */

struct level {
	struct image_inode dir;
	u64 cursor;
	size_t path_len;
};

struct walk {
	struct visit visit;
	int (*call)(struct visit *visit);
	struct level *levels;
	u32 depth;
	char path[PATH_MAX + EROFS_NAME_MAX + 2];
	u8 *seen; /* a bit for each possible inode */
	u64 seen_count;
};

/* True the first time. */
static bool see(struct walk *walk, u64 nid)
{
	u8 bit = (u8)(1 << (nid & 7));

	if (nid >= walk->seen_count || (walk->seen[nid >> 3] & bit) != 0)
		return false;
	walk->seen[nid >> 3] |= bit;
	return true;
}

static int damaged(const struct walk *walk, const char *what)
{
	complain("the image is damaged: %s at /%.*s", what, (int)walk->visit.path_len, walk->path);
	return -1;
}

static int descend(struct walk *walk)
{
	struct level *level;

	/* Every directory has one name, or the walk would not end. */
	if (!walk->visit.first)
		return damaged(walk, "a directory with two names");
	if (walk->depth == DEPTH_MAX || walk->visit.path_len >= PATH_MAX)
		return damaged(walk, "too many directories in one another");
	level = &walk->levels[walk->depth++];
	level->dir = walk->visit.inode;
	level->cursor = 0;
	level->path_len = walk->visit.path_len;
	return 0;
}

static int visit_one(struct walk *walk)
{
	int result = walk->call(&walk->visit);

	if (result == 0 && S_ISDIR(walk->visit.inode.mode))
		result = descend(walk);
	return result;
}

/* The next entry of the deepest directory: 1, 0 at its end, -1. */
static int next_entry(struct walk *walk)
{
	struct level *level = &walk->levels[walk->depth - 1];
	struct visit *visit = &walk->visit;
	int result;

	visit->path_len = level->path_len;
	do
		result = image_readdir(visit->image, &level->dir, &level->cursor, &visit->entry);
	while (result == 1 &&
	       ((visit->entry.len == 1 && visit->entry.name[0] == '.') ||
		(visit->entry.len == 2 && memcmp(visit->entry.name, "..", 2) == 0)));
	if (result <= 0)
		return result < 0 ? damaged(walk, "a directory") : 0;
	if (level->path_len != 0)
		walk->path[visit->path_len++] = '/';
	memcpy(walk->path + visit->path_len, visit->entry.name, visit->entry.len);
	visit->path_len += visit->entry.len;
	walk->path[visit->path_len] = 0;
	if (image_inode(visit->image, visit->entry.nid, &visit->inode) < 0)
		return damaged(walk, "an inode");
	visit->first = see(walk, visit->entry.nid);
	return 1;
}

static int walk_all(struct walk *walk)
{
	int result = visit_one(walk);

	while (result == 0 && walk->depth > 0) {
		if (interrupted())
			return -1;
		result = next_entry(walk);
		if (result == 0)
			walk->depth--;
		else if (result == 1)
			result = visit_one(walk);
	}
	return result;
}

int image_walk(const struct image *image, u64 nid, int (*call)(struct visit *visit),
	       void *context)
{
	struct walk *walk = xcalloc(1, sizeof(*walk));
	int result = -1;

	walk->call = call;
	walk->seen_count = (image->size - MIN(image->meta, image->size)) / EROFS_SLOT + 1;
	walk->seen = xcalloc(1, walk->seen_count / 8 + 1);
	walk->levels = xcalloc(DEPTH_MAX, sizeof(*walk->levels));
	walk->visit = (struct visit){ .image = image, .path = walk->path, .context = context };
	if (image_inode(image, nid, &walk->visit.inode) < 0) {
		damaged(walk, "an inode");
	} else {
		walk->visit.first = see(walk, nid);
		result = walk_all(walk);
	}
	free(walk->levels);
	free(walk->seen);
	free(walk);
	return result;
}

/* --- content held by the image --- */

char *image_bytes(const struct image *image, const struct image_inode *inode)
{
	char *bytes;
	const u8 *part;
	u64 at = 0, size;

	if (inode->size > (u64)1 << 20)
		return NULL;
	bytes = xmalloc(inode->size + 1);
	while (at < inode->size) {
		if (image_data(image, inode, at, &part, &size) < 0 || size == 0) {
			free(bytes);
			return NULL;
		}
		memcpy(bytes + at, part, size);
		at += size;
	}
	bytes[inode->size] = 0;
	return bytes;
}

char *xattr_name(const struct image_xattr *xattr)
{
	size_t prefix = strlen(xattr->prefix);
	char *name = xmalloc(prefix + xattr->name_len + 1);

	memcpy(name, xattr->prefix, prefix);
	memcpy(name + prefix, xattr->name, xattr->name_len);
	name[prefix + xattr->name_len] = 0;
	return name;
}

/* --- paths --- */

struct step {
	u64 stack[DEPTH_MAX]; /* the directories from the root on */
	u32 depth;
	u32 links;
	char *rest; /* freed */
};

static int step_into_link(const struct image *image, struct step *step,
			  const struct image_inode *link, const char *rest, bool slash)
{
	char *target = image_bytes(image, link), *joined;

	if (target == NULL || ++step->links > LINKS_MAX) {
		errno = target == NULL ? EIO : ELOOP;
		free(target);
		return -1;
	}
	if (target[0] == '/')
		step->depth = 1;
	joined = xprintf("%s%s%s", target, slash ? "/" : "", rest);
	free(target);
	free(step->rest);
	step->rest = joined;
	return 0;
}

/* One name: "." and "..", a directory, a link or the end. */
static int step_name(const struct image *image, struct step *step, const char *name, size_t len,
		     bool follow, struct image_inode *ret)
{
	struct image_entry entry;
	struct image_inode dir;
	const char *rest = name + len;
	int result;

	if (len == 2 && memcmp(name, "..", 2) == 0) {
		if (step->depth > 1)
			step->depth--;
		return image_inode(image, step->stack[step->depth - 1], ret);
	}
	result = image_inode(image, step->stack[step->depth - 1], &dir);
	if (result == 0)
		result = len > EROFS_NAME_MAX ? -ENAMETOOLONG :
						image_lookup(image, &dir, name, (u32)len, &entry);
	if (result == 0)
		result = image_inode(image, entry.nid, ret);
	if (result < 0)
		return result;
	rest += strspn(rest, "/");
	if (S_ISLNK(ret->mode) && (follow || *rest != 0 || name[len] == '/'))
		return step_into_link(image, step, ret, rest, name[len] == '/') < 0 ? -errno : 1;
	if (S_ISDIR(ret->mode)) {
		if (step->depth == DEPTH_MAX)
			return -ENAMETOOLONG;
		step->stack[step->depth++] = entry.nid;
	} else if (name[len] == '/') {
		return -ENOTDIR;
	}
	return 0;
}

int image_path(const struct image *image, const char *path, bool follow,
	       struct image_inode *ret)
{
	struct step *step = xcalloc(1, sizeof(*step));
	const char *at;
	int result;

	step->rest = xprintf("%s", path);
	step->stack[step->depth++] = image->root;
	at = step->rest;
	result = image_inode(image, image->root, ret);
	while (result >= 0) {
		size_t len;

		at += strspn(at, "/");
		len = strcspn(at, "/");
		if (len == 0)
			break;
		if (!(len == 1 && at[0] == '.'))
			result = step_name(image, step, at, len, follow, ret);
		at = result == 1 ? step->rest : at + len;
	}
	/* A link that led to "/" or "." leaves the link in ret. */
	if (result >= 0 && S_ISLNK(ret->mode) && follow)
		result = image_inode(image, step->stack[step->depth - 1], ret);
	free(step->rest);
	free(step);
	if (result >= 0)
		return 0;
	complain("%s: %s", path, strerror(-result));
	return -1;
}

/* --- an image as a tree --- */

struct copier {
	struct tree *tree;
	struct entry **levels; /* the directory entered at each depth */
	struct inode **by_nid;
	u64 nid_count;
};

struct inode *image_inode_copy(const struct image *image, const struct image_inode *from)
{
	struct inode *inode = inode_create(from->mode);
	struct image_xattr xattr;
	u64 cursor = 0;
	char *bytes;
	int result;

	inode->uid = from->uid;
	inode->gid = from->gid;
	inode->rdev = from->rdev;
	inode->mtime = (s64)from->mtime;
	inode->mtime_nsec = from->mtime_nsec;
	inode->size = S_ISREG(from->mode) ? from->size : 0;
	while ((result = image_xattr(image, from, &cursor, &xattr)) == 1) {
		char *name = xattr_name(&xattr);

		inode_set_xattr(inode, name, xattr.value, xattr.value_size);
		free(name);
	}
	if (result == 0 && (S_ISLNK(from->mode) || (S_ISREG(from->mode) && from->size != 0))) {
		if (image_object(image, from, inode->digest) == 0) {
			inode->content = CONTENT_OBJECT;
		} else {
			bytes = image_bytes(image, from);
			if (bytes == NULL || (S_ISREG(from->mode) && from->size > INLINE_MAX)) {
				free(bytes);
				result = -1;
			} else if (S_ISLNK(from->mode)) {
				inode->target = bytes;
			} else {
				inode->content = CONTENT_INLINE;
				memcpy(inode->bytes, bytes, from->size);
				free(bytes);
			}
		}
	}
	if (result == 0)
		return inode;
	inode_put(inode);
	return NULL;
}

static u32 depth_of(const struct visit *visit)
{
	u32 depth = visit->path_len != 0;

	for (size_t i = 0; i < visit->path_len; i++)
		depth += visit->path[i] == '/';
	return depth;
}

static int copy_visit(struct visit *visit)
{
	struct copier *copier = visit->context;
	u32 depth = depth_of(visit);
	u64 nid = visit->inode.nid;
	struct inode *inode = copier->by_nid[nid];
	struct entry *entry;

	if (visit->first)
		inode = image_inode_copy(visit->image, &visit->inode);
	if (inode == NULL) {
		complain("the image is damaged at /%s", visit->path);
		return -1;
	}
	copier->by_nid[nid] = inode;
	if (depth == 0) {
		inode_put(copier->tree->root.inode);
		copier->tree->root.inode = inode;
		inode->links = 1;
		entry = &copier->tree->root;
	} else {
		entry = tree_add(copier->tree, copier->levels[depth - 1], visit->entry.name,
				 visit->entry.len, inode);
	}
	copier->levels[depth] = entry;
	return 0;
}

struct tree *image_to_tree(const struct image *image)
{
	struct copier copier = { .tree = tree_create() };
	int result;

	copier.nid_count = image->size / EROFS_SLOT + 1;
	copier.by_nid = xcalloc(copier.nid_count, sizeof(*copier.by_nid));
	copier.levels = xcalloc(DEPTH_MAX + 2, sizeof(*copier.levels));
	result = image_walk(image, image->root, copy_visit, &copier);
	free(copier.by_nid);
	free(copier.levels);
	if (result == 0)
		return copier.tree;
	tree_destroy(copier.tree);
	return NULL;
}
