/* OPOST with ONLCR, OCRNL, ONOCR, ONLRET, OLCUC, XTABS; nothing without OPOST. */
#include "pty.h"

#define PUT(text) CHECK_EQ(write(p.slave, text, sizeof(text) - 1), (long)sizeof(text) - 1)

int main(void)
{
	struct pair p;

	pair_open(&p);
	PUT("a\nb\r\n");
	EXPECT(p.master, "a\r\nb\r\r\n");
	CHANGE(p.slave, c_oflag, 0, ONLCR);
	PUT("a\nb\r");
	EXPECT(p.master, "a\nb\r");
	CHANGE(p.slave, c_oflag, OCRNL, 0);
	PUT("a\r");
	EXPECT(p.master, "a\n");
	CHANGE(p.slave, c_oflag, ONOCR | ONLRET, OCRNL);
	PUT("a\n\rb\r\r");
	EXPECT(p.master, "a\nb\r");
	CHANGE(p.slave, c_oflag, ONLCR | XTABS, ONOCR | ONLRET);
	PUT("\n\tx\tabcdefgh\ty\b\tz");
	EXPECT(p.master, "\r\n        x       abcdefgh        y\b        z");
	CHANGE(p.slave, c_oflag, OLCUC, XTABS);
	PUT("aBc\303\244\t1");
	EXPECT(p.master, "ABC\303\244\t1");
	CHANGE(p.slave, c_oflag, 0, OPOST);
	PUT("aB\n\r\t");
	EXPECT(p.master, "aB\n\r\t");
	return TEST_RESULT;
}
