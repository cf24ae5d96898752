/* SPDX-License-Identifier: BSD-2-Clause */
#include "exporter/state_json.h"

#include "tests/support/check_main.h"
#include "tests/support/state_samples.h"

static void render(void)
{
	const struct state_input input = samples_state();
	struct evbuffer *out = evbuffer_new();

	state_json_render(out, &input);
	samples_take(out);
}

START_TEST(state_is_told_with_its_texts_escaped)
{
	render();
	HAS("{\"version\":\"1<2\",\"revision\":\"a\\\"b\",\"unix_seconds\":1700001000.000,\n"
	    "\"summary\":{\"level\":\"good\",\"text\":\"All is well.\"},\n");
	HAS("\"queries\":42,");
	HAS("\"queries_per_second\":0.0,");
	HAS("{\"labels\":{\"trigger\":\"timeout\",\"freshness\":\"<\\\"\\\\>\"},\"count\":5}");
	HAS("\"failures\":[{\"labels\":{\"reason\":\"timeout\"},\"count\":7},"
	    "{\"labels\":{\"reason\":\"servfail\"},\"count\":0}]");
	HAS("\"suppressed\":[]");
}
END_TEST

START_TEST(stages_tell_of_themselves_as_far_as_they_are_there)
{
	samples_capture->is_present = false;
	samples_capture->restart_count = 2;
	render();
	HAS("{\"stage\":\"capture\",\"up\":false,\"restarts\":2},\n");
	HAS("{\"stage\":\"injector\",\"up\":true,\"restarts\":0,\"state\":\"run\","
	    "\"heartbeat_age_seconds\":0.005,\"uptime_seconds\":500.000,"
	    "\"cpu_seconds\":1.500,\"memory_bytes\":3145728},\n");
}
END_TEST

START_TEST(times_of_the_future_are_now)
{
	samples_capture->heartbeat_ns = SAMPLES_NOW_NS + 1;
	samples_capture->started_ns = SAMPLES_NOW_NS + 1;
	render();
	HAS("\"heartbeat_age_seconds\":0.000,\"uptime_seconds\":0.000,");
}
END_TEST

START_TEST(history_ends_with_the_last_second)
{
	samples_happen(3, 1);
	samples_happen(4, 0);
	render();
	HAS(",0.0,3.0,4.0],\n\"failures\":[0.0,");
	HAS(",0.0,1.0,0.0]}}\n");
	ck_assert_uint_eq(samples_count_of("0.0,0.0,3.0"), 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("state_json");
	TCase *tcase = tcase_create("state_json");

	tcase_add_checked_fixture(tcase, samples_state_setup, NULL);
	tcase_add_test(tcase, state_is_told_with_its_texts_escaped);
	tcase_add_test(tcase, stages_tell_of_themselves_as_far_as_they_are_there);
	tcase_add_test(tcase, times_of_the_future_are_now);
	tcase_add_test(tcase, history_ends_with_the_last_second);
	suite_add_tcase(suite, tcase);
	return check_main_run(suite);
}
