/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where in a profile something stands. */
#pragma once

#include <glib.h>

/* `file` is interned (g_intern_string), `line` counts from 1. */
typedef struct {
  const char *file;
  guint line;
} VrOrigin;
