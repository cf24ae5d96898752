#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A real Prometheus scrapes an outage: the text is right, the figures add up, every panel has data."""

import json
import os
import re
import subprocess
import sys

sys.path.append(sys.path[0] + "/../support")
import tap
import wire
from lab import Lab, name
from metrics import Metrics
from prometheus import SERIES_MAX, Prometheus
from stages import API_PORT, TOP
from tap import expect, expect_equal
from wait import wait_until

OPENMETRICS = {"Accept": "application/openmetrics-text;version=1.0.0"}
# All that promtool has to say: the ancestor's name, which boards ask for.
PROMTOOL_SAYS = ["dnscache_dns_request_duration_milliseconds use base unit "
                 '"seconds" instead of "milliseconds"']
ANCESTORS_PANELS = ["Loss", "Reply latency", "Cache", "Cache size", "Queries"]
GROWING = re.compile(r"_(total|bucket|count|sum)$")


def text_of(name):
    with open(os.path.join(TOP, "dashboards", name), encoding="utf-8") as file:
        return file.read()


def board():
    return json.loads(text_of("dnscache.json"))


def seconds_of(duration):
    return int(duration[:-1]) * {"s": 1, "m": 60, "h": 3600}[duration[-1]]


def promtool(*arguments, text=None):
    """Status and lines of what it says."""
    done = subprocess.run(["promtool", *arguments], input=text, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, encoding="utf-8", timeout=60, check=False)
    return done.returncode, done.stdout.splitlines()


def scrape(lab, headers=None):
    status, got, body = lab.stages.get("/metrics", headers)
    expect_equal(status, 200, "/metrics")
    return Metrics(body.decode()), got["Content-Type"], body.decode()


def growing(metrics):
    return {(sample, tuple(sorted(labels.items()))): value
            for sample, all_of_it in metrics.samples.items() if GROWING.search(sample)
            for labels, value in all_of_it}


def open_lab():
    lab = Lab(config="[matching]\ntimeout = 2s\n")
    try:
        lab.prometheus = Prometheus(lab.host, lab.folder, API_PORT)
        lab.prometheus.wait_until_scraping()
    except BaseException:
        lab.close()
        raise
    return lab


@tap.test
def counters_never_go_down_through_an_outage(lab):
    known = [(name(i), "A") for i in range(20)]
    unknown = [(f"unheard-of{i}.lab.test", "A") for i in range(5)]
    scrapes = []
    lab.load(known, 100, 2).finish()
    lab.stages.wait_until_known({text for text, _ in known})
    with lab.resolver.stopped():
        load = lab.load(known + unknown, 100, 5)
        while load.is_running():
            for headers in (None, OPENMETRICS):
                scrapes.append(scrape(lab, headers)[0])
        load.finish()
        wait_until("queries have failed", lambda: scrape(lab)[0].sum(
            "dnscache_unmatched_dns_queries_total") > 0, 5)
    with lab.resolver.ended(), lab.client.udp_socket() as udp: # its host says so, by ICMP
        udp.sendto(wire.query(1, "refused.lab.test"), (lab.resolver_box.address, wire.DNS_PORT))
        wait_until("a query drew an error", lambda: scrape(lab)[0].sum(
            "dnscache_dns_failures_total", reason="icmp_unreachable") > 0, 5)
    lab.wait_until_over()
    scrapes.append(scrape(lab)[0])
    expect(scrapes[-1].injected(trigger="timeout") and scrapes[-1].injected(trigger="failing"),
           "no rescue of both kinds: not the outage that was meant")
    for before, after in zip(scrapes, scrapes[1:]):
        before, after = growing(before), growing(after)
        shrunk = {key: (value, after.get(key)) for key, value in before.items()
                  if after.get(key, -1) < value}
        expect_equal(shrunk, {}, f"of {len(scrapes)} scrapes, samples that shrank or vanished")


