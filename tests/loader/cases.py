"""cases.py - the files of the loader tests.

Each starts from one small good program (two PT_LOAD, writes nothing, exits 42) and breaks
one thing. `field` is a lenient pattern for what the complaint must name.
"""

import errno
import os
import struct

PAGE = 4096
BASE = 0x400000
EXIT_42 = b"\xbf\x2a\x00\x00\x00\xb8\xe7\x00\x00\x00\x0f\x05"  # exit_group(42)
PT_LOAD, PT_DYNAMIC, PT_INTERP, PT_NOTE, PT_PHDR, PT_GNU_STACK = 1, 2, 3, 4, 6, 0x6474E551
ENOEXEC = (("errno", errno.ENOEXEC),)


class Case:
    def __init__(self, name, path, field="", native=None, want=None, may_refuse=False,
                 exists=True):
        self.name, self.path, self.field = name, path, field
        self.native = native          # answers of Linux we know of; None: whatever it says
        self.want = want              # what nacre must do, where not the same as Linux
        self.may_refuse = may_refuse  # Linux runs it out of carelessness
        self.exists = exists


class Elf:
    """An ELF64 image as lists of fields, to be broken and packed."""

    HEADER = ("type", "machine", "version", "entry", "phoff", "shoff", "flags", "ehsize",
              "phentsize", "phnum", "shentsize", "shnum", "shstrndx")
    SEGMENT = ("type", "flags", "offset", "vaddr", "paddr", "filesz", "memsz", "align")

    def __init__(self, etype=2, base=BASE):
        self.ident = bytearray(b"\x7fELF\x02\x01\x01\x00" + bytes(8))
        self.base = base
        self.header = dict(zip(self.HEADER, (etype, 62, 1, base + PAGE, 64, 0, 0, 64, 56, None,
                                             0, 0, 0)))
        self.segments = [
            dict(zip(self.SEGMENT, (PT_LOAD, 4, 0, base, base, 512, 512, PAGE))),
            dict(zip(self.SEGMENT, (PT_LOAD, 5, PAGE, base + PAGE, base + PAGE, len(EXIT_42),
                                    len(EXIT_42), PAGE))),
        ]
        self.contents = {PAGE: EXIT_42}
        self.length = 2 * PAGE
        self.order = "<"

    def add(self, **fields):
        segment = dict(zip(self.SEGMENT, (PT_LOAD, 6, 0, 0, 0, 0, 0, PAGE)))
        segment.update(fields)
        self.segments.append(segment)
        return self

    def interp(self, text, where=0x300, **fields):
        self.contents[where] = text
        values = dict(type=PT_INTERP, flags=4, offset=where, vaddr=self.base + where,
                      filesz=len(text), memsz=len(text), align=1)
        values.update(fields)
        self.segments.insert(0, dict(dict.fromkeys(self.SEGMENT, 0), **values))
        return self

    def pack(self):
        header = dict(self.header)
        if header["phnum"] is None:
            header["phnum"] = len(self.segments)
        data = bytearray(self.length)
        head = bytes(self.ident) + struct.pack(self.order + "HHIQQQIHHHHHH",
                                               *(header[k] for k in self.HEADER))
        table = b"".join(struct.pack(self.order + "IIQQQQQQ", *(s[k] for k in self.SEGMENT))
                         for s in self.segments)
        data[0:64] = head
        data[64:64 + len(table)] = table
        for where, content in self.contents.items():
            data[where:where + len(content)] = content
        return bytes(data[:self.length])


def elf(change=None, segment=None, ident=None, **kinds):
    """A good image with header fields, fields of segment 1, or ident bytes changed."""
    image = Elf(**kinds)
    image.header.update(change or {})
    image.segments[1].update(segment or {})
    for at, value in (ident or {}).items():
        image.ident[at] = value
    return image


def i386_program():
    """A true 32-bit program: exit(42) by int $0x80."""
    code = b"\xb8\x01\x00\x00\x00\xbb\x2a\x00\x00\x00\xcd\x80"
    head = b"\x7fELF\x01\x01\x01" + bytes(9) + struct.pack(
        "<HHIIIIIHHHHHH", 2, 3, 1, 0x08048054, 52, 0, 0, 52, 32, 1, 0, 0, 0)
    table = struct.pack("<IIIIIIII", 1, 0, 0x08048000, 0x08048000, 96, 96, 5, PAGE)
    return head + table + code


