/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/dns_rdata.h"

#include <stddef.h>

#include "shared/dns_name.h"
#include "shared/dns_numbers.h"
#include "shared/dns_read.h"

static const struct dns_rdata_form dns_rdata_forms[] = {
	{ DNS_TYPE_A, true, 4, 0, 0 },      /* RFC 1035 §3.4.1 */
	{ DNS_TYPE_AAAA, true, 16, 0, 0 },  /* RFC 3596 §2.2 */
	{ DNS_TYPE_CNAME, false, 0, 1, 0 }, /* RFC 1035 §3.3.1 */
	{ DNS_TYPE_NS, false, 0, 1, 0 },    /* RFC 1035 §3.3.11 */
	{ DNS_TYPE_SOA, false, 0, 2, 20 },  /* RFC 1035 §3.3.13 */
	{ DNS_TYPE_PTR, false, 0, 1, 0 },   /* RFC 1035 §3.3.12 */
	{ DNS_TYPE_MX, false, 2, 1, 0 },    /* RFC 1035 §3.3.9 */
	{ DNS_TYPE_SRV, true, 6, 1, 0 },    /* RFC 2782 */
	{ DNS_TYPE_DNAME, false, 0, 1, 0 }, /* RFC 6672 §2.1 */
};

const struct dns_rdata_form *dns_rdata_find_form(const struct dns_record *record)
{
	for (size_t i = 0; i < sizeof(dns_rdata_forms) / sizeof(dns_rdata_forms[0]); i++) {
		const struct dns_rdata_form *form = &dns_rdata_forms[i];

		if (form->type == record->type)
			return form->is_of_class_in && record->class != DNS_CLASS_IN ? NULL : form;
	}
	return NULL;
}

int dns_rdata_check(const uint8_t *message, const struct dns_record *record)
{
	const struct dns_rdata_form *form = dns_rdata_find_form(record);
	size_t end_at = (size_t)record->rdata_at + record->rdata_bytes;
	size_t at;

	if (!form)
		return DNS_RDATA_OK;

	/* The names are read as if the message ended with the rdata, so none can leave it. */
	at = (size_t)record->rdata_at + form->before_bytes;
	for (int i = 0; i < form->name_count; i++) {
		if (dns_name_skip(message, end_at, at, &at))
			return DNS_RDATA_MALFORMED;
	}
	return at + form->after_bytes == end_at ? DNS_RDATA_OK : DNS_RDATA_MALFORMED;
}
