/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * DNS rdata -- the form that a record's data must have, by type.
 *
 * Known forms: A, AAAA and SRV in class IN; NS, CNAME, PTR, DNAME, MX and SOA
 * in every class. Everything else is opaque and always well-formed (RFC 3597
 * §3). Compressed names are taken in all of these: senders must not compress
 * SRV and DNAME targets, but receivers should read them (RFC 3597 §4).
 *
 * Threads: pure functions of their arguments.
 */

#include <stdint.h>

struct dns_record;

enum dns_rdata_outcome {
	DNS_RDATA_OK = 0,
	DNS_RDATA_MALFORMED,
};

/**
 * dns_rdata_check() - whether the rdata is exactly what its type says, to its last byte
 * @record: its rdata lies within the message
 *
 * Return: DNS_RDATA_OK or DNS_RDATA_MALFORMED.
 */
int dns_rdata_check(const uint8_t *message, const struct dns_record *record);
