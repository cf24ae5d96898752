/* SPDX-License-Identifier: BSD-2-Clause */
#include "exporter/metrics_ancestor.h"

#include "shared/duration_buckets.h"
#include "tests/support/check_main.h"
#include "tests/support/stage_samples.h"

static struct status_snapshot *analyzer;
static struct metrics_ancestor_misses misses;

static void setup(void)
{
	samples_reset();
	analyzer = samples_stage("analyzer");
	misses = (struct metrics_ancestor_misses){ .count = 0 };
}

static void total(const char *family, const char *labels, uint64_t value)
{
	samples_add(analyzer, COUNTER_TOTAL, family, labels, value, "");
}

static void render(void)
{
	const struct metrics_out out = { evbuffer_new(), METRICS_FORMAT_OPENMETRICS };

	metrics_ancestor_render(&out, &samples_set, &misses);
	samples_take(out.text);
}

START_TEST(families_have_the_ancestors_order_names_and_help)
{
	static const char *const heads[] = {
		"# HELP dnscache_loss Current DNS request loss ratio.\n# TYPE dnscache_loss gauge\n",
		"# HELP dnscache_dns_queries DNS query information.\n"
		"# TYPE dnscache_dns_queries counter\n",
		"# HELP dnscache_dns_replies DNS reply information.\n"
		"# TYPE dnscache_dns_replies counter\n",
		"# HELP dnscache_unmatched_dns_queries count of unmatched DNS query.\n"
		"# TYPE dnscache_unmatched_dns_queries counter\n",
		"# HELP dnscache_matched_dns_queries count of matched DNS query and reply.\n"
		"# TYPE dnscache_matched_dns_queries counter\n",
		"# HELP dnscache_cache_size entry count of DNS cache.\n"
		"# TYPE dnscache_cache_size gauge\n",
		"# HELP dnscache_dns_request_duration_milliseconds duration to process each query.\n"
		"# TYPE dnscache_dns_request_duration_milliseconds histogram\n",
		"# HELP dnscache_cache_hit count of hit cache.\n# TYPE dnscache_cache_hit counter\n",
		"# HELP dnscache_cache_miss count of miss cache.\n# TYPE dnscache_cache_miss counter\n",
	};
	const char *at = samples_text;

	render();
	for (unsigned int i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		at = strstr(at, heads[i]);
		ck_assert_msg(at != NULL, "not there, or not in its place: %s\n%s", heads[i],
			samples_text);
	}
	ck_assert_uint_eq(samples_count_of("# TYPE "), 9);
}
END_TEST

START_TEST(figures_are_sums_of_what_the_stages_publish)
{
	total("dns_requests", "type=\"A\"", 5);
	total("dns_requests", "type=\"AAAA\"", 6);
	total("dns_retransmits", "", 100);
	total("dns_responses", "rcode=\"NOERROR\"", 7);
	total("dns_responses", "rcode=\"NXDOMAIN\"", 1);
	total("dns_matched_queries", "", 8);
	total("dns_unmatched_queries", "", 3);
	total("dns_failures", "reason=\"timeout\"", 2); /* the third drew an ICMP error */
	total("dns_failures", "reason=\"servfail\"", 3);
	samples_add(analyzer, COUNTER_LEVEL, "cache_entries", "type=\"success\"", 20, "");
	samples_add(analyzer, COUNTER_LEVEL, "cache_entries", "type=\"denial\"", 2, "");
	total("cache_requests", "", 10);
	total("cache_hits", "type=\"success\"", 4);
	total("cache_hits", "type=\"denial\"", 1);
	render();
	HAS("\ndnscache_dns_queries_total 11\n");
	HAS("\ndnscache_dns_replies_total 8\n");
	HAS("\ndnscache_matched_dns_queries_total 8\n");
	HAS("\ndnscache_unmatched_dns_queries_total 3\n");
	HAS("\ndnscache_cache_size 22\n");
	HAS("\ndnscache_cache_hit_total 5\n");
	HAS("\ndnscache_cache_miss_total 5\n");
}
END_TEST

START_TEST(stages_that_say_nothing_make_zeros)
{
	analyzer->is_present = false;
	render();
	HAS("\ndnscache_loss 0.000000\n");
	HAS("\ndnscache_dns_queries_total 0\n");
	HAS("\ndnscache_cache_miss_total 0\n");
	HAS("_bucket{le=\"+Inf\"} 0\n");
}
END_TEST

START_TEST(loss_is_what_the_analyzer_says)
{
	total("dns_failures", "reason=\"timeout\"", 100);
	samples_add(analyzer, COUNTER_LEVEL, "loss_ratio_ppm", "", 250000, "");
	render();
	HAS("\ndnscache_loss 0.250000\n");
}
END_TEST

START_TEST(loss_is_the_share_of_finished_queries_that_failed)
{
	total("dns_failures", "reason=\"timeout\"", 2);
	total("dns_failures", "reason=\"servfail\"", 2); /* responses: among the matched */
	total("dns_matched_queries", "", 6);
	total("dns_unmatched_queries", "", 2);
	render();
	HAS("\ndnscache_loss 0.500000\n");
	analyzer->values[2] = 2;
	render();
	HAS("\ndnscache_loss 1.000000\n");
	analyzer->values[2] = 0; /* read before its failures */
	render();
	HAS("\ndnscache_loss 1.000000\n");
}
END_TEST

