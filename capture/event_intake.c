/* SPDX-License-Identifier: BSD-2-Clause */
#include "capture/event_intake.h"

#include <errno.h>
#include <linux/bpf.h>
#include <sys/mman.h>
#include <unistd.h>

#include "shared/fault.h"

#define EVENT_INTAKE_ALIGN 8u

void event_intake_init(struct event_intake *intake)
{
	*intake = (struct event_intake){ .ring_fd = -1 };
}

int event_intake_open(struct event_intake *intake, int ring_fd, uint64_t ring_bytes)
{
	size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
	void *pages;

	intake->ring_fd = ring_fd;
	intake->page_bytes = page_bytes;
	intake->ring_bytes = ring_bytes;
	pages = mmap(NULL, page_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, ring_fd, 0);
	if (pages == MAP_FAILED)
		return FAULT(errno, "cannot map the BPF ring buffer's reading position");
	intake->consumer_page = pages;

	pages = mmap(NULL, page_bytes + 2 * ring_bytes, PROT_READ, MAP_SHARED, ring_fd,
		(off_t)page_bytes);
	if (pages == MAP_FAILED)
		return FAULT(
			errno, "cannot map the BPF ring buffer's %ju bytes", (uintmax_t)ring_bytes);
	intake->producer_pages = pages;
	intake->position = *intake->consumer_page;
	return 0;
}

void event_intake_close(struct event_intake *intake)
{
	if (intake->consumer_page)
		(void)munmap(intake->consumer_page, intake->page_bytes);
	if (intake->producer_pages)
		(void)munmap((void *)intake->producer_pages,
			intake->page_bytes + 2 * intake->ring_bytes);
	event_intake_init(intake);
}

uint64_t event_intake_produced(const struct event_intake *intake)
{
	return __atomic_load_n((const uint64_t *)intake->producer_pages, __ATOMIC_ACQUIRE);
}

int event_intake_next(
	struct event_intake *intake, const void **out_record, uint32_t *out_record_bytes)
{
	const uint8_t *data = intake->producer_pages + intake->page_bytes;

	while (intake->position != event_intake_produced(intake)) {
		const uint8_t *header = data + (intake->position & (intake->ring_bytes - 1));
		uint32_t length = __atomic_load_n((const uint32_t *)header, __ATOMIC_ACQUIRE);
		uint32_t bytes = length & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);

		if (length & BPF_RINGBUF_BUSY_BIT)
			break;
		intake->position += (bytes + BPF_RINGBUF_HDR_SZ + EVENT_INTAKE_ALIGN - 1) &
				    ~(uint64_t)(EVENT_INTAKE_ALIGN - 1);
		if (length & BPF_RINGBUF_DISCARD_BIT)
			continue;
		*out_record = header + BPF_RINGBUF_HDR_SZ;
		*out_record_bytes = bytes;
		return EVENT_INTAKE_OK;
	}
	return EVENT_INTAKE_EMPTY;
}

void event_intake_release(struct event_intake *intake)
{
	__atomic_store_n(intake->consumer_page, intake->position, __ATOMIC_RELEASE);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}
