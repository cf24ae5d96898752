/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tests/support/captured_stderr.h"
#include "tests/support/check_main.h"
#include "tests/support/temp_shm.h"

#define SIZE_BYTES 8192
#define NOBODY     65534

static struct captured_stderr captured;
static struct segment segment;
static const char *name;

static void make_name(void)
{
	name = temp_shm_name("segment");
	segment_init(&segment);
}

static void close_segment(void)
{
	segment_detach(&segment);
	segment_destroy(name);
}

static const char *path_of(const char *segment_name)
{
	static char path[256];

	(void)snprintf(path, sizeof(path), "/dev/shm%s", segment_name);
	return path;
}

/* What somebody else put under our name. */
static void squat(mode_t mode, size_t size_bytes)
{
	int fd = open(path_of(name), O_CREAT | O_EXCL | O_RDWR, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fchmod(fd, mode), 0);
	ck_assert_int_eq(ftruncate(fd, (off_t)size_bytes), 0);
	(void)close(fd);
}

static void assert_refused(void)
{
	int r;

	captured_stderr_begin(&captured);
	r = segment_attach(&segment, name, true, SIZE_BYTES);
	(void)captured_stderr_end(&captured);
	ck_assert_int_eq(r, -EPERM);
	ck_assert_int_eq(captured_stderr_lines(captured.text), 1);
	ck_assert_ptr_nonnull(strstr(captured.text, name));
	ck_assert_int_eq(segment.fd, -1);
	ck_assert_ptr_null(segment.bytes);
}

START_TEST(created_segment_is_zeroed_and_found_by_name)
{
	struct segment other;

	ck_assert_int_eq(segment_create(&segment, name, SIZE_BYTES), SEGMENT_OK);
	for (size_t i = 0; i < SIZE_BYTES; i++)
		ck_assert_int_eq(((uint8_t *)segment.bytes)[i], 0);

	ck_assert_int_eq(segment_attach(&other, name, true, SIZE_BYTES), SEGMENT_OK);
	ck_assert_uint_eq(other.size_bytes, SIZE_BYTES);
	((uint8_t *)other.bytes)[77] = 42;
	ck_assert_int_eq(((uint8_t *)segment.bytes)[77], 42);
	segment_detach(&other);
}
END_TEST

START_TEST(created_segment_has_one_name_and_no_access_for_others)
{
	struct stat seen;

	ck_assert_int_eq(segment_create(&segment, name, SIZE_BYTES), SEGMENT_OK);
	ck_assert_int_eq(lstat(path_of(name), &seen), 0);
	ck_assert_uint_eq(seen.st_nlink, 1);
	ck_assert_uint_eq(seen.st_mode & 07117, 0);
	ck_assert_uint_eq(seen.st_size, SIZE_BYTES);
	ck_assert_int_ge(seen.st_blocks * 512, SIZE_BYTES); /* reserved, not only promised */
}
END_TEST

START_TEST(prepared_segment_is_nowhere_until_published)
{
	struct segment other;

	ck_assert_int_eq(segment_prepare(&segment, name, SIZE_BYTES), 0);
	ck_assert_int_eq(segment_attach(&other, name, true, SIZE_BYTES), SEGMENT_NONE);
	ck_assert(segment_is_replaced(&segment));
	ck_assert_int_eq(segment_publish(&segment), SEGMENT_OK);
	ck_assert(!segment_is_replaced(&segment));
}
END_TEST

START_TEST(taken_name_is_not_overwritten)
{
	struct segment other;

	ck_assert_int_eq(segment_create(&segment, name, SIZE_BYTES), SEGMENT_OK);
	((uint8_t *)segment.bytes)[0] = 1;
	ck_assert_int_eq(segment_create(&other, name, 2 * SIZE_BYTES), SEGMENT_EXISTS);
	ck_assert_int_eq(other.fd, -1);
	ck_assert(!segment_is_replaced(&segment));
	ck_assert_int_eq(((uint8_t *)segment.bytes)[0], 1);
}
END_TEST

START_TEST(absent_and_too_small_ones_are_not_there_yet)
{
	ck_assert_int_eq(segment_attach(&segment, name, true, SIZE_BYTES), SEGMENT_NONE);
	squat(0600, SIZE_BYTES - 1);
	ck_assert_int_eq(segment_attach(&segment, name, true, SIZE_BYTES), SEGMENT_NONE);
	ck_assert_int_eq(segment.fd, -1);
	ck_assert_int_eq(truncate(path_of(name), 0), 0);
	ck_assert_int_eq(segment_attach(&segment, name, true, 0), SEGMENT_NONE);
}
END_TEST

