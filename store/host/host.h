/*
 * What the files of store/host share: the program nacre-store, which `nacre store` becomes.
 *
 * OVERVIEW. Sources (scan.c a directory, archive.c tar and zip, oci.c a layout) fill a tree
 * (tree.c); content goes to objects (object.c, hashed by digest.c); build.c makes the image
 * of a tree; store.c knows the folder, its locks and names. The other files are commands.
 *
 * ERRORS. A function that can fail says why on the standard error (complain()) and returns
 * -1, or NULL; memory that is not there ends the program.
 */
#ifndef NACRE_STORE_HOST_HOST_H
#define NACRE_STORE_HOST_HOST_H

#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>

#include "lib/types.h"
#include "store/host/digest.h"
#include "store/host/place.h"
#include "store/image.h"

/* Exit statuses; 130 after an interrupt. */
enum { EXIT_OK = 0, EXIT_DIFFERENT = 1, EXIT_FAILED = 125, EXIT_INTERRUPTED = 130 };

#define HEX_SIZE 65 /* a digest in digits + NUL */
#define INLINE_MAX 64 /* content up to this lies in the image, as composefs has it */

/* --- main.c: what the command line said --- */

struct options {
	const char *store; /* NULL: the default */
	bool json, quiet, no_filter, force_hash, move, long_list, remove, force, one_file_system;
	const char *name, *format, *repair;
	const char **excludes;
	u32 exclude_count;
	u32 jobs; /* at least 1 */
};

extern struct options options;

/* --- output.c --- */

void complain(const char *format, ...) PRINTF_LIKE(1, 2);
/*
 * After a write to the standard output has failed, by errno: complains, or when the reader has gone
 * ends the program by SIGPIPE, as it ends others.
 */
void output_failed(void);
NORETURN void out_of_memory(void);
void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *old, size_t size);
char *xstrndup(const char *s, size_t len);
char *xprintf(const char *format, ...) PRINTF_LIKE(1, 2);

/* True after SIGINT, SIGTERM or SIGHUP: finish quickly, leave nothing half. */
bool interrupted(void);
void catch_interrupts(void);

/* A bar on a terminal, nothing elsewhere. total 0: unknown. Any thread. */
void progress(const char *what, u64 done, u64 total, u64 bytes);
void progress_end(void);

/* Names are bytes: escaped on a terminal; in JSON hex when not UTF-8. */
void print_name(FILE *to, const char *name, size_t len);
json_t *json_name(const char *name, size_t len);
/* Print and free. */
void json_print(json_t *value);
void print_size(char ret[16], u64 bytes);
void mode_text(u32 mode, char ret[11]);
const char *kind_name(u32 mode);
void time_text(s64 seconds, u32 nsec, char ret[40]);
void hex_text(const u8 *digest, char ret[HEX_SIZE]);
bool hex_parse(const char *text, u8 ret[OBJECT_DIGEST_SIZE]);

/* --- store.c --- */

enum store_lock { LOCK_READER, LOCK_SWEEPER };

struct store {
	char *path;
	int fd, objects, images, refs, tmp;
	int hashes; /* -1: an older store that cannot be given that folder */
	int lock; /* the flock's; -1 without */
	bool verity; /* FS_IOC_ENABLE_VERITY has not been refused yet */
	u32 features; /* 1 << enum store_feature: what `format` names */
};

/* create: make it when it is not there. The default place or options.store. */
MUST_USE int store_open(struct store *store, bool create);
/* What is going to be used is named in `format` first, so that no older nacre passes over it. */
MUST_USE int store_require(struct store *store, enum store_feature feature);
/* Reader: any number, keeps sweepers out. Waits. */
MUST_USE int store_lock(struct store *store, enum store_lock kind);
void store_unlock(struct store *store);
void store_close(struct store *store);
/* A file's name that nobody else gives, no process of another container or of before either. */
char *own_name(const char *rest);
/* A fresh file in tmp/ for writing and reading; *ret_name is its name, freed by the caller. */
MUST_USE int store_temp(struct store *store, char **ret_name);
/* Remove a directory with all in it. -1 after saying why not. */
int remove_tree(const char *path);
/* ... of a store's folder. */
MUST_USE int remove_all(struct store *store, const char *folder, const char *name);
/* Everything written so far is on the disk afterwards. */
MUST_USE int store_sync(struct store *store);
/* Read a whole small file below dir; NULL without complaint when it is not there. */
char *read_small(int dir, const char *name, size_t max, size_t *ret_size);
/* Write all, over interruptions. */
MUST_USE int write_all(int fd, const void *data, size_t size);
/* Replace the file name in dir by data: temporary, sync, rename, sync of the directory. */
MUST_USE int replace_file(struct store *store, int dir, const char *name, const void *data,
			  size_t size);

