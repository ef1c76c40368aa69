"""Changes, opens and renames files that were only looked at, natively and under nacre.

usage: looked_at.py make DIR    fills DIR, on the host
       looked_at.py act DIR     prints what is seen; DIR itself, or a copy-on-write mount of it
"""
import errno
import fcntl
import os
import sys

MANY = 34000  # more than there are cached names


def make(top):
    os.makedirs(top + "/sub")
    os.makedirs(top + "/many")
    for name in "abcdeghijkmn":
        with open("%s/%s" % (top, name), "w") as f:
            f.write("contents of %s\n" % name)
    os.link(top + "/d", top + "/sub/d2")
    os.symlink("a/target", top + "/link")
    with open("%s/%s" % (top, "l" * 255), "w") as f:
        f.write("long\n")
    for i in range(MANY):
        os.close(os.open("%s/many/%d" % (top, i), os.O_CREAT | os.O_WRONLY))


def text(path):
    with open(path) as f:
        return f.read()


def fails(call, *args):
    try:
        call(*args)
    except OSError as e:
        return errno.errorcode[e.errno]
    return None


def changed_unopened(top):
    for name in os.listdir(top):
        os.lstat(top + "/" + name)
    st = os.stat(top + "/a")
    os.chmod(top + "/a", 0o600)
    now = os.stat(top + "/a")
    yield now.st_ino == st.st_ino, oct(now.st_mode), now.st_mtime_ns == st.st_mtime_ns
    yield text(top + "/a")
    os.rename(top + "/b", top + "/sub/b2")
    yield fails(os.stat, top + "/b"), text(top + "/sub/b2")
    os.utime(top + "/e", ns=(5, 7))
    with open(top + "/e", "a") as f:
        f.write("more\n")
    yield text(top + "/e"), os.stat(top + "/e").st_size
    os.truncate(top + "/i", 3)
    yield text(top + "/i")
    os.rename(top + "/link", top + "/sub/link")
    yield os.readlink(top + "/sub/link"), fails(os.readlink, top + "/a")
    yield text("%s/%s" % (top, "l" * 255))


def names(top):
    os.link(top + "/c", top + "/c2")
    one, two = os.stat(top + "/c"), os.stat(top + "/c2")
    yield one.st_ino == two.st_ino, one.st_nlink, two.st_nlink
    with open(top + "/c2", "a") as f:
        f.write("by c2\n")
    yield text(top + "/c")
    one, two = os.stat(top + "/d"), os.stat(top + "/sub/d2")
    yield one.st_ino == two.st_ino, one.st_nlink
    with open(top + "/sub/d2", "w") as f:
        f.write("new\n")
    yield text(top + "/d")
    os.stat(top + "/g")
    os.unlink(top + "/g")
    yield fails(open, top + "/g")
    with open(top + "/h") as f:
        os.unlink(top + "/h")
        yield f.read(), os.fstat(f.fileno()).st_nlink
    os.rename(top + "/j", top + "/k")
    yield text(top + "/k"), fails(os.stat, top + "/j")


def attributes(top):
    os.stat(top + "/m")
    yield fails(os.getxattr, top + "/m", "user.none")
    yield fails(os.getxattr, top + "/m", "security.selinux")
    os.setxattr(top + "/m", "user.one", b"1")
    yield os.getxattr(top + "/m", "user.one"), text(top + "/m")
    os.removexattr(top + "/m", "user.one")
    yield [n for n in os.listxattr(top + "/m") if n.startswith("user.")]


def identity(top):
    """An open file is the same as its name's, whatever left the cache meanwhile."""
    with open(top + "/n") as held, open(top + "/n") as locked:
        fcntl.flock(locked, fcntl.LOCK_EX)
        known = os.fstat(held.fileno())
        for i in range(MANY):
            os.stat("%s/many/%d" % (top, i))
        now = os.stat(top + "/n")
        yield now.st_ino == known.st_ino, now.st_dev == known.st_dev
        with open(top + "/n", "r+") as again:
            yield fails(fcntl.flock, again, fcntl.LOCK_EX | fcntl.LOCK_NB)
            again.write("CON")
        yield held.read()


def act(top):
    for part in changed_unopened, names, attributes, identity:
        for seen in part(top):
            print(part.__name__, seen)


{"make": make, "act": act}[sys.argv[1]](sys.argv[2])
