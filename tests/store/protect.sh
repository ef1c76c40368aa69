# Sourced by tests/store/run: protected names and paths, the format's features.

mkdir -p "$work/prot/up/mid/p/d" "$work/prot/up/mid/p/e" "$work/prot/odd
 \\name"
(
	cd "$work/prot" || exit
	echo f > up/mid/p/f
	ln -s f up/mid/p/l
	head -c 5000 /dev/urandom > up/mid/p/d/g
	mkfifo up/mid/p/fifo
	echo x > file
	ln up/mid/p/f other
	echo x | tee free > up/mid/free
	ln -s up/mid link
	head -c 6000 /dev/urandom > "odd
 \\name/x"
)
gcc -O1 -o "$work/protected" tests/store/protected.c || fail protected "does not compile"
store ingest "$work/prot" --name prot --quiet > /dev/null
store tag prot spare
check paths_are_protected 0 "" store protect prot /up/mid//p/ file "odd
 \\name"
same ls_says_so "$(store ls | sed -n 's/^.*  prot  //p' | head -n 1)" "(protected: up/mid/p, file, odd"
same ls_says_it_in_json "$(store ls --json | python3 -c 'import json,sys
print([(r["protected"], r["protected_paths"]) for r in json.load(sys.stdin) if r["name"] == "prot"])')" \
	"[(False, ['up/mid/p', 'file', 'odd\\n \\\\name'])]"
same stat_says_so "$(for p in up/mid/p up/mid/p/d/g ./up//mid/p/f /file up up/mid/free other; do store stat prot $p | sed -n 's/^protected: //p'; done | tr '\n' ' ')" \
	"yes yes yes yes no no no "
same status_counts_them "$(store status --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["protected"])')" 1
check the_name_cannot_be_removed 125 "" store rm prot
said it_says_what_to_do "'prot' has files that are protected \(nacre store unprotect prot\)"
check nor_made_another_image 125 "" store ingest "$work/prot" --name prot
check nor_by_tag 125 "" store tag spare prot
check nor_by_commit 125 "" store commit spare "$work/prot" --name prot
check nor_by_a_sandbox 125 "" run --mount spare:/m:cow --commit prot -- true
check a_path_that_is_not_there 125 "" store protect prot no/such
check a_path_through_a_link 125 "" store protect prot link/p
said says_where "symbolic link"
check a_path_out_of_it 125 "" store protect prot ../x
check what_is_not_protected_cannot_be_unprotected 125 "" store unprotect prot up/mid
if lsattr "$NACRE_STORE/lock" > /dev/null 2>&1 && [ -n "$root" ]; then
	o=$(store stat prot up/mid/p/d/g | sed -n 's/^object: //p')
	flags() { lsattr "$NACRE_STORE/objects/${o:0:2}/${o:2}" | cut -d ' ' -f 1 | tr -dc i; }
	same its_objects_are_immutable "$(flags)" i
	store protect spare
	store unprotect prot
	same they_are_as_long_as_one_name_needs_them "$(flags)" i
	same the_image_too "$(lsattr "$NACRE_STORE/images/"*/* | grep -c -- '^-*i')" 1
	same gc_lets_them_be "$(store gc | grep -c "${o:2}")" 0
	check fsck_does_not_mind 0 "*" store fsck
	check a_user_without_rights_cannot_end_it 125 "" setpriv --reuid=1 --regid=1 --clear-groups --bounding-set=-all --inh-caps=-all "$nacre" store unprotect spare
	store unprotect spare
	same and_no_longer "$(flags)$(lsattr -R "$NACRE_STORE" | grep -c -- '^-*i')" 0
	store protect prot up/mid/p file "odd
 \\name"
	store rm spare
	chattr +i "$NACRE_STORE/objects/${o:0:2}/${o:2}"
	check a_damaged_one_can_be_repaired 1 "*" bash -c "f=$NACRE_STORE/objects/${o:0:2}/${o:2}; chattr -i \$f; chmod 644 \$f; printf X >> \$f; chattr +i \$f; $nacre store fsck --repair='$work/prot'"
	check and_is_right_again 0 "*" store fsck
fi
before=$(store export prot - --format=tar | sha256sum)
for entry in trap rewrite; do
	check "nobody_inside_changes_them_$entry" 0 "" run --entry=$entry --mount prot:/m:cow --mount "$work:/w" -- /w/protected /m
