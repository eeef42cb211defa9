/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is wanted of the host, against the rest of the profile. What needs a host is the planner's.
 */
#include <string.h>

#include "base/vr-cpu-list.h"
#include "config/vr-check-router.h"

static const VrOrigin *
place_of (const VrLab *lab, const VrPlaces *places, const char *key)
{
  const VrOrigin *place = vr_places_get (places, lab->host, key, 0);
  return place != NULL ? place : &lab->host->origin;
}

static gboolean
check_cpus (const VrLab *lab, const VrPlaces *places, GError **error)
{
  const VrHostSettings *host = lab->host;
  const VrOrigin *place = place_of (lab, places, "offline");
  if (!vr_cpu_list_has (host->housekeeping, 0))
    return vr_places_error (error, place_of (lab, places, "housekeeping"),
                            "housekeeping: CPU 0 serves the host whatever is done, and must be in "
                            "the list: add it");
  if (vr_cpu_list_has (host->offline, 0))
    return vr_places_error (error, place,
                            "offline: CPU 0 serves the host, and cannot be taken offline: leave it "
                            "out");
  for (guint i = 0; host->offline != NULL && i < host->offline->len; i++) {
    guint cpu = g_array_index (host->offline, guint, i);
    if (vr_cpu_list_has (host->housekeeping, cpu))
      return vr_places_error (error, place,
                              "offline: CPU %u is one of housekeeping: take it out of either", cpu);
  }
  return TRUE;
}

/* The first CPU of the list that goes offline, or -1. */
static gint
first_offline (const VrLab *lab, const GArray *cpus)
{
  for (guint i = 0; cpus != NULL && i < cpus->len; i++)
    if (vr_host_settings_is_offline (lab->host, g_array_index (cpus, guint, i)))
      return (gint) g_array_index (cpus, guint, i);
  return -1;
}

static gboolean
check_threads (const VrLab *lab, const VrPlaces *places, GError **error)
{
  for (guint i = 0; i < lab->schedules->len; i++) {
    const VrSchedule *schedule = lab->schedules->pdata[i];
    for (guint k = 0; k < schedule->threads->len; k++) {
      const VrThreadSchedule *thread = schedule->threads->pdata[k];
      gboolean polled_away = thread->selector.role == VR_THREAD_PMD
                             && vr_host_settings_is_offline (lab->host, thread->selector.index);
      gint cpu = polled_away ? (gint) thread->selector.index : first_offline (lab, thread->cpus);
      if (cpu >= 0)
        return vr_places_error (error, place_of (lab, places, "offline"),
                                "offline: CPU %d is named by the schedule of router \"%s\" "
                                "(%s:%u): take it out of either",
                                cpu, schedule->router, thread->origin.file, thread->origin.line);
    }
  }
  return TRUE;
}

static gboolean
check_item (const VrLab *lab, const GPtrArray *list, guint index, const char *key, GError **error)
{
  const VrPortCpus *item = list->pdata[index];
  if (vr_check_port_of (lab, key, item->port, &item->origin, error) == NULL)
    return FALSE;
  for (guint i = 0; i < index; i++) {
    const VrPortCpus *first = list->pdata[i];
    if (strcmp (first->port, item->port) == 0)
      return vr_places_error (error, &item->origin,
                              "%s: port \"%s\" has CPUs already, at %s:%u: remove either", key,
                              item->port, first->origin.file, first->origin.line);
  }
  if (vr_port_is_internal (vr_lab_port (lab, item->port)))
    return vr_places_error (error, &item->origin,
                            "%s: port \"%s\" has device = internal, a bridge that has no queues "
                            "and no interrupts: remove the line",
                            key, item->port);
  gint cpu = first_offline (lab, item->cpus);
  return cpu < 0
         || vr_places_error (error, &item->origin,
                             "%s: CPU %d is one of offline: take it out of either", key, cpu);
}

static gboolean
check_list (const VrLab *lab, const GPtrArray *list, const char *key, GError **error)
{
  for (guint i = 0; i < list->len; i++)
    if (!check_item (lab, list, i, key, error))
      return FALSE;
  return TRUE;
}

static gboolean
check_interrupts (const VrLab *lab, GError **error)
{
  for (guint i = 0; i < lab->host->interrupts->len; i++) {
    const VrPortCpus *item = lab->host->interrupts->pdata[i];
    if (vr_port_is_test (vr_lab_port (lab, item->port)))
      return vr_places_error (error, &item->origin,
                              "interrupts: port \"%s\" has device = test, which has no interrupts: "
                              "remove the line; rps says which CPUs take its packets on",
                              item->port);
  }
  return TRUE;
}

gboolean
vr_check_host_settings (const VrLab *lab, const VrPlaces *places, GError **error)
{
  if (lab->host == NULL)
    return TRUE;
  return check_cpus (lab, places, error) && check_threads (lab, places, error)
         && check_list (lab, lab->host->interrupts, "interrupts", error)
         && check_list (lab, lab->host->rps, "rps", error)
         && check_list (lab, lab->host->xps, "xps", error) && check_interrupts (lab, error);
}
