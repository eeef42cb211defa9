/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Queues of a macvtap that two processes share, with real frames: one is held, joins and leaves. */
#include "sys/vr-tap-queue.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "apply/vr-host-member.h"
#include "base/vr-fd.h"
#include "host/netns-fixture.h"
#include "sys/vr-tap.h"

#define FLOWS 200
#define ARRIVAL_MS 2000
#define QUIET_MS 50

static const VrMac MAC = { { 0x52, 0x54, 0x00, 0xaa, 0xbb, 0x05 } };

typedef struct {
  Fixture fixture;
  VrNetlink *home;
  char *node;
  int own;     /* this process's queue */
  pid_t other; /* a process with a queue of its own, that reads nothing */
  VrTapSet *set;
} Shared;

static void
make_links (Shared *shared)
{
  const char *lower = shared->fixture.left, *upper = shared->fixture.upper;
  VrLinkSpec pair = plain_spec (lower);
  VrLinkSpec spec = { .name = upper, .mac = &MAC, .queue_length = 4 * FLOWS };
  assert_ok (vr_netlink_add_veth (shared->home, &pair, shared->fixture.right, shared->fixture.name,
                                  &error));
  assert_ok (vr_netlink_add_macvtap (shared->home, &spec, lower, "bridge", &error));
  assert_ok (vr_netlink_set_up (shared->home, lower, TRUE, &error));
  assert_ok (vr_netlink_set_up (shared->fixture.netlink, shared->fixture.right, TRUE, &error));
  assert_ok (vr_netlink_set_up (shared->home, upper, TRUE, &error));
  shared->node = vr_tap_device_node ((int) if_nametoindex (upper));
}

/* Writes a byte when the queue is open, and lives until it is killed. */
static void
live_with_queue (const Shared *shared, int ready)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  close (shared->own);
  int fd = open (shared->node, O_RDWR | O_NONBLOCK);
  if (fd < 0 || write (ready, "", 1) != 1)
    _exit (1);
  for (;;)
    pause ();
}

static void
start_other (Shared *shared)
{
  int ends[2];
  char byte;
  g_assert_cmpint (pipe (ends), ==, 0);
  shared->other = fork ();
  if (shared->other == 0)
    live_with_queue (shared, ends[1]);
  close (ends[1]);
  g_assert_cmpint (read (ends[0], &byte, 1), ==, 1);
  close (ends[0]);
}

static void
end_other (Shared *shared)
{
  if (shared->other > 0) {
    kill (shared->other, SIGKILL);
    waitpid (shared->other, NULL, 0);
  }
  shared->other = 0;
}

static void
set_up (Shared *shared, gconstpointer data)
{
  fixture_set_up (&shared->fixture, data);
  g_autoptr (GError) failure = NULL;
  shared->home = vr_netlink_new (NULL, &failure);
  g_assert_no_error (failure);
  make_links (shared);
  shared->own = open (shared->node, O_RDWR | O_NONBLOCK | O_CLOEXEC);
  g_assert_cmpint (shared->own, >=, 0);
  start_other (shared);
  const char *const names[] = { shared->fixture.upper, NULL };
  shared->set = vr_tap_set_new (names, &failure);
  g_assert_no_error (failure);
}

static void
tear_down (Shared *shared, gconstpointer data)
{
  end_other (shared);
  close (shared->own);
  vr_tap_set_free (shared->set);
  assert_ok (vr_netlink_delete (shared->home, shared->fixture.left, &error));
  vr_netlink_free (shared->home);
  g_free (shared->node);
  fixture_tear_down (&shared->fixture, data);
}

/* A UDP datagram of the flow, to the macvtap's address. */
static gsize
make_frame (guint8 frame[ETH_ZLEN], guint flow)
{
  static const guint8 ip[] = { 0x45, 0, 0, 46, 0, 0, 0, 0, 64, 17, 0, 0, 198, 18, 1, 1, 198, 18 };
  memset (frame, 0, ETH_ZLEN);
  memcpy (frame, MAC.bytes, ETH_ALEN);
  frame[ETH_ALEN] = 0x02;
  frame[12] = 0x08;
  memcpy (frame + ETH_HLEN, ip, sizeof ip);
  frame[32] = 2;
  frame[33] = (guint8) flow;
  frame[35] = (guint8) flow;
  frame[37] = 9;
  frame[39] = 26;
  return ETH_ZLEN;
}

