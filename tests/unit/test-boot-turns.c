/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Guests that boot in turns. */
#include "apply/vr-boot-turns.h"

#define AT_ONCE 3
#define GUESTS 20

/* A guest has booted when `booted` says so, in the test's own order. */
typedef struct {
  GMutex lock;
  GCond changed;
  GHashTable *booted; /* names */
  guint booting, most, started;
  VrBootTurns *turns;
} Boots;

static void
wait_booted (const char *domain, gpointer data)
{
  Boots *boots = data;
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&boots->lock);
  while (!g_hash_table_contains (boots->booted, domain))
    g_cond_wait (&boots->changed, &boots->lock);
}

static void
boots_init (Boots *boots, guint at_once)
{
  *boots = (Boots){ .booted = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL) };
  g_mutex_init (&boots->lock);
  g_cond_init (&boots->changed);
  boots->turns = vr_boot_turns_new (at_once, wait_booted, boots);
}

static void
boots_clear (Boots *boots)
{
  vr_boot_turns_free (boots->turns);
  g_hash_table_unref (boots->booted);
  g_cond_clear (&boots->changed);
  g_mutex_clear (&boots->lock);
}

static void
boot (Boots *boots, const char *domain)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&boots->lock);
  g_hash_table_add (boots->booted, g_strdup (domain));
  boots->booting--;
  g_cond_broadcast (&boots->changed);
}

static gpointer
start_one (gpointer data)
{
  Boots *boots = data;
  vr_boot_turns_begin (boots->turns);
  g_mutex_lock (&boots->lock);
  g_autofree char *name = g_strdup_printf ("g%u", ++boots->started);
  boots->booting++;
  boots->most = MAX (boots->most, boots->booting);
  g_cond_broadcast (&boots->changed);
  g_mutex_unlock (&boots->lock);
  vr_boot_turns_started (boots->turns, name);
  return NULL;
}

/* Until so many have been started. */
static void
await_started (Boots *boots, guint count)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&boots->lock);
  while (boots->started < count)
    g_cond_wait (&boots->changed, &boots->lock);
}

static void
test_at_once (void)
{
  Boots boots;
  GThread *threads[GUESTS];
  boots_init (&boots, AT_ONCE);
  for (guint i = 0; i < GUESTS; i++)
    threads[i] = g_thread_new ("start", start_one, &boots);
  for (guint i = 1; i <= GUESTS; i++) {
    g_autofree char *name = g_strdup_printf ("g%u", i);
    await_started (&boots, MIN (i + AT_ONCE - 1, GUESTS));
    boot (&boots, name);
  }
  for (guint i = 0; i < GUESTS; i++)
    g_thread_join (threads[i]);
  g_assert_cmpuint (boots.started, ==, GUESTS);
  g_assert_cmpuint (boots.most, ==, AT_ONCE);
  boots_clear (&boots);
}

/* One that could not be started leaves its turn to the next. */
static void
test_not_started (void)
{
  Boots boots;
  boots_init (&boots, 0);
  for (guint i = 0; i < 2; i++) {
    vr_boot_turns_begin (boots.turns);
    vr_boot_turns_started (boots.turns, NULL);
  }
  start_one (&boots);
  boot (&boots, "g1");
  g_assert_cmpuint (boots.started, ==, 1);
  boots_clear (&boots);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/boot-turns/at-once", test_at_once);
  g_test_add_func ("/boot-turns/not-started", test_not_started);
  return g_test_run ();
}
