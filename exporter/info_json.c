/* SPDX-License-Identifier: BSD-2-Clause */
#include "exporter/info_json.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <string.h>

#include "exporter/dns_mnemonic.h"
#include "shared/clock.h"
#include "shared/compiler.h"
#include "shared/dns_name.h"
#include "shared/dns_numbers.h"

#define INFO_JSON_DNS_PORT      53
#define INFO_JSON_PRINTABLE_MIN 0x20
#define INFO_JSON_PRINTABLE_MAX 0x7e
#define INFO_JSON_IPV4_IN_IPV6  12

static const uint8_t ipv4_mapped[INFO_JSON_IPV4_IN_IPV6] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff,
	0xff };

const char *info_json_table_name(uint32_t table)
{
	static const char *const names[] = {
		[MESSAGE_TABLE_CACHE] = "cache",
		[MESSAGE_TABLE_MATCHING] = "matching",
		[MESSAGE_TABLE_MATCHED] = "matched",
		[MESSAGE_TABLE_UNMATCHED] = "unmatched",
	};

	return table < ARRAY_COUNT(names) ? names[table] : NULL;
}

static bool info_json_is_plain(uint8_t byte)
{
	return byte >= INFO_JSON_PRINTABLE_MIN && byte <= INFO_JSON_PRINTABLE_MAX && byte != '"' &&
	       byte != '\\';
}

void info_json_string(struct evbuffer *out, const char *text, size_t text_bytes)
{
	size_t at = 0;

	(void)evbuffer_add(out, "\"", 1);
	while (at < text_bytes) {
		const size_t plain_at = at;
		uint8_t byte;

		while (at < text_bytes && info_json_is_plain((uint8_t)text[at]))
			at++;
		(void)evbuffer_add(out, text + plain_at, at - plain_at);
		if (at == text_bytes)
			break;
		byte = (uint8_t)text[at++];
		if (byte == '"' || byte == '\\')
			(void)evbuffer_add(out, byte == '"' ? "\\\"" : "\\\\", 2);
		else
			(void)evbuffer_add_printf(out, "\\u%04x", byte);
	}
	(void)evbuffer_add(out, "\"", 1);
}

static void info_json_key_text(struct evbuffer *out, const char *key, const char *text)
{
	(void)evbuffer_add_printf(out, ",\"%s\":", key);
	info_json_string(out, text, strlen(text));
}

static void info_json_key_bool(struct evbuffer *out, const char *key, bool value)
{
	(void)evbuffer_add_printf(out, ",\"%s\":%s", key, value ? "true" : "false");
}

/* Seconds with @decimals digits after the point. */
static void info_json_key_seconds(struct evbuffer *out, const char *key, uint64_t ns, int decimals)
{
	uint64_t unit_ns = NS_PER_S;

	for (int i = 0; i < decimals; i++)
		unit_ns /= 10;
	(void)evbuffer_add_printf(out, ",\"%s\":%llu.%0*llu", key,
		(unsigned long long)(ns / NS_PER_S), decimals,
		(unsigned long long)(ns % NS_PER_S / unit_ns));
}

static void info_json_key_age(struct evbuffer *out, uint64_t at_ns, uint64_t now_ns)
{
	info_json_key_seconds(out, "age_seconds", now_ns > at_ns ? now_ns - at_ns : 0, 3);
}

static bool info_json_is_ipv4(const uint8_t ip[16])
{
	return memcmp(ip, ipv4_mapped, sizeof(ipv4_mapped)) == 0;
}

static const char *info_json_ip_text(const uint8_t ip[16], char out_text[INET6_ADDRSTRLEN])
{
	if (info_json_is_ipv4(ip))
		return inet_ntop(AF_INET, ip + INFO_JSON_IPV4_IN_IPV6, out_text, INET6_ADDRSTRLEN);
	return inet_ntop(AF_INET6, ip, out_text, INET6_ADDRSTRLEN);
}

/* "172.17.0.3:60723" or "[fd00::3]:60723". */
static void info_json_key_address(
	struct evbuffer *out, const char *key, const uint8_t ip[16], uint16_t port_be)
{
	const char *format = info_json_is_ipv4(ip) ? ",\"%s\":\"%s:%u\"" : ",\"%s\":\"[%s]:%u\"";
	char text[INET6_ADDRSTRLEN];

	(void)evbuffer_add_printf(out, format, key, info_json_ip_text(ip, text), ntohs(port_be));
}

static void info_json_key_ips(struct evbuffer *out, const struct message_table_row *row)
{
	char text[INET6_ADDRSTRLEN];

	(void)evbuffer_add_printf(out, ",\"ip\":[");
	for (unsigned int i = 0; i < row->address_count; i++)
		(void)evbuffer_add_printf(out, "%s\"%s\"", i == 0 ? "" : ",",
			info_json_ip_text(row->addresses[i], text));
	(void)evbuffer_add(out, "]", 1);
}

