#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Feed messages -- run a test program with every message of the shared test data on its input.

    feed_messages.py PROGRAM

Each message is preceded by where it is from; both by their length, as the machine has it.
"""

import os
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import data_messages


def main():
    folder = os.environ.get("DNSCACHE_TEST_DATA")
    if not folder:
        print("1..0 # SKIP DNSCACHE_TEST_DATA is not set")
        return
    stream = b"".join(struct.pack("=I", len(part)) + part
                      for origin, message in data_messages.messages(folder)
                      for part in (origin.encode(), message))
    sys.exit(subprocess.run([sys.argv[1]], input=stream, check=False).returncode)


if __name__ == "__main__":
    main()
