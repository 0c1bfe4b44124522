// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "output.h"
#include "screen.h"

#define ENTER_SCREEN	"\033[?1049h\033[?25l"
#define LEAVE_SCREEN	"\033[?25h\033[?1049l"
#define TOP_LEFT	"\033[H"
#define END_OF_LINE	"\033[K\n"
#define END_OF_SCREEN	"\033[J"

void screen_enter(struct screen *screen)
{
	screen->picture = NULL;
	fputs(ENTER_SCREEN, stdout);
}

/* Print into memory, so that the terminal gets whole pictures. */
static char *picture_of(screen_fn print, const void *arg)
{
	char *text = NULL;
	size_t size;
	FILE *memory = open_memstream(&text, &size);

	if (!memory)
		return NULL;
	out_init(OUT_TEXT, memory);
	print(arg);
	out_init(OUT_TEXT, stdout);
	fclose(memory);
	return text;
}

static void paint(const char *text)
{
	struct winsize size = { .ws_row = 24 };
	unsigned int row;

	ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
	fputs(TOP_LEFT, stdout);
	for (row = 1; *text && (row < size.ws_row || !size.ws_row); row++) {
		size_t len = strcspn(text, "\n");

		printf("%.*s" END_OF_LINE, (int)len, text);
		text += len + (text[len] == '\n');
	}
	fputs(END_OF_SCREEN, stdout);
	fflush(stdout);
}

void screen_paint(struct screen *screen, screen_fn print, const void *arg)
{
	char *picture = picture_of(print, arg);

	if (!picture)
		return;
	free(screen->picture);
	screen->picture = picture;
	paint(picture);
}

void screen_leave(struct screen *screen)
{
	fputs(LEAVE_SCREEN, stdout);
	if (screen->picture)
		fputs(screen->picture, stdout);
	free(screen->picture);
	screen->picture = NULL;
}
