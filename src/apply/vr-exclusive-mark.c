/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "apply/vr-exclusive-mark.h"

#include <stdio.h>
#include <string.h>

#include "base/vr-name.h"
#include "sys/vr-cgroup.h"

#define NAME "cpu"
#define NOBODY "none"

void
vr_exclusive_mark_free (VrExclusiveMark *mark)
{
  g_free (mark->lab);
  g_free (mark->thread);
  g_free (mark->group);
  g_free (mark);
}

gboolean
vr_exclusive_mark_write (const VrExclusiveMark *mark, GError **error)
{
  VrCgroup group = { "cpuset", mark->group };
  g_autofree char *name = g_strdup_printf (NAME "%u", mark->cpu);
  g_autofree char *value = g_strdup_printf ("%s %s", mark->lab, mark->thread);
  return vr_cgroup_mark (&group, name, value, error);
}

gboolean
vr_exclusive_mark_remove (const char *group, guint cpu, GError **error)
{
  VrCgroup marked = { "cpuset", group };
  g_autofree char *name = g_strdup_printf (NAME "%u", cpu);
  return vr_cgroup_unmark (&marked, name, error);
}

/* NULL where it is not one of ours. */
static VrExclusiveMark *
parse (const char *group, const char *name, const char *value)
{
  guint cpu;
  char rest;
  g_auto (GStrv) words = g_strsplit (value, " ", 3);
  if (sscanf (name, NAME "%u%c", &cpu, &rest) != 1 || g_strv_length (words) != 2
      || !vr_name_check ("lab", words[0], NULL))
    return NULL;
  g_autofree char *domain = vr_name_domain (words[0], "");
  if (!g_str_has_prefix (words[1], domain) || strchr (words[1], '/') == NULL)
    return NULL;
  VrExclusiveMark *mark = g_new0 (VrExclusiveMark, 1);
  mark->cpu = cpu;
  mark->lab = g_strdup (words[0]);
  mark->thread = g_strdup (words[1]);
  mark->group = g_strdup (group);
  return mark;
}

void
vr_exclusive_marks_read (const char *group, GPtrArray *marks)
{
  VrCgroup marked = { "cpuset", group };
  g_autoptr (GHashTable) found = vr_cgroup_marks (&marked);
  GHashTableIter iter;
  gpointer name, value;
  g_hash_table_iter_init (&iter, found);
  while (g_hash_table_iter_next (&iter, &name, &value)) {
    VrExclusiveMark *mark = parse (group, name, value);
    if (mark != NULL)
      g_ptr_array_add (marks, mark);
  }
}

gboolean
vr_exclusive_marks_claim (const GPtrArray *marks, VrClaims *claims, GError **error)
{
  for (guint i = 0; i < marks->len; i++) {
    const VrExclusiveMark *mark = marks->pdata[i];
    g_autofree char *target = g_strdup_printf ("cpu %u", mark->cpu);
    g_autoptr (VrOp) op = vr_op_new (VR_OP_EXCLUSIVE, target, "marked", "thread", mark->thread,
                                     "group", mark->group, NULL);
    g_autoptr (VrOp) before = vr_op_new (VR_OP_EXCLUSIVE, target, "marked", "thread", NOBODY,
                                         "group", mark->group, NULL);
    if (!vr_claims_recover (claims, mark->lab, op, before->want, error))
      return FALSE;
  }
  return TRUE;
}
