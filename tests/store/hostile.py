#!/usr/bin/env python3
"""Writes archives nobody should send: hostile.py DIR makes DIR/<case>.tar, .zip and a layout.

Cases refuse_* must be refused; keep_* must be kept exactly.
"""
import hashlib
import io
import json
import os
import struct
import sys
import tarfile
import zipfile

out = sys.argv[1]


def header(name, size=0, kind=b"0", link=b"", prefix=b"", sizefield=None, mode=b"0000644"):
    block = bytearray(512)
    block[0:len(name)] = name
    block[100:108] = mode + b"\0"
    block[108:116] = b"0000000\0"
    block[116:124] = b"0000000\0"
    block[124:136] = sizefield if sizefield is not None else b"%011o\0" % size
    block[136:148] = b"00000000000\0"
    block[156:157] = kind
    block[157:157 + len(link)] = link
    block[257:265] = b"ustar\00000"
    block[345:345 + len(prefix)] = prefix
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def file(name, data=b"x", **more):
    return header(name, len(data), **more) + data + bytes(-len(data) % 512)


def link(name, to, kind=b"2"):
    return header(name, kind=kind, link=to)


def long_name(name, kind=b"L"):
    data = name + b"\0"
    return header(b"././@LongLink", len(data), kind) + data + bytes(-len(data) % 512)


def pax_header(key, value):
    body = key + b"=" + value + b"\n"
    n = len(body) + 3
    while len(b"%d " % n) + len(body) != n:
        n += 1
    return b"%d " % n + body


def pax(key, value, name=b"x"):
    body = pax_header(key, value)
    return header(b"pax", len(body), b"x") + body + bytes(-len(body) % 512) + file(name)


def pax_sparse(name, size):
    """A file of size bytes, all of them a hole, as GNU tar writes it (format 1.0)."""
    body = b"".join(pax_header(b"GNU.sparse." + k, v) for k, v in (
        (b"major", b"1"), (b"minor", b"0"), (b"name", name), (b"realsize", b"%d" % size)))
    table = b"1\n%d\n0\n" % size
    return (header(b"pax", len(body), b"x") + body + bytes(-len(body) % 512)
            + file(b"GNUSparseFile.0/" + name, table + bytes(-len(table) % 512)))


def with_owner(field, name=b"owned"):
    """uid in 8 bytes of base 256, as GNU tar has what is too large for octal digits."""
    block = bytearray(header(name, 1))
    block[108:116] = field
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block) + b"x" + bytes(511)


def tar(case, *parts):
    with open(os.path.join(out, case + ".tar"), "wb") as f:
        f.write(b"".join(parts) + bytes(1024))


tar("refuse_dotdot", file(b"../escaped"))
tar("refuse_dotdot_inside", file(b"a/../../escaped"))
tar("refuse_dotdot_last", header(b"a/..", kind=b"5"))
tar("refuse_absolute", file(b"/etc/escaped"))
tar("refuse_256_bytes", long_name(b"n" * 256), file(b"n"))
tar("refuse_long_path", long_name(b"/".join([b"d" * 200] * 25)), file(b"n"))
tar("refuse_through_link", link(b"a", b"/etc"), file(b"a/escaped"))
tar("refuse_through_file", file(b"a"), file(b"a/escaped"))
tar("refuse_through_hard_link", file(b"b"), link(b"a", b"b", b"1"), file(b"a/escaped"))
tar("refuse_hard_link_out", link(b"a", b"../../etc/passwd", b"1"))
tar("refuse_hard_link_absolute", link(b"a", b"/etc/passwd", b"1"))
tar("refuse_hard_link_to_nothing", link(b"a", b"b", b"1"))
tar("refuse_hard_link_to_directory", header(b"d", kind=b"5"), link(b"a", b"d", b"1"))
tar("refuse_pax_dotdot", pax(b"path", b"../../escaped"))
tar("refuse_truncated", header(b"a", 100000))
tar("refuse_negative_size", header(b"a", sizefield=b"\xff" * 12))
tar("refuse_root_file", file(b"."))
tar("refuse_huge_size", header(b"a", sizefield=b"\x80" + (1 << 60).to_bytes(11, "big")))
tar("refuse_huge_sparse", pax_sparse(b"a", 1 << 60))
tar("refuse_empty_name", file(b""))
tar("refuse_nul", pax(b"path", b"a\0b"))
tar("refuse_nul_in_link", header(b"pax", len(pax_header(b"linkpath", b"a\0b")), b"x")
    + pax_header(b"linkpath", b"a\0b").ljust(512, b"\0") + link(b"l", b"x"))
