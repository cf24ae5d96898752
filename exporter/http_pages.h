/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * HTTP pages -- what stands at each path. The server's context is the struct exporter.
 */

#include "exporter/http_server.h"

extern const struct http_server_site http_pages_site;
