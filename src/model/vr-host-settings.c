/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/vr-host-settings.h"

#include "base/vr-cpu-list.h"

void
vr_port_cpus_free (VrPortCpus *item)
{
  g_free (item->port);
  g_clear_pointer (&item->cpus, g_array_unref);
  g_free (item);
}

VrHostSettings *
vr_host_settings_new (void)
{
  VrHostSettings *settings = g_new0 (VrHostSettings, 1);
  GDestroyNotify free_item = (GDestroyNotify) vr_port_cpus_free;
  settings->interrupts = g_ptr_array_new_with_free_func (free_item);
  settings->rps = g_ptr_array_new_with_free_func (free_item);
  settings->xps = g_ptr_array_new_with_free_func (free_item);
  return settings;
}

void
vr_host_settings_free (VrHostSettings *settings)
{
  g_clear_pointer (&settings->housekeeping, g_array_unref);
  g_clear_pointer (&settings->offline, g_array_unref);
  g_ptr_array_unref (settings->interrupts);
  g_ptr_array_unref (settings->rps);
  g_ptr_array_unref (settings->xps);
  g_free (settings);
}

GArray *
vr_host_settings_housekeeping (const VrHostSettings *settings)
{
  if (settings != NULL && settings->housekeeping != NULL)
    return g_array_ref (settings->housekeeping);
  return vr_cpu_list_parse ("0");
}

gboolean
vr_host_settings_is_offline (const VrHostSettings *settings, guint cpu)
{
  return settings != NULL && vr_cpu_list_has (settings->offline, cpu);
}
