#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The units as they are installed: what each may do, what a trap would be, and what stays."""

import os
import re
import subprocess
import sys
import tempfile

sys.path.append(sys.path[0] + "/../support")
import tap
from stages import STAGE_NAMES, build_folder
from tap import expect, expect_equal

EXPOSURE_MAX = {"analyzer": 0.5, "exporter": 0.5, "injector": 1.6, "capture": 1.8}
CAPABILITIES = {
    "analyzer": set(),
    "exporter": set(),
    "injector": {"CAP_NET_RAW"},
    "capture": {"CAP_BPF", "CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_PERFMON"},
}
FAMILIES = {
    "analyzer": {"AF_UNIX"},
    "exporter": {"AF_UNIX"},
    "injector": {"AF_UNIX", "AF_PACKET", "AF_INET", "AF_INET6"},
    "capture": {"AF_UNIX", "AF_PACKET", "AF_NETLINK"},
}


class Installed:
    """`meson install` into an empty folder."""

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="dnscache-units-")
        self.top = self._folder.name
        self.install()

    def install(self):
        subprocess.run(["meson", "install", "-C", build_folder(), "--no-rebuild", "--quiet",
                        "--destdir", self.top], check=True, capture_output=True)

    def files(self):
        """{path below the top: path} of everything installed."""
        return {os.path.relpath(os.path.join(folder, name), self.top): os.path.join(folder, name)
                for folder, _, names in os.walk(self.top) for name in names}

    def find(self, ending):
        found = [path for path in self.files().values() if path.endswith(ending)]
        expect_equal(len(found), 1, f"files that end with {ending}")
        return found[0]

    def read(self, ending):
        with open(self.find(ending), encoding="utf-8") as file:
            return file.read()

    def settings(self, unit):
        """[(key, value)] of a unit, in their order."""
        return [tuple(line.split("=", 1)) for line in self.read(f"/{unit}").splitlines()
                if re.match(r"\w+=", line)]

    def values(self, unit, key):
        return [value for its_key, value in self.settings(unit) if its_key == key]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._folder.cleanup()


def services():
    return {stage: f"dnscache-{stage}.service" for stage in STAGE_NAMES}


@tap.test
def no_stage_is_more_exposed_than_promised(installed):
    for stage, unit in services().items():
        text = subprocess.run(
            ["systemd-analyze", "security", "--offline=true", "--no-pager",
             installed.find(f"/{unit}")],
            capture_output=True, encoding="utf-8", check=True).stdout
        level = re.search(r"Overall exposure level for \S+: (\d+\.\d+)", text)
        expect(level, text)
        tap.note(f"{unit}: {level[1]}")
        expect(float(level[1]) <= EXPOSURE_MAX[stage],
               f"{unit}: {level[1]}, allowed {EXPOSURE_MAX[stage]}:\n{text}")


@tap.test
def every_stage_has_its_own_user_its_capabilities_and_its_sockets_only(installed):
    for stage, unit in services().items():
        expect_equal(installed.values(unit, "User"), [f"dnscache-{stage}"], unit)
        expect_equal(installed.values(unit, "Group"), ["dnscache"], unit)
        for key in ("CapabilityBoundingSet", "AmbientCapabilities"):
            seen = {word for value in installed.values(unit, key) for word in value.split()}
            expect_equal(seen, CAPABILITIES[stage], f"{unit}: {key}")
        families = installed.values(unit, "RestrictAddressFamilies")
        expect_equal([set(value.split()) for value in families], [FAMILIES[stage]], unit)


@tap.test
def every_user_and_the_group_are_made(installed):
    made = [line.split()[:2] for line in installed.read("/sysusers.d/dnscache.conf").splitlines()
            if line and not line.startswith("#")]
    expect_equal(sorted(made), sorted([["g", "dnscache"]] + [
        ["u", f"dnscache-{stage}"] for stage in STAGE_NAMES]), "sysusers.d")


@tap.test
def a_private_user_namespace_is_for_stages_without_capabilities(installed):
    for stage, unit in services().items(): # a capability is worth nothing in there
        wanted = [] if CAPABILITIES[stage] else ["yes"]
        expect_equal(installed.values(unit, "PrivateUsers"), wanted, unit)
        expect_equal(installed.values(unit, "PrivateNetwork"), wanted, unit)


@tap.test
def bpf_is_allowed_after_privileged_was_taken_away_and_for_capture_only(installed):
    for stage, unit in services().items():
        wanted = ["@system-service", "~@privileged @resources"]
        if stage == "capture": # the other way round it would be taken away again, silently
            wanted.append("bpf")
        expect_equal(installed.values(unit, "SystemCallFilter"), wanted, unit)
        expect_equal(installed.values(unit, "SystemCallErrorNumber"), ["EPERM"], unit)


