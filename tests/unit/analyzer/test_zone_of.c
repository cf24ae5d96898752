/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/zone_of.h"

#include <string.h>

#include "shared/compiler.h"
#include "tests/support/check_main.h"

/* "a.example": labels by dots, "" for the root; "/" in it stands for a dot inside of a label. */
static struct dns_name name_of(const char *text)
{
	struct dns_name name = { 0 };

	while (*text != '\0') {
		const size_t bytes = strcspn(text, ".");

		name.bytes[name.length_bytes++] = (uint8_t)bytes;
		for (size_t i = 0; i < bytes; i++)
			name.bytes[name.length_bytes++] = (uint8_t)(text[i] == '/' ? '.' : text[i]);
		text += bytes + (text[bytes] == '.');
	}
	name.length_bytes++;
	return name;
}

static const struct {
	const char *name;
	const char *zone;
} samples[] = {
	{ "www.example.com", "example.com" },
	{ "example.com", "example.com" },
	{ "a.b.c.example.co.uk", "example.co.uk" },
	{ "someone.github.io", "someone.github.io" },
	{ "www.someone.github.io", "someone.github.io" },
	{ "city.kawasaki.jp", "city.kawasaki.jp" },
	{ "b.c.kawasaki.jp", "b.c.kawasaki.jp" },
	{ "_sip._tcp.example.org", "example.org" },
	{ "xn--a.xn--p1ai", "xn--a.xn--p1ai" },
	/* No name above the suffix. */
	{ "com", "com" },
	{ "co.uk", "co.uk" },
	{ "host", "host" },
	{ "", "" },
	/* No suffix that the list has. */
	{ "db.default.svc.cluster.local", "cluster.local" },
	{ "cluster.local", "cluster.local" },
	{ "a.b.corp", "b.corp" },
	{ "printer.home.arpa", "home.arpa" },
	{ "192.0.2.1", "2.1" },
	{ "1.2.0.192.in-addr.arpa", "192.in-addr.arpa" },
	/* Deep ones, and bytes that are in no suffix. */
	{ "a.b.c.d.e.f.g.h.i.j.k.example.com", "example.com" },
	{ "x.a/b.example.com", "example.com" },
	{ "www.example/com", "www.example/com" },
	{ "www.exa mple.com", "com" },
	{ "a.b\001.c", "c" },
};

START_TEST(zone_is_one_label_more_than_a_public_suffix)
{
	const struct dns_name name = name_of(samples[_i].name);
	const struct dns_name zone = name_of(samples[_i].zone);
	const size_t at = zone_of(&name);

	ck_assert_uint_eq(name.length_bytes - at, zone.length_bytes);
	ck_assert_mem_eq(name.bytes + at, zone.bytes, zone.length_bytes);
}
END_TEST

START_TEST(longest_name_has_a_zone)
{
	struct dns_name name = { .length_bytes = DNS_NAME_BYTES_MAX };

	for (size_t i = 0; i + 1 < DNS_NAME_BYTES_MAX; i += 2)
		memcpy(name.bytes + i, "\1a", 2);
	name.bytes[DNS_NAME_BYTES_MAX - 1] = 0;
	ck_assert_uint_eq(zone_of(&name), DNS_NAME_BYTES_MAX - 5);
}
END_TEST

START_TEST(zone_of_a_label_of_63_bytes_below_a_suffix_is_both)
{
	struct dns_name name = { .length_bytes = 64 + 4 + 1 };

	name.bytes[0] = 63;
	memset(name.bytes + 1, 'a', 63);
	memcpy(name.bytes + 64, "\3com", 5);
	ck_assert_uint_eq(zone_of(&name), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("zone_of");
	TCase *tcase = tcase_create("zone_of");

	tcase_add_loop_test(
		tcase, zone_is_one_label_more_than_a_public_suffix, 0, (int)ARRAY_COUNT(samples));
	tcase_add_test(tcase, longest_name_has_a_zone);
	tcase_add_test(tcase, zone_of_a_label_of_63_bytes_below_a_suffix_is_both);
	suite_add_tcase(suite, tcase);
	return check_main_run(suite);
}
