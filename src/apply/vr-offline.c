/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "apply/vr-offline.h"

#include <stdio.h>
#include <string.h>

#include "apply/vr-knob.h"
#include "apply/vr-offline-new.h"
#include "apply/vr-offline-record.h"
#include "base/vr-cpu-list.h"
#include "base/vr-error.h"
#include "sys/vr-cgroup.h"
#include "sys/vr-irq.h"

#define CPUSET "cpuset"
#define CPUS_FILE "cpuset.cpus"
#define IRQ_DIR "proc/irq"
#define ONLINE_FILE "sys/devices/system/cpu/online"
/* The kernel changes cpusets in a worker of its own, after the CPU has gone or come. */
#define SETTLE_STEP_US 10000
#define SETTLE_STEPS 200

/* --- Places ------------------------------------------------------------------------------------
 */

/* The path of the cpuset that the place is, or NULL. */
static const char *
cpuset_of (const char *place)
{
  return g_str_has_prefix (place, CPUSET "/") ? place + strlen (CPUSET) : NULL;
}

/* NULL where it is not there any more. */
static char *
read_place (const char *root, const char *place)
{
  VrCgroup group = { CPUSET, cpuset_of (place) };
  char *value = NULL;
  if (group.path != NULL)
    return vr_cgroup_exists (&group) ? vr_cgroup_read (&group, CPUS_FILE, NULL) : NULL;
  return vr_knob_read (root, place, &value, NULL) ? value : NULL;
}

/* Of interrupts whose CPUs the kernel keeps to itself it also restores them; it refuses whoever
 * writes those (vr-irq.h). One that is gone needs none. */
static gboolean
write_place (const char *root, const char *place, const char *value, GError **error)
{
  VrCgroup group = { CPUSET, cpuset_of (place) };
  g_autoptr (GError) cause = NULL;
  guint irq = 0;
  if (group.path != NULL)
    return vr_cgroup_write (&group, CPUS_FILE, value, error);
  if (vr_knob_write (root, place, value, &cause) || g_error_matches (cause, VR_ERROR, VR_ERROR_HOST)
      || (sscanf (place, "irq/%u", &irq) == 1 && strcmp (root, "/") == 0
          && vr_irq_is_managed (irq)))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&cause));
  return FALSE;
}

static void
add_cpusets (const char *path, GPtrArray *places)
{
  VrCgroup group = { CPUSET, path };
  g_auto (GStrv) names = vr_cgroup_children (&group);
  for (char **name = names; *name != NULL; name++) {
    g_autofree char *child = g_build_filename (path, *name, NULL);
    g_ptr_array_add (places, g_strconcat (CPUSET, child, NULL));
    add_cpusets (child, places);
  }
}

/* Everything from which the kernel may take a CPU. The root of all cpusets it mends itself, and of
 * version 2 it leaves the files as they are. */
static GPtrArray *
all_places (const char *root)
{
  GPtrArray *places = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *path = g_build_filename (root, IRQ_DIR, NULL);
  g_autoptr (GDir) entries = g_dir_open (path, 0, NULL);
  const char *name;
  while (entries != NULL && (name = g_dir_read_name (entries)) != NULL)
    if (g_ascii_isdigit (*name))
      g_ptr_array_add (places, g_strconcat ("irq/", name, NULL));
  if (strcmp (root, "/") == 0 && vr_cgroup_version (CPUSET) == 1)
    add_cpusets ("/", places);
  return places;
}

/* --- CPUs --------------------------------------------------------------------------------------
 */

static GArray *
online_cpus (const char *root)
{
  g_autofree char *path = g_build_filename (root, ONLINE_FILE, NULL);
  g_autofree char *text = NULL;
  return g_file_get_contents (path, &text, NULL, NULL) ? vr_cpu_list_parse (text) : NULL;
}

/* The CPUs of `list` that are online, as text. */
static char *
only_online (const char *root, const char *list)
{
  g_autoptr (GArray) cpus = vr_cpu_list_parse (list);
  g_autoptr (GArray) online = online_cpus (root);
  g_autoptr (GArray) both = g_array_new (FALSE, FALSE, sizeof (guint));
  for (guint i = 0; cpus != NULL && i < cpus->len; i++) {
    guint cpu = g_array_index (cpus, guint, i);
    if (vr_cpu_list_has (online, cpu))
      g_array_append_val (both, cpu);
  }
  return vr_cpu_list_print (both);
}

static gboolean
has_cpu (const char *list, guint cpu)
{
  g_autoptr (GArray) cpus = vr_cpu_list_parse (list);
  return vr_cpu_list_has (cpus, cpu);
}

static gboolean
switch_cpu (const char *root, guint cpu, const char *value, GError **error)
{
  g_autofree char *knob = g_strdup_printf ("online/%u", cpu);
  g_autofree char *is = NULL;
  if (!vr_knob_read (root, knob, &is, error))
    return FALSE;
  return g_strcmp0 (is, value) == 0 || vr_knob_write (root, knob, value, error);
}

