/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/layout/status_layout.h"

#include <string.h>

#include "tests/abi/layout_field.h"
#include "tests/support/check_main.h"

/*
 * Layout version 1, byte for byte, little-endian. A red test here means that stages
 * of different versions no longer understand each other: raise the layout version,
 * and keep these bytes as a case of their own.
 */

START_TEST(numbers_are_those_of_version_1)
{
	ck_assert_uint_eq(STATUS_LAYOUT_MAGIC, 0x7461747364);
	ck_assert_uint_eq(STATUS_LAYOUT_VERSION, 1);
	ck_assert_uint_eq(STATUS_LAYOUT_COUNTERS_MAX, 512);
	ck_assert_uint_eq(STATUS_LOCK_OWNER, 0);
	ck_assert_int_eq(STATUS_BOOT, 1);
	ck_assert_int_eq(STATUS_RUN, 2);
	ck_assert_int_eq(STATUS_DRAIN, 3);
	ck_assert_int_eq(STATUS_FAULT, 4);
	ck_assert_int_eq(COUNTER_TOTAL, 1);
	ck_assert_int_eq(COUNTER_LEVEL, 2);
	ck_assert_int_eq(COUNTER_BUCKET, 3);
	ck_assert_int_eq(COUNTER_SUM_NS, 4);
	ck_assert_int_eq(COUNTER_TOTAL_NS, 5);
	ck_assert_int_eq(COUNTER_SUM, 6);
}
END_TEST

START_TEST(header_fields_stand_where_version_1_has_them)
{
	ck_assert_uint_eq(sizeof(struct status_layout_header), 256);
	LAYOUT_FIELD_IS(struct status_layout_header, magic, 0, 8);
	LAYOUT_FIELD_IS(struct status_layout_header, version, 8, 4);
	LAYOUT_FIELD_IS(struct status_layout_header, counter_count, 12, 4);
	LAYOUT_FIELD_IS(struct status_layout_header, counters_at, 16, 8);
	LAYOUT_FIELD_IS(struct status_layout_header, values_at, 24, 8);
	LAYOUT_FIELD_IS(struct status_layout_header, pid, 32, 8);
	LAYOUT_FIELD_IS(struct status_layout_header, started_ns, 40, 8);
	LAYOUT_FIELD_IS(struct status_layout_header, boot_id, 48, 16);
	LAYOUT_FIELD_IS(struct status_layout_header, stage, 64, 16);
	LAYOUT_FIELD_IS(struct status_layout_header, version_text, 80, 32);
	LAYOUT_FIELD_IS(struct status_layout_header, state, 112, 8);
	LAYOUT_FIELD_IS(struct status_layout_header, heartbeat_ns, 120, 8);
	LAYOUT_FIELD_IS(struct status_layout_header, reserved, 128, 128);
}
END_TEST

START_TEST(counter_fields_stand_where_version_1_has_them)
{
	ck_assert_uint_eq(sizeof(struct status_layout_counter), 320);
	LAYOUT_FIELD_IS(struct status_layout_counter, kind, 0, 4);
	LAYOUT_FIELD_IS(struct status_layout_counter, reserved, 4, 4);
	LAYOUT_FIELD_IS(struct status_layout_counter, family, 8, 64);
	LAYOUT_FIELD_IS(struct status_layout_counter, labels, 72, 128);
	LAYOUT_FIELD_IS(struct status_layout_counter, help, 200, 120);
}
END_TEST

static const uint8_t golden_header[256] = {
	"dstat\x00\x00\x00"                                                /* 0 */
	"\x01\x00\x00\x00\x02\x00\x00\x00"                                 /* 8 */
	"\x00\x01\x00\x00\x00\x00\x00\x00"                                 /* 16 */
	"\x80\x03\x00\x00\x00\x00\x00\x00"                                 /* 24 */
	"\xd2\x04\x00\x00\x00\x00\x00\x00"                                 /* 32 */
	"\x00\xe4\x0b\x54\x02\x00\x00\x00"                                 /* 40 */
	"\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f" /* 48 */
	"capture\x00\x00\x00\x00\x00\x00\x00\x00\x00"                      /* 64 */
	"0.1.0\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"                /* 80 */
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" /* 96 */
	"\x02\x00\x00\x00\x00\x00\x00\x00"                                 /* 112 */
	"\x08\x07\x06\x05\x04\x03\x02\x01"                                 /* 120 */
};

START_TEST(header_of_version_1_is_read)
{
	struct status_layout_header header;

	memcpy(&header, golden_header, sizeof(header));
	ck_assert_uint_eq(header.magic, STATUS_LAYOUT_MAGIC);
	ck_assert_uint_eq(header.version, 1);
	ck_assert_uint_eq(header.counter_count, 2);
	ck_assert_uint_eq(header.counters_at, 256);
	ck_assert_uint_eq(header.values_at, 256 + 2 * 320);
	ck_assert_uint_eq(header.pid, 1234);
	ck_assert_uint_eq(header.started_ns, 10000000000);
	ck_assert_mem_eq(header.boot_id, golden_header + 48, 16);
	ck_assert_str_eq(header.stage, "capture");
	ck_assert_str_eq(header.version_text, "0.1.0");
	ck_assert_uint_eq(header.state, STATUS_RUN);
	ck_assert_uint_eq(header.heartbeat_ns, 0x0102030405060708);
}
END_TEST

START_TEST(counter_of_version_1_is_read)
{
	static uint8_t golden[320] = "\x01";
	struct status_layout_counter counter;

	memcpy(golden + 8, "events", 6);
	memcpy(golden + 72, "a=\"b\"", 5);
	memcpy(golden + 200, "Events", 6);
	memcpy(&counter, golden, sizeof(counter));
	ck_assert_uint_eq(counter.kind, COUNTER_TOTAL);
	ck_assert_str_eq(counter.family, "events");
	ck_assert_str_eq(counter.labels, "a=\"b\"");
	ck_assert_str_eq(counter.help, "Events");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("status_layout");
	TCase *tcase = tcase_create("status_layout");

	tcase_add_test(tcase, numbers_are_those_of_version_1);
	tcase_add_test(tcase, header_fields_stand_where_version_1_has_them);
	tcase_add_test(tcase, counter_fields_stand_where_version_1_has_them);
	tcase_add_test(tcase, header_of_version_1_is_read);
	tcase_add_test(tcase, counter_of_version_1_is_read);
	suite_add_tcase(suite, tcase);
	return check_main_run(suite);
}