@tap.test
def promtool_dislikes_one_name_only_and_that_is_the_ancestors(lab):
    _, content_type, text = scrape(lab)
    expect_equal(content_type, "text/plain; version=0.0.4; charset=utf-8", "Content-Type")
    expect_equal(promtool("check", "metrics", text=text)[1], PROMTOOL_SAYS, "promtool says")


@tap.test
def openmetrics_has_the_same_series_and_an_end(lab):
    plain, _, _ = scrape(lab)
    metrics, content_type, text = scrape(lab, OPENMETRICS)
    expect_equal(content_type, "application/openmetrics-text; version=1.0.0; charset=utf-8",
                 "Content-Type")
    expect(text.endswith("\n# EOF\n"), f"it ends with {text[-40:]!r}")
    expect_equal({key: [labels for labels, _ in samples] for key, samples in
                  metrics.samples.items()},
                 {key: [labels for labels, _ in samples] for key, samples in
                  plain.samples.items()}, "series")
    count = sum(map(len, metrics.samples.values()))
    tap.note(f"{count} series")
    expect(count <= SERIES_MAX, f"{count} series, at most {SERIES_MAX} are allowed")


@tap.test
def histograms_are_cumulative_and_end_with_their_count(lab):
    metrics = scrape(lab)[0]
    families = [sample.removesuffix("_bucket") for sample in metrics.samples
                if sample.endswith("_bucket")]
    expect(len(families) >= 3, f"histograms: {families}")
    for family in families:
        series = {}
        for labels, value in metrics.samples[f"{family}_bucket"]:
            rest = tuple(sorted((key, text) for key, text in labels.items() if key != "le"))
            series.setdefault(rest, []).append((float(labels["le"]), value))
        for rest, buckets in series.items():
            expect_equal(buckets, sorted(buckets), f"{family}{rest}: edges and counts ascend")
            expect(all(a[1] <= b[1] for a, b in zip(buckets, buckets[1:])), f"{family}: {buckets}")
            expect_equal(buckets[-1], (float("inf"), metrics.sum(f"{family}_count", **dict(rest))),
                         f"{family}{rest}: the last bucket")


@tap.test
def figures_add_up_at_rest(lab):
    metrics = lab.stages.settled()

    def total(family, **labels):
        return metrics.sum(f"dnscache_{family}_total", **labels)

    seen = total("bpf_events", result="seen")
    expect_equal(seen, total("bpf_events") - seen, "events seen, and what became of them")
    offered = sum(value for labels, value in metrics.samples["dnscache_ring_records_total"]
                  if labels["ring"].startswith("capture-"))
    lost = sum(value for labels, value in metrics.samples["dnscache_ring_dropped_records_total"]
               if labels["ring"].startswith("capture-"))
    expect_equal(offered, total("analyzer_packets") + total("analyzer_malformed_messages") + lost,
                 "records for analyzers, and what became of them")
    expect_equal(total("dns_requests"),
                 total("dns_matched_queries") + total("dns_unmatched_queries")
                 + total("dns_voided_queries") + total("dns_unfollowed_queries")
                 + metrics.sum("dnscache_dns_inflight_queries"), "queries, and how they ended")
    expect_equal(total("inject_orders"), total("orders"), "orders given, and what became of them")
    expect_equal(total("orders", result="sent"), total("injected_responses"), "orders sent")
    expect_equal(total("cache_requests"), total("cache_hit") + total("cache_miss"), "look-ups")


