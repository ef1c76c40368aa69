/* Feeds damaged images of the store to their reader, which the kernel and nacre-store share. */

/*
 * OVERVIEW
 *	LLVMFuzzerTestOneInput() opens the bytes as an image and asks for everything in it: all
 *	inodes there could be, names, link texts, data, attributes, objects, and each name again
 *	by looking it up. What is handed out is read to its end, from memory that ends where the
 *	image does, so whatever lies outside is a report of the sanitizer. For libFuzzer compile
 *	with clang, -fsanitize=fuzzer and -DFUZZ_LIBRARY. Without it main() makes the inputs, the
 *	same ones each time, by damaging a small image with every kind of file:
 *		image_fuzz [N [FIRST]]   N (20000) inputs from number FIRST (0) on
 *		image_fuzz FILE...       these inputs
 *	A failure names the number of its input; one that takes 5 s is a failure too.
 *
 * build: store/image.c
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/erofs.h"
#include "store/index.h"

#define TIME_LIMIT 5
#define STEPS_MAX 20000
#define IMAGE_SIZE (6 * EROFS_BLOCK_SIZE)

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

const char kernel_image_start[1], kernel_image_end[1];

static u64 number;
static volatile u32 sink;
static u32 steps;

/* --- asking for everything --- */

static void touch(const void *data, u64 size)
{
	const u8 *at = data;

	for (u64 i = 0; i < size; i++)
		sink += at[i];
}

static void ask_data(const struct image *image, const struct image_inode *inode)
{
	u64 offset = 0, size;
	const u8 *part;

	while (steps++ < STEPS_MAX && image_data(image, inode, offset, &part, &size) == 0) {
		if (size == 0)
			return;
		touch(part, size);
		offset += size;
	}
}

static void ask_xattrs(const struct image *image, const struct image_inode *inode)
{
	struct image_xattr xattr;
	u64 cursor = 0;

	while (steps++ < STEPS_MAX && image_xattr(image, inode, &cursor, &xattr) == 1) {
		touch(xattr.prefix, strlen(xattr.prefix));
		touch(xattr.name, xattr.name_len);
		touch(xattr.value, xattr.value_size);
	}
}

/* What has gone into an index is found in it, and has the name asked for. */
static void ask_index(const struct image *image, const struct image_inode *dir,
		      struct image_index *index, const struct image_entry *entry, u64 cursor)
{
	struct image_entry found;
	int result;

	if (!image_index_add(index, dir->nid, entry, cursor))
		return;
	result = image_index_lookup(index, image, dir, entry->name, entry->len, &found);
	if (result != 0 || found.len != entry->len ||
	    memcmp(found.name, entry->name, entry->len) != 0) {
		fprintf(stderr, "the index has lost a name\n");
		abort();
	}
}

static void ask_names(const struct image *image, const struct image_inode *dir)
{
	static u64 memory[128];
	struct image_entry entry, again;
	struct image_index index;
	u64 cursor = 0, last = 0;

	if (image_index_size(30) > sizeof(memory))
		abort();
	memset(memory, 0, sizeof(memory));
	image_index_init(&index, memory, 30, 1);

	while (steps++ < STEPS_MAX && image_readdir(image, dir, &cursor, &entry) == 1) {
		touch(entry.name, entry.len);
		if (cursor <= last || entry.len == 0 || entry.len > 255 ||
		    memchr(entry.name, '/', entry.len) != NULL ||
		    memchr(entry.name, 0, entry.len) != NULL) {
			fprintf(stderr, "a name that cannot be, or a cursor that stands\n");
			abort();
		}
		last = cursor;
		ask_index(image, dir, &index, &entry, cursor);
		/* Damage may hide it, but what is found has this name. */
		if (image_lookup(image, dir, entry.name, entry.len, &again) == 0 &&
		    (again.len != entry.len || memcmp(again.name, entry.name, entry.len) != 0)) {
			fprintf(stderr, "another name was found\n");
			abort();
		}
	}
	if (image_index_lookup(&index, image, dir, "no such name", 12, &again) == 0)
		touch(again.name, again.len);
	if (image_lookup(image, dir, "no such name", 12, &again) == 0)
		touch(again.name, again.len);
}

