# SPDX-License-Identifier: BSD-2-Clause
"""Dnspython lookup -- what dnspython says, one record per line, for tests that compare two runs.

    dnspython_lookup.py NAME TYPE [NAME TYPE]...

A look-up that took more than its first try raises: its lifetime ends before a second one.
"""

import sys

import dns.resolver

ONE_TRY_S = 3

resolver = dns.resolver.Resolver()
resolver.timeout = resolver.lifetime = ONE_TRY_S
for name, kind in zip(sys.argv[1::2], sys.argv[2::2]):
    found = resolver.resolve(name, kind, search=False)
    for record in found:
        print(name, found.canonical_name, kind, record.to_text())
