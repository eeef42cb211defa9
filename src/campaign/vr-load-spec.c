/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-load-spec.h"

#include <string.h>

#include "base/vr-error.h"
#include "base/vr-name.h"
#include "base/vr-unit.h"
#include "traffic/vr-flows.h"
#include "traffic/vr-stream-text.h"

#define NS_PER_S G_GUINT64_CONSTANT (1000000000)
#define DURATION_MAX_NS (24 * 3600 * NS_PER_S)
#define SETTLE_NS 200000000
#define STREAM "stream."
/* Of a search, until its own is known. */
#define TRIAL_NS NS_PER_S

/* Options that are no settings of a stream. */
static const char *const own_keys[]
    = { "from",      "to",       "router",   "duration", "warm-up",        "settle", "line-rate",
        "generator", "xdp-mode", "xdp-copy", "stream",   "quick-duration", NULL };

void
vr_load_spec_free (VrLoadSpec *spec)
{
  g_free (spec->from);
  g_free (spec->to);
  g_free (spec->router);
  g_free (spec->generator);
  g_free (spec->streams);
  g_free (spec);
}

static gboolean
parse_stream_key (const char *key, guint *number)
{
  guint64 value;
  if (!g_str_has_prefix (key, STREAM)
      || !g_ascii_string_to_unsigned (key + strlen (STREAM), 10, 1, VR_SENDER_STREAMS_MAX, &value,
                                      NULL))
    return FALSE;
  *number = (guint) value;
  return TRUE;
}

gboolean
vr_load_spec_check_key (const VrExperiment *experiment, const char *key, GError **error)
{
  const VrSchema *schema = vr_schema_experiment ();
  guint number;
  if (parse_stream_key (key, &number)) {
    if (number <= experiment->load->streams->len)
      return TRUE;
    g_set_error (error, VR_ERROR, VR_ERROR_PROFILE, "load.%s: [load] has %u streams", key,
                 experiment->load->streams->len);
    return FALSE;
  }
  if (strcmp (key, "stream") != 0 && strcmp (key, "quick-duration") != 0
      && vr_schema_key (schema, "load", key) != NULL)
    return TRUE;
  g_autofree char *quoted = vr_name_quote (key);
  const char *meant
      = strcmp (key, "stream") == 0 ? STREAM "1" : vr_schema_suggest_key (schema, "load", key);
  g_set_error (error, VR_ERROR, VR_ERROR_PROFILE, "load.%s: [load] has no key \"%s\"%s%s%s", key,
               quoted, meant != NULL ? "; did you mean \"" : "", meant != NULL ? meant : "",
               meant != NULL ? "\"?" : ": see vrkit-experiment(5)");
  return FALSE;
}

/* The option's text, or NULL. */
static const char *
text_of (const VrExperiment *experiment, VrLoadOverrides *overrides, const char *key)
{
  const char *text = g_hash_table_lookup (overrides, key);
  const VrSchemaKey *row = vr_schema_key (vr_schema_experiment (), "load", key);
  return text != NULL ? text : G_STRUCT_MEMBER (const char *, experiment->load, row->offset);
}

/* Says which option it was, and that the experiment is wrong. */
static gboolean
blame (const char *key, GError **error)
{
  if (error != NULL && *error != NULL)
    (*error)->code = VR_ERROR_PROFILE;
  g_prefix_error (error, "load.%s: ", key);
  return FALSE;
}

static gboolean
read_duration (const char *key, const char *text, guint64 *duration_ns, GError **error)
{
  if (text == NULL)
    return TRUE;
  if (!vr_unit_parse_duration (text, duration_ns, error))
    return blame (key, error);
  if (*duration_ns >= 1 && *duration_ns <= DURATION_MAX_NS)
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_PROFILE, "load.%s: %s is not above 0 and up to 24h", key,
               text);
  return FALSE;
}

