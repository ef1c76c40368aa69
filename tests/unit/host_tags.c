/* Tags of what was verified: the code, what agrees, and which files are refused. */
/* build: broker */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broker/tags.h"
#include "tests/guest/test.h"



const char kernel_image_start[1], kernel_image_end[1];

static char where[] = "/var/tmp/nacre-tags-XXXXXX";
static char path[64];
static u8 name[DIGEST_SIZE] = { 1, 2, 3 }, data[PIECE_SIZE];

/* draft-irtf-cfrg-aegis-aead, "AEGIS-128L Test Vectors": what is encrypted is absorbed alike. */
static void the_code_is_the_documents(void)
{
	static const u8 key[TAG_SIZE] = { 0x10, 0x01 }, nonce[TAG_SIZE] = { 0x10, 0x00, 0x02 };
	static const u8 of_nothing[TAG_SIZE] = { 0xc2, 0xb8, 0x79, 0xa6, 0x7d, 0xef, 0x9d, 0x74,
						 0xe6, 0xc1, 0x4f, 0x70, 0x8b, 0xbc, 0xc9, 0xb4 };
	static const u8 of_zeros[TAG_SIZE] = { 0xab, 0xe0, 0xec, 0xe8, 0x0c, 0x24, 0x86, 0x8a,
					       0x22, 0x6a, 0x35, 0xd1, 0x6b, 0xda, 0xe3, 0x7a };
	u8 found[TAG_SIZE];

	tag_code(key, nonce, NULL, 0, NULL, 0, found);
	CHECK(memcmp(found, of_nothing, TAG_SIZE) == 0);
	tag_code(key, nonce, NULL, 0, data, TAG_SIZE, found);
	CHECK(memcmp(found, of_zeros, TAG_SIZE) == 0);
}

static bool agrees(u32 piece, size_t size)
{
	struct tag tag;

	return tag_agrees(name, piece, data, size, &tag);
}

static void keep(u32 piece, size_t size)
{
	struct tag tag;

	REQUIRE(!tag_agrees(name, piece, data, size, &tag));
	tag_keep(&tag);
	CHECK(agrees(piece, size));
}

static void each_bit_counts(size_t size)
{
	for (size_t i = 0; i < 200; i++) {
		size_t at = i == 0 ? size - 1 : (size_t)rand() % size;

		data[at] ^= (u8)(1u << i % 8);
		CHECK(!agrees(7, size));
		data[at] ^= (u8)(1u << i % 8);
	}
	CHECK(agrees(7, size));
}

static void so_do_name_place_and_size(size_t size)
{
	CHECK(!agrees(8, size));
	CHECK(!agrees(7, size - 1));
	name[DIGEST_SIZE - 1] ^= 1; /* which the slot does not have */
	CHECK(!agrees(7, size));
	name[DIGEST_SIZE - 1] ^= 1;
	CHECK(agrees(7, size));
}

/* More of one bucket than it has room for: the last ones are there. */
static void old_ones_make_room(void)
{
	u32 found = 0;

	for (u32 i = 0; i < 3 * TAGS_WAYS; i++)
		keep(i * (TAGS_SLOTS / TAGS_WAYS), 100);
	for (u32 i = 0; i < 3 * TAGS_WAYS; i++)
		found += agrees(i * (TAGS_SLOTS / TAGS_WAYS), 100);
	CHECK(found == TAGS_WAYS);
}

/* In another file, with another key, nothing agrees; but it does with what was kept. */
static void later_runs_know(void)
{
	tags_use(NULL);
	CHECK(!agrees(7, sizeof(data)));
	tags_use(where);
	CHECK(agrees(7, sizeof(data)));
	REQUIRE(unlink(path) == 0);
	tags_use(where);
	CHECK(!agrees(7, sizeof(data)));
	keep(7, sizeof(data));
}

static void is_refused(bool wanted)
{
	struct stat before, after;

	REQUIRE(lstat(path, &before) == 0);
	tags_use(where);
	CHECK(agrees(7, sizeof(data)) == !wanted);
	REQUIRE(lstat(path, &after) == 0);
	CHECK(before.st_ino == after.st_ino && before.st_mtime == after.st_mtime);
}

static void files_of_others_are_refused(void)
{
	char moved[80];
	int fd;

	is_refused(false);
	REQUIRE(chmod(path, 0640) == 0);
	is_refused(true);
	REQUIRE(chmod(path, 0600) == 0);
	snprintf(moved, sizeof(moved), "%s.moved", path);
	REQUIRE(link(path, moved) == 0);
	is_refused(true);
	REQUIRE(unlink(path) == 0 && symlink(moved, path) == 0);
	is_refused(true);
	REQUIRE(rename(moved, path) == 0);
	is_refused(false);
	fd = open(path, O_WRONLY);
	REQUIRE(pwrite(fd, "x", 1, 0) == 1);
	is_refused(true);
	REQUIRE(ftruncate(fd, 3) == 0);
	is_refused(true);
	close(fd);
}

/* What is not there any more is not believed, and no reason to fail. */
static void a_short_file_has_no_tags(void)
{
	REQUIRE(unlink(path) == 0);
	tags_use(where);
	keep(7, sizeof(data));
	REQUIRE(truncate(path, TAGS_SLOTS_AT) == 0);
	CHECK(!agrees(7, sizeof(data)));
}

int main(void)
{
	the_code_is_the_documents();
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (u8)(rand() >> 7);
	REQUIRE(mkdtemp(where) != NULL);
	snprintf(path, sizeof(path), "%s/" TAGS_FILE, where);
	tags_use(where);
	old_ones_make_room();
	keep(7, 1001);
	each_bit_counts(1001);
	so_do_name_place_and_size(1001);
	REQUIRE(unlink(path) == 0);
	tags_use(where);
	keep(7, sizeof(data));
	each_bit_counts(sizeof(data));
	later_runs_know();
	files_of_others_are_refused();
	a_short_file_has_no_tags();
	unlink(path);
	rmdir(where);
	return 0;
}
