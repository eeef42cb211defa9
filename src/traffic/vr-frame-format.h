/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bytes of a test frame, shared by the builder and the parser. */
#pragma once

#include <glib.h>

#define FRAME_MAGIC 0x5652 /* "VR" */
#define FRAME_TIME_MASK ((1ull << 48) - 1)
#define FRAME_ETHERNET 14 /* bytes of headers, as the next four */
#define FRAME_TAG 4
#define FRAME_IPV4 20
#define FRAME_IPV6 40
#define FRAME_UDP 8
#define FRAME_PKTGEN 16               /* the header that the kernel's pktgen has in its payload */
#define FRAME_PKTGEN_MAGIC 0xbe9be955 /* net/core/pktgen.c, PKTGEN_MAGIC */

static inline void
vr_frame_put16 (guint8 *p, guint16 value)
{
  p[0] = (guint8) (value >> 8);
  p[1] = (guint8) value;
}

static inline void
vr_frame_put32 (guint8 *p, guint32 value)
{
  vr_frame_put16 (p, (guint16) (value >> 16));
  vr_frame_put16 (p + 2, (guint16) value);
}

static inline guint16
vr_frame_get16 (const guint8 *p)
{
  return (guint16) ((p[0] << 8) | p[1]);
}

static inline guint32
vr_frame_get32 (const guint8 *p)
{
  return ((guint32) vr_frame_get16 (p) << 16) | vr_frame_get16 (p + 2);
}

/* Byte `i` of the payload before the signature. */
static inline guint8
vr_frame_pattern (gsize i)
{
  return (guint8) (0xa5u ^ (i * 29u));
}
