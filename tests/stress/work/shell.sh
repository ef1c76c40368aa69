# bash: pipelines, here-documents, traps, jobs, substitutions.
set -u
echo one two three | tr ' ' '\n' | sort -r | head -2 | cat -n
seq 1 20000 | awk '{s += $1} END {print s}'
yes | head -c 100000 | wc -c
cat <<END | sed 's/a/b/g'
here $((6 * 7)) aaa
$(echo nested "$(echo deeper)")
END
cat <<<'a here string'
diff <(seq 1 5) <(seq 2 6); echo "diff $?"
tee >(wc -l >&2) < <(seq 1 100) 2>&1 >/dev/null | cat
sleep 0.1; wait
false | true; echo "${PIPESTATUS[@]}"
set -o pipefail; (exit 3) | true; echo $?; set +o pipefail
trap 'echo got USR1' USR1; kill -USR1 $$; trap - USR1
(trap 'echo leaving' EXIT; exit 5); echo $?
(trap 'echo term; exit 9' TERM; kill -TERM $BASHPID; echo not reached); echo $?
(bash -c 'kill -KILL $$'; echo $?) 2>/dev/null
(bash -c 'kill -SEGV $$'; echo $?) 2>/dev/null
for i in 1 2 3 4 5 6 7 8; do (exit $i) & pids[$i]=$!; done
for i in 1 2 3 4 5 6 7 8; do wait ${pids[$i]}; echo -n "$? "; done; echo
sleep 30 & kill $!; wait $! 2>/dev/null; echo $?
(sleep 0.2; exit 4) & wait -n; echo $?
set -m
sleep 30 & jobs %1 | sed 's/  */ /g'; kill -STOP %1; sleep 0.1; jobs | sed 's/  */ /g'
kill -CONT %1; sleep 0.1; jobs | sed 's/  */ /g'; kill %1; wait %1 2>/dev/null; echo $?
set +m
coproc CAT { cat; }; echo through the coprocess >&"${CAT[1]}"; read -r line <&"${CAT[0]}"; echo "$line"
exec {CAT[1]}>&-
mkfifo f; (echo through the fifo > f) & cat f; wait
read -r -t 0.1 x < <(sleep 1); echo "read $?"
exec 7<<<'seven'; read -r x <&7; echo "$x"; exec 7<&-
ulimit -n 50; echo "$(ulimit -n)"
x=$(for i in $(seq 1 200); do echo -n "$(echo $i)"; done); echo ${#x}
time -p true 2>/dev/null; type -t time
timeout 0.2 sleep 10; echo $?
(timeout -s KILL 0.2 sleep 10; echo $?) 2>/dev/null
nohup true 2>/dev/null; echo $?
setsid bash -c 'echo "session $(($(ps -o sid= -p $$) == $$))"'
nice -n 5 nice
xargs -P 4 -I{} sh -c 'echo {}' < <(seq 1 40) | sort -n | md5sum
