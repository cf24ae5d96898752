/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Front rows -- the parts of the first page that are more than a number, as HTML.
 *
 * The page's script draws the same from /info/state: whoever changes one changes both.
 *
 * Threads: pure functions of their arguments.
 */

#include <stdbool.h>

#include <event2/buffer.h>

#include "exporter/stage_set.h"
#include "exporter/traffic.h"

/* Text of any origin. @is_escaped: by backslashes, as values of labels are. */
void front_rows_text(struct evbuffer *out, const char *text, size_t text_bytes, bool is_escaped);

/* A row for each stage. */
void front_rows_stages(struct evbuffer *out, const struct stage_set *set);

/* A row for each sample of a family that is not 0, or one that says that there is none. */
void front_rows_list(struct evbuffer *out, const struct stage_set *set, const char *family);

/* The points of a line, one a second, in a picture TRAFFIC_SECONDS - 1 wide and 40 high. */
void front_rows_line(struct evbuffer *out, const struct traffic *traffic, enum traffic_kind kind);
