// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <json-c/json.h>

#include "sched_state.h"
#include "sched_text.h"

/**
 * struct field - a number in the file
 * @key:    its name
 * @offset: where it is in its structure
 * @size:   1 (bool), 4 or 8 bytes
 */
struct field {
	const char *key;
	size_t offset;
	size_t size;
};

#define FIELD(type, key, member) \
	{ key, offsetof(struct type, member), sizeof(((struct type *)0)->member) }
#define STATE(key, member)	FIELD(sched_state, key, member)
#define VM(key, member)		FIELD(sched_state_vm, key, member)
#define NR(a)			(sizeof(a) / sizeof((a)[0]))

static const struct field state_fields[] = {
	STATE("time_ms", time_ms),
	STATE("interval_ms", interval_ms),
	STATE("daemon_pid", pid),
	STATE("dry_run", dry_run),
	STATE("total_pages", total_pages),
	STATE("swap_pages", swap_pages),
	STATE("swap_free_pages", swap_free_pages),
	STATE("free_pages", summary.free_pages),
	STATE("state", summary.state),
	STATE("minfree_pages", summary.marks.minfree_pages),
	STATE("mark_high_pages", summary.marks.mark_pages[BALLAST_HOST_HIGH]),
	STATE("mark_clear_pages", summary.marks.mark_pages[BALLAST_HOST_CLEAR]),
	STATE("mark_soft_pages", summary.marks.mark_pages[BALLAST_HOST_SOFT]),
	STATE("mark_hard_pages", summary.marks.mark_pages[BALLAST_HOST_HARD]),
	STATE("mark_low_pages", summary.marks.mark_pages[BALLAST_HOST_LOW]),
	STATE("goal_pages", summary.goal_pages),
	STATE("ready_pages", summary.ready_pages),
	STATE("available_pages", summary.available_pages),
	STATE("given_pages", summary.given_pages),
	STATE("need_pages", summary.need_pages),
	STATE("flush_pages", summary.flush_pages),
	STATE("balloon_pages", summary.balloon_pages),
	STATE("swap_out_pages", summary.swap_pages),
	STATE("short_pages", summary.short_pages),
	STATE("depth", summary.depth),
};

static const struct field vm_fields[] = {
	VM("id", id),
	VM("pid", pid),
	VM("size_pages", in.size_pages),
	VM("min_pages", in.min_pages),
	VM("max_pages", in.max_pages),
	VM("shares", in.shares),
	VM("has_balloon", in.has_balloon),
	VM("speaks", in.speaks),
	VM("let_go", in.let_go),
	VM("stalled", in.stalled),
	VM("no_swap", in.no_swap),
	VM("no_flush", in.no_flush),
	VM("data_age_ms", in.data_age_ms),
	VM("resident_pages", in.resident_pages),
	VM("swapped_pages", in.swapped_pages),
	VM("held_pages", in.balloon_pages),
	VM("target_pages", in.balloon_target_pages),
	VM("floor_pages", in.floor_pages),
	VM("working_set_pages", in.working_set_pages),
	VM("curve_pages", in.curve_pages),
	VM("stuck_pages", in.stuck_pages),
	VM("stuck_deep", in.stuck_deep),
	VM("refaults_per_s", in.refaults_per_s),
	VM("in_use_pages", d.due.active_pages),
	VM("due_pages", d.due.entitled_pages),
	VM("trusted", d.view.trusted),
	VM("guest_free_pages", d.view.free),
	VM("guest_cold_pages", d.view.cold_cache),
	VM("swappable_pages", d.view.swappable[BALLAST_DEPTH_COLD]),
	VM("want_pages", d.want_pages),
	VM("given_pages", d.given_pages),
	VM("lent_pages", d.lent_pages),
	VM("new_target_pages", d.balloon_target_pages),
	VM("flush_pages", d.flush_pages),
	VM("balloon_take_pages", d.balloon_take_pages),
	VM("swap_out_pages", d.swap_pages),
	VM("swap_pages_per_s", d.swap_pages_per_s),
	VM("depth", d.swap_depth),
	VM("raise_pages", d.memory.raise_pages),
	VM("backoff", d.memory.backoff),
	VM("step_ms", d.memory.step_ms),
	VM("cache_ms", d.memory.cache_ms),
	VM("hold_left_ms", hold_left_ms),
	VM("reliefs", reliefs),
	VM("set_pages", set_pages),
	VM("paged_pages", paged_pages),
};

uint64_t sched_state_clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* --- to JSON ---------------------------------------------------------------------------- */

static uint64_t get_field(const void *base, const struct field *field)
{
	const char *at = (const char *)base + field->offset;

	switch (field->size) {
	case 1:
		return *(const bool *)at;
	case 4:
		return *(const uint32_t *)at;
	default:
		return *(const uint64_t *)at;
	}
}

