# Sourced by tests/store/run: format, commands, damage, hostile input.

# --- a tree with everything in it ---
tree=$work/tree
mkdir -p "$tree/sub/many" "$tree/empty" "$tree/sub/sticky"
echo hi > "$tree/hi"
head -c 64 /dev/zero > "$tree/just-inline"
head -c 65 /dev/zero > "$tree/just-object"
head -c 4096 /dev/urandom > "$tree/page"
head -c 4097 /dev/urandom > "$tree/page-and-one"
head -c 524288 /dev/urandom > "$tree/128-pages"
head -c 528384 /dev/urandom > "$tree/129-pages"
head -c 3000001 /dev/urandom > "$tree/large"
cp "$tree/large" "$tree/sub/copy"
truncate -s 20M "$tree/sparse"
: > "$tree/zero"
ln "$tree/hi" "$tree/sub/hi-too"
ln -s ../hi "$tree/sub/link"
ln -s "$(printf 'x%.0s' $(seq 1 4090))" "$tree/sub/long-link"
ln -s loop "$tree/loop"
mkfifo "$tree/fifo"
chmod 4755 "$tree/page"
chmod 1777 "$tree/sub/sticky"
chmod 000 "$tree/zero"
touch -d '1969-07-20 20:17:40.123456789Z' "$tree/hi"
touch -h -d '2001-01-01 00:00:00.000000001Z' "$tree/sub/link"
touch "$tree/-rf" "$tree/ blank " "$tree/new
line" "$tree/$(printf 'n%.0s' $(seq 1 255))" "$tree/$(printf '\377\200')" "$tree/Case" "$tree/case"
seq -f "$tree/sub/many/file-%05g" 1 5000 | xargs touch
setfattr -n user.colour -v blue "$tree/large" 2>/dev/null
setfattr -n user.empty "$tree/sub" 2>/dev/null
if [ -n "$root" ]; then
	mknod "$tree/null" c 1 3
	mknod "$tree/disk" b 259 300
	chown 1234:5678 "$tree/page-and-one"
	chown -h 77:88 "$tree/sub/link"
	setfattr -n trusted.overlay.opaque -v y "$tree/sub" 2>/dev/null
	setfattr -n trusted.thing -v 1 "$tree/hi" 2>/dev/null
fi
setfacl -m u:1:r "$tree/128-pages" 2>/dev/null
setfacl -m u:1:rw "$tree/129-pages" 2>/dev/null # the mask is the mode's, the group has less
setfacl -d -m u:1:rwx "$tree/empty" 2>/dev/null
find "$tree" -depth -type d -exec touch -d '2020-02-02 02:02:02.020202020Z' {} +
was=$(manifest "$tree")

# --- making, reading, writing out ---
rm -rf "$NACRE_STORE"
check init_makes_a_store 0 "$NACRE_STORE" store init
check init_again_changes_nothing 0 "*" store init
check ingest_keeps_a_tree 0 "*" store ingest "$tree" --name one --no-filter
image=$(store ls | cut -c 1-64)
file=$NACRE_STORE/images/${image:0:2}/${image:2}
same the_source_is_as_it_was "$(manifest "$tree")" "$was"
check the_image_is_erofs 0 "*" fsck.erofs "$file"
same the_image_is_named_by_its_digest "$(fsverity digest --compact "$file")" "$image"
check dump_erofs_reads_it 0 "*" dump.erofs -s --path=/sub/hi-too "$file"
# Two functions that decide where an object lies would differ here: writer, reader, gc, fsck.
same objects_are_named_by_fsverity "$(cd "$NACRE_STORE/objects" && find . -type f | sed 's|[./]||g' | sort)" \
	"$(find "$NACRE_STORE/objects" -type f -print0 | xargs -0 fsverity digest --compact | sort)"