static gboolean
read_line_rate (const char *text, guint64 *line_rate_bps, GError **error)
{
  return text == NULL || vr_stream_parse_line_rate (text, line_rate_bps, error)
         || blame ("line-rate", error);
}

static gboolean
read_name (const char *what, const char *text, char **name, GError **error)
{
  if (text != NULL && !vr_name_check (what, text, error))
    return blame (what, error);
  *name = g_strdup (text);
  return TRUE;
}

/* The settings that all streams have. */
static gboolean
read_defaults (const VrExperiment *experiment, VrLoadOverrides *overrides, VrStream *stream,
               GError **error)
{
  guint count;
  const VrSchemaKey *keys = vr_schema_keys (vr_schema_experiment (), &count);
  gboolean is_timed
      = experiment->search != NULL || text_of (experiment, overrides, "duration") != NULL;
  *stream = vr_stream_default (experiment->seed);
  stream->count = is_timed ? 0 : VR_STREAM_COUNT;
  for (guint i = 0; i < count; i++) {
    if (strcmp (keys[i].group, "load") != 0 || g_strv_contains (own_keys, keys[i].key))
      continue;
    const char *text = text_of (experiment, overrides, keys[i].key);
    if (text != NULL && !vr_stream_set (stream, keys[i].key, text, error))
      return blame (keys[i].key, error);
  }
  return TRUE;
}

