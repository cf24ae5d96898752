/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/worker_private.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "shared/clock.h"
#include "shared/compiler.h"
#include "shared/duration_buckets.h"
#include "shared/log.h"

#define WORKER_DNS_PORT            53
#define WORKER_NOTICE_NS           (10 * NS_PER_S)
#define WORKER_RESOLVER_TEXT_BYTES (INET6_ADDRSTRLEN + 8) /* "[", "]:65535" */

#define WORKER_AT(field) offsetof(struct analyzer_counters, field)

/* A counter by its offset: the tables below are shorter than switches over fields. */
static uint64_t *worker_counter(struct worker *worker, size_t at)
{
	return (uint64_t *)(void *)((uint8_t *)&worker->counters + at);
}

static const struct {
	uint16_t type;
	size_t ipv4_at;
	size_t ipv6_at;
} worker_types[] = {
	{ DNS_TYPE_A, WORKER_AT(requests_ipv4_a), WORKER_AT(requests_ipv6_a) },
	{ DNS_TYPE_AAAA, WORKER_AT(requests_ipv4_aaaa), WORKER_AT(requests_ipv6_aaaa) },
	{ DNS_TYPE_CNAME, WORKER_AT(requests_ipv4_cname), WORKER_AT(requests_ipv6_cname) },
	{ DNS_TYPE_DS, WORKER_AT(requests_ipv4_ds), WORKER_AT(requests_ipv6_ds) },
	{ DNS_TYPE_HTTPS, WORKER_AT(requests_ipv4_https), WORKER_AT(requests_ipv6_https) },
	{ DNS_TYPE_MX, WORKER_AT(requests_ipv4_mx), WORKER_AT(requests_ipv6_mx) },
	{ DNS_TYPE_NS, WORKER_AT(requests_ipv4_ns), WORKER_AT(requests_ipv6_ns) },
	{ DNS_TYPE_PTR, WORKER_AT(requests_ipv4_ptr), WORKER_AT(requests_ipv6_ptr) },
	{ DNS_TYPE_SOA, WORKER_AT(requests_ipv4_soa), WORKER_AT(requests_ipv6_soa) },
	{ DNS_TYPE_SRV, WORKER_AT(requests_ipv4_srv), WORKER_AT(requests_ipv6_srv) },
	{ DNS_TYPE_TXT, WORKER_AT(requests_ipv4_txt), WORKER_AT(requests_ipv6_txt) },
	{ DNS_TYPE_ANY, WORKER_AT(requests_ipv4_any), WORKER_AT(requests_ipv6_any) },
	{ DNS_TYPE_AXFR, WORKER_AT(requests_ipv4_axfr), WORKER_AT(requests_ipv6_axfr) },
	{ DNS_TYPE_IXFR, WORKER_AT(requests_ipv4_ixfr), WORKER_AT(requests_ipv6_ixfr) },
	{ DNS_TYPE_DNSKEY, WORKER_AT(requests_ipv4_dnskey), WORKER_AT(requests_ipv6_dnskey) },
	{ DNS_TYPE_RRSIG, WORKER_AT(requests_ipv4_rrsig), WORKER_AT(requests_ipv6_rrsig) },
	{ DNS_TYPE_NSEC, WORKER_AT(requests_ipv4_nsec), WORKER_AT(requests_ipv6_nsec) },
	{ DNS_TYPE_NSEC3, WORKER_AT(requests_ipv4_nsec3), WORKER_AT(requests_ipv6_nsec3) },
};

/* Both histograms of sizes have these edges, and a bucket for what is larger. */
static const uint16_t worker_size_edges[] = { 64, 128, 256, 512, 1232, 4096 };

static void worker_count_size(struct worker *worker, size_t bucket_0_at, uint16_t dns_bytes)
{
	size_t bucket = 0;

	while (bucket < ARRAY_COUNT(worker_size_edges) && dns_bytes > worker_size_edges[bucket])
		bucket++;
	++*worker_counter(worker, bucket_0_at + sizeof(uint64_t) * bucket);
}

void worker_count_request(
	struct worker *worker, uint8_t ip_version, uint16_t type, uint16_t dns_bytes)
{
	size_t ipv4_at = WORKER_AT(requests_ipv4_other);
	size_t ipv6_at = WORKER_AT(requests_ipv6_other);

	for (size_t i = 0; i < ARRAY_COUNT(worker_types); i++) {
		if (worker_types[i].type == type) {
			ipv4_at = worker_types[i].ipv4_at;
			ipv6_at = worker_types[i].ipv6_at;
			break;
		}
	}
	++*worker_counter(worker, ip_version == 4 ? ipv4_at : ipv6_at);
	worker_count_size(worker, WORKER_AT(request_size_bucket_0), dns_bytes);
	worker->counters.request_size_sum_bytes += dns_bytes;
}

