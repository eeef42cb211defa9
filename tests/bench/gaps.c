/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Takes the kernel's stamps of frames of one length that arrive on an interface, and prints how
 * many came, at how many a second, and of the amounts by which the gaps between them are off what
 * the rate asks for the median and the 99th percentile, in ns. Says "ready" before. gaps NETNS
 * IFNAME LENGTH FRAMES RATE-PPS SECONDS */
#include <glib.h>
#include <net/ethernet.h>
#include <poll.h>
#include <stdio.h>

#include "sys/vr-netns.h"
#include "traffic/vr-histogram.h"
#include "traffic/vr-packet-ring.h"

#define RING_SIZE (32u << 20)
#define POLL_MS 20
#define NS_PER_S 1000000000ull

typedef struct {
  gsize length; /* bytes, without FCS */
  guint64 gap_ns, frames, first_ns, last_ns;
  VrHistogram off_ns;
} Gaps;

static void
add_frame (const VrPacketRingFrame *frame, gpointer data)
{
  Gaps *gaps = data;
  if (frame->length != gaps->length)
    return;
  if (gaps->frames++ == 0) {
    gaps->first_ns = frame->wall_ns;
  } else {
    guint64 gap_ns = frame->wall_ns - gaps->last_ns;
    vr_histogram_add (&gaps->off_ns,
                      gap_ns > gaps->gap_ns ? gap_ns - gaps->gap_ns : gaps->gap_ns - gap_ns);
  }
  gaps->last_ns = frame->wall_ns;
}

static gboolean
open_ring (char **argv, VrPacketSocket *packet, VrPacketRing *ring, GError **error)
{
  g_auto (VrFd) netns = vr_netns_open (argv[1], error);
  return netns >= 0 && vr_packet_socket_open (packet, netns, argv[2], error)
         && vr_packet_ring_open (ring, packet, RING_SIZE, error)
         && vr_packet_socket_bind (packet, ETH_P_ALL, error);
}

static void
take (Gaps *gaps, VrPacketRing *ring, guint64 frames, gint64 end_us)
{
  while (gaps->frames < frames && g_get_monotonic_time () < end_us) {
    struct pollfd fds = { .fd = ring->fd, .events = POLLIN };
    poll (&fds, 1, POLL_MS);
    vr_packet_ring_drain (ring, add_frame, gaps);
  }
}

int
main (int argc, char **argv)
{
  if (argc != 7) {
    fputs ("usage: gaps NETNS IFNAME LENGTH FRAMES RATE-PPS SECONDS\n", stderr);
    return 2;
  }
  g_autoptr (GError) error = NULL;
  g_auto (VrPacketSocket) packet = { .fd = -1 };
  VrPacketRing ring = { 0 };
  g_autofree Gaps *gaps = g_new0 (Gaps, 1);
  gaps->length = g_ascii_strtoull (argv[3], NULL, 10);
  gaps->gap_ns = NS_PER_S / MAX (g_ascii_strtoull (argv[5], NULL, 10), 1);
  if (!open_ring (argv, &packet, &ring, &error)) {
    fprintf (stderr, "gaps: %s\n", error->message);
    return 1;
  }
  puts ("ready");
  fflush (stdout);
  gint64 end_us
      = g_get_monotonic_time () + (gint64) g_ascii_strtoull (argv[6], NULL, 10) * G_USEC_PER_SEC;
  take (gaps, &ring, g_ascii_strtoull (argv[4], NULL, 10), end_us);
  guint64 took_ns = gaps->last_ns - gaps->first_ns;
  printf ("%" G_GUINT64_FORMAT " %.1f %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT "\n", gaps->frames,
          took_ns != 0 ? (double) (gaps->frames - 1) * NS_PER_S / (double) took_ns : 0.0,
          vr_histogram_quantile (&gaps->off_ns, 0.5), vr_histogram_quantile (&gaps->off_ns, 0.99));
  vr_packet_ring_clear (&ring);
  return 0;
}
