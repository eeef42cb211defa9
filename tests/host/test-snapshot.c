/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The interfaces of a lab in a namespace of the test's own: what is counted of them, and that one
 * that is made anew is not taken for the one before. */
#include "observe/vr-snapshot.h"

#include <sys/resource.h>

#include "netns-fixture.h"

#define LAB "snap"
#define ROUTERS 10
#define READINGS 50

typedef struct {
  Fixture *fixture;
  VrLab *lab;
} Case;

static gint64
now_ns (gpointer unused)
{
  (void) unused;
  return g_get_monotonic_time () * 1000;
}

static VrLab *
make_lab (void)
{
  VrLab *lab = vr_lab_new ();
  static const char *const ports[] = { "left", "right" };
  lab->name = g_strdup (LAB);
  for (guint i = 0; i < G_N_ELEMENTS (ports); i++) {
    VrPort *port = vr_port_new ();
    port->name = g_strdup (ports[i]);
    port->device = g_strdup ("test");
    port->attach = i == 0 ? VR_ATTACH_MACVTAP : VR_ATTACH_BRIDGE;
    vr_lab_add_port (lab, port);
  }
  for (guint i = 0; i < ROUTERS; i++) {
    VrRouter *router = vr_router_new ();
    router->name = g_strdup_printf ("r%u", i + 1);
    for (guint k = 0; k < G_N_ELEMENTS (ports); k++) {
      VrInterface *interface = vr_interface_new ();
      interface->port = g_strdup (ports[k]);
      g_ptr_array_add (router->interfaces, interface);
    }
    vr_lab_add_router (lab, router);
  }
  return lab;
}

static const char *
card_name (const char *router, const char *port, char name[VR_IFNAME_SIZE])
{
  g_autofree char *path = g_strconcat (router, "/", port, NULL);
  return vr_name_ifname (LAB, "nic", path, name);
}

/* The two cards of a router are the ends of one pair: what one has sent the other has received. */
static void
make_cards (const Fixture *fixture, const char *router)
{
  g_autoptr (GError) error = NULL;
  char left[VR_IFNAME_SIZE], right[VR_IFNAME_SIZE];
  VrLinkSpec spec = plain_spec (card_name (router, "left", left));
  card_name (router, "right", right);
  gboolean good = vr_netlink_add_veth (fixture->netlink, &spec, right, NULL, &error)
                  && vr_netlink_set_queue_length (fixture->netlink, left, 35, &error)
                  && vr_netlink_set_up (fixture->netlink, left, TRUE, &error)
                  && vr_netlink_set_up (fixture->netlink, right, TRUE, &error);
  g_assert_no_error (error);
  g_assert_true (good);
}

static const VrSnapshotPort *
port_of (const VrSnapshot *snapshot, guint index)
{
  return &g_array_index (snapshot->ports, VrSnapshotPort, index);
}

static void
assert_counted (const VrSnapshot *snapshot, const VrLinkCounters *left, const VrLinkCounters *right)
{
  const VrSnapshotPort *macvtap = port_of (snapshot, 0), *tap = port_of (snapshot, 1);
  g_assert_cmpstr (macvtap->router, ==, "r1");
  g_assert_cmpstr (macvtap->port, ==, "left");
  g_assert_cmpstr (tap->port, ==, "right");
  g_assert_true (macvtap->is_there && tap->is_there);
  g_assert_cmpuint (macvtap->arrived_packets, ==, left->rx_packets);
  g_assert_cmpuint (macvtap->arrived_bytes, ==, left->rx_bytes);
  g_assert_cmpuint (macvtap->sent_packets, ==, left->tx_packets);
  g_assert_cmpuint (macvtap->sent_packets, >, 0);
  g_assert_cmpuint (macvtap->lost_packets, ==, left->rx_dropped);
  g_assert_cmpuint (macvtap->unsent_packets, ==, left->tx_dropped);
  g_assert_cmpuint (tap->arrived_packets, ==, right->tx_packets + right->tx_dropped);
  g_assert_cmpuint (tap->sent_packets, ==, right->rx_packets);
  g_assert_cmpuint (tap->sent_bytes, ==, right->rx_bytes);
  g_assert_cmpuint (tap->sent_packets, ==, macvtap->sent_packets);
}

