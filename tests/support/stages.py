# SPDX-License-Identifier: BSD-2-Clause
"""Stages -- dnscache under its own supervisor, ./run, in a host namespace; what it says of itself."""

import glob
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import time

from wait import wait_until

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
STAGE_NAMES = ("capture", "analyzer", "injector", "exporter")
API_PORT = 4000
READY_LIMIT_S = 10
STOP_LIMIT_S = 5
SETTLED_S = 0.3 # counters that stood still this long have been published
PROGRAM_NAME = "dns_tap" # our BPF programs' names begin so
SANITIZER_WORDS = ("AddressSanitizer", "LeakSanitizer", "runtime error:")


def is_alive(pid):
    """Running, and no corpse that waits for its parent."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def build_folder():
    return os.environ.get("DNSCACHE_BUILD_DIR", os.path.join(TOP, "build"))


def programs_loaded():
    """Ids of all BPF programs on this machine that carry our name."""
    text = subprocess.run(["bpftool", "-j", "prog", "show"], check=True, capture_output=True).stdout
    return {program["id"] for program in json.loads(text)
            if program.get("name", "").startswith(PROGRAM_NAME)}


def programs_held(pid):
    """Ids of the BPF programs that a process holds, itself or by a link."""
    held = set()
    for path in glob.glob(f"/proc/{pid}/fdinfo/*"):
        try:
            with open(path, encoding="ascii") as file:
                held |= {int(line.split()[1]) for line in file if line.startswith("prog_id:")}
        except OSError: # closed, or ended, meanwhile
            pass
    return held


def programs_left():
    """Programs of ours without a living capture, of this or another instance, that holds them."""
    left = programs_loaded()
    for exe in glob.glob("/proc/[0-9]*/exe"):
        try:
            if os.path.basename(os.readlink(exe)) == "dnscache-capture":
                left -= programs_held(exe.split("/")[2])
        except OSError:
            pass
    return left


# Metrics that never explain a failure.
DULL = re.compile(r"_bucket|_timestamp_|_start_time_|_http_|_scrape_|_capacity_|_build_info")


class Metrics:
    """One scrape: samples[name] = [(labels, value), ...]."""

    SAMPLE = re.compile(r'^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$')
    LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')

    def __init__(self, text):
        self.text = text
        self.samples = {}
        for line in text.splitlines():
            match = self.SAMPLE.match(line)
            if match:
                labels = dict(self.LABEL.findall(match[2] or ""))
                self.samples.setdefault(match[1], []).append((labels, float(match[3])))

    def sum(self, name, **wanted):
        """The sum of a family's samples that have these labels. The family must exist."""
        if name not in self.samples:
            raise AssertionError(f"/metrics has no {name}:\n{self.text}")
        return sum(value for labels, value in self.samples[name]
                   if wanted.items() <= labels.items())

    def injected(self, **wanted):
        return int(self.sum("dnscache_injected_responses_total", **wanted))

    def requests(self):
        return int(self.sum("dnscache_dns_requests_total"))

    def responses(self):
        return int(self.sum("dnscache_dns_responses_total"))

    def refused(self, **wanted):
        return int(self.sum("dnscache_dns_refused_responses_total", **wanted))

    def unsolicited(self):
        return int(self.sum("dnscache_dns_unsolicited_responses_total"))

    def not_learned(self):
        """{reason: how many responses taught nothing for it}"""
        return {labels["reason"]: int(value)
                for labels, value in self.samples["dnscache_cache_drops_total"]}

    def silent(self):
        return int(self.sum("dnscache_silent_resolvers"))


