/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sys/vr-cgroup.h"

/* The threads in the group now, a line each; NULL where it is gone. */
static char *
read_threads (const VrCgroup *group)
{
  gboolean first = vr_cgroup_version (group->controller) == 1;
  g_autofree char *file = vr_cgroup_file (group, first ? "tasks" : "cgroup.threads");
  char *text = NULL;
  return file != NULL && g_file_get_contents (file, &text, NULL, NULL) ? text : NULL;
}

static gboolean
is_in (const VrCgroup *group, pid_t tid)
{
  g_autofree char *path = vr_cgroup_of_thread (tid, group->controller, NULL);
  return g_strcmp0 (path, group->path) == 0;
}

gboolean
vr_cgroup_move_all (const VrCgroup *from, const VrCgroup *to, GError **error)
{
  g_autofree char *text = read_threads (from);
  g_auto (GStrv) lines = g_strsplit (text != NULL ? text : "", "\n", -1);
  for (char **line = lines; *line != NULL && **line != '\0'; line++) {
    g_autoptr (GError) cause = NULL;
    pid_t tid = (pid_t) g_ascii_strtoll (*line, NULL, 10);
    if (vr_cgroup_attach (to, tid, &cause) || !is_in (from, tid))
      continue;
    g_propagate_error (error, g_steal_pointer (&cause));
    return FALSE;
  }
  return TRUE;
}
