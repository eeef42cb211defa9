/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Interfaces made and removed: each kind, read back through sysfs or iproute2. */
#include "sys/vr-netlink.h"

#include "host/netns-fixture.h"
#include "sys/vr-tap.h"

#define ALIAS "vrkit:test:port:left"
#define MAC_TEXT "52:54:00:aa:bb:01"

static const VrMac MAC = { { 0x52, 0x54, 0x00, 0xaa, 0xbb, 0x01 } };

static VrLinkSpec
full_spec (const char *name)
{
  return (VrLinkSpec){ .name = name, .alias = ALIAS, .mac = &MAC, .mtu = 1400, .queue_length = 35 };
}

static void
assert_full (const char *netns, const char *ifname)
{
  assert_sysfs (netns, ifname, "ifalias", ALIAS);
  assert_sysfs (netns, ifname, "address", MAC_TEXT);
  assert_sysfs (netns, ifname, "mtu", "1400");
  assert_sysfs (netns, ifname, "tx_queue_len", "35");
}

static void
test_absent (Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
  VrNetlink *nl = fixture->netlink;
  VrLinkCounters counters;
  assert_absent (nl, fixture->left);
  assert_ok (vr_netlink_delete (nl, fixture->left, &error));
  assert_fails (vr_netlink_set_up (nl, fixture->left, TRUE, &error), VR_ERROR_HOST, fixture->left);
  assert_fails (vr_netlink_set_mtu (nl, fixture->left, 1400, &error), VR_ERROR_HOST, "1400");
  assert_fails (vr_netlink_counters (nl, fixture->left, &counters, &error), VR_ERROR_HOST,
                fixture->left);
  assert_fails (vr_netlink_set_netns (nl, "lo", "vrkit-test-absent", &error), VR_ERROR_HOST,
                "vrkit-test-absent");
  const char *const bad[] = { "", "a/b", "a b", ".", "sixteenlettersxx", "x%d" };
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    VrLinkSpec spec = plain_spec (bad[i]);
    assert_fails (vr_netlink_add_bridge (nl, &spec, &error), VR_ERROR_PROFILE, "interface");
    assert_fails (vr_netlink_link (nl, bad[i], &error) != NULL, VR_ERROR_PROFILE, "interface");
  }
}

/* The near end in the test's own namespace of the process, as for `device = test` of a port. */
static void
test_veth_across (Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (GError) failure = NULL;
  g_autoptr (VrNetlink) home = vr_netlink_new (NULL, &failure);
  g_assert_no_error (failure);
  VrLinkSpec spec = full_spec (fixture->left);
  assert_ok (vr_netlink_add_veth (home, &spec, fixture->right, fixture->name, &error));
  g_autofree char *path = g_strdup_printf ("/sys/class/net/%s/ifalias", fixture->left);
  g_autofree char *alias = NULL;
  g_assert_true (g_file_get_contents (path, &alias, NULL, NULL));
  g_assert_cmpstr (g_strstrip (alias), ==, ALIAS);
  assert_sysfs (fixture->name, fixture->right, "ifalias", ALIAS);
  assert_sysfs (fixture->name, fixture->right, "mtu", "1400");
  assert_sysfs (fixture->name, fixture->right, "tx_queue_len", "35");

  g_autoptr (VrLink) near = get_link (home, fixture->left);
  g_autoptr (VrLink) far = get_link (fixture->netlink, fixture->right);
  g_assert_cmpstr (near->kind, ==, "veth");
  g_assert_cmpstr (near->alias, ==, ALIAS);
  g_assert_cmpmem (near->mac.bytes, 6, MAC.bytes, 6);
  g_assert_cmpint (near->lower_index, ==, far->index);
  g_assert_cmpint (near->lower_netnsid, >=, 0);
  g_assert_cmpuint (near->mtu, ==, 1400);
  g_assert_cmpuint (near->queue_length, ==, 35);
  g_assert_false (near->up);
  g_assert_cmpint (near->master_index, ==, 0);
  assert_fails (vr_netlink_add_veth (home, &spec, "other", fixture->name, &error), VR_ERROR_BUSY,
                "peer other");
  assert_absent (fixture->netlink, "other");
  assert_ok (vr_netlink_delete (home, fixture->left, &error));
  assert_absent (home, fixture->left);
  assert_absent (fixture->netlink, fixture->right);
}

