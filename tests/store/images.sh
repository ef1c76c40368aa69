# Sourced by tests/store/run after main.sh: sandboxes that run on images, crowds, interrupts.

LC_ALL=C # the images have no other
# --- running on images ---
rootfs=$work/rootfs
mkdir -p "$rootfs/bin" "$rootfs/etc" "$rootfs/tmp" "$rootfs/data"
for program in bash cat head wc ls stat find sort sha256sum cp mkdir rm python3 gcc cc1 as ld; do
	path=$(PATH=/usr/sbin:/usr/bin:/sbin:/bin command -v $program)
	case $program in
	cc1) path=$(gcc -print-prog-name=cc1) ;;
	python3) path=/usr/bin/python3 ;;
	esac
	real=$(readlink -f "$path")
	mkdir -p "$rootfs$(dirname "$path")" "$rootfs$(dirname "$real")"
	cp "$real" "$rootfs$real"
	[ "$path" = "$real" ] || [ -e "$rootfs$path" ] || ln -s "$real" "$rootfs$path"
	for library in $(ldd "$real" 2>/dev/null | grep -o '/[^ ]*' | sort -u) /lib/x86_64-linux-gnu/libgcc_s.so.1; do
		mkdir -p "$rootfs$(dirname "$library")"
		cp -L "$library" "$rootfs$library"
	done
done
collect=$(dirname "$(gcc -print-file-name=crtbegin.o)")
mkdir -p "$rootfs/usr/lib/x86_64-linux-gnu" "$rootfs/usr/include" "$rootfs$collect"
cp /usr/lib/x86_64-linux-gnu/*crt*.o /usr/lib/x86_64-linux-gnu/libc.so /usr/lib/x86_64-linux-gnu/libc_nonshared.a \
	"$rootfs/usr/lib/x86_64-linux-gnu/"
cp -a "$collect"/*.o "$collect"/libgcc* "$collect"/collect2 "$collect"/liblto_plugin.so "$collect"/include "$rootfs$collect/" 2>/dev/null
cp -a /usr/include/stdio.h /usr/include/features.h /usr/include/features-time64.h /usr/include/stdc-predef.h \
	/usr/include/x86_64-linux-gnu "$rootfs/usr/include/" 2>/dev/null
cp -aL $(ls -d /usr/lib/python3.*/ | head -n 1) "$rootfs/usr/lib/" 2>/dev/null
ls -d /lib /bin /lib64 2>/dev/null | while read -r d; do
	[ -L "$d" ] && [ ! -e "$rootfs$d" ] && ln -s "$(readlink "$d")" "$rootfs$d"
done
cp -a "$work/out2/." "$rootfs/data/" 2>/dev/null
echo lower > "$rootfs/etc/file"
store ingest "$rootfs" --name rootfs --no-filter --quiet > /dev/null
listing='cd /data && find . -printf "%p %y %m %U %G %s %n %T@ %l\n" | sort'
check bash_runs_from_an_image 0 "4 lower" run --image rootfs -- bash -c 'echo $((2 + 2)) $(cat /etc/file)'
same an_image_has_all_metadata "$(run --image rootfs -- bash -c "$listing" | awk '{ if ($2 == "d") $6 = "-"; print }' | sha256sum)" \
	"$(cd "$rootfs/data" && find . -printf '%p %y %m %U %G %s %n %T@ %l\n' | sort | awk '{ if ($2 == "d") $6 = "-"; print }' | sha256sum)"
same content_is_the_same "$(run --image rootfs -- cat /data/large /data/page /data/hi /data/sparse | sha256sum)" \
	"$(cat "$rootfs/data/large" "$rootfs/data/page" "$rootfs/data/hi" "$rootfs/data/sparse" | sha256sum)"
same it_has_the_same_inode_numbers_every_time "$(run --image rootfs -- bash -c 'stat -c "%i %n" /data/* /usr/bin/*' | sha256sum)" \
	"$(run --image rootfs -- bash -c 'stat -c "%i %n" /data/* /usr/bin/*' | sha256sum)"
run --image rootfs --stats=json -- bash -c 'find / -xdev -size +1 > /dev/null' 2> "$work/stats"
same metadata_needs_no_message "$(python3 -c 'import json, sys
for call in json.loads([l for l in open(sys.argv[1]) if l.startswith("{")][0])["calls"]:
    if call["name"] in ("newfstatat", "getdents64") and call["count"] > 1000:
        print(call["name"], call["host_calls"] * 20 < call["count"])' "$work/stats")" "newfstatat True"
