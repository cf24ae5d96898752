#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every /info body is JSON in the ancestor's shapes, whatever bytes names are made of."""

import json
import re
import sys

sys.path.append(sys.path[0] + "/../support")
import tap
import wire
from lab import Lab
from presentation import socket_text, text_of
from tap import expect, expect_equal
from wait import wait_until

ODD_LABELS = [b'quo"te', b"back\\slash", b"nul\0byte", b"\xff\xfe", b"new\nline\r", b"dot.inside",
              b"</script>", "ünï".encode(), b"\x7f", b"\\", b'"', b"\0", b" ", b"x" * 63]
TABLES = {"cache": {"domain", "ip"},
          "matching": {"domain", "saddr", "daddr", "dns_id"},
          "matched": {"domain", "saddr", "daddr", "dns_id", "ip"},
          "unmatched": {"domain", "saddr", "daddr", "dns_id"}}

MANY_ROWS = 3000 # 2,000 fill the ring

RINGS = "capture-analyzer analyzer-injector exporter-analyzer"
STAGES = "capture analyzer injector exporter"
# The families that others build on: their labels, and values that each of these has from the start.
CONTRACT = {
    "dnscache_build_info": {"version": "", "revision": "", "cc": "", "libbpf": ""},
    "dnscache_dns_requests_total": {
        "proto": "udp", "family": "1 2", "type": "A AAAA ANY AXFR CNAME DNSKEY DS HTTPS IXFR MX NS NSEC "
        "NSEC3 PTR RRSIG SOA SRV TXT other"},
    "dnscache_dns_responses_total": {
        "rcode": "NOERROR FORMERR SERVFAIL NXDOMAIN NOTIMP REFUSED YXDOMAIN YXRRSET NXRRSET NOTAUTH "
        "NOTZONE BADVERS other"},
    "dnscache_dns_request_duration_seconds": {},
    "dnscache_dns_request_size_bytes": {"proto": "udp"},
    "dnscache_dns_response_size_bytes": {"proto": "udp"},
    "dnscache_dns_failures_total": {
        "reason": "timeout servfail refused formerr notimp icmp_unreachable malformed"},
    "dnscache_dns_retransmits_total": {},
    "dnscache_dns_late_responses_total": {},
    "dnscache_dns_unsolicited_responses_total": {},
    "dnscache_dns_inflight_queries": {},
    "dnscache_dns_extended_errors_total": {
        "info_code": " ".join(map(str, range(25))) + " other"},
    "dnscache_cache_entries": {"type": "success denial"},
    "dnscache_cache_capacity_entries": {},
    "dnscache_cache_memory_bytes": {},
    "dnscache_cache_requests_total": {},
    "dnscache_cache_hits_total": {"type": "success denial"},
    "dnscache_cache_insertions_total": {},
    "dnscache_cache_evictions_total": {},
    "dnscache_cache_served_stale_total": {},
    "dnscache_cache_drops_total": {"reason": ""},
    "dnscache_injected_responses_total": {
        "trigger": "timeout servfail refused icmp", "freshness": "fresh stale"},
    "dnscache_inject_suppressed_total": {
        "reason": "disabled no_entry response_arrived rate_limited policy"},
    "dnscache_inject_errors_total": {"reason": ""},
    "dnscache_inject_lost_race_total": {"response": ""},
    "dnscache_inject_duration_seconds": {},
    "dnscache_ring_records_total": {"ring": RINGS},
    "dnscache_ring_dropped_records_total": {"ring": RINGS, "reason": "full oversized corrupt"},
    "dnscache_ring_used_bytes": {"ring": RINGS},
    "dnscache_ring_capacity_bytes": {"ring": RINGS},
    "dnscache_ring_high_watermark_bytes": {"ring": RINGS},
    "dnscache_bpf_events_total": {"result": "seen submitted ring_full oversized"},
    "dnscache_stage_up": {"stage": STAGES},
    "dnscache_stage_last_heartbeat_timestamp_seconds": {"stage": STAGES},
    "dnscache_stage_start_time_seconds": {"stage": STAGES},
    "dnscache_stage_cpu_seconds_total": {"stage": STAGES},
    "dnscache_stage_resident_memory_bytes": {"stage": STAGES},
    "dnscache_stage_restarts_total": {"stage": STAGES},
    "dnscache_config_last_reload_successful": {"stage": STAGES},
    "dnscache_config_last_reload_success_timestamp_seconds": {"stage": STAGES},
    "dnscache_log_messages_total": {"stage": STAGES, "level": ""},
    "dnscache_scrape_duration_seconds": {},
    "dnscache_scrape_errors": {},
    "process_cpu_seconds_total": {}, "process_start_time_seconds": {},
    "process_open_fds": {}, "process_max_fds": {}, "process_threads": {},
    "process_virtual_memory_bytes": {}, "process_virtual_memory_max_bytes": {},
    "process_resident_memory_bytes": {}, "process_heap_bytes": {},
}