static gboolean
send_inside (gpointer data, G_GNUC_UNUSED GError **error)
{
  const Shared *shared = data;
  g_auto (VrFd) fd = socket (AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  struct sockaddr_ll to
      = { .sll_family = AF_PACKET, .sll_ifindex = (int) if_nametoindex (shared->fixture.right) };
  int room = 1 << 24;
  setsockopt (fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);
  for (guint i = 0; i < FLOWS; i++) {
    guint8 frame[ETH_ZLEN];
    gsize size = make_frame (frame, i);
    g_assert_cmpint (sendto (fd, frame, size, 0, (struct sockaddr *) &to, sizeof to), ==, size);
  }
  return TRUE;
}

/* A frame for each flow. */
static void
send_flows (Shared *shared)
{
  assert_ok (vr_netns_call (shared->fixture.name, send_inside, shared, &error));
}

/* Frames to the macvtap's address that this process's queue has, at most `wanted`; others', as
 * neighbour discovery, are passed over. */
static guint
take (const Shared *shared, guint wanted)
{
  guint count = 0;
  int wait_ms = ARRIVAL_MS;
  struct pollfd query = { .fd = shared->own, .events = POLLIN };
  while (count < wanted && poll (&query, 1, wait_ms) == 1) {
    guint8 frame[2048];
    ssize_t size = read (shared->own, frame, sizeof frame);
    /* Behind the virtio-net header of ten bytes. */
    count += size > 10 + ETH_ALEN && memcmp (frame + 10, MAC.bytes, ETH_ALEN) == 0;
  }
  return count;
}

/* The same, all that is there. */
static guint
take_rest (const Shared *shared)
{
  guint count = 0;
  struct pollfd query = { .fd = shared->own, .events = POLLIN };
  while (poll (&query, 1, QUIET_MS) == 1)
    count += take (shared, 1);
  return count;
}

static void
test_hold (Shared *shared, G_GNUC_UNUSED gconstpointer data)
{
  guint count = 0;
  send_flows (shared);
  assert_ok (vr_tap_set_hold (shared->set, shared->other, &count, &error));
  g_assert_cmpuint (count, ==, 1);
  g_assert_cmpuint (take (shared, FLOWS), ==, FLOWS);
  send_flows (shared);
  g_assert_cmpuint (take (shared, FLOWS), ==, FLOWS);
  assert_ok (vr_tap_set_hold (shared->set, shared->other, &count, &error));
  g_assert_cmpuint (count, ==, 1);
}

static void
test_join_and_leave (Shared *shared, G_GNUC_UNUSED gconstpointer data)
{
  assert_ok (vr_tap_set_hold (shared->set, shared->other, NULL, &error));
  for (guint i = 0; i < 2; i++)
    assert_ok (vr_tap_set_join (shared->set, shared->other, &error));
  send_flows (shared);
  guint own = take_rest (shared);
  g_assert_cmpuint (own, >, FLOWS / 4);
  g_assert_cmpuint (own, <, FLOWS * 3 / 4);
  gint64 begin_us = g_get_monotonic_time ();
  guint unread = 0;
  assert_ok (vr_tap_set_leave (shared->set, shared->other, 20000, &unread, &error));
  g_assert_cmpuint (unread, ==, 1);
  /* What the other process does not read is waited for, and stays its own. */
  g_assert_cmpint (g_get_monotonic_time () - begin_us, >=, 20000);
  g_assert_cmpuint (take_rest (shared), ==, 0);
  send_flows (shared);
  g_assert_cmpuint (take (shared, FLOWS), ==, FLOWS);
  assert_ok (vr_tap_set_join (shared->set, shared->other, &error));
  assert_ok (vr_tap_set_hold (shared->set, shared->other, NULL, &error));
  g_assert_cmpuint (take (shared, FLOWS - own), ==, FLOWS - own);
}

static void
test_ended (Shared *shared, G_GNUC_UNUSED gconstpointer data)
{
  guint count = 1;
  pid_t process = shared->other;
  end_other (shared);
  assert_ok (vr_tap_set_hold (shared->set, process, &count, &error));
  g_assert_cmpuint (count, ==, 0);
  assert_ok (vr_tap_set_leave (shared->set, process, G_USEC_PER_SEC, &count, &error));
  g_assert_cmpuint (count, ==, 0);
  assert_ok (vr_tap_set_join (shared->set, process, &error));
}

static void
test_refusals (Shared *shared, G_GNUC_UNUSED gconstpointer data)
{
  const char *const lower[] = { shared->fixture.left, NULL };
  const char *const none[] = { shared->fixture.second, NULL };
  assert_fails (vr_tap_set_new (lower, &error) != NULL, VR_ERROR_HOST, "no macvtap");
  assert_fails (vr_tap_set_new (none, &error) != NULL, VR_ERROR_HOST, "gone");
}

typedef struct {
  guint count;
  char *last;
} Warnings;

static void
take_warning (G_GNUC_UNUSED const VrOp *op, const GError *cause, gpointer data)
{
  Warnings *warnings = data;
  warnings->count++;
  g_free (warnings->last);
  warnings->last = g_strdup (cause->message);
}

static void
leave_from (Shared *shared, const char *macvtap, Warnings *warnings)
{
  const VrHostBackendOptions options = { .uri = "test:///default" };
  g_autoptr (VrHostBackend) host = vr_host_backend_new (&options);
  g_autoptr (VrOp) op = vr_op_new (VR_OP_DOMAIN, "vrkit-lab-r-1", "t.conf:7", NULL);
  VrGuest guest = { .pid = shared->other, .state = VR_GUEST_RUNNING };
  host->base.warn = take_warning;
  host->base.warn_data = warnings;
  vr_op_add_need (op, VR_OP_MACVTAP, macvtap);
  vr_host_member_leave (host, op, &guest);
}

/* A member that ends while frames wait for it, or whose flows cannot be given to the others: each
 * is told. One that has read all of them leaves in silence. */
static void
test_leave_warns (Shared *shared, G_GNUC_UNUSED gconstpointer data)
{
  Warnings warnings = { 0, NULL };
  leave_from (shared, shared->fixture.left, &warnings);
  g_assert_cmpuint (warnings.count, ==, 1);
  g_assert_true (g_str_has_prefix (warnings.last, "t.conf:7: vrkit-lab-r-1 ends"));
  g_assert_nonnull (strstr (warnings.last, "no macvtap"));
  assert_ok (vr_tap_set_hold (shared->set, shared->other, NULL, &error));
  leave_from (shared, shared->fixture.upper, &warnings);
  g_assert_cmpuint (warnings.count, ==, 1);
  assert_ok (vr_tap_set_join (shared->set, shared->other, &error));
  send_flows (shared);
  g_assert_cmpuint (take_rest (shared), <, FLOWS);
  leave_from (shared, shared->fixture.upper, &warnings);
  g_assert_cmpuint (warnings.count, ==, 2);
  g_assert_nonnull (strstr (warnings.last, "not read all frames of 1 of its queues"));
  g_free (warnings.last);
}

int
main (int argc, char **argv)
{
  int skip = skip_without_root ();
  if (skip >= 0)
    return skip;
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/tap-queue/hold", Shared, NULL, set_up, test_hold, tear_down);
  g_test_add ("/tap-queue/join-and-leave", Shared, NULL, set_up, test_join_and_leave, tear_down);
  g_test_add ("/tap-queue/leave-warns", Shared, NULL, set_up, test_leave_warns, tear_down);
  g_test_add ("/tap-queue/ended", Shared, NULL, set_up, test_ended, tear_down);
  g_test_add ("/tap-queue/refusals", Shared, NULL, set_up, test_refusals, tear_down);
  return g_test_run ();
}
