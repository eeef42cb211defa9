/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/vr-control-watch.h"

struct VrControlWatches {
  GHashTable *by_name;
};

VrControlWatches *
vr_control_watches_new (void)
{
  VrControlWatches *watches = g_new0 (VrControlWatches, 1);
  watches->by_name = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return watches;
}

void
vr_control_watches_free (VrControlWatches *watches)
{
  g_hash_table_unref (watches->by_name);
  g_free (watches);
}

VrControlWatch *
vr_control_watch (VrControlWatches *watches, const char *thread)
{
  VrControlWatch *watch = g_hash_table_lookup (watches->by_name, thread);
  if (watch == NULL) {
    watch = g_new0 (VrControlWatch, 1);
    g_hash_table_insert (watches->by_name, g_strdup (thread), watch);
  }
  return watch;
}

VrWatchVerdict
vr_control_watch_judge (VrControlWatch *watch, gboolean has_drifted)
{
  watch->is_mending = FALSE;
  if (watch->is_abandoned)
    return VR_WATCH_LEAVE;
  if (!has_drifted)
    return VR_WATCH_FINE;
  watch->is_abandoned = watch->was_mended;
  watch->is_mending = !watch->is_abandoned;
  return watch->is_abandoned ? VR_WATCH_ABANDON : VR_WATCH_MEND;
}

void
vr_control_watch_settle (VrControlWatch *watch, gboolean is_done)
{
  watch->was_mended = watch->was_mended || (watch->is_mending && is_done);
  watch->is_mending = FALSE;
}
