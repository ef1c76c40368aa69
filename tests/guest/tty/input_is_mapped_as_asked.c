/* ICRNL, INLCR, IGNCR, ISTRIP, IUCLC, PARMRK. */
#include "pty.h"

int main(void)
{
	struct pair p;

	pair_open(&p);
	make_raw(p.slave);
	TYPE(&p, "a\r\n");
	EXPECT(p.slave, "a\r\n");
	CHANGE(p.slave, c_iflag, ICRNL, 0);
	TYPE(&p, "a\r\n");
	EXPECT(p.slave, "a\n\n");
	CHANGE(p.slave, c_iflag, INLCR, ICRNL);
	TYPE(&p, "a\r\n");
	EXPECT(p.slave, "a\r\r");
	CHANGE(p.slave, c_iflag, IGNCR, INLCR);
	TYPE(&p, "a\r\n");
	EXPECT(p.slave, "a\n");
	CHANGE(p.slave, c_iflag, ICRNL | INLCR, IGNCR);
	TYPE(&p, "a\r\n");
	EXPECT(p.slave, "a\n\r");
	CHANGE(p.slave, c_iflag, ISTRIP, ICRNL | INLCR);
	TYPE(&p, "\341\377");
	EXPECT(p.slave, "a\177");
	CHANGE(p.slave, c_iflag, IUCLC, ISTRIP);
	TYPE(&p, "AbC");
	EXPECT(p.slave, "AbC");
	CHANGE(p.slave, c_lflag, IEXTEN, 0);
	TYPE(&p, "AbC");
	EXPECT(p.slave, "abc");
	CHANGE(p.slave, c_iflag, PARMRK, IUCLC);
	TYPE(&p, "a\377b");
	EXPECT(p.slave, "a\377\377b");
	return TEST_RESULT;
}
