/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/vr-traffic-options.h"

#include <stdio.h>

#include "base/vr-error.h"
#include "base/vr-unit.h"
#include "traffic/vr-stream-text.h"

#define TICKER_NS 200000000ull
#define NS_PER_S 1000000000ull
#define DURATION_MAX_NS (24 * 3600 * NS_PER_S)

static char *from, *to, *router;
static char *size, *flows, *departures, *ip, *vlan, *ttl;
static char *source, *destination, *next_hop;
static char *generator, *xdp_mode, *xdp_copy, *receiver;
static char **stream_texts;
static gint64 seed = 1;
static gboolean self_test;

static const GOptionEntry options[] = {
  { "from", 0, 0, G_OPTION_ARG_STRING, &from,
    "port to send from (default: the router's first); without a lab the interface, IFNAME or "
    "NETNS/IFNAME",
    "PORT" },
  { "to", 0, 0, G_OPTION_ARG_STRING, &to,
    "port to receive at (default: the router's last); without a lab the interface", "PORT" },
  { "router", 0, 0, G_OPTION_ARG_STRING, &router,
    "router to go through (default: the first, or a chain)", "ROUTER" },
  { "size", 's', 0, G_OPTION_ARG_STRING, &size,
    "frame size in bytes, with FCS; several in turn, with commas between; or imix (default: 64)",
    "BYTES" },
  { "flows", 0, 0, G_OPTION_ARG_STRING, &flows,
    "flows, by destination where that has a length, then source port, then source address; in turn "
    "or, as N,random, chosen evenly (default: 1)",
    "N" },
  { "departures", 0, 0, G_OPTION_ARG_STRING, &departures,
    "constant, poisson, or burst:N (default: constant)", "HOW" },
  { "ip", 0, 0, G_OPTION_ARG_STRING, &ip, "version of IP, 4 or 6 (default: 4)", "VERSION" },
  { "source", 0, 0, G_OPTION_ARG_STRING, &source,
    "address to send from, with the length of the network that all flows stay in (default: the "
    "port's; without a lab 198.18.0.1/15 or 2001:2::1/48)",
    "ADDRESS/LENGTH" },
  { "destination", 0, 0, G_OPTION_ARG_STRING, &destination,
    "address to send to; with a length the first of those that flows go to, up to the network's "
    "end "
    "(default: the port's; without a lab 198.18.0.2 or 2001:2::2)",
    "ADDRESS[/LENGTH]" },
  { "next-hop", 0, 0, G_OPTION_ARG_STRING, &next_hop,
    "MAC address to send to (default: the router's; without a lab that of the other interface)",
    "MAC" },
  { "vlan", 0, 0, G_OPTION_ARG_STRING, &vlan, "VLAN tag to send with, 1 to 4094", "ID" },
  { "ttl", 0, 0, G_OPTION_ARG_STRING, &ttl, "TTL or hop limit to send with (default: 64)", "N" },
  { "stream", 0, 0, G_OPTION_ARG_STRING_ARRAY, &stream_texts,
    "a stream of its own, with any of rate, size, count, flows, departures, ip, source, "
    "destination, next-hop, vlan and ttl as KEY=VALUE and blanks between; the options of these "
    "names are the default of each; may be repeated",
    "SETTINGS" },
  { "seed", 0, 0, G_OPTION_ARG_INT64, &seed, "seed of all that is random (default: 1)", "N" },
  { "generator", 0, 0, G_OPTION_ARG_STRING, &generator,
    "what sends: packet (AF_PACKET), xdp (AF_XDP), pktgen (the kernel's own), or auto, which takes "
    "xdp from 250,000 frames a second on where it can, else packet (default: auto)",
    "NAME" },
  { "xdp-mode", 0, 0, G_OPTION_ARG_STRING, &xdp_mode,
    "of --generator xdp: skb (the kernel's generic path), native (with an XDP program in the "
    "driver, which passes all frames), or auto, without a program (default: auto)",
    "MODE" },
  { "xdp-copy", 0, 0, G_OPTION_ARG_STRING, &xdp_copy,
    "of --generator xdp: copy, zerocopy, or auto: zerocopy where the driver has it (default: auto)",
    "HOW" },
  { "receiver", 0, 0, G_OPTION_ARG_STRING, &receiver,
    "what receives: exact (examines every frame), counting (the interface's counters), or auto: "
    "exact, and counting where that had no room for all (default: auto)",
    "NAME" },
  { "self-test", 0, 0, G_OPTION_ARG_NONE, &self_test,
    "test the tester itself, on a veth pair made for it", NULL },
  { 0 },
};

static void
append (GArray *rows, const GOptionEntry *entries)
{
  for (; entries->long_name != NULL; entries++)
    g_array_append_vals (rows, entries, 1);
}

const GOptionEntry *
vr_traffic_options (const GOptionEntry *own)
{
  GArray *rows = g_array_new (TRUE, TRUE, sizeof (GOptionEntry));
  append (rows, own);
  append (rows, options);
  return (const GOptionEntry *) (gpointer) g_array_free (rows, FALSE);
}

