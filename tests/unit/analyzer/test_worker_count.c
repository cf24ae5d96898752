/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/worker.h"

#include "shared/compiler.h"
#include "tests/support/captured_stderr.h"
#include "tests/support/worker_lab.h"

/* Counters by type and duration, and the lines in the log. */

static void ask(uint8_t ip_version, uint16_t type)
{
	struct lab_query query = lab_a("www.example.com");

	query.ip_version = ip_version;
	query.type = type;
	lab_ask(&query);
}

START_TEST(requests_are_counted_by_type_and_family)
{
	static const uint16_t types[] = { DNS_TYPE_A, DNS_TYPE_AAAA, DNS_TYPE_CNAME, DNS_TYPE_DS,
		DNS_TYPE_HTTPS, DNS_TYPE_MX, DNS_TYPE_NS, DNS_TYPE_PTR, DNS_TYPE_SOA, DNS_TYPE_SRV,
		DNS_TYPE_TXT, DNS_TYPE_ANY, DNS_TYPE_AXFR, DNS_TYPE_IXFR, DNS_TYPE_DNSKEY,
		DNS_TYPE_RRSIG, DNS_TYPE_NSEC, DNS_TYPE_NSEC3, DNS_TYPE_CAA, 65280 };
	const struct analyzer_counters *counters = &lab.worker.counters;

	for (size_t i = 0; i < ARRAY_COUNT(types); i++)
		ask(4, types[i]);
	ask(6, DNS_TYPE_AAAA);
	ask(6, DNS_TYPE_NSEC3);
	ask(6, DNS_TYPE_SVCB);
	ck_assert_uint_eq(counters->requests_ipv4_a, 1);
	ck_assert_uint_eq(counters->requests_ipv4_aaaa, 1);
	ck_assert_uint_eq(counters->requests_ipv4_cname, 1);
	ck_assert_uint_eq(counters->requests_ipv4_ds, 1);
	ck_assert_uint_eq(counters->requests_ipv4_https, 1);
	ck_assert_uint_eq(counters->requests_ipv4_mx, 1);
	ck_assert_uint_eq(counters->requests_ipv4_ns, 1);
	ck_assert_uint_eq(counters->requests_ipv4_ptr, 1);
	ck_assert_uint_eq(counters->requests_ipv4_soa, 1);
	ck_assert_uint_eq(counters->requests_ipv4_srv, 1);
	ck_assert_uint_eq(counters->requests_ipv4_txt, 1);
	ck_assert_uint_eq(counters->requests_ipv4_any, 1);
	ck_assert_uint_eq(counters->requests_ipv4_axfr, 1);
	ck_assert_uint_eq(counters->requests_ipv4_ixfr, 1);
	ck_assert_uint_eq(counters->requests_ipv4_dnskey, 1);
	ck_assert_uint_eq(counters->requests_ipv4_rrsig, 1);
	ck_assert_uint_eq(counters->requests_ipv4_nsec, 1);
	ck_assert_uint_eq(counters->requests_ipv4_nsec3, 1);
	ck_assert_uint_eq(counters->requests_ipv4_other, 2);
	ck_assert_uint_eq(counters->requests_ipv6_a, 0);
	ck_assert_uint_eq(counters->requests_ipv6_aaaa, 1);
	ck_assert_uint_eq(counters->requests_ipv6_nsec3, 1);
	ck_assert_uint_eq(counters->requests_ipv6_other, 1);
}
END_TEST

static void resolve_in(uint64_t ns)
{
	const struct lab_query query = lab_a("www.example.com");
	struct message_packet *packet;

	lab_ask(&query);
	lab_begin_good(&query);
	packet = lab_response_packet(&query);
	packet->seen_ns += ns;
	lab_feed(packet);
}

START_TEST(durations_are_counted_by_the_bucket_that_holds_them)
{
	const struct analyzer_counters *counters = &lab.worker.counters;

	resolve_in(250 * NS_PER_US);
	resolve_in(250 * NS_PER_US + 1);
	resolve_in(4 * NS_PER_MS);
	resolve_in(8192 * NS_PER_MS);
	resolve_in(8192 * NS_PER_MS + 1);
	ck_assert_uint_eq(counters->duration_bucket_0, 1);
	ck_assert_uint_eq(counters->duration_bucket_1, 1);
	ck_assert_uint_eq(counters->duration_bucket_4, 1);
	ck_assert_uint_eq(counters->duration_bucket_15, 1);
	ck_assert_uint_eq(counters->duration_bucket_inf, 1);
	ck_assert_uint_eq(counters->duration_sum_ns,
		500 * NS_PER_US + 4 * NS_PER_MS + 2 * 8192 * NS_PER_MS + 2);
}
END_TEST

static void answer_in_bytes(uint16_t dns_bytes)
{
	const struct lab_query query = lab_a("www.example.com");
	struct message_packet *packet;

	lab_ask(&query);
	lab_begin_good(&query);
	packet = lab_response_packet(&query);
	packet->dns_bytes_sent = dns_bytes;
	lab_feed(packet);
}

START_TEST(sizes_are_counted_by_the_bucket_that_holds_them)
{
	static const uint16_t sizes[] = { 64, 65, 128, 257, 512, 513, 1232, 4096, 4097, 65535 };
	const uint64_t expected[] = { 1, 2, 0, 2, 2, 1, 2 };
	const struct analyzer_counters *counters = &lab.worker.counters;
	uint64_t sum_bytes = 0;

	for (size_t i = 0; i < ARRAY_COUNT(sizes); i++) {
		answer_in_bytes(sizes[i]);
		sum_bytes += sizes[i];
	}
	ck_assert_mem_eq(&counters->response_size_bucket_0, expected, sizeof(expected));
	ck_assert_uint_eq(counters->response_size_sum_bytes, sum_bytes);
	ck_assert_uint_eq(counters->request_size_bucket_0, ARRAY_COUNT(sizes));
	ck_assert_uint_eq(counters->request_size_sum_bytes, ARRAY_COUNT(sizes) * 33);
}
END_TEST

