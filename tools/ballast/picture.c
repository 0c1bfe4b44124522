// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "picture.h"

/* To learn it now and not after the last sample. */
static int check_writable(const char *command, const char *path)
{
	char copy[PATH_MAX];
	const char *folder;

	if (!access(path, W_OK))
		return OPTIONS_GO;
	if (errno != ENOENT)
		return out_error("%s: %s: cannot write: %m", command, path);
	snprintf(copy, sizeof(copy), "%s", path);
	folder = dirname(copy);
	if (access(folder, W_OK))
		return out_error("%s: %s: cannot create: %s: %m", command, path, folder);
	return OPTIONS_GO;
}

static bool parse_size(const char *size, int *width, int *height)
{
	char end;

	return sscanf(size, "%dx%d%c", width, height, &end) == 2 &&
	       *width >= DRAW_MIN && *width <= DRAW_MAX &&
	       *height >= DRAW_MIN && *height <= DRAW_MAX;
}

int picture_check_output(const struct verb_def *verb, struct picture_output *output, bool json)
{
	output->width = DRAW_WIDTH;
	output->height = DRAW_HEIGHT;
	if (output->size && !parse_size(output->size, &output->width, &output->height))
		return out_usage("%s: --size %s: wants WIDTHxHEIGHT, each %d to %d", verb->command,
				 output->size, DRAW_MIN, DRAW_MAX);
	if (!output->files.nr)
		return out_usage("%s: where to? -o %sFILE.svg or FILE.png", verb->command,
				 json ? "FILE.json, " : "");
	for (size_t i = 0; i < output->files.nr; i++) {
		enum draw_file type = draw_file_type(output->files.v[i]);
		int status;

		if (type == DRAW_FILE_NONE || (type == DRAW_FILE_JSON && !json))
			return out_usage("%s: %s: in which format? the name ends in %s.svg or .png",
					 verb->command, output->files.v[i], json ? ".json, " : "");
		status = check_writable(verb->command, output->files.v[i]);
		if (status != OPTIONS_GO)
			return status;
	}
	return OPTIONS_GO;
}

void picture_print_files(const struct picture_output *output)
{
	out_array("files");
	for (size_t i = 0; i < output->files.nr; i++)
		out_str(NULL, output->files.v[i], " %s", output->files.v[i]);
	out_end();
	out_text("\n");
}

int picture_verb(int argc, char **argv, const char *command, const char *help,
		 int (*work)(struct ballast_client *client, const struct vm *vm,
			     const struct picture_output *output))
{
	struct picture_output output = { 0 };
	struct cli_vm_args which = { 0 };
	const struct option_def options[] = {
		PICTURE_OPTIONS(&output, ".svg or .png"),
		CLI_VM_OPTIONS(&which),
	};
	const struct verb_def verb = {
		.command = command,
		.args = "VM",
		.help = help,
		.options = options,
		.nr = ARRAY_SIZE(options),
		.max_args = 1,
	};
	struct ballast_client client;
	struct vm_ref ref;
	struct vm vm;
	int status;

	status = options_parse(&verb, &argc, &argv);
	if (status == OPTIONS_GO)
		status = cli_vm_ref(&verb, &which, &argc, &argv, &ref);
	if (status == OPTIONS_GO)
		status = picture_check_output(&verb, &output, false);
	if (status != OPTIONS_GO)
		return status;
	status = cli_open_vm(&client, &ref, &vm);
	if (status)
		return status;
	status = work(&client, &vm, &output);
	ballast_client_close(&client);
	return status;
}
