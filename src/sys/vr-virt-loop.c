/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libvirt takes one event loop a process, for ever; its thread lives only while somebody needs it.
 */
#include "sys/vr-virt-internal.h"

static GMutex loop_lock;
static guint loop_users;
static GThread *loop_thread;
static gint loop_stop;

typedef struct {
  GMutex lock;
  GCond passed_changed;
  gboolean passed;
} Barrier;

static void
ignore_error (void *data, virError *error)
{
  (void) data;
  (void) error;
}

static gpointer
register_once (gpointer data)
{
  (void) data;
  virInitialize ();
  virSetErrorFunc (NULL, ignore_error);
  virEventRegisterDefaultImpl ();
  return NULL;
}

static gpointer
run (gpointer data)
{
  (void) data;
  while (!g_atomic_int_get (&loop_stop))
    virEventRunDefaultImpl ();
  return NULL;
}

void
vr_virt_loop_acquire (void)
{
  static GOnce once = G_ONCE_INIT;
  g_once (&once, register_once, NULL);
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&loop_lock);
  if (loop_users++ > 0)
    return;
  g_atomic_int_set (&loop_stop, 0);
  loop_thread = g_thread_new ("virt-events", run, NULL);
}

static void
pass_barrier (int timer, void *data)
{
  Barrier *barrier = data;
  virEventRemoveTimeout (timer);
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&barrier->lock);
  barrier->passed = TRUE;
  g_cond_signal (&barrier->passed_changed);
}

void
vr_virt_loop_barrier (void)
{
  Barrier barrier = { .passed = FALSE };
  g_mutex_init (&barrier.lock);
  g_cond_init (&barrier.passed_changed);
  g_mutex_lock (&barrier.lock);
  if (virEventAddTimeout (0, pass_barrier, &barrier, NULL) >= 0)
    while (!barrier.passed)
      g_cond_wait (&barrier.passed_changed, &barrier.lock);
  g_mutex_unlock (&barrier.lock);
  g_cond_clear (&barrier.passed_changed);
  g_mutex_clear (&barrier.lock);
}

static void
wake (int timer, void *data)
{
  (void) data;
  virEventRemoveTimeout (timer);
}

void
vr_virt_loop_release (void)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&loop_lock);
  if (--loop_users > 0)
    return;
  g_atomic_int_set (&loop_stop, 1);
  virEventAddTimeout (0, wake, NULL, NULL);
  g_thread_join (g_steal_pointer (&loop_thread));
}
