/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traffic/vr-match.h"

#include <net/ethernet.h>

#include "traffic/vr-frame-format.h"
#include "traffic/vr-frame.h"

struct VrMatch {
  VrMatchKind *kinds;
  guint kinds_count;
  guint *kind_of; /* of each frame of the capture, its number among `kinds` */
  guint frames_count;
  GHashTable *by_key; /* guint64 * within a kind -> the kind */
};

/* FNV-1a, draft-eastlake-fnv: start and factor for 64 bits. */
#define HASH_START 0xcbf29ce484222325u
#define HASH_FACTOR 0x100000001b3u

static guint64
hash (guint64 sum, const guint8 *bytes, gsize length)
{
  for (gsize i = 0; i < length; i++)
    sum = (sum ^ bytes[i]) * HASH_FACTOR;
  return sum;
}

/* As hash(), with `skipped` bytes at `offset` left out. */
static guint64
hash_but (guint64 sum, const guint8 *bytes, gsize length, gsize offset, gsize skipped)
{
  sum = hash (sum, bytes, MIN (offset, length));
  return length > offset + skipped ? hash (sum, bytes + offset + skipped, length - offset - skipped)
                                   : sum;
}

static guint64
find_key (const guint8 *bytes, gsize length)
{
  gsize header = MIN (vr_frame_header (bytes, length), length);
  const guint8 *p = bytes + header;
  gsize rest = length - header;
  guint16 type = vr_frame_get16 (p - 2);
  guint64 sum = hash (HASH_START, p - 2, 2);
  if (type == ETHERTYPE_IP && rest >= FRAME_IPV4) {
    sum = hash (sum, p, 8);
    /* Behind the TTL stands the protocol, then the checksum. */
    sum = hash (sum, p + 9, 1);
    return hash (sum, p + 12, MAX (MIN (vr_frame_get16 (p + 2), rest), 12) - 12);
  }
  if (type == ETHERTYPE_IPV6 && rest >= FRAME_IPV6)
    return hash_but (sum, p, MIN ((gsize) FRAME_IPV6 + vr_frame_get16 (p + 4), rest), 7, 1);
  return hash (sum, p, rest);
}

VrMatch *
vr_match_new (const VrCapture *capture, guint64 frames)
{
  VrMatch *match = g_new0 (VrMatch, 1);
  match->kinds = g_new0 (VrMatchKind, capture->count);
  match->kind_of = g_new0 (guint, capture->count);
  match->frames_count = capture->count;
  match->by_key = g_hash_table_new (g_int64_hash, g_int64_equal);
  for (guint i = 0; i < capture->count; i++) {
    guint64 key = find_key (capture->frames[i].bytes, capture->frames[i].length);
    VrMatchKind *kind = g_hash_table_lookup (match->by_key, &key);
    if (kind == NULL) {
      kind = &match->kinds[match->kinds_count++];
      kind->key = key;
      g_hash_table_insert (match->by_key, &kind->key, kind);
    }
    match->kind_of[i] = (guint) (kind - match->kinds);
  }
  vr_match_expect (match, frames);
  return match;
}

void
vr_match_expect (VrMatch *match, guint64 frames)
{
  guint64 rounds = frames / match->frames_count, rest = frames % match->frames_count;
  for (guint i = 0; i < match->kinds_count; i++)
    match->kinds[i].expected = 0;
  for (guint i = 0; i < match->frames_count; i++)
    match->kinds[match->kind_of[i]].expected += rounds + (i < rest ? 1 : 0);
}

void
vr_match_count (const VrMatch *match, guint64 *received, guint64 *duplicated)
{
  guint64 whole = 0, again = 0;
  for (guint i = 0; i < match->kinds_count; i++) {
    guint64 first = MIN (match->kinds[i].arrived, match->kinds[i].expected);
    whole += first;
    again += match->kinds[i].arrived - first;
  }
  *received = whole;
  *duplicated = again;
}

void
vr_match_free (VrMatch *match)
{
  g_hash_table_unref (match->by_key);
  g_free (match->kinds);
  g_free (match->kind_of);
  g_free (match);
}

VrMatchKind *
vr_match_find (const VrMatch *match, const guint8 *bytes, gsize length)
{
  if (length < FRAME_ETHERNET)
    return NULL;
  guint64 key = find_key (bytes, length);
  return g_hash_table_lookup (match->by_key, &key);
}
