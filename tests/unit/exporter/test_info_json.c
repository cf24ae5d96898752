/* SPDX-License-Identifier: BSD-2-Clause */
#include "exporter/info_json.h"

#include <arpa/inet.h>
#include <string.h>

#include "tests/support/check_main.h"

#define NOW_NS     5000000000ull
#define SECOND_NS  1000000000ull
#define TEXT_BYTES 16384

static struct message_table_row row;
static char text[TEXT_BYTES];

static void set_ip(uint8_t out_ip[16], const char *ip)
{
	if (strchr(ip, ':')) {
		ck_assert_int_eq(inet_pton(AF_INET6, ip, out_ip), 1);
		return;
	}
	memset(out_ip, 0, 10);
	out_ip[10] = out_ip[11] = 0xff;
	ck_assert_int_eq(inet_pton(AF_INET, ip, out_ip + 12), 1);
}

static void set_name(const char *wire, size_t wire_bytes)
{
	memcpy(row.name, wire, wire_bytes);
	row.name_bytes = (uint8_t)wire_bytes;
}

static void setup(void)
{
	memset(&row, 0, sizeof(row));
	row.request_id = 1;
	row.table = MESSAGE_TABLE_CACHE;
	row.at_ns = NOW_NS - 1500 * 1000000ull;
	row.type = 1;
	row.class = 1;
	row.dns_id = 45204;
	row.client_port_be = htons(44967);
	row.server_port_be = htons(53);
	set_ip(row.client_ip, "172.17.0.3");
	set_ip(row.server_ip, "223.6.6.6");
	strcpy(row.scope, "bridge:docker0");
	set_name("\5baidu\3com", 11);
	set_ip(row.addresses[0], "28.0.1.67");
	row.address_count = 1;
}

static const char *print(void)
{
	struct evbuffer *out = evbuffer_new();
	size_t bytes;

	ck_assert_int_eq(info_json_row(out, "", &row, NOW_NS), INFO_JSON_OK);
	bytes = evbuffer_get_length(out);
	ck_assert_uint_lt(bytes, sizeof(text));
	(void)evbuffer_remove(out, text, bytes);
	text[bytes] = '\0';
	evbuffer_free(out);
	return text;
}

static void is_refused(void)
{
	struct evbuffer *out = evbuffer_new();

	ck_assert_int_eq(info_json_row(out, ",\n", &row, NOW_NS), INFO_JSON_MALFORMED);
	ck_assert_uint_eq(evbuffer_get_length(out), 0);
	evbuffer_free(out);
}

START_TEST(cache_row_begins_as_the_ancestors)
{
	row.ttl_s = 42;
	memset(row.client_ip, 0, sizeof(row.client_ip));
	ck_assert_str_eq(print(),
		"{\"domain\":\"baidu.com\",\"ip\":[\"28.0.1.67\"],\"type\":\"A\","
		"\"rcode\":\"NOERROR\",\"scope\":\"bridge:docker0\",\"resolver\":\"223.6.6.6\","
		"\"age_seconds\":1.500,\"ttl_seconds\":42,\"stale\":false,\"negative\":false}");
}
END_TEST

START_TEST(answer_that_is_good_for_one_client_names_it)
{
	ck_assert_ptr_nonnull(
		strstr(print(), ",\"resolver\":\"223.6.6.6\",\"client\":\"172.17.0.3\","));
}
END_TEST

START_TEST(matched_row_is_told_from_the_response)
{
	row.table = MESSAGE_TABLE_MATCHED;
	row.took_ns = 1234567;
	ck_assert_str_eq(print(),
		"{\"domain\":\"baidu.com\",\"saddr\":\"223.6.6.6:53\",\"daddr\":\"172.17.0.3:44967\","
		"\"dns_id\":45204,\"ip\":[\"28.0.1.67\"],\"type\":\"A\",\"rcode\":\"NOERROR\","
		"\"scope\":\"bridge:docker0\",\"age_seconds\":1.500,\"took_seconds\":0.001234,"
		"\"rescued\":false}");
}
END_TEST