same objects_are_read_only_and_not_executable "$(find "$NACRE_STORE/objects" -type f ! -perm 0444 | wc -l)" 0
same objects_are_nobody_elses_inode "$(find "$NACRE_STORE/objects" -type f -links +1 | wc -l)" 0
same folders_are_made_when_needed "$([ "$(ls "$NACRE_STORE/objects" | wc -l)" -le 10 ] && echo few)" few
same same_content_is_kept_once "$(find "$NACRE_STORE/objects" -size +2900k -size -2950k | wc -l)" 1
same small_files_lie_in_the_image "$(store stat one just-inline | grep -c ^object:) $(store stat one just-object | grep -c ^object:)" "0 1"
check fsck_finds_nothing 0 "*" store fsck
check cat_gives_the_content 0 "hi" store cat one /sub/link
check cat_follows_a_loop_to_its_end 125 "" store cat one loop
said cat_says_why "Too many levels"
check stat_of_nothing 125 "" store stat one no/such
same ls_lists_all_names "$(store ls one /sub/many | wc -l)" 5000
same lookups_find_each_name "$(for i in 00001 02500 04999 05000; do store stat one "sub/many/file-$i" | grep -c '^kind: file'; done | tr -d '\n')" 1111
check export_writes_a_directory 0 "*" store export one "$work/out"
same a_round_trip_changes_nothing "$(manifest "$work/out")" "$was"
same holes_stay_holes "$([ "$(du -k "$work/out/sparse" | cut -f 1)" -lt 1000 ] && echo yes)" yes
check export_does_not_overwrite 125 "" store export one "$work/out"
check ingest_of_the_export 0 "*" store ingest "$work/out" --name two --no-filter
same the_same_tree_is_the_same_image "$(store ls | cut -c 1-64 | sort -u | wc -l)" 1
check export_writes_tar 0 "*" store export one "$work/one.tar"
check ingest_of_tar 0 "*" store ingest "$work/one.tar" --name tar --no-filter
check tar_and_back_is_the_same 0 "" store diff one tar
mkdir "$work/untar"
tar -C "$work/untar" -xpf "$work/one.tar" --xattrs --xattrs-include='*' 2>/dev/null
same another_tar_reads_ours "$(manifest "$work/untar")" "$was"
if [ -n "$root" ]; then
	(cd "$tree" && tar --format=posix --acls --xattrs --xattrs-include='*' -cf - . | zstd -q > "$work/gnu.tar.zst")
	(cd "$tree" && tar --format=posix --acls --xattrs --xattrs-include='*' -czf "$work/gnu.tar.gz" .)
	(cd "$tree" && tar --format=posix --acls --xattrs --xattrs-include='*' -cf - . | xz -0 > "$work/gnu.tar.xz")
	for kind in zst gz xz; do
		check "ingest_of_tar_$kind" 0 "*" store ingest "$work/gnu.tar.$kind" --name "gnu-$kind" --no-filter
		check "tar_${kind}_is_the_same" 0 "" store diff one "gnu-$kind"
	done
fi
mkdir "$work/little"
head -c 100000 /dev/zero > "$work/little/zeros"
store ingest "$work/little" --name zero --quiet > /dev/null
for kind in gz xz zst bz2; do
	check "export_compresses_by_the_name_$kind" 0 "*" store export zero "$work/zero.tar.$kind"
	check "ingest_of_our_own_tar_$kind" 0 "*" store ingest "$work/zero.tar.$kind" --name "zero-$kind"
	check "our_tar_${kind}_is_the_same" 0 "" store diff zero "zero-$kind"
