/* The wire codec: good messages are understood, and every way to be wrong is refused. */
/* build: wire/codec.c */
#include <stdio.h>

#include "tests/unit/wire_messages.h"
#include "wire/patience.h"

static int failures;

static void check(bool ok, const char *what, const char *detail)
{
	if (ok)
		return;
	printf("%s: %s\n", what, detail == NULL ? "accepted" : detail);
	failures++;
}

static const char *decode(const struct message *m, enum wire_phase phase,
			  struct wire_request *ret)
{
	/* An exact allocation, so that a sanitizer sees a read past the end. */
	u8 *copy = malloc(m->len == 0 ? 1 : m->len);
	const char *wrong;

	memcpy(copy, m->bytes, m->len);
	wrong = wire_request_decode(copy, m->len, phase, ret);
	free(copy);
	return wrong;
}

static void good(const struct message *m, enum wire_phase phase, const char *what)
{
	struct wire_request r;
	const char *wrong = decode(m, phase, &r);

	check(wrong == NULL, what, wrong);
	check(r.seq == 7, what, "sequence number lost");
}

static void bad(const struct message *m, enum wire_phase phase, const char *what)
{
	struct wire_request r;

	check(decode(m, phase, &r) != NULL, what, NULL);
}

static void check_phases(void)
{
	struct wire_fail fail = { 8, 126, 0 };
	struct wire_kick kick = { 1, 2 };
	struct message m;

	message_hello(&m);
	good(&m, WIRE_PHASE_BOOT, "HELLO at boot");
	bad(&m, WIRE_PHASE_RUN, "HELLO in run");
	message_make(&m, WIRE_FAIL, &fail, sizeof(fail), NULL, NULL, NULL);
	good(&m, WIRE_PHASE_BOOT, "FAIL at boot");
	bad(&m, WIRE_PHASE_RUN, "FAIL in run");
	message_make(&m, WIRE_KICK, &kick, sizeof(kick), NULL, NULL, NULL);
	bad(&m, WIRE_PHASE_BOOT, "KICK at boot");
	good(&m, WIRE_PHASE_RUN, "KICK in run");
	message_text(&m, WIRE_LOG, "line");
	good(&m, WIRE_PHASE_BOOT, "LOG at boot");
	good(&m, WIRE_PHASE_RUN, "LOG in run");
}

static void check_frames(void)
{
	struct wire_header *header;
	struct message m, cut;

	message_open(&m, 0, 0, "etc/passwd");
	good(&m, WIRE_PHASE_RUN, "OPEN");
	for (size_t len = 0; len < m.len; len++) {
		cut = m;
		cut.len = len;
		bad(&cut, WIRE_PHASE_RUN, "cut, header unchanged");
		if (len < sizeof(*header))
			continue;
		header = (struct wire_header *)cut.bytes;
		header->len = (u32)(len - sizeof(*header));
		bad(&cut, WIRE_PHASE_RUN, "cut, header length matches");
	}
	cut = m;
	cut.bytes[cut.len++] = 'x';
	bad(&cut, WIRE_PHASE_RUN, "a byte too many");
	((struct wire_header *)cut.bytes)->len++;
	bad(&cut, WIRE_PHASE_RUN, "a byte too many, header length matches");
	for (u32 type = 0; type < 300; type++) {
		cut = m;
		((struct wire_header *)cut.bytes)->type = type;
		if (wire_type_name(type) == NULL)
			bad(&cut, WIRE_PHASE_RUN, "type that does not exist");
	}
	cut = m;
	cut.bytes[0] ^= 1;
	bad(&cut, WIRE_PHASE_RUN, "other magic");
}

static void check_lengths(void)
{
	struct wire_change *c;
	struct wire_open *o;
	struct message m;
	u32 evil[] = { 11, 9, 0, 0xffffffff, 0x7fffffff, 0x80000000, 0xfffffff6, 4096 };

	for (size_t i = 0; i < ARRAY_SIZE(evil); i++) {
		message_open(&m, 0, 0, "etc/passwd");
		o = (struct wire_open *)(m.bytes + sizeof(struct wire_header));
		o->path_len = evil[i];
		bad(&m, WIRE_PHASE_RUN, "path_len of OPEN");
		message_change(&m, WIRE_TREE_RENAME, "a/b", "c/d", NULL);
		c = (struct wire_change *)(m.bytes + sizeof(struct wire_header));
		c->path2_len = evil[i];
		bad(&m, WIRE_PHASE_RUN, "path2_len of CHANGE");
		/* Sums that wrap around to the right total. */
		c->path2_len = 0x80000000;
		c->path_len = 0x80000006;
		bad(&m, WIRE_PHASE_RUN, "lengths that wrap");
	}
}

