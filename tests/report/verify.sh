# verify and compare: causes, verdicts, exit statuses, forms. Needs what profile.sh built.

tls_gs=$work/tls_GS tls_fs=$work/tls_FS

# The case of the reports: the same program with its thread-local storage at GS and at FS.
run verify_gs_fails 1 "$nacre" verify --profile=gvisor-2025 --source=http://example.org/gs "$tls_gs"
has verify_gs_says_why '^\*\*Root cause\*\*: `arch_prctl\(ARCH_SET_GS\)` is refused with EINVAL' \
	'arch_prctl\(ARCH_SET_GS, 0x[0-9a-f]+\) = -1 EINVAL \(Invalid argument\)' \
	'si_code=SEGV_MAPERR, si_addr=0x4\}' 'reads a pointer from the wrong base' \
	'\*\*Certainty\*\*: shown' 'Build the program so that it keeps .* at FS \(ARCH_SET_FS\)' \
	'table_open\+0x.*tls\.c:[0-9]+' 'which lies in section \.bss' 'example\.org/gs' \
	'null, or an offset from a null pointer' '^=> .*movl \$0x'
has verify_has_the_sections '^## Executive summary' '^## Binary information' \
	'^## Software versions' '^## Runtime environment' '^## Test results' '^## Crash analysis' \
	'^### Failure sequence' '^## TLS analysis' '^## Startup sequence' '^## ELF structure' \
	'^## Build configuration' '^## Root cause analysis' '^## Attempted workarounds' \
	'^## Compatibility assessment' '^## Recommendations' '^## References'
run verify_gs_json 1 "$nacre" verify --format=json --profile=gvisor-2025 "$tls_gs"
json verify_gs_json_names_the_rule 'facts["verdict"] == "fails"
	and facts["profiles"][1]["runs"][0]["cause"]["rule"] == "segment-base"
	and facts["profiles"][1]["runs"][0]["crash"]["addr"] == "0x4"
	and facts["profiles"][1]["runs"][0]["crash"]["regs"]["gs_base"] != "0x0"
	and facts["profiles"][0]["verdict"] == "works"'
run verify_fs_works 0 "$nacre" verify --profile=gvisor-2025 "$tls_fs"
has verify_fs_says_so 'Status.*works under gVisor' 'arch_prctl\(ARCH_SET_FS, 0x[0-9a-f]+\) = 0' \
	'^3\. `arch_prctl'
run verify_both 0 "$nacre" verify --profile=gvisor-2025 --profile=linux --format=json "$tls_fs"
json verify_both_are_there '[p["name"] for p in facts["profiles"]] == ["linux", "gvisor-2025"]'

run compare_programs 1 "$nacre" compare --format=md --profile=gvisor-2025 "$tls_gs" "$tls_fs"
has compare_programs_shows_the_difference '^\| TLS mechanism \| ARCH_SET_GS \| ARCH_SET_FS \|' \
	'^\| gVisor .*fails.*works' '^- arch_prctl\(ARCH_SET_GS.*EINVAL' \
	'^\+ arch_prctl\(ARCH_SET_FS.* = 0'
run compare_profiles 1 "$nacre" compare --profile=gvisor-2025 "$tls_gs"
has compare_profiles_shows_the_difference '^  Result +.*works +.*fails' '- arch_prctl\(ARCH_SET_GS, 0x[0-9a-f]+\) = 0' \
	'\+ arch_prctl\(ARCH_SET_GS, 0x[0-9a-f]+\) = -1 EINVAL'
run compare_same 0 "$nacre" compare "$tls_fs" "$tls_fs"
timeout 20 "$nacre" run --trace="$work/a.trace" "$tls_gs" >/dev/null
timeout 20 "$nacre" run --trace="$work/b.trace" "$tls_fs" >/dev/null
run compare_traces 1 "$nacre" compare "$work/a.trace" "$work/b.trace"
has compare_traces_finds_the_call '- arch_prctl\(ARCH_SET_GS' '\+ arch_prctl\(ARCH_SET_FS'
cat >"$work/strace" <<'S'
12 getpid() = 12
12 openat(AT_FDCWD, "a) = b", O_RDONLY <unfinished ...>
13 write(1, "x", 1) = 1
12 <... openat resumed>) = -1 ENOENT (No such file or directory)
12 +++ exited with 0 +++
S
sed 's/ENOENT (No such file or directory)/EACCES (Permission denied)/' "$work/strace" >"$work/strace2"
run compare_strace 1 "$nacre" compare --format=json "$work/strace" "$work/strace2"
json compare_strace_reads_it 'facts["diverges"]["index"] == 2
	and facts["diverges"]["a"]["text"].startswith("openat(AT_FDCWD, \"a) = b\", O_RDONLY) = -1 ENOENT")
	and facts["rows"][0]["a"] == "3"'