done
same compressed_is_what_was_asked "$(cd "$work" && head -qc 2 zero.tar.gz zero.tar.bz2 zero.tar.xz zero.tar.zst | od -An -tx1 | tr -d ' ')" "1f8b425afd3728b5"
check export_writes_no_zip 125 "" store export zero "$work/zero.zip"
said the_kinds_that_are_written "such an archive is not written: .tar, .tar.gz"
same no_directory_took_its_name "$(ls -d "$work/zero.zip" 2>/dev/null)" ""
check a_directory_may_be_called_so 0 "*" store export zero "$work/zero.zip" --format=dir
store rm zero zero-gz zero-xz zero-zst zero-bz2
ln -s linked.tar "$work/link.tar" && echo old > "$work/linked.tar" && echo mine > "$work/linked.tar.part"
check export_writes_through_a_link 0 "" store export two "$work/link.tar"
same the_link_stays_one "$(readlink "$work/link.tar") $(cmp "$work/linked.tar" "$work/one.tar" && cat "$work/linked.tar.part")" "linked.tar mine"
mkfifo "$work/out.fifo"
same export_writes_into_a_pipe "$(store export two "$work/out.fifo" --format=tar & sha256sum < "$work/out.fifo"; wait; stat -c %F "$work/out.fifo")" "$(sha256sum < "$work/one.tar")
fifo"
check export_of_a_directory_to_a_pipe 125 "" store export two - --format=oci
check export_to_where_nothing_can_be 125 "" store export two "$work/none/there"
same is_told_once "$(wc -l < "$work/err")" 1
check export_writes_a_layout 0 "*" store export one "$work/oci" --format=oci
check ingest_of_a_layout 0 "*" store ingest "$work/oci" --name oci
check the_layout_is_the_same 0 "" store diff one oci
(cd "$tree" && zip -q "$work/some.zip" hi large)
check ingest_of_zip 0 "*" store ingest "$work/some.zip" --name zip
same zip_has_the_content "$(store cat zip large | sha256sum)" "$(sha256sum < "$tree/large")"
same json_says_what_was_done "$(for c in "tag one json" "protect json" "unprotect json" "rm json" "export two $work/json"; do store $c --json 2>/dev/null | python3 -c 'import json,sys; print(",".join(json.load(sys.stdin)))' 2>&1 | tail -n 1; done | tr '\n' ' ')" "name,image name,protected,protected_paths,immutable,refused name,protected,protected_paths,immutable,refused removed name,to,format "
same json_is_json "$(for c in "ls" "ls one" "tree one" "stat one large" "du" "status" "fsck" "gc" "diff one zip" "mount-info one"; do
	store $c --json | python3 -c 'import json,sys; json.load(sys.stdin)' || echo "$c"; done)" ""

# --- what is not read ---
mkdir "$work/holes"
truncate -s 256G "$work/holes/file"
printf x | dd of="$work/holes/file" bs=1 seek=12345678901 conv=notrunc status=none
check holes_are_not_read 0 "*" store ingest "$work/holes" --name holes
check fsck_does_not_read_them 0 "*" store fsck
same the_store_has_them_as_holes "$([ "$(du -k "$NACRE_STORE/objects" | tail -n 1 | cut -f 1)" -lt 100000 ] && echo yes)" yes
rm -r "$work/holes"
store rm holes
if [ -n "$root" ] && mkdir -p "$work/mounts/on/top" && : > "$work/mounts/file" &&
	mount -t tmpfs tmpfs "$work/mounts/on" 2>/dev/null; then
	echo > "$work/mounts/on/there"
	echo > "$work/mounts/here"
	mount --bind "$work/mounts/on/there" "$work/mounts/file"
	check one_file_system 0 "*" store ingest "$work/mounts" --name mounts --one-file-system
	said what_is_mounted_is_reported "on: what is in it is of another file system"
	same what_is_mounted_is_left_out "$(store tree mounts | sed 's/.* //' | sort | tr '\n' ' ')" ". here on "
	umount "$work/mounts/file" "$work/mounts/on"
	store rm mounts
fi

# --- the kernel agrees ---
if [ -n "$root" ] && grep -qw erofs /proc/filesystems && mkdir "$work/meta" "$work/mnt" &&
	mount -t erofs -o ro,loop "$file" "$work/meta" 2>/dev/null; then
	same the_kernel_sees_the_same_names "$(cd "$work/meta" && find . -printf '%p %y %m %U %G %T@ %l\n' | sort | sha256sum)" \
		"$(cd "$tree" && find . -printf '%p %y %m %U %G %T@ %l\n' | sort | sha256sum)"
	if mount -t overlay -o "ro,metacopy=on,redirect_dir=follow,lowerdir=$work/meta::$NACRE_STORE/objects" overlay "$work/mnt" 2>/dev/null; then
		same composefs_gives_the_content "$(cd "$work/mnt" && sha256sum large page hi sparse)" "$(cd "$tree" && sha256sum large page hi sparse)"
		umount "$work/mnt"
	else
		skip composefs_mount "this kernel mounts no data-only layers"
	fi
	umount "$work/meta"
