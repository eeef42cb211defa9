/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One file of a profile, or of another text of groups and keys, as lines without comments. */
#pragma once

#include <glib.h>

#include "config/vr-profile.h"

/* A file that is being read. `text` is borrowed and needs no final NUL. */
typedef struct {
  const char *text;
  gsize size;
  gsize next;      /* byte at which the next line begins */
  VrOrigin origin; /* of the last line that was read */
  char line[VR_PROFILE_LINE_MAX + 1];
} VrSource;

typedef enum { VR_SOURCE_LINE, VR_SOURCE_END, VR_SOURCE_ERROR } VrSourceState;

/* `bytes` must live as long; `path` is displayed and interned. */
void vr_source_init (VrSource *source, GBytes *bytes, const char *path);

/* Puts the next line that says something into `source->line`: without comment, line end (with or
 * without CR), and blanks around it; each tab is a blank. VR_ERROR_PROFILE with the place for a
 * line that is too long, no UTF-8, or holds a control character. */
VrSourceState vr_source_next (VrSource *source, GError **error);

/* A path as it may stand in messages: what does not print is escaped. The caller owns it. */
char *vr_source_display (const char *path);

/* Whether only a regular file will do, or also a pipe, as a shell's <(…) gives. */
typedef enum { VR_SOURCE_ANY, VR_SOURCE_REGULAR } VrSourceNature;

/* The bytes of the file, at most `limit`. VR_ERROR_USAGE when there is no such file or it is none,
 * VR_ERROR_PERMISSION, VR_ERROR_PROFILE beyond the limit. */
GBytes *vr_source_read (const char *path, VrSourceNature nature, gsize limit, GError **error);
