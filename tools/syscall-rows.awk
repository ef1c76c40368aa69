# Reads abi/syscalls.def for the tools beside it. They define
#
#	row(nr, name, level, nargs, nkinds, note)	called for each row, in order
#	finish()					called after the last
#
# and find the line of the current row in ROW_LINE. A row may span lines; it ends where
# its parentheses balance outside strings. Text that is no row is passed to stray().

# Without comments; sets IN_COMMENT across lines.
function uncomment(s,    out, at) {
	out = ""
	while (s != "") {
		if (IN_COMMENT) {
			at = index(s, "*/")
			if (!at)
				return out
			s = substr(s, at + 2)
			IN_COMMENT = 0
			continue
		}
		at = index(s, "/*")
		if (!at || index(s, "\"") && index(s, "\"") < at)
			return out s
		out = out substr(s, 1, at - 1)
		s = substr(s, at + 2)
		IN_COMMENT = 1
	}
	return out
}

# Opening minus closing parentheses outside strings.
function depth(s,    opened, t) {
	gsub(/\\"/, "", s)
	gsub(/"[^"]*"/, "", s)
	t = s
	opened = gsub(/\(/, "", t)
	t = s
	return opened - gsub(/\)/, "", t)
}

# How many elements a list has; commas inside parentheses do not count.
function elements(list,    i, c, n, level) {
	if (list ~ /^[ \t]*$/)
		return 0
	n = 1
	level = 0
	for (i = 1; i <= length(list); i++) {
		c = substr(list, i, 1)
		if (c == "(")
			level++
		else if (c == ")")
			level--
		else if (c == "," && level == 0)
			n++
	}
	return n
}

function parse(s,    field, n, head, at, note, kinds) {
	at = index(s, "ARGS(")
	head = at ? substr(s, 1, at - 1) : s
	sub(/^SYSCALL\(/, "", head)
	n = split(head, field, /[ \t]*,[ \t]*/)
	if (!at || n != 5) {
		stray(s)
		return
	}
	kinds = substr(s, at + 5)
	note = kinds
	if (!match(note, /\),[ \t]*"/)) {
		stray(s)
		return
	}
	kinds = substr(kinds, 1, RSTART - 1)
	note = substr(note, RSTART + RLENGTH)
	if (!sub(/"[ \t]*\)[ \t]*$/, "", note)) {
		stray(s)
		return
	}
	gsub(/"[ \t]*"/, "", note)
	gsub(/\\"/, "\"", note)
	row(field[1], field[2], field[3], field[4], elements(kinds), note)
}

FILENAME != LAST_FILE {
	LAST_FILE = FILENAME
	IN_COMMENT = 0
	PENDING = ""
}

{
	text = uncomment($0)
	gsub(/^[ \t]+|[ \t]+$/, "", text)
	if (text == "")
		next
	if (PENDING == "")
		ROW_LINE = FNR
	PENDING = PENDING == "" ? text : PENDING " " text
	if (depth(PENDING) > 0)
		next
	if (PENDING ~ /^SYSCALL\(/)
		parse(PENDING)
	else if (PENDING !~ /^#/)
		stray(PENDING)
	PENDING = ""
}

END {
	if (PENDING != "")
		stray(PENDING)
	finish()
}
