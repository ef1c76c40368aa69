/* Returning from main: handlers in reverse order, buffers flushed. */
//expect: exit 5
//build: static dynamic static-pie musl
#include "../test.h"

static void first(void)
{
	puts("first registered");
}

static void second(void)
{
	puts("second registered");
}

static void __attribute__((constructor)) before(void)
{
	puts("constructor");
}

static void __attribute__((destructor)) after(void)
{
	puts("destructor");
}

int main(void)
{
	atexit(first);
	atexit(second);
	printf("main");
	return 5;
}
