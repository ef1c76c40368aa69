/*
 * A look at the bytes of an archive beside libarchive, for names with a NUL in them.
 *
 * OVERVIEW. Names in headers of GNU tar and pax, and in zip archives, have a length of their own,
 * but libarchive hands them out as strings. Bytes go through two readers: one that takes them out
 * of their compression, and the one that knows the format. What passed last is kept in a ring, and
 * when an entry has been read its headers are looked at there. Headers that are not found, or are
 * not understood, are libarchive's affair: nothing but the answer to this question hangs on them.
 *
 * pax(1), "pax Extended Header"; GNU tar's manual, "Basic Tar Format"; APPNOTE.TXT, 4.3.7.
 */
#include "store/host/tap.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/host/host.h"

#define BLOCK 512u
#define RING ((size_t)4 << 20) /* libarchive takes special headers of up to 1 MiB */
#define SPECIAL_MAX ((u64)1 << 20)
#define SPECIALS_MAX 16u /* of one entry */

struct tap {
	struct archive *raw;
	bool ended;
	u64 passed; /* so many bytes have come */
	u8 ring[RING];
};

/* --- the way of the bytes --- */

static void keep(struct tap *tap, const u8 *bytes, size_t size)
{
	if (size > RING) {
		tap->passed += size - RING;
		bytes += size - RING;
		size = RING;
	}
	for (size_t done = 0, part; done < size; done += part) {
		size_t at = (size_t)(tap->passed % RING);

		part = MIN(size - done, RING - at);
		memcpy(tap->ring + at, bytes + done, part);
		tap->passed += part;
	}
}

static la_ssize_t pass(struct archive *archive, void *context, const void **ret)
{
	struct tap *tap = context;
	la_int64_t offset;
	size_t size = 0;
	int result;

	if (tap->ended)
		return 0;
	do
		result = archive_read_data_block(tap->raw, ret, &size, &offset);
	while (result == ARCHIVE_OK && size == 0);
	tap->ended = result == ARCHIVE_EOF;
	if (tap->ended)
		return 0;
	if (result < ARCHIVE_WARN) {
		archive_set_error(archive, archive_errno(tap->raw), "%s",
				  archive_error_string(tap->raw));
		return -1;
	}
	keep(tap, *ret, size);
	return (la_ssize_t)size;
}

struct tap *tap_open(struct archive *archive, int fd, bool *ret_unknown)
{
	struct tap *tap = xcalloc(1, sizeof(*tap));
	struct archive_entry *all;
	int result;

	tap->raw = archive_read_new();
	if (tap->raw == NULL)
		out_of_memory();
	/* Only what is linked in: no filter that would start a program. */
	archive_read_support_filter_gzip(tap->raw);
	archive_read_support_filter_bzip2(tap->raw);
	archive_read_support_filter_xz(tap->raw);
	archive_read_support_filter_zstd(tap->raw);
	archive_read_support_format_raw(tap->raw);
	archive_read_support_format_empty(tap->raw);
	result = archive_read_open_fd(tap->raw, fd, 65536);
	if (result == ARCHIVE_OK)
		result = archive_read_next_header(tap->raw, &all);
	tap->ended = result == ARCHIVE_EOF;
	*ret_unknown = result >= ARCHIVE_WARN;
	if (result < ARCHIVE_WARN)
		archive_set_error(archive, archive_errno(tap->raw), "%s",
				  archive_error_string(tap->raw));
	else if (archive_read_open(archive, tap, NULL, pass, NULL) == ARCHIVE_OK)
		return tap;
	tap_destroy(tap);
	return NULL;
}

void tap_destroy(struct tap *tap)
{
	if (tap == NULL)
		return;
	archive_read_free(tap->raw);
	free(tap);
}

/* --- headers of tar --- */

/* From the ring; false: they are not there any more, or not yet. */
static bool look(const struct tap *tap, u64 at, void *to, size_t size)
{
	if (at > tap->passed || size > tap->passed - at || tap->passed - at > RING)
		return false;
	for (size_t done = 0, part; done < size; done += part) {
		size_t from = (size_t)((at + done) % RING);

		part = MIN(size - done, RING - from);
		memcpy((u8 *)to + done, tap->ring + from, part);
	}
	return true;
}

static u64 field_number(const u8 *field, size_t len)
{
	u64 number = 0;

	if (field[0] & 0x80) {
		for (size_t i = len - 8; i < len; i++)
			number = number << 8 | field[i];
		return number;
	}
	for (size_t i = 0; i < len && field[i] != 0; i++)
		if (field[i] >= '0' && field[i] <= '7')
			number = number << 3 | (u64)(field[i] - '0');
	return number;
}

static bool has_nul(const char *bytes, size_t size)
{
	return size != 0 && memchr(bytes, 0, size) != NULL;
}

