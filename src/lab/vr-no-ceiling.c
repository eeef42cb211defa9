/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lab/vr-no-ceiling.h"

#include <string.h>

#include "base/vr-cpu-list.h"

static gboolean
lacks_some (const GArray *cpus, const GArray *all)
{
  for (guint i = 0; cpus != NULL && all != NULL && i < all->len; i++)
    if (!vr_cpu_list_has (cpus, g_array_index (all, guint, i)))
      return TRUE;
  return FALSE;
}

static char *
print_division (const VrNoCeiling *is)
{
  return g_strdup_printf (
      is->has_rest
          ? "%s: labs whose threads are exclusive need that, and it can be asked once they are down"
          : "%s, and vrkit has not: write 1 to cpuset.sched_load_balance of the root cpuset if "
            "nobody needs it",
      is->reason);
}

/* The cpuset comes first: no affinity is wider. */
char *
vr_no_ceiling_print (const VrNoCeiling *is)
{
  g_autofree char *all = is->all != NULL ? vr_cpu_list_print (is->all) : NULL;
  if (strcmp (is->reason, VR_NO_CEILING_DIVIDED) == 0)
    return print_division (is);
  if (!is->is_root)
    return g_strdup_printf ("%s: run vrkit as root", is->reason);
  if (lacks_some (is->cpuset_cpus, is->all)) {
    g_autofree char *some = vr_cpu_list_print (is->cpuset_cpus);
    return g_strdup_printf ("%s: vrkit runs in cpuset %s, which has CPU %s of %s: start it in one "
                            "that has all of them",
                            is->reason, is->cpuset, some, all);
  }
  if (lacks_some (is->cpus, is->all)) {
    g_autofree char *some = vr_cpu_list_print (is->cpus);
    return g_strdup_printf ("%s: vrkit may run on CPU %s of %s: start it on all of them (taskset, "
                            "CPUAffinity=)",
                            is->reason, some, all);
  }
  return g_strdup (is->reason);
}