struct ref {
	char *name;
	u8 digest[DIGEST_SIZE]; /* of the image */
	struct ref_text text; /* what is protected; its digest is not looked at */
};

static inline bool ref_is_protected(const struct ref *ref)
{
	return ref->text.protected || ref->text.path_count != 0;
}

#define NAME_RULE                                                                          \
	"an image's name has letters, digits and . _ + - @ only, 200 at most, and begins " \
	"with neither . nor -"

/* Held while a name's file is read and replaced; close it. -1 after saying why not. */
MUST_USE int names_lock(struct store *store);
void ref_free(struct ref *ref);
void ref_list_free(struct ref *refs, u32 count);

MUST_USE int ref_read(struct store *store, const char *name, struct ref *ret);
MUST_USE int ref_write(struct store *store, const struct ref *ref);
/* All, sorted by name; *ret_count of them. NULL: failed, also when one is damaged, and said so. */
struct ref *ref_list(struct store *store, u32 *ret_count);
/* Without those that are damaged, of which something is said. */
struct ref *ref_list_readable(struct store *store, u32 *ret_count, u32 *ret_damaged);
/* Whatever is in their files. */
char **ref_names(struct store *store, u32 *ret_count);
void ref_names_free(char **names, u32 count);
/* A name, or the 64 digits of an image's digest. */
MUST_USE int ref_resolve(struct store *store, const char *name, u8 ret[DIGEST_SIZE]);
/* The immutable flag of a file in dir; best effort: 0 or -1, silent. */
int set_immutable(int dir, const char *name, bool on);

/* --- protect.c --- */

/* Can an image be called so, and may the name be changed? 0, or -1 after saying why not. */
MUST_USE int name_check(struct store *store, const char *name);
/* The same for who is going to mount it :sync, which leaves protected paths as they are. */
MUST_USE int name_check_sync(struct store *store, const char *name);
/* Is what the name protects the same in another image, with all below it? -1: cannot be read. */
MUST_USE int same_protected(struct store *store, const struct ref *ref,
			    const u8 other[DIGEST_SIZE]);
/* Does a name protect that path of its image? In silence. */
bool name_protects(struct store *store, const char *name, const char *path);
/* The paths, for --json. */
json_t *json_protected(const struct ref_text *text);
/* False: a protected path is not in the image, of which something is said. */
bool protected_paths_exist(const struct image *image, const struct ref_text *text);

/* --- batch.c --- */

/* What a run of ingest has written. Any thread may add. */
struct batch {
	struct store *store;
	pthread_mutex_t lock; /* of all below */
	struct batch_item *items; /* not yet published */
	u32 count, capacity;
	u64 waiting_bytes;
	struct batch_item *going; /* being published */
	u32 going_count;	  /* not 0: a thread is at it */
	pthread_cond_t part_done;
	bool failed; /* a part could not be published, and that was said */
	struct digest_set *claimed;
	u64 new_objects, new_bytes, known_objects;
};

void batch_init(struct batch *batch, struct store *store);
/* Forget what was not published; its temporary files go. */
void batch_fini(struct batch *batch);
/* Content in memory. */
MUST_USE int batch_put(struct batch *batch, struct verity *verity, const void *data,
		       size_t size, u8 ret[DIGEST_SIZE]);
/* Content of a file of `size` bytes; the object is what was read, whatever others do to it. */
MUST_USE int batch_put_file(struct batch *batch, struct verity *verity, int fd, u64 *size,
			    u8 ret[DIGEST_SIZE]);