def header_cases():
    good = elf().pack()
    yield "good", good, "", (("exit", 42),)
    yield "good_static_pie", elf(etype=3, base=0).pack(), "", (("exit", 42),)
    yield "osabi_freebsd", elf(ident={7: 9}).pack(), "", (("exit", 42),)
    for n in (0, 1, 3, 4, 16, 63):
        yield "only_%d_bytes" % n, good[:n], "trunc|short|size|header|empty|format|magic", ENOEXEC
    yield "only_the_header", good[:64], "trunc|short|program header|phdr|phoff|phnum", None
    yield "half_a_program_header", good[:90], "trunc|short|program header|phdr|phoff", None
    yield "wrong_magic", b"\x7fELG" + good[4:], "magic|format|ELF", ENOEXEC
    yield "aarch64", elf({"machine": 183}).pack(), "machine|aarch64|arch", ENOEXEC
    yield "machine_i386", elf({"machine": 3}).pack(), "machine|386|arch", ENOEXEC
    yield "machine_riscv", elf({"machine": 243}).pack(), "machine|riscv|arch", ENOEXEC
    yield "machine_none", elf({"machine": 0}).pack(), "machine|arch", ENOEXEC
    big = elf(ident={5: 2})
    big.order = ">"
    yield "big_endian", big.pack(), "endian|EI_DATA|e_ident|data|machine|type", ENOEXEC
    for value, name in ((0, "none"), (1, "relocatable"), (4, "core"), (9, "unknown")):
        yield "type_" + name, elf({"type": value}).pack(), "type|relocatable|core", ENOEXEC
    for value in (0, 32, 55, 57, 65535):
        yield "phentsize_%d" % value, elf({"phentsize": value}).pack(), "phentsize", ENOEXEC
    yield "phnum_0", elf({"phnum": 0}).pack(), "phnum|program header|PT_LOAD|segment", ENOEXEC
    for value in (1171, 20000, 65535):
        yield "phnum_%d" % value, elf({"phnum": value}).pack(), "phnum|program header|trunc", None
    for value in (PAGE * 9, 1 << 40, (1 << 63) - 1, 1 << 63, (1 << 64) - 8):
        yield "phoff_%x" % value, elf({"phoff": value}).pack(), \
            "phoff|program header|phdr|trunc", None
    yield "i386_header_in_full", i386_program(), "class|32|machine|386", None


def segment_cases():
    yield "no_segment_at_all", elf_without_loads().pack(), "", None
    for name, fields in (
            ("filesz_above_memsz", {"filesz": 512, "memsz": 8}),
            ("filesz_past_end_of_file", {"filesz": 9 * PAGE, "memsz": 9 * PAGE}),
            ("offset_past_end_of_file", {"offset": 64 * PAGE}),
            ("offset_not_congruent", {"offset": PAGE + 8}),
            ("offset_huge", {"offset": 1 << 62}),
            ("offset_wraps", {"offset": (1 << 64) - PAGE}),
            ("memsz_huge", {"memsz": 1 << 62}),
            ("memsz_wraps", {"memsz": (1 << 64) - PAGE}),
            ("memsz_above_user_half", {"memsz": 0x7ffffff00000}),
            ("filesz_and_memsz_huge", {"filesz": 1 << 62, "memsz": 1 << 62}),
            ("vaddr_in_the_kernel_half", {"vaddr": 0xffffffff80001000}),
            ("vaddr_non_canonical", {"vaddr": 0x800000001000}),
            ("vaddr_at_the_edge", {"vaddr": 0x7ffffffff000}),
            ("vaddr_zero_page", {"vaddr": 0}),
            ("alignment_not_a_power_of_two", {"align": 3}),
            ("alignment_huge", {"align": 1 << 50}),
            ("alignment_zero", {"align": 0}),
            ("no_permissions", {"flags": 0}),
            ("all_permission_bits", {"flags": 0xffffffff})):
        yield name, elf(segment=fields).pack(), "", None
    for name, entry in (("zero", 0), ("outside", 0x123456789000), ("in_data", BASE + 0x200),
                        ("kernel_half", 0xffffffff80000000), ("non_canonical", 1 << 63)):
        yield "entry_" + name, elf({"entry": entry}).pack(), "", None
    yield "overlapping_segments", elf().add(offset=0, vaddr=BASE + PAGE, filesz=PAGE,
                                            memsz=PAGE, flags=6).pack(), "", None
    yield "identical_segments", elf().add(offset=PAGE, vaddr=BASE + PAGE, filesz=12,
                                          memsz=12, flags=5).pack(), "", (("exit", 42),)
    yield "descending_segments", elf().add(offset=0, vaddr=BASE - PAGE, filesz=16,
                                           memsz=16).pack(), "", None
    yield "empty_segment", elf().add(vaddr=0x900000).pack(), "", (("exit", 42),)
    yield "bss_only_segment", elf().add(vaddr=0x900000, memsz=5 * PAGE).pack(), "", \
        (("exit", 42),)
    many = elf()
    for i in range(60):
        many.add(vaddr=0x1000000 + i * 2 * PAGE, memsz=PAGE)
    yield "sixty_segments", many.pack(), "", None
    yield "segment_past_the_kernel_of_ours", elf().add(
        vaddr=0x7e8000000000, memsz=0x7000000000).pack(), "", None
    pie = elf(etype=3, base=0)
    pie.segments[1]["memsz"] = 1 << 46
    yield "pie_too_big", pie.pack(), "", None


