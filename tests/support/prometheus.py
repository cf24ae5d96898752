# SPDX-License-Identifier: BSD-2-Clause
"""Prometheus -- Debian's, inside a namespace, scraping dnscache every two seconds; it ends with the lab."""

import http.client
import json
import os
import shutil
import socket
import urllib.parse

from wait import wait_until

READY_LIMIT_S = 30
SERIES_MAX = 500 # a scrape with more fails


class Prometheus:
    def __init__(self, namespace, folder, target_port):
        self._namespace = namespace
        with namespace.socket(socket.AF_INET, socket.SOCK_STREAM) as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        config = os.path.join(folder, "prometheus.yml")
        with open(config, "w", encoding="utf-8") as file:
            file.write(f"""
global: {{scrape_interval: 2s, scrape_timeout: 2s}}
scrape_configs:
  - job_name: dnscache
    sample_limit: {SERIES_MAX}
    static_configs: [{{targets: ["127.0.0.1:{target_port}"]}}]
""")
        self._log_path = os.path.join(folder, "prometheus.log")
        self._log = open(self._log_path, "wb")
        self._process = namespace.start(
            [shutil.which("prometheus"), f"--config.file={config}", "--log.level=warn",
             f"--web.listen-address=127.0.0.1:{self._port}",
             f"--storage.tsdb.path={folder}/prometheus", "--storage.tsdb.retention.time=1h"],
            stdout=self._log, stderr=self._log,
            env=dict(os.environ, GOMAXPROCS="1", GOMEMLIMIT="200MiB"))

    def get(self, path, **arguments):
        """The data of an API call."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
        connection.sock = self._namespace.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            connection.sock.settimeout(10)
            connection.sock.connect(("127.0.0.1", self._port))
            connection.request("GET", f"{path}?{urllib.parse.urlencode(arguments)}")
            answer = json.load(connection.getresponse())
        finally:
            connection.close()
        if answer["status"] != "success":
            raise AssertionError(f"Prometheus: {path} {arguments}: {answer}")
        return answer["data"]

    def values(self, query):
        """What a query returns now: numbers, without those that are none."""
        found = [float(one["value"][1])
                 for one in self.get("/api/v1/query", query=query)["result"]]
        return [value for value in found if value == value]

    def target(self):
        """State of the only target, or None while there is no API."""
        if self._process.poll() is not None:
            raise AssertionError(f"Prometheus ended:\n{self.log()}")
        try:
            targets = self.get("/api/v1/targets")["activeTargets"]
        except (OSError, ValueError, http.client.HTTPException):
            return None
        return targets[0] if targets else None

    def wait_until_scraping(self):
        wait_until("Prometheus has scraped dnscache",
                   lambda: (self.target() or {}).get("health") == "up", READY_LIMIT_S)

    def wait_for_scrapes(self, count):
        """As many more, whole."""
        counted = 'sum(count_over_time(up{job="dnscache"}[1h]))'
        before = sum(self.values(counted))
        wait_until(f"{count} more scrapes", lambda: sum(self.values(counted)) >= before + count,
                   10 + 3 * count)

    def log(self):
        with open(self._log_path, encoding="utf-8", errors="backslashreplace") as file:
            return file.read()
