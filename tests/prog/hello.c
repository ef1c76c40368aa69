/* The smallest interesting program, in every way a C program can be linked. */
//build: static dynamic static-pie no-pie musl tcc
//args: world "and all"
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int by_length(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return (int)strlen(*x) - (int)strlen(*y);
}

int main(int argc, char **argv)
{
	const char *words[] = { "nacre", "is", "the", "layer", "of", "a", "mollusc" };
	volatile double x = 2.0;
	char text[64];
	struct tm tm;
	time_t t = 86400 * 365;

	setlocale(LC_ALL, "");
	for (int i = 1; i < argc; i++)
		printf("hello, %s\n", argv[i]);
	qsort(words, 7, sizeof(words[0]), by_length);
	printf("shortest %s, longest %s\n", words[0], words[6]);
	gmtime_r(&t, &tm);
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
	printf("%s %.6f %a %s\n", text, x * x / 3, x, strerror(ENOENT));
	fprintf(stderr, "on the error stream\n");
	return argc == 3 ? 0 : 1;
}
