/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traffic/vr-checksum.h"

guint16
vr_checksum_fold (guint32 sum)
{
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return (guint16) sum;
}

guint32
vr_checksum_add (guint32 sum, const guint8 *bytes, gsize length)
{
  /* 32767 words of 16 bits and a folded sum fit 32 bits. */
  guint32 total = vr_checksum_fold (sum);
  gsize i = 0;
  for (; i + 1 < length; i += 2)
    total += ((guint32) bytes[i] << 8) | bytes[i + 1];
  if (i < length)
    total += (guint32) bytes[i] << 8;
  return total;
}
