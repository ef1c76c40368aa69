#!/usr/bin/env python3
"""schema.py COMMAND: is standard input the JSON that `nacre store COMMAND --json` promises?

A program that reads it relies on these names and kinds; more may come, none may go.
"""
import json
import re
import sys

DIGEST = re.compile(r"^[0-9a-f]{64}$")


def name(v):
    return isinstance(v, str) or (isinstance(v, dict) and set(v) == {"hex"})


def digest(v):
    return isinstance(v, str) and DIGEST.match(v)


def number(v):
    return type(v) is int and v >= 0


def maybe(kind):
    return (kind,)


def each(kind):
    return [kind]


ANY = object()
INODE = {"kind": str, "mode": re.compile(r"^[0-7]{4}$"), "uid": number, "gid": number,
         "links": number, "inode": number, "size": number, "mtime": str, "object": maybe(digest),
         "target": maybe(name), "major": maybe(number), "minor": maybe(number),
         "attributes": maybe(dict)}
SCHEMAS = {
    "init": {"store": name},
    "ingest": {"name": str, "image": digest, "files": number, "bytes": number, "unread": number,
               "new_objects": number, "new_bytes": number,
               "left_out": each({"path": name, "why": str})},
    "ls": each({"name": str, "image": digest, "protected": bool, "protected_paths": each(name)}),
    "ls-dir": each({**INODE, "name": name}),
    "tree": each({**INODE, "path": name}),
    "stat": {**INODE, "protected": bool},
    "cat": {"path": name, "size": number, "object": maybe(digest),
            "encoding": re.compile("^(utf-8|base64)$"), "content": str},
    "export": {"name": str, "to": name, "format": re.compile("^(dir|tar|oci)$")},
    "tag": {"name": str, "image": digest},
    "rm": {"removed": each(str)},
    "gc": {"removed": bool, "files": number, "bytes": number, "failed": number,
           "list": each({"path": str, "size": number})},
    "fsck": {"images": number, "objects": number, "bytes": number, "problems": number,
             "repaired": number, "missing": number,
             "findings": each({"kind": str, "path": name, "what": maybe(str), "image": maybe(str),
                               "object": maybe(str)})},
    "protect": {"name": str, "protected": bool, "protected_paths": each(name),
                "immutable": number, "refused": number},
    "diff": each({"change": re.compile("^[-+MmT]$"), "path": name}),
    "du": each({"name": str, "files": number, "bytes": number, "objects": number,
                "object_bytes": number, "own_bytes": number}),
    "status": {"store": name, "format": number, "digest": str, "names": number,
               "protected": number, "images": number, "image_bytes": number, "objects": number,
               "object_bytes": number, "temporaries": number, "quarantined": number,
               "layers": number},
    "mount-info": {"image": str, "objects": str, "digest_algorithm": str},
}
SCHEMAS["commit"] = SCHEMAS["ingest"]
SCHEMAS["unprotect"] = SCHEMAS["protect"]


def check(value, schema, where):
    if isinstance(schema, tuple):
        schema = schema[0]
    if isinstance(schema, list):
        if not isinstance(value, list):
            return ["%s is no array" % where]
        return [e for i, v in enumerate(value) for e in check(v, schema[0], "%s[%d]" % (where, i))]
    if isinstance(schema, dict):
        if not isinstance(value, dict):
            return ["%s is no object" % where]
        wrong = ["%s has no %s" % (where, k) for k, s in schema.items()
                 if not isinstance(s, tuple) and k not in value]
        wrong += ["%s.%s is not in the schema" % (where, k) for k in value if k not in schema]
        return wrong + [e for k, v in value.items() if k in schema
                        for e in check(v, schema[k], "%s.%s" % (where, k))]
    if isinstance(schema, re.Pattern):
        good = isinstance(value, str) and schema.match(value)
    elif isinstance(schema, type):
        good = type(value) is schema
    else:
        good = schema(value)
    return [] if good else ["%s is %r" % (where, value)]


found = check(json.load(sys.stdin), SCHEMAS[sys.argv[1]], sys.argv[1])
print("\n".join(found[:5]))
sys.exit(bool(found))
