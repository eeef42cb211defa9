/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sys/vr-tap-hold.h"

#include <stdlib.h>
#include <string.h>

#define LOOK_EVERY_US 1000

struct VrTapHold {
  const VrTapSet *set;
  GArray *daemons; /* pid_t */
  gint ending;     /* atomic */
  GThread *thread;
};

static gboolean
is_daemon (const char *pid)
{
  g_autofree char *path = g_build_filename ("/proc", pid, "comm", NULL);
  g_autofree char *name = NULL;
  return g_ascii_isdigit (*pid) && g_file_get_contents (path, &name, NULL, NULL)
         && (strcmp (name, "libvirtd\n") == 0 || strcmp (name, "virtqemud\n") == 0);
}

static GArray *
find_daemons (void)
{
  GArray *daemons = g_array_new (FALSE, FALSE, sizeof (pid_t));
  g_autoptr (GDir) dir = g_dir_open ("/proc", 0, NULL);
  const char *name;
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (is_daemon (name)) {
      pid_t pid = (pid_t) atoi (name);
      g_array_append_val (daemons, pid);
    }
  return daemons;
}

/* What fails here is told when the guest's own process is held. */
static gpointer
watch (gpointer data)
{
  const VrTapHold *hold = data;
  while (!g_atomic_int_get (&hold->ending)) {
    for (guint i = 0; i < hold->daemons->len; i++)
      vr_tap_set_hold (hold->set, g_array_index (hold->daemons, pid_t, i), NULL, NULL);
    g_usleep (LOOK_EVERY_US);
  }
  return NULL;
}

VrTapHold *
vr_tap_hold_new (const VrTapSet *set)
{
  VrTapHold *hold = g_new0 (VrTapHold, 1);
  hold->set = set;
  hold->daemons = find_daemons ();
  hold->thread = g_thread_new ("tap-hold", watch, hold);
  return hold;
}

void
vr_tap_hold_free (VrTapHold *hold)
{
  g_atomic_int_set (&hold->ending, 1);
  g_thread_join (hold->thread);
  g_array_unref (hold->daemons);
  g_free (hold);
}
