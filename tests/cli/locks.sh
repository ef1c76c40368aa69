# Sourced by tests/cli/run: locks on files of :rw mounts, between sandboxes and with the host.

mkdir -p "$work/locked"
echo content > "$work/locked/file"
cat > "$work/locked/lock.py" <<'END'
# lock.py FILE ACTION...: prints the result of each; "hold" says held and waits for a line.
import errno, fcntl, os, signal, struct, sys
F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW = 36, 37, 38
fd = os.open(sys.argv[1], os.O_RDWR)
def pack(kind, start, length):
    return struct.pack("hhqqi4x", kind, 0, start, length, 0)
waiting = False
def interrupt(*args):
    if waiting:
        raise InterruptedError(errno.EINTR, "")
def act(word):
    global waiting
    name, *rest = word.split(":")
    start, length = [int(x) for x in rest] or (0, 0) if rest else (0, 0)
    if name in ("sh", "ex", "un"):
        fcntl.flock(fd, {"sh": fcntl.LOCK_SH, "ex": fcntl.LOCK_EX, "un": fcntl.LOCK_UN}[name] | fcntl.LOCK_NB)
    elif name == "exw":
        waiting = True
        fcntl.flock(fd, fcntl.LOCK_EX)
    elif name in ("r", "w", "u"):
        fcntl.fcntl(fd, fcntl.F_SETLK, pack({"r": fcntl.F_RDLCK, "w": fcntl.F_WRLCK, "u": fcntl.F_UNLCK}[name], start, length))
    elif name == "ww":
        waiting = True
        fcntl.fcntl(fd, fcntl.F_SETLKW, pack(fcntl.F_WRLCK, start, length))
    elif name in ("or", "ow", "ou"):
        fcntl.fcntl(fd, F_OFD_SETLK, pack({"or": fcntl.F_RDLCK, "ow": fcntl.F_WRLCK, "ou": fcntl.F_UNLCK}[name], start, length))
    elif name in ("tr", "tw"):
        kind, _, at, size, pid = struct.unpack("hhqqi4x", fcntl.fcntl(fd, fcntl.F_GETLK, pack(fcntl.F_WRLCK if name == "tw" else fcntl.F_RDLCK, start, length)))
        return "free" if kind == fcntl.F_UNLCK else "%s:%d:%d" % ("rw"[kind == fcntl.F_WRLCK], at, size)
    elif name == "close":
        os.close(os.open(sys.argv[1], os.O_RDONLY))
    elif name == "alarm":
        signal.signal(signal.SIGALRM, interrupt)
        signal.setitimer(signal.ITIMER_REAL, 0.3, 0.3)
    elif name == "hold":
        print("held", flush=True)
        sys.stdin.readline()
    return "ok"
for word in sys.argv[2:]:
    try:
        result = act(word)
    except OSError as e:
        result = errno.errorcode[e.errno]
    waiting = False
    if word != "hold":
        print(result, flush=True)
END
lk=$work/locked/lock.py
# In a sandbox, and on the host: one line of results, or many when it holds them.
cat > "$work/inside_lock" <<END
#!/bin/bash
"$nacre" run --quiet --mount "$work/locked:/l:rw" -- python3 "$lk" /l/file "\$@" | if [ "\${!#}" = hold ]; then cat; else echo \$(cat); fi
END
cat > "$work/outside_lock" <<END
#!/bin/bash
python3 "$lk" "$work/locked/file" "\$@" | if [ "\${!#}" = hold ]; then cat; else echo \$(cat); fi
END
chmod 755 "$work/inside_lock" "$work/outside_lock"
mkfifo "$work/hold"
# holding WHERE ACTION...: does them and holds; its process is $holder
holding()
{
	exec 7<> "$work/hold"
	: > "$work/held"
	"$@" hold < "$work/hold" > "$work/held" 2>&1 &
	holder=$!
	for i in $(seq 1 300); do grep -q held "$work/held" && break; sleep 0.1; done
}
let_go() { echo >&7; wait $holder 2>/dev/null; exec 7>&-; }

