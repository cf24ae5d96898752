# SPDX-License-Identifier: BSD-2-Clause
"""Namespace -- a network and mount namespace that vanishes with the process that made it.

Nothing has a name in /run/netns and nothing is written to /etc: the namespaces are held by
a sleeping child that the kernel kills when its parent dies, whatever the reason, and files
such as /etc/resolv.conf are bind-mounted inside.

Every process started in one dies with us, too.
"""

import collections
import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import time

CLONE_NEWNS = 0x00020000
CLONE_NEWNET = 0x40000000
MS_BIND = 0x1000
MS_REC = 0x4000
MS_PRIVATE = 0x40000
MNT_DETACH = 2
PR_SET_PDEATHSIG = 1
INTERRUPTS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

SCRATCH = "/mnt" # a tmpfs stands here for a moment, in the new namespace only

libc = ctypes.CDLL(None, use_errno=True)

# What a program that ran to its end left behind; `seconds` is its own running time.
Result = collections.namedtuple("Result", "stdout stderr status seconds")


def call(function, *arguments):
    """A C library function by name; its failure is an OSError."""
    if getattr(libc, function)(*arguments) != 0:
        errnum = ctypes.get_errno()
        raise OSError(errnum, f"{function}: {os.strerror(errnum)}")


@contextlib.contextmanager
def uninterrupted():
    """Ctrl-C waits: it would end a fork half-way, in the child too, and our word of that child."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, INTERRUPTS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def die_with_parent():
    for number in INTERRUPTS:
        signal.signal(number, signal.SIG_IGN) # what waits was our parent's
        signal.signal(number, signal.SIG_DFL) # who runs us may ignore them
    signal.pthread_sigmask(signal.SIG_UNBLOCK, INTERRUPTS)
    call("prctl", PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def mount(source, target, kind=None, flags=0):
    call("mount", source.encode(), target.encode(), kind and kind.encode(), flags, None)


class Namespace:
    def __init__(self, name, files=None):
        """`files`: {path: text} to stand in for files of this machine, inside only."""
        self.name = name
        self._files = files or {}
        self._children = []
        with uninterrupted():
            self._holder = subprocess.Popen(["sleep", "infinity"], preexec_fn=self._enter_new)
        self._net = os.open(f"/proc/{self._holder.pid}/ns/net", os.O_RDONLY)
        self._mount = os.open(f"/proc/{self._holder.pid}/ns/mnt", os.O_RDONLY)
        self.run(["ip", "link", "set", "lo", "up"])

    def _enter_new(self):
        os.setsid()
        die_with_parent()
        call("unshare", CLONE_NEWNET | CLONE_NEWNS)
        mount("none", "/", None, MS_REC | MS_PRIVATE)
        call("umount2", b"/sys", MNT_DETACH)
        mount("sysfs", "/sys", "sysfs")
        for path, text in self._files.items():
            mount("tmpfs", SCRATCH, "tmpfs")
            with open(f"{SCRATCH}/file", "w", encoding="utf-8") as file:
                file.write(text)
            mount(f"{SCRATCH}/file", path, None, MS_BIND)
            call("umount2", SCRATCH.encode(), MNT_DETACH)

    def _enter(self):
        os.setsid() # Ctrl-C is for us; we end our children in order
        die_with_parent()
        call("setns", self._net, CLONE_NEWNET)
        call("setns", self._mount, CLONE_NEWNS)

    @property
    def pid(self):
        """A process inside, for `ip link set ... netns PID`."""
        return self._holder.pid

    def start(self, argv, **options):
        """A process inside; stop() ends it at the latest."""
        with uninterrupted():
            child = subprocess.Popen(argv, preexec_fn=self._enter, **options)
            self._children.append(child)
        return child

    def run(self, argv, timeout=30, wanted=0, text=None, env=None):
        """Run a program to its end. A status other than `wanted` is an error (None: any)."""
        started = time.monotonic()
        with uninterrupted():
            child = subprocess.Popen(argv, preexec_fn=self._enter, stdin=subprocess.PIPE,
                                     stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                     env=env, encoding="utf-8", errors="backslashreplace")
        try:
            stdout, stderr = child.communicate(text, timeout)
        except subprocess.TimeoutExpired:
            child.kill()
            child.communicate()
            raise AssertionError(f"{self.name}: no end after {timeout} s: {argv}") from None
        seconds = time.monotonic() - started
        status = child.returncode
        with uninterrupted():
            del child # an exception in its destructor is lost
        if wanted is not None and status != wanted:
            raise AssertionError(f"{self.name}: {argv}: status {status}\n{stdout}{stderr}")
        return Result(stdout, stderr, status, seconds)

    @contextlib.contextmanager
    def inside(self):
        """What this thread opens meanwhile lives in the namespace's network."""
        ours = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        try:
            call("setns", self._net, CLONE_NEWNET)
            try:
                yield
            finally:
                call("setns", ours, CLONE_NEWNET)
        finally:
            os.close(ours)

    def socket(self, family, kind, protocol=0):
        """A socket of this process that lives in the namespace."""
        with self.inside():
            return socket.socket(family, kind, protocol)

    def end_children(self):
        for child in self._children:
            if child.poll() is None:
                child.kill()
            child.wait()
        for fd in (self._net, self._mount):
            os.close(fd)

    def stop(self):
        self.end_children()
        self._holder.kill()
        self._holder.wait()
