#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""SIGHUP: a good configuration is in force at once, a bad one changes nothing and says so."""

import os
import re
import signal
import subprocess
import sys
import time

sys.path.append(sys.path[0] + "/../support")
import clients
import tap
import wire
import variant
from config_mistakes import MISTAKES
from lab import Lab, addresses_of, name
from processes import is_alive
from stages import STAGE_NAMES, build_folder
from tap import expect, expect_equal
from wait import wait_until

RELOAD_LIMIT_S = 5
STORM_S = 2
RELOADS_IN_A_STORM_MAX = 5 # a second: a storm is not a flood of lines


def lines(lab, text, stage=""):
    """How many lines of the log have this text."""
    return sum(text in line and line.startswith(f"dnscache-{stage}")
               for line in lab.stages.log().splitlines())


def reload(lab, config, stage=None):
    """Write the configuration and send SIGHUP to one stage, or by ./run to all."""
    lab.stages.write_config(config)
    hang_up(lab, stage)


def hang_up(lab, stage=None):
    os.kill(lab.stages.pids()[stage] if stage else lab.stages.supervisor(), signal.SIGHUP)


def wait_for_line(lab, text, stage="", more_than=0):
    wait_until(f"dnscache-{stage} logs '{text}' once more\n{lab.stages.log()[-3000:]}",
               lambda: lines(lab, text, stage) > more_than, RELOAD_LIMIT_S)


def wait_for_reload(lab, config, stages=STAGE_NAMES):
    before = {stage: lines(lab, "configuration reloaded", stage) for stage in stages}
    reload(lab, config)
    for stage, count in before.items():
        wait_for_line(lab, "configuration reloaded", stage, count)


@tap.test
def a_new_mode_is_in_force_without_restart(lab):
    wait_for_reload(lab, "mode = observe\n")
    for i in range(3):
        clients.getent(lab.client, name(i))
    lab.stages.wait_until_known([name(i) for i in range(3)])
    pids = lab.stages.pids()
    injected = lab.stages.metrics().injected()
    with lab.resolver.stopped():
        found = clients.dig(lab.client, name(0), "A", "+tries=1", "+time=3")
        expect("timed out" in found.text, f"answered while only observing: {found.text}")
        expect_equal(lab.stages.metrics().injected(), injected, "replies while observing")
        wait_for_reload(lab, "mode = rescue\n")
        found = clients.getent(lab.client, name(1))
        expect_equal(found.addresses, addresses_of(name(1)), found.text)
    expect_equal(lab.stages.pids(), pids, "the same processes")
    wait_for_line(lab, "configuration reloaded: global.mode observe -> rescue", "analyzer")
    wait_for_line(lab, "configuration reloaded: nothing changes for injector", "injector")
    lab.wait_until_over()


@tap.test
def a_bad_file_changes_nothing_and_says_so(lab):
    refused = lines(lab, "configuration not reloaded: the old one stays")
    reload(lab, "mode = observe\nlog = loud\nworker = 99\n")
    wait_until("all stages say that the old one stays", lambda: lines(
        lab, "configuration not reloaded: the old one stays") == refused + 4, RELOAD_LIMIT_S)
    for stage in STAGE_NAMES:
        for mistake in (":4: global.log: 'loud' ", ":5: global.worker: '99' "):
            expect_equal(lines(lab, lab.stages.config_path + mistake, stage), 1,
                         f"lines of {stage} about {mistake}")
    metrics = lab.stages.settled()
    for stage in STAGE_NAMES:
        expect_equal(metrics.sum("dnscache_config_last_reload_successful", stage=stage), 0,
                     f"last reload of {stage} successful")
    for i in range(2):
        clients.getent(lab.client, name(i))
    with lab.resolver.stopped():
        found = clients.getent(lab.client, name(1))
        expect_equal(found.addresses, addresses_of(name(1)), f"still rescued: {found.text}")
    lab.wait_until_over()


@tap.test
def a_file_that_is_right_again_is_taken(lab):
    wait_for_reload(lab, "mode = rescue\n")
    wait_until("every stage's last reload was successful", lambda: lab.stages.metrics().sum(
        "dnscache_config_last_reload_successful") == 4, RELOAD_LIMIT_S)
    for stage in STAGE_NAMES:
        age = time.time() - lab.stages.metrics().sum(
            "dnscache_config_last_reload_success_timestamp_seconds", stage=stage)
        expect(-1 <= age <= RELOAD_LIMIT_S + 5, f"{stage} was reloaded {age:.1f} s ago")