/* `left` is a port of the bridge `upper`, of a kernel whose bridges know VLANs or do not. */
static void
check_vlans (Fixture *fixture)
{
  VrNetlink *nl = fixture->netlink;
  g_autoptr (GError) cause = NULL;
  guint vlan = 1;
  gboolean can = vr_netlink_set_vlans (nl, fixture->upper, TRUE, &cause);
  g_autoptr (VrLink) bridge = get_link (nl, fixture->upper);
  g_assert_true (bridge->vlans == can);
  if (!can) {
    g_assert_error (cause, VR_ERROR, VR_ERROR_HOST);
    g_assert_nonnull (strstr (cause->message, "CONFIG_BRIDGE_VLAN_FILTERING"));
    assert_fails (vr_netlink_set_vlan (nl, fixture->left, 12, &error), VR_ERROR_HOST, "VLAN 12");
  } else {
    assert_ok (vr_netlink_set_vlan (nl, fixture->left, 4094, &error));
    assert_ok (vr_netlink_set_vlan (nl, fixture->left, 12, &error));
  }
  assert_ok (vr_netlink_vlan (nl, fixture->left, &vlan, &error));
  g_assert_cmpuint (vlan, ==, can ? 12 : 0);
  assert_fails (vr_netlink_vlan (nl, fixture->second, &vlan, &error), VR_ERROR_HOST,
                fixture->second);
}

static void
test_bridge (Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
  VrNetlink *nl = fixture->netlink;
  VrLinkSpec spec = full_spec (fixture->upper);
  assert_ok (vr_netlink_add_bridge (nl, &spec, &error));
  assert_full (fixture->name, fixture->upper);
  assert_sysfs (fixture->name, fixture->upper, "bridge/stp_state", "0");
  assert_sysfs (fixture->name, fixture->upper, "bridge/forward_delay", "0");
  g_autofree char *snooping
      = g_strdup_printf ("cat /sys/class/net/%s/bridge/multicast_snooping", fixture->upper);
  g_autofree char *value = netns_output (fixture->name, snooping);
  g_assert_cmpstr (value, !=, "1");
  make_pair (fixture);
  assert_ok (vr_netlink_set_master (nl, fixture->left, fixture->upper, &error));
  g_autoptr (VrLink) bridge = get_link (nl, fixture->upper);
  g_autoptr (VrLink) port = get_link (nl, fixture->left);
  g_assert_cmpstr (bridge->kind, ==, "bridge");
  g_assert_cmpint (port->master_index, ==, bridge->index);
  g_autofree char *wanted = g_strdup_printf ("%d", bridge->index);
  assert_sysfs (fixture->name, fixture->left, "master/ifindex", wanted);
  /* A lower device of a bridge bears no macvtap. */
  VrLinkSpec above = plain_spec (fixture->second);
  g_assert_false (bridge->floods);
  assert_ok (vr_netlink_set_floods (nl, fixture->upper, TRUE, &error));
  assert_sysfs (fixture->name, fixture->upper, "bridge/ageing_time", "0");
  g_autoptr (VrLink) hub = get_link (nl, fixture->upper);
  g_assert_true (hub->floods);
  assert_ok (vr_netlink_set_floods (nl, fixture->upper, FALSE, &error));
  assert_sysfs (fixture->name, fixture->upper, "bridge/ageing_time", "30000");
  assert_fails (vr_netlink_set_floods (nl, fixture->second, TRUE, &error), VR_ERROR_HOST,
                fixture->second);
  check_vlans (fixture);
  assert_fails (vr_netlink_add_macvtap (nl, &above, fixture->left, "bridge", &error), VR_ERROR_BUSY,
                "port of a bridge");
  assert_ok (vr_netlink_set_master (nl, fixture->left, NULL, &error));
  assert_sysfs (fixture->name, fixture->left, "master/ifindex", "");
  assert_fails (vr_netlink_set_master (nl, fixture->left, fixture->second, &error), VR_ERROR_HOST,
                fixture->second);
  assert_ok (vr_netlink_delete (nl, fixture->upper, &error));
  assert_absent (nl, fixture->upper);
}

