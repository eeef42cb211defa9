/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Channels of a veth and coalescing of a tap, read back through ethtool(8). Rings are a real NIC's
 * (tests/lab). */
#include "sys/vr-netlink-nic.h"

#include "host/netns-fixture.h"

/* The nth line of what ethtool says that begins with `label`, without it, 0 the first; "" without
 * any. */
static char *
ethtool_says (Fixture *fixture, const char *option, const char *label, guint nth)
{
  g_autofree char *command = g_strdup_printf ("ethtool %s %s", option, fixture->left);
  g_autofree char *output = netns_output (fixture->name, command);
  g_auto (GStrv) lines = g_strsplit (output, "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    if (g_str_has_prefix (*line, label) && nth-- == 0)
      return g_strstrip (g_strdup (*line + strlen (label)));
  return g_strdup ("");
}

static void
assert_ethtool (Fixture *fixture, const char *option, const char *label, const char *wanted)
{
  /* Of channels the limits come first. */
  g_autofree char *value
      = ethtool_says (fixture, option, label, g_strcmp0 (option, "-l") == 0 ? 1 : 0);
  g_assert_cmpstr (value, ==, wanted);
}

static void
run_in (Fixture *fixture, const char *command)
{
  g_autofree char *output = netns_output (fixture->name, command);
  g_assert_cmpstr (output, ==, "");
}

static void
assert_value (Fixture *fixture, VrNicSetting setting, const char *wanted)
{
  g_auto (VrNicState) state = { .values = { NULL } };
  assert_ok (vr_nic_read (fixture->name, fixture->left, &state, &error));
  g_assert_cmpstr (state.values[setting], ==, wanted);
}

static void
write_value (Fixture *fixture, VrNicSetting setting, const char *text)
{
  const char *values[VR_NIC_SETTINGS] = { NULL };
  values[setting] = text;
  assert_ok (vr_nic_write (fixture->name, fixture->left, values, &error));
}

static void
refuse_value (Fixture *fixture, VrNicSetting setting, const char *text, const char *fragment)
{
  const char *values[VR_NIC_SETTINGS] = { NULL };
  values[setting] = text;
  assert_fails (vr_nic_write (fixture->name, fixture->left, values, &error), VR_ERROR_HOST,
                fragment);
}

/* A veth pair of four queues each. */
static void
make_wide_pair (Fixture *fixture)
{
  g_autofree char *command
      = g_strdup_printf ("ip link add %s numrxqueues 4 numtxqueues 4 type veth peer name %s "
                         "numrxqueues 4 numtxqueues 4",
                         fixture->left, fixture->right);
  run_in (fixture, command);
}

static void
test_channels (Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
  g_auto (VrNicState) state = { .values = { NULL } };
  make_wide_pair (fixture);
  assert_ok (vr_nic_read (fixture->name, fixture->left, &state, &error));
  g_assert_cmpstr (state.values[VR_NIC_CHANNELS], ==, "4");
  g_assert_cmpuint (state.limits[VR_NIC_CHANNELS], ==, 4);
  for (VrNicSetting i = VR_NIC_CHANNELS + 1; i < VR_NIC_SETTINGS; i++)
    g_assert_null (state.values[i]);
  write_value (fixture, VR_NIC_CHANNELS, "2");
  assert_ethtool (fixture, "-l", "RX:", "2");
  assert_ethtool (fixture, "-l", "TX:", "2");
  assert_value (fixture, VR_NIC_CHANNELS, "2");
  /* What somebody else had set is put back as it was. */
  write_value (fixture, VR_NIC_CHANNELS, "3/1");
  assert_ethtool (fixture, "-l", "RX:", "3");
  assert_ethtool (fixture, "-l", "TX:", "1");
  assert_value (fixture, VR_NIC_CHANNELS, "3/1");
}

static void
test_coalescing (Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
  g_autofree char *command = g_strdup_printf ("ip tuntap add %s mode tap", fixture->left);
  run_in (fixture, command);
  assert_value (fixture, VR_NIC_RX_FRAMES, "0");
  assert_value (fixture, VR_NIC_RX_USECS, NULL);
  assert_value (fixture, VR_NIC_ADAPTIVE, NULL);
  write_value (fixture, VR_NIC_RX_FRAMES, "32");
  assert_ethtool (fixture, "-c", "rx-frames:", "32");
  assert_value (fixture, VR_NIC_RX_FRAMES, "32");
  write_value (fixture, VR_NIC_RX_FRAMES, "0");
  assert_ethtool (fixture, "-c", "rx-frames:", "0");
}

static void
test_refusals (Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
  g_auto (VrNicState) state = { .values = { NULL } };
  const char *values[VR_NIC_SETTINGS] = { "2" };
  make_wide_pair (fixture);
  refuse_value (fixture, VR_NIC_CHANNELS, "5", "channels = 5: interface ");
  refuse_value (fixture, VR_NIC_CHANNELS, "1/5", "takes at most 4");
  refuse_value (fixture, VR_NIC_RX_RING, "64", "has no ring sizes to set");
  refuse_value (fixture, VR_NIC_TX_USECS, "0", "has no tx-usecs to set");
  refuse_value (fixture, VR_NIC_ADAPTIVE, "off", "has no adaptive-coalescing to set");
  assert_value (fixture, VR_NIC_CHANNELS, "4");
  static const char *const bad[] = { "", "x", "-1", "1/", "1/2/3", "4294967296" };
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    values[VR_NIC_CHANNELS] = bad[i];
    assert_fails (vr_nic_write (fixture->name, fixture->left, values, &error), VR_ERROR_INTERNAL,
                  "no value of channels");
  }
  assert_fails (vr_nic_read (fixture->name, "absent", &state, &error), VR_ERROR_HOST, "absent");
  assert_fails (vr_nic_read (fixture->name, "sixteenlettersxx", &state, &error), VR_ERROR_PROFILE,
                "interface");
}

#define ADD(path, function)                                                                        \
  g_test_add ("/netlink-nic/" path, Fixture, NULL, fixture_set_up, function, fixture_tear_down)

int
main (int argc, char **argv)
{
  int skip = skip_without_root ();
  if (skip >= 0)
    return skip;
  g_test_init (&argc, &argv, NULL);
  ADD ("channels", test_channels);
  ADD ("coalescing", test_coalescing);
  ADD ("refusals", test_refusals);
  return g_test_run ();
}
