/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a verb writes its pictures to. */
#ifndef BALLAST_PICTURE_H
#define BALLAST_PICTURE_H

#include "cli.h"
#include "draw.h"

/**
 * struct picture_output - what the user wants
 * @files:  where to, by the end of the name
 * @title:  of pictures, or NULL
 * @size:   "WxH", or NULL
 * @width, @height: of pictures
 */
struct picture_output {
	struct option_list files;
	const char *title;
	const char *size;
	int width;
	int height;
};

#define PICTURE_OPTIONS(o, formats)							\
	{ 'o', "output", OPTION_LIST, &(o)->files, "FILE",				\
	  formats "; may be repeated" },						\
	{ 't', "title", OPTION_STRING, &(o)->title, "TEXT", "title of a picture" },	\
	{ 's', "size", OPTION_STRING, &(o)->size, "WxH", "of a picture, default 1000x600" }

/* @json: recordings as well. OPTIONS_GO, or the exit code of a printed error. */
int picture_check_output(const struct verb_def *verb, struct picture_output *output, bool json);
/* Where to, the end of a verb's line: the array "files" of JSON. */
void picture_print_files(const struct picture_output *output);
/* All of a verb that draws a VM; @work returns the exit code. */
int picture_verb(int argc, char **argv, const char *command, const char *help,
		 int (*work)(struct ballast_client *client, const struct vm *vm,
			     const struct picture_output *output));

#endif
