/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/vr-follow-settings.h"

VrFollowSettings *
vr_follow_settings_new (void)
{
  VrFollowSettings *settings = g_new0 (VrFollowSettings, 1);
  settings->routers = g_ptr_array_new_with_free_func (g_free);
  return settings;
}

void
vr_follow_settings_free (VrFollowSettings *settings)
{
  g_ptr_array_unref (settings->routers);
  g_clear_pointer (&settings->cpus, g_array_unref);
  g_free (settings);
}

gboolean
vr_follow_settings_has (const VrFollowSettings *settings, const char *router)
{
  return settings != NULL
         && g_ptr_array_find_with_equal_func (settings->routers, router, g_str_equal, NULL);
}
