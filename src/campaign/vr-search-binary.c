/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Binary search between two rates, each of which is tried first: RFC 2544 by one trial a rate, and
 * TST 009 by up to max_repeat where a trial lost too much. RFC 2544 leaves open which rate comes
 * next, and when to stop. */
#include "campaign/vr-search-methods.h"

#define S 1000000000ull

typedef struct {
  VrSearchSettings settings;
  guint64 rate_pps; /* to try next; 0: done */
  guint repeats;    /* trials at rate_pps so far */
  guint64 lower_pps, upper_pps;
  double lower_loss_ratio;
  gboolean upper_by_tester;
} Binary;

static gpointer
start (const VrSearchSettings *settings)
{
  Binary *binary = g_new0 (Binary, 1);
  binary->settings = *settings;
  binary->rate_pps = settings->upper_pps;
  return binary;
}

static gboolean
next (gpointer state, VrSearchStep *step)
{
  const Binary *binary = state;
  *step = (VrSearchStep){ binary->rate_pps, binary->settings.trial_ns };
  return binary->rate_pps != 0;
}

static guint64
choose (const Binary *binary)
{
  guint64 lower_pps = binary->lower_pps, upper_pps = binary->upper_pps;
  if (upper_pps == 0)
    return 0;
  if (lower_pps == 0)
    return upper_pps > binary->settings.lower_pps ? binary->settings.lower_pps : 0;
  if (vr_search_is_narrow (&binary->settings, lower_pps, upper_pps))
    return 0;
  return lower_pps + (upper_pps - lower_pps) / 2;
}

static void
take (gpointer state, const VrSearchOutcome *outcome)
{
  Binary *binary = state;
  const VrSearchSettings *settings = &binary->settings;
  gboolean is_good = !outcome->tester_limited && outcome->loss_ratio <= settings->loss_ratios[0];
  if (!is_good && !outcome->tester_limited && outcome->loss_ratio <= settings->verify_ratio
      && ++binary->repeats < settings->max_repeat)
    return;
  if (is_good) {
    binary->lower_pps = binary->rate_pps;
    binary->lower_loss_ratio = outcome->loss_ratio;
  } else {
    binary->upper_pps = binary->rate_pps;
    binary->upper_by_tester = outcome->tester_limited;
  }
  binary->repeats = 0;
  binary->rate_pps = choose (binary);
}

static void
tell (gconstpointer state, guint goal, VrSearchBounds *bounds)
{
  const Binary *binary = state;
  (void) goal;
  bounds->lower_pps = binary->lower_pps;
  bounds->upper_pps = binary->upper_pps;
  bounds->upper_by_tester = binary->upper_by_tester;
  bounds->throughput_pps = (double) binary->lower_pps * (1 - binary->lower_loss_ratio);
}

/* Trials of 60 s at least: RFC 2544 section 24; 2 s for the last frames and 5 s for the router to
 * settle: section 23. RFC 9971 takes 60 s for TST 009 too. */
#define BINARY_ROW                                                                                 \
  .settle_ns = 2 * S, .pause_ns = 5 * S, .goals_most = 1, .start = start, .next = next,            \
  .take = take, .bounds = tell, .end = g_free

const VrSearchMethod *
vr_search_rfc2544 (void)
{
  static const char *const options[] = { NULL };
  static const VrSearchMethod row = {
    .name = "rfc2544",
    .summary = "binary search, a trial a rate",
    .options = options,
    .defaults = { .width = { .ratio = 0.01 },
                  .goals_count = 1,
                  .trial_ns = 60 * S,
                  .tester_tries = VR_SEARCH_TESTER_TRIES,
                  .max_repeat = 1,
                  .initial_ns = 60 * S,
                  .sum_ns = 60 * S },
    BINARY_ROW,
  };
  return &row;
}

/* Two trials at most, and all loss verified: the variant max(r) = 2, z = infinity, which RFC 9971
 * (section "MLRsearch Compliant with TST009") and OPNFV's VSPERF take. */
const VrSearchMethod *
vr_search_tst009 (void)
{
  static const char *const options[] = { "max-repeat", "verify-up-to", NULL };
  static const VrSearchMethod row = {
    .name = "tst009",
    .summary = "binary search that repeats a trial with loss",
    .options = options,
    .defaults = { .width = { .ratio = 0.01 },
                  .goals_count = 1,
                  .trial_ns = 60 * S,
                  .tester_tries = VR_SEARCH_TESTER_TRIES,
                  .max_repeat = 2,
                  .verify_ratio = 1,
                  .initial_ns = 60 * S,
                  .sum_ns = 60 * S },
    BINARY_ROW,
  };
  return &row;
}
