/* The zip archive inside a program: at its end, as in an APE, or in a section named .zip. */
#include <string.h>
#include <zip.h>

#include "report/program.h"

#define MEMBERS_MAX 20000
#define LISTED_MAX 4000
#define END_SEARCH (65536u + 22u)

static const char *method_name(u16 method)
{
	switch (method) {
	case ZIP_CM_STORE:
		return "stored";
	case ZIP_CM_DEFLATE:
		return "deflate";
	case ZIP_CM_BZIP2:
		return "bzip2";
	case ZIP_CM_LZMA:
		return "lzma";
	case 93:
		return "zstd";
	default:
		return "other";
	}
}

static void member_add(json_t *list, const zip_stat_t *st)
{
	json_t *row = fact_object();

	fact_put_text(row, "name", st->valid & ZIP_STAT_NAME ? st->name : "");
	if (st->valid & ZIP_STAT_SIZE)
		fact_put_number(row, "size", st->size);
	if (st->valid & ZIP_STAT_COMP_SIZE)
		fact_put_number(row, "compressed", st->comp_size);
	if (st->valid & ZIP_STAT_COMP_METHOD)
		fact_put_text(row, "method", method_name(st->comp_method));
	fact_add(list, row);
}

/* False: the bytes up to size are no archive. */
static bool archive_list(struct program *p, size_t size)
{
	zip_error_t error;
	zip_source_t *source = zip_source_buffer_create(p->in.data, size, 0, &error);
	zip_t *zip = source == NULL ? NULL : zip_open_from_source(source, ZIP_RDONLY, &error);
	json_t *facts, *list;
	zip_int64_t count;
	u64 total = 0;

	if (zip == NULL) {
		if (source != NULL)
			zip_source_free(source);
		return false;
	}
	facts = fact_object();
	list = fact_list();
	count = zip_get_num_entries(zip, 0);
	for (zip_int64_t i = 0; i < count && i < MEMBERS_MAX; i++) {
		zip_stat_t st;

		if (zip_stat_index(zip, (zip_uint64_t)i, ZIP_FL_ENC_GUESS, &st) < 0)
			continue;
		if (st.valid & ZIP_STAT_SIZE)
			__builtin_add_overflow(total, st.size, &total);
		if (i < LISTED_MAX)
			member_add(list, &st);
	}
	fact_put_number(facts, "members", (u64)count);
	fact_put_number(facts, "size", total);
	fact_put(facts, "list", list);
	fact_put(p->facts, "zip", facts);
	zip_discard(zip);
	return true;
}

/* Is there the record that ends an archive in the last bytes before size? */
static bool has_end(const struct program *p, size_t size)
{
	size_t from = size > END_SEARCH ? size - END_SEARCH : 0;

	return memmem(p->in.data + from, size - from, "PK\5\6", 4) != NULL;
}

void zip_facts(struct program *p)
{
	size_t size = 0;
	const u8 *section = elf_section_bytes(p, ".zip", &size);

	if (section != NULL) {
		fact_put_number(p->facts, "zip_section", size);
		size += (size_t)(section - p->in.data);
		if (has_end(p, size) && archive_list(p, size))
			return;
	}
	if (has_end(p, p->in.size) && archive_list(p, p->in.size))
		return;
	if (section != NULL)
		hazard_add(p, "warning", "the .zip section holds no readable archive");
}
