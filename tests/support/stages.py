# SPDX-License-Identifier: BSD-2-Clause
"""Stages -- dnscache under its own supervisor, ./run, in a host namespace, and what it says."""

import collections
import glob
import http.client
import json
import os
import re
import signal
import socket
import time

from metrics import Metrics
from processes import children, is_alive
from wait import wait_for, wait_until

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
STAGE_NAMES = ("capture", "analyzer", "injector", "exporter")
API_PORT = 4000
READY_LIMIT_S = 10
STOP_LIMIT_S = 5
SETTLED_S = 0.3 # counters that stood still this long have been published
SETTLE_LIMIT_S = 20
SANITIZER_WORDS = ("AddressSanitizer", "LeakSanitizer", "runtime error:")


def build_folder():
    return os.environ.get("DNSCACHE_BUILD_DIR", os.path.join(TOP, "build"))


# Metrics that never explain a failure.
DULL = re.compile(r"_bucket|_timestamp_|_start_time_|_http_|_scrape_|_capacity_|_build_info")


Killed = collections.namedtuple("Killed", "pid started watched")


class Stages:
    def __init__(self, host, folder, instance, config="", api_port=API_PORT):
        self.host = host
        self.instance = instance
        self.config_path = os.path.join(folder, f"{instance}.conf")
        self.log_path = os.path.join(folder, f"{instance}.log")
        self.api_port = api_port
        self._run = None
        self._expected_deaths = 0
        if config is None:
            self.config_path = None # as ./run comes
        else:
            self.write_config(config)

    def write_config(self, config):
        """`config`: more lines for [global], and whole sections."""
        with open(self.config_path, "w", encoding="utf-8") as file:
            file.write(f"[global]\napi_listen_at = 127.0.0.1:{self.api_port}\n{config}")

    def _argv(self):
        config = ["--config", self.config_path] if self.config_path else []
        return [os.path.join(TOP, "run"), "--no-build", "--build-dir", build_folder(), *config]

    def _environment(self):
        return dict(os.environ, DNSCACHE_INSTANCE=self.instance)

    def start(self):
        with open(self.log_path, "ab") as log:
            self._run = self.host.start(self._argv(), stdout=log, stderr=log,
                                        env=self._environment())

    def start_on_terminal(self):
        """Start with a controlling terminal, which vanishes when what this returns is closed."""
        ours, theirs = os.openpty()
        # A session's leader takes the first terminal that it opens.
        argv = ["sh", "-c", 'exec "$@" <"$0"', os.ttyname(theirs), *self._argv()]
        with open(self.log_path, "ab") as log:
            self._run = self.host.start(argv, stdout=log, stderr=log, env=self._environment())
        self.wait_until_ready()
        os.close(theirs)
        return ours

    def start_again(self):
        """What a second ./run of this instance comes to."""
        return self.host.run(self._argv(), wanted=None, env=self._environment())

    def wait_until_watching(self, edges):
        try:
            wait_until(f"dnscache is ready and watches {edges} edges",
                       lambda: self.is_watching(edges), READY_LIMIT_S)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.describe()}") from None

    def wait_until_ready(self):
        wait_until("dnscache is ready", lambda: self.status_of("/-/ready") == 200, READY_LIMIT_S)

    def is_watching(self, edges):
        if self._run.poll() is not None:
            raise AssertionError(f"./run ended with status {self._run.returncode}:\n{self.log()}")
        if self.status_of("/-/ready") != 200:
            return False
        metrics = self.metrics()
        # What a worker finds in its ring when it comes to it is void: each says so once.
        attached = metrics.sum("dnscache_analyzer_blind_total", cause="epoch")
        return (metrics.watched() == edges
                and attached >= metrics.sum("dnscache_analyzer_workers") > 0)

    # What it says

    def get(self, path, headers=None):
        """Status, headers and body of an HTTP request from inside the host's namespace."""
        connection = http.client.HTTPConnection("127.0.0.1", self.api_port, timeout=5)
        connection.sock = self.host.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            connection.sock.settimeout(5)
            connection.sock.connect(("127.0.0.1", self.api_port))
            connection.request("GET", path, headers=headers or {})
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read()
        finally:
            connection.close()

    def status_of(self, path):
        """The status of a page, or None where nobody listens."""
        try:
            return self.get(path)[0]
        except (OSError, http.client.HTTPException):
            return None

    def metrics(self):
        status, _, body = self.get("/metrics")
        if status != 200:
            raise AssertionError(f"/metrics: status {status}")
        return Metrics(body.decode())

    def settled(self):
        """Metrics after the last packet has been counted; for quiet moments only."""
        end = time.monotonic() + SETTLE_LIMIT_S
        last = self.metrics()
        while time.monotonic() < end:
            wait_for(time.monotonic() + SETTLED_S)
            metrics = self.metrics()
            if all(one(metrics) == one(last) for one in
                   (Metrics.requests, Metrics.responses, Metrics.injected)):
                return metrics
            last = metrics
        raise AssertionError(f"packets still arrive after {SETTLE_LIMIT_S} s: not a quiet moment")

    def info(self, table):
        status, headers, body = self.get(f"/info/{table}")
        if status != 200 or not headers.get("Content-Type", "").startswith("application/json"):
            raise AssertionError(f"/info/{table}: status {status}, {headers}")
        return json.loads(body)

    def known(self):
        """The names in the cache."""
        return {row["domain"] for row in self.info("cache")}

    def knows(self, text, scope):
        """Whether the cache has an answer for this name in this scope."""
        return any(row["domain"] == text and row["scope"] == scope for row in self.info("cache"))

    def shared(self):
        """The names in the cache whose answers are good for their whole network."""
        return {row["domain"] for row in self.info("cache") if "client" not in row}

    def wait_until_known(self, names):
        """A learned answer is its client's alone for two seconds."""
        try:
            wait_until(f"{len(set(names))} names are shared, {', '.join(sorted(names)[:5])} ...",
                       lambda: set(names) <= self.shared(), 5)
        except AssertionError as error:
            rows = [row for row in self.info("cache") if row["domain"] in names]
            raise AssertionError(f"{error}; known: {rows}\n{self.describe()}") from None

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
        found = children(self._run.pid)
        return {name.removeprefix("dnscache-"): pid for name, pid in found.items()
                if name.removeprefix("dnscache-") in STAGE_NAMES}

    def kill(self, stage):
        """kill -9; returns what is_back() compares with."""
        pid = self.pids()[stage]
        metrics = self.metrics()
        self._expected_deaths += 1
        os.kill(pid, signal.SIGKILL)
        return Killed(pid, metrics.started(stage), metrics.watched())

    def send(self, stage, number):
        os.kill(self.pids()[stage], number)

    def is_back(self, stage, killed):
        """A new process of this stage is up; of capture: it watches as many interfaces as before."""
        if self.pids().get(stage) in (None, killed.pid) or self.status_of("/metrics") != 200:
            return False
        metrics = self.metrics()
        return (metrics.has("dnscache_watched_interfaces")
                and metrics.sum("dnscache_stage_up", stage=stage) == 1
                and metrics.started(stage) != killed.started
                and (stage != "capture" or metrics.watched() == killed.watched))

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
        for left in self.segments() + glob.glob(f"/run/dnscache-{self.instance}.*"):
            os.unlink(left) # of a ./run that was killed
        unexpected = self.unexpected()
        if unexpected:
            raise AssertionError("the stages' log has\n" + "\n".join(unexpected[:20]))
