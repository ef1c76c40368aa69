/* A document as one self-contained HTML page: no script, no font, nothing from elsewhere. */
#include <string.h>

#include "report/doc.h"

static const char style[] =
	":root{color-scheme:light dark;--bg:#fbfbfa;--fg:#1d2126;--dim:#5b6570;--line:#d9dde1;"
	"--code:#f0f2f4;--accent:#0b62a8;--bad:#b3261e;--good:#1b7a3d;--other:#8a5a00}"
	"@media(prefers-color-scheme:dark){:root{--bg:#15181c;--fg:#e4e7ea;--dim:#9aa4ae;"
	"--line:#343a41;--code:#1f242a;--accent:#6cb6f5;--bad:#ff8a80;--good:#7bd69a;"
	"--other:#e8b44c}}"
	"*{box-sizing:border-box}"
	"body{margin:0;background:var(--bg);color:var(--fg);font:16px/1.55 system-ui,sans-serif}"
	"main{max-width:60rem;margin:0 auto;padding:1rem}"
	"h1{font-size:1.6rem;overflow-wrap:anywhere}"
	"h2{font-size:1.25rem;margin-top:2.2rem;padding-bottom:.3rem;"
	"border-bottom:1px solid var(--line)}"
	"h3{font-size:1.05rem;margin-top:1.6rem}"
	"code,pre{font:0.86em/1.5 ui-monospace,monospace;background:var(--code)}"
	"code{padding:.1em .3em;border-radius:3px;overflow-wrap:anywhere}"
	"pre{padding:.8rem;border-radius:6px;overflow-x:auto}"
	"pre code{padding:0;background:none;overflow-wrap:normal;font-size:1em}"
	"dl{display:grid;grid-template-columns:minmax(8rem,14rem) 1fr;gap:.3rem 1rem;"
	"margin:.6rem 0}"
	"dt{color:var(--dim)}dd{margin:0;overflow-wrap:anywhere}"
	".wide{overflow-x:auto}"
	"table{border-collapse:collapse;min-width:100%;font-size:.92rem}"
	"th,td{text-align:left;padding:.35rem .7rem .35rem 0;vertical-align:top;"
	"border-bottom:1px solid var(--line)}"
	"th{color:var(--dim);font-weight:600}"
	"figure{margin:1rem 0}figcaption{color:var(--dim);font-size:.9rem}"
	"svg{display:block;width:100%;height:auto}svg text{fill:var(--fg);font:11px sans-serif}"
	"@media(max-width:40rem){dl{grid-template-columns:1fr;gap:0}dd{margin:0 0 .6rem}"
	"main{padding:.7rem}}";

static void escape(FILE *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		switch (text[i]) {
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '&':
			fputs("&amp;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		default:
			fputc(text[i], out);
		}
}

/* Text with `code` and **strong** words. */
static void marked(FILE *out, const char *text)
{
	bool strong = false;

	while (*text != 0) {
		const char *end = text[0] == '`' ? strchr(text + 1, '`') : NULL;
		size_t len = strcspn(text + 1, "`*") + 1;

		if (end != NULL) {
			fputs("<code>", out);
			escape(out, text + 1, (size_t)(end - text - 1));
			fputs("</code>", out);
			text = end + 1;
			continue;
		}
		if (text[0] == '*' && text[1] == '*') {
			fputs(strong ? "</strong>" : "<strong>", out);
			strong = !strong;
			text += 2;
			continue;
		}
		escape(out, text, len);
		text += len;
	}
	if (strong)
		fputs("</strong>", out);
}

static void table_row(FILE *out, const json_t *row, const char *tag)
{
	size_t i;
	json_t *cell;

	fputs("<tr>", out);
	json_array_foreach(row, i, cell) {
		fprintf(out, "<%s>", tag);
		escape(out, json_string_value(cell), strlen(json_string_value(cell)));
		fprintf(out, "</%s>", tag);
	}
	fputs("</tr>\n", out);
}

static void table(FILE *out, const json_t *node)
{
	size_t i;
	json_t *row;

	fputs("<div class=wide><table><thead>", out);
	table_row(out, json_object_get(node, "columns"), "th");
	fputs("</thead><tbody>\n", out);
	json_array_foreach(json_object_get(node, "rows"), i, row)
		table_row(out, row, "td");
	fputs("</tbody></table></div>\n", out);
}

static const char *group_of(const char *kind)
{
	return strcmp(kind, "fact") == 0   ? "dl" :
	       strcmp(kind, "bullet") == 0 ? "ul" :
	       strcmp(kind, "step") == 0   ? "ol" :
					     "";
}

static void node_show(FILE *out, const json_t *node, const char *kind)
{
	const char *text = fact_string(node, "text");

	if (strcmp(kind, "heading") == 0) {
		int level = (int)fact_number(node, "level");

		fprintf(out, "<h%d>", level);
		marked(out, text);
		fprintf(out, "</h%d>\n", level);
	} else if (strcmp(kind, "fact") == 0) {
		fputs("<dt>", out);
		escape(out, fact_string(node, "key"), strlen(fact_string(node, "key")));
		fputs(fact_true(node, "code") ? "</dt><dd><code>" : "</dt><dd>", out);
		if (fact_true(node, "code"))
			escape(out, text, strlen(text));
		else
			marked(out, text);
		fputs(fact_true(node, "code") ? "</code></dd>\n" : "</dd>\n", out);
	} else if (strcmp(kind, "code") == 0) {
		fputs("<pre><code>", out);
		escape(out, text, strlen(text));
		fputs("</code></pre>\n", out);
	} else if (strcmp(kind, "table") == 0) {
		table(out, node);
	} else if (strcmp(kind, "figure") == 0) {
		html_figure(out, fact_string(node, "figure"), fact_get(node, "data"));
	} else {
		bool item = group_of(kind)[0] != 0;

		fputs(item ? "<li>" : "<p>", out);
		marked(out, text);
		fputs(item ? "</li>\n" : "</p>\n", out);
	}
}

void doc_render_html(const struct doc *d, FILE *out, const char *title)
{
	const char *open = "";
	size_t i;
	json_t *node;

	fputs("<!doctype html>\n<html lang=en><head><meta charset=utf-8>"
	      "<meta name=viewport content=\"width=device-width,initial-scale=1\"><title>",
	      out);
	escape(out, title, strlen(title));
	fprintf(out, "</title><style>%s</style></head><body><main>\n", style);
	json_array_foreach(d->nodes, i, node) {
		const char *kind = fact_string(node, "kind"), *group = group_of(kind);

		if (strcmp(kind, "heading") == 0 && !doc_heading_used(d, i))
			continue;
		if (strcmp(open, group) != 0) {
			if (open[0] != 0)
				fprintf(out, "</%s>\n", open);
			if (group[0] != 0)
				fprintf(out, "<%s>\n", group);
			open = group;
		}
		node_show(out, node, kind);
	}
	if (open[0] != 0)
		fprintf(out, "</%s>\n", open);
	fputs("</main></body></html>\n", out);
}