/* Packets of the kernel's own (IPv6) may come in between: repeated until nothing has. */
static void
check_counters (const Fixture *fixture, VrSnapshotReader *reader, VrSnapshot *snapshot)
{
  g_autoptr (GError) error = NULL;
  char left[VR_IFNAME_SIZE], right[VR_IFNAME_SIZE];
  VrLinkCounters near, far, again;
  card_name ("r1", "left", left);
  card_name ("r1", "right", right);
  do {
    g_assert_true (vr_netlink_counters (fixture->netlink, left, &near, &error));
    g_assert_true (vr_netlink_counters (fixture->netlink, right, &far, &error));
    g_assert_true (vr_snapshot_read (reader, snapshot, &error));
    g_assert_true (vr_netlink_counters (fixture->netlink, left, &again, &error));
  } while (near.tx_packets == 0 || near.tx_packets != again.tx_packets
           || near.rx_packets != again.rx_packets || far.rx_packets != again.tx_packets);
  g_assert_false (snapshot->is_stale);
  g_assert_cmpuint (snapshot->ports->len, ==, 2 * ROUTERS);
  g_assert_cmpuint (snapshot->absent, ==, ROUTERS);
  g_assert_cmpuint (snapshot->cpus->len, >, 0);
  assert_counted (snapshot, &near, &far);
}

static void
check_made_anew (const Fixture *fixture, VrSnapshotReader *reader, VrSnapshot *snapshot)
{
  g_autoptr (GError) error = NULL;
  char left[VR_IFNAME_SIZE];
  guint64 sent = port_of (snapshot, 0)->sent_packets;
  g_assert_true (vr_netlink_delete (fixture->netlink, card_name ("r1", "left", left), &error));
  make_cards (fixture, "r1");
  g_assert_true (vr_snapshot_read (reader, snapshot, &error));
  g_assert_no_error (error);
  g_assert_true (snapshot->is_stale);
  g_assert_false (port_of (snapshot, 0)->is_there);
  g_assert_cmpuint (port_of (snapshot, 0)->sent_packets, >=, sent);
  g_assert_true (port_of (snapshot, 2)->is_there);
}

/* Told and not judged: the bar is in tests/bench. */
static void
tell_cost (VrSnapshotReader *reader, VrSnapshot *snapshot)
{
  struct rusage before, after;
  g_assert_cmpint (getrusage (RUSAGE_SELF, &before), ==, 0);
  for (guint i = 0; i < READINGS; i++)
    g_assert_true (vr_snapshot_read (reader, snapshot, NULL));
  g_assert_cmpint (getrusage (RUSAGE_SELF, &after), ==, 0);
  double us = (double) (after.ru_utime.tv_sec - before.ru_utime.tv_sec) * 1e6
              + (double) (after.ru_utime.tv_usec - before.ru_utime.tv_usec)
              + (double) (after.ru_stime.tv_sec - before.ru_stime.tv_sec) * 1e6
              + (double) (after.ru_stime.tv_usec - before.ru_stime.tv_usec);
  g_test_message ("a reading of %u interfaces took %.0f us of CPU time", snapshot->ports->len,
                  us / READINGS);
}

static gboolean
check (gpointer data, GError **error)
{
  const Case *test = data;
  g_auto (VrSnapshot) snapshot = { 0 };
  VrSnapshotSource source = { .root_dir = "/", .lab = test->lab, .now_ns = now_ns };
  g_autoptr (VrSnapshotReader) reader = vr_snapshot_open (&source, error);
  if (reader == NULL)
    return FALSE;
  check_counters (test->fixture, reader, &snapshot);
  tell_cost (reader, &snapshot);
  check_made_anew (test->fixture, reader, &snapshot);
  g_autoptr (VrSnapshotReader) anew = vr_snapshot_open (&source, error);
  g_assert_true (anew != NULL && vr_snapshot_read (anew, &snapshot, error));
  g_assert_false (snapshot.is_stale);
  return TRUE;
}

static void
test_snapshot (Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VrLab) lab = make_lab ();
  Case test = { fixture, lab };
  g_assert_false (vr_netns_call (fixture->name, check, &test, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_HOST);
  g_assert_nonnull (strstr (error->message, "router r1 on port left is gone"));
  g_clear_error (&error);
  for (guint i = 0; i < lab->routers->len; i++)
    make_cards (fixture, ((const VrRouter *) lab->routers->pdata[i])->name);
  g_assert_true (vr_netns_call (fixture->name, check, &test, &error));
  g_assert_no_error (error);
}

int
main (int argc, char **argv)
{
  int skip = skip_without_root ();
  if (skip >= 0)
    return skip;
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/snapshot/interfaces", Fixture, NULL, fixture_set_up, test_snapshot,
              fixture_tear_down);
  return g_test_run ();
}