else
	skip kernel_mount "no EROFS mounts here"
fi

# --- the second time ---
sleep 2.2
store ingest "$tree" --name one --no-filter --quiet > /dev/null
same an_unchanged_tree_is_not_read_again "$(store ingest "$tree" --name one --no-filter --json | python3 -c 'import json,sys; r = json.load(sys.stdin); print(r["unread"] > 5, r["new_objects"])')" "True 0"
same force_hash_reads_it "$(store ingest "$tree" --name one --no-filter --force-hash --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["unread"])')" 0
dd if=/dev/urandom of="$tree/large" bs=1 count=1 conv=notrunc 2>/dev/null
check ingest_after_a_change 0 "*" store ingest "$tree" --name changed --no-filter
same diff_tells_what_changed "$(store diff one changed)" "M large"
echo more > "$tree/added"; rm "$tree/fifo"; chmod 600 "$tree/128-pages"; rm "$tree/zero"; mkdir "$tree/zero"
store ingest "$tree" --name three --no-filter --quiet > /dev/null
same diff_tells_all "$(store diff changed three | tr '\n' ' ')" "m . m 128-pages + added - fifo T zero "
store export three "$work/three.tar"
check diff_of_the_same 0 "" store diff one two
check excluded_files_are_not_there 0 "*" store ingest "$tree" --name thin --exclude='file-*' --exclude=/sub/copy --no-filter
for what in sub /sub/copy 'file-0*' '*.o'; do
	store ingest "$tree" --name thin --exclude="$what" --no-filter --quiet > /dev/null
	check "archives_are_read_without_$what" 0 "*" store ingest "$work/three.tar" --name thin-tar --exclude="$what" --no-filter --quiet
	same "as_directories_are_$what" "$(store diff thin thin-tar)" ""
done
store ingest "$tree" --name thin --exclude='file-*' --exclude=/sub/copy --no-filter --quiet > /dev/null
check a_link_to_what_is_excluded 0 "*" store ingest "$work/three.tar" --name thin-tar --exclude=/hi --no-filter
said is_reported "hi(-too)?: is a further name of what is excluded"
store rm thin-tar
same excluded_by_name_and_path "$(store ls thin sub/many | wc -l) $(store ls thin sub | grep -c copy)" "0 0"

