/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/interface_table.h"

#include <stdio.h>

#include "tests/support/check_main.h"
#include "tests/support/interface_samples.h"

static struct interface_table *table;

static void make_table(void)
{
	table = interface_samples_table();
}

static void free_table(void)
{
	interface_table_free(table);
}

START_TEST(settled_table_finds_every_interface_and_no_other)
{
	for (size_t i = 0; i < interface_samples_count; i++) {
		const struct interface *row =
			interface_table_find(table, interface_samples[i].index);

		ck_assert_ptr_nonnull(row);
		ck_assert_str_eq(row->name, interface_samples[i].name);
	}
	ck_assert_ptr_null(interface_table_find(table, 0));
	ck_assert_ptr_null(interface_table_find(table, 999));
}
END_TEST

START_TEST(scope_is_the_network_the_interface_is_on)
{
	static const char routed[MESSAGE_SCOPE_BYTES] = "routed";
	static const char bridged[MESSAGE_SCOPE_BYTES] = "bridge:docker0";
	static const char vrf[MESSAGE_SCOPE_BYTES] = "vrf:blue";
	static const char open_vswitch[MESSAGE_SCOPE_BYTES] = "bridge:ovs-system";

	/* With memcmp: what is not used must be NUL. */
	ck_assert_mem_eq(interface_table_find(table, SAMPLE_CALI)->scope, routed, sizeof(routed));
	ck_assert_mem_eq(
		interface_table_find(table, SAMPLE_VETH1)->scope, bridged, sizeof(bridged));
	ck_assert_mem_eq(interface_table_find(table, SAMPLE_VRF_VETH)->scope, vrf, sizeof(vrf));
	ck_assert_mem_eq(interface_table_find(table, SAMPLE_OVS_VETH)->scope, open_vswitch,
		sizeof(open_vswitch));
	ck_assert_str_eq(interface_table_find(table, SAMPLE_BOND_PORT)->scope, "routed");
	ck_assert_str_eq(interface_table_find(table, SAMPLE_ORPHAN)->scope, "routed");
}
END_TEST

START_TEST(longest_bridge_name_fits_its_scope)
{
	struct interface bridge = { .index = 1, .kind = "bridge", .name = "br-0123456789ab" };
	struct interface port = { .index = 2, .master_index = 1, .kind = "veth", .name = "port" };
	struct interface_table *two = interface_table_new();

	ck_assert_int_eq(interface_table_put(two, &port), INTERFACE_TABLE_OK);
	ck_assert_int_eq(interface_table_put(two, &bridge), INTERFACE_TABLE_OK);
	interface_table_settle(two);
	ck_assert_str_eq(interface_table_find(two, 2)->scope, "bridge:br-0123456789ab");
	interface_table_free(two);
}
END_TEST

static void watch(uint32_t index)
{
	interface_table_find(table, index)->watched = true;
	interface_table_find(table, index)->role = INTERFACE_ROLE_EDGE;
}

START_TEST(packet_made_here_entered_locally)
{
	interface_table_classify(table);
	ck_assert_int_eq(interface_table_entry(table, 0), MESSAGE_ENTRY_LOCAL);
}
END_TEST

START_TEST(watched_interface_is_an_edge_and_any_other_an_uplink)
{
	watch(SAMPLE_CALI);
	interface_table_classify(table);
	ck_assert_int_eq(interface_table_entry(table, SAMPLE_CALI), MESSAGE_ENTRY_EDGE);
	ck_assert_int_eq(interface_table_entry(table, SAMPLE_ETH0), MESSAGE_ENTRY_UPLINK);
	ck_assert_int_eq(interface_table_entry(table, SAMPLE_VETH1), MESSAGE_ENTRY_UPLINK);
	ck_assert_int_eq(interface_table_entry(table, SAMPLE_DOCKER0), MESSAGE_ENTRY_UPLINK);
}
END_TEST

START_TEST(interface_that_is_not_in_the_table_is_unknown)
{
	interface_table_classify(table);
	ck_assert_int_eq(interface_table_entry(table, 999), MESSAGE_ENTRY_UNKNOWN);
}
END_TEST