static const struct {
	uint16_t rcode;
	size_t at;
} worker_rcodes[] = {
	{ DNS_RCODE_YXDOMAIN, WORKER_AT(responses_yxdomain) },
	{ DNS_RCODE_YXRRSET, WORKER_AT(responses_yxrrset) },
	{ DNS_RCODE_NXRRSET, WORKER_AT(responses_nxrrset) },
	{ DNS_RCODE_NOTAUTH, WORKER_AT(responses_notauth) },
	{ DNS_RCODE_NOTZONE, WORKER_AT(responses_notzone) },
	{ DNS_RCODE_BADVERS, WORKER_AT(responses_badvers) },
};

/* Those that no resolver sends in daily life. */
static void worker_count_rare_response(struct worker *worker, uint16_t rcode)
{
	size_t at = WORKER_AT(responses_other);

	for (size_t i = 0; i < ARRAY_COUNT(worker_rcodes); i++)
		if (worker_rcodes[i].rcode == rcode)
			at = worker_rcodes[i].at;
	++*worker_counter(worker, at);
}

void worker_count_response(struct worker *worker, uint16_t rcode, uint16_t dns_bytes)
{
	struct analyzer_counters *counters = &worker->counters;

	worker_count_size(worker, WORKER_AT(response_size_bucket_0), dns_bytes);
	counters->response_size_sum_bytes += dns_bytes;
	switch (rcode) {
	case DNS_RCODE_NOERROR:
		counters->responses_noerror++;
		break;
	case DNS_RCODE_NXDOMAIN:
		counters->responses_nxdomain++;
		break;
	case DNS_RCODE_SERVFAIL:
		counters->responses_servfail++;
		counters->failures_servfail++;
		break;
	case DNS_RCODE_REFUSED:
		counters->responses_refused++;
		counters->failures_refused++;
		break;
	case DNS_RCODE_FORMERR:
		counters->responses_formerr++;
		counters->failures_formerr++;
		break;
	case DNS_RCODE_NOTIMP:
		counters->responses_notimp++;
		counters->failures_notimp++;
		break;
	default:
		worker_count_rare_response(worker, rcode);
	}
}

void worker_count_extended_errors(struct worker *worker, uint32_t bits)
{
	const size_t first_at = WORKER_AT(extended_error_0);
	const size_t other_at = WORKER_AT(extended_error_other);

	for (; bits != 0; bits &= bits - 1) {
		const size_t at = first_at + sizeof(uint64_t) * (size_t)__builtin_ctz(bits);

		++*worker_counter(worker, at < other_at ? at : other_at);
	}
}

void worker_count_duration(struct worker *worker, uint64_t took_ns)
{
	++*worker_counter(
		worker, WORKER_AT(duration_bucket_0) + sizeof(uint64_t) * duration_bucket(took_ns));
	worker->counters.duration_sum_ns += took_ns;
}

/* The address alone; a port only where it is not DNS's. */
static void worker_resolver_text(const uint8_t ip[16], uint16_t port_be, char *out_text)
{
	static const uint8_t ipv4_prefix[12] = { [10] = 0xff, [11] = 0xff };
	const bool is_ipv4 = memcmp(ip, ipv4_prefix, sizeof(ipv4_prefix)) == 0;
	char text[INET6_ADDRSTRLEN];

	if (is_ipv4)
		(void)inet_ntop(AF_INET, ip + 12, text, sizeof(text));
	else
		(void)inet_ntop(AF_INET6, ip, text, sizeof(text));
	if (port_be == htons(WORKER_DNS_PORT))
		(void)snprintf(out_text, WORKER_RESOLVER_TEXT_BYTES, "%s", text);
	else
		(void)snprintf(out_text, WORKER_RESOLVER_TEXT_BYTES, is_ipv4 ? "%s:%u" : "[%s]:%u",
			text, ntohs(port_be));
}

void worker_log_change(const struct worker *worker, const struct failure_path *path,
	const struct failure_change *change, uint64_t now_ns)
{
	/* Another worker's clock may have been read after ours. */
	const uint64_t since_ns = now_ns > change->since_ns ? now_ns - change->since_ns : 0;
	const double since_s = (double)since_ns / (double)NS_PER_S;
	char resolver[WORKER_RESOLVER_TEXT_BYTES];

	if (!change->became_silent && !change->became_one_sided && !change->ended_silence)
		return;
	worker_resolver_text(path->resolver_ip, path->resolver_port_be, resolver);
	if (change->became_silent)
		log_info("resolver %s (%s) is silent: queries for two names or of two clients "
			 "unanswered for %.1f s, last response %.1f s ago",
			resolver, path->scope,
			(double)worker->config->failed_after_ns / (double)NS_PER_S, since_s);
	if (change->ended_silence)
		log_info("resolver %s (%s) answers again after %.1f s of silence", resolver,
			path->scope, since_s);
	if (change->became_one_sided)
		log_info("no response of resolver %s (%s) was ever seen at interface %u: it is "
			 "down, or its responses take a way around it; not judged",
			resolver, path->scope, path->if_index);
}

