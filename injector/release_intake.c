/* SPDX-License-Identifier: BSD-2-Clause */
#include "injector/release_intake.h"

#include <arpa/inet.h>
#include <assert.h>
#include <limits.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <stdbool.h>
#include <string.h>

#include "injector/internet_checksum.h"
#include "injector/mac_address.h"
#include "shared/dns_numbers.h"

#define RELEASE_INTAKE_ICMP_BYTES         8 /* before what an error quotes */
#define RELEASE_INTAKE_ICMP_4_UNREACHABLE 3
#define RELEASE_INTAKE_ICMP_4_TOO_LONG    4 /* a code of it, by which a path's MTU is lowered */
#define RELEASE_INTAKE_ICMP_6_UNREACHABLE 1
#define RELEASE_INTAKE_IP4_FRAGMENT       0x3fff /* more, or an offset */

/* Of a DNS header's third byte: QR, opcode and TC, and what they are in a whole response. */
#define RELEASE_INTAKE_WHAT_MASK 0xfa
#define RELEASE_INTAKE_RESPONSE  0x80

/* What stands behind its IP header. */
struct release_intake_inner {
	uint8_t ip_version;
	uint8_t protocol;
	size_t at;
	size_t bytes; /* to the end of the frame */
};

/* A plain header, whose packet ends where the frame does. */
static bool release_intake_find_ip4(
	const uint8_t *packet, size_t packet_bytes, struct release_intake_inner *out_inner)
{
	struct iphdr ip;
	size_t header_bytes;

	if (packet_bytes < sizeof(ip))
		return false;
	memcpy(&ip, packet, sizeof(ip));
	header_bytes = 4u * ip.ihl;
	if (ip.version != 4 || header_bytes < sizeof(ip) || header_bytes > packet_bytes ||
		ntohs(ip.tot_len) != packet_bytes ||
		(ip.frag_off & htons(RELEASE_INTAKE_IP4_FRAGMENT)))
		return false;
	*out_inner = (struct release_intake_inner){ 4, ip.protocol, ETH_HLEN + header_bytes,
		packet_bytes - header_bytes };
	return true;
}

static bool release_intake_find_ip6(
	const uint8_t *packet, size_t packet_bytes, struct release_intake_inner *out_inner)
{
	struct ipv6hdr ip;

	if (packet_bytes < sizeof(ip))
		return false;
	memcpy(&ip, packet, sizeof(ip));
	if (ip.version != 6 || ntohs(ip.payload_len) != packet_bytes - sizeof(ip))
		return false;
	*out_inner = (struct release_intake_inner){ 6, ip.nexthdr, ETH_HLEN + sizeof(ip),
		packet_bytes - sizeof(ip) };
	return true;
}

static bool release_intake_find_inner(
	const struct message_release *release, struct release_intake_inner *out_inner)
{
	struct ethhdr link;

	if (release->frame_bytes < sizeof(link))
		return false;
	memcpy(&link, release->frame, sizeof(link));
	if (!mac_address_is_one(link.h_dest) || !mac_address_is_one(link.h_source))
		return false;
	if (link.h_proto == htons(ETH_P_IP))
		return release_intake_find_ip4(release->frame + sizeof(link),
			release->frame_bytes - sizeof(link), out_inner);
	return link.h_proto == htons(ETH_P_IPV6) &&
	       release_intake_find_ip6(release->frame + sizeof(link),
		       release->frame_bytes - sizeof(link), out_inner);
}

/* SERVFAIL or REFUSED, whole behind the headers. */
static bool release_intake_is_response(
	const struct message_release *release, const struct release_intake_inner *inner)
{
	const uint8_t *dns = release->frame + release->dns_at;
	struct udphdr udp;
	uint8_t rcode;

	if (release->dns_at != inner->at + sizeof(udp) ||
		inner->bytes < sizeof(udp) + DNS_HEADER_BYTES)
		return false;
	memcpy(&udp, release->frame + inner->at, sizeof(udp));
	rcode = dns[3] & DNS_FLAG_RCODE_MASK;
	return ntohs(udp.len) == inner->bytes && udp.source != 0 && udp.dest != 0 &&
	       (dns[2] & RELEASE_INTAKE_WHAT_MASK) == RELEASE_INTAKE_RESPONSE &&
	       (rcode == DNS_RCODE_SERVFAIL || rcode == DNS_RCODE_REFUSED);
}

