/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Persistent taps in the process's own namespace, where guests open them. */
#include "sys/vr-tap.h"

#include "host/netns-fixture.h"

#define ALIAS "vrkit:test:port:left"

static const VrMac MAC = { { 0x52, 0x54, 0x00, 0xaa, 0xbb, 0x01 } };

static VrLinkSpec
full_spec (const char *name)
{
  return (VrLinkSpec){ .name = name, .alias = ALIAS, .mac = &MAC, .mtu = 1400, .queue_length = 35 };
}

static void
test_tap (Fixture *fixture, gconstpointer data)
{
  guint queues = GPOINTER_TO_UINT (data);
  g_autoptr (GError) failure = NULL;
  g_autoptr (VrNetlink) home = vr_netlink_new (NULL, &failure);
  g_assert_no_error (failure);
  VrLinkSpec spec = full_spec (fixture->upper);
  assert_ok (vr_tap_create (&spec, queues, &error));
  g_autofree char *path = g_strdup_printf ("/sys/class/net/%s/tun_flags", fixture->upper);
  g_autofree char *flags = NULL;
  g_assert_true (g_file_get_contents (path, &flags, NULL, NULL));
  /* IFF_TAP, IFF_PERSIST, IFF_NO_PI, IFF_VNET_HDR, and IFF_MULTI_QUEUE with queues. */
  g_assert_cmpstr (g_strstrip (flags), ==, queues > 1 ? "0x5902" : "0x5802");
  g_autoptr (VrLink) link = get_link (home, fixture->upper);
  g_assert_cmpstr (link->kind, ==, "tun");
  g_assert_cmpstr (link->alias, ==, ALIAS);
  g_assert_cmpmem (link->mac.bytes, 6, MAC.bytes, 6);
  g_assert_cmpuint (link->mtu, ==, 1400);
  g_assert_cmpuint (link->queue_length, ==, 35);
  assert_fails (vr_tap_create (&spec, queues, &error), VR_ERROR_BUSY, fixture->upper);
  assert_ok (vr_netlink_delete (home, fixture->upper, &error));
  assert_absent (home, fixture->upper);
  spec.mtu = 100000;
  assert_fails (vr_tap_create (&spec, queues, &error), VR_ERROR_KERNEL, "100000");
  assert_absent (home, fixture->upper);
  assert_fails (vr_tap_create (&spec, 0, &error), VR_ERROR_PROFILE, "queues");
  assert_fails (vr_tap_create (&spec, 257, &error), VR_ERROR_PROFILE, "queues");
}

int
main (int argc, char **argv)
{
  int skip = skip_without_root ();
  if (skip >= 0)
    return skip;
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/tap/one-queue", Fixture, GUINT_TO_POINTER (1), fixture_set_up, test_tap,
              fixture_tear_down);
  g_test_add ("/tap/queues", Fixture, GUINT_TO_POINTER (4), fixture_set_up, test_tap,
              fixture_tear_down);
  return g_test_run ();
}