tar("refuse_nul_gnu", header(b"././@LongLink", 4, b"L") + b"a\0b".ljust(512, b"\0") + file(b"x"))
tar("refuse_nul_in_attribute", pax(b"SCHILY.xattr.user.a\0b", b"v"))
tar("refuse_nul_after_others", file(b"f", bytes(300000)), file(b"g"), pax(b"path", b"a\0b"))
tar("refuse_large_owner", pax(b"uid", b"4294967296"))
tar("refuse_no_owner", pax(b"gid", b"4294967295"))
tar("refuse_negative_owner", with_owner(b"\xff" * 7 + b"\xfe"))
tar("refuse_large_device", header(b"pax", len(pax_header(b"SCHILY.devmajor", b"5000")), b"x")
    + pax_header(b"SCHILY.devmajor", b"5000").ljust(512, b"\0") + header(b"dev", kind=b"3"))
tar("keep_large_owner", with_owner(b"\x80" + (4000000000).to_bytes(7, "big")))
tar("keep_nul_in_a_value", pax(b"SCHILY.xattr.user.a", b"v\0w"))
tar("refuse_deep", long_name(b"/".join([b"d"] * 2500)), file(b"n"))
tar("keep_deep", long_name(b"/".join([b"d"] * 2000)), file(b"n", b"deep"))
tar("keep_sparse", pax_sparse(b"a", 300 << 20))
tar("keep_devices", header(b"null", kind=b"3", prefix=b""), header(b"pipe", kind=b"6"))
tar("keep_gnu_long_link", long_name(b"k" * 200), long_name(b"t" * 3000, b"K"), link(b"k", b"t"))
tar("keep_pax_long_name", pax(b"path", b"p" * 200 + b"/" + b"q" * 200))
tar("keep_odd_whiteouts", file(b".wh.x"), file(b".wh..wh..opq", b""))
tar("keep_set_uid", file(b"s", mode=b"0004755"))
tar("keep_non_utf8", file(b"\xff\xfe\x80"), file(b"latin\xe9"))
tar("keep_case_pair", file(b"Readme", b"upper"), file(b"README", b"shout"), file(b"readme", b"lower"))
tar("keep_255_bytes", long_name(b"m" * 255), file(b"m"))
tar("keep_newline", file(b"a\nb"), file(b"tab\there"), file(b"-rf"), file(b"\x1b[31m"))
tar("keep_link_out", link(b"a", b"/etc"), link(b"b", b"../../../etc"))
tar("keep_last_of_two", file(b"a", b"first"), file(b"a", b"second"))
tar("keep_dots", file(b"./a/./b", b"x"), file(b"...", b"three"), file(b"..a", b"y"))

with zipfile.ZipFile(os.path.join(out, "refuse_dotdot.zip"), "w") as z:
    z.writestr("../escaped", "x")
with zipfile.ZipFile(os.path.join(out, "refuse_absolute.zip"), "w") as z:
    z.writestr("/etc/escaped", "x")
with zipfile.ZipFile(os.path.join(out, "keep_case_pair.zip"), "w") as z:
    z.writestr("A", "big")
    z.writestr("a", "small")
with zipfile.ZipFile(os.path.join(out, "refuse_256_bytes.zip"), "w") as z:
    z.writestr("n" * 256, "x")
with zipfile.ZipFile(os.path.join(out, "refuse_dotdot_inside.zip"), "w") as z:
    z.writestr("a/../../escaped", "x")
with zipfile.ZipFile(os.path.join(out, "keep_bomb.zip"), "w", zipfile.ZIP_DEFLATED) as z:
    with z.open("zeros", "w") as f:
        for _ in range(256):
            f.write(bytes(1 << 20))
with zipfile.ZipFile(os.path.join(out, "keep_before_nul.zip"), "w") as z:
    z.writestr("long", "data" * 10000)
    z.writestr("nul_", "x")
with open(os.path.join(out, "keep_before_nul.zip"), "rb") as f:
    data = f.read().replace(b"nul_", b"nul\0")
with open(os.path.join(out, "refuse_nul.zip"), "wb") as f:
    f.write(data)
link_entry = zipfile.ZipInfo("a")
link_entry.create_system, link_entry.external_attr = 3, 0o120777 << 16
with zipfile.ZipFile(os.path.join(out, "refuse_through_link.zip"), "w") as z:
    z.writestr(link_entry, "/etc")
    z.writestr("a/escaped", "x")


def layout(case, layers, damage=False, digest=None, grown=0, index=None):
    root = os.path.join(out, case)
    os.makedirs(os.path.join(root, "blobs/sha256"))

    def blob(data):
        name = hashlib.sha256(data).hexdigest()
        with open(os.path.join(root, "blobs/sha256", name), "wb") as f:
            f.write(data)
        return {"digest": "sha256:" + name, "size": len(data)}

    described = [blob(b"".join(parts) + bytes(1024)) for parts in layers]
    if digest:
        described[0]["digest"] = digest
    described[0]["size"] += grown
    if damage:
        name = os.path.join(root, "blobs/sha256", described[0]["digest"][7:])
        data = bytearray(open(name, "rb").read())
        data[600] ^= 1
        open(name, "wb").write(data)
    manifest = blob(json.dumps({"schemaVersion": 2, "layers": described}).encode())
    index = index(blob, manifest) if index else {"schemaVersion": 2, "manifests": [manifest]}
    with open(os.path.join(root, "index.json"), "wb") as f:
        f.write(index if isinstance(index, bytes) else json.dumps(index).encode())
    with open(os.path.join(root, "oci-layout"), "w") as f:
        json.dump({"imageLayoutVersion": "1.0.0"}, f)


