/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words of a trial's options. */
#include <string.h>

#include "base/vr-error.h"
#include "campaign/vr-trial.h"

/* The number of `text` among `names`, which end with NULL; -1 and VR_ERROR_USAGE for another. */
static int
find_word (const char *const *names, const char *text, const char *what, GError **error)
{
  for (int i = 0; names[i] != NULL; i++)
    if (strcmp (text, names[i]) == 0)
      return i;
  g_autofree char *all = g_strjoinv (", ", (char **) names);
  g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "\"%s\" is no %s: there are %s", text, what, all);
  return -1;
}

gboolean
vr_trial_parse_receiver (const char *text, VrTrialReceiver *receiver, GError **error)
{
  static const char *const names[] = { "auto", "exact", "counting", NULL };
  int found = find_word (names, text, "receiver", error);
  if (found >= 0)
    *receiver = (VrTrialReceiver) found;
  return found >= 0;
}

gboolean
vr_trial_parse_ceiling (const char *text, VrTrialCeiling *ceiling, GError **error)
{
  static const char *const names[] = { "short", "always", "never", NULL };
  int found = find_word (names, text, "time to measure the ceiling", error);
  if (found >= 0)
    *ceiling = (VrTrialCeiling) found;
  return found >= 0;
}