/* A file of tmp/ complete in itself; it is consumed. pieces: of that content. */
MUST_USE int batch_put_temp(struct batch *batch, int fd, char *name, u64 size,
			    const u8 digest[DIGEST_SIZE], const struct pieces *pieces);
/* Keep the hashes of the pieces of what has that name; they only save time: nothing is said. */
void pieces_place(struct store *store, const struct pieces *pieces,
		  const char name[OBJECT_PATH_SIZE]);
/* The first bytes of content that has been added: how many, at most size. */
size_t batch_peek(struct batch *batch, const u8 digest[DIGEST_SIZE], void *data, size_t size);
/* Sync, move to the final names, sync. */
MUST_USE int batch_publish(struct batch *batch);
/* The same, faster for a few objects: file by file. What was known is on the disk then, too. */
MUST_USE int batch_publish_soon(struct batch *batch);

/* --- object.c --- */

/* Is there an object of that name and size? Its content is not looked at. */
bool object_present(struct store *store, const u8 digest[DIGEST_SIZE], u64 size);
/* Open for reading: >= 0, or -errno in silence. */
int object_open(struct store *store, const u8 digest[DIGEST_SIZE]);
/* The digest of what fd gives from offset 0 to its end. -1 and errno. */
MUST_USE int digest_fd(struct verity *verity, int fd, u64 *ret_size, u8 ret[DIGEST_SIZE]);
/* Open and read it all: -1 and a complaint that names the path when it is not what it says. */
int object_open_verified(struct store *store, const u8 digest[DIGEST_SIZE], u64 size,
			 const char *path);
/* Give fd's content (from 0, size bytes) to another file: clone, copy, or read and write. */
MUST_USE int copy_content(int from, int to, u64 size);
/* The same from 0 to its end, and the digest of what the copy holds then. -1 and errno. */
MUST_USE int copy_and_digest(int from, int to, struct verity *verity, struct pieces *pieces,
			     u64 *ret_size, u8 ret[DIGEST_SIZE]);
/* Move a damaged file out of the way, never away: below quarantine/. */
MUST_USE int quarantine(struct store *store, int dir, const char *path);

/* A set of digests with a number for each. Not for threads. */
struct digest_set *digest_set_create(void);
void digest_set_destroy(struct digest_set *set);
/* The number of the digest, made 0 when it was not there; *ret_new tells. Valid until the next. */
u64 *digest_set_add(struct digest_set *set, const u8 digest[DIGEST_SIZE], bool *ret_new);
/* NULL: not there. */
u64 *digest_set_find(const struct digest_set *set, const u8 digest[DIGEST_SIZE]);
u32 digest_set_count(const struct digest_set *set);
/* Each in turn, in no order: *cursor 0 at first; NULL at the end. */
const u8 *digest_set_next(const struct digest_set *set, u32 *cursor, u64 **ret_number);

/* --- tree.c --- */

enum content { CONTENT_NONE, CONTENT_INLINE, CONTENT_OBJECT };

struct tree_xattr {
	char *name;
	u8 *value;
	u32 size;
};

struct inode {
	u32 mode, uid, gid, rdev;
	s64 mtime;
	u32 mtime_nsec;
	u32 links; /* entries that refer to it */
	u64 size;
	char *target; /* of a symbolic link */
	struct tree_xattr *xattrs;
	u32 xattr_count;
	enum content content;
	u8 bytes[INLINE_MAX];
	u8 digest[DIGEST_SIZE];
	/* of a directory */
	struct entry **entries;
	u32 entry_count, entry_capacity;
	/* scan.c: where it was found */
	u64 source_dev, source_ino;
	s64 source_ctime;
	u32 source_ctime_nsec;
	struct entry *first; /* the first entry found for it */
	u32 job;	     /* index in ingest.jobs + 1, 0: none */
	const char *left_out; /* every name of it shall go, and why; NULL: stays */
	/* build.c */
	u64 nid, blocks, image_size;
	u32 number, layout, xattr_bytes;
	struct inode *parent;
	bool placed;
};

struct entry {
	char *name; /* terminated; "" is the root's */
	u32 len;
	struct inode *inode;
	struct entry *parent; /* NULL: the root */
	struct entry *next_hash;
	u32 layer; /* of tree->layer, when it was made or last described */
};

