/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Replayed frames known again by what a router leaves as it is: all but the Ethernet header with
 * its tags, padding, the TTL (hop limit) and IPv4's header checksum. A hash of that, of 64 bits, is
 * a frame's key; frames of a file that are alike have one. */
#pragma once

#include "traffic/vr-capture.h"

/* Frames that are alike. */
typedef struct {
  guint64 key;
  guint64 expected; /* how many are sent */
  guint64 arrived;
} VrMatchKind;

typedef struct VrMatch VrMatch;

/* For a replay of `frames` frames of the capture, in turn and over again. The capture is not kept;
 * all memory is taken here. */
VrMatch *vr_match_new (const VrCapture *capture, guint64 frames);
void vr_match_free (VrMatch *match);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrMatch, vr_match_free)

/* Only the first `frames` of the replay were sent: how many of each kind are expected, then. */
void vr_match_expect (VrMatch *match, guint64 frames);

/* Over all kinds, the frames that came of those that are expected, and the others. */
void vr_match_count (const VrMatch *match, guint64 *received, guint64 *duplicated);

/* The kind of a frame that came, without FCS; NULL for one that is not of the replay. */
VrMatchKind *vr_match_find (const VrMatch *match, const guint8 *bytes, gsize length);
