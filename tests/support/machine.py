# SPDX-License-Identifier: BSD-2-Clause
"""Machine -- real systemd in a container (systemd-nspawn), with this build installed in it.

It boots in a second on a volatile overlay of a Debian tree and is gone without a trace when
it ends. Its network namespace is a lab's host: containers on a bridge, a resolver, a client.
"""

import collections
import contextlib
import os
import shutil
import subprocess
import tempfile

from debian_tree import debian_tree
from lab import Host, Lab
from stages import API_PORT, STAGE_NAMES, TOP, Stages, build_folder
import namespace
import tap
from wait import wait_until

BOOT_LIMIT_S = 30
COMMAND_LIMIT_S = 60
SHUTDOWN_LIMIT_S = 10
# No filter of nspawn's own around the units' (it would refuse bpf(2) to all); and the one cgroup
# hierarchy that Debian 12 has, on which IPAddressDeny= and DeviceAllow= work, whatever ours is.
ENVIRONMENT = {"SYSTEMD_SECCOMP": "0", "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"}
PROPERTIES = ("ActiveState", "SubState", "MainPID", "NRestarts", "Result", "StatusText",
              "StatusErrno", "InvocationID")

# What of a stage says whether it is the same process as before.
Life = collections.namedtuple("Life", "pid restarts")


def service(stage):
    return f"dnscache-{stage}.service"


class Machine:
    def __init__(self):
        self.leader = None # its PID 1, by our numbers
        self._stack = contextlib.ExitStack()
        try:
            self._boot(self._stack.enter_context(debian_tree()))
            self.install()
        except BaseException:
            self.close()
            raise

    def _boot(self, tree):
        if not shutil.which("systemd-nspawn"):
            raise tap.Skip("there is no systemd-nspawn here")
        self._log = self._stack.enter_context(tempfile.TemporaryFile(buffering=0))
        self._nspawn = subprocess.Popen(
            ["systemd-nspawn", "--boot", "--directory", tree, "--read-only", "--volatile=overlay",
             f"--machine=dnscache-test-{os.getpid()}", "--capability=all",
             "--system-call-filter=bpf", "--private-network", "--register=no", "--keep-unit",
             "--console=pipe"],
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log,
            env=dict(os.environ, **ENVIRONMENT), preexec_fn=namespace.die_with_parent)
        self._stack.callback(self._end)
        try:
            wait_until("the machine has booted", self._is_up, BOOT_LIMIT_S)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self._console()}") from None

    def _is_up(self):
        if self._nspawn.poll() is not None:
            raise tap.Skip(f"systemd-nspawn cannot work here: {self._console()[-300:]}")
        self.leader = self.leader or self._find_leader()
        return self.leader and self.run(["systemctl", "is-system-running"],
                                        wanted=None).stdout.strip() in ("running", "degraded")

    def _find_leader(self):
        """nspawn's child, once it has become the machine's init."""
        path = f"/proc/{self._nspawn.pid}/task/{self._nspawn.pid}/children"
        with open(path, encoding="ascii") as file:
            for child in file.read().split():
                try:
                    with open(f"/proc/{child}/comm", encoding="ascii") as comm:
                        if comm.read() == "systemd\n":
                            return int(child)
                except OSError: # it ended meanwhile
                    pass
        return None

    def install(self):
        """As a package would: files first, then what `meson install` does last."""
        subprocess.run(["meson", "install", "-C", build_folder(), "--no-rebuild", "--quiet",
                        "--destdir", self.path("/")], check=True, capture_output=True,
                       timeout=COMMAND_LIMIT_S)
        with open(os.path.join(TOP, "systemd/finish-install"), encoding="utf-8") as script:
            self.run(["sh", "-c", script.read()])

    def path(self, path):
        """Where we find a file of the machine."""
        return f"/proc/{self.leader}/root{path}"

    def write(self, path, text):
        os.makedirs(os.path.dirname(self.path(path)), exist_ok=True)
        with open(self.path(path), "w", encoding="utf-8") as file:
            file.write(text)

    def run(self, argv, wanted=0):
        """Run a program of the machine to its end. A status other than `wanted` is an error."""
        result = subprocess.run(["nsenter", "--target", str(self.leader), "--all", "--", *argv],
                                stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8",
                                errors="backslashreplace", timeout=COMMAND_LIMIT_S,
                                env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"})
        if wanted is not None and result.returncode != wanted:
            raise AssertionError(f"{argv}: status {result.returncode}\n"
                                 f"{result.stdout}{result.stderr}")
        return result

    def systemctl(self, *arguments, wanted=0):
        return self.run(["systemctl", "--no-pager", *arguments], wanted)

    def show(self, unit):
        text = self.systemctl("show", "--property", ",".join(PROPERTIES), unit).stdout
        return dict(line.split("=", 1) for line in text.splitlines())

    def is_active(self, stage):
        seen = self.show(service(stage))
        return (seen["ActiveState"], seen["SubState"]) == ("active", "running")

    def lives(self):
        """{stage: Life}, to compare: who was started anew?"""
        seen = {stage: self.show(service(stage)) for stage in STAGE_NAMES}
        return {stage: Life(int(one["MainPID"]), int(one["NRestarts"]))
                for stage, one in seen.items()}

    def journal(self, unit):
        return self.run(["journalctl", "--no-pager", "--output=cat", "--unit", unit]).stdout

    def processes(self):
        """Command lines of ours that run in the machine."""
        text = self.run(["ps", "-eo", "args"]).stdout
        return [line for line in text.splitlines() if "/dnscache-" in line.split()[0]]

    def segments(self):
        return sorted(name for name in os.listdir(self.path("/dev/shm")) if "dnscache" in name)

    def _console(self):
        self._log.seek(0)
        return self._log.read().decode(errors="backslashreplace")

    def describe(self):
        """For a test that failed: the units and the end of the journal."""
        units = self.systemctl("list-units", "--all", "dnscache*", wanted=None).stdout
        lines = self.run(["journalctl", "--no-pager", "--lines=30"], wanted=None).stdout
        return units + lines

    def _end(self):
        self._nspawn.terminate() # an orderly shutdown
        try:
            self._nspawn.wait(SHUTDOWN_LIMIT_S)
        except subprocess.TimeoutExpired:
            self._nspawn.kill() # and the kernel whatever lives in its namespaces
            self._nspawn.wait()

    def close(self):
        self._stack.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class MachineHost(Host):
    """The machine's network, for a lab. Programs in it are ours, not the machine's."""

    def __init__(self, machine, mtu):
        self.name = "machine"
        self._children = []
        self._machine = machine
        self._net = os.open(f"/proc/{machine.leader}/ns/net", os.O_RDONLY)
        self._mount = os.open("/proc/self/ns/mnt", os.O_RDONLY)
        self.prepare(mtu)

    @property
    def pid(self):
        return self._machine.leader

    def stop(self):
        self.end_children()


class MachineStages(Stages):
    """dnscache under systemd, as what it says over HTTP."""

    def __init__(self, host, machine):
        self.host = host
        self.api_port = API_PORT
        self.machine = machine

    def describe(self):
        return self.machine.describe()


class MachineLab(Lab):
    """A lab whose host is a machine."""

    def __init__(self):
        self.machine = Machine()
        super().__init__(resolver_at="uplink", with_stages=False, title="machine")
        self.stages = MachineStages(self.host, self.machine)

    def _make_host(self, resolver_ip):
        return MachineHost(self.machine, self._mtu)

    def describe(self):
        return self.machine.describe()

    def close(self):
        super().close()
        self.machine.close()
