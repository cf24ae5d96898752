#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Real systemd: start, rescue, logs, reload, restart, stop, and nothing left."""

import os
import sys

sys.path.append(sys.path[0] + "/../support")
import clients
import tap
from lab import addresses_of, name
from machine import MachineLab, service
from processes import programs_held, programs_loaded
from stages import API_PORT, STAGE_NAMES
from tap import expect, expect_equal, expect_within
from wait import wait_until

CONFIG = "/etc/dnscache/dnscache.conf"
CAP_BITS = {"capture": {12, 13, 38, 39}, "injector": {13}, "analyzer": set(), "exporter": set()}
OTHER_PORT = 4001
STATUS = {"capture": "watching 1 ", "analyzer": "matching 0  matched ", "injector": "sent ",
          "exporter": "listening at 127.0.0.1:4000, "}
UP_LIMIT_S = 20
DOWN_LIMIT_S = 10


def wait_until_up(lab):
    wait_until("four stages are ready and every edge is watched", lambda: (
        lab.stages.status_of("/-/ready") == 200
        and lab.stages.metrics().watched() == len(lab.containers)), UP_LIMIT_S)


def is_gone(lab):
    return not lab.machine.processes() and not lab.machine.segments()


@tap.test
def systemd_finds_no_mistake_in_the_units(lab):
    result = lab.machine.run(["systemd-analyze", "verify", "--man=no", "dnscache.target",
                              "dnscache-exporter.socket", "dnscache-segments.service",
                              *map(service, STAGE_NAMES)])
    expect_equal(result.stdout + result.stderr, "", "systemd-analyze verify")


@tap.test
def one_start_brings_four_services_up(lab):
    lab.machine.systemctl("start", "dnscache.target")
    for stage in STAGE_NAMES: # start returns when all have said READY=1
        expect(lab.machine.is_active(stage), f"{stage}: {lab.machine.show(service(stage))}")
    wait_until_up(lab)


@tap.test
def each_stage_runs_as_its_user_with_its_capabilities(lab):
    for stage, life in lab.machine.lives().items():
        text = lab.machine.run(["cat", f"/proc/{life.pid}/status"]).stdout
        values = dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)
        user = lab.machine.run(["id", "--user", f"dnscache-{stage}"]).stdout.strip()
        expect_equal(set(values["Uid"].split()), {user}, f"{stage}: Uid")
        bits = int(values["CapEff"], 16)
        expect_equal({bit for bit in range(64) if bits >> bit & 1}, CAP_BITS[stage], stage)
        expect_equal(values["NoNewPrivs"], "1", stage)
        expect_equal(values["Seccomp"], "2", stage)


@tap.test
def shared_memory_belongs_to_its_maker_and_the_group(lab):
    for segment in lab.machine.segments():
        seen = lab.machine.run(["stat", "--format=%U %G %a", f"/dev/shm/{segment}"]).stdout.split()
        maker = segment.split(".")[2]
        expect_equal(seen, [f"dnscache-{maker}", "dnscache", "660"], segment)


@tap.test
def a_query_is_seen_and_rescued_when_the_resolver_has_stopped(lab):
    found = clients.getent(lab.client, name(1))
    expect_equal(found.addresses, addresses_of(name(1)), f"getent ({found.text})")
    lab.stages.wait_until_known([name(1)])
    with lab.resolver.stopped():
        found = clients.getent(lab.client, name(1))
        expect_equal(found.addresses, addresses_of(name(1)), f"getent ({found.text})")
        expect_within(found.seconds, 3, "getent")
    wait_until("the rescue is counted", lambda: lab.stages.metrics().injected() >= 2, 2)
    lab.wait_until_over()


@tap.test
def the_hosts_own_lookups_are_rescued_too(lab):
    """By a raw IP socket of the injector's, which its unit has to allow."""
    ask = [lab.host, name(2), "A", f"@{lab.resolver_box.ip4}"]
    expect(clients.dig(*ask).addresses, "the resolver does not answer the host")
    lab.stages.wait_until_known([name(2)])
    with lab.resolver.stopped():
        found = clients.dig(*ask)
        expect(found.addresses and found.addresses <= addresses_of(name(2)), found.text)
    lab.wait_until_over()


@tap.test
def each_stage_has_its_own_log_and_status_line(lab):
    for stage in STAGE_NAMES:
        lines = lab.machine.journal(service(stage)).splitlines()
        expect("running" in lines, f"{stage}: {lines}")
        wait_until(f"{stage} has a live status line",
                   lambda: STATUS[stage] in lab.machine.show(service(stage))["StatusText"], 3)
    expect(any(line.startswith("listening at 127.0.0.1:4000, a socket passed by systemd")
               for line in lab.machine.journal("dnscache-exporter.service").splitlines()),
           "the exporter does not say where it listens")


@tap.test
def a_reload_takes_a_good_file_and_leaves_every_stage_running(lab):
    before = lab.machine.lives()
    lab.machine.write(CONFIG, "[global]\nlog = debug\n")
    for stage in STAGE_NAMES:
        lab.machine.systemctl("reload", service(stage))
        wait_until(f"{stage}'s journal names what changed", lambda: (
            "configuration reloaded: global.log" in lab.machine.journal(service(stage))), 5)
    lab.machine.write(CONFIG, "")
    for stage in STAGE_NAMES:
        lab.machine.systemctl("reload", service(stage))
        expect(lab.machine.is_active(stage), f"{stage}: not running after a reload")
    expect_equal(lab.machine.lives(), before, "processes")


