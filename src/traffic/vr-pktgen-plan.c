/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traffic/vr-pktgen-plan.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/vr-error.h"
#include "traffic/vr-frame-format.h"

#define PORT_LEAST 1024

static guint
size_of (const VrStream *stream)
{
  return stream->sizes_count > 0 ? stream->sizes[0] : stream->frame.size;
}

static guint
least_size (const VrFrameSpec *frame)
{
  guint tag = frame->vlan != 0 ? FRAME_TAG : 0;
  guint network = frame->source.family == AF_INET6 ? FRAME_IPV6 : FRAME_IPV4;
  return MAX (64, FRAME_ETHERNET + tag + network + FRAME_UDP + FRAME_PKTGEN + VR_FRAME_FCS);
}

/* Why not; NULL: it can be sent. */
static char *
find_obstacle (const VrStream *stream, guint count)
{
  const VrFrameSpec *frame = &stream->frame;
  if (count > 1)
    return g_strdup_printf ("sends one stream, not %u", count);
  if (stream->capture != NULL)
    return g_strdup ("replays no file");
  if (stream->departure != VR_DEPART_CONSTANT)
    return g_strdup ("has constant departures alone");
  if (stream->sizes_count > 1)
    return g_strdup_printf ("sends frames of one size, not %u in turn", stream->sizes_count);
  if (stream->flows > VR_PKTGEN_FLOWS_MAX)
    return g_strdup_printf ("sends at most %d flows, not %u", VR_PKTGEN_FLOWS_MAX, stream->flows);
  if (vr_stream_destinations (stream) > 1)
    return g_strdup ("sends flows to one destination");
  if (frame->ttl != VR_STREAM_TTL && frame->ttl != VR_PKTGEN_TTL)
    return g_strdup_printf ("sends a TTL of %d, not %u", VR_PKTGEN_TTL, frame->ttl);
  if (size_of (stream) < least_size (frame))
    return g_strdup_printf ("has a header of 16 bytes: %u bytes are the least here, not %u",
                            least_size (frame), size_of (stream));
  return NULL;
}

gboolean
vr_pktgen_check (const VrStream *streams, guint count, GError **error)
{
  g_autofree char *obstacle = find_obstacle (&streams[0], count);
  if (obstacle == NULL)
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
               "the kernel's pktgen %s: take the generator packet, xdp or auto", obstacle);
  return FALSE;
}

G_GNUC_PRINTF (2, 3)
static void
add (GPtrArray *lines, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_ptr_array_add (lines, g_strdup_vprintf (format, arguments));
  va_end (arguments);
}

static void
add_addresses (GPtrArray *lines, const VrFrameSpec *frame)
{
  char text[VR_PREFIX_TEXT_SIZE], mac[VR_MAC_TEXT_SIZE];
  gboolean is_ipv6 = frame->source.family == AF_INET6;
  add (lines, "dst_mac %s", vr_mac_print (&frame->destination_mac, mac));
  add (lines, "src_mac %s", vr_mac_print (&frame->source_mac, mac));
  add (lines, "%s %s", is_ipv6 ? "dst6" : "dst_min",
       vr_prefix_print_address (&frame->destination, text));
  add (lines, "%s %s", is_ipv6 ? "src6" : "src_min",
       vr_prefix_print_address (&frame->source, text));
}

/* Where both bounds are one it is always that; else the last one is not taken. */
static void
add_flows (GPtrArray *lines, const VrStream *stream)
{
  guint first = stream->flows > 1 ? PORT_LEAST : stream->frame.source_port;
  guint bound = stream->flows > 1 ? first + stream->flows : first;
  add (lines, "udp_src_min %u", first);
  add (lines, "udp_src_max %u", bound);
  add (lines, "udp_dst_min %u", stream->frame.destination_port);
  add (lines, "udp_dst_max %u", stream->frame.destination_port);
  if (stream->flows > 1 && stream->flow_order == VR_FLOWS_RANDOM)
    add (lines, "flag UDPSRC_RND");
}

char **
vr_pktgen_settings (const VrStream *stream, guint64 frames)
{
  GPtrArray *lines = g_ptr_array_new ();
  add (lines, "count %" G_GUINT64_FORMAT, frames);
  add (lines, "pkt_size %u", size_of (stream) - VR_FRAME_FCS);
  add (lines, "clone_skb 0");
  if (stream->rate_rest != 0)
    add (lines, "delay %" G_GUINT64_FORMAT,
         G_GUINT64_CONSTANT (1000000000000) / vr_stream_rate_mpps (stream));
  else if (stream->rate_pps != 0)
    add (lines, "ratep %" G_GUINT64_FORMAT, stream->rate_pps);
  else
    add (lines, "delay 0");
  add_addresses (lines, &stream->frame);
  add_flows (lines, stream);
  if (stream->frame.vlan != 0)
    add (lines, "vlan_id %u", stream->frame.vlan);
  g_ptr_array_add (lines, NULL);
  return (char **) g_ptr_array_free (lines, FALSE);
}

gboolean
vr_pktgen_parse_status (const char *text, VrPktgenStatus *status)
{
  const char *counts = strstr (text, "pkts-sofar:"), *times = strstr (text, "started:");
  VrPktgenStatus found;
  if (counts == NULL || times == NULL
      || sscanf (counts, "pkts-sofar: %" G_GUINT64_FORMAT " errors: %" G_GUINT64_FORMAT,
                 &found.sent, &found.dropped)
             != 2
      || sscanf (times, "started: %" G_GUINT64_FORMAT "us stopped: %" G_GUINT64_FORMAT "us",
                 &found.started_us, &found.stopped_us)
             != 2)
    return FALSE;
  *status = found;
  return TRUE;
}
