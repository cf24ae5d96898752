/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/worker.h"

#include "tests/support/worker_lab.h"

/* What is served never holds a signature that has run out, however often the same was said. */

#define NAME       "none.example.com"
#define TTL_S      300
#define STALE_S    600
#define SIGNED_S   1000 /* how long a signature is valid */
#define WALL_S     1700000000u
#define EXPIRES_AT 8

static void signatures_start(void)
{
	lab_configure();
	lab.config.cache_max_stale_ns = STALE_S * NS_PER_S;
	lab_open();
	lab.worker.wall_ahead_ns = WALL_S * NS_PER_S - lab.now_ns;
}

static uint32_t wall_s(void)
{
	return (uint32_t)((lab.now_ns + lab.worker.wall_ahead_ns) / NS_PER_S);
}

static void wait_s(uint64_t s)
{
	lab.now_ns += s * NS_PER_S;
	lab_beat();
}

static struct lab_query validating(uint8_t client)
{
	struct lab_query query = lab_from(client, NAME);

	query.has_opt = true;
	query.opt_ttl_field = DNS_EDNS_FLAG_DO;
	return query;
}

static void sign(enum dns_section section, uint16_t type, uint32_t expires_s)
{
	uint8_t rdata[18 + 1 + 4] = { 0, (uint8_t)type, 8, 2 };

	dns_write_u32(rdata + EXPIRES_AT, expires_s);
	dns_builder_record(&lab_builder, section, DNS_BUILDER_TO_QUESTION, DNS_TYPE_RRSIG, TTL_S,
		rdata, sizeof(rdata));
}

/* No such name, by a denial whose signature runs out then. */
static void told_of_none(uint8_t client, uint32_t expires_s)
{
	const struct lab_query query = validating(client);

	lab_ask(&query);
	lab_pass(1);
	lab_begin(&query, DNS_RCODE_NXDOMAIN);
	dns_builder_soa(&lab_builder, TTL_S, TTL_S);
	sign(DNS_SECTION_AUTHORITY, DNS_TYPE_SOA, expires_s);
	lab_respond(&query);
}

/* An address of a wildcard, whose own signature is good for long: the denial's is not. */
static void told_of_wildcard(uint8_t client, uint32_t expires_s)
{
	const struct lab_query query = validating(client);

	lab_ask(&query);
	lab_pass(1);
	lab_begin_good(&query);
	sign(DNS_SECTION_ANSWER, DNS_TYPE_A, WALL_S + 1000000);
	sign(DNS_SECTION_AUTHORITY, DNS_TYPE_NSEC, expires_s);
	lab_respond(&query);
}

/* Of the signatures in the reply that this client gets now; 0 = there is no reply. */
static uint32_t expiry_in_reply(uint8_t client)
{
	const struct lab_query query = validating(client);
	const unsigned int before = lab.order_count;
	uint32_t least_s = UINT32_MAX;
	const union lab_order *order;
	struct dns_message view;
	struct dns_record record;

	lab_fall_silent();
	lab_ask(&query);
	if (lab.order_count == before)
		return 0;
	order = lab_last_order(&view);
	for (uint16_t at = view.answer_at;
		dns_read_record(order->head.dns, &view, at, &record) == DNS_READ_OK;
		at = record.next_at) {
		const uint8_t *expires = order->head.dns + record.rdata_at + EXPIRES_AT;

		if (record.type == DNS_TYPE_RRSIG && dns_read_u32(expires) < least_s)
			least_s = dns_read_u32(expires);
	}
	return least_s;
}

/* Said every 200 s, and signed anew each time: when the first signature has run out, what is served? */
static void check_signed_anew(void (*told)(uint8_t client, uint32_t expires_s))
{
	for (int i = 0; i < 6; i++) {
		told(2, wall_s() + SIGNED_S);
		wait_s(200);
	}
	ck_assert_uint_gt(wall_s(), WALL_S + SIGNED_S);
	ck_assert_uint_gt(expiry_in_reply(2), wall_s());
	ck_assert_uint_gt(expiry_in_reply(3), wall_s()); /* it is its network's, too */
}

START_TEST(denial_that_is_signed_anew_takes_the_place_of_the_one_before)
{
	check_signed_anew(told_of_none);
}
END_TEST

START_TEST(wildcard_whose_denial_is_signed_anew_takes_the_place_of_the_one_before)
{
	check_signed_anew(told_of_wildcard);
}
END_TEST

/* Until what is signed anew has settled, others are served what was known, as before. */
START_TEST(others_are_served_meanwhile)
{
	const uint32_t first_s = wall_s() + SIGNED_S;

	told_of_none(2, first_s);
	lab_settle();
	told_of_none(2, first_s + 10);
	ck_assert_uint_eq(expiry_in_reply(3), first_s);
	ck_assert_uint_eq(expiry_in_reply(2), first_s + 10);
}
END_TEST

/* A resolver that says the same all the time cannot make it outlive its signature. */
START_TEST(same_signature_is_renewed_until_it_runs_out)
{
	const uint32_t expires_s = wall_s() + SIGNED_S;

	told_of_none(2, expires_s);
	lab_settle();
	told_of_none(3, expires_s);
	ck_assert_uint_eq(lab.worker.counters.cache_renewals, 1);
	for (int i = 0; i < 9; i++) {
		wait_s(100);
		told_of_none(2, expires_s);
		lab_settle();
	}
	ck_assert_uint_eq(expiry_in_reply(2), expires_s);
	while (wall_s() < expires_s)
		wait_s(1);
	ck_assert_uint_eq(expiry_in_reply(2), 0);
	ck_assert_uint_eq(expiry_in_reply(3), 0);
}
END_TEST

static Suite *test_worker_signatures_suite(void)
{
	Suite *suite = suite_create("worker_signatures");
	TCase *all = tcase_create("worker_signatures");

	tcase_add_checked_fixture(all, signatures_start, lab_end);
	tcase_add_test(all, denial_that_is_signed_anew_takes_the_place_of_the_one_before);
	tcase_add_test(all, wildcard_whose_denial_is_signed_anew_takes_the_place_of_the_one_before);
	tcase_add_test(all, others_are_served_meanwhile);
	tcase_add_test(all, same_signature_is_renewed_until_it_runs_out);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_worker_signatures_suite());
}
