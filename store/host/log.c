/*
 * The log of a :sync layer: which contents have been kept, and up to where the names go with them.
 *
 * A sequence of records, each with a digest of itself. A record is only appended when all that
 * it refers to is on the disk, and is itself on the disk before anybody is told.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/host/keep.h"
#include "store/host/kept.h"

#define LOG_MAGIC 0x676f6c6eu
#define LOG_MAX ((u64)4 << 30)

struct log_head {
	u32 magic;
	u32 count; /* of entries behind it */
	u64 journal_size;
	u8 sum[DIGEST_SIZE]; /* of the record with zeros here */
};

static void sum_of(struct log_head *head, const struct log_entry *entries, u8 ret[DIGEST_SIZE])
{
	struct verity *verity = xmalloc(sizeof(*verity));
	struct log_head bare = *head;

	memset(bare.sum, 0, sizeof(bare.sum));
	verity_begin(verity, NULL);
	verity_add(verity, &bare, sizeof(bare));
	verity_add(verity, entries, head->count * sizeof(*entries));
	verity_end(verity, ret);
	free(verity);
}

int log_append(int fd, u64 journal_size, const struct log_entry *entries, u32 count)
{
	struct log_head head = { .magic = LOG_MAGIC, .count = count,
				 .journal_size = journal_size };
	size_t size = sizeof(head) + count * sizeof(*entries);
	u8 *record = xmalloc(size);
	int result;

	sum_of(&head, entries, head.sum);
	memcpy(record, &head, sizeof(head));
	memcpy(record + sizeof(head), entries, count * sizeof(*entries));
	result = write_all(fd, record, size);
	if (result == 0)
		result = fdatasync(fd);
	free(record);
	return result;
}

static bool all_zero(const u8 *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

static bool entry_ok(const struct log_entry *e)
{
	return e->mtime_nsec < 1000000000u && e->content <= CONTENT_OBJECT &&
	       (e->content != CONTENT_INLINE || e->size <= INLINE_MAX) &&
	       (e->content != CONTENT_NONE || e->size == 0);
}

/* One record at the start of size bytes: its size, 0 at a torn end, -1 for damage. */
static ssize_t take(struct log *log, const u8 *bytes, size_t size)
{
	struct log_head head;
	struct log_entry *entries;
	u8 sum[DIGEST_SIZE];
	size_t all;

	if (size < sizeof(head) || all_zero(bytes, size))
		return 0;
	memcpy(&head, bytes, sizeof(head));
	if (head.magic != LOG_MAGIC || head.count > KEEP_IDS_MAX)
		return -1;
	all = sizeof(head) + head.count * sizeof(*entries);
	if (all > size)
		return 0;
	entries = xrealloc(log->entries, (log->count + head.count + 1) * sizeof(*entries));
	log->entries = entries;
	memcpy(entries + log->count, bytes + sizeof(head), head.count * sizeof(*entries));
	sum_of(&head, entries + log->count, sum);
	if (memcmp(sum, head.sum, sizeof(sum)) != 0)
		return all == size ? 0 : -1;
	for (u32 i = 0; i < head.count; i++)
		if (!entry_ok(&entries[log->count + i]))
			return -1;
	log->count += head.count;
	log->records++;
	log->journal_size = head.journal_size;
	return (ssize_t)all;
}

int log_read(int layer, const char *what, struct log *ret)
{
	int fd = openat(layer, "log", O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	size_t at = 0, size;
	ssize_t n = 1;
	u8 *bytes;

	memset(ret, 0, sizeof(*ret));
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || (u64)st.st_size > LOG_MAX) {
		complain("%s: its log cannot be read", what);
		if (fd >= 0)
			close(fd);
		return -1;
	}
	size = (size_t)st.st_size;
	bytes = xmalloc(size + 1);
	while (at < size && (n = read(fd, bytes + at, size - at)) > 0)
		at += (size_t)n;
	close(fd);
	if (n < 0) {
		complain("%s: its log: %s", what, strerror(errno));
		free(bytes);
		return -1;
	}
	size = at;
	for (at = 0; at < size; at += (size_t)n) {
		n = take(ret, bytes + at, size - at);
		if (n < 0) {
			complain("%s: its log is damaged at byte %zu; what comes after is lost",
				 what, at);
			ret->damaged = true;
		}
		if (n <= 0)
			break;
	}
	free(bytes);
	return 0;
}

void log_free(struct log *log)
{
	free(log->entries);
}
