/* stdio over files: buffering, seeking, ungetc, append, tmpfile. */
//build: static dynamic musl
#include "../test.h"

int main(void)
{
	char line[64];
	FILE *f = fopen("/tmp/f", "w+"), *t;

	REQUIRE(f != NULL);
	for (int i = 0; i < 10000; i++)
		fprintf(f, "line %d\n", i);
	CHECK_EQ(fflush(f), 0);
	CHECK_EQ(ftell(f), 98890);
	rewind(f);
	for (int i = 0; i < 10000; i++) {
		int n = -1;

		if (fgets(line, sizeof(line), f) == NULL || sscanf(line, "line %d", &n) != 1 ||
		    n != i) {
			test_fail("line %d is %s", i, line);
			break;
		}
	}
	CHECK(fgets(line, sizeof(line), f) == NULL && feof(f));
	CHECK_EQ(fseek(f, -5, SEEK_END), 0);
	CHECK_EQ(fgetc(f), '9');
	CHECK_EQ(ungetc('x', f), 'x');
	CHECK_EQ(fgetc(f), 'x');
	CHECK_EQ(fclose(f), 0);
	f = fopen("/tmp/f", "a");
	CHECK(fputs("tail", f) >= 0 && ftell(f) == 98894 && fclose(f) == 0);
	CHECK(fopen("/tmp/none/f", "w") == NULL && errno == ENOENT);
	t = tmpfile();
	CHECK(t != NULL && fputs("temp", t) >= 0 && fclose(t) == 0);
	puts("stdout works");
	fputs("stderr works\n", stderr);
	return TEST_RESULT;
}