orders='
import hashlib, os, random, sys
paths = sorted(os.path.join(d, f) for d, _, names in os.walk(sys.argv[1]) for f in names)
order = {"forwards": paths, "backwards": paths[::-1], "shuffled": random.Random(1).sample(paths, len(paths)),
         "halves": paths[::2] + paths[1::2]}[sys.argv[2]]
found = {}
for path in order:
    if os.path.isfile(path):
        with open(path, "rb") as f:
            found[path[len(sys.argv[1]):]] = hashlib.sha256(f.read()).hexdigest()
print(len(paths) > 500, hashlib.sha256(repr(sorted(found.items())).encode()).hexdigest())'
library=$(cd "$rootfs" && ls -d usr/lib/python3.*)
wanted=$(python3 -c "$orders" "$rootfs/$library" forwards)
for order in forwards backwards shuffled halves; do
	check "files_are_right_opened_$order" 0 "$wanted" run --mount rootfs:/image -- /usr/bin/python3 -c "$orders" "/image/$library" $order
done
check files_are_right_opened_in_all_orders_at_once 0 "$(for i in 1 2 3 4; do echo "$wanted"; done)" run --mount rootfs:/image -- \
	sh -c 'for o in forwards backwards shuffled halves; do /usr/bin/python3 -c "$1" "$2" $o & done; wait' sh "$orders" "/image/$library"