struct tree {
	struct entry root;
	struct entry **hash;
	u32 hash_size;
	u32 count; /* entries without the root */
	u32 layer;
};

struct tree *tree_create(void);
void tree_destroy(struct tree *tree);
struct inode *inode_create(u32 mode);
void inode_put(struct inode *inode);
/* NULL: none. */
struct entry *tree_find(struct tree *tree, struct entry *dir, const char *name, u32 len);
/* The name must be free; the entry takes a link of the inode. */
struct entry *tree_add(struct tree *tree, struct entry *dir, const char *name, u32 len,
		       struct inode *inode);
/* With everything below it. */
void tree_remove(struct tree *tree, struct entry *entry);
/* Every entry for which test says so. */
void tree_remove_if(struct tree *tree, bool (*test)(const struct entry *entry, void *context),
		    void *context);
void inode_set_xattr(struct inode *inode, const char *name, const void *value, u32 size);
void inode_remove_xattr(struct inode *inode, const char *name);
void inode_clear_xattrs(struct inode *inode);
/* Entries of every directory by name, attributes by name. Before build. */
void tree_sort(struct tree *tree);
/* The path below the root, "" for it; freed by the caller. */
char *entry_path(const struct entry *entry);
static inline bool inode_is(const struct inode *inode, u32 kind)
{
	return (inode->mode & S_IFMT) == kind;
}

/* --- sources --- */

/* What ingest and its sources share. */
struct ingest {
	struct store *store;
	struct batch batch;
	struct tree *tree;
	json_t *left_out; /* of objects: path and why */
	u64 files, bytes, skipped;
	s64 started; /* seconds */
	struct cache *cache;
	int source; /* the directory being read; -1: not one */
	struct job *jobs;
	u32 job_count, job_capacity;
	u64 total_bytes;
	/* NULL: every file is read; else those of a size in it (as fsck's repair needs). */
	bool (*wanted)(const struct ingest *in, u64 size);
	void *wanted_context;
	pthread_mutex_t lock; /* of left_out, files, bytes, skipped while threads run */
};

/* A file whose content is wanted. */
struct job {
	struct entry *entry;
	char *path;
	const char *secret;	  /* NULL, or the pattern that its name matches */
	const char *secret_words; /* of which it must hold one then */
};
void ingest_init(struct ingest *in, struct store *store);
void ingest_fini(struct ingest *in);
void add_job(struct ingest *in, struct entry *entry, const char *path, const char *secret,
	     const char *words);
/* Read what the jobs name below in->source. */
MUST_USE int run_jobs(struct ingest *in);
/* Open a path below a directory without leaving it or following links; -1 and errno. */
int open_beneath(int dir, const char *path, int flags);
/* The attributes of dir/name (not followed), name NULL: of the open file dir, into inode. */
/* Is an attribute of that name kept? */
bool xattr_known(const char *name);
MUST_USE int read_xattrs(struct ingest *in, int dir, const char *name, const char *path,
			 struct inode *inode);
void inode_set_stat(struct inode *inode, const struct stat *st);
/* Make content small enough inline, else an object. */
MUST_USE int inode_set_content(struct batch *batch, struct verity *verity, struct inode *inode,
			       const void *data, size_t size);

/* Is the path below SRC excluded by --exclude? */
bool path_excluded(const char *path, const char *name);
/* The secrets filter by name: NULL, or the pattern; *ret_content: what must be looked for. */
const char *secret_pattern(const char *path, const char *name, const char **ret_content);
bool secret_content(const char *words, const void *data, size_t size);
void left_out(struct ingest *in, const char *path, const char *why);
#define WENT_AWAY "went away while it was read"
#define IS_SECRET "looks like a secret"
/* All names of the files that have left_out set, into the report. */
void remove_left_out(struct ingest *in);

