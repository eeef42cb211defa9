/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A terminal that lines are drawn on and keys are read from; as it was before when it is closed,
 * whatever ended the program in between but SIGKILL. One a process. */
#pragma once

#include <glib.h>

typedef enum {
  VR_KEY_NONE, /* the time has passed */
  VR_KEY_END,  /* q, or a signal, or the terminal is gone */
  VR_KEY_UP,
  VR_KEY_DOWN,
  VR_KEY_PAGE_UP,
  VR_KEY_PAGE_DOWN,
  VR_KEY_FIRST,
  VR_KEY_LAST,
  VR_KEY_SORT,
  VR_KEY_PAUSE,
  VR_KEY_HELP,
  VR_KEY_RESIZED,
  VR_KEY_OTHER,
} VrKey;

typedef enum { VR_SCREEN_MONOCHROME, VR_SCREEN_COLOR } VrScreenManner;

/* Takes over the terminal of standard input and output, and SIGINT, SIGTERM and SIGHUP.
 * VR_ERROR_USAGE where they are none, or of a kind ($TERM) that is not known. */
gboolean vr_screen_open (VrScreenManner manner, GError **error);
/* Gives back terminal and signals. One that was not opened is left alone. Where SIGTERM or SIGHUP
 * has come, the process then ends by it. */
void vr_screen_close (void);

void vr_screen_size (guint *columns, guint *lines);
/* Lines of observe/vr-top-layout.h. */
void vr_screen_draw (const GArray *lines);
/* The next key, waited for so long at most. */
VrKey vr_screen_wait (guint timeout_ms);
