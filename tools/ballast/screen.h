/* SPDX-License-Identifier: GPL-2.0-only */
/* A terminal that shows one picture after the other, and keeps the last one. */
#ifndef BALLAST_SCREEN_H
#define BALLAST_SCREEN_H

/**
 * struct screen - what is on it
 * @picture: text of the last one
 */
struct screen {
	char *picture;
};

/* Prints with out_*(), as text. */
typedef void (*screen_fn)(const void *arg);

void screen_enter(struct screen *screen);
void screen_paint(struct screen *screen, screen_fn print, const void *arg);
/* What was seen last stays on the terminal. */
void screen_leave(struct screen *screen);

#endif
