/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/config_number.h"

#include <string.h>

#include "shared/clock.h"
#include "shared/config_value.h"

#define CONFIG_NUMBER_DIGITS "0123456789"

struct config_number_unit {
	const char *name;
	uint64_t factor;
};

static const struct config_number_unit config_number_units_count[] = {
	{ "", 1 },
	{ NULL, 0 },
};
static const struct config_number_unit config_number_units_bytes[] = {
	{ "", 1 },
	{ "K", 1ull << 10 },
	{ "M", 1ull << 20 },
	{ "G", 1ull << 30 },
	{ NULL, 0 },
};
static const struct config_number_unit config_number_units_duration[] = {
	{ "us", NS_PER_US },
	{ "ms", NS_PER_MS },
	{ "s", NS_PER_S },
	{ "m", 60 * NS_PER_S },
	{ "h", 3600 * NS_PER_S },
	{ "d", 86400 * NS_PER_S },
	{ NULL, 0 },
};

static const struct config_number_unit config_number_units_ratio[] = {
	{ "", CONFIG_RATIO_ONE },
	{ "%", CONFIG_RATIO_ONE / 100 },
	{ NULL, 0 },
};

static int config_number_unit_find(
	const struct config_number_unit *units, const char *name, uint64_t *out_factor)
{
	for (; units->name; units++) {
		if (strcmp(units->name, name) == 0) {
			*out_factor = units->factor;
			return CONFIG_VALUE_OK;
		}
	}
	return name[0] ? CONFIG_VALUE_NO_SUCH_UNIT : CONFIG_VALUE_NO_UNIT;
}

/* Digits times factor. */
static int config_number_whole(
	const char *digits, size_t count, uint64_t factor, uint64_t *out_value)
{
	uint64_t value = 0;

	for (size_t i = 0; i < count; i++)
		if (__builtin_mul_overflow(value, 10, &value) ||
			__builtin_add_overflow(value, (uint64_t)(digits[i] - '0'), &value))
			return CONFIG_VALUE_TOO_LARGE;
	if (__builtin_mul_overflow(value, factor, &value))
		return CONFIG_VALUE_TOO_LARGE;

	*out_value = value;
	return CONFIG_VALUE_OK;
}

/* Digits after the point times factor; what is finer than 1 is cut. */
static uint64_t config_number_fraction(const char *digits, size_t count, uint64_t factor)
{
	uint64_t value = 0;

	for (size_t i = 0; i < count; i++) {
		factor /= 10;
		value += (uint64_t)(digits[i] - '0') * factor;
	}
	return value;
}

/* A number and its unit; a fraction only where every unit is a multiple of many tens. */
static int config_number_with_unit(const char *text, const struct config_number_unit *units,
	bool is_fraction_allowed, uint64_t *out_value)
{
	size_t whole_count = strspn(text, CONFIG_NUMBER_DIGITS);
	const char *fraction = text + whole_count;
	size_t fraction_count = 0;
	const char *unit = fraction;
	uint64_t factor;
	uint64_t value;
	int r;

	if (*fraction == '.' && is_fraction_allowed) {
		fraction++;
		fraction_count = strspn(fraction, CONFIG_NUMBER_DIGITS);
		unit = fraction + fraction_count;
	}
	if (whole_count == 0 || *unit == '.' || (unit == fraction && fraction[-1] == '.'))
		return CONFIG_VALUE_NOT_A_NUMBER;

	r = config_number_unit_find(units, unit, &factor);
	if (r != CONFIG_VALUE_OK)
		return r;
	r = config_number_whole(text, whole_count, factor, &value);
	if (r != CONFIG_VALUE_OK)
		return r;
	if (__builtin_add_overflow(
		    value, config_number_fraction(fraction, fraction_count, factor), &value))
		return CONFIG_VALUE_TOO_LARGE;

	*out_value = value;
	return CONFIG_VALUE_OK;
}

int config_number_parse(enum config_kind kind, const char *text, uint64_t *out_value)
{
	int r;

	switch (kind) {
	case CONFIG_KIND_BYTES:
		return config_number_with_unit(text, config_number_units_bytes, false, out_value);
	case CONFIG_KIND_DURATION:
		return config_number_with_unit(text, config_number_units_duration, true, out_value);
	case CONFIG_KIND_RATIO:
		return config_number_with_unit(text, config_number_units_ratio, true, out_value);
	default:
		r = config_number_with_unit(text, config_number_units_count, false, out_value);
		return r == CONFIG_VALUE_NO_SUCH_UNIT ? CONFIG_VALUE_NOT_A_NUMBER : r;
	}
}
