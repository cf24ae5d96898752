# SPDX-License-Identifier: BSD-2-Clause
"""Go program -- go_lookup/main.go, which asks Go's own resolver, built by whoever needs it."""

import os
import shutil
import signal
import subprocess

import tap
from stages import build_folder
from tap import expect_equal

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "go_lookup", "main.go")
BUILD_LIMIT_S = 120


def test(function):
    """A test where there is go: it is no package that we ask for. Elsewhere a note says so."""
    if shutil.which("go"):
        return tap.test(function)
    tap.note(f"there is no go here: not tested: {function.__name__}")
    return function


class GoProgram:
    """Go compiles its library first, once for a build folder: that keeps a machine busy."""

    def __init__(self, box, folder):
        self._path = os.path.join(folder, "lookup-go")
        self._build = None
        self._output = None # what it said
        if not shutil.which("go"):
            return
        environment = dict(os.environ, HOME=folder, CGO_ENABLED="0", GO111MODULE="off",
                           GOFLAGS="", GOTOOLCHAIN="local",
                           GOCACHE=os.path.join(build_folder(), "go-cache"))
        self._build = box.start(
            ["chrt", "--idle", "0", # others measure time
             "go", "build", "-o", self._path, SOURCE],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8")

    def path(self):
        """Waits for its build."""
        if self._output is None:
            self._output, _ = self._build.communicate(timeout=BUILD_LIMIT_S)
        expect_equal(self._build.returncode, 0, f"go build: {self._output}")
        return self._path

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._build and self._build.poll() is None:
            os.killpg(self._build.pid, signal.SIGKILL) # its compilers, too: they write into our folder
            self._build.communicate()
