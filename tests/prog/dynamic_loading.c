/* dlopen, dlsym, dlclose and lazy symbols: the dynamic linker at work as a guest. */
//build: dynamic
#include <dlfcn.h>
#include <stdio.h>

int main(void)
{
	void *m = dlopen("libm.so.6", RTLD_NOW), *none;
	double (*cosine)(double);
	double (*power)(double, double);

	if (m == NULL) {
		printf("%s\n", dlerror());
		return 1;
	}
	cosine = (double (*)(double))dlsym(m, "cos");
	power = (double (*)(double, double))dlsym(m, "pow");
	printf("%.9f %.9f\n", cosine(1.0), power(2.0, 0.5));
	printf("%s\n", dlsym(m, "no_such_symbol") ? "found" : "not found");
	none = dlopen("libnonesuch.so.9", RTLD_LAZY);
	printf("%s\n", none ? "opened" : dlerror());
	printf("%d\n", dlclose(m));
	for (int i = 0; i < 50; i++) {
		m = dlopen("libm.so.6", RTLD_LAZY);
		if (m == NULL || dlclose(m) != 0)
			return 2;
	}
	return 0;
}