static void ask_inode(const struct image *image, u64 nid)
{
	u8 digest[OBJECT_DIGEST_SIZE];
	struct image_inode inode;

	if (image_inode(image, nid, &inode) < 0)
		return;
	if (inode.mtime_nsec >= 1000000000) {
		fprintf(stderr, "a time that cannot be\n");
		abort();
	}
	ask_data(image, &inode);
	ask_xattrs(image, &inode);
	ask_names(image, &inode);
	if (image_object(image, &inode, digest) == 0)
		touch(digest, sizeof(digest));
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct image image;
	u8 *copy = malloc(size == 0 ? 1 : size);

	if (copy == NULL)
		return 0;
	memcpy(copy, data, size);
	if (image_open(&image, copy, size, NULL) == 0) {
		for (u64 nid = 0; nid <= size / EROFS_SLOT + 2; nid++) {
			steps = 0;
			ask_inode(&image, nid);
		}
		ask_inode(&image, ~(u64)0);
		ask_inode(&image, (~(u64)0) / EROFS_SLOT);
	}
	free(copy);
	return 0;
}

/* --- a small image with everything in it --- */

static u8 base[IMAGE_SIZE];

static u64 put_inode(u64 at, u16 mode, u32 layout, u64 size, u32 place, u16 xattrs)
{
	struct erofs_inode_long inode = {
		.format = (u16)(EROFS_FORMAT_LONG | layout << EROFS_LAYOUT_SHIFT),
		.xattr_count = xattrs,
		.mode = mode,
		.size = size,
		.place = place,
		.mtime = 1,
		.mtime_nsec = 999999999,
		.nlink = 1,
	};

	memcpy(base + at, &inode, sizeof(inode));
	return at + sizeof(inode);
}

/* Names a, b, ... with the number nid; the bytes used. */
static u32 put_names(u8 *at, u32 count, u64 nid)
{
	u32 name = count * (u32)sizeof(struct erofs_dirent);

	for (u32 i = 0; i < count; i++) {
		struct erofs_dirent entry = { .nid = nid,
					      .name_offset = (u16)(name + i),
					      .type = EROFS_TYPE_REG };

		memcpy(at + i * sizeof(entry), &entry, sizeof(entry));
		at[name + i] = (u8)('a' + i);
	}
	return name + count;
}

static u64 put_xattr(u64 at, u8 prefix, const char *name, const void *value, u32 size)
{
	struct erofs_xattr_entry entry = { .name_len = (u8)strlen(name),
					   .prefix = prefix,
					   .value_size = (u16)size };

	memcpy(base + at, &entry, sizeof(entry));
	memcpy(base + at + sizeof(entry), name, strlen(name));
	memcpy(base + at + sizeof(entry) + strlen(name), value, size);
	return ALIGN_UP(at + sizeof(entry) + strlen(name) + size, 4ul);
}

static void make_base(void)
{
	struct erofs_super super = { .magic = EROFS_MAGIC,
				     .block_bits = EROFS_BLOCK_BITS,
				     .root = 36,
				     .inodes = 6,
				     .blocks = IMAGE_SIZE / EROFS_BLOCK_SIZE,
				     .xattr_block = 5,
				     .feature_incompat = EROFS_INCOMPAT_CHUNKED };
	struct erofs_xattr_header shared = { .shared_count = 1 };
	u8 metacopy[36] = { 0, 36, 0, 1 };
	char redirect[OBJECT_PATH_SIZE + 1] = "/";
	u64 at;

	memcpy(base + EROFS_SUPER_OFFSET, &super, sizeof(super));
	/* 36: a directory of two whole blocks and one behind the inode */
	at = put_inode(36 * EROFS_SLOT, 0040755, EROFS_LAYOUT_INLINE,
		       2 * EROFS_BLOCK_SIZE + 8 * 13, 2, 0);
	put_names(base + at, 8, 44);
	put_names(base + 2 * EROFS_BLOCK_SIZE, 20, 50);
	put_names(base + 3 * EROFS_BLOCK_SIZE, 26, 54);
	/* 44: a link; 50: a file in the image, whole; 54: a device */
	at = put_inode(44 * EROFS_SLOT, 0120777, EROFS_LAYOUT_INLINE, 9, 0, 0);
	memcpy(base + at, "../target", 9);
	put_inode(50 * EROFS_SLOT, 0100644, EROFS_LAYOUT_PLAIN, 5000, 3, 0);
	put_inode(54 * EROFS_SLOT, 0020644, EROFS_LAYOUT_PLAIN, 0, 0x103, 0);
	/* 64: an object's file with attributes, one of them shared */
	object_path(metacopy + 4, redirect + 1);
	at = put_inode(64 * EROFS_SLOT, 0100755, EROFS_LAYOUT_CHUNKS, 1 << 20, 8, 42);
	memcpy(base + at, &shared, sizeof(shared));
	memcpy(base + at + sizeof(shared), &(u32){ 0 }, 4);
	put_xattr(5 * EROFS_BLOCK_SIZE, 6, "capability", "0123456789", 10);
	at = put_xattr(at + sizeof(shared) + 4, 4, "overlay.metacopy", metacopy, 36);
	at = put_xattr(at, 4, "overlay.redirect", redirect, OBJECT_PATH_SIZE);
	put_xattr(at, 1, "colour", "blue", 4);
	/* 80: the short form */
	memcpy(base + 80 * EROFS_SLOT,
	       &(struct erofs_inode_short){ .mode = 0100600, .size = 3, .place = 4, .nlink = 1 },
	       sizeof(struct erofs_inode_short));
}

