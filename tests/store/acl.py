"""acl.py make|look|read|change DIR: a tree with access control lists; who may do what in it.

look prints the same for the tree and for a writable mount of its image, and so does change, which
changes it; read is look without what a read-only mount denies everybody.
"""
import os
import struct
import sys

USER_OBJ, USER, GROUP_OBJ, GROUP, MASK, OTHER = 1, 2, 4, 8, 16, 32
NONE = 0xffffffff


def acl(*entries):
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *e) for e in entries)


def access(user, group, mask, other, *named):
    entries = [(USER_OBJ, user, NONE), *[e for e in named if e[0] == USER], (GROUP_OBJ, group, NONE),
               *[e for e in named if e[0] == GROUP], (MASK, mask, NONE), (OTHER, other, NONE)]
    return acl(*entries)


ACCESS, DEFAULT = "system.posix_acl_access", "system.posix_acl_default"
FILES = {
    "granted": (0o600, access(6, 0, 4, 0, (USER, 4, 1001))),
    "masked": (0o600, access(6, 6, 2, 0, (USER, 4, 1001))),
    "denied": (0o644, access(6, 4, 4, 4, (USER, 0, 1001))),
    "group": (0o600, access(6, 0, 6, 0, (GROUP, 6, 2002))),
    "group-denied": (0o664, access(6, 6, 6, 6, (GROUP, 0, 2002))),
    "owner-group": (0o640, access(6, 0, 4, 0, (USER, 4, 1003))),
    "many": (0o600, access(6, 0, 4, 0, *((USER, 0, n) for n in range(2000, 2300)), (USER, 4, 1001))),
    "plain": (0o640, None),
}


def make(top):
    os.makedirs(top + "/closed")
    os.makedirs(top + "/heir")
    for name, (mode, value) in FILES.items():
        for place in (top, top + "/closed"):
            path = os.path.join(place, name)
            with open(path, "w") as f:
                f.write("x" * 100)
            os.chmod(path, mode)
            os.chown(path, 1000, 2000)
            if value is not None:
                os.setxattr(path, ACCESS, value)
    os.setxattr(top + "/closed", ACCESS, access(7, 5, 7, 0, (USER, 5, 1001)))
    os.setxattr(top + "/heir", DEFAULT, access(7, 5, 7, 0, (USER, 6, 1001)))
    os.setxattr(top + "/heir", ACCESS, access(7, 7, 7, 7, (USER, 7, 1001)))


def lists(path):
    found = {}
    for name in (ACCESS, DEFAULT):
        try:
            found[name] = os.getxattr(path, name).hex()
        except OSError as e:
            found[name] = e.errno
    return found, sorted(n for n in os.listxattr(path) if n.startswith("system."))


def attempt(f, *args):
    try:
        f(*args)
        return "yes"
    except OSError as e:
        return e.errno


def as_user(uid, groups, work):
    child = os.fork()
    if child == 0:
        os.setgroups(groups[1:])
        os.setresgid(groups[0], groups[0], groups[0])
        os.setresuid(uid, uid, uid)
        work()
        sys.stdout.flush()
        os._exit(0)
    os.waitpid(child, 0)


def may(top, kinds=(os.R_OK, os.W_OK, os.X_OK)):
    for place in ("", "closed/"):
        for name in sorted(FILES):
            path = os.path.join(top, place + name)
            print(os.getuid(), os.getgroups(), place + name, attempt(open, path),
                  [os.access(path, mode) for mode in kinds], attempt(os.stat, path))
    print(attempt(os.listdir, top + "/closed"))


def read(top):
    look(top, (os.R_OK, os.X_OK))


def look(top, kinds=(os.R_OK, os.W_OK, os.X_OK)):
    for path in ["closed", "heir"] + sorted(FILES):
        s = os.stat(os.path.join(top, path))
        print(path, oct(s.st_mode), s.st_uid, s.st_gid, lists(os.path.join(top, path)))
    for uid, groups in ((1000, [2000]), (1001, [9]), (1001, [9, 2002]), (1002, [2002]), (1002, [9, 2002]),
                        (1003, [2000]), (1004, [2000]), (1005, [9])):
        as_user(uid, groups, lambda: may(top, kinds))


def change(top):
    """What a writable layer does with them: as root, then as those whom they concern."""
    os.umask(0o027)
    os.mkdir(top + "/heir/d")
    open(top + "/heir/f", "w").close()
    open(top + "/heir/d/g", "w").close()
    os.chmod(top + "/granted", 0o620)
    os.removexattr(top + "/denied", ACCESS)
    os.setxattr(top + "/plain", ACCESS, access(6, 4, 4, 0, (USER, 4, 1001)))
    with open(top + "/group", "a") as f:
        f.write("more")
    os.rename(top + "/masked", top + "/closed/moved")
    for path in ("heir/d", "heir/f", "heir/d/g", "granted", "denied", "plain", "group", "closed/moved"):
        s = os.stat(os.path.join(top, path))
        print(path, oct(s.st_mode), lists(os.path.join(top, path)))
    os.rename(top + "/closed/moved", top + "/masked")
    as_user(1001, [9], lambda: may(top))
    as_user(1002, [2002], lambda: may(top))


{"make": make, "look": look, "read": read, "change": change}[sys.argv[1]](sys.argv[2])
