/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/vr-schedule.h"

#include <string.h>

#include "base/vr-cpu-list.h"
#include "base/vr-name.h"

#define INDEX_MAX 65535

static const char *const role_names[VR_THREAD_ROLES] = {
  [VR_THREAD_VCPU] = "vcpu",         [VR_THREAD_VHOST] = "vhost",       [VR_THREAD_MOVER] = "mover",
  [VR_THREAD_EMULATOR] = "emulator", [VR_THREAD_IOTHREAD] = "iothread", [VR_THREAD_PMD] = "pmd",
};

static const char *const policy_names[VR_POLICIES] = {
  [VR_POLICY_OTHER] = "other", [VR_POLICY_IDLE] = "idle",         [VR_POLICY_FIFO] = "fifo",
  [VR_POLICY_RR] = "rr",       [VR_POLICY_DEADLINE] = "deadline", [VR_POLICY_QUOTA] = "quota",
};

const char *
vr_thread_role_name (VrThreadRole role)
{
  return role_names[role];
}

const char *
vr_policy_name (VrPolicy policy)
{
  return policy_names[policy];
}

VrThreadSchedule *
vr_thread_schedule_new (void)
{
  VrThreadSchedule *thread = g_new0 (VrThreadSchedule, 1);
  thread->cpus = g_array_new (FALSE, FALSE, sizeof (guint));
  return thread;
}

void
vr_thread_schedule_free (VrThreadSchedule *thread)
{
  g_free (thread->selector.port);
  g_array_unref (thread->cpus);
  g_free (thread);
}

VrSchedule *
vr_schedule_new (void)
{
  VrSchedule *schedule = g_new0 (VrSchedule, 1);
  schedule->threads = g_ptr_array_new_with_free_func ((GDestroyNotify) vr_thread_schedule_free);
  return schedule;
}

void
vr_schedule_free (VrSchedule *schedule)
{
  g_free (schedule->router);
  g_ptr_array_unref (schedule->threads);
  g_free (schedule);
}

char *
vr_thread_selector_print (const VrThreadSelector *selector)
{
  const char *role = role_names[selector->role];
  switch (selector->role) {
  case VR_THREAD_VCPU:
  case VR_THREAD_IOTHREAD:
  case VR_THREAD_PMD:
    return g_strdup_printf ("%s.%u", role, selector->index);
  case VR_THREAD_MOVER:
    return g_strdup_printf ("%s.%s", role, selector->port);
  case VR_THREAD_VHOST:
    if (selector->index == VR_THREAD_ALL_QUEUES)
      return g_strdup_printf ("%s.%s", role, selector->port);
    return g_strdup_printf ("%s.%s.%u", role, selector->port, selector->index);
  default:
    return g_strdup (role);
  }
}

static const char *const role_syntax[VR_THREAD_ROLES] = {
  [VR_THREAD_VCPU] = "vcpu.N",         [VR_THREAD_VHOST] = "vhost.PORT or vhost.PORT.Q",
  [VR_THREAD_MOVER] = "mover.PORT",    [VR_THREAD_EMULATOR] = "emulator",
  [VR_THREAD_IOTHREAD] = "iothread.N", [VR_THREAD_PMD] = "pmd.CPU",
};

static gboolean
parse_index (const char *text, guint *index)
{
  guint64 number;
  if (text == NULL || !g_ascii_string_to_unsigned (text, 10, 0, INDEX_MAX, &number, NULL))
    return FALSE;
  *index = (guint) number;
  return TRUE;
}

/* What follows the role, of which there are `count` parts. */
static gboolean
parse_parts (VrThreadSelector *selector, char **parts, guint count, GError **error)
{
  switch (selector->role) {
  case VR_THREAD_VCPU:
  case VR_THREAD_IOTHREAD:
  case VR_THREAD_PMD:
    return count == 1 && parse_index (parts[0], &selector->index);
  case VR_THREAD_VHOST:
    selector->index = VR_THREAD_ALL_QUEUES;
    return (count == 1 || (count == 2 && parse_index (parts[1], &selector->index)))
           && vr_name_check ("port", parts[0], error);
  case VR_THREAD_MOVER:
    return count == 1 && vr_name_check ("port", parts[0], error);
  default:
    return count == 0;
  }
}

gboolean
vr_thread_selector_parse (const char *text, VrThreadSelector *selector, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (text, ".", -1);
  VrThreadSelector parsed = { .role = 0 };
  guint count = g_strv_length (parts);
  while (parsed.role < VR_THREAD_ROLES
         && (count == 0 || strcmp (parts[0], role_names[parsed.role]) != 0))
    parsed.role++;
  if (parsed.role == VR_THREAD_ROLES)
    return vr_name_refuse (error, text,
                           "selects no thread: vcpu.N, vhost.PORT[.Q], mover.PORT, emulator, "
                           "iothread.N or pmd.CPU does");
  g_autoptr (GError) cause = NULL;
  if (!parse_parts (&parsed, parts + 1, count - 1, &cause))
    return cause != NULL ? (g_propagate_error (error, g_steal_pointer (&cause)), FALSE)
                         : vr_name_refuse (error, text, "is not %s, with a number from 0 to %d",
                                           role_syntax[parsed.role], INDEX_MAX);
  if (parsed.role == VR_THREAD_VHOST || parsed.role == VR_THREAD_MOVER)
    parsed.port = g_strdup (parts[1]);
  *selector = parsed;
  return TRUE;
}

gboolean
vr_thread_schedule_same (const VrThreadSchedule *a, const VrThreadSchedule *b)
{
  return a->policy == b->policy && a->nice == b->nice && a->priority == b->priority
         && a->runtime_ns == b->runtime_ns && a->deadline_ns == b->deadline_ns
         && a->period_ns == b->period_ns && a->cpus_choice == b->cpus_choice
         && a->sharing == b->sharing && vr_cpu_list_compare (a->cpus, b->cpus) == 0;
}
