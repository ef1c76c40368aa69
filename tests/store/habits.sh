# Sourced by tests/store/run: how commands behave on terminals and to programs that read them, to
# users without rights, and to those who know another system's names.

mkdir -p "$work/hab/sub" "$work/hab2"
echo text > "$work/hab/text"
printf 'a\0b\377' > "$work/hab/bytes"
head -c 5000 /dev/urandom > "$work/hab/object"
ln -s text "$work/hab/link"
mkfifo "$work/hab/fifo"
echo secret > "$work/hab/.env"
setfattr -n user.a -v 1 "$work/hab/text" 2>/dev/null
touch "$work/hab/$(printf '\377')" "$work/hab2/new"

# --- JSON: every command, by its schema ---
export NACRE_STORE=$shm/json
schema() { "$nacre" store "${@:2}" --json 2>/dev/null < /dev/null | python3 tests/store/schema.py "$1" > "$work/err" 2>&1; }
json() { if schema "$@"; then passed=$((passed + 1)); else fail "json_of_$1" "${*:2}"; fi; }
json init init
json ingest ingest "$work/hab" --name hab
json ls ls
json ls-dir ls hab
json tree tree hab
for file in text object link fifo sub "$(printf '\377')"; do json stat stat hab "$file"; done
for file in text object bytes "$(printf '\377')"; do json cat cat hab "$file"; done
same cat_has_the_content "$(store cat hab object --json | python3 -c 'import base64, json, sys; r = json.load(sys.stdin); sys.stdout.buffer.write(base64.b64decode(r["content"]))' | sha256sum)" "$(sha256sum < "$work/hab/object")"
same cat_of_text_is_text "$(store cat hab text --json | python3 -c 'import json, sys; r = json.load(sys.stdin); print(r["encoding"], repr(r["content"]), "object" in r)')" "utf-8 'text\\n' False"
json export export hab "$work/hab.tar"
json export export hab "$work/hab.oci" --format=oci
json export export hab "$work/hab.dir"
json commit commit hab "$work/hab2" --name hab2
json tag tag hab again
json diff diff hab hab2
json du du
json status status
json fsck fsck
json protect protect hab text sub
json ls ls
json unprotect unprotect hab
json rm rm again hab2
json gc gc
json gc gc --delete
mv "$NACRE_STORE/objects" "$work/away" && mkdir "$NACRE_STORE/objects"
json fsck fsck
json fsck fsck --repair="$work/hab"
same fsck_counts_what_it_repaired "$(rm -r "$NACRE_STORE/objects"/*; store fsck --repair="$work/hab" --json | python3 -c 'import json, sys; r = json.load(sys.stdin); print(r["problems"] == r["repaired"] > 0, r["missing"])')" "True 0"
rm -rf "$work/away"
json mount-info mount-info hab
o=$(find "$NACRE_STORE/objects" -type f | head -n 1)
chmod 644 "$o"; printf X >> "$o"
json fsck fsck
same every_command_has_a_schema "$(sed -n 's/^COMMAND("\([a-z-]*\)".*/\1/p' store/commands.def | while read -r c; do grep -qE "\"$c\"(: |\] = )" tests/store/schema.py || echo "$c"; done)" ""
rm -rf "$NACRE_STORE" "$work/hab.dir" "$work/hab.oci" "$work/hab.tar"

# --- readers that stop, disks that are full ---
export NACRE_STORE=$shm/readers
mkdir "$work/rows"
(cd "$work/rows" && seq -f 'name-%06g' 1 3000 | xargs touch)
head -c 3000000 /dev/urandom > "$work/rows/large"
store ingest "$work/rows" --name rows --quiet > /dev/null
for c in "tree rows" "ls rows --json" "cat rows large" "export rows - --format=tar"; do
	same "who_stops_reading_${c%% *}_hears_no_complaint" "$(bash -c "exec 9>&1; '$nacre' store $c 2>&9 | head -c 1 > /dev/null; echo \${PIPESTATUS[0]}" 2>&1)" 141
	check "a_full_disk_is_told_by_${c%% *}" 125 "" bash -c "'$nacre' store $c > /dev/full"
	said "with_its_reason_${c%% *}" "No space left on device"
done
printf 'x' > "$work/rows/$(printf '\033[31m')"
printf 'x' > "$work/rows/Straße"
store ingest "$work/rows" --name rows --quiet > /dev/null
same names_on_a_terminal "$(script -qec "'$nacre' store ls rows" /dev/null | tr -d '\r' | grep -v '^name-\|large' | tr '\n' ' ')" '\033[31m Straße '
odd=$(printf 'no\033[31mne')	# script(1) starts $SHELL, which need not know $'...'
same names_in_complaints_too "$(script -qec "'$nacre' store cat rows '$odd'" /dev/null | tr -d '\r')" 'nacre store: no\033[31mne: No such file or directory'
rm -rf "$NACRE_STORE" "$work/rows"