class Stages:
    def __init__(self, host, folder, instance, config="", api_port=API_PORT):
        self.host = host
        self.instance = instance
        self.config_path = os.path.join(folder, f"{instance}.conf")
        self.log_path = os.path.join(folder, f"{instance}.log")
        self._api_port = api_port
        self._run = None
        self._expected_deaths = 0
        with open(self.config_path, "w", encoding="utf-8") as file:
            file.write(f"[global]\napi_listen_at = 127.0.0.1:{api_port}\n{config}")

    def _argv(self):
        return [os.path.join(TOP, "run"), "--no-build", "--build-dir", build_folder(),
                "--config", self.config_path]

    def _environment(self):
        return dict(os.environ, DNSCACHE_INSTANCE=self.instance)

    def start(self):
        with open(self.log_path, "ab") as log:
            self._run = self.host.start(self._argv(), stdout=log, stderr=log,
                                        env=self._environment())

    def start_again(self):
        """What a second ./run of this instance comes to."""
        return self.host.run(self._argv(), wanted=None, env=self._environment())

    def wait_until_watching(self, edges):
        try:
            wait_until(f"dnscache is ready and watches {edges} edges",
                       lambda: self.is_watching(edges), READY_LIMIT_S)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.describe()}") from None

    def is_watching(self, edges):
        if self._run.poll() is not None:
            raise AssertionError(f"./run ended with status {self._run.returncode}:\n{self.log()}")
        try:
            return (self.get("/-/ready")[0] == 200
                    and self.metrics().sum("dnscache_watched_interfaces") == edges)
        except (OSError, http.client.HTTPException):
            return False

    # What it says

    def get(self, path, headers=None):
        """Status, headers and body of an HTTP request from inside the host's namespace."""
        connection = http.client.HTTPConnection("127.0.0.1", self._api_port, timeout=5)
        connection.sock = self.host.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            connection.sock.settimeout(5)
            connection.sock.connect(("127.0.0.1", self._api_port))
            connection.request("GET", path, headers=headers or {})
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read()
        finally:
            connection.close()

    def metrics(self):
        status, _, body = self.get("/metrics")
        if status != 200:
            raise AssertionError(f"/metrics: status {status}")
        return Metrics(body.decode())

    def settled(self):
        """Metrics after the last packet has been counted; for quiet moments only."""
        last = self.metrics()
        while True:
            time.sleep(SETTLED_S)
            metrics = self.metrics()
            if all(one(metrics) == one(last) for one in
                   (Metrics.requests, Metrics.responses, Metrics.injected)):
                return metrics
            last = metrics

    def info(self, table):
        status, headers, body = self.get(f"/info/{table}")
        if status != 200 or not headers.get("Content-Type", "").startswith("application/json"):
            raise AssertionError(f"/info/{table}: status {status}, {headers}")
        return json.loads(body)

    def known(self):
        """The names in the cache."""
        return {row["domain"] for row in self.info("cache")}

    def wait_until_known(self, names):
        wait_until(f"{len(set(names))} names are in the cache, {', '.join(sorted(names)[:5])} ...",
                   lambda: set(names) <= self.known(), 3)

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="backslashreplace") as file:
            return file.read()

    def describe(self):
        """The state of things, for a test that failed."""
        lines = ["log of the stages, its end:"] + self.log().splitlines()[-30:]
        try:
            lines += ["metrics that are not 0:"] + [
                f"{name}{labels or ''} {value:g}"
                for name, samples in self.metrics().samples.items()
                for labels, value in samples if value and not DULL.search(name)]
        except (OSError, http.client.HTTPException, AssertionError) as error:
            lines.append(f"no metrics: {error}")
        return "\n".join(lines)

    # Processes

    def supervisor(self):
        """The pid of ./run."""
        return self._run.pid

    def is_running(self):
        return self._run is not None and self._run.poll() is None

    def status(self):
        """The exit status of ./run."""
        return self._run.returncode

    def pids(self):
        """{stage: pid} of the stages that run now."""
        found = {}
        for path in glob.glob("/proc/[0-9]*/stat"):
            try:
                with open(path, encoding="ascii", errors="replace") as file:
                    fields = file.read().rpartition(")")[2].split()
                binary = os.path.basename(os.readlink(os.path.dirname(path) + "/exe"))
            except OSError: # it ended meanwhile
                continue
            stage = binary.removeprefix("dnscache-")
            if fields[0] != "Z" and int(fields[1]) == self._run.pid and stage in STAGE_NAMES:
                found[stage] = int(path.split("/")[2])
        return found

    def kill(self, stage, number=signal.SIGKILL):
        """Returns the pid that was."""
        pid = self.pids()[stage]
        self._expected_deaths += 1
        os.kill(pid, number)
        return pid

    def send(self, stage, number):
        os.kill(self.pids()[stage], number)

    def is_back(self, stage, old_pid):
        """A new process, and it is running: its status segment is fresh."""
        pid = self.pids().get(stage)
        if pid in (None, old_pid):
            return False
        try:
            return self.metrics().sum("dnscache_stage_up", stage=stage) == 1
        except (OSError, http.client.HTTPException):
            return False

    def segments(self):
        return glob.glob(f"/dev/shm/dnscache-{self.instance}.*")

    def ignore_deaths(self):
        self._expected_deaths = float("inf")

    def unexpected(self):
        """Lines of the log that no test should see: deaths nobody caused, sanitizer reports."""
        lines = self.log().splitlines()
        deaths = [line for line in lines if " ended with " in line]
        reports = [line for line in lines if any(word in line for word in SANITIZER_WORDS)]
        return (deaths if len(deaths) > self._expected_deaths else []) + reports

    def stop(self, number=signal.SIGINT):
        """As Ctrl-C does: a signal to the whole foreground process group."""
        os.killpg(self._run.pid, number)
        self._run.wait(STOP_LIMIT_S)

    def kill_all(self):
        """kill -9 of ./run, and the kernel's of its stages: segments stay."""
        pids = self.pids().values()
        self._run.kill()
        self._run.wait()
        wait_until("the stages have died with ./run",
                   lambda: not any(is_alive(pid) for pid in pids), 1)

    def close(self):
        if self.is_running():
            self.stop()
        if self._run is None:
            return
        self._run = None
        for left in self.segments(): # of a ./run that was killed
            os.unlink(left)
        unexpected = self.unexpected()
        if unexpected:
            raise AssertionError("the stages' log has\n" + "\n".join(unexpected[:20]))
