# SPDX-License-Identifier: BSD-2-Clause
"""TAP -- tests are functions whose names are sentences; what they print is TAP.

    @tap.test
    def names_seen_before_resolve_while_the_resolver_is_stopped(lab): ...

    tap.main(open_lab)

A test fails by any exception; AssertionError's text says what was seen. On the command
line, names of tests choose some of them and --list lists them.
"""

import os
import sys
import traceback

_tests = []


class Skip(Exception):
    """This machine cannot run the test; the text says why."""


def test(function):
    _tests.append(function)
    return function


def expect(condition, seen):
    """A test's claim; `seen` says what there was instead."""
    if not condition:
        raise AssertionError(seen)


def expect_equal(seen, wanted, what):
    expect(seen == wanted, f"{what}: wanted {wanted!r}, saw {seen!r}")


def expect_within(seconds, limit, what):
    expect(seconds <= limit, f"{what}: took {seconds * 1000:.1f} ms, allowed {limit * 1000:.0f} ms")


def note(text):
    """A figure worth reading even when all is well."""
    for line in str(text).splitlines():
        print(f"# {line}", flush=True)


def data_folder(name):
    """A folder of the shared test data."""
    top = os.environ.get("DNSCACHE_TEST_DATA")
    if not top:
        raise Skip("DNSCACHE_TEST_DATA is not set")
    folder = os.path.join(top, name)
    if not os.path.isdir(folder):
        raise Skip(f"no folder {folder}")
    return folder


def is_short():
    """Where time is scarce (sanitizer builds): loads run a part of their time."""
    return os.environ.get("DNSCACHE_TEST_SHORT") == "1"


def is_long():
    return os.environ.get("DNSCACHE_TEST_LONG") == "1"


def _where(error):
    """The line of the test file that failed, and the error's text."""
    frames = traceback.extract_tb(error.__traceback__)
    if isinstance(error, AssertionError):
        test_file = os.path.basename(sys.argv[0])
        frames = [frame for frame in frames
                  if os.path.basename(frame.filename) == test_file] or frames
        return f"{os.path.basename(frames[-1].filename)}:{frames[-1].lineno}: {error}"
    return "".join(traceback.format_exception(error))


def _run(number, function, fixture):
    sentence = function.__name__.replace("_", " ")
    try:
        function(fixture) if fixture is not None else function()
    except Skip as reason:
        print(f"ok {number} - {sentence} # SKIP {reason}", flush=True)
    except Exception as error:
        note(_where(error))
        if hasattr(fixture, "describe"):
            note(fixture.describe())
        print(f"not ok {number} - {sentence}", flush=True)
        return False
    else:
        print(f"ok {number} - {sentence}", flush=True)
    return True


def _run_all(tests, fixture):
    return all([_run(number, function, fixture) for number, function in enumerate(tests, 1)])


def main(open_fixture=None):
    """Run the tests, each given what `open_fixture`, a context manager, yields."""
    wanted = sys.argv[1:]
    if wanted == ["--list"]:
        print("\n".join(function.__name__ for function in _tests))
        return
    tests = [function for function in _tests if not wanted or function.__name__ in wanted]
    if os.geteuid() != 0:
        print("1..0 # SKIP needs root")
        return
    print(f"1..{len(tests)}", flush=True)
    try:
        if open_fixture is None:
            passed = _run_all(tests, None)
        else:
            with open_fixture() as fixture:
                passed = _run_all(tests, fixture)
    except Skip as reason: # the fixture says so for all
        for number, function in enumerate(tests, 1):
            print(f"ok {number} - {function.__name__.replace('_', ' ')} # SKIP {reason}")
        return
    except Exception as error: # the fixture itself
        note(_where(error))
        print(f"Bail out! {str(error).splitlines()[0] if str(error) else type(error).__name__}")
        passed = False
    sys.exit(0 if passed else 1)