/* Whether frames of all its sizes can be built; what is filled in later is of the right family. */
static gboolean
check_frames (const VrStream *stream, GError **error)
{
  VrFrameSpec spec = stream->frame;
  g_autofree guint8 *buffer = g_malloc (VR_FRAME_SIZE_MAX);
  if (!vr_stream_has_destination (stream))
    spec.destination.family = spec.source.family;
  for (guint i = 0; i < MAX (stream->sizes_count, 1); i++) {
    VrFrame frame;
    spec.size = stream->sizes_count > 0 ? stream->sizes[i] : spec.size;
    if (!vr_frame_build (&spec, buffer, VR_FRAME_SIZE_MAX, &frame, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
settle_share (const VrLoadSpec *spec, VrStream *stream, GError **error)
{
  if (stream->rate_share <= 0 || spec->line_rate_bps != 0) {
    vr_stream_settle_share (stream, spec->line_rate_bps);
    return TRUE;
  }
  g_set_error (error, VR_ERROR, VR_ERROR_PROFILE,
               "a share of a line rate wants line-rate, such as line-rate = 10Gbit/s");
  return FALSE;
}

/* The bench fills in the ports of all streams; the check wants one that flows may begin at. */
static gboolean
check_stream (const VrLoadSpec *spec, const VrStream *stream, GError **error)
{
  VrStream filled = *stream;
  filled.frame.source_port = VR_FLOWS_PORT_LEAST;
  return vr_stream_check (&filled, spec->duration_ns, error) && check_frames (stream, error);
}

static gboolean
read_stream (const VrExperiment *experiment, VrLoadOverrides *overrides, guint index,
             VrLoadSpec *spec, GError **error)
{
  VrStream *stream = &spec->streams[index];
  g_autofree char *key = g_strdup_printf (STREAM "%u", index + 1);
  const GPtrArray *given = experiment->load->streams;
  const char *text = g_hash_table_lookup (overrides, key);
  if (text == NULL && index < given->len)
    text = given->pdata[index];
  stream->id = (guint16) index;
  stream->seed += index;
  if (text != NULL && !vr_stream_parse (text, stream, error))
    return blame (key, error);
  vr_stream_settle (stream);
  return (settle_share (spec, stream, error) && check_stream (spec, stream, error))
         || blame (key, error);
}

static gboolean
read_streams (const VrExperiment *experiment, VrLoadOverrides *overrides, VrLoadSpec *spec,
              GError **error)
{
  VrStream defaults;
  if (!read_defaults (experiment, overrides, &defaults, error))
    return FALSE;
  spec->streams_count = MAX (experiment->load->streams->len, 1);
  spec->streams = g_new0 (VrStream, spec->streams_count);
  for (guint i = 0; i < spec->streams_count; i++) {
    spec->streams[i] = defaults;
    if (!read_stream (experiment, overrides, i, spec, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
read_generator (const char *text, char **generator, GError **error)
{
  if (text == NULL)
    return TRUE;
  if (!vr_generator_check (text, error))
    return blame ("generator", error);
  *generator = g_strdup (text);
  if (strcmp (text, "pktgen") != 0)
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_PROFILE,
               "load.generator: the frames of pktgen tell no latency, which each run has: take "
               "packet, xdp or auto");
  return FALSE;
}

static gboolean
read_xdp (VrXdpChoice *choice, const char *mode, const char *copy, const char *generator,
          GError **error)
{
  if (!vr_xdp_choice_set (choice, "xdp-mode", mode, error))
    return blame ("xdp-mode", error);
  if (!vr_xdp_choice_set (choice, "xdp-copy", copy, error))
    return blame ("xdp-copy", error);
  return vr_xdp_choice_check (choice, generator, error) || blame ("generator", error);
}

VrLoadSpec *
vr_load_spec_new (const VrExperiment *experiment, VrLoadOverrides *overrides, GError **error)
{
#define TEXT(key) text_of (experiment, overrides, key)
  g_autoptr (VrLoadSpec) spec = g_new0 (VrLoadSpec, 1);
  if (experiment->search != NULL)
    spec->duration_ns = TRIAL_NS;
  if (!read_name ("from", TEXT ("from"), &spec->from, error)
      || !read_name ("to", TEXT ("to"), &spec->to, error)
      || !read_name ("router", TEXT ("router"), &spec->router, error)
      || !read_duration ("duration", TEXT ("duration"), &spec->duration_ns, error)
      || !read_duration ("warm-up", TEXT ("warm-up"), &spec->warm_up_ns, error)
      || !read_duration ("settle", TEXT ("settle"), &spec->settle_ns, error)
      || !read_line_rate (TEXT ("line-rate"), &spec->line_rate_bps, error)
      || !read_generator (TEXT ("generator"), &spec->generator, error)
      || !read_xdp (&spec->xdp, TEXT ("xdp-mode"), TEXT ("xdp-copy"), spec->generator, error)
      || !read_streams (experiment, overrides, spec, error))
    return NULL;
#undef TEXT
  return g_steal_pointer (&spec);
}

guint64
vr_load_spec_time_ns (const VrLoadSpec *spec)
{
  guint64 sending_ns = 0;
  for (guint i = 0; i < spec->streams_count; i++) {
    const VrStream *stream = &spec->streams[i];
    guint64 frames = vr_stream_frames (stream, spec->duration_ns);
    guint64 rate_pps = MAX (stream->rate_pps, 1);
    guint64 ns = frames / rate_pps * NS_PER_S + frames % rate_pps * NS_PER_S / rate_pps;
    sending_ns = MAX (sending_ns, ns);
  }
  return spec->warm_up_ns + (spec->warm_up_ns > 0 ? SETTLE_NS : 0) + sending_ns
         + (spec->settle_ns > 0 ? spec->settle_ns : SETTLE_NS);
}

/* Latency is a part of each sample, so that no other receiver will do. */
VrTrialRequest
vr_load_spec_request (const VrLoadSpec *spec)
{
  return (VrTrialRequest){ .from = spec->from,
                           .to = spec->to,
                           .router = spec->router,
                           .streams = spec->streams,
                           .streams_count = spec->streams_count,
                           .duration_ns = spec->duration_ns,
                           .warm_up_ns = spec->warm_up_ns,
                           .settle_ns = spec->settle_ns,
                           .line_rate_bps = spec->line_rate_bps,
                           .generator = spec->generator,
                           .xdp = spec->xdp,
                           .receiver = VR_TRIAL_EXACT,
                           .ceiling = VR_TRIAL_CEILING_NEVER };
}