layout("keep_layers", [
    [header(b"d", kind=b"5"), file(b"d/gone"), file(b"d/stays", b"1"), file(b"o/hidden"),
     file(b"top", b"old")],
    [file(b"d/.wh.gone", b""), file(b"top", b"new"), file(b"o/fresh"), file(b"o/.wh..wh..opq", b"")],
])
# Whiteouts are of the layers below, before and after what their own layer has there.
old = [header(b"o", kind=b"5"), header(b"o/sub", kind=b"5"), file(b"o/sub/old"), file(b"o/old")]
fresh, opaque = file(b"o/sub/new", b"new"), file(b"o/.wh..wh..opq", b"")
layout("keep_opaque_first", [old, [opaque, fresh]])
layout("keep_opaque_last", [old, [fresh, opaque]])
layout("keep_opaque_described", [old, [header(b"o/sub", kind=b"5"), fresh, opaque]])
layout("keep_whiteout_last", [old, [fresh, file(b".wh.o", b"")]])
layout("keep_link_to_below", [old, [link(b"l", b"o/sub/old", b"1"), file(b".wh.o", b"")]])
layout("keep_links_of_secrets", [[file(b".env"), link(b"b", b".env", b"1"), link(b"c", b"b", b"1"), file(b"d")],
                                 [link(b"e", b"c", b"1")]])
layout("refuse_damaged", [[file(b"a")]], damage=True)
layout("refuse_other_size", [[file(b"a")]], grown=1)


def nested(depth):
    def index(blob, manifest):
        for _ in range(depth):
            manifest = blob(json.dumps({"manifests": [manifest]}).encode())
        return {"manifests": [manifest]}
    return index


def platforms(*names):
    return lambda blob, manifest: {"manifests": [
        dict(manifest if name == "linux/amd64" else blob(b"{}"),
             platform=dict(zip(("os", "architecture"), name.split("/")))) for name in names]}


layout("keep_nested_index", [[file(b"a")]], index=nested(1))
layout("refuse_deep_index", [[file(b"a")]], index=nested(9))
layout("keep_platforms", [[file(b"a")]], index=platforms("linux/arm64", "windows/amd64", "linux/amd64"))
layout("keep_first_of_two", [[file(b"a")]], index=lambda blob, manifest: {"manifests": [
    manifest, dict(blob(b"{}"), annotations={"org.opencontainers.image.ref.name": "other"})]})
layout("refuse_platforms", [[file(b"a")]], index=platforms("linux/arm64", "windows/amd64"))
layout("refuse_deep_json", [[file(b"a")]], index=lambda *_: b"[" * 100000)
layout("refuse_large_json", [[file(b"a")]],
       index=lambda blob, manifest: b'{"manifests": [%s]}' % json.dumps(manifest).encode() + b" " * (9 << 20))
layout("refuse_odd_json", [[file(b"a")]], index=lambda *_: {"manifests": [1, None, "x"]})
layout("refuse_index_fifo", [[file(b"a")]])
os.unlink(os.path.join(out, "refuse_index_fifo/index.json"))
os.mkfifo(os.path.join(out, "refuse_index_fifo/index.json"))
layout("refuse_no_index", [[file(b"a")]], index=lambda *_: {"manifests": {"a": 1}})
layout("refuse_digest_path", [[file(b"a")]], digest="sha256:../../../../etc/passwd")
layout("refuse_escape", [[file(b"../escaped")]])
layout("refuse_absolute_layer", [[file(b"/escaped")]])
layout("refuse_256_byte_layer", [[long_name(b"n" * 256), file(b"n")]])
layout("refuse_through_link_layer", [[link(b"a", b"/etc")], [file(b"a/escaped")]])
layout("keep_whiteout_of_parent", [[file(b"a")], [file(b".wh...", b"")]])
layout("keep_whiteout_of_nothing", [[file(b".wh.none", b"")], [file(b"d/.wh.", b""), file(b"a")]])
layout("refuse_whiteout_out", [[file(b"a")], [file(b"../.wh.a", b"")]])
layout("refuse_opaque_through_file", [[file(b"a")], [file(b"a/.wh..wh..opq", b"")]])
layout("keep_names", [[file(b"\xff\xfe\x80"), file(b"A", b"upper"), file(b"a", b"lower"),
                       long_name(b"m" * 255), file(b"m")]])
