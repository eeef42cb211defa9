/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The account of one stream: every sequence number is known to have come never, once or again. */
#pragma once

#include "traffic/vr-histogram.h"

typedef struct {
  guint16 stream;
  guint64 frames;     /* sequence numbers 0 to frames - 1 are known */
  guint64 received;   /* different frames that came, whole */
  guint64 duplicated; /* further copies of such */
  /* Frames whose number is below one that came before: Type-P-Reordered of RFC 4737, 3.3. Copies
   * are not counted. */
  guint64 reordered;
  guint64 unexpected;      /* whole frames with a number beyond `frames` */
  guint8 ttl_min, ttl_max; /* of `received`; 0 where nothing was */
  VrHistogram latency_ns;  /* of `received` */
  /* By how much the latency of each but the first differs from that of the one that came before it:
   * inter-packet delay variation (RFC 5481, 4.1), without its sign. */
  VrHistogram jitter_ns;
  guint64 latency_last_ns;

  guint64 next_expected; /* the number after the highest that came */
  guint64 *seen;         /* a bit a number */
} VrTally;

/* `frames` at most 2^32. All memory is taken here: adding takes none. */
VrTally *vr_tally_new (guint16 stream, guint64 frames);
void vr_tally_free (VrTally *tally);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrTally, vr_tally_free)

#define VR_TALLY_NO_LATENCY G_MAXUINT64

/* Accounts for one whole frame that came; a latency of VR_TALLY_NO_LATENCY is not counted. */
void vr_tally_add (VrTally *tally, guint32 sequence, guint8 ttl, guint64 latency_ns);

/* Of the `sent` frames of the stream, those that never came whole; a damaged one is lost too. */
guint64 vr_tally_lost (const VrTally *tally, guint64 sent);

/* Whether frame `sequence` came. */
gboolean vr_tally_has (const VrTally *tally, guint32 sequence);