@tap.test
def the_ancestors_families_count_truly(lab):
    metrics = lab.stages.settled()
    for ancestors, ours, labels in (
            ("dns_queries", "dns_requests", {}), ("dns_replies", "dns_responses", {}),
            ("matched_dns_queries", "dns_matched_queries", {}),
            ("unmatched_dns_queries", "dns_unmatched_queries", {}),
            ("cache_hit", "cache_hits", {})):
        count = metrics.sum(f"dnscache_{ancestors}_total")
        expect(count > 0, f"{ancestors} stands at 0")
        expect_equal(count, metrics.sum(f"dnscache_{ours}_total", **labels), ancestors)
    expect_equal(metrics.sum("dnscache_cache_size"), metrics.sum("dnscache_cache_entries"),
                 "cache_size")
    expect(0 <= metrics.sum("dnscache_loss") <= 1, "loss is no share")
    count = metrics.sum("dnscache_dns_request_duration_milliseconds_count")
    total_ms = metrics.sum("dnscache_dns_request_duration_milliseconds_sum")
    expect_equal(count, metrics.sum("dnscache_matched_dns_queries_total"), "durations")
    expect(abs(total_ms / 1000 - metrics.sum("dnscache_dns_request_duration_seconds_sum")) < 1e-5
           and total_ms % 1 != 0, f"{total_ms} ms in all: fractions are lost")


@tap.test
def prometheus_scrapes_openmetrics_without_a_complaint(lab):
    lab.prometheus.wait_for_scrapes(2)
    target = lab.prometheus.target()
    expect_equal((target["health"], target["lastError"]), ("up", ""), "the target")
    # In OpenMetrics, and only there, a counter's family is called so.
    expect("dnscache_dns_queries" in lab.prometheus.get("/api/v1/metadata"), "it is no OpenMetrics")
    expect_equal(lab.prometheus.values("min_over_time(up[1h])"), [1], "scrapes that succeeded")
    expect_equal(lab.prometheus.log(), "", "Prometheus's log")


@tap.test
def every_query_of_the_board_returns_data(lab):
    panels = board()["panels"]
    expect_equal([panel["title"] for panel in panels][:5], ANCESTORS_PANELS, "the first panels")
    empty = [f"{panel['title']}: {target['expr']}" for panel in panels
             for target in panel["targets"]
             if not lab.prometheus.values(target["expr"].replace("$instance", ".*"))]
    expect_equal(empty, [], "queries without data")
    for panel in ("Rescues by trigger", "Failed and not answered, by reason", "Reply latency"):
        query = next(one for one in panels if one["title"] == panel)["targets"][0]["expr"]
        expect(any(lab.prometheus.values(query.replace("$instance", ".*"))), f"{panel}: all zero")


@tap.test
def every_window_holds_four_scrapes_of_the_shipped_prometheus(_lab):
    """The ancestor's panel with a window of one scrape was always empty."""
    interval = re.search(r"^ *scrape_interval: (\d+[smh])$", text_of("prometheus.yml"), re.M)
    expect(interval, "prometheus.yml has no scrape_interval")
    queries = [target["expr"] for panel in board()["panels"] for target in panel["targets"]]
    queries += text_of("dnscache.rules.yml").splitlines()
    windows = {(query, window) for query in queries
               for window in re.findall(r"\[(\d+[a-z]+)\]", query)}
    expect(len(windows) > 10, f"windows: {windows}")
    expect_equal([query for query, window in windows
                  if seconds_of(window) < 4 * seconds_of(interval[1])], [],
                 f"queries whose window holds fewer than four scrapes of {interval[1]}")


@tap.test
def alerts_are_valid_and_fire_when_they_should(_lab):
    for arguments in (("check", "rules", f"{TOP}/dashboards/dnscache.rules.yml"),
                      ("check", "config", f"{TOP}/dashboards/prometheus.yml"),
                      ("test", "rules", f"{TOP}/tests/support/alerts.test.yml")):
        status, lines = promtool(*arguments)
        expect(status == 0, f"promtool {' '.join(arguments)}: {lines}")


@tap.test
def restarts_of_a_stage_are_counted(lab):
    killed = lab.stages.kill("injector")
    wait_until("the injector is back", lambda: lab.stages.is_back("injector", killed), 5)
    metrics = lab.stages.metrics()
    expect_equal([(labels["stage"], value) for labels, value in
                  metrics.samples["dnscache_stage_restarts_total"]],
                 [("capture", 0), ("analyzer", 0), ("injector", 1), ("exporter", 0)], "restarts")


tap.main(open_lab)
