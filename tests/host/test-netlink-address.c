/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Addresses, neighbours and routes, read back through iproute2. */
#include "sys/vr-netlink.h"

#include <sys/socket.h>

#include "host/netns-fixture.h"

static const VrMac MAC = { { 0x52, 0x54, 0x00, 0xaa, 0xbb, 0x01 } };
static const VrMac OTHER_MAC = { { 0x52, 0x54, 0x00, 0xaa, 0xbb, 0x02 } };

static gboolean
has_address (Fixture *fixture, const char *text)
{
  VrPrefix address = prefix (text);
  gboolean present = 2;
  assert_ok (vr_netlink_has_address (fixture->netlink, fixture->left, &address, &present, &error));
  return present;
}

static void
test_address (Fixture *fixture, gconstpointer data)
{
  const char *const *texts = data; /* the address, the same with another length, another one */
  VrNetlink *nl = fixture->netlink;
  VrPrefix address = prefix (texts[0]);
  make_pair (fixture);
  g_autofree char *show = g_strdup_printf ("addr show dev %s", fixture->left);
  g_assert_false (has_address (fixture, texts[0]));
  assert_ok (vr_netlink_add_address (nl, fixture->left, &address, &error));
  assert_ok (vr_netlink_add_address (nl, fixture->left, &address, &error));
  assert_ip (fixture->name, show, texts[0]);
  g_assert_true (has_address (fixture, texts[0]));
  g_assert_false (has_address (fixture, texts[1]));
  g_assert_false (has_address (fixture, texts[2]));
  if (address.family == AF_INET6) {
    assert_ip (fixture->name, show, "nodad");
    VrPrefix wider = prefix (texts[1]);
    assert_fails (vr_netlink_add_address (nl, fixture->left, &wider, &error), VR_ERROR_BUSY,
                  "another prefix length");
  }
  assert_ok (vr_netlink_del_address (nl, fixture->left, &address, &error));
  g_assert_false (has_address (fixture, texts[0]));
  assert_ok (vr_netlink_del_address (nl, fixture->left, &address, &error));
  assert_ok (vr_netlink_del_address (nl, "absent", &address, &error));
  assert_fails (vr_netlink_add_address (nl, "absent", &address, &error), VR_ERROR_HOST, "absent");
}

static gboolean
find_neighbour (Fixture *fixture, const VrPrefix *address, VrMac *mac)
{
  gboolean present = 2;
  assert_ok (
      vr_netlink_find_neighbour (fixture->netlink, fixture->left, address, mac, &present, &error));
  return present;
}

static void
test_neighbour (Fixture *fixture, gconstpointer data)
{
  VrNetlink *nl = fixture->netlink;
  VrPrefix address = prefix (data);
  VrMac mac = OTHER_MAC;
  make_pair (fixture);
  g_assert_false (find_neighbour (fixture, &address, &mac));
  g_assert_cmpmem (mac.bytes, 6, OTHER_MAC.bytes, 6);

  /* One that is not permanent does not count, and gives way. */
  g_autofree char *learn = g_strdup_printf (
      "neigh add %s lladdr 52:54:00:aa:bb:02 nud stale dev %s", (const char *) data, fixture->left);
  assert_ip (fixture->name, learn, "");
  g_assert_false (find_neighbour (fixture, &address, &mac));
  assert_ok (vr_netlink_add_neighbour (nl, fixture->left, &address, &MAC, &error));
  assert_ok (vr_netlink_add_neighbour (nl, fixture->left, &address, &MAC, &error));
  g_autofree char *show = g_strdup_printf ("neigh show dev %s nud permanent", fixture->left);
  g_autofree char *wanted = g_strdup_printf ("%s lladdr 52:54:00:aa:bb:01", (const char *) data);
  assert_ip (fixture->name, show, wanted);
  g_assert_true (find_neighbour (fixture, &address, &mac));
  g_assert_cmpmem (mac.bytes, 6, MAC.bytes, 6);
  assert_fails (vr_netlink_add_neighbour (nl, fixture->left, &address, &OTHER_MAC, &error),
                VR_ERROR_BUSY, "52:54:00:aa:bb:01");

  assert_ok (vr_netlink_del_neighbour (nl, fixture->left, &address, &error));
  assert_ok (vr_netlink_del_neighbour (nl, fixture->left, &address, &error));
  assert_ok (vr_netlink_del_neighbour (nl, "absent", &address, &error));
  g_assert_false (find_neighbour (fixture, &address, &mac));
}

