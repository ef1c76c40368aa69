/* A small real job: reads a big text of its own making, counts and sorts words. */
//build: static dynamic musl
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct word {
	char *text;
	int count;
	struct word *next;
};

static struct word *table[4096];

static void add(const char *text)
{
	unsigned hash = 5381;
	struct word *w;

	for (const char *p = text; *p; p++)
		hash = hash * 33 + (unsigned char)*p;
	for (w = table[hash % 4096]; w; w = w->next)
		if (strcmp(w->text, text) == 0) {
			w->count++;
			return;
		}
	w = malloc(sizeof(*w));
	w->text = strdup(text);
	w->count = 1;
	w->next = table[hash % 4096];
	table[hash % 4096] = w;
}

static int compare(const void *a, const void *b)
{
	const struct word *x = *(struct word *const *)a, *y = *(struct word *const *)b;

	return x->count != y->count ? y->count - x->count : strcmp(x->text, y->text);
}

int main(void)
{
	struct word **all = calloc(100000, sizeof(*all));
	FILE *f = fopen("/tmp/text", "w");
	unsigned state = 1;
	char line[256];
	size_t n = 0;

	for (int i = 0; i < 200000; i++) {
		state = state * 1664525 + 1013904223;
		fprintf(f, "w%u%c", (state >> 16) % 997 * ((state >> 8) % 13), i % 10 ? ' ' : '\n');
	}
	fclose(f);
	f = fopen("/tmp/text", "r");
	while (fgets(line, sizeof(line), f))
		for (char *p = strtok(line, " \n"); p; p = strtok(NULL, " \n"))
			add(p);
	for (int i = 0; i < 4096; i++)
		for (struct word *w = table[i]; w; w = w->next)
			all[n++] = w;
	qsort(all, n, sizeof(*all), compare);
	printf("%zu different words\n", n);
	for (size_t i = 0; i < 20 && i < n; i++)
		printf("%6d %s\n", all[i]->count, all[i]->text);
	return 0;
}
