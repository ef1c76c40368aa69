/*
 * A document: what a report says, before it is known how it is shown.
 *
 * Text in it may have `code` and **strong** words; what comes from a file or a run goes
 * through doc_code() or a table, where nothing is markup. Renderers: Markdown, terminal, HTML.
 */
#ifndef NACRE_REPORT_DOC_H
#define NACRE_REPORT_DOC_H

#include <stdio.h>

#include "report/facts.h"

struct doc {
	json_t *nodes; /* objects with "kind" and what the kind needs */
};

enum doc_format { DOC_TERMINAL, DOC_MARKDOWN, DOC_JSON, DOC_HTML };

void doc_init(struct doc *d);
void doc_fini(struct doc *d);

/* level 1 is the title. A heading without anything below it is left out when shown. */
void doc_heading(struct doc *d, int level, const char *fmt, ...) PRINTF_LIKE(3, 4);
void doc_text(struct doc *d, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* "Key: value" in bold and plain; code: the value is shown as code. No value: nothing. */
void doc_fact(struct doc *d, const char *key, const char *value, bool code);
void doc_bullet(struct doc *d, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* An entry of a numbered list. */
void doc_step(struct doc *d, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Lines as they are; language may be "". */
void doc_code(struct doc *d, const char *language, const char *text);
/* columns: names separated by "|". Rows follow until something else does. */
void doc_table(struct doc *d, const char *columns);
/* One row: as many texts as there are columns; NULL is an empty cell. */
void doc_row(struct doc *d, const char *const *cells);
/* A figure the HTML page draws: data is taken over; others leave it out. */
void doc_figure(struct doc *d, const char *figure, json_t *data);

/* colour: escape sequences may be used (terminal only). */
void doc_render_terminal(const struct doc *d, FILE *out, bool colour);
void doc_render_markdown(const struct doc *d, FILE *out);
void doc_render_html(const struct doc *d, FILE *out, const char *title);

/* Draw a figure as inline SVG; one that is not known draws nothing. */
void html_figure(FILE *out, const char *figure, const json_t *data);

/* Is the heading at index followed by something that is shown below it? */
bool doc_heading_used(const struct doc *d, size_t index);

#endif
