/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/vr-check.h"
#include "host/vr-cpu-list.h"

#include <string.h>

static const VrProbes all_well = { .kvm = VR_PROBE_WORKS,
                                   .kvm_turn_ns = 0.7,
                                   .libvirt = VR_PROBE_WORKS,
                                   .libvirt_text = "libvirt 9.0.0",
                                   .emulator = "QEMU 7.2.17",
                                   .is_root = TRUE };
static const VrProbes nothing = { .kvm = VR_PROBE_FAILS,
                                  .kvm_text = "612 ns a turn",
                                  .libvirt = VR_PROBE_FAILS,
                                  .libvirt_text = "no socket" };

static GPtrArray *
check_fixture (const char *name, const VrProbes *probes)
{
  g_autofree char *root = g_build_filename (VRKIT_SOURCE_DIR, "tests/fixtures/hosts", name, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (VrHost) host = vr_host_read (root, &error);
  g_assert_no_error (error);
  return vr_check_host (host, probes);
}

/* The findings that are not ok, as "id=state" in their order. */
static void
assert_troubles (const char *fixture, const VrProbes *probes, const char *expected)
{
  g_autoptr (GPtrArray) findings = check_fixture (fixture, probes);
  g_autoptr (GString) troubles = g_string_new (NULL);
  for (guint i = 0; i < findings->len; i++) {
    const VrFinding *finding = findings->pdata[i];
    g_assert_nonnull (finding->detail);
    g_assert_true ((finding->state == VR_FINDING_OK) == (finding->way_out == NULL));
    if (finding->state != VR_FINDING_OK)
      g_string_append_printf (troubles, "%s%s=%s", troubles->len > 0 ? " " : "", finding->id,
                              vr_finding_state_text (finding->state));
  }
  g_assert_cmpstr (troubles->str, ==, expected);
}

static void
test_hosts (void)
{
  assert_troubles ("devhost", &all_well, "vhost=fallback hugepages=fallback");
  assert_troubles ("laptop", &all_well,
                   "vhost=fallback memory=fallback hugepages=fallback governor=fallback "
                   "irqbalance=fallback");
  assert_troubles ("numa2", &all_well, "");
  assert_troubles ("smt-off", &all_well, "hugepages=fallback");
  assert_troubles ("isolcpus", &all_well, "");
  assert_troubles ("cgroup1-rt", &all_well,
                   "vhost=fallback memory=missing hugepages=fallback rt-groups=missing");
  assert_troubles ("cgroup2", &all_well,
                   "macvtap=fallback tun=missing vhost=fallback hugepages=fallback cgroup=missing");
}

static void
test_probes (void)
{
  assert_troubles ("numa2", &nothing, "root=missing kvm=fallback emulator=missing libvirt=missing");
}

static void
assert_tells (const GPtrArray *findings, const char *id, const char *detail, const char *way_out)
{
  const VrFinding *finding = vr_check_find (findings, id);
  g_assert_nonnull (strstr (finding->detail, detail));
  g_assert_nonnull (strstr (finding->way_out, way_out));
}

static void
test_words (void)
{
  g_autoptr (GPtrArray) devhost = check_fixture ("devhost", &nothing);
  assert_tells (devhost, "kvm", "612 ns a turn", "accel = tcg");
  assert_tells (devhost, "vhost", "no vhost-net", "CONFIG_VHOST_NET");
  assert_tells (devhost, "libvirt", "no socket", "virtlogd -d");
  g_autoptr (GPtrArray) laptop = check_fixture ("laptop", &nothing);
  assert_tells (laptop, "vhost", "/dev/vhost-net", "modprobe vhost_net");
  assert_tells (laptop, "governor", "powersave", "performance");
  assert_tells (laptop, "libvirt", "no socket", "systemctl start libvirtd");
  g_autoptr (GPtrArray) cgroup2 = check_fixture ("cgroup2", &nothing);
  assert_tells (cgroup2, "kvm", "no /dev/kvm", "firmware");
  g_assert_null (vr_check_find (devhost, "no-such"));
}

static void
assert_list (const char *text, guint length, guint first, guint last)
{
  g_autoptr (GArray) list = vr_cpu_list_parse (text);
  g_assert_nonnull (list);
  g_assert_cmpuint (list->len, ==, length);
  if (length > 0) {
    g_assert_cmpuint (g_array_index (list, guint, 0), ==, first);
    g_assert_cmpuint (g_array_index (list, guint, length - 1), ==, last);
  }
}

static void
test_cpu_lists (void)
{
  assert_list ("", 0, 0, 0);
  assert_list ("0", 1, 0, 0);
  assert_list ("0-3,8\n", 5, 0, 8);
  assert_list ("8,0-3,2", 5, 0, 8);
  assert_list ("8191", 1, 8191, 8191);
  static const char *const bad[] = { "3-1", "a", "1,", ",", "-1", "1-", "8192", "1-2-3", "0x1" };
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_null (vr_cpu_list_parse (bad[i]));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/host-check/hosts", test_hosts);
  g_test_add_func ("/host-check/probes", test_probes);
  g_test_add_func ("/host-check/words", test_words);
  g_test_add_func ("/host-check/cpu-lists", test_cpu_lists);
  return g_test_run ();
}
