/* The figures of the HTML page, as inline SVG in the page's own colours. */
#include <stdlib.h>
#include <string.h>

#include "report/doc.h"

#define WIDTH 640
#define BARS_MAX 14
#define TICKS_MAX 600u

/* Calls in their order from left to right, one row a name; failed ones in another colour. */
static void timeline(FILE *out, const json_t *calls)
{
	const json_t *first = fact_get(calls, "first");
	size_t n = MIN(json_array_size(first), (size_t)TICKS_MAX), rows = 0, i;
	json_t *names = fact_object(), *call;
	const char *name;

	for (i = 0; i < n; i++) {
		name = fact_string(json_array_get(first, i), "name");
		if (json_object_get(names, name) == NULL)
			fact_put_number(names, name, rows++);
	}
	if (n == 0) {
		json_decref(names);
		return;
	}
	fprintf(out,
		"<figure><figcaption>The first %zu calls in order; failed ones are red</figcaption>"
		"<svg viewBox=\"0 0 %d %zu\" role=img aria-label=\"Timeline of system calls\">\n",
		n, WIDTH, rows * 14 + 6);
	json_object_foreach(names, name, call)
		fprintf(out,
			"<text x=0 y=%lld>%s</text><line x1=120 x2=%d y1=%lld y2=%lld "
			"stroke=\"var(--line)\"/>\n",
			(long long)json_integer_value(call) * 14 + 12, name, WIDTH,
			(long long)json_integer_value(call) * 14 + 8,
			(long long)json_integer_value(call) * 14 + 8);
	for (i = 0; i < n; i++) {
		call = json_array_get(first, i);
		fprintf(out,
			"<rect x=\"%.1f\" y=%llu width=\"%.1f\" height=9 "
			"fill=\"var(--%s)\"/>\n",
			120 + (double)i * (WIDTH - 120) / (double)n,
			(unsigned long long)fact_number(names, fact_string(call, "name")) * 14 + 4,
			MAX((double)(WIDTH - 120) / (double)n - 0.5, 0.7),
			fact_string(call, "error")[0] != 0 ? "bad" : "accent");
	}
	fputs("</svg></figure>\n", out);
	json_decref(names);
}

struct bar {
	const char *name;
	u64 count, errors;
};

static int by_count(const void *a, const void *b)
{
	const struct bar *x = a, *y = b;

	return x->count < y->count ? 1 : x->count > y->count ? -1 : strcmp(x->name, y->name);
}

static void histogram(FILE *out, const json_t *calls)
{
	json_t *counts = fact_get(calls, "counts"), *value;
	struct bar *bars = calloc(json_object_size(counts) + 1, sizeof(*bars));
	size_t n = 0;
	const char *name;

	json_object_foreach(counts, name, value)
		if (bars != NULL)
			bars[n++] = (struct bar){ name, (u64)json_integer_value(value),
						  fact_number(fact_get(calls, "errors"), name) };
	if (n == 0) {
		free(bars);
		return;
	}
	qsort(bars, n, sizeof(*bars), by_count);
	fprintf(out,
		"<figure><figcaption>Calls by number%s; failed ones are red</figcaption>"
		"<svg viewBox=\"0 0 %d %zu\" role=img aria-label=\"Histogram of system calls\">\n",
		n > BARS_MAX ? ", the most frequent" : "", WIDTH,
		MIN(n, (size_t)BARS_MAX) * 18 + 6);
	for (size_t i = 0; i < n && i < BARS_MAX; i++) {
		double scale = (double)(WIDTH - 200) / (double)bars[0].count;

		fprintf(out,
			"<text x=0 y=%zu>%s</text><rect x=120 y=%zu width=\"%.1f\" height=12 "
			"fill=\"var(--accent)\"/><rect x=120 y=%zu width=\"%.1f\" height=12 "
			"fill=\"var(--bad)\"/><text x=\"%.1f\" y=%zu>%llu</text>\n",
			i * 18 + 14, bars[i].name, i * 18 + 4, (double)bars[i].count * scale,
			i * 18 + 4, (double)bars[i].errors * scale,
			126 + (double)bars[i].count * scale, i * 18 + 14,
			(unsigned long long)bars[i].count);
	}
	fputs("</svg></figure>\n", out);
	free(bars);
}

void html_figure(FILE *out, const char *figure, const json_t *data)
{
	if (strcmp(figure, "timeline") == 0)
		timeline(out, data);
	else if (strcmp(figure, "histogram") == 0)
		histogram(out, data);
}
