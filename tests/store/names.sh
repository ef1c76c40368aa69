# Sourced by tests/store/run: images of many names, their verification by pieces, the index.

# A manifest of many pieces, verified as they are used; enough names for an index.
many=$work/many
python3 - "$many" << 'EOP'
import os, sys
top = sys.argv[1]
for d in range(40):
    os.makedirs(f"{top}/d{d}/sub")
    for f in range(200):
        name = f"{top}/d{d}/file-{f}-" + "x" * (f % 200)
        open(name, "w").close() if f % 3 else os.symlink(f"sub/{f}", name)
        if f % 50 == 0: os.link(name, f"{top}/d{d}/sub/hard{f}", follow_symlinks=False)
EOP
store ingest "$many" --name many --no-filter --quiet > /dev/null
# Names twice, before there is an index and after; by the way of the search and of the listing.
all='import os, sys
seen = lambda p: (lambda s: (p, s.st_mode, s.st_size * (s.st_mode >> 12 != 4), s.st_nlink, s.st_mtime_ns))(os.lstat(p))
names = sorted(os.path.join(r, n) for r, d, f in os.walk(".") for n in d + f)
for rounds in range(3):
    print([seen(n) for n in names])
    print(sum(os.path.exists(n + "-none") for n in names), sum(os.path.lexists(n) for n in names))
    print([os.path.realpath(n).replace(os.getcwd(), "") for n in names[::7]])'
for mode in "" :cow; do
	same "all_names_of_a_large_image_are_found$mode" "$(run --mount "many:/many$mode" -- sh -c 'cd /many && python3 -c "$1"' - "$all" | sha256sum)" \
		"$(cd "$many" && python3 -c "$all" | sha256sum)"
done
manifest_file=$(sed 's/^image //' "$NACRE_STORE/refs/many"); manifest_file=$NACRE_STORE/images/${manifest_file:0:2}/${manifest_file:2:62}
hashes_file=${manifest_file/images/hashes}
[ -s "$hashes_file" ]; same a_large_manifest_has_hashes $? 0
store gc --delete > /dev/null
[ -s "$hashes_file" ]; same gc_keeps_them $? 0
cp "$hashes_file" "$work/hashes"
chmod 644 "$hashes_file"
: > "$hashes_file"
same fsck_looks_at_them "$(store fsck | grep -c '^hashes .* is damaged')" 1
cat "$work/hashes" > "$hashes_file"
chmod 444 "$hashes_file"
check right_ones_are_right 0 "*" store fsck
mv "$hashes_file" "$work/hashes"
same without_them_it_is_read_whole "$(run --mount many:/many -- sh -c 'find /many | wc -l')" "$(find "$many" | wc -l)"
cp "$manifest_file" "$work/manifest"
for hashes in with without; do
	[ $hashes = with ] && cp "$work/hashes" "$hashes_file" || rm -f "$hashes_file"
	chmod 644 "$manifest_file"
	printf '\377' | dd of="$manifest_file" bs=1 seek=$(($(stat -c %s "$manifest_file") - 300)) conv=notrunc 2> /dev/null
	chmod 444 "$manifest_file"
	run --mount many:/many -- sh -c 'find /many -ls > /dev/null' > /dev/null 2> "$work/err"
	found=$?
	said "damage_names_the_image_$hashes" "image many: images/.* is damaged"
	same "and_is_an_error_$hashes" $((found != 0)) 1
	chmod 644 "$manifest_file"
	cat "$work/manifest" > "$manifest_file"
	chmod 444 "$manifest_file"
done
cp "$work/hashes" "$hashes_file"
same healed_it_is_right "$(run --mount many:/many -- sh -c 'find /many | wc -l')" "$(find "$many" | wc -l)"
store rm many
store gc --delete > /dev/null
[ -e "$hashes_file" ]; same gc_removes_them_with_it $? 1
rm -rf "$many"

# Small files that are opened in their order come several in a message.
small=$work/small
python3 - "$small" << 'EOP'
import os, sys
for i in range(300):
    os.makedirs(f"{sys.argv[1]}/d{i // 100}", exist_ok=True)
    for name in (f"f{i:03}", f"d{i // 100}/g{i:03}"):
        with open(f"{sys.argv[1]}/{name}", "w") as f:
            f.write(f"{name}\n" * (i * 37 % 900 + 20 if i % 60 else 12000))
EOP
store ingest "$small" --name small --no-filter --quiet > /dev/null
everything='cd "$1"; cat f* d*/* | sha256sum; find . -type f | sort -r | xargs cat | sha256sum; cat d1/* f* | sha256sum'
same files_in_a_row_are_right "$(run --mount small:/small -- sh -c "$everything" - /small)" "$(sh -c "$everything" - "$small")"
o=$(store stat small f100 | sed -n 's/^object: //p')
o=$NACRE_STORE/objects/${o:0:2}/${o:2}
cp "$o" "$work/object"
chmod 644 "$o"
printf x | dd of="$o" bs=1 seek=20 conv=notrunc 2> /dev/null
same one_of_a_row_that_is_damaged_is_alone "$(run --mount small:/small -- sh -c 'cd /small; for f in f*; do cat $f > /dev/null 2>&1 || echo $f; done' 2> "$work/log")" f100
same and_told_of_once "$(grep -c 'image small: object .* is damaged' "$work/log")" 1
cat "$work/object" > "$o"
store rm small
store gc --delete > /dev/null
rm -rf "$small"