def elf_without_loads():
    image = elf()
    for segment in image.segments:
        segment["type"] = PT_NOTE
    return image


def interp_cases(directory):
    def path_to(name):
        return os.path.join(directory, name).encode() + b"\0"

    field = "interp"
    yield "interp_missing", elf().interp(b"/nonexistent/ld.so\0").pack(), field, \
        (("errno", errno.ENOENT),)
    yield "interp_is_a_directory", elf().interp(b"/etc\0").pack(), field, \
        (("errno", errno.EACCES),)
    yield "interp_not_executable", elf().interp(b"/etc/passwd\0").pack(), field, \
        (("errno", errno.EACCES),)
    yield "interp_without_nul", elf().interp(b"/lib64/ld-linux-x86-64.so.2").pack(), field, ENOEXEC
    yield "interp_empty", elf().interp(b"").pack(), field, ENOEXEC
    yield "interp_one_byte", elf().interp(b"\0").pack(), field, ENOEXEC
    yield "interp_empty_name", elf().interp(b"\0\0").pack(), field, None
    yield "interp_5000_bytes", elf().interp(b"/x\0", filesz=5000, memsz=5000).pack(), field, ENOEXEC
    yield "interp_huge", elf().interp(b"/x\0", filesz=1 << 62).pack(), field, ENOEXEC
    yield "interp_past_end_of_file", elf().interp(b"/x\0", offset=1 << 30).pack(), field, None
    yield "interp_is_text", elf().interp(path_to("interp_text.aux")).pack(), field, \
        (("errno", errno.ELIBBAD),)
    yield "interp_is_short", elf().interp(path_to("interp_short.aux")).pack(), field, None
    yield "interp_is_aarch64", elf().interp(path_to("interp_aarch64.aux")).pack(), field, \
        (("errno", errno.ELIBBAD),)
    yield "interp_is_relocatable", elf().interp(path_to("interp_rel.aux")).pack(), field, None
    yield "interp_twice", elf().interp(b"/nonexistent/second\0", 0x380).interp(
        path_to("interp_good.aux")).pack(), "", None
    yield "interp_good", elf().interp(path_to("interp_good.aux")).pack(), "", (("exit", 42),)
    yield "interp_is_a_script", elf().interp(path_to("interp_script.aux")).pack(), field, None


def text_cases():
    yield "text_without_shebang", b"echo hello\n", "format|magic|ELF|recogn|#!", ENOEXEC
    yield "binary_noise", bytes((i * 37 + 11) & 255 for i in range(1000)), \
        "format|magic|ELF|recogn", ENOEXEC
    yield "zeros", bytes(10000), "format|magic|ELF|recogn", ENOEXEC
    yield "windows_program", b"MZ\x90\0" + bytes(60) + b"PE\0\0" + bytes(1000), \
        "format|PE|windows|magic|recogn|printf|ape", ENOEXEC
    yield "ape_debug_magic", b"APEDBG='\n" + b"\nprintf '\\177ELF'\n", \
        "format|ape|magic|recogn", ENOEXEC
    yield "ape_without_header", b"MZqFpD='\n'\necho no header here\n" + b"#" * 9000, \
        "ape|printf|header", ENOEXEC
    yield "ape_with_short_header", b"MZqFpD='\n'\nprintf '\\177ELF\\2\\1'\n" + b"#" * 9000, \
        "ape|printf|header|short|trunc", ENOEXEC
    yield "ape_without_closing_quote", b"jartsr='\n'\nprintf '\\177ELF" + b"x" * 20000, \
        "ape|printf|header|quote", ENOEXEC
    yield "archive", b"!<arch>\n" + bytes(100), "format|magic|ELF|recogn", ENOEXEC


def ape(header, prologue=b"MZqFpD='\n'\n", rest=b""):
    octal = b"".join(b"\\%03o" % c for c in header)
    data = prologue + b"printf '" + octal + b"' >&7\n"
    return data + b"#" * (8192 - len(data)) + rest


def ape_cases():
    """Linux has never heard of APE; what nacre cannot load is ENOEXEC all the same."""
    for name, change, field in (
            ("aarch64_only", {"machine": 183}, "machine|aarch64|arch"),
            ("relocatable", {"type": 1}, "type"),
            ("phentsize", {"phentsize": 32}, "phentsize"),
            ("phnum", {"phnum": 5000}, "phnum|program header"),
            ("phoff", {"phoff": 1 << 40}, "phoff|program header|trunc")):
        yield "ape_" + name, ape(elf(change).pack()[:64]), field + "|ape", ENOEXEC