@tap.test
def keys_that_take_a_restart_are_named_by_their_users_and_wait(lab):
    variant.write_drop_in(lab.folder, worker=int(variant.chosen()["worker"]) + 1)
    wait_for_reload(lab, "mode = rescue\n[cache]\ncapacity = 99\nttl = 1h\n")
    wait_for_line(lab, "takes effect when analyzer restarts: global.worker, cache.capacity",
                  "analyzer")
    wait_for_line(lab, "takes effect when capture restarts: global.worker", "capture")
    wait_for_line(lab, "configuration reloaded: cache.ttl 1d -> 1h", "analyzer")
    expect_equal(lines(lab, "takes effect when injector"), 0, "lines of injector")
    expect_equal(lab.stages.settled().sum("dnscache_cache_capacity_entries"), 16384,
                 "capacity of the cache")
    variant.write_drop_in(lab.folder)
    wait_for_reload(lab, "mode = rescue\n")


@tap.test
def another_choice_of_interfaces_is_followed(lab):
    wait_for_reload(lab, f"interface = {lab.client.edge}\n")
    wait_until("only the client's edge is watched", lambda: lab.stages.is_watching(1),
               RELOAD_LIMIT_S)
    wait_for_line(lab, f"global.interface auto -> {lab.client.edge}", "capture")
    wait_for_reload(lab, "interface = nosuch0\n")
    wait_until("nothing is watched", lambda: lab.stages.is_watching(0), RELOAD_LIMIT_S)
    wait_for_reload(lab, "")
    wait_until("every edge is watched", lambda: lab.stages.is_watching(len(lab.containers)),
               RELOAD_LIMIT_S)


@tap.test
def responses_that_came_while_an_edge_was_not_watched_are_no_failures(lab):
    server = (lab.resolver_box.address, wire.DNS_PORT)
    names = [name(7), name(8)]
    times = "[rescue]\nfailed_after = 3s\nanswer_after = 4s\n"
    wait_for_reload(lab, times)
    with lab.client.udp_socket() as udp:
        for number, text in enumerate(names):
            udp.sendto(wire.query(number, text), server)
            udp.recv(4096)
        lab.stages.wait_until_known(names)
        before = lab.stages.settled()
        with lab.resolver.stopped():
            for number, text in enumerate(names):
                udp.sendto(wire.query(10 + number, text), server)
            wait_until("both queries are seen", lambda: (
                lab.stages.metrics().requests() == before.requests() + 2), 2)
            gone = lines(lab, "no longer watching v-client", "capture")
            wait_for_reload(lab, "interface = nosuch0\n" + times)
            wait_until("its taps are gone", lambda: lines(
                lab, "no longer watching v-client", "capture") == gone + 1, RELOAD_LIMIT_S)
        for _ in names:
            udp.recv(4096)
        wait_for_reload(lab, times)
        wait_until("every edge is watched",
                   lambda: lab.stages.is_watching(len(lab.containers)), RELOAD_LIMIT_S)
        wait_until("both have been given up", lambda: (
            lab.stages.metrics().sum("dnscache_dns_voided_queries_total")
            == before.sum("dnscache_dns_voided_queries_total") + 2), 8)
    after = lab.stages.settled()
    expect_equal(after.injected(), before.injected(), "replies of ours")
    expect_equal(after.silent(), 0, "silent resolvers")
    wait_for_reload(lab, "")


@tap.test
def the_level_of_the_log_changes_at_once(lab):
    wait_for_reload(lab, "log = error\n")
    wait_for_line(lab, "global.log info -> error", "injector")
    # A good reload says nothing at this level: the metrics tell of it.
    last = lab.stages.settled().sum("dnscache_log_messages_total")
    hang_up(lab)
    expect_equal(lab.stages.settled().sum("dnscache_log_messages_total"), last, "lines logged")
    wait_for_reload(lab, "log = debug\n")
    wait_for_line(lab, "global.log error -> debug", "injector")
    wait_for_reload(lab, "")


@tap.test
def each_stage_reports_as_often_as_it_is_told(lab):
    reports = {"capture": "watching 2 edges, ", "analyzer": "loss 0.00%  matching 0  matched ",
               "injector": "sent ", "exporter": "listening at 127.0.0.1:4000, "}
    lab.restart_stages()
    for stage, text in reports.items():
        expect_equal(lines(lab, text, stage), 0, f"reports of {stage} within a minute")
    clients.getent(lab.client, name(5))
    wait_for_reload(lab, "report_interval = 500ms\n")
    for stage, text in reports.items():
        wait_for_line(lab, text, stage, 2)
    wait_for_reload(lab, "report_interval = 0s\n")
    before = {stage: lines(lab, text, stage) for stage, text in reports.items()}
    lab.stages.settled()
    expect_equal({stage: lines(lab, text, stage) for stage, text in reports.items()}, before,
                 "reports that nobody wants")
    log = lab.stages.log()
    for pattern in (r"^dnscache-capture: watching 2 edges, \d+(\.\d)?[kM]? packets/s, \d+ lost$",
                    r"^dnscache-analyzer: loss \d+\.\d\d%  matching \d+  matched \d+  "
                    r"unmatched \d+  cached \d+  silent \d+$",
                    r"^dnscache-injector: sent \d+ replies \(\d+ in the last minute\), \d+ failed$",
                    r"^dnscache-exporter: listening at 127\.0\.0\.1:4000, \d+ requests$"):
        expect(re.search(pattern, log, re.MULTILINE), f"no line {pattern}")


