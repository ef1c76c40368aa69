# Sourced by tests/store/run: what sandboxes keep: --commit, :sync, crashes.

lib=$work/kept
mkdir -p "$lib/dir/sub" "$lib/gone/below"
echo base > "$lib/file"
head -c 300000 /dev/urandom > "$lib/dir/large"
echo deep > "$lib/dir/sub/deep"
echo x > "$lib/gone/below/x"
ln "$lib/file" "$lib/dir/hard"
ln -s ../file "$lib/dir/soft"
setfattr -n user.kept -v yes "$lib/file" 2>/dev/null
chmod 640 "$lib/dir/sub/deep"

# What is done to a tree, inside and, for comparison, on the host. Times are set at the end.
cat > "$work/changes" <<'END'
echo more >> file
printf '12345' | dd of=dir/large bs=1 seek=100000 conv=notrunc 2>/dev/null
mv dir moved
rm -r gone
mkdir gone
echo new > gone/new
ln gone/new second
ln -s nowhere dangling
mkfifo pipe
: > empty
truncate -s 5M sparse
head -c 64 /dev/zero > inline
chmod 4711 second
setfattr -n user.new -v 1 gone/new 2>/dev/null
setfattr -x user.kept file 2>/dev/null
chown 12:34 moved/sub/deep 2>/dev/null
mv moved/sub/deep "odd
name"
mkdir replaced && rmdir replaced && echo file > replaced
rm moved/soft && ln -s other moved/soft
find . -depth -exec touch -h -d '2011-11-11 11:11:11.111111111Z' {} +
END
cp -a "$lib" "$work/kept-native"
(cd "$work/kept-native" && umask 022 && sh "$work/changes")
kept_was=$(manifest "$work/kept-native")
store ingest "$lib" --name kept --no-filter --quiet > /dev/null

# as_native NAME IMAGE: the image is what the changes make of the tree on the host
as_native()
{
	rm -rf "$work/kept-out"
	store export "$2" "$work/kept-out" --quiet > /dev/null
	same "$1" "$(manifest "$work/kept-out")" "$kept_was"
	rm -rf "$work/kept-out"
}

inside="umask 022; cd /m && sh $work/changes"
check commit_makes_an_image 0 "" run --mount kept:/m:cow --commit made -- sh -c "$inside"
as_native it_has_the_changes made
check its_base_is_as_it_was 0 base store cat kept file
check the_committed_image_is_sound 0 "*" store fsck
check commits_stack 0 "" run --mount made:/m:cow --commit twice -- sh -c 'rm -r /m/gone /m/moved; mkdir /m/moved'
same and_only_what_is_left "$(store ls twice | tr '\n' ' ')" "$(rm -rf "$work/kept-native/gone" && ls "$work/kept-native" -Q | tr -d '"' | sed 's/\\n/\
/' | tr '\n' ' ')"
check a_run_that_changes_nothing 0 "" run --mount kept:/m:cow --commit nothing -- true
check commits_the_same_image 0 "" store diff kept nothing
check the_exit_status_is_passed_on 3 "" run --mount kept:/m:cow --commit failed -- sh -c 'echo x > /m/x; exit 3'
check and_the_changes_kept 0 x store cat failed x
check commit_of_no_image 125 "" run --commit none -- true
said it_says_which "neither --image nor"
check commit_of_two_images 125 "" run --mount kept:/a:cow --mount made:/b:cow --commit none -- true
check one_of_two_by_its_place 0 "" run --mount kept:/a:cow --mount made:/b:cow --commit none:/b -- sh -c 'echo a > /a/a; echo b > /b/b'
same is_the_one_that_was_meant "$(store ls none | grep -cx '[ab]') $(store cat none b)" "1 b"
check two_commits_of_two_images 0 "" run --mount kept:/a:cow --mount made:/b:cow --commit none:/b --commit other:/a -- sh -c 'echo a > /a/a; echo b > /b/c'
same are_both_made "$(store cat other a) $(store cat none c)" "a b"
check one_place_has_one_commit 125 "" run --mount kept:/a:cow --commit a --commit b -- true
check a_bad_name_is_refused 125 "" run --mount kept:/a:cow --commit ../x -- true
store protect made 2>/dev/null
check a_protected_name_is_not_replaced 125 "" run --mount kept:/a:cow --commit made -- true
store unprotect made 2>/dev/null
check what_times_out_is_not_committed 124 "" run --timeout 0.5 --mount kept:/a:cow --commit late -- sh -c 'echo x > /a/x; sleep 20'
check there_is_no_such_name 125 "" store cat late x
check nothing_is_left_of_it 0 "" sh -c "timeout 20 '$nacre' store gc --delete --quiet > /dev/null; ls '$NACRE_STORE/layers' '$NACRE_STORE/tmp' -A | grep -v :"