static void put_fields(struct json_object *to, const void *base, const struct field *fields,
		       size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		uint64_t value = get_field(base, &fields[i]);

		json_object_object_add(to, fields[i].key, fields[i].size == 1 ?
				       json_object_new_boolean(value != 0) :
				       json_object_new_uint64(value));
	}
}

static struct json_object *reasons_of(const struct ballast_sched_decision *d)
{
	struct json_object *list = json_object_new_array(), *one, *values;
	char text[256];

	for (uint32_t i = 0; i < d->nr_reasons && i < BALLAST_SCHED_REASONS; i++) {
		const struct ballast_sched_reason *r = &d->reasons[i];

		one = json_object_new_object();
		values = json_object_new_array();
		for (size_t j = 0; j < NR(r->value); j++)
			json_object_array_add(values, json_object_new_uint64(r->value[j]));
		sched_text_reason(r, text, sizeof(text));
		json_object_object_add(one, "why",
				       json_object_new_string(ballast_sched_why_name(r->why)));
		json_object_object_add(one, "value", values);
		json_object_object_add(one, "text", json_object_new_string(text));
		json_object_array_add(list, one);
	}
	return list;
}

char *sched_state_print(const struct sched_state *state)
{
	struct json_object *root = json_object_new_object(), *vms = json_object_new_array();
	char *text;

	json_object_object_add(root, "ballastd", json_object_new_int(SCHED_STATE_FORMAT));
	put_fields(root, state, state_fields, NR(state_fields));
	json_object_object_add(root, "error", json_object_new_string(state->error));
	for (size_t i = 0; i < state->nr; i++) {
		const struct sched_state_vm *vm = &state->vms[i];
		struct json_object *one = json_object_new_object();

		json_object_object_add(one, "vm", json_object_new_string(vm->name));
		json_object_object_add(one, "guest", json_object_new_string(vm->guest));
		put_fields(one, vm, vm_fields, NR(vm_fields));
		json_object_object_add(one, "reasons", reasons_of(&vm->d));
		json_object_array_add(vms, one);
	}
	json_object_object_add(root, "vms", vms);
	text = strdup(json_object_to_json_string_ext(root, JSON_C_TO_STRING_PLAIN |
						     JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(root);
	return text;
}

/* --- from JSON -------------------------------------------------------------------------- */

static bool set_field(void *base, const struct field *field, struct json_object *from)
{
	char *at = (char *)base + field->offset;
	struct json_object *value;
	uint64_t number;

	if (!json_object_object_get_ex(from, field->key, &value))
		return false;
	if (field->size == 1) {
		if (!json_object_is_type(value, json_type_boolean))
			return false;
		*(bool *)at = json_object_get_boolean(value);
		return true;
	}
	if (!json_object_is_type(value, json_type_int))
		return false;
	number = json_object_get_uint64(value);
	if (field->size == 4) {
		if (number > UINT32_MAX)
			return false;
		*(uint32_t *)at = (uint32_t)number;
	} else {
		*(uint64_t *)at = number;
	}
	return true;
}

static bool get_fields(void *base, const struct field *fields, size_t nr, struct json_object *from)
{
	for (size_t i = 0; i < nr; i++)
		if (!set_field(base, &fields[i], from))
			return false;
	return true;
}

static bool get_string(struct json_object *from, const char *key, char *to, size_t size)
{
	struct json_object *value;

	if (!json_object_object_get_ex(from, key, &value) ||
	    !json_object_is_type(value, json_type_string))
		return false;
	return (size_t)snprintf(to, size, "%s", json_object_get_string(value)) < size;
}

static bool get_reason(struct ballast_sched_reason *r, struct json_object *from)
{
	struct json_object *values;
	char name[32];

	if (!get_string(from, "why", name, sizeof(name)) ||
	    !json_object_object_get_ex(from, "value", &values) ||
	    !json_object_is_type(values, json_type_array))
		return false;
	for (r->why = 0; r->why < BALLAST_NR_WHYS; r->why++)
		if (!strcmp(ballast_sched_why_name(r->why), name))
			break;
	for (size_t i = 0; i < NR(r->value) && i < json_object_array_length(values); i++)
		r->value[i] = json_object_get_uint64(json_object_array_get_idx(values, i));
	return r->why < BALLAST_NR_WHYS;
}

static bool get_vm(struct sched_state_vm *vm, struct json_object *from)
{
	struct json_object *reasons;

	if (!get_string(from, "vm", vm->name, sizeof(vm->name)) ||
	    !get_string(from, "guest", vm->guest, sizeof(vm->guest)) ||
	    !get_fields(vm, vm_fields, NR(vm_fields), from) ||
	    !json_object_object_get_ex(from, "reasons", &reasons) ||
	    !json_object_is_type(reasons, json_type_array) ||
	    json_object_array_length(reasons) > BALLAST_SCHED_REASONS)
		return false;
	vm->d.nr_reasons = (uint32_t)json_object_array_length(reasons);
	for (uint32_t i = 0; i < vm->d.nr_reasons; i++)
		if (!get_reason(&vm->d.reasons[i], json_object_array_get_idx(reasons, i)))
			return false;
	return true;
}

static int get_state(struct sched_state *state, struct json_object *root)
{
	struct json_object *format, *vms;

	if (!json_object_object_get_ex(root, "ballastd", &format) ||
	    json_object_get_int(format) != SCHED_STATE_FORMAT ||
	    !get_fields(state, state_fields, NR(state_fields), root) ||
	    !get_string(root, "error", state->error, sizeof(state->error)) ||
	    !json_object_object_get_ex(root, "vms", &vms) ||
	    !json_object_is_type(vms, json_type_array))
		return -EINVAL;
	state->vms = calloc(json_object_array_length(vms) + 1, sizeof(*state->vms));
	if (!state->vms)
		return -ENOMEM;
	for (size_t i = 0; i < json_object_array_length(vms); i++, state->nr++)
		if (!get_vm(&state->vms[i], json_object_array_get_idx(vms, i)))
			return -EINVAL;
	return 0;
}

int sched_state_parse(struct sched_state *state, const char *text)
{
	struct json_object *root = json_tokener_parse(text);
	int ret = -EINVAL;

	memset(state, 0, sizeof(*state));
	if (json_object_is_type(root, json_type_object))
		ret = get_state(state, root);
	json_object_put(root);
	if (ret)
		sched_state_release(state);
	return ret;
}

void sched_state_release(struct sched_state *state)
{
	free(state->vms);
	memset(state, 0, sizeof(*state));
}

/* --- files ------------------------------------------------------------------------------ */

static bool write_all(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");
	bool ok;

	if (!file)
		return false;
	ok = fputs(text, file) >= 0 && fputc('\n', file) >= 0;
	/* /run is memory: what has been written is there after a crash of the daemon. */
	return !fclose(file) && ok;
}

int sched_state_save(const struct sched_state *state, const char *folder, char *error,
		     size_t size)
{
	char path[PATH_MAX], fresh[PATH_MAX + 8];
	char *text = sched_state_print(state);
	int ret = 0;

	snprintf(path, sizeof(path), "%s/state.json", folder);
	snprintf(fresh, sizeof(fresh), "%s.new", path);
	if (!text)
		ret = -ENOMEM;
	else if (!write_all(fresh, text) || rename(fresh, path))
		ret = -errno;
	free(text);
	if (ret)
		snprintf(error, size, "%s: cannot write the state: %s", path, strerror(-ret));
	return ret;
}

int sched_state_load(struct sched_state *state, const char *folder, char *error, size_t size)
{
	char path[PATH_MAX], *text = NULL;
	size_t room = 0;
	FILE *file;
	int ret;

	memset(state, 0, sizeof(*state));
	snprintf(path, sizeof(path), "%s/state.json", folder);
	file = fopen(path, "re");
	if (!file) {
		ret = -errno;
		snprintf(error, size, "%s: cannot read the state of ballastd: %s", path,
			 strerror(-ret));
		return ret;
	}
	ret = getdelim(&text, &room, '\0', file) < 0 ? -EINVAL : sched_state_parse(state, text);
	free(text);
	fclose(file);
	if (ret)
		snprintf(error, size,
			 "%s: not a whole state of ballastd %s: install ballast and ballastd from one version of Ballast, or remove the file",
			 path, BALLAST_VERSION);
	return ret;
}

static int open_lock(const char *folder, int flags)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/ballastd.lock", folder);
	fd = open(path, flags | O_CLOEXEC, 0644);
	return fd < 0 ? -errno : fd;
}

/* Of the open file, not of the process; and whether there is one can be asked. */
static int lock(int fd, int command, struct flock *lock)
{
	*lock = (struct flock) { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	return fcntl(fd, command, lock);
}

int sched_state_lock(const char *folder, uint32_t *pid)
{
	int fd = open_lock(folder, O_RDWR | O_CREAT);
	char text[16] = "";
	struct flock held;
	ssize_t n;

	*pid = 0;
	if (fd < 0)
		return fd;
	if (lock(fd, F_OFD_SETLK, &held)) {
		n = read(fd, text, sizeof(text) - 1);
		if (n > 0)
			*pid = (uint32_t)strtoul(text, NULL, 10);
		close(fd);
		return -EBUSY;
	}
	snprintf(text, sizeof(text), "%d\n", getpid());
	if (ftruncate(fd, 0) || write(fd, text, strlen(text)) < 0) {
		n = -errno;
		close(fd);
		return (int)n;
	}
	return fd;
}

bool sched_state_is_locked(const char *folder)
{
	int fd = open_lock(folder, O_RDONLY);
	struct flock held;
	bool locked;

	if (fd < 0)
		return false;
	locked = !lock(fd, F_OFD_GETLK, &held) && held.l_type != F_UNLCK;
	close(fd);
	return locked;
}