/* In the analyzer's buckets: 16 edges from 0.25 ms to 8.192 s, and what took longer. */
static void add_durations(void)
{
	char label[32];

	for (unsigned int i = 0; i < DURATION_BUCKETS_EDGES; i++) {
		(void)snprintf(label, sizeof(label), "le=\"%g\"", 0.00025 * (1 << i));
		samples_add(analyzer, COUNTER_BUCKET, "dns_request_duration_seconds", label, 1, "");
	}
	samples_add(analyzer, COUNTER_BUCKET, "dns_request_duration_seconds", "le=\"+Inf\"", 2, "");
	samples_add(analyzer, COUNTER_SUM_NS, "dns_request_duration_seconds", "", 1234567891, "");
}

START_TEST(durations_are_in_milliseconds_with_the_ancestors_edges)
{
	add_durations();
	render();
	HAS("milliseconds_bucket{le=\"0.25\"} 1\n"
	    "dnscache_dns_request_duration_milliseconds_bucket{le=\"0.5\"} 2\n"
	    "dnscache_dns_request_duration_milliseconds_bucket{le=\"1.0\"} 3\n"
	    "dnscache_dns_request_duration_milliseconds_bucket{le=\"2.0\"} 4\n"
	    "dnscache_dns_request_duration_milliseconds_bucket{le=\"4.0\"} 5\n"
	    "dnscache_dns_request_duration_milliseconds_bucket{le=\"8.0\"} 6\n"
	    "dnscache_dns_request_duration_milliseconds_bucket{le=\"16.0\"} 7\n"
	    "dnscache_dns_request_duration_milliseconds_bucket{le=\"32.0\"} 8\n"
	    "dnscache_dns_request_duration_milliseconds_bucket{le=\"64.0\"} 9\n"
	    "dnscache_dns_request_duration_milliseconds_bucket{le=\"128.0\"} 10\n"
	    "dnscache_dns_request_duration_milliseconds_bucket{le=\"256.0\"} 11\n"
	    "dnscache_dns_request_duration_milliseconds_bucket{le=\"512.0\"} 12\n"
	    "dnscache_dns_request_duration_milliseconds_bucket{le=\"1024.0\"} 13\n"
	    "dnscache_dns_request_duration_milliseconds_bucket{le=\"2048.0\"} 14\n"
	    "dnscache_dns_request_duration_milliseconds_bucket{le=\"4096.0\"} 15\n"
	    "dnscache_dns_request_duration_milliseconds_bucket{le=\"8192.0\"} 16\n"
	    "dnscache_dns_request_duration_milliseconds_bucket{le=\"+Inf\"} 18\n"
	    "dnscache_dns_request_duration_milliseconds_sum 1234.567891\n"
	    "dnscache_dns_request_duration_milliseconds_count 18\n");
}
END_TEST

START_TEST(other_edges_fall_into_the_next_wider_bucket)
{
	samples_add(analyzer, COUNTER_BUCKET, "dns_request_duration_seconds",
		"le=\"0.0003\",worker=\"0\"", 4, "");
	samples_add(analyzer, COUNTER_BUCKET, "dns_request_duration_seconds",
		"le=\"99999999999999999999\",worker=\"1\"", 3, "");
	render();
	HAS("_bucket{le=\"0.25\"} 0\n");
	HAS("_bucket{le=\"0.5\"} 4\n");
	HAS("_bucket{le=\"8192.0\"} 4\n");
	HAS("_bucket{le=\"+Inf\"} 7\n");
}
END_TEST

START_TEST(misses_never_go_down_while_the_analyzer_lives)
{
	total("cache_requests", "", 10);
	total("cache_hits", "", 3);
	render();
	HAS("\ndnscache_cache_miss_total 7\n");
	analyzer->values[1] = 5; /* hits newer than requests */
	render();
	HAS("\ndnscache_cache_miss_total 7\n");
	analyzer->values[0] = 13;
	render();
	HAS("\ndnscache_cache_miss_total 8\n");
	analyzer->values[1] = 14;
	render();
	HAS("\ndnscache_cache_miss_total 8\n");
	analyzer->started_ns++;
	analyzer->values[0] = 1;
	analyzer->values[1] = 0;
	render();
	HAS("\ndnscache_cache_miss_total 1\n");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("metrics_ancestor");
	TCase *tcase = tcase_create("metrics_ancestor");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, families_have_the_ancestors_order_names_and_help);
	tcase_add_test(tcase, figures_are_sums_of_what_the_stages_publish);
	tcase_add_test(tcase, stages_that_say_nothing_make_zeros);
	tcase_add_test(tcase, loss_is_what_the_analyzer_says);
	tcase_add_test(tcase, loss_is_the_share_of_finished_queries_that_failed);
	tcase_add_test(tcase, durations_are_in_milliseconds_with_the_ancestors_edges);
	tcase_add_test(tcase, other_edges_fall_into_the_next_wider_bucket);
	tcase_add_test(tcase, misses_never_go_down_while_the_analyzer_lives);
	suite_add_tcase(suite, tcase);
	return check_main_run(suite);
}
