/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/answer_key.h"

#include <string.h>

#include "tests/support/check_main.h"
#include "tests/support/dns_builder.h"

/* What a key is made of; each test changes one thing. */
struct asked {
	char scope[MESSAGE_SCOPE_BYTES];
	uint8_t resolver[ANSWER_KEY_RESOLVER_BYTES];
	uint16_t port_be;
	const char *name;
	uint16_t type;
	uint16_t class;
	uint16_t flags;
	uint32_t ttl_field; /* of the OPT */
	const char *options;
	uint16_t options_bytes;
	bool has_opt;
};

static const struct asked plain = {
	.scope = "bridge:docker0",
	.resolver = { [10] = 0xff, 0xff, 10, 0, 0, 53 },
	.port_be = 0x3500,
	.name = "www.example.com",
	.type = DNS_TYPE_A,
	.class = DNS_CLASS_IN,
	.flags = DNS_FLAG_RD,
};

static struct dns_builder builder;

static bool key_try(struct answer_key *out_key, const struct asked *asked)
{
	struct dns_message view;
	size_t class_at;

	dns_builder_start(&builder, asked->flags, asked->name, asked->type);
	class_at = builder.size_bytes - 2;
	dns_write_u16(builder.bytes + class_at, asked->class);
	if (asked->has_opt)
		dns_builder_opt(
			&builder, 1232, asked->ttl_field, asked->options, asked->options_bytes);
	ck_assert_int_eq(dns_read_message(builder.bytes, builder.size_bytes, &view), DNS_READ_OK);
	return answer_key_make(
		out_key, asked->scope, asked->resolver, asked->port_be, builder.bytes, &view);
}

static struct answer_key key_of(const struct asked *asked)
{
	struct answer_key key;

	ck_assert(key_try(&key, asked));
	return key;
}

static bool key_is_equal(const struct asked *asked, const struct asked *other)
{
	struct answer_key a = key_of(asked);
	struct answer_key b = key_of(other);

	return a.size_bytes == b.size_bytes && memcmp(a.bytes, b.bytes, a.size_bytes) == 0;
}

START_TEST(equal_questions_have_equal_keys)
{
	ck_assert(key_is_equal(&plain, &plain));
}
END_TEST

START_TEST(case_of_the_name_does_not_count)
{
	struct asked other = plain;

	other.name = "wWw.EXAMPLE.cOm";
	ck_assert(key_is_equal(&plain, &other));
}
END_TEST

START_TEST(name_counts)
{
	static const char *const names[] = { "", "com", "www.example.co", "www.example.comm",
		"wwww.example.com", "www.example.com.com", "wwwexample.com" };
	struct asked other = plain;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		other.name = names[i];
		ck_assert(!key_is_equal(&plain, &other));
	}
}
END_TEST

START_TEST(scope_counts_whole)
{
	static const char *const scopes[] = { "", "bridge:docker1", "bridge:docker", "routed",
		"bridge:docker0.123456789" };
	struct asked other = plain;

	for (size_t i = 0; i < sizeof(scopes) / sizeof(scopes[0]); i++) {
		memset(other.scope, 0, sizeof(other.scope));
		memcpy(other.scope, scopes[i], strlen(scopes[i]));
		ck_assert(!key_is_equal(&plain, &other));
		ck_assert(key_is_equal(&other, &other));
	}
}
END_TEST

START_TEST(what_follows_the_end_of_a_scope_does_not_count)
{
	struct asked other = plain;

	other.scope[MESSAGE_SCOPE_BYTES - 1] = 'x';
	ck_assert(key_is_equal(&plain, &other));
}
END_TEST

START_TEST(every_byte_of_the_resolver_counts)
{
	for (size_t i = 0; i < ANSWER_KEY_RESOLVER_BYTES; i++) {
		struct asked other = plain;

		other.resolver[i] ^= 1;
		ck_assert(!key_is_equal(&plain, &other));
	}
}
END_TEST

START_TEST(port_of_the_resolver_counts)
{
	struct asked other = plain;

	other.port_be ^= 1;
	ck_assert(!key_is_equal(&plain, &other));
	other.port_be = plain.port_be ^ 0x100;
	ck_assert(!key_is_equal(&plain, &other));
}
END_TEST

