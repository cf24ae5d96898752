#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""DNSCACHE_INSTANCE keeps several apart: segments, sockets, lives."""

import sys

sys.path.append(sys.path[0] + "/../support")
import clients
import tap
from lab import Lab, addresses_of, name
from tap import expect, expect_equal
from wait import wait_until


@tap.test
def a_second_instance_has_segments_and_a_port_of_its_own(lab):
    lab.second = lab.start_stages("mode = observe\n", api_port=4001)
    ours, theirs = set(lab.stages.segments()), set(lab.second.segments())
    expect(ours and theirs and not ours & theirs, f"segments: {ours}, {theirs}")
    clients.getent(lab.client, name(0))
    for stages in (lab.stages, lab.second):
        stages.wait_until_known([name(0)])
    expect(not set(lab.stages.pids().values()) & set(lab.second.pids().values()), "shared stages")


@tap.test
def each_lives_by_its_own_configuration(lab):
    with lab.resolver.stopped():
        found = clients.getent(lab.client, name(0))
        expect_equal(found.addresses, addresses_of(name(0)), found.text)
        wait_until("the first one answered", lambda: lab.stages.metrics().injected() > 0, 1)
        expect_equal(lab.second.settled().injected(), 0, "replies of the one that observes")
    lab.wait_until_over()


@tap.test
def the_replies_of_one_are_no_responses_for_the_other(lab):
    clients.getent(lab.client, name(1))
    for stages in (lab.stages, lab.second):
        stages.wait_until_known([name(1)])
    before = lab.second.settled().responses()
    with lab.resolver.stopped():
        clients.getent(lab.client, name(1))
        expect_equal(lab.second.settled().responses(), before, "responses seen by the second")
    lab.wait_until_over()


@tap.test
def the_same_instance_does_not_start_twice(lab):
    result = lab.stages.start_again()
    expect(result.status != 0 and "already running" in result.stderr
           and len(result.stderr.splitlines()) == 1, f"status {result.status}: {result.stderr}")
    expect(lab.stages.segments(), "it took the segments of the first one away")


@tap.test
def stopping_one_leaves_the_other_alone(lab):
    pids = lab.stages.pids()
    lab.second.close()
    expect_equal(lab.second.segments(), [], "segments of the stopped one")
    expect_equal(lab.stages.pids(), pids, "pids of the other")
    clients.getent(lab.client, name(2))
    lab.stages.wait_until_known([name(2)])


tap.main(Lab)