# --- secrets ---
mkdir -p "$work/proj/.aws"
echo A=1 > "$work/proj/.env"
printf -- '-----BEGIN RSA PRIVATE KEY-----\nabc\n' > "$work/proj/server.pem"
printf -- '-----BEGIN CERTIFICATE-----\nabc\n' > "$work/proj/ca.pem"
echo k > "$work/proj/.aws/credentials"
echo k > "$work/proj/credentials"
ln "$work/proj/server.pem" "$work/proj/innocent"
ln "$work/proj/.env" "$work/proj/a-copy"
check secrets_are_left_out 0 "*" store ingest "$work/proj" --name proj
said secrets_are_reported "  \.env: looks like a secret"
said a_key_is_known_by_its_content "  server\.pem: looks like a secret"
said by_all_its_names "  innocent: looks like a secret"
said a_name_is_enough_for_all "  a-copy: looks like a secret"
same what_is_no_secret_is_kept "$(store tree proj | awk '{ print $7 }' | tr '\n' ' ')" ". .aws ca.pem credentials "
mkdir -p "$work/home/.gnupg/private-keys-v1.d" "$work/home/.ssh" "$work/home/.m2"
echo '(private-key' > "$work/home/.gnupg/private-keys-v1.d/A.key"
echo '(public-key' > "$work/home/.gnupg/A.key"
cp "$work/proj/server.pem" "$work/home/.ssh/work"
cp "$work/proj/server.pem" "$work/home/deploy_key"
cp "$work/proj/server.pem" "$work/home/chain.crt"
echo 'ssh-ed25519 AAAA' | tee "$work/home/.ssh/work.pub" "$work/home/.ssh/id_rsa.pub" > "$work/home/cache_key"
echo '{"private_key":"-----BEGIN PRIVATE KEY-----' > "$work/home/robot.json"
echo '<settings><password>x' > "$work/home/.m2/settings.xml"
echo '<settings>' > "$work/home/settings.xml"
store ingest "$work/home" --name home --quiet > /dev/null
same what_homes_have "$(store tree home | sed -n 's/^-.* //p' | tr '\n' ' ')" ".gnupg/A.key .ssh/id_rsa.pub .ssh/work.pub cache_key settings.xml "
store rm home
check no_filter_keeps_them 0 "*" store ingest "$work/proj" --name proj --no-filter
same all_is_there "$(store tree proj | wc -l)" 9
(cd "$work/proj" && tar cf "$work/proj.tar" .)
check secrets_in_archives_are_left_out 0 "*" store ingest "$work/proj.tar" --name proj
same archives_are_filtered "$(store tree proj | grep -cE 'env|server|innocent|copy|aws/cred')" 0

# --- moving, committing ---
cp -a "$tree" "$work/moved"
check move_takes_the_source_away 0 "*" store ingest "$work/moved" --name moved --mode=move --no-filter
same nothing_is_left "$(ls "$work" | grep -c '^moved$')" 0
check what_was_moved_is_whole 0 "" store diff three moved
mkdir -p "$work/moving/d"
for f in a b d/c; do echo read > "$work/moving/$f"; done
ln "$work/moving/a" "$work/moving/d/a2"
# It waits with its report, between reading and removing, for who reads that.
python3 - "$nacre" "$work/moving" << 'END'
import fcntl, os, subprocess, sys, time
reader, writer = os.pipe()
os.write(writer, bytes(fcntl.fcntl(writer, fcntl.F_GETPIPE_SZ)))
child = subprocess.Popen([sys.argv[1], "store", "ingest", sys.argv[2], "--name=moving", "--mode=move"],
                         stdout=subprocess.DEVNULL, stderr=writer)
os.close(writer)
while not os.path.exists(os.environ["NACRE_STORE"] + "/refs/moving"):
    time.sleep(0.01)
file = sys.argv[2] + "/b"
was = os.stat(file)
with open(file, "r+") as f:
    f.write("kept")
os.utime(file, ns=(was.st_atime_ns, was.st_mtime_ns))
os.fdopen(reader, "rb").read()
child.wait()
END
same what_changed_meanwhile_stays "$(find "$work/moving" -type f) $(cat "$work/moving/b") $(store cat moving b)" "$work/moving/b kept read"
store rm moving
mkdir -p "$work/upper/sub/empty-now" "$work/upper/empty"
echo changed > "$work/upper/hi"
if [ -n "$root" ]; then
	mknod "$work/upper/large" c 0 0
	mkdir "$work/upper/sub/many"
	setfattr -n trusted.overlay.opaque -v y "$work/upper/sub/many"
	echo only > "$work/upper/sub/many/only"
	check commit_applies_a_layer 0 "*" store commit one "$work/upper" --name committed
	same commit_changes_and_removes "$(store cat committed hi) $(store ls committed sub/many) $(store ls committed | grep -c '^large$') $(store cat committed sub/many/only)" "changed only 0 only"
fi

