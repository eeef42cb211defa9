/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-ceiling.h"

#define NS_PER_S 1000000000u
/* The best of several counts, since the tester may be held up in one. */
#define SENDINGS 3
#define SENDING_NS 100000000ull
#define SETTLE_NS 200000000ull
/* Beyond any tester's reach. */
#define FLAT_OUT_PPS 1000000000ull
/* As those of probes: strangers to the next trial. */
#define UNCOUNTED_ID 0x8000

/* NULL: they cannot be sent flat out. */
static VrStream *
flat_out_streams (const VrBench *bench)
{
  guint64 sum_pps = 0;
  for (guint i = 0; i < bench->streams_count; i++) {
    if (bench->streams[i].capture != NULL)
      return NULL;
    sum_pps += bench->streams[i].rate_pps;
  }
  VrStream *streams = g_memdup2 (bench->streams, bench->streams_count * sizeof *streams);
  for (guint i = 0; i < bench->streams_count; i++) {
    guint64 share_pps = streams[i].rate_pps;
    streams[i].id |= UNCOUNTED_ID;
    streams[i].count = 0;
    streams[i].rate_pps
        = MAX ((guint64) ((unsigned __int128) share_pps * FLAT_OUT_PPS / sum_pps), 1000);
  }
  return streams;
}

static gboolean
send_once (const VrSenderOptions *options, guint64 *rate_pps, GError **error)
{
  VrSenderResult sent;
  g_autoptr (VrSender) sender = vr_sender_new (options, error);
  if (sender == NULL || !vr_sender_run (sender, &sent, error))
    return FALSE;
  *rate_pps = sent.duration_ns != 0
                  ? (guint64) ((unsigned __int128) sent.sent * NS_PER_S / sent.duration_ns)
                  : 0;
  return TRUE;
}

gboolean
vr_ceiling_measure (const VrBench *bench, const VrTrialRequest *request, const char *generator,
                    guint64 *ceiling_pps, GError **error)
{
  g_autofree VrStream *streams = flat_out_streams (bench);
  const VrClock *clock = request->clock;
  guint64 best_pps = 0, rate_pps = 0;
  VrSenderOptions options = { .netns_fd = bench->from_netns,
                              .ifname = bench->from_ifname,
                              .streams = streams,
                              .streams_count = bench->streams_count,
                              .duration_ns = SENDING_NS,
                              .generator = generator,
                              .xdp = request->xdp,
                              .run_dir = bench->run_dir,
                              .clock = clock };
  for (guint i = 0; i < SENDINGS && streams != NULL; i++) {
    if (!send_once (&options, &rate_pps, error))
      return FALSE;
    best_pps = MAX (best_pps, rate_pps);
  }
  guint64 end_ns = clock->now_ns (clock->data) + SETTLE_NS;
  while (streams != NULL && clock->now_ns (clock->data) < end_ns)
    clock->wait_until (clock->data, end_ns);
  *ceiling_pps = best_pps;
  return TRUE;
}