/* Is its value a name? */
static bool names_something(const char *key, size_t len)
{
	static const char *const names[] = { "path", "linkpath", "GNU.sparse.name" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strlen(names[i]) == len && memcmp(key, names[i], len) == 0)
			return true;
	return false;
}

/* Records of "LENGTH KEY=VALUE\n". */
static bool pax_is_cut(const char *text, size_t size)
{
	size_t at = 0;

	while (at < size) {
		const char *record = text + at, *key, *equal;
		size_t len = 0, digits = 0;

		for (; at + digits < size && record[digits] >= '0' && record[digits] <= '9' &&
		       digits < 8;
		     digits++)
			len = len * 10 + (size_t)(record[digits] - '0');
		if (digits == 0 || len > size - at || len < digits + 3 || record[digits] != ' ')
			return false;
		key = record + digits + 1;
		equal = memchr(key, '=', len - digits - 2);
		if (equal == NULL)
			return false;
		if (has_nul(key, (size_t)(equal - key)) ||
		    (names_something(key, (size_t)(equal - key)) &&
		     has_nul(equal + 1, (size_t)(record + len - 1 - (equal + 1)))))
			return true;
		at += len;
	}
	return false;
}

/* A name of GNU tar ends with its NULs. */
static bool gnu_is_cut(const char *text, size_t size)
{
	while (size > 0 && text[size - 1] == 0)
		size--;
	return has_nul(text, size);
}

/* A header before the entry's own: 1: a name is cut, 0: not, -1: it is the entry's own. */
static int special_is_cut(const struct tap *tap, u64 at, const u8 *header, u64 size)
{
	bool pax = header[156] == 'x' || header[156] == 'g' || header[156] == 'X';
	char *text;
	int cut = 0;

	if (!pax && (header[156] != 'L' && header[156] != 'K'))
		return -1;
	if (size > SPECIAL_MAX)
		return -1;
	text = xmalloc(size + 1);
	if (look(tap, at + BLOCK, text, size))
		cut = pax ? pax_is_cut(text, size) : gnu_is_cut(text, size);
	free(text);
	return cut;
}

/* --- zip --- */

#define LOCAL_SIZE 30u /* of a local header, without name and extra fields */
#define DESCRIPTOR_MAX 32u
#define LINK_SIZE 4096u /* the data of a symbolic link */

static u32 le16(const u8 *p)
{
	return (u32)p[0] | (u32)p[1] << 8;
}

static bool local_is_cut(const struct tap *tap, u64 at)
{
	u8 local[LOCAL_SIZE];
	static char name[65536];

	/* It may stand behind what tells of the file before it. */
	for (u32 i = 0; i < DESCRIPTOR_MAX && look(tap, at + i, local, sizeof(local)); i++)
		if (memcmp(local, "PK\3\4", 4) == 0)
			return look(tap, at + i + LOCAL_SIZE, name, le16(local + 26)) &&
			       has_nul(name, le16(local + 26));
	return false;
}

bool zip_name_is_cut(struct archive *archive, int fd)
{
	/* Its local header ends where libarchive stands, or the short data behind that does. */
	static u8 bytes[LOCAL_SIZE + 2 * 65536 + LINK_SIZE];
	la_int64_t end = archive_filter_bytes(archive, 0);
	u64 size = end < 0 ? 0 : MIN((u64)end, sizeof(bytes));
	ssize_t n = pread(fd, bytes, size, (off_t)((u64)end - size));

	if (n < 0 || (u64)n != size)
		return false;
	for (u64 back = LOCAL_SIZE; back <= size; back++) {
		const u8 *local = bytes + size - back;
		u64 all = LOCAL_SIZE, data;

		if (memcmp(local, "PK\3\4", 4) != 0)
			continue;
		all += le16(local + 26) + le16(local + 28);
		data = le16(local + 18) | (u64)le16(local + 20) << 16;
		if (all == back || all + data == back)
			return has_nul((const char *)local + LOCAL_SIZE, le16(local + 26));
	}
	return false;
}

/* --- either --- */

bool tap_name_is_cut(const struct tap *tap, struct archive *archive)
{
	la_int64_t position = archive_read_header_position(archive);
	u64 at = position < 0 ? tap->passed : (u64)position;
	u8 header[BLOCK];

	if ((archive_format(archive) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_ZIP)
		return local_is_cut(tap, at);
	for (u32 i = 0; i < SPECIALS_MAX && look(tap, at, header, sizeof(header)); i++) {
		u64 size = field_number(header + 124, 12);
		int cut = special_is_cut(tap, at, header, size);

		if (cut != 0)
			return cut > 0;
		at += BLOCK + ALIGN_UP(size, (u64)BLOCK);
	}
	return false;
}
