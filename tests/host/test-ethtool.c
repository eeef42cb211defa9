/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Offloads of real devices, read back through ethtool(8). */
#include "sys/vr-ethtool.h"

#include "host/netns-fixture.h"

static char *
ethtool_features (Fixture *fixture, const char *ifname)
{
  g_autofree char *command = g_strdup_printf ("ethtool -k %s", ifname);
  char *output = netns_output (fixture->name, command);
  g_assert_cmpstr (output, !=, "");
  return output;
}

/* What ethtool(8) says of one of the kernel's features. */
static void
assert_feature (const char *listing, const char *feature, gboolean on)
{
  g_autofree char *wanted = g_strdup_printf ("%s: %s", feature, on ? "on" : "off");
  if (strstr (listing, wanted) == NULL)
    g_error ("no \"%s\" in\n%s", wanted, listing);
}

static void
test_get (Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
  VrOffloads offloads;
  make_pair (fixture);
  assert_ok (vr_ethtool_get_offloads (fixture->name, fixture->left, &offloads, &error));
  g_autofree char *listing = ethtool_features (fixture, fixture->left);
  static const struct {
    guint32 bit;
    const char *feature;
  } rows[] = { { VR_OFFLOAD_TSO, "tx-tcp-segmentation" },
               { VR_OFFLOAD_TSO6, "tx-tcp6-segmentation" },
               { VR_OFFLOAD_USO, "tx-udp-segmentation" },
               { VR_OFFLOAD_GSO, "generic-segmentation-offload" },
               { VR_OFFLOAD_GRO, "generic-receive-offload" },
               { VR_OFFLOAD_LRO, "large-receive-offload" },
               { VR_OFFLOAD_RX_CHECKSUM, "rx-checksumming" },
               { VR_OFFLOAD_TX_CHECKSUM, "tx-checksum-ip-generic" },
               { VR_OFFLOAD_SG, "tx-scatter-gather" } };
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_assert_true ((offloads.state.mask & rows[i].bit) != 0);
    assert_feature (listing, rows[i].feature, (offloads.state.on & rows[i].bit) != 0);
    g_autofree char *fixed = g_strdup_printf ("%s: off [fixed]", rows[i].feature);
    if (strstr (listing, fixed) != NULL)
      g_assert_true ((offloads.changeable & rows[i].bit) == 0);
  }
  g_assert_true ((offloads.changeable & VR_OFFLOAD_TSO) != 0);
}

/* All off that can be, by way of the text that a journal would hold, and exactly back. */
static void
test_off_and_back (Fixture *fixture, gconstpointer data)
{
  guint32 mask = GPOINTER_TO_UINT (data);
  VrOffloads before;
  VrOffloads after;
  make_pair (fixture);
  const char *ifname = fixture->left;
  g_autofree char *listing = ethtool_features (fixture, ifname);
  assert_ok (vr_ethtool_get_offloads (fixture->name, ifname, &before, &error));
  VrOffloadSet off = vr_offloads_off (&before, mask);
  VrOffloadSet former = vr_offloads_subset (&before, off.mask);
  g_autofree char *journal = vr_offloads_print (&former);
  g_assert_true ((former.on & VR_OFFLOAD_TSO) != 0);

  assert_ok (vr_ethtool_set_offloads (fixture->name, ifname, &off, &error));
  assert_ok (vr_ethtool_set_offloads (fixture->name, ifname, &off, &error));
  g_autofree char *changed = ethtool_features (fixture, ifname);
  assert_feature (changed, "tcp-segmentation-offload", FALSE);
  assert_feature (changed, "generic-segmentation-offload", FALSE);
  assert_feature (changed, "generic-receive-offload", FALSE);
  assert_ok (vr_ethtool_get_offloads (fixture->name, ifname, &after, &error));
  g_assert_cmpuint (after.state.on & off.mask, ==, 0);

  VrOffloadSet parsed;
  assert_ok (vr_offloads_parse (journal, &parsed, &error));
  assert_ok (vr_ethtool_set_offloads (fixture->name, ifname, &parsed, &error));
  g_autofree char *restored = ethtool_features (fixture, ifname);
  g_assert_cmpstr (listing, ==, restored);
}