check python_runs_from_an_image 0 "[0, 1, 4] b'hi'" run --image rootfs -- python3 -c 'import mmap
f = open("/data/hi", "rb"); m = mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ)
print([x * x for x in range(3)], m[:2])'
check gcc_runs_from_an_image 0 "made here" run --image rootfs -- bash -c 'cd /tmp && echo "#include <stdio.h>
int main(void) { puts(\"made here\"); return 0; }" > x.c && gcc -o x x.c && ./x'
same inode_numbers_are_those_of_the_listing "$(run --image rootfs -- python3 -c 'import os
print(all(e.inode() == os.lstat(e.path).st_ino for e in os.scandir("/data")))')" True
check a_fork_reads_on 0 "lowerlower" run --image rootfs -- bash -c 'exec 3< /etc/file; (read a <&3; printf %s $a); printf %s $(cat /etc/file)'
check changes_are_thrown_away 0 "changed" run --image rootfs -- bash -c 'echo changed > /etc/file; mkdir /etc/new; rm /data/page; cat /etc/file'
check and_gone_the_next_time 0 "lower" run --image rootfs -- bash -c 'cat /etc/file; [ ! -e /etc/new ] && [ -e /data/page ]'
check a_mounted_image_is_read_only 2 "" run --mount rootfs:/vrift -- sh -c 'echo x 2>/dev/null > /vrift/etc/file'
check a_missing_name_is_missing 1 "" run --mount rootfs:/vrift -- sh -c 'cat /vrift/etc/none 2>/dev/null'
check a_cow_mount_takes_changes 0 "lower more" run --mount rootfs:/vrift:cow -- sh -c 'echo more >> /vrift/etc/file; echo $(cat /vrift/etc/file)'
check the_prefix_of_the_environment 0 "lower" env VRIFT_VFS_PREFIX=/vrift "$nacre" run --mount rootfs -- cat /vrift/etc/file
check the_store_of_the_environment 0 "lower" env -u NACRE_STORE VR_THE_SOURCE="$NACRE_STORE" "$nacre" run --mount rootfs:/v -- cat /v/etc/file
check an_unknown_image_is_refused 125 "" run --image nosuch -- true
said it_says_so "nosuch"
run --image rootfs -- bash -c 'cat /etc/file; read -t 20; cat /data/large' < <(sleep 3; echo) > "$work/leased" 2> "$work/err" &
sandbox=$!
for i in $(seq 1 300); do grep -q lower "$work/leased" 2>/dev/null && break; sleep 0.1; done
store tag rootfs kept
store rm rootfs kept
store gc --delete --quiet > /dev/null
wait $sandbox
same a_running_sandbox_keeps_its_image "$(tail -c +7 "$work/leased" | sha256sum)" "$(sha256sum < "$rootfs/data/large")"
same its_lease_ends_with_it "$(ls "$NACRE_STORE/leases" | wc -l)" 0
store ingest "$rootfs" --name rootfs --no-filter --quiet > /dev/null
o=$(store stat rootfs data/large | sed -n 's/^object: //p')
o=$NACRE_STORE/objects/${o:0:2}/${o:2}
chmod 644 "$o"
printf '\377\377' | dd of="$o" bs=1 seek=2000000 conv=notrunc 2>/dev/null
check damage_is_an_error_to_the_program 1 "" run --image rootfs -- bash -c 'cat /data/large > /dev/null'
said and_is_named "image rootfs: object .* is damaged"
check what_is_not_damaged_can_be_read 0 "1500000" run --image rootfs -- bash -c 'head -c 1500000 /data/large | wc -c'
check reading_ends_at_the_damage 0 "1572864 5" run --image rootfs -- python3 -c 'import os
f = os.open("/data/large", os.O_RDONLY)
n = 0
try:
    while True: n += len(os.read(f, 100000))
except OSError as e: print(n, e.errno)
assert len(os.pread(f, 1000, 2900000)) == 1000'
run --image rootfs -- python3 -c 'import mmap, sys
f = open("/data/large", "rb")
m = mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ)
print(m[0] >= 0, flush=True)
sys.stdin.read()
print(m[2990000])' < <(for i in $(seq 300); do grep -q True "$work/cut" 2>/dev/null && break; sleep 0.1; done; chmod 644 "$o"; cp "$o" "$work/whole"; truncate -s 100000 "$o") > "$work/cut" 2> "$work/err"
same what_is_cut_while_mapped_is_sigbus "$?" 135
cat "$work/whole" > "$o"
check damage_that_is_mapped_is_sigbus 135 "(True, True)" run --image rootfs -- python3 -c 'import mmap
f = open("/data/large", "rb")
m = mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ)
print((m[1572863] == f.read(1572864)[-1], len(m[2097152:]) == 902849), flush=True)
m[2000000]'
h=$NACRE_STORE/hashes/${o#"$NACRE_STORE/objects/"}
mv "$h" "$work/hashes"
check without_hashes_all_of_it_is_damaged 1 "" run --image rootfs -- head -c 10 /data/large
store ingest "$rootfs" --name rootfs2 --no-filter --quiet > /dev/null
cp "$o" "$work/damaged"
head -c 3000001 "$rootfs/data/large" > "$o"
same without_hashes_what_is_right_is_read "$(run --image rootfs -- sha256sum /data/large)" "$(sha256sum < "$rootfs/data/large" | cut -c 1-64)  /data/large"
mkdir -p "${h%/*}"
head -c 192 /dev/urandom > "$h"
same wrong_hashes_are_not_believed "$(run --image rootfs -- sha256sum /data/large)" "$(sha256sum < "$rootfs/data/large" | cut -c 1-64)  /data/large"
truncate -s 1M "$h"
same nor_are_too_many "$(run --image rootfs -- sha256sum /data/large)" "$(sha256sum < "$rootfs/data/large" | cut -c 1-64)  /data/large"
mv -f "$work/hashes" "$h"
cat "$work/damaged" > "$o"
store rm rootfs2
rm -f "$o"
check a_missing_object_is_an_error 1 "" run --image rootfs -- cat /data/large
check never_the_hosts_file 1 "" run --mount rootfs:"$rootfs" -- cat "$rootfs/data/large"
store ingest "$rootfs" --name rootfs --no-filter --force-hash --quiet > /dev/null
check it_is_healed 0 "$(sha256sum < "$rootfs/data/large")" bash -c "\"$nacre\" run --image rootfs -- cat /data/large | sha256sum"

# --- a store on a mount that allows no execution ---
if [ -n "$root" ] && mkdir "$work/noexec" && mount -t tmpfs -o noexec,size=100m tmpfs "$work/noexec" 2> "$work/err"; then
	mkdir "$work/programs"
	cp "$(command -v bash)" "$(command -v cat)" "$work/programs"
	NACRE_STORE=$work/noexec/store "$nacre" store ingest "$work/programs" --name programs --quiet > /dev/null
	check programs_of_a_noexec_store_run 0 "bash and cat" env NACRE_STORE="$work/noexec/store" "$nacre" run \
		--mount programs:/programs -- /programs/bash -c 'echo bash and cat | /programs/cat'
	umount "$work/noexec"
else
	skip programs_of_a_noexec_store_run "cannot mount"
fi

# --- a bit flipped in each of 100 objects ---
mkdir "$work/flips"
python3 - "$work/flips" << 'END'
import os, random, sys
for i in range(100):
    with open("%s/%02d" % (sys.argv[1], i), "wb") as f:
        f.write(random.randbytes(random.choice((65, 4096, 5000, 70000, 700000))))
END
store ingest "$work/flips" --name flips --quiet > /dev/null
export NACRE_CACHE=$work/cache
mkdir -m 700 "$NACRE_CACHE"
check all_of_100_can_be_read 0 "" run --mount flips:/flips -- bash -c 'cat /flips/* > /dev/null'
same what_was_right_has_tags "$(stat -c '%a %s' "$NACRE_CACHE/tags")" "600 2101248"
check with_tags_they_can_be_read 0 "" run --mount flips:/flips -- bash -c 'cat /flips/* > /dev/null'
cp "$NACRE_CACHE/tags" "$work/tags"
head -c 2097152 /dev/urandom | dd of="$NACRE_CACHE/tags" bs=4096 seek=1 conv=notrunc status=none
check wrong_tags_say_nothing 0 "" run --mount flips:/flips -- bash -c 'cat /flips/* > /dev/null'
cp "$work/tags" "$NACRE_CACHE/tags"
store tree flips --json | python3 -c 'import json, os, random, sys
for e in json.load(sys.stdin):
    if "object" not in e: continue
    path = os.environ["NACRE_STORE"] + "/objects/" + e["object"][:2] + "/" + e["object"][2:]
    os.chmod(path, 0o644)
    with open(path, "r+b") as f:
        at = random.randrange(os.path.getsize(path))
        f.seek(at)
        byte = f.read(1)[0] ^ 1 << random.randrange(8)
        f.seek(at)
        f.write(bytes([byte]))
    os.chmod(path, 0o444)'
check none_of_100_can_be_read 0 "100" run --mount flips:/flips -- bash -c 'n=0; for f in /flips/*; do cat $f > /dev/null 2>&1 || n=$((n + 1)); done; echo $n'
same the_log_names_each "$(grep -c 'image flips: object .* is damaged' "$work/err")" 100
export NACRE_CACHE=off
same fsck_names_each "$(store fsck | grep -c '^objects .* is damaged')" 100
store rm flips
store gc --delete --quiet > /dev/null

# --- without hashes of its pieces a large object is hashed as a whole, in parts ---
mkdir "$work/long"
head -c 20000001 /dev/urandom > "$work/long/file"
truncate -s 200M "$work/long/file"
echo end >> "$work/long/file"
store ingest "$work/long" --name long --quiet > /dev/null
o=$(store stat long file | sed -n 's/^object: //p')
rm -f "$NACRE_STORE/hashes/${o:0:2}/${o:2}"
same all_of_it_is_right "$(run --mount long:/long -- sha256sum < /dev/null /long/file | cut -c 1-64)" "$(sha256sum < "$work/long/file" | cut -c 1-64)"
o=$NACRE_STORE/objects/${o:0:2}/${o:2}
chmod 644 "$o"
printf x | dd of="$o" bs=1 seek=209715199 conv=notrunc status=none
check or_none 1 "" run --mount long:/long -- head -c 1 /long/file
rm -r "$work/long"
store rm long
store gc --delete --quiet > /dev/null

# --- hashes of pieces: of objects of more than 512 KiB ---
head -c 524289 /dev/urandom > "$work/pieces"
(cd "$work" && tar cf pieces.tar pieces)
store ingest "$work/pieces.tar" --name pieces --quiet > /dev/null
o=$(store stat pieces pieces | sed -n 's/^object: //p')
o=$NACRE_STORE/hashes/${o:0:2}/${o:2}
same a_large_object_has_hashes_of_its_pieces "$(stat -c %s "$o")" 64
same of_no_small_object "$(find "$NACRE_STORE/hashes" -type f | wc -l)" "$(find "$NACRE_STORE/objects" "$NACRE_STORE/images" -type f -size +524288c | wc -l)"
check right_hashes_are_right 0 "*" store fsck
chmod 644 "$o"
printf 'not the hash' | dd of="$o" bs=1 seek=40 conv=notrunc 2>/dev/null
same wrong_hashes_are_noticed "$(store fsck | grep -c '^hashes .* is damaged')" 1
check repair_puts_them_away 1 "*" store fsck --repair "$work/rootfs"
check and_nothing_depends_on_them 0 "*" store fsck
store rm pieces
store gc --delete --quiet > /dev/null
same gc_removes_hashes_with_what_they_are_of "$(find "$NACRE_STORE/hashes" -type f | wc -l)" "$(find "$NACRE_STORE/objects" "$NACRE_STORE/images" -type f -size +524288c | wc -l)"

# --- crowds, and being stopped ---
python3 - "$work/parts.tar" << 'END'
import io, sys, tarfile
with tarfile.open(sys.argv[1], "w") as tar:
    for i in range(9001):
        info = tarfile.TarInfo("../x" if i == 9000 else str(i))
        info.size = 100
        tar.addfile(info, io.BytesIO(b"%0100d" % i))
END
check a_run_that_fails_late 125 "" store ingest "$work/parts.tar" --name parts --quiet
same has_published_a_part "$(store gc | tail -n 1 | cut -d, -f1)" "8192 files"
store gc --delete --quiet > /dev/null
mkdir "$work/crowd"
seq -f "$work/crowd/entry-%06g" 1 50000 | xargs touch
check a_directory_of_50000 0 "*" store ingest "$work/crowd" --name crowd --quiet
same lists_all "$(store ls crowd | wc -l)" 50000
check its_image_is_erofs 0 "*" fsck.erofs "$(i=$(store ls | sed -n 's/  crowd$//p'); echo "$NACRE_STORE/images/${i:0:2}/${i:2}")"
rm -rf "$work/crowd"
mkdir "$work/fresh"
for i in $(seq 1 400); do head -c 5000 /dev/urandom > "$work/fresh/$i"; done
for delay in 0.01 0.03 0.05 0.08 0.12 0.2; do
	{ timeout -s KILL "$delay" "$nacre" store ingest "$work/fresh" --name fresh --quiet > /dev/null; } 2> /dev/null
	store fsck > "$work/killed" || fail "killed_after_$delay" "$(head -n 3 "$work/killed")"
	if store ls | grep -q '  fresh$'; then
		store export fresh "$work/fresh-out" --quiet > /dev/null && diff -r "$work/fresh" "$work/fresh-out" > /dev/null ||
			fail "killed_after_$delay" "a name without its content"
		rm -rf "$work/fresh-out"
		store rm fresh
	fi
	store gc --delete --quiet > /dev/null
done
passed=$((passed + 1))
rm -rf "${NACRE_STORE:?}/cache/"*
(store ingest "$work/fresh" --name fresh --quiet > /dev/null 2>&1; echo $? > "$work/status") &
sleep 0.02
pkill -INT -P $! -x nacre-store 2>/dev/null
wait
same an_interrupt_leaves_no_temporaries "$(ls "$NACRE_STORE/tmp" | wc -l)" 0

# Access control lists: whoever they concern gets what they say, from an image and through a layer.
acl=$work/acl
if [ -n "$root" ] && python3 tests/store/acl.py make "$acl" 2> /dev/null; then
	chmod 711 "$work"
	store ingest "$acl" --name acl --no-filter --quiet > /dev/null
	same lists_of_an_image_are_heeded "$(run --mount acl:/acl -- python3 tests/store/acl.py read /acl)" "$(python3 tests/store/acl.py read "$acl")"
	same and_below_a_layer "$(run --mount acl:/acl:cow -- python3 tests/store/acl.py look /acl)" "$(python3 tests/store/acl.py look "$acl")"
	got=$(run --mount acl:/acl:cow --commit acl2 -- python3 tests/store/acl.py change /acl 2> "$work/err")
	same and_changed_in_it "$got" "$(python3 tests/store/acl.py change "$acl")"
	same and_committed "$(run --mount acl2:/acl:cow -- python3 tests/store/acl.py look /acl)" "$(python3 tests/store/acl.py look "$acl")"
	store export acl2 "$acl.out" > /dev/null
	same and_exported "$(python3 tests/store/acl.py look "$acl.out")" "$(python3 tests/store/acl.py look "$acl")"
	store rm acl acl2
	store gc --delete > /dev/null
	rm -rf "$acl" "$acl.out"
else
	skip lists_of_an_image_are_heeded "needs root and a file system with access control lists"
fi