static void check_paths(void)
{
	static const char *const fine[] = { ".",     "a",  "a/b",     "...",
					    "a/...", ".a", "..a/b..", " " };
	static const char *const wrong[] = { "",     "/",     "/etc", "..",
					     "a/..", "../a",  "a//b", "a/",
					     "./a",  "a/./b", "a/.",  "//" };
	char name[300];
	struct message m;

	for (size_t i = 0; i < ARRAY_SIZE(fine); i++) {
		message_lookup(&m, WIRE_STATX, 0, fine[i]);
		good(&m, WIRE_PHASE_RUN, fine[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		message_lookup(&m, WIRE_STATX, 0, wrong[i]);
		bad(&m, WIRE_PHASE_RUN, wrong[i]);
		message_change(&m, WIRE_TREE_LINK, "a", wrong[i], NULL);
		bad(&m, WIRE_PHASE_RUN, wrong[i]);
	}
	memset(name, 'n', sizeof(name));
	name[255] = 0;
	message_lookup(&m, WIRE_READLINK, 0, name);
	good(&m, WIRE_PHASE_RUN, "name of 255 bytes");
	message_lookup(&m, WIRE_XATTRS, 0, name);
	good(&m, WIRE_PHASE_RUN, "name of 255 bytes");
	message_lookup(&m, WIRE_FETCH, 0, name);
	good(&m, WIRE_PHASE_RUN, "name of 255 bytes");
	message_verify(&m, 0, ~0u, ~0u, name);
	good(&m, WIRE_PHASE_RUN, "pieces that no object has");
	message_verify(&m, 0, 0, 1, "../x");
	bad(&m, WIRE_PHASE_RUN, "pieces of what is elsewhere");
	message_wanted(&m, ~0u, ~0ull, ~0ull, name);
	good(&m, WIRE_PHASE_RUN, "a text that no file has");
	message_wanted(&m, 0, 0, 4096, "../x");
	bad(&m, WIRE_PHASE_RUN, "a text of what is elsewhere");
	name[255] = 'n';
	name[256] = 0;
	message_lookup(&m, WIRE_READLINK, 0, name);
	bad(&m, WIRE_PHASE_RUN, "name of 256 bytes");
	message_lookup(&m, WIRE_STATX, 0, "a/b");
	m.bytes[m.len - 2] = 0;
	bad(&m, WIRE_PHASE_RUN, "NUL in a path");
}

static void check_changes(void)
{
	struct message m;

	message_change(&m, WIRE_TREE_MKDIR, "a", NULL, NULL);
	good(&m, WIRE_PHASE_RUN, "MKDIR");
	message_change(&m, WIRE_TREE_MKDIR, "a", "b", NULL);
	bad(&m, WIRE_PHASE_RUN, "MKDIR with two paths");
	message_change(&m, WIRE_TREE_RENAME, "a", NULL, NULL);
	bad(&m, WIRE_PHASE_RUN, "RENAME with one path");
	message_change(&m, WIRE_TREE_SYMLINK, "a", "../../etc", NULL);
	good(&m, WIRE_PHASE_RUN, "SYMLINK with any text");
	message_change(&m, WIRE_TREE_SYMLINK, "a", NULL, NULL);
	bad(&m, WIRE_PHASE_RUN, "SYMLINK without text");
	message_change(&m, WIRE_TREE_SETXATTR, "a", "user.x", "value");
	good(&m, WIRE_PHASE_RUN, "SETXATTR");
	message_change(&m, WIRE_TREE_UNLINK, "a", NULL, "value");
	bad(&m, WIRE_PHASE_RUN, "UNLINK with a value");
	for (u32 op = 0; op < 100; op++) {
		if (op >= 1 && op < WIRE_TREE_OP_MAX)
			continue;
		message_change(&m, op, "a", NULL, NULL);
		bad(&m, WIRE_PHASE_RUN, "operation that does not exist");
	}
	message_change(&m, WIRE_TREE_UTIMES, "a", NULL, NULL);
	good(&m, WIRE_PHASE_RUN, "UTIMES");
	((struct wire_change *)(m.bytes + sizeof(struct wire_header)))->has_times = 2;
	bad(&m, WIRE_PHASE_RUN, "has_times of 2");
}

static void check_answers(void)
{
	struct wire_header h = { WIRE_MAGIC, WIRE_STATX | WIRE_ANSWER, 0, 9 };
	struct wire_answer a = { 0, 256 };
	size_t whole = sizeof(h) + sizeof(a) + 256;

	h.len = (u32)(whole - sizeof(h));
	check(wire_answer_check(&h, &a, whole, WIRE_STATX, 9), "answer", "refused");
	check(!wire_answer_check(&h, &a, whole - 1, WIRE_STATX, 9), "short answer",
	      NULL);
	check(!wire_answer_check(&h, &a, 4, WIRE_STATX, 9), "tiny answer", NULL);
	check(!wire_answer_check(&h, &a, whole, WIRE_STATX, 8), "answer to another",
	      NULL);
	check(!wire_answer_check(&h, &a, whole, WIRE_OPEN, 9), "answer of another type",
	      NULL);
	a.error = -2;
	check(!wire_answer_check(&h, &a, whole, WIRE_STATX, 9), "negative errno", NULL);
}

static void check_encode(void)
{
	struct wire_open open = { 0, 0, 0, WIRE_PATH_MAX + 1 };
	struct wire_header h;
	u32 fixed;

	check(!wire_request_encode(WIRE_OPEN, 1, &open, &h, &fixed),
	      "long path encoded", NULL);
	open.path_len = 3;
	check(wire_request_encode(WIRE_OPEN, 1, &open, &h, &fixed) &&
		      fixed == sizeof(open) && h.len == sizeof(open) + 3 && h.seq == 1,
	      "encode", "wrong header");
	check(!wire_request_encode(31, 1, &open, &h, &fixed), "unknown type encoded",
	      NULL);
}

/* How many waits in a row sleep at once. */
static u32 asleep(struct patience *p)
{
	u32 n = 0;

	while (!patience_begin(p))
		n++;
	return n;
}

static void check_patience(void)
{
	struct patience p = { 0 };
	u32 wanted = 0;

	for (int i = 0; i < 10; i++) {
		check(asleep(&p) == wanted, "patience", "waits that sleep at once");
		patience_end(&p, false);
		wanted = MIN(2 * wanted + 1, PATIENCE_SKIPS);
	}
	asleep(&p);
	patience_end(&p, true);
	check(asleep(&p) == 0, "patience", "is lost though it was in time");
}

int main(void)
{
	check_patience();
	check_phases();
	check_frames();
	check_lengths();
	check_paths();
	check_changes();
	check_answers();
	check_encode();
	return failures == 0 ? 0 : 1;
}