# --- names, protection ---
check tag_gives_a_name 0 "" store tag one again
check tag_of_the_same_image_again 0 "" store tag one again
check tag_takes_no_name_from_another_image 125 "" store tag zip again
said tag_says_how "--force"
check tag_takes_it_by_force 0 "" store tag zip again --force
same and_it_is_the_other "$(store ls | sed -n "s/  again$//p")" "$(store ls | sed -n "s/  zip$//p")"
check tag_refuses_bad_names 125 "" store tag one ../x
check ingest_refuses_bad_names 125 "" store ingest "$tree" --name a/b
check rm_removes_a_name 0 "" store rm again
check rm_of_nothing 125 "" store rm again
check protect_locks 0 "" store protect one
check a_protected_name_is_not_removed 125 "" store rm one
said rm_says_why "protected"
check a_protected_name_is_not_replaced 125 "" store ingest "$tree" --name one
check a_protected_name_is_not_tagged_over 125 "" store tag two one
check nor_by_force 125 "" store tag two one --force
if [ -n "$root" ] && lsattr "$NACRE_STORE/refs/one" 2>/dev/null | cut -d ' ' -f 1 | grep -q i; then
	check the_owner_cannot_change_it_either 1 "" rm -f "$NACRE_STORE/refs/one"
fi
check unprotect_unlocks 0 "" store unprotect one
check an_unprotected_name_is_removed 0 "" store rm one

# --- gc ---
store gc | tail -n 1 > "$work/dry"
same gc_shows_first "$(grep -c 'are unused (--delete removes them)' "$work/dry")" 1
check gc_removes_nothing_without_delete 0 "*" store fsck
touch "$NACRE_STORE/tmp/999999.1"
store rm three thin moved changed proj
check gc_removes 0 "*" store gc --delete --quiet
same gc_leaves_nothing_behind "$(ls "$NACRE_STORE/tmp" | wc -l) $(store gc)" "0 0 files, 0 B are unused"
check what_is_used_is_there 0 "*" store fsck
check and_can_be_written_out 0 "*" store export two "$work/out2"
same as_before "$(manifest "$work/out2")" "$was"
exec 8<> "$NACRE_STORE/leases/test"
store ls | sed -n 's/  zip$//p' >&8
flock -s 8
store rm zip
store gc --delete --quiet > /dev/null
same a_lease_keeps_its_image "$(store status --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["images"])')" "$(($(store ls | cut -c 1-64 | sort -u | wc -l) + 1))"
exec 8>&-
store gc --delete --quiet > /dev/null
same its_end_lets_it_go "$(store status --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["images"])')" "$(store ls | cut -c 1-64 | sort -u | wc -l)"
# A lease that says too little is no leave to remove.
exec 8<> "$NACRE_STORE/leases/test"
printf 'not a digest\n' >&8
flock -s 8
check a_damaged_lease_removes_nothing 125 "" store gc --delete
said and_gc_says_why "leases/test"
exec 8>&-
store gc --delete --quiet > /dev/null
# What cannot be removed: the rest goes, and what an image that stays refers to stays.
if [ -n "$root" ]; then
	mkdir "$work/stuck" && head -c 5000 /dev/urandom > "$work/stuck/file"
	store ingest "$work/stuck" --name stuck --quiet > /dev/null
	store ingest "$tree/sub" --name loose --quiet > /dev/null
	id=$(store ls | sed -n 's/  stuck$//p')
	store rm stuck loose
	place=$NACRE_STORE/images/${id:0:2}
	mount --bind "$place" "$place" && mount -o remount,bind,ro "$place" 2> /dev/null
	mounted=$?
	if [ $mounted = 0 ]; then
		check gc_goes_on_over_what_it_cannot_remove 125 "*" store gc --delete
		said gc_names_it "images/${id:0:2}/${id:2}: "
		umount "$place"
		same and_removes_the_rest "$(store gc --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["files"])')" 2
		check what_stays_is_whole 0 "*" store fsck
	else
		umount "$place" 2> /dev/null
		skip gc_goes_on_over_what_it_cannot_remove "no right to mount"
	fi
	store gc --delete --quiet > /dev/null
fi
exec 8< "$NACRE_STORE/lock"
flock -s 8
check gc_waits_for_who_adds 124 "" timeout 0.5 "$nacre" store gc
exec 8<&-

