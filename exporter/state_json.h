/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * State JSON -- /info/state: the state of everything in one small object.
 *
 *   {"version":"0.1.0","revision":"...","unix_seconds":1700000000.000,
 *    "summary":{"level":"good","text":"All is well."},
 *    "stages":[{"stage":"capture","up":true,"state":"run","heartbeat_age_seconds":0.004,
 *               "uptime_seconds":12.345,"restarts":0,"cpu_seconds":0.120,
 *               "memory_bytes":7000000}, ...],
 *    "numbers":{"queries":12,"queries_per_second":1.5, ...},
 *    "lists":{"failures":[{"labels":{"reason":"timeout"},"count":3}, ...], ...},
 *    "history":{"queries":[0.0,1.0, ...], ...}}
 *
 * A stage that is not there has "stage", "up" and "restarts" only; one that does not say
 * what it takes from the machine has 0 there. History is per
 * second, the oldest first. More keys may follow at any time.
 *
 * Threads: pure functions of their arguments.
 */

#include <event2/buffer.h>

#include "exporter/state_facts.h"

void state_json_render(struct evbuffer *out, const struct state_input *input);