static void
test_refusals (Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
  VrOffloads before;
  VrOffloads after;
  gint64 speed = 7;
  make_pair (fixture);
  const char *ifname = fixture->left;
  VrOffloadSet fixed = { .mask = VR_OFFLOAD_LRO | VR_OFFLOAD_TSO, .on = VR_OFFLOAD_LRO };
  assert_ok (vr_ethtool_get_offloads (fixture->name, ifname, &before, &error));
  assert_fails (vr_ethtool_set_offloads (fixture->name, ifname, &fixed, &error), VR_ERROR_HOST,
                "lro=on");
  /* The kernel keeps tso off without sg. */
  VrOffloadSet contrary = { .mask = VR_OFFLOAD_SG | VR_OFFLOAD_TSO, .on = VR_OFFLOAD_TSO };
  assert_fails (vr_ethtool_set_offloads (fixture->name, ifname, &contrary, &error), VR_ERROR_VERIFY,
                "tso=on");
  assert_ok (vr_ethtool_get_offloads (fixture->name, ifname, &after, &error));
  g_assert_cmpuint (before.state.on, ==, after.state.on);

  assert_fails (vr_ethtool_get_offloads (fixture->name, "absent", &after, &error), VR_ERROR_HOST,
                "absent");
  assert_fails (vr_ethtool_get_offloads (fixture->name, "sixteenlettersxx", &after, &error),
                VR_ERROR_PROFILE, "interface");
  assert_fails (vr_ethtool_speed_mbps (fixture->name, "absent", &speed, &error), VR_ERROR_HOST,
                "absent");
  g_assert_cmpint (speed, ==, 7);
}

static void
test_speed (Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
  gint64 speed = 7;
  make_pair (fixture);
  assert_ok (vr_ethtool_speed_mbps (fixture->name, "lo", &speed, &error));
  g_assert_cmpint (speed, ==, -1);
  assert_ok (vr_ethtool_speed_mbps (fixture->name, fixture->left, &speed, &error));
  g_autofree char *wanted = g_strdup_printf ("%" G_GINT64_FORMAT, speed);
  assert_sysfs (fixture->name, fixture->left, "speed", wanted);
}

static void
test_text (void)
{
  VrOffloadSet set = { .mask = VR_OFFLOAD_GRO | VR_OFFLOAD_TSO | VR_OFFLOAD_SG,
                       .on = VR_OFFLOAD_TSO | VR_OFFLOAD_SG };
  VrOffloadSet parsed = { .mask = 1 };
  g_autofree char *text = vr_offloads_print (&set);
  g_assert_cmpstr (text, ==, "tso=on,gro=off,sg=on");
  assert_ok (vr_offloads_parse ("sg=on,gro=off,tso=on", &parsed, &error));
  g_assert_cmpmem (&parsed, sizeof parsed, &set, sizeof set);
  for (guint32 bit = 1; bit <= VR_OFFLOADS_ALL; bit <<= 1) {
    VrOffloadSet one = { .mask = bit, .on = bit };
    g_autofree char *name = vr_offloads_print (&one);
    assert_ok (vr_offloads_parse (name, &parsed, &error));
    g_assert_cmpmem (&parsed, sizeof parsed, &one, sizeof one);
  }
  assert_ok (vr_offloads_parse ("", &parsed, &error));
  g_assert_cmpuint (parsed.mask, ==, 0);
  const char *const bad[]
      = { "tso", "tso=", "tso=maybe", "ufo=on", "tso=on,tso=off", "tso=on,", " tso=on", "=on" };
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    assert_fails (vr_offloads_parse (bad[i], &parsed, &error), VR_ERROR_PROFILE, "offload");
}

#define ADD(path, function, data)                                                                  \
  g_test_add ("/ethtool/" path, Fixture, data, fixture_set_up, function, fixture_tear_down)

int
main (int argc, char **argv)
{
  int skip = skip_without_root ();
  if (skip >= 0)
    return skip;
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ethtool/text", test_text);
  ADD ("get", test_get, NULL);
  ADD ("off-and-back/segmentation", test_off_and_back, GUINT_TO_POINTER (VR_OFFLOADS_SEGMENTATION));
  ADD ("off-and-back/all", test_off_and_back, GUINT_TO_POINTER (VR_OFFLOADS_ALL));
  ADD ("refusals", test_refusals, NULL);
  ADD ("speed", test_speed, NULL);
  return g_test_run ();
}
