/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-measure.h"

#include <string.h>

guint
vr_measure_count (void)
{
  return VR_SAMPLE_COLUMNS;
}

const char *
vr_measure_name (guint measure)
{
  return vr_sample_name (measure);
}

guint
vr_measure_find (const char *name)
{
  guint measure = 0;
  while (measure < vr_measure_count () && strcmp (vr_measure_name (measure), name) != 0)
    measure++;
  return measure;
}

double
vr_measure_value (guint measure, const VrSample *sample)
{
  return (double) sample->values[measure];
}