@tap.test
def a_reload_of_a_bad_file_fails_and_leaves_every_stage_running(lab):
    before = lab.machine.lives()
    lab.machine.write(CONFIG, "[global]\nmode = panic\n")
    for stage in STAGE_NAMES:
        result = lab.machine.systemctl("reload", service(stage), wanted=None)
        expect(result.returncode != 0, f"{stage}: a bad file was reloaded without a word")
        expect(lab.machine.is_active(stage), f"{stage}: not running after a bad reload")
        wait_until(f"{stage}'s journal names the mistake, and that the old file stays",
                   lambda: all(text in lab.machine.journal(service(stage)) for text in
                               (f"{CONFIG}:2: global.mode", "configuration not reloaded")), 5)
    lab.machine.write(CONFIG, "")
    for stage in STAGE_NAMES:
        lab.machine.systemctl("reload", service(stage))
    expect_equal(lab.machine.lives(), before, "processes")


@tap.test
def one_stage_is_restarted_and_the_others_do_not_notice(lab):
    for stage in STAGE_NAMES:
        before = lab.machine.lives()
        lab.machine.systemctl("restart", service(stage))
        after = lab.machine.lives()
        expect(after.pop(stage) != before.pop(stage), f"{stage} is the same process")
        expect_equal(after, before, f"the others, after a restart of {stage}")
        wait_until_up(lab)


@tap.test
def a_restart_of_the_target_restarts_all(lab):
    before = lab.machine.lives()
    lab.machine.systemctl("restart", "dnscache.target")
    for stage, life in lab.machine.lives().items():
        expect(life.pid not in (0, before[stage].pid), f"{stage}: {life}, was {before[stage]}")
    wait_until_up(lab)


@tap.test
def a_client_of_a_stopped_exporter_starts_it(lab):
    lab.machine.systemctl("stop", "dnscache-exporter.service")
    expect(not lab.machine.is_active("exporter"), "it did not stop")
    expect_equal(lab.stages.status_of("/-/healthy"), 200, "status of /-/healthy")
    expect(lab.machine.is_active("exporter"), "who answered?")
    wait_until_up(lab)


@tap.test
def the_port_is_where_the_socket_unit_says(lab):
    drop_in = "/run/systemd/system/dnscache-exporter.socket.d/port.conf"
    lab.machine.write(drop_in, f"[Socket]\nListenStream=\nListenStream=127.0.0.1:{OTHER_PORT}\n")
    lab.machine.systemctl("daemon-reload")
    lab.machine.systemctl("restart", "dnscache.target")
    lab.stages.api_port = OTHER_PORT
    wait_until_up(lab)
    lab.stages.api_port = API_PORT
    expect_equal(lab.stages.status_of("/-/healthy"), None, "status at the usual port")
    os.unlink(lab.machine.path(drop_in))
    lab.machine.systemctl("daemon-reload")
    lab.machine.systemctl("restart", "dnscache.target")
    wait_until_up(lab)


@tap.test
def segments_of_another_instance_are_left_alone(lab):
    other = "/dev/shm/dnscache-other.status.capture.0"
    lab.machine.write(other, "")
    lab.machine.systemctl("stop", "dnscache.target")
    wait_until("no segment of ours is left",
               lambda: lab.machine.segments() == [os.path.basename(other)], DOWN_LIMIT_S)
    os.unlink(lab.machine.path(other))


@tap.test
def what_a_crash_left_is_removed_before_the_start(lab):
    left = "/dev/shm/dnscache.ring.capture.0-analyzer.9"
    lab.machine.write(left, "")
    lab.machine.systemctl("start", "dnscache.target")
    wait_until_up(lab)
    expect(os.path.basename(left) not in lab.machine.segments(), "it is still there")


@tap.test
def a_stop_of_the_target_leaves_nothing(lab):
    lab.machine.systemctl("start", "dnscache.target")
    wait_until_up(lab)
    held = programs_held(lab.machine.lives()["capture"].pid, lab.machine.path("/proc"))
    held &= programs_loaded()
    expect(held and lab.machine.segments(), "nothing to leave behind?")
    lab.machine.systemctl("stop", "dnscache.target")
    wait_until("no process and no segment is left", lambda: is_gone(lab), DOWN_LIMIT_S)
    wait_until("no BPF program is left", lambda: not held & programs_loaded(), DOWN_LIMIT_S)
    wait_until("nobody listens", lambda: lab.stages.status_of("/-/healthy") is None, DOWN_LIMIT_S)
    units = lab.machine.systemctl("list-units", "--plain", "--no-legend", "dnscache*.service",
                                  "dnscache*.socket", "dnscache.target").stdout
    expect_equal(units, "", "units that are active or failed")


@tap.test
def it_starts_again_after_a_stop(lab):
    lab.machine.systemctl("start", "dnscache.target")
    wait_until_up(lab)
    lab.machine.systemctl("stop", "dnscache.target")
    wait_until("no process and no segment is left", lambda: is_gone(lab), DOWN_LIMIT_S)


tap.main(MachineLab)