# --- a terminal: the bar, and Ctrl-C ---
export NACRE_STORE=$shm/terminal
mkdir "$work/long"
python3 -c 'import os, sys
for i in range(6000):
    with open("%s/%d" % (sys.argv[1], i), "wb") as f: f.write(os.urandom(3000))' "$work/long"
tar -C "$work/long" -cf "$work/long.tar" .
# stopped NAME PATTERN COMMAND...: Ctrl-C in the middle
stopped()
{
	local name=$1 got left
	got=$(python3 tests/store/terminal.py 60 ^C "$2" -- "$nacre" store "${@:3}" 2>&1)
	left=$(ls -A "$NACRE_STORE/tmp" 2>/dev/null | wc -l)
	case "$got $left" in
	"130 True "*" True True 0") passed=$((passed + 1)) ;;
	"0 True "*) passed=$((passed + 1)) ;; # it was faster
	*) : > "$work/err"; fail "$name" "status, typed, bar, told, line ended, left: $got $left" ;;
	esac
}
store init > /dev/null
stopped ingest_is_stopped 'reading|listing' ingest "$work/long" --name long
same nothing_has_the_name "$(store ls)" ""
stopped ingest_of_tar_is_stopped 'reading' ingest "$work/long.tar" --name long
same nothing_has_the_name_either "$(store ls)" ""
check it_can_go_on 0 "*" store ingest "$work/long" --name long
stopped export_is_stopped 'writing' export long "$work/long.out"
stopped export_to_tar_is_stopped 'writing' export long "$work/long.out.tar"
stopped export_to_a_layout_is_stopped 'writing' export long "$work/long.oci" --format=oci
same nothing_half_is_left "$(ls -d "$work"/long.o* 2>/dev/null | grep -vxE "$(for f in "$work"/long.out "$work"/long.out.tar "$work"/long.oci; do [ -e "$f" ] && echo "$f"; done | paste -sd '|')")" ""
rm -rf "$work"/long.o*
stopped fsck_is_stopped 'checking' fsck
stopped commit_is_stopped 'reading|listing' commit long "$work/long" --name long2
same a_bar_is_shown "$(python3 tests/store/terminal.py 60 '' checking -- "$nacre" store fsck | cut -d ' ' -f 1-3)" "0 True True"
same no_bar_with_quiet "$(python3 tests/store/terminal.py 60 '' checking -- "$nacre" store fsck --quiet | cut -d ' ' -f 1-3)" "0 False False"
same no_bar_in_json "$(python3 tests/store/terminal.py 60 '' checking -- "$nacre" store fsck --json | cut -d ' ' -f 1-3)" "0 False False"
same a_narrow_terminal_has_narrow_lines "$(script -qec "stty cols 24; '$nacre' store fsck 2>&1 > /dev/null" /dev/null | tr '\r' '\n' | sed 's/\x1b\[K//' | awk '/^checking/ { n++ } length > 23 { long++ } END { print (n > 0), long + 0 }')" "1 0"
check no_bar_in_a_pipe 0 "*" store fsck
same not_even_a_byte "$(wc -c < "$work/err")" 0
rm -rf "$NACRE_STORE" "$work/long" "$work/long.tar"

# --- a user without rights ---
export NACRE_STORE=$work/user/store
if [ -n "$root" ] && command -v setpriv > /dev/null; then
	mkdir "$work/user"
	chmod 755 "$work"
	chown 1234:1234 "$work/user"
	mkdir -p "$work/mixed/mine" "$work/mixed/closed"
	echo a > "$work/mixed/mine/a"
	head -c 3000 /dev/urandom > "$work/mixed/mine/b"
	ln "$work/mixed/mine/a" "$work/mixed/mine/a2"
	mknod "$work/mixed/null" c 1 3
	ln "$work/mixed/null" "$work/mixed/null2"
	setfattr -n security.x -v 1 "$work/mixed/mine/b" 2>/dev/null
	chmod 4755 "$work/mixed/mine/b"
	chmod 777 "$work/mixed/mine"
	chmod 666 "$work/mixed/mine/a"
	check users_have_stores 0 "*" user store ingest "$work/mixed" --name mixed
	check and_look_into_them 0 a user store cat mixed mine/a2
	check and_export 0 "*" user store export mixed "$work/user/out"
	said what_takes_root_is_told "left out, as it takes root: owners of [0-9]* files, [01] attributes, 2 devices"
	same the_rest_is_there "$(cat "$work/user/out/mine/a2") $(stat -c '%a %u' "$work/user/out/mine/b") $(ls "$work/user/out" | tr '\n' ' ')" "a 755 1234 closed mine "
	check and_again_in_json 0 "*" user store export mixed "$work/user/out2" --json
	check and_export_to_tar 0 "*" user store export mixed "$work/user/out.tar"
	same with_all_owners "$(tar --numeric-owner -tvf "$work/user/out.tar" 2> /dev/null | awk '{ print $2 }' | sort -u)" "0/0"
	check and_protect 0 "" user store protect mixed
	said without_the_hosts_flag "grants no immutable flag"
	check which_holds 125 "" user store rm mixed
	check inside_too 2 "" user run --mount mixed:/m:cow -- sh -c 'echo x > /m/mine/a'
	said with_eperm "Operation not permitted"
	check and_unprotect 0 "" user store unprotect mixed
	check and_sync 0 "" user run --mount mixed:/m:sync -- sh -c 'echo x > /m/mine/new'
	same which_is_kept "$(user store cat mixed mine/new)" x
	check and_fsck 0 "*" user store fsck
	check and_rm 0 "" user store rm mixed
	check and_gc 0 "*" user store gc --delete
	chmod 000 "$work/mixed/closed" "$work/mixed/mine/b"
	check what_cannot_be_read_is_an_error 125 "" user store ingest "$work/mixed" --name mixed
	said which_is_named "(closed|mine/b): Permission denied"
	NACRE_STORE=$work/others
	store ingest "$work/mixed" --name mixed --quiet > /dev/null
	check others_stores_can_be_read 0 "*" user store ls mixed
	check and_exported 0 "*" user store export mixed - --format=tar
	check and_verified 0 "*" user store fsck
	check and_looked_through_for_what_is_unused 0 "0 files, 0 B are unused" user store gc
	check but_not_written_to 125 "" user store rm mixed
	said which_is_told "Permission denied"
	chmod 755 "$work/mixed/closed"
