"""Reads files of a host directory again and again, as what is kept of them must not show.

usage: kept_files.py make DIR          fills DIR, on the host
       kept_files.py read DIR          a copy-on-write mount of it
       kept_files.py memory DIR        with --memory=64M
       kept_files.py shared DIR DIR    the same directory as a :shared and a :rw mount
"""
import mmap
import os
import sys

SIZES = [1, 100, 4095, 4096, 4097, 65535, 65536, 65537, 200000]


def pattern(size):
    return bytes((i * 7 + size) % 251 for i in range(size))


def make(top):
    os.makedirs(top + "/many")
    for size in SIZES:
        with open("%s/%d" % (top, size), "wb") as f:
            f.write(pattern(size))
    with open(top + "/empty", "wb"):
        pass
    with open(top + "/sparse", "wb") as f:
        f.truncate(50000)
        f.seek(40000)
        f.write(b"data")
    for i in range(1500):
        with open("%s/many/%d" % (top, i), "wb") as f:
            f.write(pattern(16000 + i % 7))


def whole(path, piece=1 << 20):
    fd = os.open(path, os.O_RDONLY)
    out = b""
    while True:
        part = os.read(fd, piece)
        if not part:
            break
        out += part
    os.close(fd)
    return out


def read(top):
    sparse = bytes(40000) + b"data" + bytes(9996)
    for size in SIZES:
        path, want = "%s/%d" % (top, size), pattern(size)
        for piece in (1 << 20, 1000, 4096, size):
            assert whole(path, piece) == want
        fd = os.open(path, os.O_RDONLY)
        for at in (0, size // 2, size - 1, size, size + 5000, 0):
            assert os.pread(fd, 300, at) == want[at:at + 300]
        if os.fork() == 0:
            ok = os.pread(fd, size, 0) == want and whole(path) == want
            os._exit(0 if ok else 1)
        assert os.wait()[1] == 0
        # Written to now: whoever has it open sees that, and so does a mapping made then.
        with open(path, "r+b") as f:
            f.write(b"!")
        assert os.pread(fd, 300, 0) == (b"!" + want[1:])[:300]
        assert whole(path) == b"!" + want[1:]
        with mmap.mmap(fd, size, prot=mmap.PROT_READ) as m:
            assert m[:] == b"!" + want[1:]
        os.truncate(path, size // 2)
        assert os.pread(fd, size, 0) == (b"!" + want[1:])[:size // 2]
        os.unlink(path)
        assert os.pread(fd, size, 0) == (b"!" + want[1:])[:size // 2]
        os.close(fd)
    for _ in range(3):
        assert whole(top + "/empty") == b"" and whole(top + "/sparse", 3000) == sparse
    names = set(os.listdir(top))
    assert names == {"many", "empty", "sparse"} == set(os.listdir(top))
    assert len(os.listdir(top + "/many")) == 1500
    os.rename(top + "/many/0", top + "/many/moved")
    after = os.listdir(top + "/many")
    assert len(after) == 1500 and "moved" in after and "0" not in after


def memory(top):
    names = [top + "/many/" + n for n in os.listdir(top + "/many")]
    for _ in range(3):
        for n in names:
            whole(n)
    # Nearly all of it is there for the asking.
    with open("/tmp/big", "wb") as f:
        for _ in range(50):
            f.write(bytes(1 << 20))
    for n in names[:100]:
        assert whole(n) == pattern(16000 + int(os.path.basename(n)) % 7)


def shared(top, writable):
    for _ in range(3):
        assert whole(top + "/100") == pattern(100)
        before = len(os.listdir(top))
    with open(writable + "/100", "wb") as f:
        f.write(b"changed")
    assert whole(top + "/100") == b"changed" == whole(writable + "/100")
    for i in range(3):
        with open(writable + "/100", "ab") as f:
            f.write(b"%d" % i)
        assert whole(top + "/100") == b"changed" + b"012"[:i + 1]
        open("%s/new%d" % (writable, i), "w").close()
        assert len(os.listdir(top)) == before + i + 1


globals()[sys.argv[1]](*sys.argv[2:])
