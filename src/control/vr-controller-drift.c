/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What somebody else has done to any thread that the lab's schedule has: its policy or its CPUs. Of
 * those whose share is decided, what is reserved is looked at in each step (vr-controller-apply.c);
 * this goes through all of the lab's plan, and so is done now and then. */
#include <string.h>

#include "config/vr-profile.h"
#include "control/vr-controller-internal.h"
#include "lab/vr-drift.h"

/* So that it costs some thousandths of a CPU. */
#define PAUSE_PERIODS 10
#define PAUSE_LEAST_NS 2000000000ull
#define PAUSE_MOST_NS 10000000000ull

#define DOMAIN_PREFIX "vrkit-"

gboolean
vr_control_look_is_due (guint64 period_ns, guint64 passed_ns)
{
  /* Half a step early is nearer than half a step late. */
  return passed_ns + period_ns / 2
         >= CLAMP (PAUSE_PERIODS * period_ns, PAUSE_LEAST_NS, PAUSE_MOST_NS);
}

/* "r1/emulator" of "vrkit-LAB-r1/emulator". */
static const char *
name_of (const VrDrift *drift, const char *lab)
{
  gsize skipped = strlen (DOMAIN_PREFIX) + strlen (lab) + 1;
  return strlen (drift->target) > skipped ? drift->target + skipped : drift->target;
}

/* The plan of what is on record: that of the last change, or of the last look, or a new one. */
static const VrPlan *
find_plan (VrControlSession *session)
{
  const char *profile = session->holding->profile;
  const VrPlan *known = vr_tune_memory_plan (session->tuning, profile);
  if (known != NULL || (session->plan != NULL && strcmp (session->plan_profile, profile) == 0))
    return known != NULL ? known : session->plan;
  g_autoptr (VrLab) lab
      = vr_profile_parse (profile, strlen (profile), session->holding->lab->origin.file, NULL);
  VrPlan *plan = lab != NULL ? vr_drift_plan (session->site, lab, NULL) : NULL;
  if (plan == NULL)
    return NULL;
  g_clear_pointer (&session->plan, vr_plan_free);
  g_free (session->plan_profile);
  session->plan = plan;
  session->plan_profile = g_strdup (profile);
  return plan;
}

/* One that has ended is no drift of the thread: its guest is made anew, or has gone. */
static gboolean
is_there (const VrControlSession *session, const char *name)
{
  gboolean is = FALSE;
  for (guint i = 0; session->snapshot.threads != NULL && !is && i < session->snapshot.threads->len;
       i++) {
    const VrSnapshotThread *seen = &g_array_index (session->snapshot.threads, VrSnapshotThread, i);
    g_autofree char *its = g_strdup_printf ("%s/%s", seen->router, seen->selector);
    is = seen->is_there && strcmp (its, name) == 0;
  }
  return is;
}

void
vr_control_look (VrControlSession *session)
{
  g_autoptr (GError) ignored = NULL;
  guint64 now_ns = session->request->clock->now_ns (session->request->clock->data);
  gboolean is_due = vr_control_look_is_due (session->period_ns, now_ns - session->looked_ns);
  g_hash_table_remove_all (session->drifts);
  /* What another process is changing is not yet as it will be. */
  if (!is_due || session->retry.profile != NULL || session->has_scaled)
    return;
  session->looked_ns = now_ns;
  const VrPlan *plan = find_plan (session);
  g_autoptr (GPtrArray) drifts
      = plan != NULL ? vr_drift_threads (session->site, session->holding->lab, plan, &ignored)
                     : NULL;
  for (guint i = 0; drifts != NULL && i < drifts->len; i++) {
    const char *name = name_of (drifts->pdata[i], session->holding->lab->name);
    if (is_there (session, name))
      g_hash_table_add (session->drifts, g_strdup (name));
  }
}

/* Whether what is named is the thread, or a worker of it: "r1/vhost.left.0" of "r1/vhost.left". */
static gboolean
is_of (const char *name, const char *thread)
{
  gsize length = strlen (thread);
  return strncmp (name, thread, length) == 0 && (name[length] == '\0' || name[length] == '.');
}

gboolean
vr_control_take_drift (VrControlSession *session, const char *thread)
{
  GHashTableIter iter;
  gpointer name;
  gboolean is = FALSE;
  g_hash_table_iter_init (&iter, session->drifts);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    if (is_of (name, thread)) {
      g_hash_table_iter_remove (&iter);
      is = TRUE;
    }
  return is;
}
