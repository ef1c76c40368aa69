/* Decoding of "#!" lines, byte for byte as Linux does it. */
#include "abi/errno.h"
#include "kernel/task/binfmt.h"

/* The last byte of the head is where an unterminated line is cut. */
#define HEAD_LAST (EXEC_HEAD_SIZE - 1)
#define NOT_FOUND EXEC_HEAD_SIZE

static bool is_blank(u8 c)
{
	return c == ' ' || c == '\t';
}

/* The first byte in [first, last] that is not blank, or NOT_FOUND. */
static u32 skip_blanks(const u8 *head, u32 first, u32 last)
{
	for (; first <= last; first++)
		if (!is_blank(head[first]))
			return first;
	return NOT_FOUND;
}

/* The first blank or NUL in [first, last], or NOT_FOUND. */
static u32 find_terminator(const u8 *head, u32 first, u32 last)
{
	for (; first <= last; first++)
		if (is_blank(head[first]) || head[first] == '\0')
			return first;
	return NOT_FOUND;
}

/*
 * Where the line ends: at its newline, or at the end of the head when that cuts no
 * name.
 */
static int find_line_end(const u8 *head, u32 *ret_end, struct exec_error *err)
{
	u32 name;

	for (u32 i = 0; i < EXEC_HEAD_SIZE && head[i] != '\0'; i++) {
		if (head[i] == '\n') {
			*ret_end = i;
			return 0;
		}
	}
	name = skip_blanks(head, 2, HEAD_LAST);
	if (name == NOT_FOUND) {
		exec_error_set(err,
			       "#! line names no interpreter in its first %d bytes",
			       EXEC_HEAD_SIZE);
		return -ENOEXEC;
	}
	/*
	 * The path may go on beyond what was read: running a part of it would be wrong.
	 */
	if (find_terminator(head, name, HEAD_LAST) == NOT_FOUND) {
		exec_error_set(err,
			       "#! line is longer than %d bytes: interpreter cut off",
			       EXEC_HEAD_SIZE);
		return -ENOEXEC;
	}
	*ret_end = HEAD_LAST;
	return 0;
}

/* Bytes from first up to a NUL or end. */
static u32 text_len(const u8 *head, u32 first, u32 end)
{
	u32 i = first;

	while (i < end && head[i] != '\0')
		i++;
	return i - first;
}

bool script_magic(const u8 head[EXEC_HEAD_SIZE])
{
	return head[0] == '#' && head[1] == '!';
}

/*
 * Linux: fs/binfmt_script.c. The argument is everything after the name, blanks
 * included, without those before the newline. Two peculiarities are kept: a line
 * without newline keeps its trailing blanks, and such a line with nothing behind the
 * blanks passes "".
 */
int script_decode(const u8 head[EXEC_HEAD_SIZE], struct script_line *ret,
		  struct exec_error *err)
{
	struct script_line line = { 0 };
	u32 end, sep;
	int r = find_line_end(head, &end, err);

	if (r < 0)
		return r;
	while (is_blank(head[end - 1]))
		end--;
	line.name = skip_blanks(head, 2, end);
	if (line.name == NOT_FOUND || line.name == end) {
		exec_error_set(err, "#! line names no interpreter");
		return -ENOEXEC;
	}
	sep = find_terminator(head, line.name, end);
	line.name_len = text_len(head, line.name, sep == NOT_FOUND ? end : sep);
	if (sep != NOT_FOUND && head[sep] != '\0') {
		line.arg = skip_blanks(head, sep, end);
		line.has_arg = line.arg != NOT_FOUND;
		if (line.has_arg)
			line.arg_len = text_len(head, line.arg, end);
	}
	*ret = line;
	return 0;
}
