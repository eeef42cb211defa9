/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-beside.h"

gboolean
vr_beside_begin (VrBeside *beside, GError **error)
{
  if (beside->request.settings == NULL || beside->control != NULL)
    return TRUE;
  beside->control = beside->kind->begin (&beside->request, beside->calibrations, error);
  return beside->control != NULL;
}

void
vr_beside_end (VrBeside *beside)
{
  g_clear_pointer (&beside->control, beside->kind->end);
}
