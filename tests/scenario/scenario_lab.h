/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Scenario lab -- the worker lab with messages as bytes, for one scenario in one process.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/layout/message_layout.h"

/* Whom a query goes to, and from where. */
struct scenario_path {
	uint8_t client;   /* 10.0.0.<client> at edge <client> */
	uint8_t resolver; /* the first, the second ... */
	uint8_t hops;     /* IP TTL of the query; 0: as usual */
	uint16_t id;
	uint16_t port;
	char scope[MESSAGE_SCOPE_BYTES];
};

/**
 * scenario_lab_open() - an empty worker
 * @config: dnscache.conf; mistakes in it are logged
 *
 * Return: whether it is one.
 */
bool scenario_lab_open(const char *config);
void scenario_lab_close(void);

/**
 * scenario_lab_reload() - a configuration changes, and comes into force
 * @config: lines that go before all others
 *
 * Return: NULL, or why it does not.
 */
const char *scenario_lab_reload(const char *config);

uint64_t scenario_lab_now_ns(void);

/* Let it go by in one step, at whose end the worker judges. */
void scenario_lab_step(uint64_t ns);

/*
 * Packets: a query, its response, an ICMP error that quotes it.
 *
 * Return: whether it gets to the client; only what is held may not.
 */
void scenario_lab_ask(const struct scenario_path *path, const uint8_t *dns, size_t bytes);
bool scenario_lab_respond(const struct scenario_path *path, const uint8_t *dns, size_t bytes);
bool scenario_lab_refuse(const struct scenario_path *path, const uint8_t *dns, size_t bytes);

/* From here on the tap holds failures, and the worker reads each @ns later; or it holds none. */
void scenario_lab_hold(bool is_holding, uint64_t ns);

/* This client is seen answering somebody. */
void scenario_lab_serve(uint8_t client);

/* A record found capture's ring full. */
void scenario_lab_lose(void);

/* Hand out the orders that came since, in their order. */
void scenario_lab_orders(
	void (*take)(void *argument, const struct message_order *order), void *argument);

/* By its name in analyzer_counters.def. Return: whether there is one. */
bool scenario_lab_counter(const char *name, uint64_t *out_value);

/* When a query has certainly failed. */
uint64_t scenario_lab_failed_after_ns(void);