# --- damage ---
object() { local o; o=$(store stat two "$1" | sed -n 's/^object: //p'); echo "$NACRE_STORE/objects/${o:0:2}/${o:2}"; }
damaged=$(object large)
store unprotect two 2>/dev/null
chmod 644 "$damaged"
printf '\377' | dd of="$damaged" bs=1 seek=1500000 conv=notrunc 2>/dev/null
chmod 444 "$damaged"
check a_flipped_byte_is_not_given_out 125 "" store cat two large
said cat_names_the_object "object .* is damaged"
check export_notices 125 "*" store export two "$work/out3"
check fsck_notices 1 "*" store fsck
same fsck_names_the_files "$(store fsck | grep -c 'two:/large needs')" 1
torn=$(object page)
rm -f "$torn"; : > "$torn"
check a_torn_object_is_noticed 1 "*" store fsck
same it_is_called_torn "$(store fsck | grep -c 'is empty (torn)')" 1
store ingest "$work/out2" --name heal --no-filter --quiet > /dev/null
same ingest_heals_a_torn_object "$(store cat two page | sha256sum) $(ls "$NACRE_STORE/quarantine" | wc -l)" "$(sha256sum < "$work/out2/page") 1"
rm -f "$(object 128-pages)"
same a_missing_object_is_noticed "$(store fsck | grep -c 'is missing')" 1
touch "$NACRE_STORE/objects/stray"
same what_is_foreign_is_noticed "$(store fsck | grep -c 'stray: is foreign')" 1
check repair_takes_the_right_content 1 "*" store fsck --repair "$work/out2"
check and_all_is_well_again 0 "*" store fsck
same nothing_was_thrown_away "$(ls "$NACRE_STORE/quarantine" | wc -l)" 3
image=$(store ls | sed -n 's/  two$//p')
file=$NACRE_STORE/images/${image:0:2}/${image:2}
cp "$file" "$work/image"
chmod 644 "$file"
printf 'X' | dd of="$file" bs=1 seek=1200 conv=notrunc 2>/dev/null
check a_damaged_image_is_not_used 125 "" store ls two
check gc_removes_nothing_then 125 "" store gc --delete
check fsck_tells_of_it 1 "*" store fsck
cat "$work/image" > "$file"
chmod 444 "$file"
check it_is_right_again 0 "*" store fsck
mv "$file" "$work/image"
same what_no_tree_brings_back_is_told "$(store fsck --repair "$work/out2" | tail -n 1 | sed 's/.*problems, //') $(store fsck --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["missing"] > 0)')" "contents still missing True"
mv "$work/image" "$file"
cp "$NACRE_STORE/format" "$work/format"
echo "feature time-travel" >> "$NACRE_STORE/format"
check unknown_features_are_refused 125 "" store ls
said format_says_why "names what this nacre does not know"
cp "$work/format" "$NACRE_STORE/format"
check a_folder_that_is_no_store_is_refused 125 "" store ls --store "$tree"
check and_not_taken_over 125 "" store init --store "$tree"

# --- hostile archives ---
mkdir "$work/hostile"
python3 tests/store/hostile.py "$work/hostile"
before=$(store ls | sha256sum)
for bad in "$work"/hostile/refuse_*; do
	check "hostile_${bad##*/}" 125 "" store ingest "$bad" --name hostile --quiet
