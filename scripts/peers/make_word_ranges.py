"""Writes src/code/python_word_ranges.inc: the non-ASCII characters that `\\w` matches in the running Python.

usage: python3.11 make_word_ranges.py > src/code/python_word_ranges.inc
"""
import re
import sys
import unicodedata

ranges = []
for code in range(0x80, 0x110000):
    if not re.match(r"\w", chr(code)):
        continue
    if ranges and ranges[-1][1] == code - 1:
        ranges[-1][1] = code
    else:
        ranges.append([code, code])

print(f"// Ranges of non-ASCII characters that \\w of Python {sys.version_info[0]}.{sys.version_info[1]}'s re matches "
      f"(Unicode {unicodedata.unidata_version}), made by\n// scripts/peers/make_word_ranges.py.")
line = ""
for first, last in ranges:
    item = f"{{0x{first:x}, 0x{last:x}}}, "
    if len(line) + len(item) > 117:
        print(line.rstrip())
        line = ""
    line += item
print(line.rstrip())
