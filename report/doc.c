/* Building a document, and showing it as Markdown or on a terminal. */
#include "report/doc.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void doc_init(struct doc *d)
{
	d->nodes = fact_list();
}

void doc_fini(struct doc *d)
{
	json_decref(d->nodes);
}

static json_t *node_add(struct doc *d, const char *kind)
{
	json_t *node = fact_object();

	fact_put_text(node, "kind", kind);
	fact_add(d->nodes, node);
	return node;
}

static void add_formatted(struct doc *d, const char *kind, int level, const char *fmt, va_list ap)
{
	json_t *node = node_add(d, kind);
	char *text;

	if (vasprintf(&text, fmt, ap) < 0)
		return;
	fact_put_text(node, "text", text);
	if (level != 0)
		fact_put_number(node, "level", (u64)level);
	free(text);
}

void doc_heading(struct doc *d, int level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_formatted(d, "heading", level, fmt, ap);
	va_end(ap);
}

void doc_text(struct doc *d, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_formatted(d, "text", 0, fmt, ap);
	va_end(ap);
}

void doc_bullet(struct doc *d, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_formatted(d, "bullet", 0, fmt, ap);
	va_end(ap);
}

void doc_step(struct doc *d, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_formatted(d, "step", 0, fmt, ap);
	va_end(ap);
}

void doc_fact(struct doc *d, const char *key, const char *value, bool code)
{
	json_t *node;

	if (value == NULL || value[0] == 0)
		return;
	node = node_add(d, "fact");
	fact_put_text(node, "key", key);
	fact_put_text(node, "text", value);
	fact_put_bool(node, "code", code);
}

void doc_code(struct doc *d, const char *language, const char *text)
{
	json_t *node = node_add(d, "code");

	fact_put_text(node, "language", language);
	fact_put_text(node, "text", text);
}

void doc_table(struct doc *d, const char *columns)
{
	json_t *node = node_add(d, "table"), *names = fact_list();

	while (*columns != 0) {
		size_t len = strcspn(columns, "|");

		fact_add(names, fact_bytes(columns, len));
		columns += len + (columns[len] == '|');
	}
	fact_put(node, "columns", names);
	fact_put(node, "rows", fact_list());
}

void doc_row(struct doc *d, const char *const *cells)
{
	json_t *node = json_array_get(d->nodes, json_array_size(d->nodes) - 1);
	json_t *rows = json_object_get(node, "rows"), *row = fact_list();
	size_t columns = json_array_size(json_object_get(node, "columns"));

	for (size_t i = 0; i < columns; i++)
		fact_add(row, fact_text(cells[i] == NULL ? "" : cells[i]));
	if (rows != NULL)
		fact_add(rows, row);
	else
		json_decref(row);
}

void doc_figure(struct doc *d, const char *figure, json_t *data)
{
	json_t *node = node_add(d, "figure");

	fact_put_text(node, "figure", figure);
	fact_put(node, "data", data);
}

bool doc_heading_used(const struct doc *d, size_t index)
{
	u64 level = fact_number(json_array_get(d->nodes, index), "level");

	for (size_t i = index + 1; i < json_array_size(d->nodes); i++) {
		json_t *node = json_array_get(d->nodes, i);

		if (strcmp(fact_string(node, "kind"), "heading") != 0)
			return true;
		if (fact_number(node, "level") <= level)
			return false;
	}
	return false;
}

/* --- Markdown --- */

/* Text as a code span: more backticks around it than there are in it. */
static void markdown_span(FILE *out, const char *text)
{
	size_t run = 0, longest = 0;

	for (const char *p = text; *p != 0; p++) {
		run = *p == '`' ? run + 1 : 0;
		longest = MAX(longest, run);
	}
	for (size_t i = 0; i <= longest; i++)
		fputc('`', out);
	fprintf(out, "%s%s%s", longest != 0 ? " " : "", text, longest != 0 ? " " : "");
	for (size_t i = 0; i <= longest; i++)
		fputc('`', out);
}

static void markdown_cell(FILE *out, const char *text)
{
	for (; *text != 0; text++) {
		if (*text == '|' || *text == '\\')
			fputc('\\', out);
		if (*text == '<')
			fputs("&lt;", out);
		else
			fputc(*text == '\n' ? ' ' : *text, out);
	}
}

static void markdown_row(FILE *out, const json_t *row)
{
	size_t i;
	json_t *cell;

	fputc('|', out);
	json_array_foreach(row, i, cell) {
		fputc(' ', out);
		markdown_cell(out, json_string_value(cell));
		fputs(" |", out);
	}
	fputc('\n', out);
}

static void markdown_table(FILE *out, const json_t *node)
{
	const json_t *columns = json_object_get(node, "columns");
	size_t i;
	json_t *row;

	markdown_row(out, columns);
	fputc('|', out);
	for (i = 0; i < json_array_size(columns); i++)
		fputs("---|", out);
	fputc('\n', out);
	json_array_foreach(json_object_get(node, "rows"), i, row)
		markdown_row(out, row);
}

/* A fence longer than any in the text. */
static void markdown_code(FILE *out, const json_t *node)
{
	const char *text = fact_string(node, "text"), *fence = "```";
	size_t len = strlen(text);

	if (strstr(text, "```") != NULL)
		fence = strstr(text, "`````") != NULL ? "``````````" : "``````";
	fprintf(out, "%s%s\n%s%s%s\n", fence, fact_string(node, "language"), text,
		len != 0 && text[len - 1] == '\n' ? "" : "\n", fence);
}