static void info_json_key_question(struct evbuffer *out, const struct message_table_row *row)
{
	char text[DNS_MNEMONIC_BYTES_MAX];

	dns_mnemonic_type(row->type, text);
	info_json_key_text(out, "type", text);
	if (row->class != DNS_CLASS_IN) {
		dns_mnemonic_class(row->class, text);
		info_json_key_text(out, "class", text);
	}
}

static void info_json_key_rcode(struct evbuffer *out, const struct message_table_row *row)
{
	char text[DNS_MNEMONIC_BYTES_MAX];

	dns_mnemonic_rcode(row->rcode, text);
	info_json_key_text(out, "rcode", text);
}

static void info_json_key_scope(struct evbuffer *out, const struct message_table_row *row)
{
	(void)evbuffer_add_printf(out, ",\"scope\":");
	info_json_string(out, row->scope, strnlen(row->scope, sizeof(row->scope)));
}

/* The address alone; a port only where it is not DNS's. */
static void info_json_key_resolver(struct evbuffer *out, const struct message_table_row *row)
{
	const uint16_t port = ntohs(row->server_port_be);
	char text[INET6_ADDRSTRLEN];

	if (port != 0 && port != INFO_JSON_DNS_PORT)
		info_json_key_address(out, "resolver", row->server_ip, row->server_port_be);
	else
		info_json_key_text(out, "resolver", info_json_ip_text(row->server_ip, text));
}

/* The only one it is good for, if it is not good for all of its scope. */
static void info_json_key_client(struct evbuffer *out, const struct message_table_row *row)
{
	static const uint8_t nobody[sizeof(row->client_ip)];
	char text[INET6_ADDRSTRLEN];

	if (memcmp(row->client_ip, nobody, sizeof(nobody)) != 0)
		info_json_key_text(out, "client", info_json_ip_text(row->client_ip, text));
}

static void info_json_cache(
	struct evbuffer *out, const struct message_table_row *row, uint64_t now_ns)
{
	info_json_key_ips(out, row);
	info_json_key_question(out, row);
	info_json_key_rcode(out, row);
	info_json_key_scope(out, row);
	info_json_key_resolver(out, row);
	info_json_key_client(out, row);
	info_json_key_age(out, row->at_ns, now_ns);
	(void)evbuffer_add_printf(out, ",\"ttl_seconds\":%u", row->ttl_s);
	info_json_key_bool(out, "stale", row->flags & MESSAGE_ROW_STALE);
	info_json_key_bool(out, "negative", row->flags & MESSAGE_ROW_NEGATIVE);
}

static void info_json_transaction(
	struct evbuffer *out, const struct message_table_row *row, uint64_t now_ns)
{
	const bool is_matched = row->table == MESSAGE_TABLE_MATCHED;

	if (is_matched) {
		info_json_key_address(out, "saddr", row->server_ip, row->server_port_be);
		info_json_key_address(out, "daddr", row->client_ip, row->client_port_be);
	} else {
		info_json_key_address(out, "saddr", row->client_ip, row->client_port_be);
		info_json_key_address(out, "daddr", row->server_ip, row->server_port_be);
	}
	(void)evbuffer_add_printf(out, ",\"dns_id\":%u", row->dns_id);
	if (is_matched)
		info_json_key_ips(out, row);
	info_json_key_question(out, row);
	if (is_matched)
		info_json_key_rcode(out, row);
	info_json_key_scope(out, row);
	info_json_key_age(out, row->at_ns, now_ns);
	if (is_matched)
		info_json_key_seconds(out, "took_seconds", row->took_ns, 6);
	info_json_key_bool(out, "rescued", row->flags & MESSAGE_ROW_RESCUED);
}

int info_json_row(struct evbuffer *out, const char *before, const struct message_table_row *row,
	uint64_t now_ns)
{
	char domain[DNS_NAME_TEXT_BYTES_MAX];
	size_t domain_bytes;

	if (!info_json_table_name(row->table) || row->address_count > MESSAGE_ROW_ADDRESSES_MAX)
		return INFO_JSON_MALFORMED;

	domain_bytes = dns_name_to_text(row->name, row->name_bytes, domain, sizeof(domain));
	if (domain_bytes == 0)
		return INFO_JSON_MALFORMED;

	(void)evbuffer_add_printf(out, "%s{\"domain\":", before);
	info_json_string(out, domain, domain_bytes);
	if (row->table == MESSAGE_TABLE_CACHE)
		info_json_cache(out, row, now_ns);
	else
		info_json_transaction(out, row, now_ns);
	(void)evbuffer_add(out, "}", 1);
	return INFO_JSON_OK;
}
