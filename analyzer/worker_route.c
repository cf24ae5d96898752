/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/worker_private.h"

#include <string.h>

/* The transaction of a datagram seen at an edge that is not its client's. */
static struct transaction *worker_route_find(struct worker *worker,
	const struct message_packet *packet, const struct dns_head *head, bool is_query)
{
	struct transaction_path path = {
		.if_index = TRANSACTION_ANY_EDGE,
		.client_port_be = is_query ? packet->source_port_be : packet->destination_port_be,
		.server_port_be = is_query ? packet->destination_port_be : packet->source_port_be,
	};

	memcpy(path.client_ip, is_query ? packet->source_ip : packet->destination_ip, 16);
	memcpy(path.server_ip, is_query ? packet->destination_ip : packet->source_ip, 16);
	return query_match_find_passing(worker->match, &path, head);
}

/* One more edge that it crossed. Return: whether another one is known already. */
static bool worker_route_add(uint32_t *edge, uint32_t if_index)
{
	const bool is_another = *edge != 0 && *edge != if_index;

	*edge = if_index;
	return is_another;
}

void worker_route_leaving(
	struct worker *worker, const struct message_packet *packet, const struct dns_head *head)
{
	struct transaction *transaction = worker_route_find(worker, packet, head, true);

	if (transaction != NULL &&
		worker_route_add(&transaction->route.left_by_if_index, packet->if_index))
		transaction->route.left_by_several = true;
}

void worker_route_coming(
	struct worker *worker, const struct message_packet *packet, const struct dns_head *head)
{
	struct transaction *transaction = worker_route_find(worker, packet, head, false);

	if (transaction != NULL &&
		worker_route_add(&transaction->route.came_by_if_index, packet->if_index))
		transaction->route.came_by_several = true;
}

void worker_route_arrived(struct transaction *transaction)
{
	transaction->route.came_by_if_index = 0;
	transaction->route.came_by_several = false;
}
