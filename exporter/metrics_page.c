/* SPDX-License-Identifier: BSD-2-Clause */
#include "exporter/metrics_page.h"

#include "exporter/metrics_text.h"

unsigned int metrics_page_render(
	const struct metrics_out *out, const struct metrics_page_input *input)
{
	metrics_own_build(out, &input->build);
	metrics_own_stages(out, &input->set);
	metrics_ancestor_render(out, &input->set, input->misses);
	if (input->process)
		metrics_own_process(out, input->process, input->set.boot_unix_ns);
	return metrics_text_render(out, &input->set);
}

void metrics_page_finish(const struct metrics_out *out, uint64_t duration_ns, unsigned int left_out)
{
	metrics_own_scrape(out, duration_ns, left_out);
	metrics_line_end(out);
}
