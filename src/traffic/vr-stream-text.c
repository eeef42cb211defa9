/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traffic/vr-stream-text.h"

#include <string.h>
#include <sys/socket.h>

#include "base/vr-error.h"
#include "base/vr-name.h"
#include "base/vr-unit.h"

/* What the clock can pace: a frame a ns. */
#define RATE_MAX_PPS 1000000000ull
#define RATE_MAX_BPS 1000000000000ull

typedef gboolean (*Setter) (VrStream *stream, const char *value);

static gboolean
set_number (const char *value, guint64 least, guint64 most, guint64 *number)
{
  return g_ascii_string_to_unsigned (value, 10, least, most, number, NULL);
}

/* "12.5%" */
static gboolean
parse_share (const char *value, double *share)
{
  char *rest;
  if (!g_ascii_isdigit (*value))
    return FALSE;
  *share = g_ascii_strtod (value, &rest) / 100;
  return strcmp (rest, "%") == 0 && *share > 0 && *share <= 1;
}

static gboolean
set_rate (VrStream *stream, const char *value)
{
  guint64 rate_pps = 0, rate_bps = 0;
  double share = 0;
  if (g_str_has_suffix (value, "%")) {
    if (!parse_share (value, &share))
      return FALSE;
  } else if (vr_unit_parse_packet_rate (value, &rate_pps, NULL)) {
    if (rate_pps == 0 || rate_pps > RATE_MAX_PPS)
      return FALSE;
  } else if (!vr_unit_parse_bit_rate (value, &rate_bps, NULL) || rate_bps == 0
             || rate_bps > RATE_MAX_BPS) {
    return FALSE;
  }
  stream->rate_pps = rate_pps;
  stream->rate_rest = 0;
  stream->rate_bps = rate_bps;
  stream->rate_share = share;
  return TRUE;
}

static gboolean
set_size (VrStream *stream, const char *value)
{
  static const char imix[] = "64,64,570,64,64,570,64,64,570,64,570,1518";
  g_auto (GStrv) words = g_strsplit (strcmp (value, "imix") == 0 ? imix : value, ",", -1);
  VrStream set = { .sizes_count = g_strv_length (words) };
  if (set.sizes_count == 0 || set.sizes_count > VR_STREAM_SIZES_MAX)
    return FALSE;
  for (guint i = 0; i < set.sizes_count; i++) {
    guint64 size;
    if (!set_number (words[i], 1, VR_FRAME_SIZE_MAX, &size))
      return FALSE;
    set.sizes[i] = (guint) size;
  }
  stream->sizes_count = set.sizes_count;
  memcpy (stream->sizes, set.sizes, sizeof set.sizes);
  return TRUE;
}

static gboolean
set_count (VrStream *stream, const char *value)
{
  return set_number (value, 1, 1ull << 32, &stream->count);
}

static gboolean
set_flows (VrStream *stream, const char *value)
{
  guint64 flows;
  g_auto (GStrv) words = g_strsplit (value, ",", 2);
  gboolean is_random = words[0] != NULL && words[1] != NULL;
  if (words[0] == NULL || !set_number (words[0], 1, VR_FLOWS_MAX, &flows)
      || (is_random && strcmp (words[1], "random") != 0))
    return FALSE;
  stream->flows = (guint) flows;
  stream->flow_order = is_random ? VR_FLOWS_RANDOM : VR_FLOWS_IN_TURN;
  return TRUE;
}

static gboolean
set_departures (VrStream *stream, const char *value)
{
  guint64 burst = 0;
  if (g_str_has_prefix (value, "burst:")) {
    if (!set_number (value + strlen ("burst:"), 1, G_MAXUINT16, &burst))
      return FALSE;
    stream->departure = VR_DEPART_BURST;
  } else if (strcmp (value, "poisson") == 0) {
    stream->departure = VR_DEPART_POISSON;
  } else if (strcmp (value, "constant") == 0) {
    stream->departure = VR_DEPART_CONSTANT;
  } else {
    return FALSE;
  }
  stream->burst = (guint) burst;
  return TRUE;
}

static gboolean
set_family (VrStream *stream, const char *value)
{
  if (strcmp (value, "4") != 0 && strcmp (value, "6") != 0)
    return FALSE;
  stream->frame.source.family = *value == '4' ? AF_INET : AF_INET6;
  stream->frame.destination.family = stream->frame.source.family;
  return TRUE;
}

