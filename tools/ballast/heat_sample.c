// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "heat_sample.h"

/* Records read at once: 1 MiB of them, 128 GiB of guest memory. */
#define CHUNK	65536

static int fail(struct heat_sampler *s, int err, const char *text)
{
	snprintf(s->client->error, sizeof(s->client->error), "vm %s: %s", s->vm->label, text);
	return err;
}

static int read_blocks(struct heat_sampler *s, uint64_t block, uint64_t *nr)
{
	return ballast_client_blocks(s->client, s->vm->entry.id, s->vm->label,
				     block * HEAT_BLOCK_PAGES, s->blocks, nr, &s->pass);
}

/* The whole guest address space, once. */
static int find_spans(struct heat_sampler *s)
{
	uint64_t block = 0, nr;
	int ret;

	do {
		nr = CHUNK;
		ret = read_blocks(s, block, &nr);
		if (!ret && heat_spans_add(&s->spans, block, s->blocks, (size_t)nr))
			ret = fail(s, -ENOMEM, "out of memory");
		block += nr;
	} while (!ret && nr == CHUNK);
	return ret;
}

int heat_sampler_start(struct heat_sampler *sampler, struct ballast_client *client,
		       const struct vm *vm, size_t width)
{
	int ret;

	memset(sampler, 0, sizeof(*sampler));
	sampler->client = client;
	sampler->vm = vm;
	sampler->blocks = calloc(CHUNK, sizeof(*sampler->blocks));
	if (!sampler->blocks)
		return fail(sampler, -ENOMEM, "out of memory");
	ret = find_spans(sampler);
	if (ret)
		goto err;
	ret = heat_grid_build(&sampler->grid, &sampler->spans, width);
	if (ret) {
		fail(sampler, ret, ret == -ENODATA ? "the VM has no memory yet" : "out of memory");
		goto err;
	}
	sampler->cells = calloc(sampler->grid.nr, sizeof(*sampler->cells));
	sampler->sums = calloc(sampler->grid.nr, sizeof(*sampler->sums));
	if (sampler->cells && sampler->sums)
		return 0;
	ret = fail(sampler, -ENOMEM, "out of memory");
err:
	heat_sampler_stop(sampler);
	return ret;
}

static int read_span(struct heat_sampler *s, const struct heat_span *span)
{
	for (uint64_t done = 0; done < span->nr;) {
		uint64_t want = span->nr - done, nr;
		int ret;

		if (want > CHUNK)
			want = CHUNK;
		nr = want;
		ret = read_blocks(s, span->block + done, &nr);
		if (ret)
			return ret;
		heat_grid_add(&s->grid, s->sums, span->block + done, s->blocks, (size_t)nr);
		/* Memory ends there now. */
		if (nr < want)
			return 0;
		done += nr;
	}
	return 0;
}

int heat_sampler_read(struct heat_sampler *sampler)
{
	int ret;

	memset(sampler->sums, 0, sampler->grid.nr * sizeof(*sampler->sums));
	for (size_t i = 0; i < sampler->spans.nr; i++) {
		ret = read_span(sampler, &sampler->spans.v[i]);
		if (ret)
			return ret;
	}
	for (size_t i = 0; i < sampler->grid.nr; i++)
		sampler->cells[i] = heat_value(&sampler->sums[i]);
	return 0;
}

void heat_sampler_stop(struct heat_sampler *sampler)
{
	heat_spans_release(&sampler->spans);
	heat_grid_release(&sampler->grid);
	free(sampler->cells);
	free(sampler->sums);
	free(sampler->blocks);
	sampler->cells = NULL;
	sampler->sums = NULL;
	sampler->blocks = NULL;
}