done
same the_image_is_as_it_was "$(store export prot - --format=tar | sha256sum)" "$before"
check sync_keeps_the_rest 0 "" run --mount prot:/m:sync --mount "$work:/w" -- /w/protected /m
same that_is_kept "$(store ls prot | grep -c '^free2$') $(store cat prot up/mid/p/f) $(store stat prot file | sed -n 's/^protected: //p')" "1 f yes"
# A sandbox whose kernel is not to be trusted: what it wrote is looked at.
store unprotect prot
store tag prot was
# The name that is free then is another one.
store tag prot prot.kept
store protect prot.kept
check what_was_changed_all_the_same 0 "" run --mount prot:/m:sync -- sh -c 'echo other > /m/file'
store ingest "$work/prot" --name prot --quiet > /dev/null
mkfifo "$work/go.prot"
exec 8<> "$work/go.prot"
: > "$work/said"
"$nacre" run --mount prot:/m:sync -- sh -c 'echo changed > /m/file; echo ready; read line' < "$work/go.prot" > "$work/said" 2> "$work/err" 8>&- &
sandbox=$!
for i in $(seq 1 300); do grep -q ready "$work/said" && break; sleep 0.1; done
check protect_waits_for_no_sandbox 125 "" store protect prot file
said it_is_told_of "mounted :sync"
echo "protect file" >> "$NACRE_STORE/refs/prot"
echo >&8
wait $sandbox 2> /dev/null
exec 8>&-
same is_found_and_put_aside "$(store cat prot file) $(store cat prot.kept.2 file)" "x changed"
same where_nothing_else_was "$(store cat prot.kept file) $(store ls | grep -c 'prot.kept  (protected)')" "$(store cat was file) 1"
store unprotect prot.kept
sed -i /protect/d "$NACRE_STORE/refs/prot"
check all_of_it 0 "" store protect prot
check is_read_only_but_for_nothing 0 "all refused" run --mount prot:/m:cow -- sh -c \
	'{ touch /m/up || rm /m/free || echo x > /m/new || mkdir /m/d || chmod 700 /m; } 2> /dev/null || echo all refused'
check sync_is_refused 125 "" run --mount prot:/m:sync -- true
said and_says_why "'prot' is protected"
check reading_is_not 0 x run --mount prot:/m -- cat /m/file
check not_path_by_path 125 "" store unprotect prot file
store unprotect prot
mkdir -p "$work/proot/bin" "$work/proot/etc" "$work/proot/data"
printf '#include <stdio.h>\n#include <unistd.h>\n#include <fcntl.h>\n#include <sys/stat.h>
int main(void) { return open("/etc/file", O_WRONLY) >= 0 || mkdir("/etc/new", 0755) == 0 ||
	unlink("/data/hi") == 0 || rename("/etc", "/x") == 0 || open("/data/new", O_WRONLY | O_CREAT, 0644) < 0; }' > "$work/proot.c"
gcc -static -O1 -o "$work/proot/bin/try" "$work/proot.c"
touch "$work/proot/etc/file" "$work/proot/data/hi"
store ingest "$work/proot" --name proot --quiet > /dev/null
check nothing_is_protected_at_first 1 "" run --image proot -- /bin/try
store protect proot etc data/hi
check it_holds_for_the_root_of_a_sandbox 0 "" run --image proot -- /bin/try
store unprotect proot
store rm proot
printf 'image %064d\nprotect ../x\n' 0 > "$NACRE_STORE/refs/bad"
check a_bad_path_in_a_name_is_damage 125 "" run --image bad -- true
said it_is_called_damage "name in the store is damaged"
rm "$NACRE_STORE/refs/bad"
store rm was prot prot.kept prot.kept.2

# --- an older store, and an older program ---
NEW=$work/old-store
NACRE_STORE=$NEW store ingest "$work/forged" --name old --quiet > /dev/null 2>&1 || NACRE_STORE=$NEW store ingest "$work/prot" --name old --quiet > /dev/null
same a_new_store_needs_nothing_new "$(wc -l < "$NEW/format")" 3
NACRE_STORE=$NEW run --mount old:/m:sync -- true
same a_layer_is_named_in_its_format "$(tail -n 1 "$NEW/format")" "feature layers"
NACRE_STORE=$NEW store protect old . 2> /dev/null
NACRE_STORE=$NEW store unprotect old
NACRE_STORE=$NEW store protect old "$(NACRE_STORE=$NEW store ls old | head -n 1)" 2> /dev/null
same and_so_are_protected_paths "$(tail -n 2 "$NEW/format" | tr '\n' ' ')" "feature layers feature protected-paths "
NACRE_STORE=$NEW store unprotect old
for bad in "feature layer" "feature layers " "features layers" "feature " "feature layers\nx" ""; do
	printf 'nacre-store 1\nobjects fsverity-sha256-12\nimages erofs-composefs-1\n%b\n' "$bad" > "$NEW/format"
	NACRE_STORE=$NEW store ls > /dev/null 2>&1 && fail "format '$bad'" "was taken"
done
printf 'nacre-store 1\nobjects fsverity-sha256-12\nimages erofs-composefs-1\nfeature layers' > "$NEW/format"
check a_cut_format_is_refused 125 "" env NACRE_STORE="$NEW" "$nacre" store ls
check by_sandboxes_too 125 "" env NACRE_STORE="$NEW" "$nacre" run --image old -- true
rm -rf "$NEW" "$work/prot"
