/* /proc/cpuinfo: the line that runtimes size their nurseries by, once for each processor. */
#include "../test.h"

int main(void)
{
	FILE *f = fopen("/proc/cpuinfo", "r");
	int processors = 0, sizes = 0;
	char line[8192];

	REQUIRE(f != NULL);
	while (fgets(line, sizeof(line), f) != NULL) {
		processors += strncmp(line, "processor\t:", 11) == 0;
		if (strncmp(line, "cache size\t:", 12) != 0)
			continue;
		sizes++;
		if (sizes == 1)
			fputs(line, stdout);
	}
	fclose(f);
	CHECK(processors > 0);
	CHECK(sizes == 0 || sizes == processors);
	return TEST_RESULT;
}
