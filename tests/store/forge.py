"""forge.py UPPER CASE: make a layer's journal (store/layer.h) hostile, in place, sums and all."""
import os, random, struct, sys

HEAD = struct.Struct("<IIIIQ")
NODE = struct.Struct("<IIIIQqqqqqqII")
NAME = struct.Struct("<IIQII")
MAGIC, DIR, REG, LNK = 0x316C6E6A, 0o040755, 0o100644, 0o120777
HAS_LOWER, HAS_DATA = 1, 2


def record(kind, ident, body, length=None):
    body += b"\0" * (-len(body) % 8)
    length = HEAD.size + len(body) if length is None else length
    raw = HEAD.pack(MAGIC, length, 0, kind, ident) + body
    h = 2166136261
    for i, b in enumerate(raw):
        if not 8 <= i < 12:
            h = (h ^ b) * 16777619 & 0xFFFFFFFF
    return HEAD.pack(MAGIC, length, h, kind, ident) + body


def node(ident, mode, text=b"", flags=0, nsec=0, rdev=0, text_len=None):
    return record(1, ident, NODE.pack(mode, 0, 0, 1, rdev, 1, nsec, 1, 0, 1, 0, flags,
                                      len(text) if text_len is None else text_len) + text)


def name(ident, text, target, kind=2):
    return record(2, ident, NAME.pack(kind, 0, target, len(text), 0) + text)


def xattr(ident, key, value, gone=0):
    return record(3, ident, struct.pack("<IIII", len(key), len(value), gone, 0) + key + value)


def parse(raw):
    at = 0
    while at < len(raw):
        _, length, _, kind, ident = HEAD.unpack_from(raw, at)
        yield kind, ident, raw[at + HEAD.size : at + length]
        at += length


upper, case = sys.argv[1], sys.argv[2]
journal = os.path.join(upper, "journal")
raw = open(journal, "rb").read()
# The number of the root: of the first node that lies over the image's.
root = next(ident for kind, ident, body in parse(raw) if kind == 2)
R = 60000  # numbers that the sandbox has not given
if case.isdigit():
    random.seed(int(case))
    out = b""
    for kind, ident, body in parse(raw):
        body = bytearray(body)
        for _ in range(random.choice((0, 0, 1, 3))):
            what = random.randrange(4)
            if what == 0:
                ident = random.choice((1, 2, 3, root, ident + 1, (1 << 26) - 1))
            elif what == 1:
                kind = random.randrange(0, 6)
            elif body:
                body[random.randrange(len(body))] = random.choice((0, 1, 2, 46, 47, 255))
        out += record(kind, ident, bytes(body))
else:
    out = raw + {
        "circle": lambda: node(R, DIR) + name(root, b"a", R) + name(R, b"b", R) + name(R, b"c", root)
        + node(R + 1, DIR) + node(R + 2, DIR) + name(R + 1, b"x", R + 2) + name(R + 2, b"y", R + 1),
        "dots": lambda: node(R, REG) + name(root, b"..", R),
        "slash": lambda: node(R, REG) + name(root, b"a/b", R),
        "nul": lambda: node(R, REG) + name(root, b"a\0b", R),
        "inode": lambda: node(R, REG, b"99999999", HAS_LOWER) + name(root, b"a", R),
        "number": lambda: node(R, REG, b"99999999999999999999999", HAS_LOWER) + name(root, b"a", R),
        "kind": lambda: node(R, 0o170644) + name(root, b"a", R),
        "change": lambda: node(R, REG) + node(R, DIR) + name(root, b"a", R),
        "time": lambda: node(R, REG, nsec=2000000000) + name(root, b"a", R),
        "negative": lambda: node(R, REG, nsec=-1) + name(root, b"a", R),
        "nodata": lambda: node(R, REG, flags=HAS_DATA) + name(root, b"a", R),
        "leak": lambda: node(R, REG, flags=HAS_DATA) + name(root, b"a", R),
        "fifo": lambda: node(R, REG, flags=HAS_DATA) + name(root, b"a", R),
        "nolink": lambda: node(R, LNK) + name(root, b"a", R),
        "length": lambda: node(R, REG, text_len=4000) + name(root, b"a", R),
        "overlong": lambda: record(2, root, NAME.pack(2, 0, R, 200, 0) + b"abc"),
        "deep": lambda: node(R, DIR) + name(root, b"d", R)
        + b"".join(node(R + i, DIR) + name(R + i - 1, b"d", R + i) for i in range(1, 3000)),
        "attribute": lambda: node(R, REG) + xattr(R, b"bad.prefix", b"x") + name(root, b"a", R),
        "noattribute": lambda: node(R, REG) + xattr(R, b"user.a", b"x") + xattr(R, b"user.a", b"", 1)
        + xattr(R, b"user.b", b"", 1) + name(root, b"a", R),
        "torn": lambda: record(1, R, b"", 4000),
        "garbage": lambda: os.urandom(4096),
        "nobody": lambda: name(R, b"a", R + 1) + xattr(R + 5, b"user.x", b"y"),
    }[case]()
    if case == "leak":
        os.symlink("/etc/passwd", os.path.join(upper, "data/%d" % R))
    if case == "fifo":
        os.mkfifo(os.path.join(upper, "data/%d" % R))
with open(journal, "r+b") as f:
    f.truncate(0)
    f.write(out)