# --- :sync ---
check sync_changes_the_image 0 "" run --mount kept:/m:sync -- sh -c "$inside"
as_native it_has_those_changes kept
same and_no_layer_is_left "$(ls -A "$NACRE_STORE/layers")" ""
check sync_of_a_directory_is_refused 125 "" run --mount "$lib":/m:sync -- true
store ingest "$lib" --name kept --no-filter --quiet > /dev/null
mkfifo "$work/go"
# start PROGRAM: a sandbox that says ready, waits, and is $sandbox, its broker
start()
{
	exec 8<> "$work/go"
	: > "$work/said"
	"$nacre" run --mount kept:/m:sync -- sh -c "$1; echo ready; read line; $2" < "$work/go" > "$work/said" 2> "$work/err" 8>&- &
	sandbox=$!
	for i in $(seq 1 300); do grep -q ready "$work/said" && break; sleep 0.1; done
}
stop()
{
	{ kill -9 $sandbox; wait $sandbox; } 2>/dev/null
	for i in $(seq 1 300); do [ "$(store status --json | grep -c '"layers": 0')" = 1 ] && break; sleep 0.1; done
}
start 'cd /m && echo v2 > file && mv dir moved && rm -r gone && sync file' 'true'
check a_second_sandbox_is_refused 125 "" run --mount kept:/m:sync -- true
said and_told_why "another sandbox has it mounted :sync"
check the_name_is_not_changed_meanwhile 125 "" store rm kept
check others_see_it_as_it_was 0 base run --mount kept:/m -- cat /m/file
check gc_leaves_it_alone 0 "*" store gc --delete
same the_keeper_is_shut_in "$(awk '/^(NoNewPrivs|Seccomp|CapEff):/ { printf "%s ", $2 }' /proc/$(pgrep -P $sandbox nacre-store)/status)" \
	"$([ -n "$root" ] && echo 000000000000020e || echo 0000000000000000) 1 2 "
stop
same what_was_synced_survives_a_kill "$(store cat kept file) $(store ls kept | tr '\n' ' ')" "v2 file moved "
check the_image_is_sound 0 "*" store fsck
start 'cd /m && echo v3 > file; sleep 3' 'true'
stop
same what_was_closed_survives_soon "$(store cat kept file)" v3
start 'cd /m && echo v4 > file; sync file; exec 5>file; echo half >&5' 'true'
stop
same what_is_open_is_as_it_was_closed "$(store cat kept file)" v4
if command -v python3 > /dev/null; then
	start 'python3 -c "
