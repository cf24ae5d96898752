# SPDX-License-Identifier: BSD-2-Clause
"""Debian tree -- a small Debian with systemd to boot in a container, made once and kept.

It comes from where this machine's own packages come from, has what dnscache needs to run and
nothing of dnscache, and nobody writes to it: machines are booted on a volatile overlay.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess

import tap

FOLDER = "/var/tmp"
PACKAGES = ("systemd", "systemd-sysv", "procps", "libbpf1", "libelf1", "zlib1g", "liburcu8",
            "libevent-2.1-7", "libinih1", "libpsl5")
MAKING_LIMIT_S = 600


def _codename():
    with open("/etc/os-release", encoding="utf-8") as file:
        values = dict(line.strip().split("=", 1) for line in file if "=" in line)
    if values.get("ID") != "debian":
        raise tap.Skip("this machine is not Debian: where would its packages come from?")
    return values["VERSION_CODENAME"]


def _mirror(codename):
    """The archive that apt uses for this release."""
    targets = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(CREATED_BY) $(RELEASE) $(COMPONENT) $(REPO_URI)"],
        check=True, capture_output=True, encoding="utf-8").stdout
    for line in targets.splitlines():
        created_by, release, component, uri = line.split()[:4]
        if (created_by, release, component) == ("Packages", codename, "main"):
            return uri
    raise tap.Skip(f"apt knows no archive of {codename}")


def _make(path, codename):
    """In a folder of another name first: what has the right name is whole."""
    unfinished = path + ".unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    tap.note(f"making {path}, which takes a minute, once")
    made = subprocess.run(
        ["debootstrap", "--variant=minbase", "--include=" + ",".join(PACKAGES), codename,
         unfinished, _mirror(codename)],
        capture_output=True, encoding="utf-8", errors="replace", timeout=MAKING_LIMIT_S)
    if made.returncode != 0:
        raise tap.Skip("debootstrap made no Debian (no network?): "
                       + " ".join((made.stdout + made.stderr).splitlines()[-1:]))
    shutil.rmtree(os.path.join(unfinished, "var/cache/apt/archives"), ignore_errors=True)
    os.rename(unfinished, path)


@contextlib.contextmanager
def debian_tree():
    """The folder of a tree, made first where there is none; ours alone while the context lasts.

    Two machines at once would also share a cgroup, and end each other's services.
    """
    codename = _codename()
    version = hashlib.sha256(" ".join(PACKAGES).encode()).hexdigest()[:8]
    path = os.path.join(FOLDER, f"dnscache-test-{codename}-{version}")
    with open(path + ".lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.isdir(path):
            if not shutil.which("debootstrap", path="/usr/sbin:/usr/bin"):
                raise tap.Skip("there is no debootstrap here")
            _make(path, codename)
        yield path
