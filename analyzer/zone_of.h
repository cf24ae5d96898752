/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * Zone of -- the part of a name that one operator answers for.
 *
 * That is one label more than a public suffix: www.example.co.uk is of example.co.uk.
 * The list of suffixes is the one built into libpsl. Where it has none, the last label
 * is the suffix (its rule "*"), so that special names need no list of their own: names
 * below cluster.local are of cluster.local, printers at home of home.arpa, and what looks
 * like an address, 192.0.2.1, is of 2.1. A name without a label above its suffix is a
 * zone itself: host, com, co.uk and the root.
 *
 * Only the last ZONE_OF_LABELS_MAX labels are looked at, and of these those right of one
 * that holds bytes no suffix has: no name takes longer than some 2 microseconds.
 *
 * Threads: a pure function of its argument.
 */

#include <stddef.h>

#include "shared/dns_name.h"

#define ZONE_OF_LABELS_MAX 7 /* the list's longest suffixes have five */

/* Return: where in the folded @name its zone begins, an offset in its bytes. */
size_t zone_of(const struct dns_name *folded);
