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

#include <stdbool.h>
#include <stdint.h>

struct dns_record;

enum dns_rdata_outcome {
	DNS_RDATA_OK = 0,
	DNS_RDATA_MALFORMED,
};

/* Rdata is some bytes, then some names, then some bytes. */
struct dns_rdata_form {
	uint16_t type;
	bool is_of_class_in; /* other classes have a form of their own, unknown here */
	uint8_t before_bytes;
	uint8_t name_count;
	uint8_t after_bytes;
};

/* The form of this record's rdata; NULL if it is opaque. */
const struct dns_rdata_form *dns_rdata_find_form(const struct dns_record *record);

/**
 * dns_rdata_check() - whether the rdata is exactly what its type says, to its last byte
 * @record: its rdata lies within the message
 *
 * Return: DNS_RDATA_OK or DNS_RDATA_MALFORMED.
 */
int dns_rdata_check(const uint8_t *message, const struct dns_record *record);
