/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/*
 * DNS numbers -- the sizes and code points of the protocol that dnscache knows by name.
 *
 * Values are IANA's ("Domain Name System (DNS) Parameters"), in host byte
 * order. What is not listed here is still carried: types, classes and codes
 * are uint16_t everywhere, and these enums only name some of their values.
 */

#define DNS_HEADER_BYTES         12    /* RFC 1035 §4.1.1 */
#define DNS_QUESTION_FIXED_BYTES 4     /* type and class after the name, RFC 1035 §4.1.2 */
#define DNS_RECORD_FIXED_BYTES   10    /* type to rdata length after the owner, RFC 1035 §4.1.3 */
#define DNS_MESSAGE_BYTES_MAX    65535 /* the TCP length field, RFC 1035 §4.2.2 */
#define DNS_UDP_BYTES_MIN        512   /* what every client accepts, RFC 1035 §4.2.1 */
#define DNS_TTL_SECONDS_MAX      0x7fffffffu /* a greater value means 0, RFC 2181 §8 */

/* Second 16 bits of the header: RFC 1035 §4.1.1; AD and CD: RFC 4035 §3.2. */
#define DNS_FLAG_QR          0x8000u
#define DNS_FLAG_OPCODE_MASK 0x7800u
#define DNS_FLAG_AA          0x0400u
#define DNS_FLAG_TC          0x0200u
#define DNS_FLAG_RD          0x0100u
#define DNS_FLAG_RA          0x0080u
#define DNS_FLAG_AD          0x0020u
#define DNS_FLAG_CD          0x0010u
#define DNS_FLAG_RCODE_MASK  0x000fu

#define DNS_FLAG_OPCODE_SHIFT 11

/* High bit of the lower half of OPT's TTL field: RFC 6891 §6.1.4, RFC 3225 §3. */
#define DNS_EDNS_FLAG_DO 0x8000u

/* Also the index into the header's four counts. */
enum dns_section {
	DNS_SECTION_QUESTION = 0,
	DNS_SECTION_ANSWER = 1,
	DNS_SECTION_AUTHORITY = 2,
	DNS_SECTION_ADDITIONAL = 3,
};

#define DNS_SECTION_COUNT 4

enum dns_opcode {
	DNS_OPCODE_QUERY = 0,
	DNS_OPCODE_STATUS = 2,
	DNS_OPCODE_NOTIFY = 4,
	DNS_OPCODE_UPDATE = 5,
};

/* From BADVERS on: the header's four bits and OPT's eight together, RFC 6891 §6.1.3. */
enum dns_rcode {
	DNS_RCODE_NOERROR = 0,
	DNS_RCODE_FORMERR = 1,
	DNS_RCODE_SERVFAIL = 2,
	DNS_RCODE_NXDOMAIN = 3,
	DNS_RCODE_NOTIMP = 4,
	DNS_RCODE_REFUSED = 5,
	DNS_RCODE_YXDOMAIN = 6,
	DNS_RCODE_YXRRSET = 7,
	DNS_RCODE_NXRRSET = 8,
	DNS_RCODE_NOTAUTH = 9,
	DNS_RCODE_NOTZONE = 10,
	DNS_RCODE_BADVERS = 16,
	DNS_RCODE_BADCOOKIE = 23,
};

enum dns_class {
	DNS_CLASS_IN = 1,
	DNS_CLASS_CH = 3,
	DNS_CLASS_HS = 4,
	DNS_CLASS_NONE = 254,
	DNS_CLASS_ANY = 255,
};

enum dns_type {
	DNS_TYPE_A = 1,
	DNS_TYPE_NS = 2,
	DNS_TYPE_CNAME = 5,
	DNS_TYPE_SOA = 6,
	DNS_TYPE_PTR = 12,
	DNS_TYPE_HINFO = 13,
	DNS_TYPE_MX = 15,
	DNS_TYPE_TXT = 16,
	DNS_TYPE_SIG = 24,
	DNS_TYPE_AAAA = 28,
	DNS_TYPE_SRV = 33,
	DNS_TYPE_NAPTR = 35,
	DNS_TYPE_DNAME = 39,
	DNS_TYPE_OPT = 41,
	DNS_TYPE_DS = 43,
	DNS_TYPE_SSHFP = 44,
	DNS_TYPE_RRSIG = 46,
	DNS_TYPE_NSEC = 47,
	DNS_TYPE_DNSKEY = 48,
	DNS_TYPE_NSEC3 = 50,
	DNS_TYPE_TLSA = 52,
	DNS_TYPE_SVCB = 64,
	DNS_TYPE_HTTPS = 65,
	DNS_TYPE_TKEY = 249,
	DNS_TYPE_TSIG = 250,
	DNS_TYPE_IXFR = 251,
	DNS_TYPE_AXFR = 252,
	DNS_TYPE_ANY = 255,
	DNS_TYPE_CAA = 257,
};

enum dns_edns_option {
	DNS_EDNS_OPTION_CLIENT_SUBNET = 8,   /* RFC 7871 */
	DNS_EDNS_OPTION_COOKIE = 10,         /* RFC 7873 */
	DNS_EDNS_OPTION_PADDING = 12,        /* RFC 7830 */
	DNS_EDNS_OPTION_EXTENDED_ERROR = 15, /* RFC 8914 */
};

/* Info codes of RFC 8914 §4 that we send. */
enum dns_extended_error_code {
	DNS_EXTENDED_ERROR_STALE_ANSWER = 3,
	DNS_EXTENDED_ERROR_STALE_NXDOMAIN = 19,
};