START_TEST(matching_and_unmatched_rows_are_told_from_the_query)
{
	static const char expected[] =
		"{\"domain\":\"baidu.com\",\"saddr\":\"172.17.0.3:44967\",\"daddr\":\"223.6.6.6:53\","
		"\"dns_id\":45204,\"type\":\"A\",\"scope\":\"bridge:docker0\","
		"\"age_seconds\":1.500,\"rescued\":true}";

	row.flags = MESSAGE_ROW_RESCUED;
	row.table = MESSAGE_TABLE_MATCHING;
	ck_assert_str_eq(print(), expected);
	row.table = MESSAGE_TABLE_UNMATCHED;
	ck_assert_str_eq(print(), expected);
}
END_TEST

START_TEST(ipv6_address_with_a_port_stands_in_brackets)
{
	row.table = MESSAGE_TABLE_MATCHING;
	set_ip(row.client_ip, "fd00::3");
	set_ip(row.server_ip, "2001:db8::53");
	ck_assert_ptr_nonnull(strstr(print(), "\"saddr\":\"[fd00::3]:44967\""));
	ck_assert_ptr_nonnull(strstr(text, "\"daddr\":\"[2001:db8::53]:53\""));
	row.table = MESSAGE_TABLE_CACHE;
	ck_assert_ptr_nonnull(strstr(print(), "\"resolver\":\"2001:db8::53\""));
	row.server_port_be = htons(5353);
	ck_assert_ptr_nonnull(strstr(print(), "\"resolver\":\"[2001:db8::53]:5353\""));
}
END_TEST

START_TEST(addresses_are_listed_in_order_up_to_the_limit)
{
	row.address_count = MESSAGE_ROW_ADDRESSES_MAX;
	for (unsigned int i = 0; i < MESSAGE_ROW_ADDRESSES_MAX; i++) {
		set_ip(row.addresses[i], i % 2 ? "2001:db8::1" : "192.0.2.1");
		row.addresses[i][15] = (uint8_t)i;
	}
	ck_assert_ptr_nonnull(strstr(print(),
		"\"ip\":[\"192.0.2.0\",\"2001:db8::1\",\"192.0.2.2\",\"2001:db8::3\",\"192.0.2.4\","
		"\"2001:db8::5\",\"192.0.2.6\",\"2001:db8::7\"]"));
	row.address_count = 0;
	ck_assert_ptr_nonnull(strstr(print(), "\"ip\":[]"));
	row.address_count = MESSAGE_ROW_ADDRESSES_MAX + 1;
	is_refused();
}
END_TEST

START_TEST(numbers_without_a_name_are_written_out)
{
	row.type = 65534;
	row.class = 42;
	row.rcode = 12;
	row.flags = MESSAGE_ROW_STALE | MESSAGE_ROW_NEGATIVE;
	ck_assert_ptr_nonnull(strstr(
		print(), "\"type\":\"TYPE65534\",\"class\":\"CLASS42\",\"rcode\":\"RCODE12\""));
	ck_assert_ptr_nonnull(strstr(text, "\"stale\":true,\"negative\":true"));
	row.type = 65;
	row.class = 3;
	row.rcode = 3;
	ck_assert_ptr_nonnull(
		strstr(print(), "\"type\":\"HTTPS\",\"class\":\"CH\",\"rcode\":\"NXDOMAIN\""));
}
END_TEST

START_TEST(every_byte_of_a_name_is_printable_json)
{
	uint8_t byte = (uint8_t)_i;
	const char *body;

	row.name[0] = 1;
	row.name[1] = byte;
	row.name[2] = 0;
	row.name_bytes = 3;
	body = print();
	for (const char *at = body; *at; at++)
		ck_assert(*at >= 0x20 && *at <= 0x7e);
	body += strlen("{\"domain\":\"");
	if (byte == '.')
		ck_assert(strncmp(body, "\\\\.\",", 5) == 0);
	else if (byte == '\\')
		ck_assert(strncmp(body, "\\\\\\\\\",", 6) == 0);
	else if (byte == '"')
		ck_assert(strncmp(body, "\\\\034\",", 7) == 0);
	else if (byte >= 0x21 && byte <= 0x7e)
		ck_assert(body[0] == (char)byte && body[1] == '"');
	else
		ck_assert(strncmp(body, "\\\\", 2) == 0 && strncmp(body + 5, "\",", 2) == 0);
}
END_TEST

