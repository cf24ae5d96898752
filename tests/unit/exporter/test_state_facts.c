/* SPDX-License-Identifier: BSD-2-Clause */
#include "exporter/state_facts.h"

#include "tests/support/check_main.h"
#include "tests/support/state_samples.h"

static void is_summed_up_as(const char *level, const char *text)
{
	const struct state_input input = samples_state();
	struct state_summary summary;

	state_facts_summary(&input, &summary);
	ck_assert_str_eq(summary.text, text);
	ck_assert_str_eq(summary.level, level);
}

static const char *number(const char *name)
{
	static struct state_number numbers[STATE_NUMBERS_MAX];
	const struct state_input input = samples_state();
	const size_t count = state_facts_numbers(&input, numbers);

	for (size_t i = 0; i < count; i++)
		if (strcmp(numbers[i].name, name) == 0)
			return numbers[i].text;
	ck_abort_msg("no number %s", name);
}

START_TEST(numbers_are_sums_and_rates)
{
	samples_happen(15, 4);
	samples_happen(0, 1);
	ck_assert_str_eq(number("queries"), "42");
	ck_assert_str_eq(number("failures"), "7");
	ck_assert_str_eq(number("rescues"), "5");
	ck_assert_str_eq(number("watched_interfaces"), "3");
	ck_assert_str_eq(number("cache_entries"), "0");
	ck_assert_str_eq(number("queries_per_second"), "7.5");
	ck_assert_str_eq(number("rescues_per_second"), "2.5");
	ck_assert_str_eq(number("failures_per_second"), "0.0");
}
END_TEST

START_TEST(numbers_have_names_of_their_own)
{
	struct state_number numbers[STATE_NUMBERS_MAX];
	const struct state_input input = samples_state();
	const size_t count = state_facts_numbers(&input, numbers);

	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < i; j++)
			ck_assert_str_ne(numbers[i].name, numbers[j].name);
}
END_TEST

START_TEST(what_is_wrong_most_is_said_first)
{
	is_summed_up_as("good", "All is well.");
	samples_capture->values[0] = 0;
	is_summed_up_as("good", "All is well. No interface of a container is there to be watched.");
	samples_capture->values[0] = 1;
	samples_add(samples_analyzer, COUNTER_LEVEL, "failing", "level=\"name\"", 2, "");
	is_summed_up_as("good", "All is well.");
	samples_add(samples_analyzer, COUNTER_LEVEL, "failing", "level=\"host\"", 1, "");
	is_summed_up_as("warning", "Too many queries fail, see below.");
	samples_happen(10, 1);
	is_summed_up_as("warning", "Queries that fail are answered from memory.");
	samples_add(samples_analyzer, COUNTER_LEVEL, "silent_resolvers", "", 1, "");
	is_summed_up_as(
		"warning", "1 resolver is silent: what is asked of it is answered from memory.");
	samples_add(samples_analyzer, COUNTER_LEVEL, "silent_resolvers", "of=\"more\"", 1, "");
	is_summed_up_as("warning",
		"2 resolvers are silent: what is asked of them is answered from memory.");
	samples_injector->is_present = false;
	is_summed_up_as("bad", "Not up: injector");
	samples_capture->state = STATUS_BOOT;
	is_summed_up_as("bad", "Not up: capture, injector");
}
END_TEST

START_TEST(states_have_names)
{
	samples_capture->state = STATUS_DRAIN;
	ck_assert_str_eq(state_facts_stage_state(samples_capture), "drain");
	samples_capture->state = 0;
	ck_assert_str_eq(state_facts_stage_state(samples_capture), "unknown");
	samples_capture->state = UINT64_MAX;
	ck_assert_str_eq(state_facts_stage_state(samples_capture), "unknown");
}
END_TEST

START_TEST(figures_of_a_stage_are_its_own)
{
	ck_assert_uint_eq(
		state_facts_of_stage(&samples_set, "stage_cpu_seconds", "injector"), 1500000000);
	ck_assert_uint_eq(state_facts_of_stage(&samples_set, "stage_cpu_seconds", "capture"), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("state_facts");
	TCase *tcase = tcase_create("state_facts");

	tcase_add_checked_fixture(tcase, samples_state_setup, NULL);
	tcase_add_test(tcase, numbers_are_sums_and_rates);
	tcase_add_test(tcase, numbers_have_names_of_their_own);
	tcase_add_test(tcase, what_is_wrong_most_is_said_first);
	tcase_add_test(tcase, states_have_names);
	tcase_add_test(tcase, figures_of_a_stage_are_its_own);
	suite_add_tcase(suite, tcase);
	return check_main_run(suite);
}
