/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-search-spec.h"

#include <string.h>

#include "base/vr-error.h"
#include "base/vr-unit.h"
#include "traffic/vr-stream-text.h"

#define DEFAULT_METHOD "rfc2544"
/* The lower rate, where none is given, is this part of the upper. */
#define LOWER_PART 100
#define TRIALS_DEFAULT 1000
#define TRIALS_MOST 1000000
#define TIME_DEFAULT_NS (4 * 3600 * 1000000000ull)
#define DURATION_MAX_NS (24 * 3600 * 1000000000ull)
#define REPEAT_MOST 1000

/* --- Values -------------------------------------------------------------------------------------
 */

static const char *
text_of (const VrSearchTexts *texts, const char *option)
{
  return texts->text (option, texts->data);
}

/* Says which option it was. */
static gboolean
blame (const VrSearchTexts *texts, const char *option, GError **error)
{
  if (error != NULL && *error != NULL)
    (*error)->code = VR_ERROR_USAGE;
  g_prefix_error (error, "%s%s: ", texts->prefix, option);
  return FALSE;
}

static gboolean
read_ratio (const VrSearchTexts *texts, const char *option, double *ratio, GError **error)
{
  const char *text = text_of (texts, option);
  return text == NULL || vr_unit_parse_ratio (text, ratio, error) || blame (texts, option, error);
}

static gboolean
read_duration (const VrSearchTexts *texts, const char *option, guint64 *duration_ns, GError **error)
{
  const char *text = text_of (texts, option);
  guint64 parsed_ns;
  if (text == NULL)
    return TRUE;
  if (!vr_unit_parse_duration (text, &parsed_ns, error))
    return blame (texts, option, error);
  if (parsed_ns < 1 || parsed_ns > DURATION_MAX_NS) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "%s%s=%s: above 0 and up to 24h", texts->prefix,
                 option, text);
    return FALSE;
  }
  *duration_ns = parsed_ns;
  return TRUE;
}

static gboolean
read_number (const VrSearchTexts *texts, const char *option, guint most, guint *number,
             GError **error)
{
  const char *text = text_of (texts, option);
  guint64 parsed;
  if (text == NULL)
    return TRUE;
  if (!g_ascii_string_to_unsigned (text, 10, 1, most, &parsed, NULL)) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "%s%s=%s: 1 to %u", texts->prefix, option, text,
                 most);
    return FALSE;
  }
  *number = (guint) parsed;
  return TRUE;
}

/* A rate of all streams together. */
static gboolean
read_rate (const VrSearchTexts *texts, const char *option, const VrTrialRequest *request,
           guint64 *rate_pps, GError **error)
{
  VrStream stream = { .rate_pps = 0 };
  const char *text = text_of (texts, option);
  if (text == NULL)
    return TRUE;
  if (!vr_stream_set (&stream, "rate", text, error))
    return blame (texts, option, error);
  if (stream.rate_share > 0) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
                 "%s%s=%s: a search knows no line rate that this were a share of: give packets or "
                 "bits a second, such as 100kpps or 1Gbit/s",
                 texts->prefix, option, text);
    return FALSE;
  }
  *rate_pps = stream.rate_bps == 0
                  ? stream.rate_pps
                  : vr_search_packets (request->streams, request->streams_count, stream.rate_bps);
  return TRUE;
}

/* --- The method's settings ----------------------------------------------------------------------
 */

/* An option that the method does not have may not be given. */
static gboolean
check_owners (const VrSearchTexts *texts, const VrSearchMethod *method, GError **error)
{
  static const char *const owned[]
      = { "max-repeat", "verify-up-to", "initial-trial", "duration-sum", "exceed" };
  for (guint i = 0; i < G_N_ELEMENTS (owned); i++)
    if (text_of (texts, owned[i]) != NULL && !g_strv_contains (method->options, owned[i])) {
      g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "%s%s is no option of method %s", texts->prefix,
                   owned[i], method->name);
      return FALSE;
    }
  return TRUE;
}

static gboolean
read_width (const VrSearchTexts *texts, const VrTrialRequest *request, VrSearchWidth *parsed,
            GError **error)
{
  const char *width = text_of (texts, "width");
  if (width == NULL)
    return TRUE;
  *parsed = (VrSearchWidth){ 0 };
  if (!g_str_has_suffix (width, "%"))
    return read_rate (texts, "width", request, &parsed->rate_pps, error);
  if (!read_ratio (texts, "width", &parsed->ratio, error))
    return FALSE;
  if (parsed->ratio > 0 && parsed->ratio < 1)
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "%swidth=%s: above 0 and below 100%%, or a rate",
               texts->prefix, width);
  return FALSE;
}

static gboolean
read_goals (const VrSearchTexts *texts, VrSearchSettings *settings, GError **error)
{
  const char *loss = text_of (texts, "loss");
  if (loss == NULL)
    return TRUE;
  g_auto (GStrv) words = g_strsplit (loss, ",", -1);
  guint count = g_strv_length (words);
  if (count > VR_SEARCH_GOALS_MAX) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "%sloss: %u ratios, at most %d", texts->prefix,
                 count, VR_SEARCH_GOALS_MAX);
    return FALSE;
  }
  for (guint i = 0; i < count; i++)
    if (!vr_unit_parse_ratio (words[i], &settings->loss_ratios[i], error))
      return blame (texts, "loss", error);
  settings->goals_count = count;
  return TRUE;
}

