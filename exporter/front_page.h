/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Front page -- the state as a page for a browser, complete without JavaScript.
 *
 * The page is front_page.html, with marks to be filled in: {{queries}} and the other
 * numbers by their names, {{list:failures}} (rows of a table), {{line:queries}} (points
 * of a line, 119 wide and 40 high), {{stages}}, {{level}}, {{summary}},
 * {{version}} and {{revision}}. Its script does the same from /info/state every second.
 *
 * Threads: pure functions of their arguments.
 */

#include <event2/buffer.h>

#include "exporter/state_facts.h"

void front_page_render(struct evbuffer *out, const struct state_input *input);
