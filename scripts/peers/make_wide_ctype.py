"""Writes src/code/wide_ctype_ranges.inc: the non-ASCII letters and small letters of the running glibc in a UTF-8 locale.

usage: make_wide_ctype.py > src/code/wide_ctype_ranges.inc
"""
import ctypes
import platform

LC_ALL = 6
WIDTH = 117


def ranges_of(answers):
    found = []
    for code in range(0x80, 0x110000):
        if not answers(code):
            continue
        if found and found[-1][1] == code - 1:
            found[-1][1] = code
        else:
            found.append([code, code])
    return found


def print_table(name, ranges):
    print(f"static const QuartetRange {name}[] = {{")
    line = "    "
    for first, last in ranges:
        item = f"{{0x{first:x}, 0x{last:x}}}, "
        if len(line) + len(item) > WIDTH:
            print(line.rstrip())
            line = "    "
        line += item
    print(line.rstrip(", ") + "};")


library = ctypes.CDLL("libc.so.6")
assert library.setlocale(LC_ALL, b"C.UTF-8"), "no UTF-8 locale"
print(f"/* What {' '.join(platform.libc_ver())} calls letters and small letters beyond ASCII, made by scripts/peers/make_wide_ctype.py. */")
print_table("quartet_letters", ranges_of(library.iswalpha))
print_table("quartet_small_letters", ranges_of(library.iswlower))
