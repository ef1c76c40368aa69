# perl: fork, wait, pipes, signals, sockets of the unix family.
perl -e '
use strict; use POSIX ":sys_wait_h"; use IO::Handle; use Socket;
$| = 1;
my %want; for my $i (1 .. 50) { my $pid = fork; die unless defined $pid;
	if (!$pid) { POSIX::_exit($i) } $want{$pid} = $i }
my $ok = 0; while ((my $pid = wait) > 0) { $ok++ if $want{$pid} == $? >> 8 } print "waited $ok\n";
pipe(my $r, my $w); if (!fork) { close $r; print $w "line $_\n" for 1 .. 1000; close $w; POSIX::_exit(0) }
close $w; my $n = 0; $n++ while <$r>; wait; print "lines $n\n";
my $got = 0; $SIG{USR1} = sub { $got++ }; kill USR1 => $$ for 1 .. 10; print "signals $got\n";
my $chld = 0; $SIG{CHLD} = sub { while (waitpid(-1, WNOHANG) > 0) { $chld++ } };
for (1 .. 20) { my $p = fork; if (!$p) { POSIX::_exit(0) } }
select undef, undef, undef, 0.05 while $chld < 20; print "children $chld\n"; $SIG{CHLD} = "DEFAULT";
eval { local $SIG{ALRM} = sub { die "alarm\n" }; alarm 1; sleep 10; }; print "eval $@";
my $out = `echo back quotes; exit 3`; print $out, $? >> 8, "\n";
open(my $p, "-|", "seq 1 5 | sort -r") or die; print <$p>; close $p;
open($p, "|-", "tr a-z A-Z") or die; print $p "to upper\n"; close $p;
socketpair(my $a, my $b, AF_UNIX, SOCK_STREAM, PF_UNSPEC) or die;
if (!fork) { close $a; my $l = <$b>; print $b uc $l; POSIX::_exit(0) }
close $b; $a->autoflush(1); print $a "hello\n"; print scalar <$a>; wait;
system("kill -9 \$\$"); print "system ", $? & 127, "\n";
exec "sh", "-c", "echo exec done";
'