done
same nothing_came_of_them "$(store ls | sha256sum)" "$before"
same nothing_escaped "$(find / -xdev -maxdepth 4 -name escaped 2>/dev/null | wc -l)" 0
check what_is_no_archive 125 "" store ingest tests/store/main.sh --name hostile
said is_called_so "main.sh: Unrecognized archive format"
for good in "$work"/hostile/keep_*; do
	name=${good##*/}
	check "hostile_$name" 0 "*" store ingest "$good" --name "$name" --quiet
done
same non_utf8_names_are_kept "$(store ls keep_non_utf8.tar | od -An -c | tr -d ' \n')" 'latin351\n377376200\n'
same json_has_them_as_hex "$(store ls keep_non_utf8.tar --json | tr -d ' \n' | grep -c '"hex":"fffe80"')" 1
same case_pairs_are_kept "$(store cat keep_case_pair.tar README) $(store cat keep_case_pair.tar readme) $(store ls keep_case_pair.zip | tr '\n' ' ')" "shout lower A a "
same large_owners_are_kept "$(store stat keep_large_owner.tar owned --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["uid"])')" 4000000000
check a_nul_is_seen_in_a_pipe 125 "" sh -c "cat '$work/hostile/refuse_nul.zip' | '$nacre' store ingest - --name hostile --quiet"
check and_after_a_filter 125 "" sh -c "gzip < '$work/hostile/refuse_nul.tar' | '$nacre' store ingest - --name hostile --quiet"
same the_last_of_two_counts "$(store cat keep_last_of_two.tar a)" second
same layers_have_whiteouts "$(store tree keep_layers | awk '{ print $7 }' | tr '\n' ' ') $(store cat keep_layers top)" ". d d/stays o o/fresh top  new"
check a_layout_of_two_images 0 "*" store ingest "$work/hostile/keep_first_of_two" --name keep_first_of_two
said names_the_one_that_is_not_read "another image, 'other'"
same whiteouts_are_of_what_is_below "$(for l in opaque_first opaque_last opaque_described whiteout_last; do store tree keep_$l | awk '{ print $7 }' | tr '\n' ' '; done)" \
	". o o/sub o/sub/new . o o/sub o/sub/new . o o/sub o/sub/new . o o/sub o/sub/new "
same a_link_outlives_what_is_below "$(store ls keep_link_to_below)" l
same links_of_secrets_go_with_them "$(store ls keep_links_of_secrets)" d
same layers_keep_names "$(store cat keep_names A) $(store cat keep_names a) $(store ls keep_names | grep -c 'm\{255\}') $(store ls keep_names --json | grep -c '"fffe80"')" "upper lower 1 1"
same a_whiteout_of_the_parent_is_of_nothing "$(store ls keep_whiteout_of_parent)" a
same long_names_and_targets_are_kept "$(store stat keep_gnu_long_link.tar "$(printf 'k%.0s' $(seq 200))" | sed -n 's/^target: //p' | wc -c) $(store stat keep_pax_long_name.tar "$(printf 'p%.0s' $(seq 200))/$(printf 'q%.0s' $(seq 200))" | grep -c '^kind: file')" "3001 1"
for size in 0 100 1048575 1048576 3000000; do truncate -s "$size" "$work/hole"; tar -C "$work" -Scf "$work/hole.tar" hole; store ingest "$work/hole.tar" --name hole --quiet > /dev/null; store cat hole hole | cmp -s - "$work/hole" || fail "a_hole_of_$size" "is another file"; done
store rm hole
same outside_layers_whiteouts_are_files "$(store ls keep_odd_whiteouts.tar | tr '\n' ' ')" ".wh..wh..opq .wh.x "
same devices_and_set_uid_are_kept "$(store stat keep_devices.tar null | sed -n 's/^kind: //p') $(store stat keep_devices.tar pipe | sed -n 's/^kind: //p') $(store stat keep_set_uid.tar s | sed -n 's/^mode: //p')" "character device fifo 4755"
same sparse_files_keep_their_size "$(store stat keep_sparse.tar a | sed -n 's/^size: //p') $(store stat keep_bomb.zip zeros | sed -n 's/^size: //p')" "$((300 << 20)) $((256 << 20))"
same and_take_no_room "$(find "$NACRE_STORE/objects" -size +200M -printf '%b\n' | awk '{ s += $1 } END { print s < 3000 }')" 1
store rm keep_sparse.tar keep_bomb.zip
store gc --delete --quiet > /dev/null
same links_out_are_only_names "$(store stat keep_link_out.tar a | sed -n 's/^target: //p')" /etc