START_TEST(longest_ugliest_name_is_whole)
{
	size_t at = 0;

	for (int label = 0; label < 4; label++) {
		uint8_t label_bytes = label < 3 ? 63 : 61;

		row.name[at++] = label_bytes;
		memset(row.name + at, 0xff, label_bytes);
		at += label_bytes;
	}
	row.name[at++] = 0;
	row.name_bytes = (uint8_t)at;
	ck_assert_uint_eq(at, MESSAGE_NAME_BYTES_MAX);
	ck_assert_uint_eq(strcspn(print() + strlen("{\"domain\":\""), "\""), 250 * 5 + 3);
}
END_TEST

START_TEST(root_is_a_dot)
{
	set_name("", 1);
	ck_assert_ptr_eq(strstr(print(), "{\"domain\":\".\","), text);
}
END_TEST

START_TEST(scope_is_cut_at_its_field_and_escaped)
{
	memset(row.scope, 'x', sizeof(row.scope));
	row.scope[0] = '"';
	row.scope[1] = '\n';
	row.scope[2] = '\\';
	row.scope[3] = (char)0xff;
	ck_assert_ptr_nonnull(strstr(print(), "\"scope\":\"\\\"\\u000a\\\\\\u00ff"
					      "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\","));
}
END_TEST

START_TEST(row_without_a_name_or_table_is_refused)
{
	row.name_bytes = 0;
	is_refused();
	set_name("\5baid", 5); /* cut */
	is_refused();
	setup();
	row.table = 0;
	is_refused();
	row.table = 5;
	is_refused();
	row.table = UINT32_MAX;
	is_refused();
}
END_TEST

START_TEST(age_of_a_row_from_the_future_is_0)
{
	row.at_ns = NOW_NS + SECOND_NS;
	ck_assert_ptr_nonnull(strstr(print(), "\"age_seconds\":0.000,"));
}
END_TEST

START_TEST(text_before_the_row_is_only_written_with_it)
{
	struct evbuffer *out = evbuffer_new();

	ck_assert_int_eq(info_json_row(out, ",\n", &row, NOW_NS), INFO_JSON_OK);
	ck_assert_mem_eq(evbuffer_pullup(out, 3), ",\n{", 3);
	evbuffer_free(out);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("info_json");
	TCase *tcase = tcase_create("info_json");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, cache_row_begins_as_the_ancestors);
	tcase_add_test(tcase, answer_that_is_good_for_one_client_names_it);
	tcase_add_test(tcase, matched_row_is_told_from_the_response);
	tcase_add_test(tcase, matching_and_unmatched_rows_are_told_from_the_query);
	tcase_add_test(tcase, ipv6_address_with_a_port_stands_in_brackets);
	tcase_add_test(tcase, addresses_are_listed_in_order_up_to_the_limit);
	tcase_add_test(tcase, numbers_without_a_name_are_written_out);
	tcase_add_loop_test(tcase, every_byte_of_a_name_is_printable_json, 0, 256);
	tcase_add_test(tcase, longest_ugliest_name_is_whole);
	tcase_add_test(tcase, root_is_a_dot);
	tcase_add_test(tcase, scope_is_cut_at_its_field_and_escaped);
	tcase_add_test(tcase, row_without_a_name_or_table_is_refused);
	tcase_add_test(tcase, age_of_a_row_from_the_future_is_0);
	tcase_add_test(tcase, text_before_the_row_is_only_written_with_it);
	suite_add_tcase(suite, tcase);
	return check_main_run(suite);
}
