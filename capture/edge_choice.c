/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/edge_choice.h"

#include <fnmatch.h>
#include <net/if_arp.h>
#include <string.h>

void edge_choice_parse(struct edge_choice *out_choice, const char *text)
{
	static const char separators[] = " \t,";
	size_t at = 0;

	memset(out_choice, 0, sizeof(*out_choice));
	for (text += strspn(text, separators); *text != '\0'; text += strspn(text, separators)) {
		size_t bytes = strcspn(text, separators);

		if (at + bytes + 1 >= sizeof(out_choice->words))
			return;
		memcpy(out_choice->words + at, text, bytes);
		at += bytes + 1;
		text += bytes;
	}
}

/* What one word makes of an interface. */
static enum edge_choice_verdict edge_choice_judge_word(
	const char *word, const struct interface *interface, const struct interface *bridge)
{
	if (strcmp(word, "auto") == 0)
		return interface_is_veth_to_elsewhere(interface) &&
				       !interface->carries_default_route
			       ? EDGE_CHOICE_EDGE
			       : EDGE_CHOICE_NO;

	if (!interface_is_bridge(interface) && fnmatch(word, interface->name, 0) == 0)
		return EDGE_CHOICE_EDGE;

	if (bridge && fnmatch(word, bridge->name, 0) == 0)
		return interface_is_veth_to_elsewhere(interface) ? EDGE_CHOICE_EDGE
								 : EDGE_CHOICE_LEFT_OUT;
	return EDGE_CHOICE_NO;
}

enum edge_choice_verdict edge_choice_judge(const struct edge_choice *choice,
	const struct interface_table *table, const struct interface *interface)
{
	const struct interface *master = interface_table_master(table, interface);
	const struct interface *bridge = master && interface_is_bridge(master) ? master : NULL;
	enum edge_choice_verdict verdict = EDGE_CHOICE_NO;

	if (interface->hardware_type != ARPHRD_ETHER && interface->hardware_type != ARPHRD_LOOPBACK)
		return EDGE_CHOICE_NO;

	for (const char *word = choice->words; *word != '\0'; word += strlen(word) + 1) {
		enum edge_choice_verdict by_word = edge_choice_judge_word(word, interface, bridge);

		if (by_word == EDGE_CHOICE_EDGE)
			return EDGE_CHOICE_EDGE;
		if (by_word == EDGE_CHOICE_LEFT_OUT)
			verdict = EDGE_CHOICE_LEFT_OUT;
	}
	return verdict;
}