def odd_names(tail):
    return [[label, tail] for label in ODD_LABELS] + [ODD_LABELS[:6] + [tail]]


def texts_of(names):
    return {text_of(wire.name(labels)) for labels in names}


def domains(lab, table):
    return {row["domain"] for row in lab.stages.info(table)}


@tap.test
def answered_names_of_any_bytes_are_shown_escaped(lab):
    names = odd_names(b"answered")
    with lab.fake.udp_socket(port=wire.DNS_PORT) as server, lab.client.udp_socket() as client:
        for number, labels in enumerate(names):
            client.sendto(wire.query(number, labels), server.getsockname())
            query, peer = server.recvfrom(4096)
            server.sendto(wire.response(query, "192.0.2.77"), peer)
            client.recv(4096)
    for table in ("cache", "matched"):
        wait_until(f"/info/{table} has them all", lambda table=table:
                   texts_of(names) <= domains(lab, table), 3)
    rows = [row for row in lab.stages.info("cache") if row["domain"] in texts_of(names)]
    expect(all(row["ip"] == ["192.0.2.77"] for row in rows), f"/info/cache: {rows}")


@tap.test
def unanswered_names_of_any_bytes_are_shown_escaped(lab):
    names = odd_names(b"unanswered")
    with lab.fake.udp_socket(port=wire.DNS_PORT) as server, lab.client.udp_socket() as client:
        for number, labels in enumerate(names):
            client.sendto(wire.query(number, labels), server.getsockname())
        for table in ("matching", "unmatched"): # two seconds in the one, then in the other
            wait_until(f"/info/{table} has them all", lambda table=table:
                       texts_of(names) <= domains(lab, table), 5)


@tap.test
def every_table_has_the_ancestors_keys(lab):
    with lab.client.udp_socket() as client, lab.fake.udp_socket(port=wire.DNS_PORT) as server:
        client.sendto(wire.query(1, "waiting.lab.test"), server.getsockname())
        wait_until("a query waits", lambda: lab.stages.info("matching"), 2)
        for table, keys in TABLES.items():
            rows = lab.stages.info(table)
            expect(rows, f"/info/{table} is empty")
            for row in rows:
                expect(keys <= row.keys(), f"/info/{table}: {row} lacks {keys - row.keys()}")
    row = next(row for row in lab.stages.info("matching") if row["domain"] == "waiting.lab.test")
    expect(row["dns_id"] == 1 and row["saddr"].startswith(socket_text(lab.client.address, ""))
           and row["daddr"] == socket_text(lab.fake.address, wire.DNS_PORT),
           f"/info/matching: {row}")


@tap.test
def a_table_larger_than_the_ring_it_travels_by_arrives_whole(lab):
    names = [f"many{number}.lab.test" for number in range(MANY_ROWS)]
    with lab.fake.udp_socket(port=wire.DNS_PORT) as server, lab.client.udp_socket() as client:
        for number, text in enumerate(names):
            client.sendto(wire.query(number, text), server.getsockname())
        wait_until("/info/unmatched has them all",
                   lambda: set(names) <= domains(lab, "unmatched"), 10)


def counted(lab):
    """Metrics with all that the exporter did before: it publishes in turns, scrapes among the rest."""
    def scrapes(metrics):
        return metrics.sum("dnscache_http_requests_total", path="/metrics")

    shown = scrapes(lab.stages.metrics())
    return wait_until("the exporter has counted a scrape",
                      lambda: scrapes(metrics := lab.stages.metrics()) > shown and metrics, 3)


@tap.test
def pages_of_a_table_are_sent_alone_and_make_it_up(lab):
    before = counted(lab)
    whole = lab.stages.info("matched")
    expect(len(whole) > 5, f"/info/matched has only {len(whole)} rows")
    pages = [lab.stages.info(f"matched?limit=4&offset={at}") for at in range(0, len(whole), 4)]
    expect_equal({len(page) for page in pages[:-1]}, {4}, "rows of full pages")
    keys = [(row["domain"], row["daddr"], row["dns_id"]) for row in whole]
    expect_equal([(row["domain"], row["daddr"], row["dns_id"]) for page in pages for row in page],
                 keys, "rows of all pages")
    expect_equal(lab.stages.info(f"matched?offset={len(whole)}"), [], "a page behind the end")
    after = counted(lab)
    sent = (after.sum("dnscache_table_rows_total", result="taken")
            - before.sum("dnscache_table_rows_total", result="taken"))
    expect_equal(sent, 2 * len(whole), "rows sent for the table and for its pages")
    expect_equal(after.sum("dnscache_table_rows_total", result="lost"),
                 before.sum("dnscache_table_rows_total", result="lost"), "rows taken for lost")


