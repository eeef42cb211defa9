/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traffic/vr-tally.h"

VrTally *
vr_tally_new (guint16 stream, guint64 frames)
{
  VrTally *tally = g_new0 (VrTally, 1);
  tally->stream = stream;
  tally->frames = frames;
  tally->seen = g_new0 (guint64, frames / 64 + 1);
  return tally;
}

void
vr_tally_free (VrTally *tally)
{
  g_free (tally->seen);
  g_free (tally);
}

gboolean
vr_tally_has (const VrTally *tally, guint32 sequence)
{
  return sequence < tally->frames && (tally->seen[sequence / 64] >> (sequence % 64) & 1) != 0;
}

static void
measure (VrTally *tally, guint8 ttl, guint64 latency_ns)
{
  gboolean first = tally->received == 0;
  tally->ttl_min = first ? ttl : MIN (tally->ttl_min, ttl);
  tally->ttl_max = first ? ttl : MAX (tally->ttl_max, ttl);
  if (latency_ns == VR_TALLY_NO_LATENCY)
    return;
  guint64 last_ns = tally->latency_last_ns;
  vr_histogram_add (&tally->latency_ns, latency_ns);
  if (!first)
    vr_histogram_add (&tally->jitter_ns, MAX (latency_ns, last_ns) - MIN (latency_ns, last_ns));
  tally->latency_last_ns = latency_ns;
}

void
vr_tally_add (VrTally *tally, guint32 sequence, guint8 ttl, guint64 latency_ns)
{
  if (sequence >= tally->frames) {
    tally->unexpected++;
    return;
  }
  if (vr_tally_has (tally, sequence)) {
    tally->duplicated++;
    return;
  }
  tally->seen[sequence / 64] |= 1ull << (sequence % 64);
  measure (tally, ttl, latency_ns);
  tally->received++;
  if (sequence < tally->next_expected)
    tally->reordered++;
  else
    tally->next_expected = (guint64) sequence + 1;
}

guint64
vr_tally_lost (const VrTally *tally, guint64 sent)
{
  return sent - MIN (sent, tally->received);
}
