/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * DNS mnemonic -- the names people know the protocol's numbers by (IANA, "Domain Name
 * System (DNS) Parameters").
 *
 * Threads: pure functions of their arguments.
 */

#include <stdint.h>

#define DNS_MNEMONIC_BYTES_MAX 16 /* "NSAP-PTR", "CLASS65535", and the NUL */

/* "AAAA", or "TYPE65534" (RFC 3597 section 5). */
void dns_mnemonic_type(uint16_t type, char out_text[DNS_MNEMONIC_BYTES_MAX]);

/* "IN", or "CLASS42" (RFC 3597 section 5). */
void dns_mnemonic_class(uint16_t class, char out_text[DNS_MNEMONIC_BYTES_MAX]);

/* "NXDOMAIN", or "RCODE12". */
void dns_mnemonic_rcode(uint16_t rcode, char out_text[DNS_MNEMONIC_BYTES_MAX]);
