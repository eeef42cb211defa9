/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a run measured, as numbers: taken out of a load's JSON by a table of names, which are also
 * the columns of the database and of what is exported. */
#pragma once

#include <glib.h>

#define VR_SAMPLE_COLUMNS 55

typedef struct {
  gint64 values[VR_SAMPLE_COLUMNS];
} VrSample;

/* "received_pps": the name holds the unit. */
const char *vr_sample_name (guint column);
/* Its number, or VR_SAMPLE_COLUMNS for no name of one. */
guint vr_sample_column (const char *name);

/* From a text of vrkit.load/1. VR_ERROR_VERIFY for what is none. */
gboolean vr_sample_read (const char *load_json, VrSample *sample, GError **error);