/* Waits until cpusets know that the CPU is there, or is not. */
static void
settle (const char *root, guint cpu, gboolean is_online)
{
  VrCgroup top = { CPUSET, "/" };
  if (strcmp (root, "/") != 0 || vr_cgroup_version (CPUSET) != 1)
    return;
  for (guint i = 0; i < SETTLE_STEPS; i++) {
    g_autofree char *list = vr_cgroup_read (&top, CPUS_FILE, NULL);
    if (list == NULL || has_cpu (list, cpu) == is_online)
      return;
    g_usleep (SETTLE_STEP_US);
  }
}

/* --- Away --------------------------------------------------------------------------------------
 */

static gboolean
would_empty (const char *place, const char *value, guint cpu, GError **error)
{
  VrCgroup group = { CPUSET, cpuset_of (place) };
  g_autofree char *only = g_strdup_printf ("%u", cpu);
  if (group.path == NULL || strcmp (value, only) != 0)
    return FALSE;
  g_autofree char *tasks = vr_cgroup_read (&group, "tasks", NULL);
  if (tasks == NULL || *tasks == '\0')
    return FALSE;
  g_set_error (error, VR_ERROR, VR_ERROR_BUSY,
               "cpuset %s has tasks and no CPU but %u, and the kernel would throw them out: move "
               "them, or leave the CPU online",
               group.path, cpu);
  return TRUE;
}

/* What is recorded already is older, and so the true original. */
static gboolean
record_places (const char *root, VrOfflineRecord *record, guint cpu, GError **error)
{
  g_autoptr (GPtrArray) places = all_places (root);
  for (guint i = 0; i < places->len; i++) {
    const char *place = places->pdata[i];
    g_autofree char *value = read_place (root, place);
    if (value == NULL || !has_cpu (value, cpu))
      continue;
    if (would_empty (place, value, cpu, error))
      return FALSE;
    if (!g_hash_table_contains (record->original, place))
      g_hash_table_insert (record->original, g_strdup (place), g_steal_pointer (&value));
  }
  return TRUE;
}

/* As the kernel has left the places; those that others have set since stay as they were noted. */
static void
note_left (const char *root, VrOfflineRecord *record)
{
  g_autoptr (GPtrArray) places = vr_offline_record_places (record);
  for (guint i = 0; i < places->len; i++) {
    char *value = read_place (root, places->pdata[i]);
    if (value != NULL)
      g_hash_table_replace (record->left, g_strdup (places->pdata[i]), value);
  }
}

gboolean
vr_offline_take (const char *root, const char *record_path, guint cpu, GError **error)
{
  g_autoptr (VrOfflineRecord) record = vr_offline_record_read (root, record_path, error);
  if (record == NULL || !record_places (root, record, cpu, error))
    return FALSE;
  g_hash_table_replace (record->cpus, g_strdup_printf ("%u", cpu), g_strdup ("offline"));
  if (!vr_offline_record_write (record, error) || !switch_cpu (root, cpu, "0", error))
    return FALSE;
  settle (root, cpu, FALSE);
  note_left (root, record);
  return vr_offline_record_write (record, error);
}

/* --- And back ----------------------------------------------------------------------------------
 */

/* Whether the place is as the kernel left it, or as an earlier try has restored it. */
static gboolean
is_ours (const VrOfflineRecord *record, const char *place, const char *value, const char *target)
{
  const char *left = g_hash_table_lookup (record->left, place);
  return left == NULL || strcmp (left, value) == 0 || strcmp (target, value) == 0;
}

static gboolean
restore_place (const char *root, VrOfflineRecord *record, const char *place, GError **error)
{
  const char *original = g_hash_table_lookup (record->original, place);
  g_autofree char *value = read_place (root, place);
  g_autofree char *online = only_online (root, original);
  /* A mask may name CPUs that are offline, but not these alone; a cpuset may name none. */
  const char *target = cpuset_of (place) != NULL ? online : original;
  if (value == NULL || *online == '\0' || !is_ours (record, place, value, target))
    return TRUE;
  g_hash_table_replace (record->left, g_strdup (place), g_strdup (target));
  return strcmp (value, target) == 0 || write_place (root, place, target, error);
}

gboolean
vr_offline_give_back (const char *root, const char *record_path, guint cpu, GError **error)
{
  g_autoptr (VrOfflineRecord) record = vr_offline_record_read (root, record_path, error);
  g_autofree char *number = g_strdup_printf ("%u", cpu);
  if (record == NULL || !switch_cpu (root, cpu, "1", error))
    return FALSE;
  if (!g_hash_table_contains (record->cpus, number))
    return TRUE;
  settle (root, cpu, TRUE);
  g_autoptr (VrOfflineNew) later = strcmp (root, "/") == 0 && vr_cgroup_version (CPUSET) == 1
                                       ? vr_offline_new_read (record, cpu)
                                       : NULL;
  g_autoptr (GPtrArray) places = vr_offline_record_places (record);
  gboolean good = TRUE;
  for (guint i = 0; i < places->len; i++)
    good &= restore_place (root, record, places->pdata[i], good ? error : NULL);
  if (later != NULL)
    good &= vr_offline_new_widen (later, good ? error : NULL);
  if (!good)
    return FALSE;
  g_hash_table_remove (record->cpus, number);
  return vr_offline_record_write (record, error);
}