static void
test_macvtap (Fixture *fixture, gconstpointer data)
{
  const char *mode = data;
  VrNetlink *nl = fixture->netlink;
  make_pair (fixture);
  VrLinkSpec spec = full_spec (fixture->upper);
  g_autoptr (VrLink) lower = get_link (nl, fixture->left);
  assert_ok (vr_netlink_add_macvtap (nl, &spec, fixture->left, mode, &error));
  g_autoptr (VrLink) link = get_link (nl, fixture->upper);
  g_assert_cmpstr (link->kind, ==, "macvtap");
  g_assert_cmpstr (link->macvtap_mode, ==, mode);
  g_assert_cmpint (link->lower_index, ==, lower->index);
  g_assert_cmpint (link->lower_netnsid, ==, -1);
  assert_full (fixture->name, fixture->upper);
  g_autofree char *show = g_strdup_printf ("-d link show %s", fixture->upper);
  g_autofree char *wanted = g_strdup_printf ("macvtap mode %s", mode);
  assert_ip (fixture->name, show, wanted);

  const guint lengths[] = { 1, 50, 500, 0 };
  for (gsize i = 0; i < G_N_ELEMENTS (lengths); i++) {
    g_autofree char *text = g_strdup_printf ("%u", lengths[i]);
    assert_ok (vr_netlink_set_queue_length (nl, fixture->upper, lengths[i], &error));
    assert_sysfs (fixture->name, fixture->upper, "tx_queue_len", text);
  }
  assert_ok (vr_tap_check_device_node (link->index, &error));
  g_autofree char *node = vr_tap_device_node (link->index);
  g_assert_cmpint (access (node, F_OK), ==, 0);
  assert_ok (vr_netlink_delete (nl, fixture->upper, &error));
  g_assert_cmpint (access (node, F_OK), ==, -1);
  g_autoptr (VrLink) lower_after = get_link (nl, fixture->left);
  g_assert_cmpmem (lower_after->mac.bytes, 6, lower->mac.bytes, 6);
  assert_fails (vr_tap_check_device_node (link->index, &error), VR_ERROR_HOST, node);
}

static void
test_macvtap_refusals (Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
  VrNetlink *nl = fixture->netlink;
  make_pair (fixture);
  VrLinkSpec first = full_spec (fixture->upper);
  VrLinkSpec second = full_spec (fixture->second);
  second.mtu = 0;
  assert_fails (vr_netlink_add_macvtap (nl, &first, fixture->left, "bridges", &error),
                VR_ERROR_PROFILE, "bridges");
  assert_fails (vr_netlink_add_macvtap (nl, &first, "absent", "bridge", &error), VR_ERROR_HOST,
                "absent");
  assert_ok (vr_netlink_add_macvtap (nl, &first, fixture->left, "bridge", &error));
  assert_fails (vr_netlink_add_macvtap (nl, &first, fixture->left, "bridge", &error), VR_ERROR_BUSY,
                fixture->upper);
  assert_fails (vr_netlink_add_macvtap (nl, &second, fixture->left, "passthru", &error),
                VR_ERROR_BUSY, fixture->upper);
  assert_ok (vr_netlink_add_macvtap (nl, &second, fixture->left, "bridge", &error));
  assert_ok (vr_netlink_set_up (nl, fixture->upper, TRUE, &error));
  assert_fails (vr_netlink_set_up (nl, fixture->second, TRUE, &error), VR_ERROR_BUSY, "MAC");
  g_autoptr (VrLink) link = get_link (nl, fixture->second);
  g_assert_false (link->up);
}

static void
test_macvlan_in_namespace (Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
  g_autofree char *target = netns_test_name ("target");
  assert_ok (vr_netns_create (target, &error));
  make_pair (fixture);
  VrLinkSpec spec = full_spec (fixture->upper);
  assert_ok (
      vr_netlink_add_macvlan (fixture->netlink, &spec, fixture->left, "bridge", target, &error));
  assert_absent (fixture->netlink, fixture->upper);
  assert_full (target, fixture->upper);
  {
    g_autoptr (VrNetlink) other = vr_netlink_new (target, NULL);
    g_autoptr (VrLink) lower = get_link (fixture->netlink, fixture->left);
    g_autoptr (VrLink) link = get_link (other, fixture->upper);
    g_assert_cmpstr (link->kind, ==, "macvlan");
    g_assert_cmpint (link->lower_index, ==, lower->index);
    g_assert_cmpint (link->lower_netnsid, >=, 0);
    g_assert_cmpstr (link->macvtap_mode, ==, "bridge");
    assert_fails (
        vr_netlink_add_macvlan (fixture->netlink, &spec, fixture->left, "bridge", target, &error),
        VR_ERROR_BUSY, fixture->upper);
    assert_ok (vr_netlink_delete (other, fixture->upper, &error));
    assert_absent (other, fixture->upper);
  }
  assert_ok (vr_netns_delete (target, &error));
}

