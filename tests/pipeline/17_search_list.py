#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A container with a search list of three and ndots:5, as Kubernetes gives it: an outage changes
what it finds for no name, and never gives it another name's address."""

import sys

sys.path.append(sys.path[0] + "/../support")
import clients
import tap
from failing import SERVFAIL, failing
from lab import ZONE, TTL_S, Lab
from tap import expect, expect_equal
from wait import wait_until

SEARCH = [f"staging.{ZONE}", f"prod.{ZONE}", ZONE]
OPTIONS = f"search {' '.join(SEARCH)}\noptions ndots:5 timeout:1 attempts:1"
STAGING_DB, PROD_DB, PROD_ONLY, OUTSIDE = "192.0.2.20", "192.0.2.10", "192.0.2.11", "192.0.2.30"
OUTSIDE_NAME = f"www.outside.{ZONE}"

RECORDS = [
    f"{ZONE}. 3600 IN SOA ns.{ZONE}. admin.{ZONE}. 1 3600 600 86400 {TTL_S}",
    f"db.staging.{ZONE}. {TTL_S} IN A {STAGING_DB}",
    f"db.prod.{ZONE}. {TTL_S} IN A {PROD_DB}",
    f"only.prod.{ZONE}. {TTL_S} IN A {PROD_ONLY}",
    f"{OUTSIDE_NAME}. {TTL_S} IN A {OUTSIDE}",
]


class SearchLab(Lab):
    def __init__(self):
        super().__init__(records=RECORDS)
        self.searcher = self.attach(
            "searcher", resolver_ip=f"{self.resolver_box.address}\n{OPTIONS}")
        self.stages.wait_until_watching(len(self.containers))

    def is_holding(self):
        return self.stages.metrics().sum("dnscache_holding_edges") > 0


def look_up(lab, name):
    return clients.getent(lab.searcher, name).addresses


def check_outage_changes_nothing(lab, name, asked, wanted):
    expect_equal(look_up(lab, name), wanted, f"{name}, healthy")
    lab.stages.wait_until_known(asked)
    before = lab.stages.settled().injected()
    with lab.resolver.dropped():
        for attempt in range(3):
            expect_equal(look_up(lab, name), wanted, f"{name}, look-up {attempt} in the outage")
    expect(lab.stages.settled().injected() >= before + 3 * len(asked), "not ours to answer?")
    lab.wait_until_over()


@tap.test
def a_short_name_is_found_by_the_same_way(lab):
    """The first name of the list does not exist, which is remembered, too."""
    check_outage_changes_nothing(
        lab, "only", [f"only.{domain}" for domain in SEARCH[:2]], {PROD_ONLY})


@tap.test
def a_long_name_is_found_behind_its_search_list(lab):
    asked = [f"{OUTSIDE_NAME}.{domain}" for domain in SEARCH] + [OUTSIDE_NAME]
    check_outage_changes_nothing(lab, OUTSIDE_NAME, asked, {OUTSIDE})


@tap.test
def a_cached_name_does_not_answer_for_the_one_before_it(lab):
    """After a SERVFAIL glibc goes on to the next name of the list."""
    expect_equal(look_up(lab, f"db.prod.{ZONE}."), {PROD_DB}, "db.prod alone")
    lab.stages.wait_until_known([f"db.prod.{ZONE}"])
    with failing(lab, SERVFAIL):
        for attempt in range(3):
            expect_equal(look_up(lab, "db"), set(), f"db, look-up {attempt} in the outage")
        if lab.is_holding():
            expect(lab.stages.settled().sum("dnscache_inject_suppressed_total",
                                            reason="partial_search") > 0, "it is not counted")
            expect_equal(look_up(lab, f"only.prod.{ZONE}."), {PROD_ONLY}, "another name")
    lab.wait_until_over()
    wait_until("db is found again", lambda: look_up(lab, "db") == {STAGING_DB}, 10)


tap.main(SearchLab)