START_TEST(bridge_is_an_edge_only_while_all_its_ports_are)
{
	watch(SAMPLE_VETH1);
	interface_table_classify(table);
	ck_assert_int_eq(interface_table_entry(table, SAMPLE_DOCKER0), MESSAGE_ENTRY_UPLINK);
	watch(SAMPLE_VETH2);
	interface_table_classify(table);
	ck_assert_int_eq(interface_table_entry(table, SAMPLE_DOCKER0), MESSAGE_ENTRY_EDGE);
	interface_table_find(table, SAMPLE_VETH1)->watched = false;
	interface_table_classify(table);
	ck_assert_int_eq(interface_table_entry(table, SAMPLE_DOCKER0), MESSAGE_ENTRY_UPLINK);
}
END_TEST

START_TEST(bridge_without_ports_is_an_uplink)
{
	interface_table_classify(table);
	ck_assert_int_eq(interface_table_entry(table, SAMPLE_EMPTY_BRIDGE), MESSAGE_ENTRY_UPLINK);
}
END_TEST

START_TEST(bond_of_watched_ports_is_an_uplink)
{
	watch(SAMPLE_BOND_PORT);
	interface_table_classify(table);
	ck_assert_int_eq(interface_table_entry(table, SAMPLE_BOND), MESSAGE_ENTRY_UPLINK);
}
END_TEST

START_TEST(copy_is_a_table_of_its_own)
{
	struct interface_table *copy;

	watch(SAMPLE_CALI);
	interface_table_classify(table);
	copy = interface_table_copy(table);
	interface_table_free(table);
	table = copy;
	settled_table_finds_every_interface_and_no_other_fn(_i);
	ck_assert_int_eq(interface_table_entry(table, SAMPLE_CALI), MESSAGE_ENTRY_EDGE);
}
END_TEST

START_TEST(empty_table_knows_nothing)
{
	struct interface_table *empty = interface_table_new();
	struct interface_table *copy;

	interface_table_settle(empty);
	interface_table_classify(empty);
	copy = interface_table_copy(empty);
	ck_assert_ptr_null(interface_table_find(copy, 1));
	ck_assert_int_eq(interface_table_entry(copy, 1), MESSAGE_ENTRY_UNKNOWN);
	interface_table_free(empty);
	interface_table_free(copy);
}
END_TEST

START_TEST(table_refuses_interfaces_beyond_its_limit)
{
	struct interface_table *full = interface_table_new();
	struct interface facts = { 0 };

	/* Backwards, so that settling has to sort. */
	for (facts.index = INTERFACE_TABLE_MAX; facts.index > 0; facts.index--)
		ck_assert_int_eq(interface_table_put(full, &facts), INTERFACE_TABLE_OK);
	ck_assert_int_eq(interface_table_put(full, &facts), INTERFACE_TABLE_FULL);
	interface_table_settle(full);
	for (uint32_t index = 1; index <= INTERFACE_TABLE_MAX; index++)
		ck_assert_uint_eq(interface_table_find(full, index)->index, index);
	interface_table_free(full);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("interface_table");
	TCase *tests = tcase_create("interface_table");

	tcase_add_checked_fixture(tests, make_table, free_table);
	tcase_add_test(tests, settled_table_finds_every_interface_and_no_other);
	tcase_add_test(tests, scope_is_the_network_the_interface_is_on);
	tcase_add_test(tests, longest_bridge_name_fits_its_scope);
	tcase_add_test(tests, packet_made_here_entered_locally);
	tcase_add_test(tests, watched_interface_is_an_edge_and_any_other_an_uplink);
	tcase_add_test(tests, interface_that_is_not_in_the_table_is_unknown);
	tcase_add_test(tests, bridge_is_an_edge_only_while_all_its_ports_are);
	tcase_add_test(tests, bridge_without_ports_is_an_uplink);
	tcase_add_test(tests, bond_of_watched_ports_is_an_uplink);
	tcase_add_test(tests, copy_is_a_table_of_its_own);
	tcase_add_test(tests, empty_table_knows_nothing);
	tcase_add_test(tests, table_refuses_interfaces_beyond_its_limit);
	suite_add_tcase(suite, tests);
	return check_main_run(suite);
}