static gboolean
has_route (Fixture *fixture, const VrNetlinkRoute *route)
{
  gboolean present = 2;
  assert_ok (vr_netlink_has_route (fixture->netlink, route, &present, &error));
  return present;
}

typedef struct {
  int family_flag; /* of `ip` */
  const char *own; /* address of left */
  const char *gateway, *other_gateway;
  const char *wide, *narrow, *everything; /* narrow lies in wide */
  const char *stray;                      /* a gateway that is in no connected network */
} RouteCase;

static const RouteCase ipv4
    = { 4,           "198.18.0.1/24", "198.18.0.2", "198.18.0.3", "198.19.0.0/16", "198.19.0.0/24",
        "0.0.0.0/0", "198.18.200.1" };
static const RouteCase ipv6 = { 6,           "2001:2::1/64",       "2001:2::2",
                                "2001:2::3", "2001:2:0:8000::/49", "2001:2:0:8000::/64",
                                "::/0",      "2001:2:0:99::1" };

/* Makes left and right, with `own` on left, and returns the wide route over its gateway. */
static VrNetlinkRoute
prepare_route (Fixture *fixture, const RouteCase *family, const VrPrefix *gateway)
{
  VrPrefix own = prefix (family->own);
  VrNetlinkRoute wide = { .destination = prefix (family->wide), .via = gateway };
  make_pair (fixture);
  g_assert_false (has_route (fixture, &wide));
  assert_ok (vr_netlink_add_address (fixture->netlink, fixture->left, &own, &error));
  g_assert_false (has_route (fixture, &wide));
  assert_ok (vr_netlink_add_route (fixture->netlink, &wide, &error));
  g_assert_true (has_route (fixture, &wide));
  return wide;
}

static void
test_route (Fixture *fixture, gconstpointer data)
{
  const RouteCase *family = data;
  VrNetlink *nl = fixture->netlink;
  VrPrefix gateway = prefix (family->gateway);
  VrPrefix other_gateway = prefix (family->other_gateway);
  VrNetlinkRoute wide = prepare_route (fixture, family, &gateway);
  assert_ok (vr_netlink_add_route (nl, &wide, &error));
  g_autofree char *show = g_strdup_printf ("-%d route show", family->family_flag);
  g_autofree char *wanted = g_strdup_printf ("%s via %s dev %s proto static", family->wide,
                                             family->gateway, fixture->left);
  assert_ip (fixture->name, show, wanted);

  VrNetlinkRoute variant = wide;
  variant.via = &other_gateway;
  g_assert_false (has_route (fixture, &variant));
  assert_fails (vr_netlink_add_route (nl, &variant, &error), VR_ERROR_BUSY, "another route");
  variant = wide;
  variant.ifname = fixture->right;
  g_assert_false (has_route (fixture, &variant));
  variant.ifname = fixture->left;
  g_assert_true (has_route (fixture, &variant));
  variant.via = NULL;
  g_assert_false (has_route (fixture, &variant));
  assert_ok (vr_netlink_del_route (nl, &wide, &error));
  assert_ok (vr_netlink_del_route (nl, &wide, &error));
  g_assert_false (has_route (fixture, &wide));
}

