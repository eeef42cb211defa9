/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CPU time out of /proc/stat, and what was spent between two looks. */
#include "observe/vr-usage.h"

#define TICK 10000000ull

static const char before_text[] = "cpu  10 20 30 40 50 60 70 80 5 1\n"
                                  "cpu0 10 20 30 40 50 60 70 80 5 1\n"
                                  "cpu2 1 1 1 1\n"
                                  "intr 5 1\n";
static const char after_text[] = "cpu  0 0 0 0 0 0 0 0 0 0\n"
                                 "cpu0 110 20 33 44 55 66 77 88 25 2\n"
                                 "cpu1 7 7 7 7 7 7 7 7 7 7\n"
                                 "cpu2 9 1 0 1\n";

static void
test_cpus (void)
{
  g_autoptr (GArray) cpus = vr_usage_parse_cpus (before_text, 100);
  g_assert_cmpuint (cpus->len, ==, 2);
  const VrCpuTime *cpu = &g_array_index (cpus, VrCpuTime, 0);
  g_assert_cmpuint (cpu->id, ==, 0);
  g_assert_cmpuint (cpu->time_ns[VR_CPU_USER], ==, (10 + 20 - 6) * TICK);
  g_assert_cmpuint (cpu->time_ns[VR_CPU_SYSTEM], ==, 30 * TICK);
  g_assert_cmpuint (cpu->time_ns[VR_CPU_IDLE], ==, 90 * TICK);
  g_assert_cmpuint (cpu->time_ns[VR_CPU_IRQ], ==, 60 * TICK);
  g_assert_cmpuint (cpu->time_ns[VR_CPU_SOFTIRQ], ==, 70 * TICK);
  g_assert_cmpuint (cpu->time_ns[VR_CPU_STEAL], ==, 80 * TICK);
  g_assert_cmpuint (cpu->time_ns[VR_CPU_GUEST], ==, 6 * TICK);
  cpu = &g_array_index (cpus, VrCpuTime, 1);
  g_assert_cmpuint (cpu->id, ==, 2);
  g_assert_cmpuint (cpu->time_ns[VR_CPU_STEAL], ==, 0);
}

static void
add_thread (VrUsage *usage, int tid, guint64 time_ns)
{
  VrThreadStatus *thread = g_new0 (VrThreadStatus, 1);
  thread->task.tid = tid;
  thread->cpu_time_ns = time_ns;
  g_ptr_array_add (usage->threads, thread);
}

static VrUsage
usage_of (const char *text)
{
  return (VrUsage){ .cpus = vr_usage_parse_cpus (text, 100),
                    .threads
                    = g_ptr_array_new_with_free_func ((GDestroyNotify) vr_thread_status_free) };
}

/* A CPU and a thread that were not there before have no difference; a count that fell is none. */
static void
test_subtract (void)
{
  g_auto (VrUsage) before = usage_of (before_text);
  g_auto (VrUsage) after = usage_of (after_text);
  add_thread (&before, 11, 500);
  add_thread (&before, 12, 500);
  add_thread (&after, 12, 800);
  add_thread (&after, 13, 900);
  vr_usage_subtract (&after, &before);
  g_assert_cmpuint (after.cpus->len, ==, 2);
  const VrCpuTime *cpu = &g_array_index (after.cpus, VrCpuTime, 0);
  g_assert_cmpuint (cpu->time_ns[VR_CPU_USER], ==, (100 - 21) * TICK);
  g_assert_cmpuint (cpu->time_ns[VR_CPU_GUEST], ==, 21 * TICK);
  g_assert_cmpuint (cpu->time_ns[VR_CPU_STEAL], ==, 8 * TICK);
  cpu = &g_array_index (after.cpus, VrCpuTime, 1);
  g_assert_cmpuint (cpu->id, ==, 2);
  g_assert_cmpuint (cpu->time_ns[VR_CPU_SYSTEM], ==, 0);
  g_assert_cmpuint (after.threads->len, ==, 1);
  const VrThreadStatus *thread = after.threads->pdata[0];
  g_assert_cmpint (thread->task.tid, ==, 12);
  g_assert_cmpuint (thread->cpu_time_ns, ==, 300);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/usage/cpus", test_cpus);
  g_test_add_func ("/usage/subtract", test_subtract);
  return g_test_run ();
}
