# Sourced by tests/store/run: names whose files are damaged, and what processes of the same number,
# as containers have them, leave in a store.
export NACRE_STORE=$shm/refs
mkdir -p "$work/refs/sub"
head -c 5000 /dev/urandom > "$work/refs/object"
echo text > "$work/refs/sub/text"
for name in a b c; do store ingest "$work/refs" --name $name --quiet > /dev/null; done

# --- damaged names ---
printf '\001' | dd of="$NACRE_STORE/refs/b" bs=1 seek=9 conv=notrunc 2> /dev/null
check ls_lists_the_others 125 "*" store ls
said and_tells_of_the_damaged "refs/b: damaged"
same both_of_them "$(store ls 2> /dev/null | cut -c 67- | tr '\n' ' ')" "a c "
same in_json_too "$(store ls --json 2> /dev/null | python3 -c 'import json, sys; print(*(r["name"] for r in json.load(sys.stdin)))')" "a c"
check gc_removes_nothing_meanwhile 125 "*" store gc --delete
check fsck_names_the_damaged 1 "*" store fsck
same once "$(store fsck 2> /dev/null | grep -c '^refs b: is damaged')" 1
check repair_puts_it_away 1 "*" store fsck --repair="$work/refs"
check then_all_is_right 0 "*" store fsck
same it_is_not_thrown_away "$(ls "$NACRE_STORE/quarantine" | grep -c '^b\.')" 1
check and_gc_goes_on 0 "*" store gc --delete
check a_name_can_be_made_again 0 "" store tag a b
store protect b sub/text
cp "$NACRE_STORE/refs/b" "$work/ref"
chattr -i "$NACRE_STORE/refs/b" 2> /dev/null
for change in 's/text/tent/' 's/sub/Sub/' 's,text,text\x0b,' 's/^protect /protett /'; do
	sed "$change" "$work/ref" > "$NACRE_STORE/refs/b"
	check "a_changed_line_of_protect_is_noticed_$change" 1 "*" store fsck
done
cp "$work/ref" "$NACRE_STORE/refs/b"
check and_the_right_one_is_right 0 "*" store fsck
store unprotect b

# --- pipes where files were: nobody waits for who might write into them ---
cp -a "$NACRE_STORE" "$work/refs.whole"
waits()
{
	(cd "$work/refs.whole" && find . -type f) | while read -r file; do
		rm -rf "$NACRE_STORE" && cp -a "$work/refs.whole" "$NACRE_STORE"
		rm "$NACRE_STORE/$file" && mkfifo "$NACRE_STORE/$file"
		for c in ls "cat a object" "protect b" "unprotect b" "fsck --repair=$work/refs" "gc --delete"; do
			timeout 30 "$nacre" store $c < /dev/null > /dev/null 2>&1
			[ $? != 124 ] || echo "$file: $c"
		done
		chattr -R -i "$NACRE_STORE" 2> /dev/null
	done
}
same no_command_waits_for_a_pipe "$(waits)" ""
rm -rf "$NACRE_STORE" && mv "$work/refs.whole" "$NACRE_STORE"

# --- leases ---
exec 8<> "$NACRE_STORE/leases/1.0"
echo nonsense >&8
flock -s 8
check what_a_lease_keeps_must_be_known 125 "*" store gc --delete
said it_is_told_which "leases/1.0"
exec 8>&-
check its_end_is_the_end_of_that 0 "*" store gc --delete

# --- the same number again ---
if unshare -pf --mount-proc true 2> /dev/null; then
	# The ; keeps bash from becoming the command, so this is number 2 each time.
	alone() { unshare -pf --mount-proc bash -c "$*; exit \$?"; }
	mkdir "$work/numbers"
	(cd "$work/numbers" && head -c 1500000 /dev/urandom | split -b 3000 -a 4)
	"$nacre" store ingest "$work/numbers" --name n --quiet --jobs=1 > /dev/null # what it writes is known
	store rm n && store gc --delete --quiet > /dev/null
	# One that ends without a word leaves all it has written.
	alone "'$nacre' store ingest '$work/numbers' --name n --quiet & for i in \$(seq 1000); do
		set -- '$NACRE_STORE'/tmp/*; [ \$# -gt 200 ] && break; done; kill -9 \$!" > /dev/null 2>&1
	same who_has_the_number_of_one_that_was_killed "$(alone "'$nacre' store ingest '$work/numbers' --name n --quiet & wait \$!" | cut -c 65-)" "  n"
	store gc --delete --quiet > /dev/null # what the killed one has left, however much that was
	mkfifo "$work/numbers.go"
	exec 8<> "$work/numbers.go"
	for i in 1 2; do
		alone "'$nacre' run --mount n:/m -- sh -c 'echo up; read line'" < "$work/numbers.go" > "$work/up$i" 8>&- &
	done
	for i in $(seq 1 100); do [ -s "$work/up1" ] && [ -s "$work/up2" ] && break; sleep 0.1; done
	same two_of_one_number_have_a_lease_each "$(ls "$NACRE_STORE/leases" | wc -l)" 2
	store rm n
	same gc_sees_both "$(store gc --delete --quiet; ls "$NACRE_STORE/leases" | wc -l)" "0 files, 0 B removed
2"
	printf '\n\n' >&8
	exec 8>&-
	wait
	for i in 1 2; do
		same "commits_of_one_number_$i" "$(alone "'$nacre' run --mount a:/m:cow --commit kept$i -- sh -c 'echo x > /m/new'" 2>&1; store cat kept$i new)" x
	done
	rm -rf "$work/numbers"
else
	skip numbers "no process namespaces here"
fi
rm -rf "$NACRE_STORE"
export NACRE_STORE=$shm/store
