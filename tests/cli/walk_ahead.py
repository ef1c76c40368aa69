"""Walks a tree of the host that changes meanwhile: what was read ahead of it must not show.

usage: walk_ahead.py make DIR    fills DIR, on the host
       walk_ahead.py walk DIR    a copy-on-write mount of it
"""
import os
import sys

WIDE, FILES = 14, 6


def make(top):
    for a in range(WIDE):
        for b in range(WIDE):
            path = "%s/a%d/b%d" % (top, a, b)
            os.makedirs(path + "/deep/deeper")
            for f in range(FILES):
                with open("%s/f%d" % (path, f), "w") as out:
                    out.write("x" * (a * 100 + b * 10 + f))
                os.symlink("f%d" % f, "%s/deep/l%d" % (path, f))


def walk(top):
    """Everything, by name: type and size, as lstat says."""
    seen = {}
    for where, dirs, files in os.walk(top):
        for name in dirs + files:
            try:
                st = os.lstat(where + "/" + name)
            except FileNotFoundError:
                continue
            size = st.st_size if not os.path.isdir(where + "/" + name) else 0
            seen[os.path.relpath(where + "/" + name, top)] = (st.st_mode, size)
    return seen


def change(top):
    for a in range(WIDE):
        for b in range(WIDE):
            path = "%s/a%d/b%d" % (top, a, b)
            os.unlink(path + "/f0")
            os.rename(path + "/f1", path + "/deep/moved")
            with open(path + "/f2", "a") as out:
                out.write("more")
            with open(path + "/new", "w") as out:
                out.write("new")
            os.rename(path + "/deep/deeper", path + "/risen")
            if b % 3 == 0:
                os.rename(path, "%s/a%d/c%d" % (top, a, b))
            if b % 3 == 1:
                os.rename(path + "/deep", "%s/a%d/deep%d" % (top, a, b))


def expected(before):
    after = {}
    for a in range(WIDE):
        after["a%d" % a] = before["a%d" % a]
        for b in range(WIDE):
            old = "a%d/b%d" % (a, b)
            path = "a%d/c%d" % (a, b) if b % 3 == 0 else old
            deep = "a%d/deep%d" % (a, b) if b % 3 == 1 else path + "/deep"
            after[path] = before[old]
            after[deep] = before[old + "/deep"]
            after[path + "/risen"] = before[old + "/deep/deeper"]
            mode, size = before[old + "/f2"]
            after[path + "/f2"] = (mode, size + 4)
            after[path + "/new"] = (mode, 3)
            after[deep + "/moved"] = before[old + "/f1"]
            for f in range(FILES):
                after["%s/l%d" % (deep, f)] = before["%s/deep/l%d" % (old, f)]
                if f > 2:
                    after["%s/f%d" % (path, f)] = before["%s/f%d" % (old, f)]
    return after


def check(top):
    walker = os.fork()
    if walker == 0:
        for _ in range(4):
            walk(top)
        os._exit(0)
    # What is there, without having walked it first.
    before = {}
    for a in range(WIDE):
        before["a%d" % a] = (os.lstat("%s/a%d" % (top, a)).st_mode, 0)
        for b in range(WIDE):
            path = "a%d/b%d" % (a, b)
            for d in ("", "/deep", "/deep/deeper"):
                before[path + d] = (os.lstat(top + "/" + path + d).st_mode, 0)
            for f in range(FILES):
                for name in ("/f%d" % f, "/deep/l%d" % f):
                    st = os.lstat(top + "/" + path + name)
                    before[path + name] = (st.st_mode, st.st_size)
    change(top)
    assert os.waitpid(walker, 0)[1] == 0
    got, want = walk(top), expected(before)
    assert got == want, sorted(set(got.items()) ^ set(want.items()))[:10]


{"make": make, "walk": check}[sys.argv[1]](sys.argv[2])
