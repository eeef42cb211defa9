/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "apply/vr-boot-turns.h"

struct VrBootTurns {
  guint at_once;
  VrBootWait wait;
  gpointer data;
  GThreadPool *watchers; /* one for each guest that boots */
  GMutex lock;           /* of taken */
  GCond changed;
  guint taken;
};

static void
give_back (VrBootTurns *turns)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&turns->lock);
  turns->taken--;
  g_cond_signal (&turns->changed);
}

static void
watch (gpointer domain, gpointer data)
{
  VrBootTurns *turns = data;
  turns->wait (domain, turns->data);
  g_free (domain);
  give_back (turns);
}

VrBootTurns *
vr_boot_turns_new (guint at_once, VrBootWait wait, gpointer data)
{
  VrBootTurns *turns = g_new0 (VrBootTurns, 1);
  turns->at_once = MAX (at_once, 1);
  turns->wait = wait;
  turns->data = data;
  /* Not exclusive: it starts a thread when there is a guest to watch, and cannot fail. */
  turns->watchers = g_thread_pool_new (watch, turns, (gint) turns->at_once, FALSE, NULL);
  g_mutex_init (&turns->lock);
  g_cond_init (&turns->changed);
  return turns;
}

void
vr_boot_turns_free (VrBootTurns *turns)
{
  g_thread_pool_free (turns->watchers, FALSE, TRUE);
  g_cond_clear (&turns->changed);
  g_mutex_clear (&turns->lock);
  g_free (turns);
}

void
vr_boot_turns_begin (VrBootTurns *turns)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&turns->lock);
  while (turns->taken == turns->at_once)
    g_cond_wait (&turns->changed, &turns->lock);
  turns->taken++;
}

void
vr_boot_turns_started (VrBootTurns *turns, const char *domain)
{
  if (domain != NULL)
    g_thread_pool_push (turns->watchers, g_strdup (domain), NULL);
  else
    give_back (turns);
}