/* A directory's tree, and (hash.c) the content of its files, by options.jobs threads. */
MUST_USE int scan_directory(struct ingest *in, const char *path);
MUST_USE int read_archive(struct ingest *in, const char *path);
/* One layer of an OCI image, its whiteouts applied to what is there. */
MUST_USE int read_layer(struct ingest *in, int fd, const char *what);
MUST_USE int read_oci(struct ingest *in, const char *path);
bool is_oci_layout(const char *path);
/* Remove what scan_directory has read: --mode move. */
MUST_USE int remove_source(struct ingest *in, const char *path);

/* cache.c: what files of a directory had which digest last time. */
struct cache_key {
	u64 dev, ino, size;
	s64 mtime, ctime;
	u32 mtime_nsec, ctime_nsec;
};
struct cache *cache_load(struct store *store, const char *source);
const u8 *cache_find(const struct cache *cache, const struct cache_key *key);
/* Any thread. */
void cache_add(struct cache *cache, const struct cache_key *key, const u8 *digest);
/* Keep what was added for the next time; failure is of no consequence. */
void cache_save(struct store *store, struct cache *cache);
void cache_destroy(struct cache *cache);

/* --- build.c: an image of a sorted tree --- */

/* *ret is malloc'ed. Fails for what the format cannot hold. */
MUST_USE int image_build(struct tree *tree, void **ret, size_t *ret_size);
/* Build, write, sync, publish; then the name. */
MUST_USE int image_publish(struct store *store, struct tree *tree, u8 ret[DIGEST_SIZE]);

/* --- walk.c: using images --- */

struct mapped {
	struct image image;
	void *base;
	size_t size;
	u8 digest[DIGEST_SIZE];
};

/* Map the image of that digest; verify: compare it with its name first. */
MUST_USE int image_map(struct store *store, const u8 digest[DIGEST_SIZE], bool verify,
		       struct mapped *ret);
MUST_USE int image_map_name(struct store *store, const char *name, struct mapped *ret);
void image_unmap(struct mapped *mapped);

struct visit {
	const struct image *image;
	const char *path; /* "" the root, else without a slash in front */
	size_t path_len;
	struct image_entry entry; /* unset for the root */
	struct image_inode inode;
	bool first; /* the first time this inode is seen */
	void *context;
};

/*
 * Call visit for the directory and everything below it, parents first, in order. visit
 * returns 0 to go on. Damage is complained about and is -1.
 */
MUST_USE int image_walk(const struct image *image, u64 nid,
			int (*visit)(struct visit *visit), void *context);
/* A path, symbolic links not followed in its last part: 0, or -1 and a complaint. */
MUST_USE int image_path(const struct image *image, const char *path, bool follow,
			struct image_inode *ret);
/* An inode as it was before it became an image's, without names; NULL: damaged. */
struct inode *image_inode_copy(const struct image *image, const struct image_inode *from);
/* A tree as it was before it became an image. */
struct tree *image_to_tree(const struct image *image);
/* The whole content of a link or small file, terminated; freed by the caller. */
char *image_bytes(const struct image *image, const struct image_inode *inode);
char *xattr_name(const struct image_xattr *xattr);

/* --- report.c --- */

/* Do two entries and all below them have the same content and metadata? Both sorted. */
bool same_below(const struct inode *a, const struct inode *b);

/* --- sweep.c --- */

/* Call visit for every file of objects/ or images/ (dir); digest NULL: its name is none. */
MUST_USE int for_each_stored(int dir,
			     int (*visit)(const char *path, const u8 *digest, void *context),
			     void *context);
/*
 * Call each for the images that a lease names, one a line: -1 for what is no lease, else what
 * each returned if that was not 0.
 */
MUST_USE int lease_parse(const char *text, size_t size,
			 int (*each)(void *context, const u8 *digest), void *context);
/* The objects of all inodes of an image: number becomes what it was or size + 1. */
MUST_USE int mark_objects(const struct image *image, struct digest_set *set);

/* --- export.c --- */
MUST_USE int export_tar(struct store *store, const struct image *image, int fd);
MUST_USE int export_oci(struct store *store, const struct image *image, const char *name,
			const char *dest);
MUST_USE int export_directory(struct store *store, const struct image *image, const char *dest);

/* --- commands: the exit status --- */
#define COMMAND(name, function, usage, summary, text) int store_##function(int argc, char **argv);
#include "store/commands.def"
#undef COMMAND

#endif
