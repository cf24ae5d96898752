/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/zone_of.h"

#include <libpsl.h>
#include <string.h>

/* Where the labels of a name begin, the last ones only. */
struct zone_labels {
	size_t count;
	size_t at[ZONE_OF_LABELS_MAX];
};

/* A dot in a label would become one between labels; suffixes of other scripts are "xn--". */
static bool zone_of_is_plain(const uint8_t *label)
{
	for (size_t i = 1; i <= label[0]; i++)
		if (label[i] <= ' ' || label[i] >= 0x7f || label[i] == '.')
			return false;
	return true;
}

static void zone_of_labels(const struct dns_name *name, struct zone_labels *labels)
{
	labels->count = 0;
	for (size_t at = 0; at + 1 < name->length_bytes; at += name->bytes[at] + 1u) {
		if (!zone_of_is_plain(name->bytes + at)) {
			labels->count = 0;
			continue;
		}
		if (labels->count == ZONE_OF_LABELS_MAX)
			memmove(&labels->at[0], &labels->at[1],
				--labels->count * sizeof(labels->at[0]));
		labels->at[labels->count++] = at;
	}
}

/* From @at on, with dots. */
static void zone_of_text(const struct dns_name *name, size_t at, char *out_text)
{
	const size_t bytes =
		name->length_bytes - at - 2; /* without its first length and the root */

	memcpy(out_text, name->bytes + at + 1, bytes);
	out_text[bytes] = '\0';
	for (size_t dot = name->bytes[at]; dot < bytes; dot += name->bytes[at + 1 + dot] + 1u)
		out_text[dot] = '.';
}

size_t zone_of(const struct dns_name *folded)
{
	char text[DNS_NAME_BYTES_MAX];
	struct zone_labels labels;
	const char *zone;

	zone_of_labels(folded, &labels);
	if (labels.count == 0)
		return 0;
	zone_of_text(folded, labels.at[0], text);
	zone = psl_registrable_domain(psl_builtin(), text);
	/* Text and wire differ by the first length byte alone. */
	return zone == NULL ? labels.at[0] : labels.at[0] + (size_t)(zone - text);
}