/* --- damage --- */

static u64 state;

static u64 chance(u64 below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % below;
}

/* Where there is something to break: a few bytes in front of and behind each structure. */
static u64 somewhere(void)
{
	static const u16 starts[] = { 1024, 36 * 32, 44 * 32, 50 * 32, 54 * 32, 64 * 32, 80 * 32 };

	switch (chance(4)) {
	case 0:
		return chance(IMAGE_SIZE);
	case 1:
		return (2 + chance(2)) * EROFS_BLOCK_SIZE + chance(400);
	default:
		return starts[chance(ARRAY_SIZE(starts))] + chance(320);
	}
}

static void damage(u8 *image)
{
	static const u64 values[] = { 0, 1, 11, 12, 13, 0x7f, 0xff, 0x1000, 0xffff, 0x7fffffff,
				      0xffffffff, ~(u64)0 };

	for (u64 n = 1 + chance(4); n > 0; n--) {
		u64 at = somewhere(), width = (u64)1 << chance(4);
		u64 value = chance(2) ? values[chance(ARRAY_SIZE(values))] : chance(~(u64)0);

		if (at + width <= IMAGE_SIZE)
			memcpy(image + at, &value, width);
	}
}

static void on_failure(int signal)
{
	char text[64];
	int len = snprintf(text, sizeof(text), "input %llu: signal %d\n",
			   (unsigned long long)number, signal);

	if (write(STDERR_FILENO, text, (size_t)len) < 0)
		_exit(2);
	_exit(1);
}

static void run_numbers(u64 count, u64 first)
{
	static u8 image[IMAGE_SIZE];

	make_base();
	for (number = first; number < first + count; number++) {
		state = (number + 1) * 0x9e3779b97f4a7c15u;
		memcpy(image, base, IMAGE_SIZE);
		if (number != 0)
			damage(image);
		alarm(TIME_LIMIT);
		LLVMFuzzerTestOneInput(image, chance(8) == 0 && number != 0 ?
						      (size_t)chance(IMAGE_SIZE) :
						      IMAGE_SIZE);
	}
	alarm(0);
	printf("%llu inputs\n", (unsigned long long)count);
}

/* The undamaged image must be read whole, or the rest would prove nothing. */
static void check_base(void)
{
	u8 digest[OBJECT_DIGEST_SIZE];
	struct image image;
	struct image_inode inode;
	struct image_xattr xattr;
	u64 cursor = 0;
	u32 count = 0;

	make_base();
	if (image_open(&image, base, IMAGE_SIZE, NULL) < 0 || image_inode(&image, 64, &inode) < 0 ||
	    image_object(&image, &inode, digest) < 0)
		abort();
	while (image_xattr(&image, &inode, &cursor, &xattr) == 1)
		count++;
	if (count != 2)
		abort();
}

#ifndef FUZZ_LIBRARY
static int run_files(int argc, char **argv)
{
	static u8 image[1 << 20];

	for (int i = 1; i < argc; i++) {
		FILE *file = fopen(argv[i], "rb");
		size_t size;

		if (file == NULL) {
			perror(argv[i]);
			return 2;
		}
		size = fread(image, 1, sizeof(image), file);
		fclose(file);
		LLVMFuzzerTestOneInput(image, size);
	}
	return 0;
}

int main(int argc, char **argv)
{
	u64 count = 20000, first = 0;

	signal(SIGALRM, on_failure);
	signal(SIGABRT, on_failure);
	check_base();
	if (argc > 1 && (argv[1][0] < '0' || argv[1][0] > '9'))
		return run_files(argc, argv);
	if (argc > 1)
		count = strtoull(argv[1], NULL, 10);
	if (argc > 2)
		first = strtoull(argv[2], NULL, 10);
	run_numbers(count, first);
	return 0;
}
#endif
