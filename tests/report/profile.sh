# Profiles: the shipped ones and their effect on programs, and files that are wrong.

run profile_list 0 "$nacre" profile list
has profile_list '^linux ' '^gvisor ' '^gvisor-2025 ' '^kpio ' '^docker-default '
run profile_check 0 "$nacre" profile check profiles/*.json
run profile_show 0 "$nacre" profile show kpio
has profile_show 'Source: KPIO OS' 'fork +ENOSYS' 'rt_sigaction +answers 0' '6\.1\.0-kpio' \
	'brk limit: 268435456'
run profile_show_gvisor 0 "$nacre" profile show gvisor-2025
has profile_show_gvisor 'arch_prctl +argument 0 == ARCH_SET_GS: EINVAL' 'Kernel release: 4.4.0'

probe=$work/probe
gcc -static -O1 -w -o "$probe" tests/report/programs/probe.c
for segment in FS GS; do
	gcc -static -nostdlib -g -O1 -fcf-protection=none -fno-stack-protector -fno-omit-frame-pointer \
		"-DSEGMENT=\"${segment,,}\"" "-DCODE=ARCH_SET_$segment" \
		-o "$work/tls_$segment" tests/report/programs/tls.c || exit 2
done

# Both run on the host and without a profile, in both entry modes.
for entry in trap rewrite; do
	run tls_gs_runs_$entry 0 "$nacre" run --entry=$entry "$work/tls_GS"
	run tls_fs_runs_$entry 0 "$nacre" run --entry=$entry "$work/tls_FS"
	run probe_linux_$entry 0 "$nacre" run --entry=$entry --profile=linux "$probe"
	has probe_linux_$entry '^release=6\.1\.0-nacre' '^set_gs=0' '^brk_257=0' '^map_file=0' '^socket=0'

	run probe_kpio_$entry 0 "$nacre" run --entry=$entry --profile=kpio "$probe"
	has probe_kpio_$entry '^release=6\.1\.0-kpio' '^osrelease=6\.1\.0-kpio' '^uid=0 gid=0' \
		'^window=1 80x25' '^ioctl=ENOTTY' '^brk_255=0' '^brk_257=ENOMEM' '^map_file=ENODEV' \
		'^map_anonymous=0' '^set_gs=EINVAL' '^fcntl_getfd=0' '^fcntl_getown=EINVAL' \
		'^kill_int=EINVAL' '^sigaction=0' '^socket=ENOSYS' '^pread=ENOSYS' '^unshare=ENOSYS'

	run probe_gvisor_$entry 0 "$nacre" run --entry=$entry --profile=gvisor-2025 "$probe"
	has probe_gvisor_$entry '^release=4\.4\.0' '^set_gs=EINVAL' '^get_gs=EINVAL' \
		'^copy_file_range=ENOSYS' '^socket=0' '^map_file=0' '^newest=ENOSYS'

	run probe_docker_$entry 0 "$nacre" run --entry=$entry --profile=docker-default "$probe"
	has probe_docker_$entry '^unshare=EPERM' '^io_uring=EPERM' '^clone3=ENOSYS' '^socket=0' \
		'^set_gs=0'

	run tls_fs_gvisor_$entry 0 "$nacre" run --entry=$entry --profile=gvisor-2025 "$work/tls_FS"
	run tls_gs_gvisor_$entry 139 "$nacre" run --entry=$entry --profile=gvisor-2025 \
		--crash-record --log="$work/log" "$work/tls_GS"
done
cp "$work/log" "$work/out"
# Not at %gs:8 itself: the base leads to readable zeroes, so the pointer is null.
has crash_is_recorded '\[CRASH\] pid=2 signal 11 code 1 addr 0x4 ' '\[CRASH\] pid=2 regs rip 0x4' \
	'gs_base 0x[1-9a-f]' '\[CRASH\] pid=2 map 0*400000-' '\[CRASH\] pid=2 end' \
	'arch_prctl\(158\) is refused with EINVAL'

# The applets that the kernel of the profile names.
cat >"$work/applets" <<'SH'
set -e
B="$1 run --profile=kpio -- busybox"
$B echo hello
$B cat /etc/passwd | cmp - /etc/passwd
$B ls /etc/init.d >/dev/null
$B wc -l /etc/passwd >/dev/null
[ "$($B grep ^root: /etc/passwd)" = "$(grep ^root: /etc/passwd)" ]
[ "$($B head -n 2 /etc/passwd)" = "$(head -n 2 /etc/passwd)" ]
[ "$($B tail -n 2 /etc/passwd)" = "$(tail -n 2 /etc/passwd)" ]
[ "$($B sort /etc/passwd)" = "$(busybox sort /etc/passwd)" ]
$B mkdir /var/tmp/nacre-kpio-dir
$B rm /etc/passwd
[ "$($B pwd)" = "$PWD" ]
[ "$($B uname -sr)" = "Linux 6.1.0-kpio" ]
SH
run kpio_runs_the_applets 0 sh "$work/applets" "$nacre"
run kpio_refuses_processes 126 "$nacre" run --profile=kpio --verbose -- \
	busybox sh -c '/bin/busybox true'
cp "$work/err" "$work/out"
has kpio_names_what_it_refuses 'profile kpio: execve\(59\) is refused with ENOSYS'

# Files that are wrong: one line that names file and field.
wrong()
{
	printf '%s' "$2" >"$work/p.json"
	run "profile_wrong_$1" 1 "$nacre" profile check "$work/p.json"
	said "profile_wrong_$1" 1 "p\.json: $3"
	run "run_wrong_$1" 125 "$nacre" run --profile="$work/p.json" /bin/true
}
head='"name":"x","title":"t","source":"s"'
wrong syntax '{' 'line 1'
wrong list '[]' '\(all\): must be an object'
wrong no_name '{"title":"t","source":"s"}' 'name: must be a string'
wrong unknown_field "{$head,\"cals\":{}}" '\(all\): unknown field "cals"'
wrong unknown_call "{$head,\"calls\":{\"opn\":\"EPERM\"}}" 'calls: Linux has no call named "opn"'
wrong unknown_error "{$head,\"calls\":{\"open\":\"EFOO\"}}" 'calls\.open: no error is named "EFOO"'
wrong bad_argument "{$head,\"calls\":{\"close\":[{\"arg\":1,\"equals\":0,\"answer\":\"EPERM\"}]}}" \
	'calls\.close\[0\]: must be a number from 0 to 0'
wrong bad_flag "{$head,\"calls\":{\"mmap\":[{\"arg\":3,\"mask\":\"MAP_X\",\"equals\":0,\"answer\":\"EPERM\"}]}}" \
	'calls\.mmap\[0\]: no value MAP_X of argument 3'
wrong no_condition "{$head,\"calls\":{\"mmap\":[{\"arg\":3,\"answer\":\"EPERM\"}]}}" '.*needs one of'
wrong bad_brk "{$head,\"limits\":{\"brk\":-1}}" 'limits\.brk: must be a number'
wrong bad_default "{$head,\"default\":3}" 'default: must be'
wrong twice "{$head,\"name\":\"y\"}" 'line 1'
run profile_missing 125 "$nacre" run --profile=nowhere /bin/true
said profile_missing 1 "no profile 'nowhere'"
run profile_usage 125 "$nacre" profile