void worker_log_notice(struct worker *worker, const struct transaction *transaction,
	enum worker_notice notice, const char *how, uint64_t now_ns)
{
	static const char *const texts[] = {
		[WORKER_NOTICE_DIFFERENT] =
			"says something else of %s than we did while it did not answer",
		[WORKER_NOTICE_CONFLICT] =
			"sent two different responses to a query for %s: neither is remembered",
		[WORKER_NOTICE_NAME_BEGAN] = "fails to resolve %s: %s",
		[WORKER_NOTICE_NAME_ENDED] = "no longer fails to resolve %s%s",
	};
	struct worker_notices *notices = &worker->notices[notice];
	char resolver[WORKER_RESOLVER_TEXT_BYTES];
	char name[DNS_NAME_TEXT_BYTES_MAX];
	char text[DNS_NAME_TEXT_BYTES_MAX + 80];

	notices->unsaid++;
	if (now_ns < notices->next_ns)
		return;
	worker_resolver_text(
		transaction->path.server_ip, transaction->path.server_port_be, resolver);
	(void)dns_name_to_text(
		transaction_name(transaction), transaction->name_bytes, name, sizeof(name));
	(void)snprintf(text, sizeof(text), texts[notice], name, how);
	log_info("resolver %s (%s) %s (%llu such since the last line)", resolver,
		transaction->scope, text, (unsigned long long)notices->unsaid);
	notices->next_ns = now_ns + WORKER_NOTICE_NS;
	notices->unsaid = 0;
}

void worker_log_name(struct worker *worker, const struct transaction *transaction,
	const struct failure_change *change, const char *how, uint64_t now_ns)
{
	if (change->name_began)
		worker_log_notice(worker, transaction, WORKER_NOTICE_NAME_BEGAN, how, now_ns);
	if (change->name_ended)
		worker_log_notice(worker, transaction, WORKER_NOTICE_NAME_ENDED, how, now_ns);
}

void worker_log_void(const struct failure_levels *ended)
{
	const uint64_t silent = ended->resolvers_silent, lossy = ended->resolvers_lossy;

	if (silent + lossy + ended->zones + ended->hosts == 0)
		return;
	log_info("packets were missed: nothing is known to be failing any more (%llu silent and "
		 "%llu lossy resolvers, %llu zones%s were)",
		(unsigned long long)silent, (unsigned long long)lossy,
		(unsigned long long)ended->zones, ended->hosts ? ", the host" : "");
}

void worker_log_loss(const struct failure_loss *loss)
{
	const struct loss_sum *sum = &loss->sum;
	const char *when = loss->is_failing ? "" : " of late";
	char resolver[WORKER_RESOLVER_TEXT_BYTES];
	char zone[DNS_NAME_TEXT_BYTES_MAX + 9] = "";

	if (loss->is_host) {
		log_info("this host is %s: %u of %u look-ups (%.1f %%)%s failed, of %u names and "
			 "%u clients; %llu of %llu resolvers are failing",
			loss->is_failing ? "failing" : "no longer failing", sum->failed, sum->units,
			loss_sum_ppm(sum) / 1e4, when, sum->names, sum->clients,
			(unsigned long long)loss->resolvers_failing,
			(unsigned long long)loss->resolvers_asked);
		return;
	}
	worker_resolver_text(loss->resolver.ip, loss->resolver.port_be, resolver);
	if (loss->is_zone) {
		(void)strcpy(zone, "zone ");
		(void)dns_name_to_text(loss->zone.bytes, loss->zone.length_bytes,
			zone + strlen(zone), DNS_NAME_TEXT_BYTES_MAX);
		(void)strcat(zone, " of ");
	}
	log_info(
		"%sresolver %s (%s) is %s: %u of %u look-ups (%.1f %%)%s failed, of %u names and %u "
		"clients",
		zone, resolver, loss->resolver.scope,
		loss->is_failing ? "lossy" : "no longer lossy", sum->failed, sum->units,
		loss_sum_ppm(sum) / 1e4, when, sum->names, sum->clients);
}
