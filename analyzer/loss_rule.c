/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/loss_rule.h"

/* Whether @failed of @units is at least @loss_ppm / @divisor of them. */
static bool loss_rule_reaches(uint32_t failed, uint32_t units, uint32_t loss_ppm, uint64_t divisor)
{
	return failed > 0 && failed * 1000000ull * divisor >= (uint64_t)units * loss_ppm;
}

bool loss_rule_holds(const struct loss_rule *rule, bool is_failing, const struct loss_sum *whole,
	const struct loss_sum *recent)
{
	const uint64_t divisor = is_failing ? 2 : 1;

	if (whole->units * divisor < rule->units_min)
		return false;
	if (!is_failing && whole->names < LOSS_RULE_NAMES_MIN)
		return false;
	if (!loss_rule_reaches(recent->failed, recent->units, rule->loss_ppm, 2) ||
		!loss_rule_reaches(whole->failed, whole->units, rule->loss_ppm, divisor))
		return false;
	if (rule->is_client_bound && !loss_rule_reaches(whole->failed_beside_client, whole->units,
					     rule->loss_ppm, 2 * divisor))
		return false;
	if (rule->is_resolver_bound && !loss_rule_reaches(whole->failed_beside_resolver,
					       whole->units, rule->loss_ppm, 2 * divisor))
		return false;
	return !rule->is_zone_bound || whole->zones < 2 ||
	       loss_rule_reaches(
		       whole->failed_beside_zone, whole->units, rule->loss_ppm, 2 * divisor);
}