START_TEST(type_and_class_count)
{
	struct asked other = plain;

	other.type = DNS_TYPE_AAAA;
	ck_assert(!key_is_equal(&plain, &other));
	other.type = DNS_TYPE_A << 8;
	ck_assert(!key_is_equal(&plain, &other));

	other = plain;
	other.class = DNS_CLASS_CH;
	ck_assert(!key_is_equal(&plain, &other));
}
END_TEST

START_TEST(do_and_cd_count_and_other_flags_do_not)
{
	struct asked with_cd = plain, with_opt = plain, with_do = plain, with_flags = plain;

	with_cd.flags |= DNS_FLAG_CD;
	with_opt.has_opt = true;
	with_do.has_opt = true;
	with_do.ttl_field = DNS_EDNS_FLAG_DO;
	with_flags.flags = DNS_FLAG_AD;

	ck_assert(!key_is_equal(&plain, &with_cd));
	ck_assert(!key_is_equal(&plain, &with_do));
	ck_assert(!key_is_equal(&with_cd, &with_do));
	ck_assert(key_is_equal(&plain, &with_opt));
	ck_assert(key_is_equal(&plain, &with_flags));
}
END_TEST

START_TEST(cookie_and_padding_do_not_count)
{
	static const char options[] = "\0\12\0\10cookie12\0\14\0\4\0\0\0\0";
	struct asked other = plain;

	other.has_opt = true;
	other.options = options;
	other.options_bytes = sizeof(options) - 1;
	ck_assert(key_is_equal(&plain, &other));
}
END_TEST

static struct asked asked_with_subnet(const char *option, size_t option_bytes)
{
	struct asked asked = plain;

	asked.has_opt = true;
	asked.options = option;
	asked.options_bytes = (uint16_t)option_bytes;
	return asked;
}

#define WITH_SUBNET(option) asked_with_subnet(option, sizeof(option) - 1)

START_TEST(client_subnet_counts)
{
	const struct asked asked[] = {
		plain,
		WITH_SUBNET("\0\10\0\4\0\1\0\0"),             /* 0.0.0.0/0 */
		WITH_SUBNET("\0\10\0\4\0\2\0\0"),             /* ::/0 */
		WITH_SUBNET("\0\10\0\7\0\1\30\0\300\0\2"),    /* 192.0.2.0/24 */
		WITH_SUBNET("\0\10\0\7\0\1\30\0\300\0\3"),    /* 192.0.3.0/24 */
		WITH_SUBNET("\0\10\0\7\0\1\27\0\300\0\2"),    /* 192.0.2.0/23 */
		WITH_SUBNET("\0\10\0\10\0\1\40\0\300\0\2\1"), /* 192.0.2.1/32 */
		WITH_SUBNET("\0\10\0\24\0\2\200\0abcdefghijklmnop"),
		WITH_SUBNET("\0\10\0\24\0\2\200\0abcdefghijklmnoq"),
	};
	const size_t count = sizeof(asked) / sizeof(asked[0]);

	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < count; j++)
			ck_assert_int_eq(key_is_equal(&asked[i], &asked[j]), i == j);
}
END_TEST

START_TEST(client_subnet_longer_than_any_address_has_no_key)
{
	const struct asked asked = WITH_SUBNET("\0\10\0\25\0\2\210\0abcdefghijklmnopq");
	struct answer_key key;

	ck_assert(!key_try(&key, &asked));
}
END_TEST

START_TEST(longest_parts_fit)
{
	struct asked asked = WITH_SUBNET("\0\10\0\24\0\2\200\0abcdefghijklmnop");
	char name[64 * 4] = { 0 };
	struct answer_key key, key_of_client;

	memset(name, 'A', 63 + 1 + 63 + 1 + 63 + 1 + 61);
	name[63] = name[127] = name[191] = '.';
	asked.name = name;
	key = key_of(&asked);
	answer_key_of(&key_of_client, ANSWER_KEY_YOUNG, asked.resolver, &key);
	ck_assert_uint_eq(key_of_client.size_bytes, ANSWER_KEY_BYTES_MAX);
}
END_TEST