static void answer_failed(uint16_t rcode, int extended_error)
{
	const struct lab_query query = lab_a("www.example.com");

	lab_ask(&query);
	lab_answer_failed(&query, rcode, extended_error);
}

START_TEST(rare_response_codes_are_counted_by_name)
{
	const struct lab_query query = lab_a("www.example.com");
	const struct analyzer_counters *counters = &lab.worker.counters;

	for (uint16_t rcode = DNS_RCODE_YXDOMAIN; rcode <= 11; rcode++)
		answer_failed(rcode, -1);
	lab_ask(&query); /* BADVERS is NOERROR but for OPT's part of it */
	lab_begin(&query, DNS_RCODE_NOERROR);
	dns_builder_opt(&lab_builder, 1232, 1u << 24, "", 0);
	lab_respond(&query);
	ck_assert_uint_eq(counters->responses_yxdomain, 1);
	ck_assert_uint_eq(counters->responses_yxrrset, 1);
	ck_assert_uint_eq(counters->responses_nxrrset, 1);
	ck_assert_uint_eq(counters->responses_notauth, 1);
	ck_assert_uint_eq(counters->responses_notzone, 1);
	ck_assert_uint_eq(counters->responses_badvers, 1);
	ck_assert_uint_eq(counters->responses_other, 1);
	ck_assert_uint_eq(counters->responses_noerror, 0);
}
END_TEST

START_TEST(extended_errors_are_counted_by_number)
{
	static const int codes[] = { 0, 22, 22, 24, 25, 31, 49152 };
	const struct analyzer_counters *counters = &lab.worker.counters;

	for (size_t i = 0; i < ARRAY_COUNT(codes); i++)
		answer_failed(DNS_RCODE_SERVFAIL, codes[i]);
	answer_failed(DNS_RCODE_SERVFAIL, -1);
	ck_assert_uint_eq(counters->extended_error_0, 1);
	ck_assert_uint_eq(counters->extended_error_22, 2);
	ck_assert_uint_eq(counters->extended_error_24, 1);
	ck_assert_uint_eq(counters->extended_error_other, 3);
	ck_assert_uint_eq(counters->responses_servfail, ARRAY_COUNT(codes) + 1);
}
END_TEST

static struct captured_stderr captured;

/* How often it stands in what was logged. */
static int count_in_log(const char *log, const char *text)
{
	int count = 0;

	while ((log = strstr(log, text)) != NULL) {
		log += strlen(text);
		count++;
	}
	return count;
}

START_TEST(silence_and_its_end_are_logged_once)
{
	const char *log;

	captured_stderr_begin(&captured);
	lab_teach("www.example.com");
	lab_fall_silent();
	(void)lab_is_answered_at_once("www.example.com");
	lab_pass(6000);
	lab_teach("www.example.com");
	lab_teach("www.example.com");
	log = captured_stderr_end(&captured);
	ck_assert_int_eq(count_in_log(log, "10.0.0.53 (bridge:br0) is silent"), 1);
	ck_assert_int_eq(count_in_log(log, "10.0.0.53 (bridge:br0) answers again"), 1);
	/* And the name that failed first, before that was known. */
	ck_assert_int_eq(count_in_log(log, "fails to resolve"), 1);
	ck_assert_int_eq(captured_stderr_lines(log), 3);
}
END_TEST

START_TEST(one_sided_resolver_is_logged_once)
{
	const char *log;

	captured_stderr_begin(&captured);
	ask(6, DNS_TYPE_A);
	ask(6, DNS_TYPE_A);
	lab_pass(6000);
	ask(6, DNS_TYPE_A);
	lab_pass(6000);
	log = captured_stderr_end(&captured);
	ck_assert_int_eq(count_in_log(log, "fd00::35"), 1);
	ck_assert_int_eq(captured_stderr_lines(log), 1);
}
END_TEST

START_TEST(healthy_traffic_logs_nothing)
{
	captured_stderr_begin(&captured);
	for (int i = 0; i < 100; i++)
		lab_teach("www.example.com");
	lab_pass(6000);
	ck_assert_str_eq(captured_stderr_end(&captured), "");
}
END_TEST

static Suite *test_worker_count_suite(void)
{
	Suite *suite = suite_create("worker_count");
	TCase *counters = tcase_create("counters");
	TCase *lines = tcase_create("lines");

	tcase_add_checked_fixture(counters, lab_start, lab_end);
	tcase_add_test(counters, requests_are_counted_by_type_and_family);
	tcase_add_test(counters, durations_are_counted_by_the_bucket_that_holds_them);
	tcase_add_test(counters, sizes_are_counted_by_the_bucket_that_holds_them);
	tcase_add_test(counters, rare_response_codes_are_counted_by_name);
	tcase_add_test(counters, extended_errors_are_counted_by_number);
	suite_add_tcase(suite, counters);

	tcase_add_checked_fixture(lines, lab_start, lab_end);
	tcase_add_test(lines, silence_and_its_end_are_logged_once);
	tcase_add_test(lines, one_sided_resolver_is_logged_once);
	tcase_add_test(lines, healthy_traffic_logs_nothing);
	suite_add_tcase(suite, lines);
	return suite;
}

int main(void)
{
	return check_main_run(test_worker_count_suite());
}