/* Whether an error's quote is UDP's; over IPv6 an extension header may come first. */
static bool release_intake_quotes_udp(const uint8_t *quote, size_t quote_bytes, uint8_t ip_version)
{
	struct iphdr ip4;
	struct ipv6hdr ip6;

	if (ip_version == 4) {
		if (quote_bytes < sizeof(ip4))
			return false;
		memcpy(&ip4, quote, sizeof(ip4));
		return ip4.version == 4 && ip4.protocol == IPPROTO_UDP;
	}
	if (quote_bytes < sizeof(ip6))
		return false;
	memcpy(&ip6, quote, sizeof(ip6));
	return ip6.version == 6 &&
	       (ip6.nexthdr == IPPROTO_UDP || ip6.nexthdr == IPPROTO_HOPOPTS ||
		       ip6.nexthdr == IPPROTO_ROUTING || ip6.nexthdr == IPPROTO_FRAGMENT ||
		       ip6.nexthdr == IPPROTO_DSTOPTS);
}

/* An error about a datagram. Its checksum is never left to anybody. */
static bool release_intake_is_error(
	const struct message_release *release, const struct release_intake_inner *inner)
{
	const uint8_t *icmp = release->frame + inner->at;
	const bool is_ip4 = inner->ip_version == 4;

	return inner->bytes >= RELEASE_INTAKE_ICMP_BYTES &&
	       inner->protocol == (is_ip4 ? IPPROTO_ICMP : IPPROTO_ICMPV6) &&
	       icmp[0] == (is_ip4 ? RELEASE_INTAKE_ICMP_4_UNREACHABLE
				  : RELEASE_INTAKE_ICMP_6_UNREACHABLE) &&
	       !(is_ip4 && icmp[1] == RELEASE_INTAKE_ICMP_4_TOO_LONG) &&
	       release->checksum != MESSAGE_CHECKSUM_PENDING &&
	       release->dns_at <= release->frame_bytes &&
	       release_intake_quotes_udp(icmp + RELEASE_INTAKE_ICMP_BYTES,
		       inner->bytes - RELEASE_INTAKE_ICMP_BYTES, inner->ip_version);
}

static bool release_intake_is_failure(const struct message_release *release)
{
	struct release_intake_inner inner;

	if (!release_intake_find_inner(release, &inner))
		return false;
	return inner.protocol == IPPROTO_UDP ? release_intake_is_response(release, &inner)
					     : release_intake_is_error(release, &inner);
}

static bool release_intake_is_release(const struct message_release *release, uint32_t body_bytes)
{
	return body_bytes >= sizeof(*release) && release->frame_bytes <= MESSAGE_FRAME_BYTES_MAX &&
	       release->frame_bytes <= body_bytes - sizeof(*release) && release->if_index >= 1 &&
	       release->if_index <= INT_MAX && release->held_ns <= release->deadline_ns &&
	       release->deadline_ns - release->held_ns <= RELEASE_INTAKE_LIFETIME_NS_MAX &&
	       release->checksum >= MESSAGE_CHECKSUM_RIGHT &&
	       release->checksum <= MESSAGE_CHECKSUM_UNKNOWN && release_intake_is_failure(release);
}

/*
 * What stands there is the sum of the pseudo-header: with it, all from the UDP header on gives
 * the checksum, over IPv4 and IPv6 alike.
 */
static void release_intake_complete(struct message_release *release)
{
	uint8_t *udp = release->frame + release->dns_at - sizeof(struct udphdr);
	const size_t bytes = release->frame_bytes - release->dns_at + sizeof(struct udphdr);
	const uint16_t checksum = internet_checksum_of_udp(internet_checksum_add(0, udp, bytes));

	memcpy(udp + offsetof(struct udphdr, check), &checksum, sizeof(checksum));
}

void release_intake_clear(struct release_intake *intake)
{
	intake->count = 0;
}

int release_intake_add(struct release_intake *intake, const struct ring_record *record)
{
	const struct message_release *release = record->body;
	union release_intake_slot *slot = &intake->slots[intake->count];

	assert(intake->count < RELEASE_INTAKE_BATCH_MAX);
	if (record->type != MESSAGE_RELEASE ||
		!release_intake_is_release(release, record->body_bytes))
		return RELEASE_INTAKE_MALFORMED;
	memcpy(slot->bytes, release, sizeof(*release) + release->frame_bytes);
	if (release->checksum == MESSAGE_CHECKSUM_PENDING)
		release_intake_complete(&slot->release);
	intake->count++;
	return RELEASE_INTAKE_TAKEN;
}

unsigned int release_intake_expire(struct release_intake *intake, uint64_t now_ns)
{
	const unsigned int before = intake->count;
	unsigned int kept = 0;

	for (unsigned int i = 0; i < before; i++) {
		if (now_ns > intake->slots[i].release.deadline_ns)
			continue;
		if (kept != i)
			intake->slots[kept] = intake->slots[i];
		kept++;
	}
	intake->count = kept;
	return before - kept;
}
