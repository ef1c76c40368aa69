"""Files of the host that get the numbers of removed ones while a sandbox knows those.

usage: numbers_again.py NACRE DIR    DIR is made, on the host
"""
import os
import subprocess
import sys

nacre, top = sys.argv[1:]
GUEST = """
for i in 1 2 3 4; do
	cat {0}/a {0}/linked {0}/changed >/dev/null; readlink {0}/link >/dev/null; ls {0}/dir >/dev/null
done
[ {1} = ro ] || (echo mine >>{0}/changed)
echo ready
read go
for f in b two other; do echo $(stat -c %s {0}/$f) $(cat {0}/$f | wc -c) $(cat {0}/$f); done
readlink {0}/new
ls {0}/dirs
[ {1} = ro ] || cat {0}/changed
"""


def write(text):
    def make(path):
        with open(path, "w") as f:
            f.write(text)
    return make


def directory(path):
    os.mkdir(path)
    write("")(path + "/of the new one")


def remove(path):
    if os.path.isdir(path) and not os.path.islink(path):
        for name in os.listdir(path):
            os.unlink(path + "/" + name)
        os.rmdir(path)
    else:
        os.unlink(path)


def follow(old, new, make):
    """new has old's number, where the file system gives it to one of the next."""
    number, others = os.lstat(top + "/" + old).st_ino, []
    remove(top + "/" + old)
    for i in range(50):
        others.append("%s/try%d" % (top, i))
        make(others[-1])
        if os.lstat(others[-1]).st_ino == number:
            break
    os.rename(others.pop(), top + "/" + new)
    for path in others:
        remove(path)


def case(kind):
    os.makedirs(top + "/dir")
    write("old\n")(top + "/a")
    write("old\n")(top + "/changed")
    write("old\n")(top + "/linked")
    write("")(top + "/dir/of the old one")
    os.link(top + "/linked", top + "/two")
    os.symlink("old", top + "/link")
    options = [] if kind == "root" else ["--mount=%s:%s:%s" % (top, top, kind)]
    with subprocess.Popen([nacre, "run", *options, "--", "bash", "-c", GUEST.format(top, kind)],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as p:
        assert p.stdout.readline() == "ready\n"
        follow("a", "b", write("another\n"))
        follow("changed", "other", write("quite another\n"))
        follow("link", "new", lambda path: os.symlink("another", path))
        follow("dir", "dirs", directory)
        write("longer than it was\n")(top + "/linked")
        out = p.communicate("go\n", timeout=30)[0].splitlines()
    assert p.returncode == 0, (kind, out)
    assert out[0] == "8 8 another", (kind, out)
    # A file that has changed in its place is all old or all new.
    assert out[1] in ("4 4 old", "19 19 longer than it was"), (kind, out)
    assert out[2:5] == ["14 14 quite another", "another", "of the new one"], (kind, out)
    assert kind == "ro" or out[5:] == ["old", "mine"], (kind, out)
    for name in os.listdir(top):
        remove(top + "/" + name)
    os.rmdir(top)


for k in "root", "ro", "cow":
    case(k)
