/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The probe of KVM: its verdict by a clock of the test's own, and what it remembers. */
#include "sys/vr-kvm-probe.h"

#include <glib/gstdio.h>
#include <unistd.h>

typedef struct {
  char *directory;
  char *cache_path;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  (void) data;
  fixture->directory = g_dir_make_tmp ("vrkit-kvm-XXXXXX", NULL);
  g_assert_nonnull (fixture->directory);
  fixture->cache_path = g_build_filename (fixture->directory, "kvm-probe.json", NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_unlink (fixture->cache_path);
  g_assert_cmpint (g_rmdir (fixture->directory), ==, 0);
  g_free (fixture->cache_path);
  g_free (fixture->directory);
}

/* Goes on by the step at each look, and by ten of them at each of the first. */
typedef struct {
  gint64 now_ns;
  gint64 step_ns;
  guint slow_reads;
  guint reads;
} StepClock;

static gint64
step (gpointer data)
{
  StepClock *clock = data;
  gboolean slow = clock->reads++ < clock->slow_reads;
  return clock->now_ns += slow ? 10 * clock->step_ns : clock->step_ns;
}

static VrKvmProbeArgs
args_with (const Fixture *fixture, StepClock *clock)
{
  return (VrKvmProbeArgs){ .device = "/dev/kvm",
                           .cache_path = fixture->cache_path,
                           .boot_id = "boot-1",
                           .clock = step,
                           .clock_data = clock };
}

static void
test_missing_device (Fixture *fixture, gconstpointer data)
{
  (void) data;
  StepClock clock = { .step_ns = 1 };
  VrKvmProbeArgs args = args_with (fixture, &clock);
  static const char *const devices[] = { "/nonexistent/kvm", "/dev/null" };
  for (gsize i = 0; i < G_N_ELEMENTS (devices); i++) {
    VrKvmProbe probe = { .usable = TRUE };
    args.device = devices[i];
    g_assert_cmpint (vr_kvm_probe (&args, &probe), ==, VR_KVM_PROBE_RAN);
    g_assert_false (probe.available);
    g_assert_false (probe.usable);
    g_assert_nonnull (g_strrstr (probe.reason, devices[i]));
    g_assert_false (g_file_test (fixture->cache_path, G_FILE_TEST_EXISTS));
  }
}

static gboolean
skip_without_kvm (const Fixture *fixture)
{
  StepClock clock = { .step_ns = 1 };
  VrKvmProbeArgs args = args_with (fixture, &clock);
  VrKvmProbe probe;
  args.cache_path = NULL;
  vr_kvm_probe (&args, &probe);
  if (!probe.available)
    g_test_skip (probe.reason);
  return !probe.available;
}

static void
test_verdict (Fixture *fixture, gconstpointer data)
{
  (void) data;
  if (skip_without_kvm (fixture))
    return;
  StepClock fast = { .step_ns = 8000 }, slow = { .step_ns = 6300000 };
  VrKvmProbeArgs args = args_with (fixture, &fast);
  VrKvmProbe probe;
  args.cache_path = NULL;
  vr_kvm_probe (&args, &probe);
  g_assert_true (probe.usable);
  g_assert_cmpfloat (probe.ns_per_turn, ==, 0.8);
  args.clock_data = &slow;
  vr_kvm_probe (&args, &probe);
  g_assert_false (probe.usable);
  g_assert_cmpfloat (probe.ns_per_turn, ==, 630);
  g_assert_nonnull (g_strrstr (probe.reason, "630 ns"));
}

/* A host that is held up most of the time has still a KVM. */
static void
test_held_up (Fixture *fixture, gconstpointer data)
{
  (void) data;
  if (skip_without_kvm (fixture))
    return;
  StepClock clock = { .step_ns = 630000, .slow_reads = 30 };
  VrKvmProbeArgs args = args_with (fixture, &clock);
  VrKvmProbe probe;
  args.cache_path = NULL;
  vr_kvm_probe (&args, &probe);
  g_assert_true (probe.usable);
  g_assert_cmpfloat (probe.ns_per_turn, ==, 63);
}

static void
test_remembers (Fixture *fixture, gconstpointer data)
{
  (void) data;
  if (skip_without_kvm (fixture))
    return;
  StepClock fast = { .step_ns = 8000 }, slow = { .step_ns = 6300000 };
  VrKvmProbeArgs args = args_with (fixture, &fast);
  VrKvmProbe first, second;
  g_assert_cmpint (vr_kvm_probe (&args, &first), ==, VR_KVM_PROBE_RAN);
  args.clock_data = &slow;
  g_assert_cmpint (vr_kvm_probe (&args, &second), ==, VR_KVM_PROBE_REMEMBERED);
  g_assert_true (second.available);
  g_assert_true (second.usable);
  g_assert_cmpfloat (second.ns_per_turn, ==, first.ns_per_turn);
  g_assert_cmpstr (second.reason, ==, first.reason);

  args.boot_id = "boot-2";
  g_assert_cmpint (vr_kvm_probe (&args, &second), ==, VR_KVM_PROBE_RAN);
  g_assert_false (second.usable);
  g_assert_cmpint (vr_kvm_probe (&args, &second), ==, VR_KVM_PROBE_REMEMBERED);
  g_assert_false (second.usable);
}

static void
test_broken_cache (Fixture *fixture, gconstpointer data)
{
  (void) data;
  if (skip_without_kvm (fixture))
    return;
  static const char *const texts[]
      = { "", "{", "[]", "{\"schema\":\"vrkit.kvm-probe/1\"}",
          "{\"schema\":\"vrkit.kvm-probe/1\",\"boot_id\":[],\"reason\":1,\"device\":{}}" };
  StepClock clock = { .step_ns = 8000 };
  VrKvmProbeArgs args = args_with (fixture, &clock);
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
    VrKvmProbe probe;
    g_assert_true (g_file_set_contents (fixture->cache_path, texts[i], -1, NULL));
    g_assert_cmpint (vr_kvm_probe (&args, &probe), ==, VR_KVM_PROBE_RAN);
    g_assert_cmpint (vr_kvm_probe (&args, &probe), ==, VR_KVM_PROBE_REMEMBERED);
  }
}

#define TEST(path, function)                                                                       \
  g_test_add ("/kvm-probe/" path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  TEST ("missing-device", test_missing_device);
  TEST ("verdict", test_verdict);
  TEST ("held up", test_held_up);
  TEST ("remembers", test_remembers);
  TEST ("broken-cache", test_broken_cache);
  return g_test_run ();
}
