"""What bench/run measures: the promises, the commands, and the files they work on.

Everything is made below build/bench. A command's output and status must be what they are
natively; a Rate's command prints figures of its own, and the figure is taken from its output.
"""
import os
import re
import shutil
import subprocess

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
WORK = os.path.join(TOP, "build/bench")
TRUE = os.path.join(WORK, "true")
CALLS = [os.path.join(WORK, "calls"), TRUE]

# At most this share of the native time (doc/design.md, promises).
PROMISE = {
    "getpid": 0.1, "stat-1-component": 0.2, "stat-5-components": 0.2, "stat-10-components": 0.2,
    "stat-ENOENT": 0.2, "open+read4k+close": 0.35, "find-usr": 0.5, "find-usr-include": 0.5,
    "find-usr-again": 0.5, "ls-lR-again": 0.5, "image-find-100k": 0.5, "image-ls-lR-100k": 0.5,
    "gcc-O1-small": 1.0, "gcc-sqlite3.c": 1.0, "make-200-files": 1.0, "fork+exit+wait": 1.3,
    "fork-200MB": 1.3, "vfork+exec": 1.0, "spawn+exec": 1.0, "spawn-200MB": 1.0,
    "lua-compute": 1.0, "luajit-compute": 1.0, "256-page-faults": 1.0,
    "redis-set": 1 / 0.95, "nginx-get": 1 / 0.95,
}
# A whole command in milliseconds.
PROMISE_MS = {"start-static-true": 5.0}
# What one more sandbox may take beyond its program's own memory.
MEMORY_KIB = 8 * 1024

IMPORTS = """import json, re, os, sys, math, hashlib, sqlite3, csv, email, http.client, decimal
import urllib.request, xml.dom, fractions, random, string, struct, zlib, gzip, bz2, lzma
import zipfile, tarfile, tempfile, shutil, glob, fnmatch, logging, argparse, textwrap, datetime
import calendar, collections, heapq, bisect, threading, queue"""

SQL = """create table t(a, b); begin;
with recursive c(x) as (select 1 union all select x + 1 from c where x < 50000)
insert into t select x, x * 7 % 1000 from c; commit; select sum(b), count(*) from t;"""

SUM = "local s = 0 for i = 1, %s do s = s + i %% 7 end print(s)"

REDIS = """cd /tmp && redis-server --port 7391 --save '' --appendonly no > /dev/null & s=$!
for i in $(seq 100); do redis-cli -p 7391 ping > /dev/null 2>&1 && break; sleep 0.05; done
redis-benchmark -p 7391 -t set -n 50000 -c 20 --csv; kill $s; wait $s"""

NGINX = """d=$(mktemp -d) && cd "$d" && echo hello > index.html && cat > conf << 'END'
daemon off; worker_processes 1; pid nginx.pid; error_log /dev/null; user root;
events { worker_connections 64; }
http { access_log off; client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3;
uwsgi_temp_path t4; scgi_temp_path t5; server { listen 127.0.0.1:7392; root .; } }
END
nginx -p "$d" -c conf -e /dev/null & s=$!
for i in $(seq 100); do
wrk -t 1 -c 1 -d 1s http://127.0.0.1:7392/ > /dev/null 2>&1 && break; sleep 0.05; done
wrk -t 1 -c 10 -d 2s http://127.0.0.1:7392/; kill $s; wait $s; rm -r "$d" """


# The second time in one sandbox; both times must print the same.
AGAIN = """again() { %s; }; a=$(again) && s=$(date +%%s%%N) && b=$(again) && e=$(date +%%s%%N) &&
[ "$a" = "$b" ] && echo $((e - s)) | awk '{ print "per second", 1e9 / $1 }' """


