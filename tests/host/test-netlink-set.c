/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Interfaces changed, one attribute at a time, and their counters, read back through sysfs. */
#include "sys/vr-netlink.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include "host/netns-fixture.h"

#define ALIAS "vrkit:test:port:left"
#define MAC_TEXT "52:54:00:aa:bb:01"

static const VrMac MAC = { { 0x52, 0x54, 0x00, 0xaa, 0xbb, 0x01 } };

static void
test_setters (Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
  VrNetlink *nl = fixture->netlink;
  const char *left = fixture->left;
  make_pair (fixture);
  assert_ok (vr_netlink_set_mtu (nl, left, 1280, &error));
  assert_sysfs (fixture->name, left, "mtu", "1280");
  assert_ok (vr_netlink_set_alias (nl, left, ALIAS, &error));
  assert_sysfs (fixture->name, left, "ifalias", ALIAS);
  assert_ok (vr_netlink_set_alias (nl, left, NULL, &error));
  assert_sysfs (fixture->name, left, "ifalias", "");
  assert_ok (vr_netlink_set_mac (nl, left, &MAC, &error));
  assert_sysfs (fixture->name, left, "address", MAC_TEXT);
  assert_ok (vr_netlink_set_promiscuous (nl, left, TRUE, &error));
  assert_ok (vr_netlink_set_promiscuous (nl, left, TRUE, &error));
  assert_sysfs (fixture->name, left, "flags", "0x1103");
  {
    g_autoptr (VrLink) link = get_link (nl, left);
    g_assert_true (link->promiscuous && link->up && link->carrier);
    g_assert_cmpuint (link->promiscuity, ==, 1);
    g_assert_null (link->alias);
  }
  assert_ok (vr_netlink_set_promiscuous (nl, left, FALSE, &error));
  assert_sysfs (fixture->name, left, "flags", "0x1003");
  assert_ok (vr_netlink_set_up (nl, fixture->right, FALSE, &error));
  {
    g_autoptr (VrLink) link = get_link (nl, left);
    g_assert_true (link->up && !link->carrier && !link->promiscuous);
  }
  assert_sysfs (fixture->name, left, "carrier", "0");
  assert_ok (vr_netlink_set_up (nl, left, FALSE, &error));
  assert_sysfs (fixture->name, left, "flags", "0x1002");
}

static void
test_refused_values (Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
  VrNetlink *nl = fixture->netlink;
  make_pair (fixture);
  const VrMac group = { { 0x01, 0, 0x5e, 0, 0, 1 } };
  g_autofree char *endless = g_strnfill (256, 'a');
  g_autofree char *longest = g_strnfill (255, 'a');
  assert_fails (vr_netlink_set_mtu (nl, fixture->left, 100000, &error), VR_ERROR_KERNEL,
                "the kernel says");
  assert_fails (vr_netlink_set_mac (nl, fixture->left, &group, &error), VR_ERROR_KERNEL,
                "01:00:5e:00:00:01");
  assert_fails (vr_netlink_set_alias (nl, fixture->left, endless, &error), VR_ERROR_PROFILE,
                "alias");
  assert_ok (vr_netlink_set_alias (nl, fixture->left, longest, &error));
  assert_sysfs (fixture->name, fixture->left, "ifalias", longest);
  VrLinkSpec spec = plain_spec (fixture->upper);
  spec.mtu = 9000;
  assert_fails (vr_netlink_add_macvtap (nl, &spec, fixture->left, "bridge", &error),
                VR_ERROR_INFEASIBLE, "9000");
  assert_absent (nl, fixture->upper);
}

static void
test_set_netns (Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
  g_autofree char *target = netns_test_name ("target");
  make_pair (fixture);
  assert_ok (vr_netns_create (target, &error));
  assert_ok (vr_netlink_set_netns (fixture->netlink, fixture->right, target, &error));
  assert_absent (fixture->netlink, fixture->right);
  assert_sysfs (target, fixture->right, "flags", "0x1002");
  assert_ok (vr_netlink_delete (fixture->netlink, fixture->left, &error));
  assert_ok (vr_netns_delete (target, &error));
}

static gboolean
send_datagrams (gpointer data, GError **error)
{
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in target = { .sin_family = AF_INET, .sin_port = htons (9) };
  inet_pton (AF_INET, "198.18.0.2", &target.sin_addr);
  for (guint i = 0; i < GPOINTER_TO_UINT (data); i++)
    if (sendto (fd, "vrkit", 5, 0, (struct sockaddr *) &target, sizeof target) != 5) {
      vr_error_set_errno (error, VR_ERROR_TRAFFIC, errno, "sendto");
      break;
    }
  close (fd);
  return *error == NULL;
}

static void
test_counters (Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
  make_pair (fixture);
  VrPrefix address = prefix ("198.18.0.1/24");
  VrPrefix other = prefix ("198.18.0.2");
  assert_ok (vr_netlink_add_address (fixture->netlink, fixture->left, &address, &error));
  assert_ok (vr_netlink_add_neighbour (fixture->netlink, fixture->left, &other, &MAC, &error));
  VrLinkCounters before;
  VrLinkCounters after;
  VrLinkCounters peer;
  assert_ok (vr_netlink_counters (fixture->netlink, fixture->left, &before, &error));
  assert_ok (vr_netns_call (fixture->name, send_datagrams, GUINT_TO_POINTER (50), &error));
  assert_ok (vr_netlink_counters (fixture->netlink, fixture->left, &after, &error));
  assert_ok (vr_netlink_counters (fixture->netlink, fixture->right, &peer, &error));
  g_assert_cmpuint (after.tx_packets, >=, before.tx_packets + 50);
  g_assert_cmpuint (after.tx_bytes, >=, before.tx_bytes + 50 * 47);
  g_assert_cmpuint (peer.rx_packets, >=, 50);
  g_assert_cmpuint (after.tx_errors, ==, 0);
  g_assert_cmpuint (after.rx_nohandler, ==, 0);

  g_autoptr (VrLink) link = get_link (fixture->netlink, fixture->left);
  VrLinkCounters at = { 0 };
  assert_ok (vr_netlink_counters_at (fixture->netlink, link->index, &at, &error));
  g_assert_cmpuint (at.tx_packets, >=, after.tx_packets);
  g_assert_cmpuint (at.tx_bytes, >=, after.tx_bytes);
  assert_ok (vr_netlink_delete (fixture->netlink, fixture->left, &error));
  g_autoptr (GError) cause = NULL;
  g_assert_false (vr_netlink_counters_at (fixture->netlink, link->index, &at, &cause));
  g_assert_no_error (cause);
}

#define ADD(path, function)                                                                        \
  g_test_add ("/netlink/" path, Fixture, NULL, fixture_set_up, function, fixture_tear_down)

int
main (int argc, char **argv)
{
  int skip = skip_without_root ();
  if (skip >= 0)
    return skip;
  g_test_init (&argc, &argv, NULL);
  ADD ("setters", test_setters);
  ADD ("refused-values", test_refused_values);
  ADD ("set-netns", test_set_netns);
  ADD ("counters", test_counters);
  return g_test_run ();
}