START_TEST(key_of_a_client_is_its_own_and_read_back)
{
	static const uint8_t client[ANSWER_KEY_CLIENT_BYTES] = { 1, 2, 3 };
	struct asked asked = WITH_SUBNET("\0\10\0\6\0\1\20\0ab");
	const struct answer_key key = key_of(&asked);
	struct answer_key young, own, witness;
	struct answer_key_parts parts;

	answer_key_of(&young, ANSWER_KEY_YOUNG, client, &key);
	answer_key_of(&own, ANSWER_KEY_OWN, client, &key);
	answer_key_of(&witness, ANSWER_KEY_WITNESS, NULL, &key);
	ck_assert_uint_eq(young.size_bytes, key.size_bytes + sizeof(client));
	ck_assert_mem_ne(young.bytes, own.bytes, own.size_bytes);
	ck_assert_mem_ne(witness.bytes, key.bytes, key.size_bytes);
	answer_key_read(young.bytes, young.size_bytes, &parts);
	ck_assert_mem_eq(parts.client, client, sizeof(client));
	ck_assert_uint_eq(parts.name_bytes, 17);
	ck_assert_mem_eq(parts.name, "\3www\7example\3com", 17);
	answer_key_read(witness.bytes, witness.size_bytes, &parts);
	ck_assert_ptr_null(parts.client);
	ck_assert_uint_eq(parts.name_bytes, 17);
}
END_TEST

START_TEST(parts_are_read_back)
{
	static const char option[] = "\0\10\0\7\0\1\30\0\300\0\2";
	struct asked asked = asked_with_subnet(option, sizeof(option) - 1);
	struct answer_key_parts parts;
	struct answer_key key;

	asked.flags |= DNS_FLAG_CD;
	asked.ttl_field = DNS_EDNS_FLAG_DO;
	asked.name = "WWW.example";
	key = key_of(&asked);
	answer_key_read(key.bytes, key.size_bytes, &parts);

	ck_assert_str_eq(parts.scope, "bridge:docker0");
	ck_assert_mem_eq(parts.resolver, asked.resolver, ANSWER_KEY_RESOLVER_BYTES);
	ck_assert_uint_eq(parts.port_be, asked.port_be);
	ck_assert_uint_eq(parts.type, DNS_TYPE_A);
	ck_assert_uint_eq(parts.class, DNS_CLASS_IN);
	ck_assert_uint_eq(parts.variant, ANSWER_KEY_DO | ANSWER_KEY_CD);
	ck_assert_uint_eq(parts.ecs_bytes, 7);
	ck_assert_mem_eq(parts.ecs, option + 4, 7);
	ck_assert_uint_eq(parts.name_bytes, 13);
	ck_assert_mem_eq(parts.name, "\3www\7example", 13);
}
END_TEST

static Suite *test_answer_key_suite(void)
{
	Suite *suite = suite_create("answer_key");
	TCase *all = tcase_create("answer_key");

	tcase_add_test(all, equal_questions_have_equal_keys);
	tcase_add_test(all, case_of_the_name_does_not_count);
	tcase_add_test(all, name_counts);
	tcase_add_test(all, scope_counts_whole);
	tcase_add_test(all, what_follows_the_end_of_a_scope_does_not_count);
	tcase_add_test(all, every_byte_of_the_resolver_counts);
	tcase_add_test(all, port_of_the_resolver_counts);
	tcase_add_test(all, type_and_class_count);
	tcase_add_test(all, do_and_cd_count_and_other_flags_do_not);
	tcase_add_test(all, cookie_and_padding_do_not_count);
	tcase_add_test(all, client_subnet_counts);
	tcase_add_test(all, client_subnet_longer_than_any_address_has_no_key);
	tcase_add_test(all, longest_parts_fit);
	tcase_add_test(all, key_of_a_client_is_its_own_and_read_back);
	tcase_add_test(all, parts_are_read_back);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_main_run(test_answer_key_suite());
}
