/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/timer_wheel.h"

#include <assert.h>

_Static_assert((TIMER_WHEEL_SLOT_COUNT & (TIMER_WHEEL_SLOT_COUNT - 1)) == 0,
	"slots are found by the low bits of the tick");

static struct cds_list_head *timer_wheel_slot(struct timer_wheel *wheel, uint64_t tick)
{
	return &wheel->slots[tick % TIMER_WHEEL_SLOT_COUNT];
}

void timer_wheel_init(struct timer_wheel *wheel, uint64_t tick_ns, uint64_t now_ns)
{
	assert(tick_ns > 0);

	wheel->tick_ns = tick_ns;
	wheel->tick = now_ns / tick_ns;
	wheel->count = 0;
	for (unsigned int i = 0; i < TIMER_WHEEL_SLOT_COUNT; i++)
		CDS_INIT_LIST_HEAD(&wheel->slots[i]);
	CDS_INIT_LIST_HEAD(&wheel->due);
}

void timer_init(struct timer *timer)
{
	CDS_INIT_LIST_HEAD(&timer->node);
	timer->at_ns = 0;
}

bool timer_is_set(const struct timer *timer)
{
	return timer->node.next != &timer->node;
}

void timer_wheel_set(struct timer_wheel *wheel, struct timer *timer, uint64_t at_ns)
{
	uint64_t tick = at_ns / wheel->tick_ns;

	timer_wheel_cancel(wheel, timer);
	timer->at_ns = at_ns;
	cds_list_add_tail(
		&timer->node, tick < wheel->tick ? &wheel->due : timer_wheel_slot(wheel, tick));
	wheel->count++;
}

void timer_wheel_cancel(struct timer_wheel *wheel, struct timer *timer)
{
	if (!timer_is_set(timer))
		return;

	cds_list_del_init(&timer->node);
	wheel->count--;
}

/* Move what is due from a slot; what is a turn or more away stays. */
static void timer_wheel_sweep(
	struct timer_wheel *wheel, struct cds_list_head *slot, uint64_t now_ns)
{
	struct cds_list_head *node = slot->next;

	while (node != slot) {
		struct timer *timer = caa_container_of(node, struct timer, node);

		node = node->next;
		if (timer->at_ns > now_ns)
			continue;
		cds_list_del(&timer->node);
		cds_list_add_tail(&timer->node, &wheel->due);
	}
}

struct timer *timer_wheel_next(struct timer_wheel *wheel, uint64_t now_ns)
{
	uint64_t now_tick = now_ns / wheel->tick_ns;
	struct timer *timer;

	/* After a long sleep: a turn looks into every slot, and more turns would find no more. */
	if (now_tick > wheel->tick + TIMER_WHEEL_SLOT_COUNT)
		wheel->tick = now_tick - TIMER_WHEEL_SLOT_COUNT;
	while (cds_list_empty(&wheel->due) && wheel->tick < now_tick)
		timer_wheel_sweep(wheel, timer_wheel_slot(wheel, wheel->tick++), now_ns);
	if (cds_list_empty(&wheel->due))
		return NULL;

	timer = caa_container_of(wheel->due.next, struct timer, node);
	if (timer->at_ns > now_ns)
		return NULL;
	timer_wheel_cancel(wheel, timer);
	return timer;
}