static bool same_block(const char *kind, const char *next)
{
	return strcmp(kind, next) == 0 &&
	       (strcmp(kind, "bullet") == 0 || strcmp(kind, "step") == 0 ||
		strcmp(kind, "fact") == 0);
}

void doc_render_markdown(const struct doc *d, FILE *out)
{
	const char *before = "";
	int step = 0;
	size_t i;
	json_t *node;

	json_array_foreach(d->nodes, i, node) {
		const char *kind = fact_string(node, "kind"), *text = fact_string(node, "text");

		if (strcmp(kind, "figure") == 0 ||
		    (strcmp(kind, "heading") == 0 && !doc_heading_used(d, i)))
			continue;
		if (before[0] != 0 && !same_block(before, kind))
			fputc('\n', out);
		step = strcmp(kind, "step") == 0 ? step + 1 : 0;
		before = kind;
		if (strcmp(kind, "heading") == 0) {
			fprintf(out, "%.*s %s\n", (int)fact_number(node, "level"), "######", text);
		} else if (strcmp(kind, "fact") == 0) {
			fprintf(out, "- **%s**: ", fact_string(node, "key"));
			if (fact_true(node, "code"))
				markdown_span(out, text);
			else
				fputs(text, out);
			fputc('\n', out);
		} else if (strcmp(kind, "bullet") == 0) {
			fprintf(out, "- %s\n", text);
		} else if (strcmp(kind, "step") == 0) {
			fprintf(out, "%d. %s\n", step, text);
		} else if (strcmp(kind, "code") == 0) {
			markdown_code(out, node);
		} else if (strcmp(kind, "table") == 0) {
			markdown_table(out, node);
		} else {
			fprintf(out, "%s\n", text);
		}
	}
}

/* --- terminal --- */

/* Without marks: `code` and **strong** as plain words. */
static void terminal_text(FILE *out, const char *text)
{
	for (; *text != 0; text++) {
		if (*text == '`')
			continue;
		if (text[0] == '*' && text[1] == '*') {
			text++;
			continue;
		}
		fputc(*text, out);
	}
}

/* Columns a terminal needs for UTF-8 text, near enough: one a character. */
static size_t width_of(const char *text)
{
	size_t n = 0;

	for (; *text != 0; text++)
		n += (*text & 0xc0) != 0x80;
	return n;
}

static void terminal_row(FILE *out, const json_t *row, const size_t *widths, size_t columns)
{
	fputs("  ", out);
	for (size_t i = 0; i < columns; i++) {
		const char *cell = json_string_value(json_array_get(row, i));
		size_t width = width_of(cell);

		fputs(cell, out);
		for (; i + 1 < columns && width < widths[i] + 2; width++)
			fputc(' ', out);
	}
	fputc('\n', out);
}

#define COLUMNS_MAX ((size_t)16)

static void terminal_table(FILE *out, const json_t *node)
{
	const json_t *columns = json_object_get(node, "columns"), *rows, *row;
	size_t count = MIN(json_array_size(columns), COLUMNS_MAX), widths[16] = { 0 }, r;

	rows = json_object_get(node, "rows");
	for (size_t i = 0; i < count; i++) {
		widths[i] = width_of(json_string_value(json_array_get(columns, i)));
		json_array_foreach(rows, r, row)
			widths[i] = MAX(widths[i],
					width_of(json_string_value(json_array_get(row, i))));
	}
	terminal_row(out, columns, widths, count);
	json_array_foreach(rows, r, row)
		terminal_row(out, row, widths, count);
}

static void terminal_code(FILE *out, const char *text)
{
	while (*text != 0) {
		size_t len = strcspn(text, "\n");

		fprintf(out, "    %.*s\n", (int)len, text);
		text += len + (text[len] == '\n');
	}
}

static void terminal_node(FILE *out, const json_t *node, const char *kind, int step, bool colour)
{
	const char *text = fact_string(node, "text");

	if (strcmp(kind, "fact") == 0) {
		const char *key = fact_string(node, "key");
		int pad = 24 - (int)width_of(key);

		fprintf(out, "  %s%s:%s%*s", colour ? "\033[1m" : "", key, colour ? "\033[0m" : "",
			MAX(pad, 1), "");
		if (fact_true(node, "code"))
			fputs(text, out);
		else
			terminal_text(out, text);
		fputc('\n', out);
	} else if (strcmp(kind, "code") == 0) {
		terminal_code(out, text);
	} else if (strcmp(kind, "table") == 0) {
		terminal_table(out, node);
	} else {
		if (strcmp(kind, "step") == 0)
			fprintf(out, "  %d. ", step);
		else
			fputs(strcmp(kind, "bullet") == 0 ? "  - " : "  ", out);
		terminal_text(out, text);
		fputc('\n', out);
	}
}

void doc_render_terminal(const struct doc *d, FILE *out, bool colour)
{
	int step = 0;
	size_t i;
	json_t *node;

	json_array_foreach(d->nodes, i, node) {
		const char *kind = fact_string(node, "kind");

		if (strcmp(kind, "figure") == 0)
			continue;
		step = strcmp(kind, "step") == 0 ? step + 1 : 0;
		if (strcmp(kind, "heading") != 0) {
			terminal_node(out, node, kind, step, colour);
			continue;
		}
		if (!doc_heading_used(d, i))
			continue;
		fprintf(out, "%s%s", i == 0 ? "" : "\n", colour ? "\033[1m" : "");
		terminal_text(out, fact_string(node, "text"));
		fprintf(out, "%s\n", colour ? "\033[0m" : "");
	}
}