else
	skip users "needs root and setpriv"
fi

# --- another system's names: velo-rift's ---
unset NACRE_STORE
export VR_THE_SOURCE=$shm/source
mkdir -p "$work/vrift/src"
printf 'all: hello\nhello: src/main.c\n\tgcc -o $@ $<\n' > "$work/vrift/Makefile"
printf '#include <stdio.h>\nint main(void) { return puts("virtual") < 0; }\n' > "$work/vrift/src/main.c"
cd "$work/vrift" || exit 2
check one_command_keeps_and_runs 0 "virtual" bash -c "'$nacre' store ingest . --name proj --quiet > /dev/null && '$nacre' run --mount proj:/vrift:cow --cwd=/vrift -- sh -c 'make -s && ./hello'"
check the_pair_of_commands_as_it_is_told 0 "*" bash -c "'$nacre' store ingest . --name proj && '$nacre' run --mount proj:/vrift -- make -n -C /vrift"
same nothing_reached_the_project "$(ls | tr '\n' ' ')" "Makefile src "
same the_source_is_where_it_says "$(ls "$shm/source" | grep -cE '^(objects|images|refs)$')" 3
check the_prefix_is_vrift 0 "*" run --mount proj -- ls /vrift/src/main.c
check or_what_it_says 0 "*" env VRIFT_VFS_PREFIX=/other "$nacre" run --mount proj -- ls /other/src/main.c
check debug_is_silent_at_first 0 "" run --mount proj -- true
same indeed "$(wc -c < "$work/err")" 0
check debug_speaks 0 "" env VRIFT_DEBUG=1 "$nacre" run --mount proj -- true
same on_the_standard_error "$([ -s "$work/err" ] && echo yes)" yes
check but_not_for_0 0 "" env VRIFT_DEBUG=0 "$nacre" run --mount proj -- true
same then_it_is_silent "$(wc -c < "$work/err")" 0
check a_virtual_directory_is_one 0 "21" run --mount proj -- python3 -c 'import errno, os
try: os.open("/vrift/src", os.O_WRONLY)
except OSError as e: print(e.errno)'
check names_are_told_apart_by_case 1 "" run --mount proj -- sh -c 'cat /vrift/makefile 2> /dev/null'
check paths_are_normalised 0 "" run --mount proj -- sh -c 'cmp /vrift/../vrift//./Makefile /vrift/Makefile && ! cat /vrift/../none 2> /dev/null'
check changes_of_a_read_only_tree_are_erofs 0 "30 30 30 30 30 30" run --mount proj -- python3 -c 'import os
def t(f, *a):
    try: f(*a)
    except OSError as e: return e.errno
print(t(os.rename, "/vrift/src", "/vrift/x"), t(os.unlink, "/vrift/Makefile"), t(os.rmdir, "/vrift/src"),
      t(os.mkdir, "/vrift/d"), t(os.chmod, "/vrift/Makefile", 0o600), t(os.utime, "/vrift/Makefile"))'
check nothing_is_executable_in_the_source 0 "" find "$shm/source/objects" -type f -perm /111
cd "$top" || exit 2
unset VR_THE_SOURCE
same a_bench_says_what_it_measured "$(bench/store "$work/vrift" --work "$work" --json "$work/bench.json" > /dev/null 2> "$work/err"
	python3 -c 'import json, sys
r = json.load(open(sys.argv[1]))
names = [l["name"] for l in r["lines"]]
print(sorted(r["machine"]), {"cp -a", "tar", "ingest, first"} <= set(names), all(l["seconds"] > 0 for l in r["lines"]))' "$work/bench.json")" \
	"['cpu', 'file_system', 'kernel', 'load', 'processors'] True True"
export NACRE_STORE=$shm/store
