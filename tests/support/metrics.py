# SPDX-License-Identifier: BSD-2-Clause
"""Metrics -- what /metrics says, to ask for sums by labels."""

import re


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

    def has(self, name):
        return name in self.samples

    def watched(self):
        return int(self.sum("dnscache_watched_interfaces", role="edge"))

    def started(self, stage):
        return self.sum("dnscache_stage_start_time_seconds", stage=stage)

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
