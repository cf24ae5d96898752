/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Failure lab -- a failure_state in one test, fed in milliseconds of a fake clock.
 *
 * One scope and one resolver unless a test changes `where`; clients and edges are small
 * numbers.
 */

#include <string.h>

#include "analyzer/failure_state.h"
#include "analyzer/rcu.h"
#include "shared/clock.h"
#include "tests/support/check_main.h"

#define FAILURE_LAB_FAILED_AFTER_MS 1800

static struct {
	struct failure_state *state;
	char scope[MESSAGE_SCOPE_BYTES];
	uint8_t resolver_ip[16];
	uint8_t client_ip[16];
	struct failure_path path;
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
	ck_assert_int_eq(
		failure_state_new(&failure_lab.state, FAILURE_LAB_FAILED_AFTER_MS * NS_PER_MS, 1),
		0);
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

	return failure_responded(failure_lab.state, &failure_lab.path, &name, response,
		failure_lab_ns(sent_ms), failure_lab_ns(ms));
}

static inline struct failure_change failure_lab_good(
	const char *text, uint64_t sent_ms, uint64_t ms)
{
	return failure_lab_respond(text, FAILURE_RESPONSE_GOOD, sent_ms, ms);
}

static inline struct failure_change failure_lab_failed(
	const char *text, uint64_t sent_ms, uint64_t ms)
{
	return failure_lab_respond(text, FAILURE_RESPONSE_FAILED, sent_ms, ms);
}

/* A query sent then stood unanswered for failed_after. */
static inline struct failure_change failure_lab_time_out(const char *text, uint64_t sent_ms)
{
	const struct dns_name name = failure_lab_name(text);

	return failure_timed_out(failure_lab.state, &failure_lab.path, &name,
		failure_lab_ns(sent_ms), failure_lab_ns(sent_ms + FAILURE_LAB_FAILED_AFTER_MS));
}

static inline enum failure_level failure_lab_look(const char *text, uint64_t ms)
{
	const struct dns_name name = failure_lab_name(text);

	return failure_look(failure_lab.state, &failure_lab.path, &name, failure_lab_ns(ms),
		failure_lab_ns(ms));
}