@tap.test
def a_storm_of_signals_does_no_harm(lab):
    wait_for_reload(lab, "")
    pids = lab.stages.pids()
    reloads = lines(lab, "configuration reloaded", "analyzer")
    started = time.monotonic()
    while time.monotonic() < started + STORM_S:
        for pid in pids.values():
            os.kill(pid, signal.SIGHUP)
    clients.getent(lab.client, name(7))
    reload(lab, "report_interval = 2m\n")
    wait_for_line(lab, "global.report_interval 1m -> 2m", "analyzer")
    seconds = time.monotonic() - started
    count = lines(lab, "configuration reloaded", "analyzer") - reloads
    tap.note(f"{count} reloads in {seconds:.2f} s")
    expect(count <= 2 + seconds * RELOADS_IN_A_STORM_MAX, f"{count} reloads in {seconds:.2f} s")
    expect_equal(lab.stages.pids(), pids, "the same processes")
    wait_until("all is well", lambda: lab.stages.is_watching(len(lab.containers)), RELOAD_LIMIT_S)


@tap.test
def signals_at_the_start_are_neither_lost_nor_fatal(lab):
    lab.stages.close()
    lab.stages = lab.new_stages()
    lab.stages.start()
    # Before the stages ./run has the exporter check the configuration, which no signal is for.
    wait_until("the first stage is there", lambda: "analyzer" in lab.stages.pids(), RELOAD_LIMIT_S)
    lab.stages.write_config("interface = v-client\n")
    end = time.monotonic() + 10
    while time.monotonic() < end and lab.stages.status_of("/-/ready") != 200:
        for pid in lab.stages.pids().values():
            os.kill(pid, signal.SIGHUP)
    lab.stages.wait_until_watching(1)
    expect("ended with" not in lab.stages.log(), lab.stages.log())


@tap.test
def drop_ins_are_read_and_their_mistakes_named(lab):
    drop_in = os.path.join(lab.folder, "conf.d", "10-log.conf")
    with open(drop_in, "w", encoding="utf-8") as file:
        file.write("[global]\nlog = debug\n")
    wait_for_reload(lab, "log = error\n")
    wait_for_line(lab, "global.log info -> debug", "capture")
    with open(drop_in, "w", encoding="utf-8") as file:
        file.write("[global]\nlog = loud\n")
    hang_up(lab, "injector")
    wait_for_line(lab, f"{drop_in}:2: global.log: 'loud' ", "injector")
    os.unlink(drop_in)
    wait_for_reload(lab, "")


@tap.test
def every_mistake_is_one_line_and_status_2(lab):
    path = os.path.join(lab.folder, "mistake.conf")
    expect(len(MISTAKES) >= 40, f"only {len(MISTAKES)} mistakes")
    for text, start in MISTAKES:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        result = subprocess.run(
            [os.path.join(build_folder(), "analyzer", "dnscache-analyzer"), "--check-config",
             "--config", path], capture_output=True, encoding="utf-8", timeout=10, check=False)
        expect_equal(result.returncode, 2, f"status of {text!r}: {result.stderr}")
        found = result.stderr.splitlines()
        expect(len(found) == 1 and found[0].startswith(f"{path}:{start}"),
               f"{text!r}: wanted one line '{path}:{start}...', saw {found}")
        expect_equal(result.stdout, "", f"standard output of {text!r}")


@tap.test
def a_supervisor_without_its_terminal_stops(lab):
    lab.stages.close()
    lab.stages = lab.new_stages()
    terminal = lab.stages.start_on_terminal()
    lab.stages.wait_until_watching(len(lab.containers))
    pids = lab.stages.pids()
    hang_up(lab)
    wait_for_line(lab, "configuration reloaded", "capture")
    os.close(terminal)
    wait_until("all is over", lambda: not lab.stages.is_running(), RELOAD_LIMIT_S)
    expect(not any(is_alive(pid) for pid in pids.values()), "a stage is still there")
    expect_equal(lab.stages.segments(), [], "segments")


tap.main(Lab)
