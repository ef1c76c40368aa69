# A project of 200 C files, four jobs at a time; then its test, a change, and nothing to do.
set -eu
mkdir project; cd project
for i in $(seq 1 200); do
	cat > f$i.c <<END
#include <stdio.h>
#include <string.h>
#include "all.h"
static int table[64] = { $i, $((i * 3)), $((i * 7)) };
int f$i(int x)
{
	int sum = 0;
	for (int i = 0; i < 64; i++)
		sum += table[i] ^ (x + i);
	return sum & 0xffff;
}
END
	echo "int f$i(int x);" >> all.h
done
{
	echo '#include <stdio.h>'; echo '#include "all.h"'; echo 'int main(void) { long s = 0;'
	for i in $(seq 1 200); do echo "s += f$i($i);"; done
	echo 'printf("%ld\n", s); return 0; }'
} > main.c
cat > Makefile <<'END'
CFLAGS = -O1
OBJ = $(patsubst %.c,%.o,$(wildcard *.c))
prog: $(OBJ)
	$(CC) -o $@ $(OBJ)
%.o: %.c all.h
	@$(CC) $(CFLAGS) -c $< -o $@
libf.a: $(filter-out main.o,$(OBJ))
	@ar rcs $@ $^
check: prog libf.a
	./prog
	@nm libf.a | grep -c ' T '
END
make -j4 check | tail -2
make -q prog && echo up to date
touch f7.c; make -n prog | wc -l
make -j4 prog > /dev/null && ./prog
echo 'syntax error' > f9.c; make -j4 prog > /dev/null 2>&1 || echo "make failed $?"
make -j4 -k prog 2>&1 | grep -c 'f9.o'