static gboolean
read_rates (const VrSearchTexts *texts, const VrTrialRequest *request, VrSearchSettings *settings,
            GError **error)
{
  if (text_of (texts, "upper") == NULL) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
                 "%supper is wanted: the greatest rate to try, such as 100kpps or 1Gbit/s",
                 texts->prefix);
    return FALSE;
  }
  if (!read_rate (texts, "upper", request, &settings->upper_pps, error))
    return FALSE;
  settings->lower_pps = MAX (settings->upper_pps / LOWER_PART, 1);
  return read_rate (texts, "lower", request, &settings->lower_pps, error)
         && read_width (texts, request, &settings->width, error);
}

/* What follows the length of a trial follows one that is given, too. */
static gboolean
read_times (const VrSearchTexts *texts, VrSearchSettings *settings, GError **error)
{
  guint64 trials = settings->sum_ns / settings->trial_ns;
  if (!read_duration (texts, "trial", &settings->trial_ns, error))
    return FALSE;
  settings->initial_ns = settings->trial_ns;
  settings->sum_ns = trials * settings->trial_ns;
  return read_duration (texts, "initial-trial", &settings->initial_ns, error)
         && read_duration (texts, "duration-sum", &settings->sum_ns, error);
}

static gboolean
read_settings (const VrSearchTexts *texts, VrSearchRequest *request, GError **error)
{
  VrSearchSettings *settings = &request->settings;
  *settings = request->method->defaults;
  return check_owners (texts, request->method, error)
         && read_rates (texts, &request->trial, settings, error)
         && read_goals (texts, settings, error) && read_times (texts, settings, error)
         && read_number (texts, "tester-tries", REPEAT_MOST, &settings->tester_tries, error)
         && read_number (texts, "max-repeat", REPEAT_MOST, &settings->max_repeat, error)
         && read_ratio (texts, "verify-up-to", &settings->verify_ratio, error)
         && read_ratio (texts, "exceed", &settings->exceed_ratio, error);
}

/* --- The request --------------------------------------------------------------------------------
 */

static gboolean
read_waits (const VrSearchTexts *texts, VrSearchRequest *request, GError **error)
{
  VrTrialRequest *sent = &request->trial;
  gboolean has_no_pause = g_strcmp0 (text_of (texts, "pause"), "0") == 0;
  sent->settle_ns = request->method->settle_ns;
  request->pause_ns = has_no_pause ? 0 : request->method->pause_ns;
  request->trials_most = TRIALS_DEFAULT;
  request->time_most_ns = TIME_DEFAULT_NS;
  return read_duration (texts, "warm-up", &sent->warm_up_ns, error)
         && read_duration (texts, "settle", &sent->settle_ns, error)
         && (has_no_pause || read_duration (texts, "pause", &request->pause_ns, error))
         && read_number (texts, "max-trials", TRIALS_MOST, &request->trials_most, error)
         && read_duration (texts, "max-time", &request->time_most_ns, error);
}

gboolean
vr_search_spec_check_streams (const VrStream *streams, guint count, GError **error)
{
  for (guint i = 0; i < count; i++)
    if (streams[i].count != 0 || streams[i].rate_share > 0) {
      g_set_error_literal (
          error, VR_ERROR, VR_ERROR_USAGE,
          streams[i].count != 0
              ? "a stream of a search has no count: its trials end by time"
              : "the rate of a stream of a search is its part beside the other streams: give it in "
                "pps or bit/s");
      return FALSE;
    }
  return TRUE;
}

gboolean
vr_search_spec_read (const VrSearchTexts *texts, VrSearchRequest *request, GError **error)
{
  const char *method = text_of (texts, "method");
  request->method = vr_search_method (method != NULL ? method : DEFAULT_METHOD, error);
  if (request->method == NULL)
    return blame (texts, "method", error);
  if (!read_waits (texts, request, error) || !read_settings (texts, request, error))
    return FALSE;
  g_autoptr (VrSearch) tried = vr_search_new (request->method, &request->settings, error);
  return tried != NULL;
}

guint64
vr_search_spec_time_ns (const VrSearchRequest *request)
{
  g_autoptr (VrSearch) search = vr_search_new (request->method, &request->settings, NULL);
  double half_pps = (double) request->settings.upper_pps / 2;
  guint64 time_ns = request->trial.warm_up_ns;
  VrSearchStep step;
  for (guint i = 0; i < request->trials_most && time_ns < request->time_most_ns
                    && vr_search_next (search, &step);
       i++) {
    double rate_pps = (double) step.rate_pps;
    const VrSearchOutcome outcome
        = { .loss_ratio = rate_pps > half_pps ? 1 - half_pps / rate_pps : 0 };
    vr_search_take (search, &outcome);
    time_ns += (i > 0 ? request->pause_ns : 0) + step.duration_ns + request->trial.settle_ns;
  }
  return time_ns;
}