/* A narrower and a wider one with the same first address hide neither presence nor absence. */
static void
test_nested_routes (Fixture *fixture, gconstpointer data)
{
  const RouteCase *family = data;
  VrNetlink *nl = fixture->netlink;
  VrPrefix gateway = prefix (family->gateway);
  VrNetlinkRoute wide = prepare_route (fixture, family, &gateway);
  VrNetlinkRoute narrow = { .destination = prefix (family->narrow), .ifname = fixture->left };
  g_assert_false (has_route (fixture, &narrow));
  assert_ok (vr_netlink_add_route (nl, &narrow, &error));
  g_assert_true (has_route (fixture, &narrow));
  g_assert_true (has_route (fixture, &wide));
  assert_ok (vr_netlink_del_route (nl, &wide, &error));
  g_assert_false (has_route (fixture, &wide));
  g_assert_true (has_route (fixture, &narrow));

  VrNetlinkRoute everything = { .destination = prefix (family->everything), .via = &gateway };
  g_assert_false (has_route (fixture, &everything));
  assert_ok (vr_netlink_add_route (nl, &everything, &error));
  g_assert_true (has_route (fixture, &everything));
  g_assert_false (has_route (fixture, &wide));
  assert_ok (vr_netlink_del_route (nl, &everything, &error));
  g_assert_false (has_route (fixture, &everything));
  assert_ok (vr_netlink_del_route (nl, &narrow, &error));
  g_assert_false (has_route (fixture, &narrow));
}

static void
test_route_refusals (Fixture *fixture, gconstpointer data)
{
  const RouteCase *family = data;
  VrNetlink *nl = fixture->netlink;
  VrPrefix own = prefix (family->own);
  VrPrefix stray = prefix (family->stray);
  VrPrefix foreign = prefix (family == &ipv4 ? ipv6.gateway : ipv4.gateway);
  make_pair (fixture);
  assert_ok (vr_netlink_add_address (nl, fixture->left, &own, &error));
  VrNetlinkRoute route = { .destination = prefix (family->wide) };
  assert_fails (vr_netlink_add_route (nl, &route, &error), VR_ERROR_PROFILE, "gateway");
  route.via = &foreign;
  assert_fails (vr_netlink_add_route (nl, &route, &error), VR_ERROR_PROFILE, "families");
  route.via = &stray;
  assert_fails (vr_netlink_add_route (nl, &route, &error), VR_ERROR_KERNEL, family->stray);
  route = (VrNetlinkRoute){ .destination = own, .ifname = fixture->left };
  assert_fails (vr_netlink_add_route (nl, &route, &error), VR_ERROR_PROFILE, "behind");
  route = (VrNetlinkRoute){ .destination = prefix (family->wide), .ifname = "absent" };
  assert_fails (vr_netlink_add_route (nl, &route, &error), VR_ERROR_HOST, "absent");
  assert_ok (vr_netlink_del_route (nl, &route, &error));
}

#define ADD(path, function, data)                                                                  \
  g_test_add ("/netlink/" path, Fixture, data, fixture_set_up, function, fixture_tear_down)

int
main (int argc, char **argv)
{
  static const char *const addresses4[] = { "198.18.0.1/24", "198.18.0.1/25", "198.18.0.2/24" };
  static const char *const addresses6[] = { "2001:2::1/64", "2001:2::1/65", "2001:2::2/64" };
  int skip = skip_without_root ();
  if (skip >= 0)
    return skip;
  g_test_init (&argc, &argv, NULL);
  ADD ("address/ipv4", test_address, addresses4);
  ADD ("address/ipv6", test_address, addresses6);
  ADD ("neighbour/ipv4", test_neighbour, "198.18.0.2");
  ADD ("neighbour/ipv6", test_neighbour, "2001:2::2");
  ADD ("route/ipv4", test_route, &ipv4);
  ADD ("route/ipv6", test_route, &ipv6);
  ADD ("route/nested/ipv4", test_nested_routes, &ipv4);
  ADD ("route/nested/ipv6", test_nested_routes, &ipv6);
  ADD ("route/refusals/ipv4", test_route_refusals, &ipv4);
  ADD ("route/refusals/ipv6", test_route_refusals, &ipv6);
  return g_test_run ();
}