import mmap, os
f = os.open(\"/m/mapped\", os.O_RDWR | os.O_CREAT)
os.ftruncate(f, 8192)
m = mmap.mmap(f, 8192)
os.fsync(f)
m[4096:4100] = b\"WXYZ\"
m.flush()
os.fsync(f)
"' 'true'
	stop
	same a_mapping_is_kept_too "$(store cat kept mapped | tail -c 4096 | head -c 4)" WXYZ
	check at_munmap_and_at_the_end 0 "" run --mount kept:/m:sync -- python3 -c '
import mmap, os
f = os.open("/m/mapped", os.O_RDWR)
m = mmap.mmap(f, 8192)
os.close(f)
m[0:4] = b"ABCD"
os._exit(0)'
	same it_is_there "$(store cat kept mapped | head -c 4)" ABCD
fi

# --- the layer of a crash, damaged ---
# crashed: a layer as a dead machine leaves it; keeps a copy to be damaged
crashed()
{
	start "cd /m && echo one > c1; sync c1; echo two > c2; sync c2; echo three > c3; sync c3" 'true'
	kill -STOP $(pgrep -P $sandbox nacre-store)
	{ kill -9 $(pgrep -P $sandbox nacre-store) $sandbox; wait $sandbox; } 2>/dev/null
	for i in $(seq 1 300); do flock -n "$NACRE_STORE/layers/kept.sync" true && break; sleep 0.1; done
}
crashed
truncate -s 170 "$NACRE_STORE/layers/kept.sync/log" # the first record, of c1, and a part of another
same a_torn_record_is_passed_over "$(store ls kept 2>"$work/said" | grep -c '^c[123]$')$(cat "$work/said")" 1
store ingest "$lib" --name kept --no-filter --quiet > /dev/null
crashed
truncate -s +5000 "$NACRE_STORE/layers/kept.sync/log"
same zeros_at_the_end_are_no_damage "$(store ls kept 2>"$work/said" | grep -c '^c[123]$')$(cat "$work/said")" 3
store ingest "$lib" --name kept --no-filter --quiet > /dev/null
crashed
printf X | dd of="$NACRE_STORE/layers/kept.sync/log" bs=1 seek=60 conv=notrunc 2>/dev/null
store ls kept > "$work/said" 2> "$work/err"
said a_bad_record_is_reported "log is damaged"
same and_ends_the_log "$(grep -c '^c[123]$' "$work/said")" 0
same the_rest_is_not_thrown_away "$(ls "$NACRE_STORE/quarantine" | grep -c '^kept\.sync\.')" 1
store ingest "$lib" --name kept --no-filter --quiet > /dev/null
crashed
sed -i 's/^image /imago /' "$NACRE_STORE/layers/kept.sync/base"
check a_layer_without_a_base 0 "*" store status
said is_moved_away "layers/kept.sync: is damaged and has been moved"
same with_all_there_is "$(cat "$NACRE_STORE"/quarantine/kept.sync.*/upper/data/* | grep -c three)" 2
crashed
printf X | dd of="$NACRE_STORE/layers/kept.sync/upper/journal" bs=1 seek=60 conv=notrunc 2>/dev/null
check a_damaged_journal 1 "*" store fsck
said is_told_of "journal is damaged"
check it_stays_for_who_repairs 1 "*" store fsck --repair="$lib"
check and_then_all_is_right 0 "*" store fsck
same three_are_put_away "$(ls "$NACRE_STORE/quarantine" | grep -c '^kept\.sync\.')" 3
store ingest "$lib" --name kept --no-filter --quiet > /dev/null
crashed
store gc --delete --quiet > /dev/null
same gc_brings_it_home_first "$(store cat kept c3)" three


# --- layers that a sandbox has made hostile ---
mkdir "$work/forged"
echo small > "$work/forged/f"
mkdir "$work/forged/d"
store ingest "$work/forged" --name forged --quiet > /dev/null
# forge CASE: what a sandbox that writes such a journal has for an exit status
forge()
{
	local upper
	exec 8<> "$work/go"
	: > "$work/said"
	"$nacre" run --quiet --mount forged:/m:cow --commit bad.$1 -- sh -c 'cd /m; mv d e; echo x > e/x; ln f g; rm f; chmod 700 e; echo ready; read line' \
		< "$work/go" > "$work/said" 2> "$work/err" 8>&- &
	sandbox=$!
	for i in $(seq 1 300); do grep -q ready "$work/said" && break; sleep 0.1; done
	upper=$(ls -td "$NACRE_STORE"/layers/*.commit | head -n 1)/upper # what failed stays for gc
	python3 tests/store/forge.py "$upper" "$1"
	echo >&8
	wait $sandbox
	forged=$?
	exec 8>&-
}
bad=
for case in dots slash nul inode number kind change time negative nodata leak fifo nolink length overlong deep torn garbage; do
	forge $case
	[ $forged = 125 ] && [ -s "$work/err" ] && ! [ -e "$NACRE_STORE/refs/bad.$case" ] || bad="$bad $case:$forged"
done
same forged_layers_are_refused "$bad" ""
bad=
for case in circle nobody noattribute attribute $(seq 1 12); do
	forge $case
	case $forged in
	0 | 125) ;;
	*) bad="$bad $case:$forged" ;;
	esac
done
same others_end_one_way_or_the_other "$bad" ""
check a_circle_is_cut 0 "*" store ls bad.circle a
check nothing_else_is_harmed 0 "*" store fsck
same the_base_is_as_it_was "$(store ls forged | tr '\n' ' ')" "d f "
store gc --delete --quiet > /dev/null
rm -rf "$lib" "$work/kept-native" "$work/forged"

# --- the root, and what a bare name is ---
mkdir -p "$work/kroot/bin" "$work/kroot/etc"
printf '#include <fcntl.h>\n#include <unistd.h>\nint main(int n, char **v) { int f = open(v[1], O_WRONLY | O_CREAT | O_TRUNC, 0644);
return n < 3 || f < 0 || write(f, v[2], 1) != 1 || (n > 3 && fsync(f) < 0) || (n > 3 && *v[3] == 115 && pause()); }' > "$work/kroot.c"
gcc -static -O1 -o "$work/kroot/bin/put" "$work/kroot.c"
store ingest "$work/kroot" --name kroot --quiet > /dev/null
check the_root_may_be_sync 0 "" run --image kroot:sync -- /bin/put /etc/new 1
same and_is_changed "$(store cat kroot etc/new)" 1
"$nacre" run --image kroot:sync -- /bin/put /etc/new 2 stay 2> "$work/err" &
sandbox=$!
for i in $(seq 1 300); do grep -qs . "$NACRE_STORE/layers/kroot.sync/log" && break; sleep 0.1; done
check one_at_a_time_has_it 125 "" run --image kroot:sync -- /bin/put /etc/x 1
stop
same what_it_synced_is_kept "$(store cat kroot etc/new)" 2
check its_layer_is_kept_once 125 "" run --image kroot:sync --commit again -- /bin/put /etc/x 1
check cow_is_what_it_is_else 0 "" run --image kroot:cow --commit kroot2 -- /bin/put /etc/x 3
same a_commit_has_it "$(store cat kroot2 etc/x)" 3
check a_fixed_root_is_not_sync 125 "" run --read-only --image kroot:sync -- /bin/put /etc/x 1
said that_is_said "not with --read-only"
check a_fixed_root_cannot_be_changed 1 "" run --image kroot:ro -- /bin/put /etc/x 1
check nor_committed 125 "" run --image kroot:ro --commit k -- /bin/put /etc/x 1
said nor_is_that_left_unsaid "nothing is changed with --read-only"
check no_other_mode 125 "" run --image kroot:rw -- /bin/put /etc/x 1
(
	mkdir -p "$work/here/kroot" "$work/here/kroof" && cd "$work/here" && echo dir > kroot/what
	check a_bare_name_is_an_image 0 2 run --mount kroot:/m -- cat /m/etc/new
	check one_with_a_slash_is_a_path 0 dir run --mount ./kroot:/m -- cat /m/what
	check a_name_that_is_none 125 "" run --mount kroof:/m -- true
	said names_those_that_are_near "none of that name, but kroot.*; what is here is ./kroof"
	check no_store_at_all 125 "" env NACRE_STORE=/none "$nacre" run --mount kroot:/m -- true
	said says_what_is_here "there is no store.*; what is here is ./kroot"
	check a_dot_is_a_path 0 dir run --mount .:/m -- cat /m/kroot/what
	check no_place_is_the_prefix 0 2 run --mount kroot -- cat /vrift/etc/new
	check with_a_mode_too 0 "x" run --mount kroot:cow -- sh -c 'echo x > /vrift/etc/new; cat /vrift/etc/new'
	check the_prefix_may_be_set 0 2 env VRIFT_VFS_PREFIX=/other/ "$nacre" run --mount kroot -- cat /other/etc/new
	check but_not_to_anything 125 "" env VRIFT_VFS_PREFIX=other "$nacre" run --mount kroot -- true
	echo "$passed $failed" > "$work/counted"
)
read -r passed failed < "$work/counted"
store rm kroot kroot2
rm -rf "$work/kroot" "$work/here"
