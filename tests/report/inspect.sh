# inspect: facts of good programs, one line for bad ones. Sourced by run.

run inspect_static 0 "$nacre" inspect --format=md "$seeds/static"
has inspect_static_has_the_sections '^## Binary information' '^## Software versions' \
	'^## Thread-local storage' '^## System calls' '^## Build configuration' \
	'^## ELF structure' '^### Program headers' '^### Entry point' '^## Copyright and licenses'
has inspect_static_has_the_facts "SHA256.*$(sha256sum "$seeds/static" | cut -c1-64)" \
	'ELF 64-bit LSB executable, x86-64, statically linked' 'ARCH_SET_FS' 'GNU C17' \
	'^TLS +0x[0-9a-f]{8} .*\(\.tdata' '^LOAD +.* R E ' 'Copyright \(C\) 2024 Somebody' \
	'Small 1\.2\.3' 'musl 1\.' '`-O1`|-O1'

run inspect_json 0 "$nacre" inspect --format=json "$seeds/static"
json inspect_json_is_the_same 'facts["kind"] == "ELF" and facts["tls"]["set_fs"]
	and not facts["tls"]["set_gs"] and facts["elf"]["machine"] == "x86-64"'
json inspect_finds_the_calls '{"arch_prctl", "exit_group", "set_tid_address"}
	<= set(facts["syscalls"]["calls"])'
result inspect_entry_is_objdumps "$(python3 - "$work/out" "$seeds/static" <<'PY'
import json, subprocess, sys
facts = json.load(open(sys.argv[1]))
entry = int(facts["elf"]["entry"], 16)
out = subprocess.run(["objdump", "-d", "-w", f"--start-address={entry}", f"--stop-address={entry+24}",
	sys.argv[2]], capture_output=True, text=True).stdout
want = [l.split("\t")[1].replace(" ", "") for l in out.splitlines() if l.count("\t") >= 2]
have = [i["bytes"] for i in facts["entry_code"]][:len(want)]
want = want[:len(have) or 1]
if have[:3] != want[:3]: print("instructions", have[:3], "wanted", want[:3])
PY
)"

run inspect_dynamic 0 "$nacre" inspect --format=json "$seeds/dynamic"
json inspect_finds_libraries 'any(l["name"] == "libc.so.6" and not l["missing"]
	for l in facts["libraries"]) and facts["interpreter"] == "/lib64/ld-linux-x86-64.so.2"
	and facts["pie"] and len(facts["build_id"]) == 40'

printf 'int missing(void) { return 0; }' >"$work/lib.c"
printf 'int missing(void); int main(void) { return missing(); }' >"$work/main.c"
gcc -shared -fPIC -o "$work/libmissing.so" "$work/lib.c"
gcc -o "$work/lacks" "$work/main.c" -L"$work" -lmissing
run inspect_missing_library 0 "$nacre" inspect "$work/lacks"
has inspect_names_the_missing_library 'libmissing.so +MISSING' 'library libmissing.so is not found'
gcc -Wl,-rpath,'$ORIGIN' -o "$work/finds" "$work/main.c" -L"$work" -lmissing
run inspect_origin 0 "$nacre" inspect "$work/finds"
has inspect_follows_origin "libmissing.so +$work/libmissing.so"

run inspect_ape 0 "$nacre" inspect --format=json "$seeds/ape"
json inspect_reads_the_ape 'facts["kind"] == "APE" and facts["ape"]["magic"] == "MZqFpD=\x27"
	and "Linux x86-64" in facts["ape"]["systems"] and facts["elf"]["type"] == "executable"
	and [h["machine"] for h in facts["ape"]["headers"]] == ["aarch64", "x86-64"]
	and facts["zip"]["members"] == 2 and "printf" in facts["ape"]["prologue"]'

run inspect_archive 0 "$nacre" inspect --format=json "$seeds/archive"
json inspect_lists_the_archive '[(m["name"], m["size"]) for m in facts["zip"]["list"]]
	== [("usr/share/zoneinfo/UTC", 200), (".lua/start.lua", 8)]'

run inspect_script 0 "$nacre" inspect --format=json "$seeds/script"
json inspect_reads_the_script 'facts["script"] == {"interpreter": "/bin/sh", "argument": "-e"}'

run inspect_profile 0 "$nacre" inspect --profile=kpio "$seeds/static"
has inspect_names_what_a_profile_refuses 'Under profile kpio [0-9]+ of these are refused: .*poll'
run inspect_several 0 "$nacre" inspect --format=json "$seeds/static" "$seeds/dynamic"
json inspect_several_are_a_list 'len(facts) == 2'
run inspect_html 0 "$nacre" inspect --format=html -o "$work/page.html" "$seeds/ape"
cp "$work/page.html" "$work/out"
has inspect_html_is_a_page '^<!doctype html>' '<h2>ELF structure</h2>' '</html>'
result inspect_html_is_self_contained "$(grep -oE '(src|href)=[^ >]*|@import|<script' "$work/page.html")"

# --- bad input ---
bad()
{
	run "$1" 1 "$nacre" inspect --format=json "$2"
	said "$1" 1 "^nacre inspect: .*: $3"
}
: >"$work/empty"
bad inspect_empty "$work/empty" 'is empty'
bad inspect_directory "$work" 'is a directory'
bad inspect_nothing "$work/no-such" 'No such file'
bad inspect_device /dev/null 'is not a regular file'
echo hello >"$work/text"
bad inspect_text "$work/text" 'not a program'
head -c 40 "$seeds/static" >"$work/cut"
bad inspect_cut_header "$work/cut" 'truncated'
head -c 3000 "$seeds/static" >"$work/cut"
bad inspect_cut_segments "$work/cut" '.*beyond the end of the file'
head -c 200 "$seeds/ape" >"$work/cut"
bad inspect_cut_ape "$work/cut" 'the APE prologue has no ELF header'
cp "$seeds/static" "$work/odd"
printf '\377\377\377\377\377\377\377\177' | dd of="$work/odd" bs=1 seek=32 conv=notrunc 2>/dev/null
bad inspect_far_program_headers "$work/odd" '(the program headers lie beyond|damaged)'
run inspect_no_file 125 "$nacre" inspect
said inspect_no_file 1 'no file given'
run inspect_bad_format 125 "$nacre" inspect --format=xml "$seeds/static"
said inspect_bad_format 1 'expected text\|md\|json\|html'
run inspect_help 0 "$nacre" inspect --help
has inspect_help '--format=' 'Usage: nacre inspect'