static gboolean
set_source (VrStream *stream, const char *value)
{
  VrPrefix *source = &stream->frame.source;
  if (!vr_prefix_parse (value, source, NULL) || !vr_prefix_is_host (source))
    return FALSE;
  if (!vr_stream_has_destination (stream))
    stream->frame.destination.family = source->family;
  return TRUE;
}

static gboolean
set_destination (VrStream *stream, const char *value)
{
  VrPrefix *destination = &stream->frame.destination;
  gboolean to_network = strchr (value, '/') != NULL;
  if (!(to_network ? vr_prefix_parse : vr_prefix_parse_address) (value, destination, NULL)
      || !vr_prefix_is_host (destination))
    return FALSE;
  stream->to_network = to_network;
  if (!vr_stream_has_source (stream))
    stream->frame.source.family = destination->family;
  return TRUE;
}

static gboolean
set_next_hop (VrStream *stream, const char *value)
{
  return vr_mac_parse (value, &stream->frame.destination_mac, NULL)
         && vr_mac_is_unicast (&stream->frame.destination_mac);
}

static gboolean
set_vlan (VrStream *stream, const char *value)
{
  guint64 vlan;
  if (!set_number (value, 1, 4094, &vlan))
    return FALSE;
  stream->frame.vlan = (guint) vlan;
  return TRUE;
}

static gboolean
set_ttl (VrStream *stream, const char *value)
{
  guint64 ttl;
  if (!set_number (value, 1, G_MAXUINT8, &ttl))
    return FALSE;
  stream->frame.ttl = (guint8) ttl;
  return TRUE;
}

static const struct {
  const char *key;
  Setter set;
  const char *form;
} rows[] = {
  { "rate", set_rate,
    "a packet rate up to 1000Mpps, a bit rate up to 1000Gbit/s or a share of the line rate up to "
    "100%, above 0, such as 50kpps, 100Mbit/s, 12.5%" },
  { "size", set_size, "sizes in bytes with commas between, at most 64 up to 9022, or imix" },
  { "count", set_count, "1 to 4294967296 frames" },
  { "flows", set_flows, "1 to 1000000, in turn or, with \",random\" behind, chosen evenly" },
  { "departures", set_departures, "constant, poisson, or burst:N with N of 1 to 65535" },
  { "ip", set_family, "4 or 6" },
  { "source", set_source, "an address and the length of its network, such as 198.18.1.2/24" },
  { "destination", set_destination,
    "an address, such as 198.18.2.2, for flows to many with the length of their network, "
    "198.18.2.2/24" },
  { "next-hop", set_next_hop, "a MAC address, such as 52:54:00:00:00:01" },
  { "vlan", set_vlan, "1 to 4094" },
  { "ttl", set_ttl, "1 to 255" },
};

gboolean
vr_stream_set (VrStream *stream, const char *key, const char *value, GError **error)
{
  GString *keys = g_string_new (NULL);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_string_append_printf (keys, "%s%s", i > 0 ? ", " : "", rows[i].key);
    if (strcmp (rows[i].key, key) != 0)
      continue;
    g_string_free (keys, TRUE);
    if (rows[i].set (stream, value))
      return TRUE;
    g_autofree char *quoted = vr_name_quote (value);
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "%s=%s: %s", key, quoted, rows[i].form);
    return FALSE;
  }
  g_autofree char *known = g_string_free (keys, FALSE);
  g_autofree char *quoted = vr_name_quote (key);
  g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "a stream has no \"%s\"; it has %s", quoted, known);
  return FALSE;
}

gboolean
vr_stream_parse (const char *text, VrStream *stream, GError **error)
{
  VrStream parsed = *stream;
  g_auto (GStrv) words = g_strsplit_set (text, " \t", -1);
  for (char **word = words; *word != NULL; word++) {
    if (**word == '\0')
      continue;
    char *equals = strchr (*word, '=');
    if (equals != NULL)
      *equals = '\0';
    if (!vr_stream_set (&parsed, *word, equals != NULL ? equals + 1 : "", error))
      return FALSE;
  }
  *stream = parsed;
  return TRUE;
}

gboolean
vr_stream_parse_line_rate (const char *text, guint64 *line_rate_bps, GError **error)
{
  guint64 bps;
  if (!vr_unit_parse_bit_rate (text, &bps, error)) {
    if (error != NULL && *error != NULL)
      (*error)->code = VR_ERROR_USAGE;
    return FALSE;
  }
  if (bps == 0 || bps > RATE_MAX_BPS) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "%s is not above 0 and up to 1000Gbit/s", text);
    return FALSE;
  }
  *line_rate_bps = bps;
  return TRUE;
}
