// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "policy/classes.h"
#include "sched_text.h"
#include "text.h"

/**
 * struct sentence - how a reason is said
 * @format: with a % for each number, in their order
 * @kind:   of each number: 'p' pages, 'n' a number, 'c' classes, 'm' ms, 'd' a depth
 */
struct sentence {
	const char *format;
	char kind[4];
};

static const struct sentence sentences[BALLAST_NR_WHYS] = {
	[BALLAST_WHY_DUE] = { "it is due %: % are in use, it has %", "ppp" },
	[BALLAST_WHY_SILENT] = {
		"its guest says nothing new (%): only what is cold may be swapped", "m" },
	[BALLAST_WHY_UNTRUSTED] = {
		"its guest's figures are not used: % disagree, classes add up to % of %", "cpp" },
	[BALLAST_WHY_TOO_LITTLE] = {
		"it has too little: % are free or cold clean cache, it should have %; it wants %",
		"ppp" },
	[BALLAST_WHY_GUEST_SWAPS] = { "it reads % pages/s again; it wants %", "np" },
	[BALLAST_WHY_CURVE] = {
		"% are worth having by its miss-rate curve, which leaves % misses/s: that counts as in use, not the % that it touches",
		"pnp" },
	[BALLAST_WHY_REFAULTS] = {
		"the host swaps in % pages/s, more than %: its working set is taken to be % larger",
		"nnp" },
	[BALLAST_WHY_CACHE_KEPT] = {
		"it has read again what its balloon took: % of cold cache are left alone, for % s",
		"pn" },
	[BALLAST_WHY_GIVEN] = {
		"of % that it wants, % are its due and given, % are free and given", "ppp" },
	[BALLAST_WHY_OVER] = { "it has % and is due %: it should give %", "ppp" },
	[BALLAST_WHY_FLUSH] = { "% of its free memory are the host's: it returns %", "pp" },
	[BALLAST_WHY_ASK] = {
		"nobody knows how much of its % is free: it is asked for that, % are missing",
		"pp" },
	[BALLAST_WHY_IDLE] = {
		"of all VMs what was idle longest is enough: memory for % s, page cache for % s",
		"nn" },
	[BALLAST_WHY_READY] = {
		"% are free on the host, and % were wanted at once of late or are to be free: of what nobody has in use, % are taken in time",
		"ppp" },
	[BALLAST_WHY_BALLOON] = {
		"a balloon may take %, and takes %: % are cold clean cache", "ppp" },
	[BALLAST_WHY_SWAP] = { "% may be swapped, and % are: down to what is %", "ppd" },
	[BALLAST_WHY_SWAP_FULL] = {
		"swap has no room for all that might be swapped: of its %, for %", "pp" },
	[BALLAST_WHY_BACKOFF] = {
		"refaults have halved its rate of swapping % times, to % pages/s", "nn" },
	[BALLAST_WHY_NOT_ENOUGH] = { "it should give % and can give %", "pp" },
	[BALLAST_WHY_AT_MIN] = { "it is due its minimum of % and has %", "pp" },
	[BALLAST_WHY_AT_FLOOR] = { "its guest is to keep %: its balloon is % at most", "pp" },
	[BALLAST_WHY_HOLD_OFF] = { "it has let go of its balloon: % are in it", "p" },
	[BALLAST_WHY_STALLED] = { "its balloon does not move: target %, it has %", "pp" },
	[BALLAST_WHY_BALLOON_STOPS] = {
		"the host cannot wait for its balloon: target %, now %", "pp" },
	[BALLAST_WHY_PLENTY] = {
		"% are free on the host, more than %: of a balloon of % some goes back", "ppp" },
	[BALLAST_WHY_MAX] = { "it may have % of its %", "pp" },
	[BALLAST_WHY_DEAD_BAND] = {
		"a target of % would be no change: it stays %, up to a difference of %", "ppp" },
};

static struct text class_names(uint64_t bits)
{
	struct text t = { "none" };
	size_t len = 0;

	for (unsigned int cls = 0; cls < BALLAST_NR_CLASSES && len < sizeof(t.s); cls++)
		if (bits >> cls & 1)
			len += (size_t)snprintf(t.s + len, sizeof(t.s) - len, "%s%s",
						len ? "," : "", ballast_class_name(cls));
	return t;
}

static struct text value_text(char kind, uint64_t value)
{
	struct text t = { "" };

	switch (kind) {
	case 'p':
		return text_mib(value);
	case 'm':
		return text_ms(value);
	case 'c':
		return class_names(value);
	case 'd':
		snprintf(t.s, sizeof(t.s), "%s", ballast_sched_depth_name((unsigned int)value));
		return t;
	case 'n':
		snprintf(t.s, sizeof(t.s), "%llu", (unsigned long long)value);
		return t;
	default:
		return t;
	}
}

void sched_text_reason(const struct ballast_sched_reason *reason, char *text, size_t size)
{
	const struct sentence *sentence;
	unsigned int nr = 0;
	const char *from;
	size_t len = 0;

	if (reason->why >= BALLAST_NR_WHYS) {
		snprintf(text, size, "?");
		return;
	}
	sentence = &sentences[reason->why];
	for (from = sentence->format; *from && len + 1 < size; from++) {
		if (*from != '%') {
			text[len++] = *from;
			continue;
		}
		len += (size_t)snprintf(text + len, size - len, "%s",
					value_text(sentence->kind[nr], reason->value[nr]).s);
		nr++;
	}
	text[len < size ? len : size - 1] = '\0';
}

/* What is wrong goes before what is done, and that before how things are. */
static const unsigned int by_weight[] = {
	BALLAST_WHY_HOLD_OFF, BALLAST_WHY_STALLED, BALLAST_WHY_UNTRUSTED, BALLAST_WHY_TOO_LITTLE,
	BALLAST_WHY_GUEST_SWAPS, BALLAST_WHY_REFAULTS, BALLAST_WHY_NOT_ENOUGH,
	BALLAST_WHY_BALLOON_STOPS, BALLAST_WHY_SWAP, BALLAST_WHY_BALLOON, BALLAST_WHY_FLUSH,
	BALLAST_WHY_ASK, BALLAST_WHY_PLENTY, BALLAST_WHY_AT_FLOOR, BALLAST_WHY_MAX,
	BALLAST_WHY_OVER, BALLAST_WHY_SILENT, BALLAST_WHY_AT_MIN, BALLAST_WHY_DUE,
};

const struct ballast_sched_reason *sched_text_main(const struct ballast_sched_decision *d)
{
	for (size_t i = 0; i < sizeof(by_weight) / sizeof(*by_weight); i++)
		for (uint32_t j = 0; j < d->nr_reasons && j < BALLAST_SCHED_REASONS; j++)
			if (d->reasons[j].why == by_weight[i])
				return &d->reasons[j];
	return NULL;
}
