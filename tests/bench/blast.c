/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sends small frames from one namespace through whatever stands between, beyond what that can
 * forward, and prints how many a second came out in another: over the whole of the sending but its
 * first part, while the router's path is still cold.
 * blast FROM-NETNS FROM-IFNAME TO-NETNS TO-IFNAME SOURCE-MAC ROUTER-MAC SOURCE DESTINATION
 *       RATE-PPS MILLISECONDS */
#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "base/vr-fd.h"
#include "sys/vr-netns.h"
#include "traffic/vr-receiver.h"
#include "traffic/vr-sender.h"

#define ARGUMENTS 10
#define FRAME_SIZE 64
#define TTL 64
#define COLD_US 500000

typedef struct {
  char **argv; /* as above, from FROM-NETNS on */
  VrFd from_netns, to_netns;
  VrStream streaming;
  VrSenderOptions sending;
  VrReceiverOptions receiving;
  VrReceiverStream stream;
} Blast;

static gboolean
parse (Blast *blast, GError **error)
{
  char **argv = blast->argv;
  VrFrameSpec *frame = &blast->streaming.frame;
  *frame = (VrFrameSpec){
    .source_port = 49152, .destination_port = 9, .size = FRAME_SIZE, .ttl = TTL
  };
  if (!vr_mac_parse (argv[4], &frame->source_mac, error)
      || !vr_mac_parse (argv[5], &frame->destination_mac, error)
      || !vr_prefix_parse_address (argv[6], &frame->source, error)
      || !vr_prefix_parse_address (argv[7], &frame->destination, error))
    return FALSE;
  blast->from_netns = vr_netns_open (argv[0], error);
  if (blast->from_netns < 0)
    return FALSE;
  blast->to_netns = vr_netns_open (argv[2], error);
  return blast->to_netns >= 0;
}

static void
set_options (Blast *blast)
{
  guint64 rate_pps = g_ascii_strtoull (blast->argv[8], NULL, 10);
  guint64 duration_ns = g_ascii_strtoull (blast->argv[9], NULL, 10) * 1000000;
  blast->streaming.rate_pps = rate_pps;
  blast->sending = (VrSenderOptions){ .netns_fd = blast->from_netns,
                                      .ifname = blast->argv[1],
                                      .streams = &blast->streaming,
                                      .streams_count = 1,
                                      .duration_ns = duration_ns,
                                      .clock = vr_clock_system () };
  blast->stream = (VrReceiverStream){ .frames = rate_pps * duration_ns / 1000000000 + 1 };
  blast->receiving = (VrReceiverOptions){ .netns_fd = blast->to_netns,
                                          .ifname = blast->argv[3],
                                          .streams = &blast->stream,
                                          .streams_count = 1,
                                          .clock = vr_clock_system () };
}

typedef struct {
  VrSender *sender;
  VrSenderResult result;
  GError *error;
} Sending;

static gpointer
send_all (gpointer data)
{
  Sending *sending = data;
  vr_sender_run (sending->sender, &sending->result, &sending->error);
  return NULL;
}

/* Frames a second that arrived while `sending` went on. */
static double
measure (Sending *sending, const VrReceiver *receiver)
{
  GThread *thread = g_thread_new ("sender", send_all, sending);
  g_usleep (COLD_US);
  guint64 first = vr_receiver_count (receiver);
  gint64 start_us = g_get_monotonic_time ();
  g_thread_join (thread);
  guint64 last = vr_receiver_count (receiver);
  return (double) (last - first) * G_USEC_PER_SEC / (double) (g_get_monotonic_time () - start_us);
}

static gboolean
run (Blast *blast, GError **error)
{
  if (!parse (blast, error))
    return FALSE;
  set_options (blast);
  g_autoptr (VrSender) sender = vr_sender_new (&blast->sending, error);
  g_autoptr (VrReceiver) receiver
      = sender != NULL ? vr_receiver_start (&blast->receiving, error) : NULL;
  if (receiver == NULL)
    return FALSE;
  Sending sending = { .sender = sender };
  double rate_pps = measure (&sending, receiver);
  if (sending.error != NULL) {
    g_propagate_error (error, sending.error);
    return FALSE;
  }
  g_autoptr (VrReceiverResult) result = vr_receiver_stop (receiver, 0, error);
  if (result == NULL)
    return FALSE;
  printf ("%.0f sent %" G_GUINT64_FORMAT " received %" G_GUINT64_FORMAT
          " tester-dropped %" G_GUINT64_FORMAT "\n",
          rate_pps, sending.result.sent, result->received, result->tester_dropped);
  return TRUE;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  if (argc != ARGUMENTS + 1) {
    fputs ("usage: blast FROM-NETNS FROM-IFNAME TO-NETNS TO-IFNAME SOURCE-MAC ROUTER-MAC SOURCE"
           " DESTINATION RATE-PPS MILLISECONDS\n",
           stderr);
    return 2;
  }
  Blast blast = { .argv = argv + 1, .from_netns = -1, .to_netns = -1 };
  gboolean good = run (&blast, &error);
  vr_fd_clear (&blast.from_netns);
  vr_fd_clear (&blast.to_netns);
  if (!good)
    fprintf (stderr, "blast: %s\n", error->message);
  return good ? 0 : 1;
}
