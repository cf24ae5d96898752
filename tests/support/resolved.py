# SPDX-License-Identifier: BSD-2-Clause
"""Resolved -- Debian's systemd-resolved inside one container, and nowhere else.

Its package must not be installed on the machine that tests: it would take over
/etc/resolv.conf. So it is unpacked into a folder, and started with /run, its configuration
and its user of its own. There is no D-Bus; its stub on 127.0.0.53 is asked.
"""

import os
import re
import shutil
import subprocess

import tap

PACKAGES = ("systemd-resolved", "libsystemd-shared")
STUB = "127.0.0.53"
USER = "systemd-resolve"

# In the container's mount namespace, once.
PRIVATE_PLACES = f"""
set -e
mount -t tmpfs none /run
mkdir /run/systemd
mount -t tmpfs none /etc/systemd
cp /etc/passwd /run/passwd
grep -q '^{USER}:' /run/passwd || echo '{USER}:x:65533:65533::/:/usr/sbin/nologin' >>/run/passwd
mount --bind /run/passwd /etc/passwd
cat >/etc/systemd/resolved.conf
"""

CONFIG = """[Resolve]
DNS={resolver}
FallbackDNS=
Domains=~.
Cache=no
DNSSEC=no
DNSOverTLS=no
LLMNR=no
MulticastDNS=no
ReadEtcHosts=no
"""


class Resolved:
    def __init__(self, box, folder, resolver_ip):
        self._box = box
        self._tree = os.path.join(folder, "resolved")
        self._log_path = os.path.join(folder, "resolved.log")
        self._unpack()
        box.run(["sh", "-c", PRIVATE_PLACES], text=CONFIG.format(resolver=resolver_ip))
        self._process = None
        self.start()

    def _unpack(self):
        if not shutil.which("apt-get"):
            raise tap.Skip("this machine is not Debian: where would systemd-resolved come from?")
        os.mkdir(self._tree)
        fetched = self._fetch()
        if fetched.returncode != 0: # lists that are absent or old
            subprocess.run(["apt-get", "update"], capture_output=True)
            fetched = self._fetch()
        if fetched.returncode != 0:
            raise tap.Skip("apt-get cannot fetch systemd-resolved (no network?): "
                           + " ".join(fetched.stderr.splitlines()[-1:]))
        for name in os.listdir(self._tree):
            subprocess.run(["dpkg", "-x", name, "."], cwd=self._tree, check=True)

    def _fetch(self):
        return subprocess.run(
            ["apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", *PACKAGES],
            cwd=self._tree, capture_output=True, encoding="utf-8", errors="replace")

    def start(self):
        """A daemon that knows nothing of its server; its log is new, too."""
        libraries = subprocess.run(["find", self._tree, "-name", "libsystemd-shared-*"],
                                   check=True, capture_output=True, encoding="utf-8").stdout
        environment = dict(os.environ, SYSTEMD_LOG_LEVEL="debug", SYSTEMD_LOG_TARGET="console",
                           LD_LIBRARY_PATH=os.path.dirname(libraries.split()[0]))
        with open(self._log_path, "wb") as log:
            self._process = self._box.start(
                [os.path.join(self._tree, "lib/systemd/systemd-resolved")], stdout=log,
                stderr=log, env=environment)

    def restart(self):
        self._process.terminate()
        self._process.wait()
        self.start()

    def is_listening(self):
        return re.search(rf"^\w+ +\d+ +\d+ +{re.escape(STUB)}(%lo)?:53 ",
                         self._box.run(["ss", "-Hlnu"]).stdout, re.MULTILINE)

    def log(self):
        with open(self._log_path, encoding="utf-8", errors="replace") as file:
            return file.read()