class Rate:
    """A command that prints how often per second; measured are nanoseconds each."""

    def __init__(self, needs, script, pattern=r"per second ([0-9.e+-]+)"):
        self.needs, self.script, self.pattern = needs, script, re.compile(pattern)

    def installed(self):
        return all(shutil.which(n) for n in self.needs)

    def nanoseconds(self, prefix):
        """The figure, or None when the command failed."""
        try:
            done = subprocess.run(prefix + ["sh", "-c", self.script], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                                  timeout=120)
        except subprocess.TimeoutExpired:
            return None
        found = self.pattern.search(done.stdout)
        return 1e9 / float(found.group(1)) if found and float(found.group(1)) > 0 else None


RATES = {
    "redis-set": Rate(["redis-server", "redis-cli", "redis-benchmark"], REDIS,
                      r'"SET","([0-9.]+)"'),
    "nginx-get": Rate(["nginx", "wrk"], NGINX, r"Requests/sec:\s+([0-9.]+)"),
    "find-usr-again": Rate([], AGAIN % "find /usr -xdev | wc -l"),
    "ls-lR-again": Rate([], AGAIN % "ls -lR /usr/include | wc -l"),
    "git-status-10k-again": Rate(["git"], AGAIN % ("git -C %s/repo status" % WORK)),
}

COMMANDS = {
    "start-static-true": [TRUE],
    "find-usr": ["sh", "-c", "find /usr -xdev | wc -l"],
    "find-usr-include": ["find", "/usr/include"],
    "ls-lR-usr-include": ["ls", "-lR", "/usr/include"],
    "tar-usr-include": ["sh", "-c", "tar cf - -C /usr/include . | wc -c"],
    "git-status-10k": ["git", "-C", os.path.join(WORK, "repo"), "status", "--porcelain"],
    "sh-100-programs": ["sh", "-c", "for i in $(seq 100); do /bin/true; done"],
    "python-40-imports": ["/usr/bin/python3", "-c", IMPORTS],
    "gcc-O1-small": ["gcc", "-O1", "-c", os.path.join(TOP, "bench/calls/ipc.c"), "-o",
                     "/dev/null"],
    "gcc-sqlite3.c": ["gcc", "-O0", "-c", os.path.join(WORK, "sqlite3.c"), "-o", "/dev/null"],
    "make-200-files": ["sh", "-c", "d=$(mktemp -d) && make -s -j2 -C %s/many-c OUT=$d && "
                       "ls $d | wc -l; rm -r $d" % WORK],
    "sqlite-insert": ["sqlite3", ":memory:", SQL],
    "lua-compute": ["lua5.4", "-e", SUM % "5e7"],
    "luajit-compute": ["luajit", "-e", SUM % "3e8"],
    "node-hello": ["node", "-e", "console.log('hello')"],
    "java-hello": ["java", "-cp", WORK, "Hello"],
    "image-find-100k": ["sh", "-c", "find %s/tree | wc -l" % WORK],
    "image-ls-lR-100k": ["sh", "-c", "ls -lR --time-style=full-iso %s/tree | grep -v '^[dt]' "
                         "| sha256sum" % WORK],
}
# Options of nacre for the commands above whose name begins so: its tree is an image.
STORE = os.path.join(WORK, "store")
OPTIONS = {"image-": ["--mount=nacre-bench:" + os.path.join(WORK, "tree")]}


def write(path, text):
    with open(os.path.join(WORK, path), "w") as f:
        f.write(text)


def once(name, make):
    """Runs MAKE unless NAME exists in WORK; MAKE failing leaves it out."""
    path = os.path.join(WORK, name)
    if os.path.exists(path):
        return
    try:
        make(path)
    except (OSError, subprocess.CalledProcessError) as why:
        shutil.rmtree(path, ignore_errors=True)
        print("%s is left out: %s" % (name, why))


def make_tree(path):
    os.makedirs(os.path.dirname(path))
    with open(path, "w") as f:
        f.write("ten components\n")


def make_many(path):
    os.makedirs(path)
    for i in range(10000):
        open("%s/%05d" % (path, i), "w").close()


