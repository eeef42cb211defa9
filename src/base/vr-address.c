/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/vr-address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/vr-error.h"
#include "base/vr-name.h"

static guint
family_bits (int family)
{
  return family == AF_INET ? 32 : 128;
}

gboolean
vr_prefix_parse_address (const char *text, VrPrefix *prefix, GError **error)
{
  VrPrefix parsed = { .family = strchr (text, ':') != NULL ? AF_INET6 : AF_INET };
  if (inet_pton (parsed.family, text, parsed.bytes) != 1)
    return vr_name_refuse (error, text, "is not an IPv4 or IPv6 address");
  parsed.length = family_bits (parsed.family);
  *prefix = parsed;
  return TRUE;
}

gboolean
vr_prefix_parse (const char *text, VrPrefix *prefix, GError **error)
{
  const char *slash = strchr (text, '/');
  VrPrefix parsed = { 0 };
  if (slash == NULL) {
    if (!vr_prefix_parse_address (text, &parsed, NULL))
      return vr_name_refuse (error, text, "is not ADDRESS/LENGTH, as 198.18.0.1/24");
    return vr_name_refuse (error, text,
                           "has no prefix length: write it as ADDRESS/LENGTH, as %s/%u", text,
                           parsed.family == AF_INET6 ? 64 : 24);
  }
  g_autofree char *address = g_strndup (text, (gsize) (slash - text));
  if (!vr_prefix_parse_address (address, &parsed, error))
    return FALSE;
  guint64 length;
  if (!g_ascii_string_to_unsigned (slash + 1, 10, 0, parsed.length, &length, NULL))
    return vr_name_refuse (error, text, "has no good prefix length: a number from 0 to %u",
                           parsed.length);
  parsed.length = (guint) length;
  *prefix = parsed;
  return TRUE;
}

const char *
vr_prefix_print_address (const VrPrefix *prefix, char text[VR_PREFIX_TEXT_SIZE])
{
  inet_ntop (prefix->family, prefix->bytes, text, VR_PREFIX_TEXT_SIZE);
  return text;
}

const char *
vr_prefix_print (const VrPrefix *prefix, char text[VR_PREFIX_TEXT_SIZE])
{
  vr_prefix_print_address (prefix, text);
  gsize used = strlen (text);
  g_snprintf (text + used, VR_PREFIX_TEXT_SIZE - used, "/%u", prefix->length);
  return text;
}

static gboolean
same_bits (const guint8 *a, const guint8 *b, guint bits)
{
  guint whole = bits / 8;
  if (memcmp (a, b, whole) != 0)
    return FALSE;
  guint rest = bits % 8;
  if (rest == 0)
    return TRUE;
  guint8 mask = (guint8) (0xff << (8 - rest));
  return (a[whole] & mask) == (b[whole] & mask);
}

gboolean
vr_prefix_contains (const VrPrefix *outer, const VrPrefix *inner)
{
  return outer->family == inner->family && same_bits (outer->bytes, inner->bytes, outer->length);
}

gboolean
vr_prefix_same_address (const VrPrefix *a, const VrPrefix *b)
{
  return a->family == b->family && same_bits (a->bytes, b->bytes, family_bits (a->family));
}

/* The bits behind the prefix length: whether all are `value`. */
static gboolean
host_bits_are (const VrPrefix *prefix, guint value)
{
  for (guint bit = prefix->length; bit < family_bits (prefix->family); bit++)
    if (((prefix->bytes[bit / 8] >> (7 - bit % 8)) & 1u) != value)
      return FALSE;
  return TRUE;
}

VrPrefix
vr_prefix_network (const VrPrefix *prefix)
{
  VrPrefix network = *prefix;
  for (guint bit = network.length; bit < family_bits (network.family); bit++)
    network.bytes[bit / 8] &= (guint8) ~(0x80 >> (bit % 8));
  return network;
}

VrPrefix
vr_prefix_next (const VrPrefix *network)
{
  VrPrefix next = *network;
  for (guint bit = next.length; bit > 0; bit--) {
    guint8 mask = (guint8) (0x80 >> ((bit - 1) % 8));
    next.bytes[(bit - 1) / 8] ^= mask;
    if ((next.bytes[(bit - 1) / 8] & mask) != 0)
      break;
  }
  return next;
}

gboolean
vr_prefix_is_network (const VrPrefix *prefix)
{
  return host_bits_are (prefix, 0);
}

gboolean
vr_prefix_is_host (const VrPrefix *prefix)
{
  const guint8 *b = prefix->bytes;
  if (prefix->family == AF_INET) {
    if (b[0] == 0 || b[0] == 127 || b[0] >= 224)
      return FALSE;
    return prefix->length >= 31 || !(host_bits_are (prefix, 0) || host_bits_are (prefix, 1));
  }
  static const guint8 zero[15];
  gboolean loopback_or_zero = memcmp (b, zero, sizeof zero) == 0 && b[15] <= 1;
  if (b[0] == 0xff || loopback_or_zero)
    return FALSE;
  return prefix->length >= 127 || !host_bits_are (prefix, 0);
}

gboolean
vr_mac_parse (const char *text, VrMac *mac, GError **error)
{
  VrMac parsed;
  gboolean good = strlen (text) == 17;
  for (guint i = 0; good && i < 6; i++) {
    int high = g_ascii_xdigit_value (text[3 * i]);
    int low = g_ascii_xdigit_value (text[3 * i + 1]);
    good = high >= 0 && low >= 0 && (i == 5 || text[3 * i + 2] == ':');
    parsed.bytes[i] = good ? (guint8) ((high << 4) | low) : 0;
  }
  if (!good)
    return vr_name_refuse (error, text,
                           "is not a MAC address: six hex bytes with colons, as 52:54:00:12:34:56");
  *mac = parsed;
  return TRUE;
}

const char *
vr_mac_print (const VrMac *mac, char text[VR_MAC_TEXT_SIZE])
{
  const guint8 *b = mac->bytes;
  g_snprintf (text, VR_MAC_TEXT_SIZE, "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4],
              b[5]);
  return text;
}

gboolean
vr_mac_is_unicast (const VrMac *mac)
{
  static const guint8 zero[6];
  return (mac->bytes[0] & 1) == 0 && memcmp (mac->bytes, zero, sizeof zero) != 0;
}

VrMac
vr_mac_derive (const char *seed)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_checksum_update (sum, (const guchar *) seed, -1);
  guint8 digest[32];
  gsize size = sizeof digest;
  g_checksum_get_digest (sum, digest, &size);
  return (VrMac){ { 0x52, 0x54, 0x00, digest[0], digest[1], digest[2] } };
}
