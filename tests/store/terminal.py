#!/usr/bin/env python3
"""terminal.py SECONDS KEY PATTERN -- COMMAND...: run COMMAND on a terminal of its own.

When PATTERN (a regular expression) is seen, KEY is typed: "^C" or "" for nothing. Prints how it
ended and whether the pattern, a bar and "interrupted" were seen.
"""
import os
import pty
import re
import select
import sys
import time

limit, key, pattern = float(sys.argv[1]), sys.argv[2], re.compile(sys.argv[3].encode())
command = sys.argv[5:]
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(command[0], command)
seen, typed, end = b"", False, time.time() + limit
while time.time() < end:
    ready, _, _ = select.select([terminal], [], [], 0.05)
    if ready:
        try:
            data = os.read(terminal, 65536)
        except OSError:
            break
        if not data:
            break
        seen += data
    if not typed and pattern.search(seen):
        typed = True
        if key:
            os.write(terminal, b"\x03")
else:
    os.kill(pid, 9)
_, status = os.waitpid(pid, 0)
code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)
print(code, typed, bool(re.search(rb"\[[#.]{30}\] \d+/\d+", seen)), b"nacre store: interrupted" in seen,
      seen.replace(b"\r\n", b"\n").endswith(b"\n") or seen.endswith(b"\r\x1b[K"))