static void
test_many_links (Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
  for (guint i = 0; i < 100; i++) {
    g_autofree char *one = g_strdup_printf ("vrtest%ua", i);
    g_autofree char *two = g_strdup_printf ("vrtest%ub", i);
    VrLinkSpec spec = full_spec (one);
    assert_ok (vr_netlink_add_veth (fixture->netlink, &spec, two, NULL, &error));
  }
  g_autoptr (GError) failure = NULL;
  g_autoptr (GPtrArray) links = vr_netlink_links (fixture->netlink, &failure);
  g_assert_no_error (failure);
  g_autofree char *wanted = netns_output (fixture->name, "ls /sys/class/net");
  g_auto (GStrv) names = g_strsplit_set (wanted, " \n", -1);
  g_assert_cmpuint (links->len, ==, g_strv_length (names));
  g_assert_cmpuint (links->len, >, 200);
  for (guint i = 0; i < links->len; i++) {
    const VrLink *link = links->pdata[i];
    g_assert_true (g_strv_contains ((const char *const *) names, link->name));
    g_assert_true (i == 0 || link->index > ((const VrLink *) links->pdata[i - 1])->index);
  }
}

static guint
count_descriptors (void)
{
  g_autoptr (GDir) directory = g_dir_open ("/proc/self/fd", 0, NULL);
  guint count = 0;
  while (g_dir_read_name (directory) != NULL)
    count++;
  return count;
}

static void
test_no_descriptor_left (Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
  g_autofree char *target = netns_test_name ("target");
  assert_ok (vr_netns_create (target, &error));
  guint before = count_descriptors ();
  for (guint i = 0; i < 10; i++) {
    VrLinkSpec spec = full_spec (fixture->left);
    VrLinkSpec above = full_spec (fixture->upper);
    assert_ok (vr_netlink_add_veth (fixture->netlink, &spec, fixture->right, target, &error));
    assert_fails (vr_netlink_add_veth (fixture->netlink, &spec, fixture->right, target, &error),
                  VR_ERROR_BUSY, fixture->left);
    assert_ok (vr_netlink_add_macvlan (fixture->netlink, &above, fixture->left, "private", target,
                                       &error));
    assert_ok (vr_netlink_delete (fixture->netlink, fixture->left, &error));
  }
  g_assert_cmpuint (count_descriptors (), ==, before);
  assert_ok (vr_netns_delete (target, &error));
}

static void
test_without_right (void)
{
  if (!g_test_subprocess ()) {
    g_test_trap_subprocess (NULL, 0, 0);
    g_test_trap_assert_passed ();
    return;
  }
  g_assert_cmpint (setresuid (65534, 65534, 65534), ==, 0);
  g_autoptr (VrNetlink) netlink = vr_netlink_new (NULL, NULL);
  VrLinkSpec spec = plain_spec ("vrtest");
  assert_fails (vr_netlink_set_mtu (netlink, "lo", 65536, &error), VR_ERROR_PERMISSION, "root");
  assert_fails (vr_netlink_add_bridge (netlink, &spec, &error), VR_ERROR_PERMISSION, "root");
  assert_fails (vr_tap_create (&spec, 1, &error), VR_ERROR_PERMISSION, "vrtest");
  assert_fails (vr_netns_create ("vrkit-test-no", &error), VR_ERROR_PERMISSION, VR_NETNS_DIR);
}

#define ADD(path, function, data)                                                                  \
  g_test_add ("/netlink/" path, Fixture, data, fixture_set_up, function, fixture_tear_down)

int
main (int argc, char **argv)
{
  int skip = skip_without_root ();
  if (skip >= 0)
    return skip;
  g_test_init (&argc, &argv, NULL);
  ADD ("absent", test_absent, NULL);
  ADD ("veth-across", test_veth_across, NULL);
  ADD ("bridge", test_bridge, NULL);
  ADD ("macvtap/bridge", test_macvtap, "bridge");
  ADD ("macvtap/private", test_macvtap, "private");
  ADD ("macvtap/vepa", test_macvtap, "vepa");
  ADD ("macvtap/passthru", test_macvtap, "passthru");
  ADD ("macvtap/refusals", test_macvtap_refusals, NULL);
  ADD ("macvlan-in-namespace", test_macvlan_in_namespace, NULL);
  ADD ("many-links", test_many_links, NULL);
  ADD ("no-descriptor-left", test_no_descriptor_left, NULL);
  g_test_add_func ("/netlink/without-right", test_without_right);
  return g_test_run ();
}