@tap.test
def pages_that_make_no_sense_are_refused_in_one_line(lab):
    for query in ("limit=0", "limit=-1", "limit=ten", "offset=", "offset=1e3&limit=1",
                  "limit=4294967296"):
        status, _, body = lab.stages.get(f"/info/cache?{query}")
        expect_equal((status, body.count(b"\n")), (400, 1), f"/info/cache?{query}: {body}")
        expect(body.split(b":")[0].decode() in query, f"/info/cache?{query}: {body}")


@tap.test
def info_lists_the_tables(lab):
    status, headers, body = lab.stages.get("/info")
    expect_equal(status, 200, "/info")
    for table in (*TABLES, "state"):
        expect(f"/info/{table}" in body.decode(), f"/info lacks {table}: {body} {headers}")
    if "json" in headers["Content-Type"]:
        json.loads(body)


@tap.test
def the_first_page_shows_what_info_state_says(lab):
    status, headers, body = lab.stages.get("/")
    expect(status == 200 and headers["Content-Type"].startswith("text/html"), f"{headers}")
    page, state = body.decode(), lab.stages.info("state")
    expect_equal(state["summary"]["level"] in ("good", "warning"), True, "all stages are up")
    expect(state["summary"]["text"] in page, f"the page lacks {state['summary']['text']}")
    expect_equal([stage["stage"] for stage in state["stages"] if stage["up"]],
                 ["capture", "analyzer", "injector", "exporter"], "stages that are up")
    expect_equal(state["numbers"]["queries"], lab.stages.metrics().requests(), "queries")
    expect(f'data-number="queries">{state["numbers"]["queries"]}' in page, page)
    expect_equal(sum(one["count"] for one in state["lists"]["failures"]),
                 state["numbers"]["failures"], "failures")


@tap.test
def every_page_is_linked_and_every_link_leads_somewhere(lab):
    links = re.findall(r'<a href="([^"]+)"', lab.stages.get("/")[2].decode())
    expect_equal({link: lab.stages.status_of(link) for link in links},
                 dict.fromkeys(links, 200), "status by link")
    there_are = lab.stages.get("/nowhere")[2].decode().partition(":")[2].split()
    expect_equal(set(links) | {"/"}, set(there_are), "links of the page, and pages")


@tap.test
def health_and_readiness_are_told(lab):
    for path in ("/-/healthy", "/-/ready"):
        expect_equal(lab.stages.get(path)[0], 200, path)
    expect_equal(lab.stages.get("/nowhere")[0], 404, "/nowhere")


@tap.test
def metrics_are_well_formed(lab):
    _, headers, body = lab.stages.get("/metrics")
    expect(headers["Content-Type"].startswith("text/plain; version=0.0.4"), f"{headers}")
    kinds = {}
    for line in body.decode().splitlines():
        if line.startswith("# TYPE "):
            family, kind = line.split()[2:]
            expect(family not in kinds, f"two TYPE lines of {family}")
            kinds[family] = kind
        elif not line.startswith("#"):
            sample = line.split("{")[0].split()[0]
            family = sample if sample in kinds else sample.rpartition("_")[0]
            expect(family in kinds, f"a sample without TYPE: {line}")
            expect((kinds[family] == "counter") == sample.endswith("_total"),
                   f"{kinds[family]}: {line}")
    expect_equal([family for family in CONTRACT if family not in kinds], [],
                 "families of the contract that are missing")


@tap.test
def families_of_the_contract_have_its_labels(lab):
    samples = lab.stages.metrics().samples
    for family, labels in CONTRACT.items():
        there = [one for sample in (family, f"{family}_bucket")
                 for one, _ in samples.get(sample, [])]
        expect(there, f"{family} has no sample")
        for one in there:
            expect_equal(one.keys() - {"le"}, labels.keys(), f"labels of {family}")
        for label, values in labels.items():
            expect(set(values.split()) <= {one[label] for one in there},
                   f"{family} lacks {set(values.split()) - {one[label] for one in there}}")


@tap.test
def what_waits_in_a_ring_is_remembered(lab):
    samples = lab.stages.metrics().samples
    capacity = {one["ring"]: value for one, value in samples["dnscache_ring_capacity_bytes"]}
    for one, value in samples["dnscache_ring_high_watermark_bytes"]:
        expect(value <= capacity[one["ring"]], f"{one}: {value} bytes of {capacity}")
        expect(value > 0 or one["ring"] == "analyzer-injector", f"{one}: nothing ever waited")


class JsonLab(Lab):
    def __init__(self):
        super().__init__(config="[matching]\ntimeout = 2s\n")
        self.fake = self.attach("fake")
        self.stages.wait_until_watching(len(self.containers))


tap.main(JsonLab)
