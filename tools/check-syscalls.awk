# The checks of tools/check-syscalls, which gives the file names in variables and the
# handlers, one per line, on standard input. syscall-rows.awk reads the rows.

function fail(where, what) {
	print where ": " what > "/dev/stderr"
	failures++
}

function here() {
	return FILENAME ":" ROW_LINE
}

# The text between a macro's name and the last parenthesis, without blanks.
function inside(line) {
	sub(/^[A-Z]+\(/, "", line)
	sub(/\)[ \t]*$/, "", line)
	return line
}

function load_kinds(    line, field) {
	while ((getline line < argkinds) > 0) {
		if (line !~ /^ARGKIND\(/)
			continue
		split(inside(line), field, /, */)
		parameter[field[1]] = field[3]
	}
	parameter["FLAGS"] = "SET"
	parameter["ENUM"] = "SET"
}

# A FLAG row names the set it stands in, and no set twice the same name.
function load_sets(    line, field, nr, set) {
	while ((getline line < flags) > 0) {
		nr++
		if (line ~ /^FLAGSET\(/) {
			split(inside(line), field, /, */)
			set = field[1]
			if (set in sets)
				fail(flags ":" nr, "second set " set)
			sets[set] = 1
		} else if (line ~ /^FLAG\(/) {
			split(inside(line), field, /, */)
			if (field[1] != set)
				fail(flags ":" nr, field[1] " has a FLAG in set " set)
		}
	}
}

BEGIN {
	load_kinds()
	load_sets()
	last = -1
}

function check_kind(name, nargs, written,    kind, param) {
	kind = written
	param = ""
	if (match(written, /\(/)) {
		kind = substr(written, 1, RSTART - 1)
		param = substr(written, RSTART + 1)
		sub(/\)$/, "", param)
	}
	if (!(kind in parameter))
		fail(here(), name ": unknown argument kind " kind)
	else if ((parameter[kind] == "NIL") != (param == ""))
		fail(here(), name ": parameter of " kind)
	else if (parameter[kind] == "SET" && !(param in sets))
		fail(here(), name ": unknown set " param)
	else if (parameter[kind] == "ARG" && (param !~ /^[0-5]$/ || param + 0 >= nargs))
		fail(here(), name ": no argument " param)
}

function check_kinds(name, nargs,    text, n, i, kind) {
	text = PENDING
	sub(/.*ARGS\(/, "", text)
	sub(/\),[ \t]*".*/, "", text)
	n = split(text, kind, /[ \t]*,[ \t]*/)
	for (i = 1; i <= n; i++)
		check_kind(name, nargs, kind[i])
}

function check_number(nr, name) {
	if (nr !~ /^[0-9]+$/)
		fail(here(), name ": number " nr " is none")
	if (nr in by_number)
		fail(here(), "number " nr " is " by_number[nr] " and " name)
	else if (nr + 0 < last)
		fail(here(), name ": number " nr " after " last)
	if (name in by_name)
		fail(here(), "second row named " name)
	by_number[nr] = name
	by_name[name] = nr
	last = nr + 0
}

function row(nr, name, level, nargs, nkinds, note) {
	check_number(nr, name)
	arity[name] = nargs
	levels[name] = level
	if (level !~ /^(FULL|PART|STUB|NONE)$/)
		fail(here(), name ": unknown level " level)
	else if (level != "FULL" && note == "" && !(lenient && level == "NONE"))
		fail(here(), name ": level " level " needs a note")
	if (nargs !~ /^[0-6]$/)
		fail(here(), name ": " nargs " arguments")
	if (nargs != nkinds)
		fail(here(), name ": " nargs " arguments but " nkinds " kinds")
	check_kinds(name, nargs)
}

function stray(text) {
	fail(here(), "not a row: " text)
}

# Linux x86-64 has the numbers 0..336 and 424 onwards.
function check_gaps(    nr) {
	for (nr = 0; nr <= last; nr++) {
		if (nr > 336 && nr < 424) {
			if (nr in by_number)
				fail(FILENAME, "number " nr " does not exist")
		} else if (!(nr in by_number)) {
			fail(FILENAME, "number " nr " is missing")
		}
	}
}

function check_returns(    line, field, nr) {
	while ((getline line < returns) > 0) {
		nr++
		if (line !~ /^RETURNS\(/)
			continue
		split(inside(line), field, /, */)
		if (!(field[1] in by_name))
			fail(returns ":" nr, "no call " field[1])
		if (!(field[2] in parameter))
			fail(returns ":" nr, "unknown argument kind " field[2])
		if (field[1] in returned)
			fail(returns ":" nr, "second row for " field[1])
		returned[field[1]] = 1
	}
}

function check_handlers(    line, field) {
	while ((getline line < "-") > 0) {
		split(line, field, " ")
		if (!(field[1] in by_name)) {
			fail(field[3], "handler " field[1] " has no row")
			continue
		}
		if (field[2] != arity[field[1]])
			fail(field[3], field[1] " takes " field[2] ", not " \
				arity[field[1]] " arguments")
		if (levels[field[1]] == "NONE" && !lenient)
			fail(field[3], field[1] " has a handler but level NONE")
		if (field[1] in handled)
			fail(field[3], "second handler " field[1])
		handled[field[1]] = 1
	}
}

function finish() {
	check_gaps()
	check_returns()
	check_handlers()
	exit failures ? 1 : 0
}
