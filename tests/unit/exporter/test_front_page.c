/* SPDX-License-Identifier: BSD-2-Clause */
#include "exporter/front_page.h"

#include "tests/support/check_main.h"
#include "tests/support/state_samples.h"

static void render(void)
{
	const struct state_input input = samples_state();
	struct evbuffer *out = evbuffer_new();

	front_page_render(out, &input);
	samples_take(out);
}

START_TEST(every_mark_is_filled_in)
{
	render();
	HAS_NOT("{{");
	HAS_NOT("}}</");
	HAS("<b data-number=\"queries_per_second\">0.0</b>");
	HAS("<td data-number=\"queries\">42\n");
	HAS("<p id=\"summary\" class=\"good\">All is well.</p>");
	HAS("</html>\n");
}
END_TEST

START_TEST(held_failures_are_listed_by_what_became_of_them)
{
	render();
	HAS("<tbody data-list=\"held\"><tr><td class=\"dim\">none\n</tbody>");
	samples_add(samples_analyzer, COUNTER_TOTAL, "held_failures", "result=\"answered\"", 3, "");
	samples_add(samples_analyzer, COUNTER_TOTAL, "held_failures", "result=\"released\"", 1, "");
	samples_add(
		samples_analyzer, COUNTER_TOTAL, "held_failures", "result=\"discarded\"", 0, "");
	render();
	HAS("<tbody data-list=\"held\"><tr><td>answered<td>3\n<tr><td>released<td>1\n</tbody>");
}
END_TEST

START_TEST(texts_are_escaped)
{
	render();
	HAS("<small>1&#60;2, a&#34;b</small>");
	HAS("<tr><td>timeout, &#60;&#34;\\&#62;<td>5\n");
}
END_TEST

START_TEST(nothing_is_fetched_from_elsewhere)
{
	render();
	HAS_NOT("http://");
	HAS_NOT("https://");
	HAS_NOT("src=");
	HAS("default-src 'none'");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("front_page");
	TCase *tcase = tcase_create("front_page");

	tcase_add_checked_fixture(tcase, samples_state_setup, NULL);
	tcase_add_test(tcase, every_mark_is_filled_in);
	tcase_add_test(tcase, held_failures_are_listed_by_what_became_of_them);
	tcase_add_test(tcase, texts_are_escaped);
	tcase_add_test(tcase, nothing_is_fetched_from_elsewhere);
	suite_add_tcase(suite, tcase);
	return check_main_run(suite);
}