def make_repo(path):
    for i in range(10000):
        sub = "%s/%02d/%02d" % (path, i % 40, i % 7)
        os.makedirs(sub, exist_ok=True)
        with open("%s/%d.txt" % (sub, i), "w") as f:
            f.write("%d\n" % i * 20)
    git = ["git", "-C", path, "-c", "user.name=bench", "-c", "user.email=bench@localhost"]
    subprocess.run(["git", "init", "-q", path], check=True)
    subprocess.run(git + ["add", "-A"], check=True)
    subprocess.run(git + ["commit", "-q", "-m", "all"], check=True)
    subprocess.run(["sleep", "2"], check=True)
    subprocess.run(git + ["status", "--porcelain"], check=True)  # refreshes the index


def make_image(path):
    """100,000 small files, and the store that has them as an image."""
    for i in range(1000):
        os.makedirs("%s/%02d/%03d" % (path, i % 25, i))
        for j in range(100):
            with open("%s/%02d/%03d/file-%d" % (path, i % 25, i, j), "w") as f:
                f.write("%d\n" % j)
    subprocess.run([os.path.join(TOP, "build/nacre"), "store", "ingest", path, "--name",
                    "nacre-bench", "--quiet"], check=True, stdout=subprocess.DEVNULL)


def make_many_c(path):
    os.makedirs(path)
    for i in range(200):
        with open("%s/f%d.c" % (path, i), "w") as f:
            f.write("#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n"
                    "int f%d(const char *s)\n{\n\treturn printf(\"%%s %d\", s) + atoi(s);\n}\n"
                    % (i, i))
    with open(path + "/Makefile", "w") as f:
        f.write("all: $(patsubst %.c,$(OUT)/%.o,$(wildcard *.c))\n"
                "$(OUT)/%.o: %.c\n\t$(CC) -O1 -c $< -o $@\n")


def make_sqlite(path):
    """SQLite in one file, from the package better-sqlite3; nothing else of it is used."""
    out = subprocess.run(["npm", "pack", "--silent", "better-sqlite3"], cwd=WORK, check=True,
                         stdout=subprocess.PIPE, text=True, timeout=120).stdout.strip()
    member = "package/deps/sqlite3/sqlite3.c"
    subprocess.run(["tar", "xf", out, "--strip-components=3", member], cwd=WORK, check=True)
    os.remove(os.path.join(WORK, out))


def make_java(_):
    write("Hello.java", "public class Hello { public static void main(String[] a) "
          "{ System.out.println(\"hello\"); } }\n")
    subprocess.run(["javac", "-d", WORK, os.path.join(WORK, "Hello.java")], check=True)


def options(name):
    """What nacre is to be given besides the command NAME."""
    return next((o for prefix, o in OPTIONS.items() if name.startswith(prefix)), [])


def prepare():
    """Makes what is missing; returns the commands that can be run here."""
    os.makedirs(WORK, exist_ok=True)
    os.environ["NACRE_STORE"] = STORE
    sources = [os.path.join(TOP, "bench/calls", f) for f in os.listdir(TOP + "/bench/calls")]
    subprocess.run(["gcc", "-O2", "-pthread", "-o", CALLS[0]] +
                   [s for s in sources if s.endswith(".c")], check=True)
    write("true.c", "int main(void) { return 0; }\n")
    subprocess.run(["gcc", "-O1", "-static", "-o", TRUE, WORK + "/true.c"], check=True)
    once("a/b/c/d/e/f/g/h/i/file", make_tree)
    once("many", make_many)
    once("many-c", make_many_c)
    once("tree", make_image)
    wanted = {"git-status-10k": ("git", "repo", make_repo),
              "gcc-sqlite3.c": ("npm", "sqlite3.c", make_sqlite),
              "java-hello": ("javac", "Hello.class", make_java)}
    commands = {n: c for n, c in COMMANDS.items() if shutil.which(c[0])}
    for name, (tool, made, make) in wanted.items():
        if shutil.which(tool):
            once(made, make)
        if not os.path.exists(os.path.join(WORK, made)):
            commands.pop(name, None)
    return commands
