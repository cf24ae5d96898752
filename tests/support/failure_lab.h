/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Failure lab -- a failure_state in one test, fed in milliseconds of a fake clock.
 *
 * One scope and one resolver unless a test changes `where`; clients and edges are small
 * numbers.
 */

#include <stdio.h>
#include <string.h>

#include "analyzer/failure_state.h"
#include "analyzer/rcu.h"
#include "shared/clock.h"
#include "shared/compiler.h"
#include "tests/support/check_main.h"

#define FAILURE_LAB_FAILED_AFTER_MS 1800
#define FAILURE_LAB_CONDITIONS      0x3f /* all there are */

static const struct failure_limits failure_lab_limits = {
	.failed_after_ns = FAILURE_LAB_FAILED_AFTER_MS * NS_PER_MS,
	.window_ns = 10 * NS_PER_S,
	.loss_ppm = 200000,
	.min_samples = 10,
	.conditions = FAILURE_LAB_CONDITIONS,
};

static struct {
	struct failure_state *state;
	char scope[MESSAGE_SCOPE_BYTES];
	uint8_t resolver_ip[16];
	uint8_t client_ip[16];
	struct failure_path path;
	struct failure_loss losses[4]; /* what the last judgement changed */
} failure_lab;

/* Who asks from now on. */
static inline void failure_lab_from(uint8_t client, uint32_t if_index)
{
	failure_lab.client_ip[15] = client;
	failure_lab.path.if_index = if_index;
}

/* Whom, from now on. */
static inline void failure_lab_to(const char *scope, uint16_t resolver)
{
	memset(failure_lab.scope, 0, sizeof(failure_lab.scope));
	memcpy(failure_lab.scope, scope, strlen(scope));
	failure_lab.resolver_ip[14] = (uint8_t)(resolver >> 8);
	failure_lab.resolver_ip[15] = (uint8_t)resolver;
}

static inline void failure_lab_start(void)
{
	rcu_register_thread();
	memset(&failure_lab, 0, sizeof(failure_lab));
	failure_lab.path = (struct failure_path){ .scope = failure_lab.scope,
		.resolver_ip = failure_lab.resolver_ip,
		.client_ip = failure_lab.client_ip };
	failure_lab_to("bridge:br0", 53);
	failure_lab_from(1, 1);
	ck_assert_int_eq(failure_state_new(&failure_lab.state, &failure_lab_limits, 1), 0);
}

static inline void failure_lab_end(void)
{
	failure_state_free(failure_lab.state);
	rcu_unregister_thread();
}

static inline uint64_t failure_lab_ns(uint64_t ms)
{
	return 1000 * NS_PER_S + ms * NS_PER_MS;
}

/* "a.example": labels by dots. */
static inline struct dns_name failure_lab_name(const char *text)
{
	struct dns_name name = { 0 };

	while (*text != '\0') {
		const size_t bytes = strcspn(text, ".");

		name.bytes[name.length_bytes++] = (uint8_t)bytes;
		memcpy(name.bytes + name.length_bytes, text, bytes);
		name.length_bytes = (uint8_t)(name.length_bytes + bytes);
		text += bytes + (text[bytes] == '.');
	}
	name.length_bytes++; /* the root's byte is zero already */
	return name;
}

static inline struct failure_change failure_lab_respond(
	const char *text, enum failure_response response, uint64_t sent_ms, uint64_t ms)
{
	const struct dns_name name = failure_lab_name(text);

	const struct failure_span span = { failure_lab_ns(sent_ms), failure_lab_ns(ms) };

	return failure_responded(failure_lab.state, &failure_lab.path, &name, response, &span);
}

static inline void failure_lab_miss(uint64_t ms)
{
	struct failure_levels ended;

	failure_void(failure_lab.state, failure_lab_ns(ms), &ended);
}

static inline struct failure_change failure_lab_good(
	const char *text, uint64_t sent_ms, uint64_t ms)
{
	return failure_lab_respond(text, FAILURE_RESPONSE_GOOD, sent_ms, ms);
}

static inline struct failure_change failure_lab_failed(
	const char *text, uint64_t sent_ms, uint64_t ms)
{
	return failure_lab_respond(text, FAILURE_RESPONSE_SERVFAIL, sent_ms, ms);
}

/* A query sent then stood unanswered for failed_after. */
static inline struct failure_change failure_lab_time_out(const char *text, uint64_t sent_ms)
{
	const struct dns_name name = failure_lab_name(text);

	return failure_timed_out(failure_lab.state, &failure_lab.path, &name,
		failure_lab_ns(sent_ms), failure_lab_ns(sent_ms + FAILURE_LAB_FAILED_AFTER_MS));
}

static inline struct failure_levels failure_lab_levels(uint64_t ms)
{
	struct failure_levels levels;

	failure_count_levels(failure_lab.state, failure_lab_ns(ms), &levels);
	return levels;
}

static inline uint64_t failure_lab_silent_count(void)
{
	return failure_lab_levels(0).resolvers_silent;
}

static inline enum failure_level failure_lab_look(const char *text, uint64_t ms)
{
	const struct dns_name name = failure_lab_name(text);

	return failure_look(failure_lab.state, &failure_lab.path, &name, failure_lab_ns(ms),
		failure_lab_ns(ms));
}

/* Return: how much changed. */
static inline size_t failure_lab_judge(uint64_t ms)
{
	return failure_judge(failure_lab.state, failure_lab_ns(ms), failure_lab.losses,
		ARRAY_COUNT(failure_lab.losses));
}

/* So many names of a client in one zone, numbered from 0, asked then and answered 5 ms later. */
static inline void failure_lab_win(uint8_t client, unsigned int count, uint64_t sent_ms)
{
	char text[32];

	failure_lab_from(client, client);
	for (unsigned int i = 0; i < count; i++) {
		(void)snprintf(text, sizeof(text), "good%u.zone.example", i);
		failure_lab_good(text, sent_ms, sent_ms + 5);
	}
}

/*
 * So many names of a client in the same zone, numbered from 0, asked then and never answered. No silence
 * if another query was answered since.
 */
static inline void failure_lab_lose(uint8_t client, unsigned int count, uint64_t sent_ms)
{
	char text[32];

	failure_lab_from(client, client);
	for (unsigned int i = 0; i < count; i++) {
		(void)snprintf(text, sizeof(text), "lost%u.zone.example", i);
		failure_lab_time_out(text, sent_ms);
	}
}