static gboolean
read_tools (VrTrialRequest *request, GError **error)
{
  if (generator != NULL && !vr_generator_check (generator, error))
    return vr_cli_blame_option ("--generator", error);
  if (receiver != NULL && !vr_trial_parse_receiver (receiver, &request->receiver, error))
    return vr_cli_blame_option ("--receiver", error);
  if (!vr_xdp_choice_set (&request->xdp, "xdp-mode", xdp_mode, error))
    return vr_cli_blame_option ("--xdp-mode", error);
  if (!vr_xdp_choice_set (&request->xdp, "xdp-copy", xdp_copy, error))
    return vr_cli_blame_option ("--xdp-copy", error);
  request->generator = generator;
  return vr_xdp_choice_check (&request->xdp, generator, error);
}

gboolean
vr_traffic_path (VrTrialRequest *request, const char *command, GError **error)
{
  if (request->lab == NULL && !self_test && (from == NULL || to == NULL)) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
                 "usage: vrkit %s [OPTION …] LAB, or --from and --to, or --self-test", command);
    return FALSE;
  }
  if (self_test && (request->lab != NULL || from != NULL || to != NULL || router != NULL)) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
                 "--self-test has interfaces of its own: no LAB, --from, --to or --router with it");
    return FALSE;
  }
  request->from = from;
  request->to = to;
  request->router = router;
  return read_tools (request, error);
}

gboolean
vr_traffic_is_self_test (void)
{
  return self_test;
}

const char *
vr_traffic_frame_option (void)
{
  const struct {
    const char *option;
    gboolean is_given;
  } options_of_frames[] = {
    { "size", size != NULL }, { "flows", flows != NULL }, { "departures", departures != NULL },
    { "vlan", vlan != NULL }, { "ttl", ttl != NULL },     { "stream", stream_texts != NULL }
  };
  for (guint i = 0; i < G_N_ELEMENTS (options_of_frames); i++)
    if (options_of_frames[i].is_given)
      return options_of_frames[i].option;
  return NULL;
}

gboolean
vr_traffic_set (VrStream *stream, const char *key, const char *value, GError **error)
{
  if (vr_stream_set (stream, key, value, error))
    return TRUE;
  g_prefix_error (error, "--");
  return FALSE;
}

gboolean
vr_traffic_defaults (VrStream *defaults, GError **error)
{
  const struct {
    const char *key, *value;
  } given[] = { { "size", size },
                { "flows", flows },
                { "ip", ip },
                { "departures", departures },
                { "vlan", vlan },
                { "ttl", ttl },
                { "source", source },
                { "destination", destination },
                { "next-hop", next_hop } };
  *defaults = vr_stream_default ((guint64) seed);
  for (guint i = 0; i < G_N_ELEMENTS (given); i++)
    if (given[i].value != NULL && !vr_traffic_set (defaults, given[i].key, given[i].value, error))
      return FALSE;
  return TRUE;
}

VrStream *
vr_traffic_streams (const VrStream *defaults, guint *streams_count, GError **error)
{
  guint given = stream_texts != NULL ? g_strv_length (stream_texts) : 0;
  g_autofree VrStream *streams = g_new0 (VrStream, MAX (given, 1));
  for (guint i = 0; i < MAX (given, 1); i++) {
    streams[i] = *defaults;
    streams[i].id = (guint16) i;
    streams[i].seed += i;
    if (given > 0 && !vr_stream_parse (stream_texts[i], &streams[i], error)) {
      vr_cli_blame_option ("--stream", error);
      return NULL;
    }
    vr_stream_settle (&streams[i]);
  }
  if (given > VR_SENDER_STREAMS_MAX) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "%u streams: at most %d", given,
                 VR_SENDER_STREAMS_MAX);
    return NULL;
  }
  *streams_count = MAX (given, 1);
  return g_steal_pointer (&streams);
}

gboolean
vr_traffic_duration (const char *option, const char *text, guint64 *duration_ns, GError **error)
{
  guint64 parsed_ns;
  if (text == NULL)
    return TRUE;
  if (!vr_unit_parse_duration (text, &parsed_ns, error))
    return vr_cli_blame_option (option, error);
  if (parsed_ns >= 1 && parsed_ns <= DURATION_MAX_NS) {
    *duration_ns = parsed_ns;
    return TRUE;
  }
  g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "%s=%s: above 0 and up to 24h", option, text);
  return FALSE;
}

static void
show_progress (const VrTrialTick *tick, gpointer data)
{
  (void) data;
  double elapsed_s = (double) tick->elapsed_ns / NS_PER_S, sent = (double) tick->sent;
  double rate_pps = sent / elapsed_s;
  double left_s = sent > 0 ? (double) (tick->asked - tick->sent) / rate_pps : 0;
  fprintf (stderr,
           "\r\033[Ksent %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " at %.0f/s, %.0f s left",
           tick->sent, tick->asked, rate_pps, left_s);
  if (!tick->is_counting)
    fprintf (stderr, ", received %" G_GUINT64_FORMAT, tick->received);
}

void
vr_traffic_show_progress (VrTrialRequest *request)
{
  request->tick = show_progress;
  request->tick_ns = TICKER_NS;
}

void
vr_traffic_end_progress (const VrTrialRequest *request)
{
  if (request->tick == show_progress)
    fputs ("\r\033[K", stderr);
}