@tap.test
def nothing_takes_rings_away_from_those_who_are_left(installed):
    for unit in services().values():
        # RemoveIPC= deletes a user's shared memory, DynamicUser= implies it, and a
        # RuntimeDirectory= of several units goes with the first that stops.
        expect_equal(installed.values(unit, "RemoveIPC"), ["no"], unit)
        for key in ("DynamicUser", "RuntimeDirectory", "FileDescriptorStoreMax"):
            expect_equal(installed.values(unit, key), [], f"{unit}: {key}")


@tap.test
def a_stage_lives_with_the_target_and_dies_without_the_others(installed):
    wanted = {word for value in installed.values("dnscache.target", "Wants")
              for word in value.split()}
    expect_equal(wanted, set(services().values())
                 | {"dnscache-segments.service", "dnscache-exporter.socket"}, "target's Wants=")
    expect_equal(installed.values("dnscache.target", "WantedBy"), ["multi-user.target"], "at boot")
    for unit in wanted:
        expect_equal(installed.values(unit, "PartOf"), ["dnscache.target"], unit)
        for key in ("BindsTo", "Requisite", "Upholds"):
            expect_equal(installed.values(unit, key), [], f"{unit}: {key}")
        needs = ["dnscache-exporter.socket"] if unit == "dnscache-exporter.service" else []
        expect_equal(installed.values(unit, "Requires"), needs, f"{unit}: Requires")


@tap.test
def every_stage_is_watched_and_started_again_in_the_same_way(installed):
    for stage, unit in services().items():
        for key, value in (
                ("Type", "notify"), ("NotifyAccess", "main"), ("WatchdogSec", "10s"),
                ("Restart", "on-failure"), ("RestartSec", "200ms"), ("StartLimitIntervalSec", "0"),
                ("RestartForceExitStatus", "SIGHUP SIGINT SIGPIPE SIGTERM"),
                ("RestartPreventExitStatus", "2"), ("TimeoutStopSec", "5s"), ("UMask", "0077"),
                ("SyslogIdentifier", f"dnscache-{stage}"), ("Slice", "dnscache.slice")):
            expect_equal(installed.values(unit, key), [value], f"{unit}: {key}")


@tap.test
def every_command_of_a_unit_is_installed(installed):
    files = {"/" + name for name in installed.files()}
    for stage, unit in services().items():
        start, = installed.values(unit, "ExecStart")
        expect(start in files and start.endswith(f"/dnscache-{stage}"), f"{unit}: {start}")
        expect_equal(installed.values(unit, "ExecReload"),
                     ["/bin/kill -HUP $MAINPID", f"{start} --check-config"], unit)


@tap.test
def only_this_instances_segments_are_removed(installed):
    lines = [line.split() for line in installed.read("/tmpfiles.d/dnscache.conf").splitlines()
             if line and not line.startswith("#")]
    # "!": only with --boot, so that nobody's "systemd-tmpfiles --remove" takes living ones.
    expect_equal(lines, [["r!", "/dev/shm/dnscache.*"]], "tmpfiles.d")


@tap.test
def the_port_is_open_to_this_machine_only(installed):
    expect_equal(installed.values("dnscache-exporter.socket", "ListenStream"), ["127.0.0.1:4000"],
                 "ListenStream")


@tap.test
def a_changed_configuration_survives_another_install(installed):
    path = os.path.join(installed.top, "etc/dnscache/dnscache.conf")
    expect(os.path.exists(path), "nothing in /etc/dnscache")
    with open(path, "w", encoding="utf-8") as file:
        file.write("[global]\nmode = observe\n")
    installed.install()
    with open(path, encoding="utf-8") as file:
        expect_equal(file.read(), "[global]\nmode = observe\n", path)


@tap.test
def manual_pages_have_no_mistake_in_their_markup(installed):
    pages = [path for path in installed.files().values() if re.search(r"/man\d/", path)]
    expect(len(pages) > len(STAGE_NAMES), f"manual pages: {pages}")
    for page in pages:
        result = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-z", page],
                                capture_output=True, encoding="utf-8", check=True)
        expect_equal(result.stderr, "", page)


@tap.test
def licence_news_and_manual_pages_are_installed(installed):
    names = set(installed.files())
    for ending in ("doc/dnscache/LICENSE", "doc/dnscache/NEWS.md", "doc/dnscache/README.md",
                   "doc/dnscache/dnscache.conf", "man7/dnscache.7",
                   *(f"man8/dnscache-{stage}.8" for stage in STAGE_NAMES)):
        expect(any(name.endswith(ending) for name in names), f"no {ending} among {sorted(names)}")


tap.main(Installed)
