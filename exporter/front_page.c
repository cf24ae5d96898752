/* SPDX-License-Identifier: BSD-2-Clause */
#include "exporter/front_page.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "exporter/front_page_html.h"
#include "exporter/front_rows.h"
#include "shared/compiler.h"

#define FRONT_PAGE_OPEN  "{{"
#define FRONT_PAGE_CLOSE "}}"

/* What the marks are filled with. */
struct front_page {
	struct evbuffer *out;
	const struct state_input *input;
	struct state_number numbers[STATE_NUMBERS_MAX];
	size_t number_count;
	struct state_summary summary;
};

static bool front_page_is(const char *mark, size_t mark_bytes, const char *prefix, const char *name)
{
	const size_t prefix_bytes = strlen(prefix);

	return mark_bytes == prefix_bytes + strlen(name) &&
	       memcmp(mark, prefix, prefix_bytes) == 0 &&
	       memcmp(mark + prefix_bytes, name, mark_bytes - prefix_bytes) == 0;
}

/* The others return false where @mark is none of theirs. */
static bool front_page_fill_text(const struct front_page *page, const char *mark, size_t mark_bytes)
{
	const struct {
		const char *mark;
		const char *text;
	} texts[] = {
		{ "level", page->summary.level },
		{ "summary", page->summary.text },
		{ "version", page->input->version },
		{ "revision", page->input->revision },
	};

	for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
		if (!front_page_is(mark, mark_bytes, "", texts[i].mark))
			continue;
		front_rows_text(page->out, texts[i].text, strlen(texts[i].text), false);
		return true;
	}
	return false;
}

static bool front_page_fill_number(
	const struct front_page *page, const char *mark, size_t mark_bytes)
{
	for (size_t i = 0; i < page->number_count; i++) {
		if (!front_page_is(mark, mark_bytes, "", page->numbers[i].name))
			continue;
		(void)evbuffer_add_printf(page->out, "%s", page->numbers[i].text);
		return true;
	}
	return false;
}

static bool front_page_fill_list(const struct front_page *page, const char *mark, size_t mark_bytes)
{
	for (size_t i = 0; i < state_list_count; i++) {
		if (!front_page_is(mark, mark_bytes, "list:", state_lists[i].name))
			continue;
		front_rows_list(page->out, &page->input->set, state_lists[i].family);
		return true;
	}
	return false;
}

static bool front_page_fill_line(const struct front_page *page, const char *mark, size_t mark_bytes)
{
	for (size_t i = 0; i < state_line_count; i++) {
		if (!front_page_is(mark, mark_bytes, "line:", state_lines[i].name))
			continue;
		front_rows_line(page->out, page->input->traffic, state_lines[i].kind);
		return true;
	}
	return false;
}

static bool front_page_fill(const struct front_page *page, const char *mark, size_t mark_bytes)
{
	if (!front_page_is(mark, mark_bytes, "", "stages"))
		return front_page_fill_text(page, mark, mark_bytes) ||
		       front_page_fill_number(page, mark, mark_bytes) ||
		       front_page_fill_list(page, mark, mark_bytes) ||
		       front_page_fill_line(page, mark, mark_bytes);
	front_rows_stages(page->out, &page->input->set);
	return true;
}

void front_page_render(struct evbuffer *out, const struct state_input *input)
{
	struct front_page page = { .out = out, .input = input };
	const char *at = front_page_html;

	page.number_count = state_facts_numbers(input, page.numbers);
	state_facts_summary(input, &page.summary);
	for (const char *mark; (mark = strstr(at, FRONT_PAGE_OPEN)) != NULL;) {
		const char *name = mark + strlen(FRONT_PAGE_OPEN);
		const char *close = strstr(name, FRONT_PAGE_CLOSE);
		bool is_known;

		(void)evbuffer_add(out, at, (size_t)(mark - at));
		is_known = close && front_page_fill(&page, name, (size_t)(close - name));
		assert(is_known); /* the page is ours */
		at = close + strlen(FRONT_PAGE_CLOSE);
	}
	(void)evbuffer_add(out, at, strlen(at));
}