START_TEST(names_that_are_no_names_are_refused)
{
	char long_name[SEGMENT_NAME_BYTES_MAX + 2];

	memset(long_name, 'x', sizeof(long_name));
	long_name[0] = '/';
	long_name[sizeof(long_name) - 1] = '\0';
	captured_stderr_begin(&captured);
	ck_assert_int_eq(segment_create(&segment, "no-slash", SIZE_BYTES), -EINVAL);
	ck_assert_int_eq(segment_create(&segment, "/", SIZE_BYTES), -EINVAL);
	ck_assert_int_eq(segment_create(&segment, "/../escape", SIZE_BYTES), -EINVAL);
	ck_assert_int_eq(segment_attach(&segment, long_name, true, 1), -EINVAL);
	ck_assert_int_eq(captured_stderr_lines(captured_stderr_end(&captured)), 4);
}
END_TEST

START_TEST(segment_writable_by_everybody_is_refused)
{
	squat(0602, SIZE_BYTES);
	assert_refused();
}
END_TEST

START_TEST(segment_writable_by_another_group_is_refused)
{
	squat(0660, SIZE_BYTES);
	if (getegid() == 0) /* root's own group would be right */
		ck_assert_int_eq(chown(path_of(name), (uid_t)-1, NOBODY), 0);
	assert_refused();
}
END_TEST

START_TEST(segment_of_another_user_is_refused)
{
	if (geteuid() != 0)
		return; /* only root can be a squatter's victim and the squatter at once */
	squat(0600, SIZE_BYTES);
	ck_assert_int_eq(chown(path_of(name), NOBODY, NOBODY), 0);
	assert_refused();
}
END_TEST

