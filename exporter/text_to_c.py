#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Text to C -- a text file as a C string, for meson.

    text_to_c.py INPUT OUTPUT NAME
"""

import sys


def main():
    source, target, name = sys.argv[1:]
    with open(source, encoding="ascii") as file:
        lines = file.read().splitlines()
    with open(target, "w", encoding="ascii") as file:
        file.write(f"/* Made from {source.rpartition('/')[2]} by text_to_c.py. */\n")
        file.write(f"static const char {name}[] =")
        for line in lines:
            escaped = line.replace("\\", "\\\\").replace('"', '\\"')
            file.write(f'\n\t"{escaped}\\n"')
        file.write(";\n")


main()
