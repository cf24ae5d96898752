# SPDX-License-Identifier: BSD-2-Clause
"""Wait -- for a condition with a limit, or for a moment that a claim names."""

import time

POLL_S = 0.01


def wait_until(what, condition, limit_s):
    """Poll until `condition()` is true, and return what it returned."""
    end = time.monotonic() + limit_s
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() >= end:
            raise AssertionError(f"not within {limit_s} s: {what}")
        time.sleep(POLL_S)


def wait_for(moment):
    """Sleep to a moment of time.monotonic(): only where the claim itself is about time."""
    while (left := moment - time.monotonic()) > 0:
        time.sleep(left)