for way in "inside_lock outside_lock" "outside_lock inside_lock" "inside_lock inside_lock"; do
	set -- $way
	holding "$work/$1" ex
	check flock_is_seen_by_$2_of_$1 0 "EAGAIN EAGAIN" "$work/$2" ex sh
	let_go
	check it_is_gone_with_its_process 0 "ok" "$work/$2" ex
	holding "$work/$1" sh
	check a_shared_flock_is_shared 0 "ok EAGAIN" "$work/$2" sh ex
	let_go
	holding "$work/$1" w:10:10 r:100:10
	check records_are_seen_by_$2_of_$1 0 "EAGAIN ok EAGAIN ok w:10:10 free r:100:10" "$work/$2" r:15:1 w:20:5 w:99:2 r:100:5 tr:0:0 tr:100:10 tw:100:10
	check by_locks_of_open_files_too 0 "EAGAIN ok ok" "$work/$2" or:15:1 ow:20:5 or:104:1
	let_go
	holding "$work/$1" ow:0:0 ou:50:10
	check a_part_given_up_is_free 0 "EAGAIN ok EAGAIN" "$work/$2" w:0:50 w:50:10 w:60:0
	let_go
	holding "$work/$1" w:0:5 close
	check a_close_of_any_descriptor_frees 0 "ok" "$work/$2" w:0:5
	let_go
	holding "$work/$1" ex w:0:0
	(sleep 0.5; let_go > /dev/null) &
	check waiters_get_it_in_the_end 0 "ok ok" "$work/$2" exw ww:0:0
	wait
	exec 7>&-
	holding "$work/$1" ex w:0:0
	check signals_interrupt_the_wait 0 "ok EINTR ok EINTR" "$work/$2" alarm exw alarm ww:0:0
	{ kill -9 $(pgrep -P $holder -x nacre) $(pgrep -P $holder -x python3); } 2> /dev/null
	wait 2> /dev/null
	for i in $(seq 1 300); do [ "$("$work/outside_lock" ex)" = ok ] && break; sleep 0.1; done
	check a_kill_frees_all 0 "ok ok" "$work/$2" ex w:0:0
	exec 7>&-
done
# Two owners inside share what one sandbox holds outside.
exec 7<> "$work/hold"
"$nacre" run --quiet --mount "$work/locked:/l:rw" -- sh -c "
	exec 3<&0; python3 $lk /l/file r:0:10 hold <&3 & python3 $lk /l/file r:5:10 u:0:20 > /dev/null; echo held; wait" \
	< "$work/hold" > "$work/held" 2>&1 7>&- &
for i in $(seq 1 300); do [ "$(grep -c held "$work/held")" = 2 ] && break; sleep 0.1; done
check what_another_owner_has_stays 0 "r:0:10 EAGAIN ok" "$work/outside_lock" tw:0:0 w:0:10 w:10:5
echo >&7
wait
exec 7>&-
check a_circle_inside_is_found 0 "EDEADLK" "$nacre" run --quiet --mount "$work/locked:/l:rw" -- python3 -c '
import errno, fcntl, os
f = open("/l/file", "r+")
def wait_for(at):
    try: fcntl.lockf(f, fcntl.LOCK_EX, 1, at)
    except OSError as e: print("EDEADLK" if e.errno == errno.EDEADLK else e.errno, flush=True)
    os._exit(0)
r, w = os.pipe()
fcntl.lockf(f, fcntl.LOCK_EX, 1, 0)
child = os.fork()
if child == 0:
    fcntl.lockf(f, fcntl.LOCK_EX, 1, 1)
    os.write(w, b"x")
    wait_for(0)
os.read(r, 1)
wait_for(1) # the one that waits second is told'