def script_cases():
    enoent, eacces = (("errno", errno.ENOENT),), (("errno", errno.EACCES),)
    yield "shebang_missing", b"#!/nonexistent/sh\n", "interp|nonexistent|#!", enoent
    yield "shebang_directory", b"#!/etc\n", "interp|/etc|#!", eacces
    yield "shebang_not_executable", b"#!/etc/passwd\n", "interp|/etc/passwd|#!", eacces
    yield "shebang_alone", b"#!", "interp|#!|script", None
    yield "shebang_empty_line", b"#!\n", "interp|#!|script", ENOEXEC
    yield "shebang_blanks", b"#!  \t \n", "interp|#!|script", ENOEXEC
    yield "shebang_too_long", b"#!/" + b"x" * 400 + b"\n", "interp|#!|long|script", None
    yield "shebang_relative", b"#!no-such-relative\n", "interp|#!|no-such", enoent
    yield "shebang_no_newline", b"#!/bin/false", "", (("exit", 1),)
    yield "shebang_true", b"#!/bin/true\n", "", (("exit", 0),)
    yield "shebang_nul", b"#!/bin/fal\0se\n", "", None


def special_cases(directory):
    def at(name):
        return os.path.join(directory, name)

    os.mkdir(at("a_directory"))
    yield Case("directory", at("a_directory"), "directory|regular|permission",
               (("errno", errno.EACCES),))
    write(at("no_x_bit"), elf().pack(), 0o644)
    yield Case("not_executable", at("no_x_bit"), "mode|execut|permission",
               (("errno", errno.EACCES),))
    yield Case("missing", at("missing"), "", (("errno", errno.ENOENT),), exists=False)
    yield Case("below_a_file", at("no_x_bit") + "/x", "", (("errno", errno.ENOTDIR),))
    yield Case("name_too_long", at("n" * 300), "", (("errno", errno.ENAMETOOLONG),))
    os.symlink("loop", at("loop"))
    yield Case("symlink_loop", at("loop"), "", (("errno", errno.ELOOP),))
    os.symlink("nowhere", at("dangling"))
    yield Case("dangling_symlink", at("dangling"), "", (("errno", errno.ENOENT),))
    write(at("target"), elf().pack())
    os.symlink("target", at("link"))
    yield Case("symlink_to_a_program", at("link"), "", (("exit", 42),))
    os.mkfifo(at("fifo"), 0o755)
    yield Case("fifo", at("fifo"), "regular|type|fifo|permission", (("errno", errno.EACCES),))
    yield Case("device", "/dev/null", "regular|type|device|permission",
               (("errno", errno.EACCES),))
    write(at("recursive"), b"#!" + at("recursive").encode() + b"\n")
    yield Case("shebang_of_itself", at("recursive"), "interp|#!|loop|levels|recurs|deep",
               (("errno", errno.ELOOP), ("errno", errno.ENOEXEC)))
    previous = "/bin/true"
    for depth in range(1, 8):
        name = at("chain%d" % depth)
        write(name, b"#!" + previous.encode() + b"\n")
        previous = name
        yield Case("shebang_chain_of_%d" % depth, name, "interp|#!|loop|levels|recurs|deep")


def write(path, data, mode=0o755):
    with open(path, "wb") as file:
        file.write(data)
    os.chmod(path, mode)


def make_all(directory):
    write(os.path.join(directory, "interp_text.aux"), b"not a loader at all\n" + b"x" * 100)
    write(os.path.join(directory, "interp_short.aux"), elf().pack()[:40])
    write(os.path.join(directory, "interp_aarch64.aux"), elf({"machine": 183}).pack())
    write(os.path.join(directory, "interp_rel.aux"), elf({"type": 1}).pack())
    write(os.path.join(directory, "interp_good.aux"), elf(etype=3, base=0).pack())
    write(os.path.join(directory, "interp_script.aux"), b"#!/bin/true\n" + b"#" * 100)
    for group in (header_cases(), segment_cases(), interp_cases(directory), text_cases(),
                  ape_cases(), script_cases()):
        for name, data, field, native in group:
            path = os.path.join(directory, name)
            write(path, data)
            case = Case(name, path, field, native)
            if name == "i386_header_in_full":
                case.want = ("errno", errno.ENOEXEC)
            yield case
    # Linux looks at e_machine only, never at these bytes of e_ident
    for name, at, value in (("class_says_32", 4, 1), ("data_says_big_endian", 5, 2)):
        path = os.path.join(directory, name)
        write(path, elf(ident={at: value}).pack())
        yield Case(name, path, "", (("exit", 42),), may_refuse=True)
    yield from special_cases(directory)