START_TEST(segment_of_root_is_taken_by_others)
{
	pid_t pid;
	int status;

	if (geteuid() != 0)
		return;
	squat(0644, SIZE_BYTES);
	pid = fork();
	if (pid == 0)
		_exit(setuid(NOBODY) == 0 && segment_attach(&segment, name, false, SIZE_BYTES) ==
						     SEGMENT_OK
				? 0
				: 1);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

/* Give this process an /etc/group of its own. Return: 0, or -1 where that is not allowed. */
static int replace_group_file(const char *text)
{
	const char *file_name = path_of(temp_shm_name("group"));
	int fd = open(file_name, O_CREAT | O_EXCL | O_RDWR, 0644);

	if (fd < 0 || write(fd, text, strlen(text)) < 0 || close(fd) < 0)
		return -1;
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -1;
	return mount(file_name, "/etc/group", NULL, MS_BIND, NULL);
}

/* Made by one user of the group, taken by another one; exit status 0 = as it should be. */
static void share_in_group(void)
{
	struct segment other;
	struct stat seen;
	pid_t pid;
	int status;

	if (replace_group_file("a:x:4:\ndnscache:x:4242:\n") < 0)
		_exit(0); /* not allowed to play this */
	if (setegid(4242) < 0 || seteuid(4001) < 0 ||
		segment_create(&other, name, SIZE_BYTES) != SEGMENT_OK)
		_exit(1);
	if (fstat(other.fd, &seen) < 0 || seen.st_gid != 4242 || (seen.st_mode & 07777) != 0660)
		_exit(2);
	pid = fork();
	if (pid == 0)
		_exit(seteuid(0) == 0 && seteuid(4002) == 0 &&
					segment_attach(&other, name, true, SIZE_BYTES) == SEGMENT_OK
				? 0
				: 1);
	_exit(waitpid(pid, &status, 0) == pid && status == 0 ? 0 : 3);
}

START_TEST(segment_of_the_group_dnscache_is_shared_by_its_users)
{
	pid_t pid;
	int status;

	if (geteuid() != 0)
		return;
	pid = fork();
	if (pid == 0)
		share_in_group();
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(symbolic_link_is_refused)
{
	const char *target = temp_shm_name("target");

	ck_assert_int_eq(segment_create(&segment, target, SIZE_BYTES), SEGMENT_OK);
	segment_detach(&segment);
	ck_assert_int_eq(symlink(target + 1, path_of(name)), 0);
	assert_refused();
}
END_TEST

START_TEST(second_hard_link_is_refused)
{
	char target[256];

	squat(0600, SIZE_BYTES);
	(void)snprintf(target, sizeof(target), "/dev/shm%s", temp_shm_name("link"));
	ck_assert_int_eq(link(path_of(name), target), 0);
	assert_refused();
	(void)unlink(target);
}
END_TEST

START_TEST(fifo_and_folder_are_refused_without_blocking)
{
	ck_assert_int_eq(mkfifo(path_of(name), 0600), 0);
	assert_refused();
	ck_assert_int_eq(unlink(path_of(name)), 0);
	ck_assert_int_eq(mkdir(path_of(name), 0700), 0);
	assert_refused();
	ck_assert_int_eq(rmdir(path_of(name)), 0);
}
END_TEST

START_TEST(refusal_is_logged_once_until_the_name_is_accepted)
{
	const char *other = temp_shm_name("other");

	captured_stderr_begin(&captured);
	for (int i = 0; i < 5; i++) {
		ck_assert_int_eq(segment_refuse(EPROTO, name, "bad '%s'", name), -EPROTO);
		ck_assert_int_eq(segment_refuse(EPROTO, other, "bad '%s'", other), -EPROTO);
	}
	ck_assert_int_eq(segment_refuse(EPERM, name, "worse"), -EPERM);
	ck_assert_int_eq(captured_stderr_lines(captured_stderr_end(&captured)), 3);

	segment_accept(name);
	captured_stderr_begin(&captured);
	(void)segment_refuse(EPROTO, name, "bad '%s'", name);
	(void)segment_refuse(EPROTO, other, "bad '%s'", other);
	ck_assert_int_eq(captured_stderr_lines(captured_stderr_end(&captured)), 1);
	segment_accept(name);
	segment_accept(other);
}
END_TEST

START_TEST(removed_or_remade_name_is_noticed)
{
	struct segment other;

	ck_assert_int_eq(segment_create(&segment, name, SIZE_BYTES), SEGMENT_OK);
	ck_assert(!segment_is_replaced(&segment));
	segment_destroy(name);
	ck_assert(segment_is_replaced(&segment));
	ck_assert_int_eq(segment_create(&other, name, SIZE_BYTES), SEGMENT_OK);
	ck_assert(segment_is_replaced(&segment));
	ck_assert(!segment_is_replaced(&other));
	segment_detach(&other);
}
END_TEST

START_TEST(lock_has_one_owner_per_byte_and_goes_with_it)
{
	struct segment other;

	ck_assert_int_eq(segment_create(&segment, name, SIZE_BYTES), SEGMENT_OK);
	ck_assert_int_eq(segment_open(&other, name, true), SEGMENT_OK);
	ck_assert(segment_lock(&segment, 0));
	ck_assert(!segment_lock(&other, 0));
	ck_assert(segment_lock(&other, 1));
	ck_assert(!segment_lock(&segment, 1));
	segment_detach(&segment);
	ck_assert(segment_lock(&other, 0));
	segment_detach(&other);
}
END_TEST

START_TEST(lock_of_a_killed_process_is_free)
{
	int ready[2], status;
	pid_t pid;
	char byte;

	ck_assert_int_eq(segment_create(&segment, name, SIZE_BYTES), SEGMENT_OK);
	ck_assert_int_eq(pipe(ready), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		struct segment other;

		if (segment_open(&other, name, true) == SEGMENT_OK && segment_lock(&other, 0))
			(void)!write(ready[1], "x", 1);
		for (;;)
			(void)pause();
	}
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	ck_assert(!segment_lock(&segment, 0));
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(segment_lock(&segment, 0));
}
END_TEST

START_TEST(reader_cannot_write)
{
	struct segment other;

	ck_assert_int_eq(segment_create(&segment, name, SIZE_BYTES), SEGMENT_OK);
	ck_assert_int_eq(segment_attach(&other, name, false, SIZE_BYTES), SEGMENT_OK);
	ck_assert_int_ne(mprotect(other.bytes, SIZE_BYTES, PROT_READ | PROT_WRITE), 0);
	segment_detach(&other);
}
END_TEST

START_TEST(detach_accepts_every_state)
{
	segment_init(&segment);
	segment_detach(&segment);
	ck_assert_int_eq(segment_create(&segment, name, SIZE_BYTES), SEGMENT_OK);
	segment_detach(&segment);
	segment_detach(&segment);
	segment_destroy(name);
	segment_destroy(name);
}
END_TEST

/* A process that touches a truncated segment under the guard; its exit status. */
static int touch_truncated(bool is_remade)
{
	struct segment other;
	int status;
	pid_t pid;

	captured_stderr_begin(&captured);
	pid = fork();
	if (pid == 0) {
		segment_guard();
		if (segment_attach(&other, name, true, SIZE_BYTES) != SEGMENT_OK ||
			ftruncate(other.fd, 0) < 0)
			_exit(77);
		if (is_remade) {
			segment_destroy(name);
			(void)segment_create(&segment, name, SIZE_BYTES);
		}
		((volatile uint8_t *)other.bytes)[4097] = 1;
		_exit(78);
	}
	(void)waitpid(pid, &status, 0);
	(void)captured_stderr_end(&captured);
	return status;
}

START_TEST(truncated_segment_is_one_line_an_exit_and_no_name)
{
	int status;

	ck_assert_int_eq(segment_create(&segment, name, SIZE_BYTES), SEGMENT_OK);
	status = touch_truncated(false);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), EXIT_FAILURE);
	ck_assert_int_eq(captured_stderr_lines(captured.text), 1);
	ck_assert_ptr_nonnull(strstr(captured.text, name));
	ck_assert(segment_is_replaced(&segment));
	ck_assert_int_ne(access(path_of(name), F_OK), 0);
}
END_TEST

