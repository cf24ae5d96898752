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

static bool edge_choice_is_hosts(const struct interface *interface)
{
	return interface_is_loopback(interface) || interface->carries_default_route;
}

static enum edge_choice_verdict edge_choice_judge_auto(const struct interface *interface)
{
	if (edge_choice_is_hosts(interface))
		return EDGE_CHOICE_HOST;
	return interface_is_edge(interface) ? EDGE_CHOICE_EDGE : EDGE_CHOICE_NO;
}

static enum edge_choice_verdict edge_choice_judge_named(const struct interface *interface)
{
	return edge_choice_is_hosts(interface) && !interface_is_edge(interface) ? EDGE_CHOICE_HOST
										: EDGE_CHOICE_EDGE;
}

/* What one word makes of an interface. */
static enum edge_choice_verdict edge_choice_judge_word(
	const char *word, const struct interface *interface, const struct interface *bridge)
{
	if (strcmp(word, "auto") == 0)
		return edge_choice_judge_auto(interface);
	if (strcmp(word, "host") == 0)
		return edge_choice_is_hosts(interface) ? EDGE_CHOICE_HOST : EDGE_CHOICE_NO;

	if (!interface_is_bridge(interface) && fnmatch(word, interface->name, 0) == 0)
		return edge_choice_judge_named(interface);

	if (bridge && fnmatch(word, bridge->name, 0) == 0)
		return interface_is_edge(interface) ? EDGE_CHOICE_EDGE : EDGE_CHOICE_LEFT_OUT;
	return EDGE_CHOICE_NO;
}

enum edge_choice_verdict edge_choice_judge(const struct edge_choice *choice,
	const struct interface_table *table, const struct interface *interface)
{
	const struct interface *master = interface_table_master(table, interface);
	const struct interface *bridge = master && interface_is_bridge(master) ? master : NULL;
	const bool has_ethernet = interface->hardware_type == ARPHRD_ETHER ||
				  interface->hardware_type == ARPHRD_LOOPBACK;
	enum edge_choice_verdict verdict = EDGE_CHOICE_NO;

	for (const char *word = choice->words; *word != '\0'; word += strlen(word) + 1) {
		enum edge_choice_verdict by_word = edge_choice_judge_word(word, interface, bridge);

		if (by_word == EDGE_CHOICE_EDGE || by_word == EDGE_CHOICE_HOST)
			return has_ethernet ? by_word : EDGE_CHOICE_NO_ETHERNET;
		if (by_word == EDGE_CHOICE_LEFT_OUT)
			verdict = EDGE_CHOICE_LEFT_OUT;
	}
	return verdict;
}