run compare_bad 125 "$nacre" compare "$work/strace" "$tls_fs"
said compare_bad 1 'one is a program, the other a trace'
run compare_text 125 "$nacre" compare "$work/text" "$work/text"
said compare_text 1 'neither a program nor a trace'

# Crashes that have other causes.
crash()
{
	printf '%s' "$2" >"$work/crash.c"
	gcc -g -O0 -w -static -o "$work/crash" "$work/crash.c"
	run "verify_$1" 1 "$nacre" verify --format=json "$work/crash"
	json "verify_$1_finds_the_cause" "facts['profiles'][0]['runs'][0]['cause']['rule'] == '$3'
		and facts['profiles'][0]['runs'][0]['crash']['address_kind'] == '$4'
		and 'crash.c:' in facts['profiles'][0]['runs'][0]['crash']['source']"
}
crash null 'int main(void) { *(volatile int *)8 = 1; return 0; }' crash null
crash stack 'int f(int n) { volatile char a[4096]; a[0] = n; return f(n + 1) + a[0]; }
int main(void) { return f(0); }' stack guard
crash mapping '#include <sys/mman.h>
int main(void) { char *p = (char *)0x10000001000; mmap(p, 4096, 3, 0x12, 99, 0); p[5] = 1; return 0; }' \
	mapping unmapped
crash errno '#include <sys/mman.h>
int main(void) { char *p = mmap(0, 4096, 3, 0x2, 99, 0); *p = 1; return 0; }' result-as-pointer errno
crash access 'const int table[4] = { 1 };
int main(void) { *(volatile int *)table = 1; return 0; }' crash access

# Calls refused, without a crash.
cat >"$work/spec.json" <<'S'
{"tests": [
 {"name": "says hello", "args": ["sh", "-c", "echo hello"], "stdout": "hello\n"},
 {"name": "starts a process", "args": ["sh", "-c", "/bin/busybox cat; echo done"],
  "stdin": "text", "contains": "text", "status": 0}
]}
S
run verify_kpio 1 "$nacre" verify --format=json --profile=kpio --spec="$work/spec.json" /bin/busybox
json verify_kpio_names_the_calls '[r["passed"] for r in facts["profiles"][1]["runs"]] == [True, False]
	and facts["profiles"][0]["verdict"] == "works"
	and facts["profiles"][1]["runs"][1]["cause"]["rule"] == "refused-call"
	and {"fork", "clone", "vfork", "execve"} & {r["name"] for r in facts["profiles"][1]["runs"][1]["refused"]}'
run verify_differs 2 "$nacre" verify --profile=kpio /bin/busybox -- uname -r
has verify_differs 'works with differences'
run verify_arguments 1 "$nacre" verify --profile=linux /bin/sh -- -c 'exit 3'
has verify_arguments 'exit status 3, wanted 0'
run verify_dynamic 0 "$nacre" verify /bin/cat
has verify_dynamic 'cat \(GNU coreutils\)'
run verify_timeout 1 "$nacre" verify --timeout=0.5 /bin/sleep 60
has verify_timeout 'did not end in time'
run verify_html 1 "$nacre" verify --format=html -o "$work/page.html" --profile=gvisor-2025 "$tls_gs"
cp "$work/page.html" "$work/out"
has verify_html_has_figures '<svg .*Timeline' '<svg .*Histogram' 'prefers-color-scheme:dark' '</html>'
result verify_html_is_self_contained "$(grep -oE '(src|href)=[^ >]*|@import|<script' "$work/page.html")"
# What another run of these tests has just now goes away; what was there before is not ours.
left=
for folder in $(find /var/tmp -maxdepth 1 -name 'nacre-verify-*' -newer "$work/begun"); do
	for i in $(seq 300); do
		[ -e "$folder" ] || break
		sleep 0.2
	done
	[ ! -e "$folder" ] || left=$folder
done
result verify_leaves_nothing "$left"

for bad in '{' '[]' '{"tests":[]}' '{"tests":[{"args":[]}]}' '{"tests":[{"name":"x","args":[1]}]}' \
	'{"tests":[{"name":"x","stat":1}]}' '{"tests":[{"name":"x","status":300}]}'; do
	echo "$bad" >"$work/bad.json"
	run verify_bad_spec 125 "$nacre" verify --spec="$work/bad.json" "$tls_fs"
	said verify_bad_spec 1 'bad\.json: (line 1|line 2|tests\[0\])'
done
run verify_bad_profile 125 "$nacre" verify --profile=none "$tls_fs"
said verify_bad_profile 1 "no profile 'none'"
run verify_bad_file 1 "$nacre" verify "$work/text"
said verify_bad_file 1 'not a program'
