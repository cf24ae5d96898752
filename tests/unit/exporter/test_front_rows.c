/* SPDX-License-Identifier: BSD-2-Clause */
#include "exporter/front_rows.h"

#include "tests/support/check_main.h"
#include "tests/support/state_samples.h"

static void render_stages(void)
{
	struct evbuffer *out = evbuffer_new();

	front_rows_stages(out, &samples_set);
	samples_take(out);
}

static void render_list(const char *family)
{
	struct evbuffer *out = evbuffer_new();

	front_rows_list(out, &samples_set, family);
	samples_take(out);
}

START_TEST(stage_that_is_up_says_what_it_takes)
{
	render_stages();
	HAS("<tr><td>injector<td class=\"good\">up<td>now<td>8 min<td>0<td>1.5 s<td>3.0 MiB\n");
	HAS("<tr><td>analyzer<td class=\"good\">up<td>now<td>8 min<td>0<td><td>\n");
}
END_TEST

START_TEST(stage_that_is_down_says_since_when)
{
	samples_capture->heartbeat_ns = SAMPLES_NOW_NS - 47 * NS_PER_S;
	samples_analyzer->state = STATUS_FAULT;
	samples_injector->is_present = false;
	samples_injector->restart_count = 4;
	render_stages();
	HAS("<tr><td>capture<td class=\"bad\">down, run<td>47 s ago<td>8 min<td>0");
	HAS("<tr><td>analyzer<td class=\"bad\">down, fault<td>now<td>8 min<td>0");
	HAS("<tr><td>injector<td class=\"bad\">not there<td><td><td>4<td><td>\n");
}
END_TEST

START_TEST(spans_have_a_unit_that_fits)
{
	static const struct {
		uint64_t seconds;
		const char *wanted;
	} spans[] = { { 0, ">0 s<" }, { 119, ">119 s<" }, { 120, ">2 min<" }, { 7199, ">119 min<" },
		{ 7200, ">2 h<" }, { 172799, ">47 h<" }, { 172800, ">2 d<" } };

	samples_set.now_ns = 200000 * NS_PER_S;
	samples_set.count = 1;
	for (unsigned int i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
		samples_capture->started_ns = samples_set.now_ns - spans[i].seconds * NS_PER_S;
		render_stages();
		HAS(spans[i].wanted);
	}
}
END_TEST

START_TEST(rows_are_what_is_not_zero)
{
	render_list("dns_failures");
	ck_assert_str_eq(samples_text, "<tr><td>timeout<td>7\n");
	render_list("nothing");
	ck_assert_str_eq(samples_text, "<tr><td class=\"dim\">none\n");
}
END_TEST

START_TEST(lines_share_one_scale_and_end_now)
{
	struct evbuffer *out = evbuffer_new();

	samples_happen(20, 10);
	samples_happen(10, 0);
	front_rows_line(out, &samples_traffic, TRAFFIC_QUERIES);
	samples_take(out);
	HAS(" 117,40.0 118,2.0 119,21.0");
	ck_assert_int_eq(strncmp(samples_text, "0,40.0 1,40.0 ", 14), 0);

	out = evbuffer_new();
	front_rows_line(out, &samples_traffic, TRAFFIC_RESCUES);
	samples_take(out);
	HAS(" 117,40.0 118,21.0 119,40.0");
}
END_TEST

START_TEST(texts_cannot_break_out)
{
	struct evbuffer *out = evbuffer_new();

	front_rows_text(out, "<a href='x'>&\"\\", 15, false);
	front_rows_text(out, "\\\"\\\\\\", 5, true);
	samples_take(out);
	ck_assert_str_eq(samples_text, "&#60;a href=&#39;x&#39;&#62;&#38;&#34;\\&#34;\\\\");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("front_rows");
	TCase *tcase = tcase_create("front_rows");

	tcase_add_checked_fixture(tcase, samples_state_setup, NULL);
	tcase_add_test(tcase, stage_that_is_up_says_what_it_takes);
	tcase_add_test(tcase, stage_that_is_down_says_since_when);
	tcase_add_test(tcase, spans_have_a_unit_that_fits);
	tcase_add_test(tcase, rows_are_what_is_not_zero);
	tcase_add_test(tcase, lines_share_one_scale_and_end_now);
	tcase_add_test(tcase, texts_cannot_break_out);
	suite_add_tcase(suite, tcase);
	return check_main_run(suite);
}
