/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Internet checksum (RFC 1071) in parts: sums of 16-bit words in network order that are added,
 * folded and complemented where a header wants them. */
#pragma once

#include <glib.h>

/* `sum` plus the words of `bytes`; an odd last byte is padded with zero. `length` at most 65535. */
guint32 vr_checksum_add (guint32 sum, const guint8 *bytes, gsize length);

/* The sum in 16 bits, with the carries added in (not complemented). */
guint16 vr_checksum_fold (guint32 sum);
