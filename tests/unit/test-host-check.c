/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/vr-check.h"

#include <string.h>

#include "lab/vr-check-site.h"
#include "unit/schedule-fixture.h"

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
                   "irqbalance=fallback tuned=fallback ksm=fallback");
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

/* "" where the host has what the lab needs, else why not. */
static char *
lack_of (const char *fixture, const VrProbes *probes, const char *router)
{
  g_autofree char *profile
      = g_strconcat ("[lab]\nname = x\n[port p]\ndevice = test\nattach = bridge\n[router r]\n",
                     router, "interface = p 198.18.1.1/24\n", NULL);
  g_autoptr (VrPlan) plan = plan_of (profile, TWO_CPUS);
  g_autoptr (GPtrArray) findings = check_fixture (fixture, probes);
  g_autoptr (GError) error = NULL;
  if (vr_check_plan (plan, findings, &error))
    return g_strdup ("");
  g_assert_error (error, VR_ERROR, VR_ERROR_HOST);
  return g_strdup (error->message);
}

static void
test_needs_of_a_plan (void)
{
  VrProbes no_emulator = all_well;
  no_emulator.emulator = NULL;
  const struct {
    const char *fixture;
    const VrProbes *probes;
    const char *router, *lack;
  } rows[] = {
    { "devhost", &all_well, "", "" },
    { "devhost", &nothing, "", "lab x cannot be brought up here: libvirt: no answer (no socket)" },
    { "devhost", &no_emulator, "", "lab x cannot be brought up here: emulator: no QEMU" },
    { "cgroup2", &all_well, "", "lab x cannot be brought up here: tap: no /dev/net/tun" },
    { "cgroup2", &nothing, "kind = native\n", "" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *lack = lack_of (rows[i].fixture, rows[i].probes, rows[i].router);
    g_assert_true (*rows[i].lack != '\0' || *lack == '\0');
    g_assert_true (g_str_has_prefix (lack, rows[i].lack));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/host-check/hosts", test_hosts);
  g_test_add_func ("/host-check/probes", test_probes);
  g_test_add_func ("/host-check/words", test_words);
  g_test_add_func ("/host-check/needs-of-a-plan", test_needs_of_a_plan);
  return g_test_run ();
}
