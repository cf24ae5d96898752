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
#include "shared/dns_numbers.h"

#define RELEASE_INTAKE_ICMP_4_UNREACHABLE 3
#define RELEASE_INTAKE_ICMP_6_UNREACHABLE 1

/* What stands behind its IP header. */
struct release_intake_inner {
	size_t at;
	uint8_t protocol;
};

/* False if the frame has no plain IP header. */
static bool release_intake_find_inner(
	const uint8_t *frame, size_t frame_bytes, struct release_intake_inner *out_inner)
{
	struct ethhdr link;
	struct iphdr ip4;
	struct ipv6hdr ip6;

	if (frame_bytes < sizeof(link) + sizeof(ip4))
		return false;
	memcpy(&link, frame, sizeof(link));
	if (link.h_proto == htons(ETH_P_IP)) {
		memcpy(&ip4, frame + sizeof(link), sizeof(ip4));
		out_inner->at = sizeof(link) + 4u * ip4.ihl;
		out_inner->protocol = ip4.protocol;
		return ip4.version == 4 && 4u * ip4.ihl >= sizeof(ip4);
	}
	if (link.h_proto != htons(ETH_P_IPV6) || frame_bytes < sizeof(link) + sizeof(ip6))
		return false;
	memcpy(&ip6, frame + sizeof(link), sizeof(ip6));
	out_inner->at = sizeof(link) + sizeof(ip6);
	out_inner->protocol = ip6.nexthdr;
	return ip6.version == 6;
}

/* SERVFAIL or REFUSED, whole behind the headers. */
static bool release_intake_is_response(
	const struct message_release *release, const struct release_intake_inner *inner)
{
	const uint8_t *dns = release->frame + release->dns_at;
	uint8_t rcode;

	if (release->dns_at != inner->at + sizeof(struct udphdr) ||
		release->frame_bytes < release->dns_at + DNS_HEADER_BYTES)
		return false;
	rcode = dns[3] & DNS_FLAG_RCODE_MASK;
	return (dns[2] & (DNS_FLAG_QR >> 8)) &&
	       (rcode == DNS_RCODE_SERVFAIL || rcode == DNS_RCODE_REFUSED);
}

/* Its checksum is never left to anybody. */
static bool release_intake_is_error(
	const struct message_release *release, size_t icmp_at, uint8_t unreachable)
{
	return release->frame[icmp_at] == unreachable &&
	       release->checksum != MESSAGE_CHECKSUM_PENDING;
}

static bool release_intake_is_failure(const struct message_release *release)
{
	struct release_intake_inner inner;

	if (!release_intake_find_inner(release->frame, release->frame_bytes, &inner) ||
		inner.at >= release->frame_bytes)
		return false;
	switch (inner.protocol) {
	case IPPROTO_UDP:
		return release_intake_is_response(release, &inner);
	case IPPROTO_ICMP:
		return release_intake_is_error(
			release, inner.at, RELEASE_INTAKE_ICMP_4_UNREACHABLE);
	case IPPROTO_ICMPV6:
		return release_intake_is_error(
			release, inner.at, RELEASE_INTAKE_ICMP_6_UNREACHABLE);
	default:
		return false;
	}
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