START_TEST(guard_leaves_a_successor_of_that_name_alone)
{
	int status;

	ck_assert_int_eq(segment_create(&segment, name, SIZE_BYTES), SEGMENT_OK);
	status = touch_truncated(true);
	ck_assert_int_eq(WEXITSTATUS(status), EXIT_FAILURE);
	ck_assert_int_eq(access(path_of(name), F_OK), 0);
}
END_TEST

START_TEST(bus_error_elsewhere_still_kills)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		int fd = memfd_create("elsewhere", MFD_CLOEXEC);
		volatile uint8_t *bytes = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);

		segment_guard();
		_exit(bytes[0]);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGBUS);
}
END_TEST

START_TEST(boot_id_is_the_kernel_s)
{
	char text[64] = "", written[64] = "";
	FILE *file = fopen("/proc/sys/kernel/random/boot_id", "r");
	uint8_t id[16];

	ck_assert_ptr_nonnull(file);
	ck_assert_ptr_nonnull(fgets(text, sizeof(text), file));
	(void)fclose(file);
	segment_boot_id(id);
	for (int i = 0, at = 0; i < 16; i++)
		at += sprintf(written + at, "%s%02x",
			i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", id[i]);
	ck_assert_int_eq(strncmp(text, written, 36), 0);
}
END_TEST

START_TEST(unknown_boot_is_no_other_boot)
{
	uint8_t id[16];

	segment_boot_id(id);
	ck_assert(!segment_is_other_boot(id));
	id[15] ^= 1;
	ck_assert(segment_is_other_boot(id));
	memset(id, 0, sizeof(id));
	ck_assert(!segment_is_other_boot(id));
}
END_TEST

static TCase *segment_case(Suite *suite, const char *title)
{
	TCase *tests = tcase_create(title);

	tcase_add_checked_fixture(tests, make_name, close_segment);
	suite_add_tcase(suite, tests);
	return tests;
}

static Suite *segment_suite(void)
{
	Suite *suite = suite_create("segment");
	TCase *life = segment_case(suite, "life");
	TCase *trust = segment_case(suite, "trust");
	TCase *guard = segment_case(suite, "guard");

	tcase_add_test(life, created_segment_is_zeroed_and_found_by_name);
	tcase_add_test(life, created_segment_has_one_name_and_no_access_for_others);
	tcase_add_test(life, prepared_segment_is_nowhere_until_published);
	tcase_add_test(life, taken_name_is_not_overwritten);
	tcase_add_test(life, absent_and_too_small_ones_are_not_there_yet);
	tcase_add_test(life, names_that_are_no_names_are_refused);
	tcase_add_test(life, removed_or_remade_name_is_noticed);
	tcase_add_test(life, lock_has_one_owner_per_byte_and_goes_with_it);
	tcase_add_test(life, lock_of_a_killed_process_is_free);
	tcase_add_test(life, reader_cannot_write);
	tcase_add_test(life, detach_accepts_every_state);
	tcase_add_test(life, boot_id_is_the_kernel_s);
	tcase_add_test(life, unknown_boot_is_no_other_boot);

	tcase_add_test(trust, segment_writable_by_everybody_is_refused);
	tcase_add_test(trust, segment_writable_by_another_group_is_refused);
	tcase_add_test(trust, segment_of_another_user_is_refused);
	tcase_add_test(trust, segment_of_root_is_taken_by_others);
	tcase_add_test(trust, segment_of_the_group_dnscache_is_shared_by_its_users);
	tcase_add_test(trust, symbolic_link_is_refused);
	tcase_add_test(trust, second_hard_link_is_refused);
	tcase_add_test(trust, fifo_and_folder_are_refused_without_blocking);
	tcase_add_test(trust, refusal_is_logged_once_until_the_name_is_accepted);

	tcase_add_test(guard, truncated_segment_is_one_line_an_exit_and_no_name);
	tcase_add_test(guard, guard_leaves_a_successor_of_that_name_alone);
	tcase_add_test(guard, bus_error_elsewhere_still_kills);
	return suite;
}

int main(void)
{
	return check_main_run(segment_suite());
}
