/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "balance/vr-balance-digest.h"

#include <stdlib.h>

#define ROOM_MIN 64

/* The last step of MurmurHash3 (fmix64). */
static uint64_t
mix (uint64_t value)
{
  value ^= value >> 33;
  value *= 0xff51afd7ed558ccdULL;
  value ^= value >> 33;
  value *= 0xc4ceb9fe1a85ec53ULL;
  return value ^ value >> 33;
}

/* FNV-1a with 64 bits. */
uint64_t
vr_digest_hash (uint64_t before, const void *bytes, size_t length)
{
  const uint8_t *each = bytes;
  uint64_t hash = before ^ 0xcbf29ce484222325ULL;
  for (size_t i = 0; i < length; i++)
    hash = (hash ^ each[i]) * 0x100000001b3ULL;
  return mix (hash);
}

static uint64_t
part_of (const VrDigestEntry *entry)
{
  return mix (entry->key + mix (entry->value));
}

/* The key's entry, or the free one where it belongs. There is a free one. */
static size_t
place_of (const VrDigestEntry *entries, size_t room, uint64_t key)
{
  size_t place = key & (room - 1);
  while (entries[place].key != 0 && entries[place].key != key)
    place = (place + 1) & (room - 1);
  return place;
}

static bool
make_room (VrDigest *digest)
{
  if (2 * (digest->count + 1) <= digest->room)
    return true;
  size_t room = digest->room == 0 ? ROOM_MIN : 2 * digest->room;
  VrDigestEntry *entries = calloc (room, sizeof *entries);
  if (entries == NULL)
    return false;
  for (size_t i = 0; i < digest->room; i++)
    if (digest->entries[i].key != 0)
      entries[place_of (entries, room, digest->entries[i].key)] = digest->entries[i];
  free (digest->entries);
  digest->entries = entries;
  digest->room = room;
  return true;
}

bool
vr_digest_put (VrDigest *digest, uint64_t key, uint64_t value)
{
  VrDigestEntry next = { .key = key == 0 ? 1 : key, .value = value };
  if (!make_room (digest))
    return false;
  VrDigestEntry *entry = &digest->entries[place_of (digest->entries, digest->room, next.key)];
  if (entry->key == 0)
    digest->count++;
  else
    digest->sum -= part_of (entry);
  *entry = next;
  digest->sum += part_of (entry);
  return true;
}

/* Those behind it that would not be found any more move into the gap (Knuth, The Art of Computer
 * Programming, volume 3, section 6.4, algorithm R). */
static void
close_gap (VrDigest *digest, size_t gap)
{
  size_t mask = digest->room - 1;
  for (size_t i = (gap + 1) & mask; digest->entries[i].key != 0; i = (i + 1) & mask) {
    size_t home = digest->entries[i].key & mask;
    if (((i - home) & mask) < ((i - gap) & mask))
      continue;
    digest->entries[gap] = digest->entries[i];
    gap = i;
  }
  digest->entries[gap].key = 0;
}

void
vr_digest_drop (VrDigest *digest, uint64_t key)
{
  uint64_t wanted = key == 0 ? 1 : key;
  if (digest->room == 0)
    return;
  size_t place = place_of (digest->entries, digest->room, wanted);
  if (digest->entries[place].key == 0)
    return;
  digest->sum -= part_of (&digest->entries[place]);
  digest->count--;
  close_gap (digest, place);
}

void
vr_digest_clear (VrDigest *digest)
{
  free (digest->entries);
  *digest = (VrDigest){ 0 };
}
