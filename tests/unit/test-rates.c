/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rates of two snapshots: shapes, what came between, and what cannot be told. */
#include "observe/vr-rates.h"

#define S G_GINT64_CONSTANT (1000000000)

static VrSnapshot
snapshot_at (gint64 time_ns)
{
  return (VrSnapshot){ .time_ns = time_ns,
                       .ports = g_array_new (FALSE, TRUE, sizeof (VrSnapshotPort)),
                       .threads = g_array_new (FALSE, TRUE, sizeof (VrSnapshotThread)),
                       .cpus = g_array_new (FALSE, TRUE, sizeof (VrCpuTime)) };
}

static VrSnapshotPort *
add_port (VrSnapshot *snapshot, const char *port, guint64 arrived, guint64 lost, guint64 sent)
{
  VrSnapshotPort entry = { .router = "r1",
                           .port = port,
                           .is_there = TRUE,
                           .queue_length = 35,
                           .arrived_packets = arrived,
                           .arrived_bytes = arrived * 60,
                           .lost_packets = lost,
                           .sent_packets = sent,
                           .sent_bytes = sent * 60 };
  g_array_append_val (snapshot->ports, entry);
  return &g_array_index (snapshot->ports, VrSnapshotPort, snapshot->ports->len - 1);
}

static VrSnapshotThread *
add_thread (VrSnapshot *snapshot, pid_t tid, guint64 cpu_time_ns)
{
  VrSnapshotThread entry = { .router = "r1",
                             .selector = "vcpu.0",
                             .ports = "",
                             .tid = tid,
                             .is_there = TRUE,
                             .last_cpu = 1,
                             .cpu_time_ns = cpu_time_ns,
                             .wait_time_ns = cpu_time_ns / 2 };
  g_array_append_val (snapshot->threads, entry);
  return &g_array_index (snapshot->threads, VrSnapshotThread, snapshot->threads->len - 1);
}

static void
add_cpu (VrSnapshot *snapshot, guint id, guint64 user_ns, guint64 idle_ns)
{
  VrCpuTime entry = { .id = id };
  entry.time_ns[VR_CPU_USER] = user_ns;
  entry.time_ns[VR_CPU_IDLE] = idle_ns;
  g_array_append_val (snapshot->cpus, entry);
}

#define PORT(i) (&g_array_index (rates.ports, VrPortRate, i))
#define THREAD(i) (&g_array_index (rates.threads, VrThreadRate, i))
#define CPU(i) (&g_array_index (rates.cpus, VrCpuRate, i))

static void
test_between (void)
{
  g_auto (VrSnapshot) before = snapshot_at (1 * S), after = snapshot_at (3 * S);
  g_auto (VrRates) rates = { 0 };
  add_port (&before, "left", 1000, 10, 5);
  add_port (&before, "right", 0, 0, 500);
  add_port (&after, "right", 0, 0, 2500);
  add_port (&after, "left", 3200, 110, 5);
  add_thread (&before, 7, S);
  add_thread (&after, 7, 2 * S);
  add_cpu (&before, 0, 100, 100);
  add_cpu (&after, 0, 400, 200);
  vr_rates_between (&before, &after, &rates);
  g_assert_cmpfloat (rates.seconds, ==, 2);
  g_assert_cmpuint (rates.ports->len, ==, 2);
  g_assert_cmpstr (PORT (0)->port, ==, "right");
  g_assert_cmpfloat (PORT (0)->sent_pps, ==, 1000);
  g_assert_cmpfloat (PORT (0)->sent_bps, ==, 480000);
  g_assert_cmpfloat (PORT (1)->arrived_pps, ==, 1100);
  g_assert_cmpfloat (PORT (1)->lost_pps, ==, 50);
  g_assert_cmpfloat (PORT (1)->arrived_bps, ==, 528000);
  g_assert_cmpuint (PORT (1)->queue_length, ==, 35);
  g_assert_cmpfloat (THREAD (0)->use, ==, 0.5);
  g_assert_cmpfloat (THREAD (0)->wait, ==, 0.25);
  g_assert_cmpuint (THREAD (0)->last_cpu, ==, 1);
  g_assert_cmpfloat (CPU (0)->share[VR_CPU_USER], ==, 0.75);
  g_assert_cmpfloat (CPU (0)->share[VR_CPU_IDLE], ==, 0.25);
}

/* What is new, has gone, or counts anew has no rate: it is not one of nothing. */
static void
test_unknown (void)
{
  g_auto (VrSnapshot) before = snapshot_at (1 * S), after = snapshot_at (2 * S);
  g_auto (VrRates) rates = { 0 };
  add_port (&before, "back", 100, 0, 100);
  add_port (&after, "back", 100, 0, 99);
  add_port (&after, "new", 100, 0, 100);
  add_port (&before, "gone", 100, 0, 100);
  add_port (&after, "gone", 100, 0, 100)->is_there = FALSE;
  add_thread (&before, 7, S);
  add_thread (&after, 7, S - 1);
  add_thread (&after, 8, S);
  add_cpu (&before, 0, 100, 100);
  add_cpu (&after, 0, 100, 90);
  add_cpu (&after, 1, 100, 100);
  vr_rates_between (&before, &after, &rates);
  for (guint i = 0; i < 3; i++) {
    g_assert_false (PORT (i)->is_known);
    g_assert_cmpfloat (PORT (i)->arrived_pps + PORT (i)->sent_pps, ==, 0);
  }
  for (guint i = 0; i < 2; i++) {
    g_assert_false (THREAD (i)->is_known);
    g_assert_cmpfloat (THREAD (i)->use, ==, 0);
    for (guint kind = 0; kind < VR_CPU_KINDS; kind++)
      g_assert_cmpfloat (CPU (i)->share[kind], ==, 0);
  }
}

/* A suspended host, or a clock that goes back. */
static void
test_time_stands (void)
{
  const gint64 times[] = { 2 * S, 1 * S };
  for (guint i = 0; i < G_N_ELEMENTS (times); i++) {
    g_auto (VrSnapshot) before = snapshot_at (2 * S), after = snapshot_at (times[i]);
    g_auto (VrRates) rates = { 0 };
    add_port (&before, "left", 0, 0, 0);
    add_port (&after, "left", 100, 0, 100);
    add_thread (&before, 7, 0);
    add_thread (&after, 7, S);
    vr_rates_between (&before, &after, &rates);
    g_assert_cmpfloat (rates.seconds, ==, 0);
    g_assert_false (PORT (0)->is_known);
    g_assert_false (THREAD (0)->is_known);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rates/between", test_between);
  g_test_add_func ("/rates/unknown", test_unknown);
  g_test_add_func ("/rates/time-stands", test_time_stands);
  return g_test_run ();
}
