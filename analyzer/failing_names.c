/* SPDX-License-Identifier: BSD-2-Clause */
#include "analyzer/failing_names.h"

#include "analyzer/record_table.h"

#define FAILING_NAMES_CAUSES 2

/* The last failure by one cause. */
struct failing_name_failure {
	uint64_t generation; /* 0 = none */
	uint64_t until_ns;
	uint64_t sent_ns;  /* of the failed query */
	uint64_t known_ns; /* when that was known */
	uint8_t client_ip[16];
	bool is_confirmed;
};

struct failing_name {
	struct failing_name_failure
		failures[FAILING_NAMES_CAUSES]; /* by enum failing_names_cause */
};

struct failing_name_key {
	struct failure_resolver_key resolver;
	struct dns_name name; /* folded; length_bytes + 1 of it count */
};

/* The table itself is all there is; the type keeps callers from mixing tables up. */
static struct record_table *failing_names_table(struct failing_names *names)
{
	return (struct record_table *)names;
}

int failing_names_new(struct failing_names **out_names, uint64_t seed)
{
	return record_table_new((struct record_table **)out_names, sizeof(struct failing_name),
		FAILING_NAMES_MAX, seed);
}

uint64_t failing_names_bytes(void)
{
	return record_table_bytes(
		sizeof(struct failing_name), sizeof(struct failing_name_key), FAILING_NAMES_MAX);
}

void failing_names_free(struct failing_names *names)
{
	record_table_free(failing_names_table(names));
}

bool failing_names_any(struct failing_names *names)
{
	return record_table_used(failing_names_table(names)) > 0;
}

/* Return: how many bytes of it count. */
static size_t failing_name_key(
	struct failing_name_key *key, const struct failure_path *path, const struct dns_name *name)
{
	key->resolver = failure_path_resolver(path);
	dns_name_copy(name->bytes, name->length_bytes, &key->name);
	dns_name_fold(&key->name);
	return sizeof(key->resolver) + 1u + name->length_bytes;
}

static struct failing_name *failing_names_find(
	struct failing_names *names, const struct failure_path *path, const struct dns_name *name)
{
	struct failing_name_key key;

	if (!failing_names_any(names)) /* most of the time */
		return NULL;
	return record_table_find(
		failing_names_table(names), &key, failing_name_key(&key, path, name));
}

static bool failing_name_is_valid(const struct failing_name *failing,
	enum failing_names_cause cause, const struct failing_names_validity *validity,
	uint64_t now_ns)
{
	const struct failing_name_failure *failure = &failing->failures[cause];

	if (failure->generation != validity->generation || now_ns >= failure->until_ns)
		return false;
	return cause == FAILING_NAMES_RESPONSE || failure->sent_ns > validity->last_response_ns;
}

static bool failing_name_is_any_valid(const struct failing_name *failing,
	const struct failing_names_validity *validity, uint64_t now_ns)
{
	for (int cause = 0; cause < FAILING_NAMES_CAUSES; cause++) {
		if (failing_name_is_valid(failing, cause, validity, now_ns))
			return true;
	}
	return false;
}

static bool failing_name_is_of_client(
	const struct failing_name_failure *failure, const struct failure_path *path)
{
	return memcmp(failure->client_ip, path->client_ip, sizeof(failure->client_ip)) == 0;
}

/* Whether a failure of a query sent at @sent_ns repeats one that still counts. */
static bool failing_name_is_confirming(const struct failing_name *failing,
	const struct failure_path *path, const struct failing_names_validity *validity,
	uint64_t sent_ns, uint64_t now_ns)
{
	for (int cause = 0; cause < FAILING_NAMES_CAUSES; cause++) {
		const struct failing_name_failure *failure = &failing->failures[cause];

		if (failing_name_is_valid(failing, cause, validity, now_ns) &&
			(failure->is_confirmed || sent_ns > failure->known_ns ||
				!failing_name_is_of_client(failure, path)))
			return true;
	}
	return false;
}

bool failing_names_failed(struct failing_names *names, const struct failure_path *path,
	const struct dns_name *name, const struct failing_names_validity *validity,
	enum failing_names_cause cause, uint64_t sent_ns, uint64_t now_ns)
{
	struct failing_name_failure *failure;
	struct failing_name_key key;
	const size_t key_bytes = failing_name_key(&key, path, name);
	struct failing_name *failing =
		record_table_get(failing_names_table(names), &key, key_bytes);
	bool was_failing;

	if (failing == NULL)
		return false;
	was_failing = failing_name_is_any_valid(failing, validity, now_ns);
	failure = &failing->failures[cause];
	failure->is_confirmed =
		failing_name_is_confirming(failing, path, validity, sent_ns, now_ns);
	failure->generation = validity->generation;
	failure->until_ns = now_ns + FAILING_NAMES_RECHECK_NS;
	failure->sent_ns = sent_ns;
	failure->known_ns = now_ns;
	memcpy(failure->client_ip, path->client_ip, sizeof(failure->client_ip));
	return !was_failing && failing_name_is_any_valid(failing, validity, now_ns);
}

bool failing_names_succeeded(struct failing_names *names, const struct failure_path *path,
	const struct dns_name *name, const struct failing_names_validity *validity, uint64_t now_ns)
{
	struct failing_name *failing = failing_names_find(names, path, name);
	bool was_failing;

	if (failing == NULL)
		return false;
	was_failing = failing_name_is_any_valid(failing, validity, now_ns);
	record_table_forget(failing_names_table(names), failing);
	return was_failing;
}

bool failing_names_look(struct failing_names *names, const struct failure_path *path,
	const struct dns_name *name, const struct failing_names_validity *validity, uint64_t now_ns)
{
	const struct failing_name *failing = failing_names_find(names, path, name);

	for (int cause = 0; failing != NULL && cause < FAILING_NAMES_CAUSES; cause++) {
		const struct failing_name_failure *failure = &failing->failures[cause];

		if (failing_name_is_valid(failing, cause, validity, now_ns) &&
			(failure->is_confirmed || failing_name_is_of_client(failure, path)))
			return true;
	}
	return false;
}

struct failing_names_counting {
	failing_names_ask ask;
	void *argument;
	uint64_t now_ns;
	uint64_t count;
};

static bool failing_name_is_kept(void *body, const void *key, void *argument)
{
	const struct failing_name_key *name = key;
	struct failing_names_counting *counting = argument;
	struct failing_names_validity validity;

	if (!counting->ask(&name->resolver, &validity, counting->argument))
		return false;
	if (!failing_name_is_any_valid(body, &validity, counting->now_ns))
		return false;
	counting->count++;
	return true;
}

uint64_t failing_names_count(
	struct failing_names *names, failing_names_ask ask, void *argument, uint64_t now_ns)
{
	struct failing_names_counting counting = { ask, argument, now_ns, 0 };

	record_table_sweep(failing_names_table(names), failing_name_is_kept, &counting);
	return counting.count;
}
