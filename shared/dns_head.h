/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * DNS head -- the header and the question: what every packet is matched by.
 *
 * Filled by dns_read_head(); all numbers in host byte order. The counts are
 * what the sender claims until dns_read_message() has read the whole.
 */

#include <stdbool.h>
#include <stdint.h>

#include "shared/dns_name.h"
#include "shared/dns_numbers.h"

struct dns_question {
	struct dns_name name; /* as sent */
	uint16_t type;
	uint16_t class;
	uint16_t end_at; /* after the question; it begins at DNS_HEADER_BYTES */
};

struct dns_head {
	uint16_t id;
	uint16_t flags;                     /* DNS_FLAG_* */
	uint16_t counts[DNS_SECTION_COUNT]; /* by enum dns_section; as claimed */
	struct dns_question question;
};

/* QR */
static inline bool dns_head_is_response(const struct dns_head *head)
{
	return head->flags & DNS_FLAG_QR;
}

/* AA */
static inline bool dns_head_is_authoritative(const struct dns_head *head)
{
	return head->flags & DNS_FLAG_AA;
}

/* TC */
static inline bool dns_head_is_truncated(const struct dns_head *head)
{
	return head->flags & DNS_FLAG_TC;
}

/* RD */
static inline bool dns_head_is_recursion_desired(const struct dns_head *head)
{
	return head->flags & DNS_FLAG_RD;
}

/* RA */
static inline bool dns_head_is_recursion_available(const struct dns_head *head)
{
	return head->flags & DNS_FLAG_RA;
}

/* AD */
static inline bool dns_head_is_authentic(const struct dns_head *head)
{
	return head->flags & DNS_FLAG_AD;
}

/* CD */
static inline bool dns_head_is_checking_disabled(const struct dns_head *head)
{
	return head->flags & DNS_FLAG_CD;
}

/* enum dns_opcode */
static inline uint8_t dns_head_opcode(const struct dns_head *head)
{
	return (head->flags & DNS_FLAG_OPCODE_MASK) >> DNS_FLAG_OPCODE_SHIFT;
}

/* The header's four bits only; dns_read_rcode() has all twelve. */
static inline uint8_t dns_head_rcode(const struct dns_head *head)
{
	return head->flags & DNS_FLAG_RCODE_MASK;
}
