/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-experiment.h"

#define NS_PER_S G_GUINT64_CONSTANT (1000000000)
#define TEXT_MAX 1024
#define LINES_MAX 256

#define NEEDS_MAX 8

G_STATIC_ASSERT (sizeof (VrOrder) == sizeof (guint) && sizeof (VrConfidence) == sizeof (guint)
                 && sizeof (VrClaimTest) == sizeof (guint) && sizeof (gboolean) == sizeof (guint));

static const char *const order_words[] = { "fixed", "random", NULL };
static const char *const confidence_words[] = { "90%", "95%", "99%", NULL };
static const char *const test_words[] = { "order", "ratio", "linear", "plateau", "spread", NULL };
static const char *const truth_words[] = { "false", "true", NULL };

static gpointer
add_experiment (gpointer root, char *name, VrOrigin origin)
{
  VrExperiment *experiment = root;
  g_assert (name == NULL);
  experiment->origin = origin;
  return experiment;
}

static gpointer
add_factor (gpointer root, char *name, VrOrigin origin)
{
  VrExperiment *experiment = root;
  VrFactor *factor = g_new0 (VrFactor, 1);
  factor->name = name;
  factor->origin = origin;
  factor->levels = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (experiment->factors, factor);
  return factor;
}

static gpointer
add_claim (gpointer root, char *name, VrOrigin origin)
{
  VrExperiment *experiment = root;
  VrExperimentClaim *claim = g_new0 (VrExperimentClaim, 1);
  claim->name = name;
  claim->origin = origin;
  claim->needs = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (experiment->claims, claim);
  return claim;
}

static gpointer
add_conditions (gpointer root, char *name, VrOrigin origin)
{
  VrExperiment *experiment = root;
  g_assert (name == NULL && experiment->conditions == NULL);
  experiment->conditions = g_new0 (VrExperimentConditions, 1);
  experiment->conditions->origin = origin;
  experiment->conditions->exclude = g_ptr_array_new_with_free_func (g_free);
  experiment->conditions->list = g_ptr_array_new_with_free_func (g_free);
  return experiment->conditions;
}

static gpointer
add_load (gpointer root, char *name, VrOrigin origin)
{
  VrExperiment *experiment = root;
  g_assert (name == NULL && experiment->load == NULL);
  experiment->load = g_new0 (VrExperimentLoad, 1);
  experiment->load->origin = origin;
  experiment->load->streams = g_ptr_array_new_with_free_func (g_free);
  return experiment->load;
}

static gpointer
add_search (gpointer root, char *name, VrOrigin origin)
{
  VrExperiment *experiment = root;
  g_assert (name == NULL && experiment->search == NULL);
  experiment->search = g_new0 (VrExperimentSearch, 1);
  experiment->search->origin = origin;
  return experiment->search;
}

static gpointer
add_control (gpointer root, char *name, VrOrigin origin)
{
  VrExperiment *experiment = root;
  g_assert (name == NULL && experiment->control == NULL);
  experiment->control = g_new0 (VrExperimentControl, 1);
  experiment->control->origin = origin;
  return experiment->control;
}

static const VrSchemaGroup groups[] = {
  { "experiment", NULL, 1, "The experiment as a whole.", 0, 0, add_experiment },
  { "factor", "factor", VR_EXPERIMENT_FACTORS_MAX,
    "One thing that varies. Without with, its levels are crossed with those of all other factors.",
    G_STRUCT_OFFSET (VrExperiment, factors), G_STRUCT_OFFSET (VrFactor, name), add_factor },
  { "conditions", NULL, 1,
    "Which combinations of levels are measured; without the group, all of them. A combination is "
    "named by FACTOR=LEVEL with blanks between, a level with blanks in double quotes; it stands "
    "for all conditions that have these levels.",
    G_STRUCT_OFFSET (VrExperiment, conditions), 0, add_conditions },
  { "load", NULL, 1,
    "What is sent in each run: the options of vrkit-load(1) by their long names, and with their "
    "defaults.",
    G_STRUCT_OFFSET (VrExperiment, load), 0, add_load },
  { "search", NULL, 1,
    "With it each run is a search for the rate that comes through, and sends the load at the rate "
    "that it found: the options of vrkit-search(1) by their long names, and with their defaults. "
    "The rates of [load] are then parts of that rate.",
    G_STRUCT_OFFSET (VrExperiment, search), 0, add_search },
  { "control", NULL, 1,
    "With it a controller of the lab runs beside the loads, as vrkit-control(1) has it: the lab "
    "has "
    "tenants, or [balance]. See CONTROLLERS.",
    G_STRUCT_OFFSET (VrExperiment, control), 0, add_control },
  { "claim", "claim", VR_EXPERIMENT_CLAIMS_MAX,
    "A predicate over what is measured, with its thresholds. Its series are levels of one factor, "
    "and a series has one sample of a block.",
    G_STRUCT_OFFSET (VrExperiment, claims), G_STRUCT_OFFSET (VrExperimentClaim, name), add_claim },
};

#define EXPERIMENT(field) .group = "experiment", .offset = G_STRUCT_OFFSET (VrExperiment, field)
#define FACTOR(field) .group = "factor", .offset = G_STRUCT_OFFSET (VrFactor, field)
#define CONDITIONS(field)                                                                          \
  .group = "conditions", .offset = G_STRUCT_OFFSET (VrExperimentConditions, field)
#define CONTROL(field) .group = "control", .offset = G_STRUCT_OFFSET (VrExperimentControl, field)
#define CLAIM(field) .group = "claim", .offset = G_STRUCT_OFFSET (VrExperimentClaim, field)
#define CLAIM_TEXT(field, word) CLAIM (field), .key = word, .kind = VR_VALUE_TEXT, .max = TEXT_MAX
#define LOAD(field, word, text)                                                                    \
  {                                                                                                \
    .group = "load", .offset = G_STRUCT_OFFSET (VrExperimentLoad, field), .key = word,             \
    .kind = VR_VALUE_TEXT, .max = TEXT_MAX, .absent = "that of the option", .doc = text            \
  }

#define SEARCH(field, word, text)                                                                  \
  {                                                                                                \
    .group = "search", .offset = G_STRUCT_OFFSET (VrExperimentSearch, field), .key = word,         \
    .kind = VR_VALUE_TEXT, .max = TEXT_MAX, .absent = "that of the option", .doc = text            \
  }

static const VrSchemaKey keys[] = {
  { EXPERIMENT (name), .key = "name", .kind = VR_VALUE_NAME,
    .absent = "the file's name without .conf", .doc = "What campaigns of it are named by." },
  { EXPERIMENT (title), .key = "title", .kind = VR_VALUE_TEXT, .max = 200, .absent = "none",
    .doc = "One line for people: what is asked." },
  { EXPERIMENT (axis), .key = "axis", .kind = VR_VALUE_NAME,
    .absent = "the factor of load.rate, or the first whose levels are quantities of one kind",
    .doc = "The factor that the figures of vrkit report have as their x axis; its levels are to be "
           "quantities. Where only one of them was measured, another is found as without it." },
  { EXPERIMENT (profile), .key = "profile", .kind = VR_VALUE_TEXT, .presence = VR_KEY_REQUIRED,
    .max = TEXT_MAX,
    .doc = "The lab's profile, see vrkit-profile(5): a path, from the experiment's directory." },
  { EXPERIMENT (repetitions), .key = "repetitions", .kind = VR_VALUE_NUMBER, .min = 1, .max = 10000,
    .fallback = "10",
    .doc = "How often each condition is measured. A block is one run of each condition; block "
           "follows block." },
  { EXPERIMENT (quick_repetitions), .key = "quick-repetitions", .kind = VR_VALUE_NUMBER, .min = 2,
    .max = 10000, .fallback = "3", .doc = "The same with --quick; no blocks are added then." },
  { EXPERIMENT (stop_width), .key = "stop-width", .kind = VR_VALUE_COUNT, .min = 1, .max = 100,
    .absent = "none: there are as many blocks as repetitions",
    .doc = "In percent of the mean. After the repetitions, blocks are added until the interval of "
           "the mean of received_pps of each condition is no wider than this to either side." },
  { EXPERIMENT (max_repetitions), .key = "max-repetitions", .kind = VR_VALUE_COUNT, .min = 1,
    .max = 10000, .absent = "none", .doc = "With stop-width, how many blocks there are at most." },
  { EXPERIMENT (order), .key = "order", .kind = VR_VALUE_CHOICE, .words = order_words,
    .fallback = "random",
    .doc = "The order of the runs within a block: fixed, as the conditions are listed, or random, "
           "anew in each block, so that what drifts with time falls on all alike." },
  { EXPERIMENT (seed), .key = "seed", .kind = VR_VALUE_NUMBER, .min = 0, .max = G_MAXUINT32,
    .fallback = "1",
    .doc = "Of all that is random: the same seed gives the same order of runs, and the streams of "
           "a run the same frames." },
  { EXPERIMENT (confidence), .key = "confidence", .kind = VR_VALUE_CHOICE,
    .words = confidence_words, .fallback = "99%", .doc = "Of the intervals that are told." },
  { EXPERIMENT (pause_ns), .key = "pause", .kind = VR_VALUE_DURATION, .min = 10000000,
    .max = 3600 * NS_PER_S, .fallback = "500ms",
    .doc = "How long the lab is left alone before each run. Meanwhile the host is watched for what "
           "would spoil the measurement." },
  { EXPERIMENT (retries), .key = "retries", .kind = VR_VALUE_NUMBER, .min = 0, .max = 100,
    .fallback = "2", .doc = "How often a run that failed is tried again." },
  { EXPERIMENT (needs), .key = "needs", .kind = VR_VALUE_WORDS, .list = VR_LIST_COMMAS,
    .max = NEEDS_MAX, .absent = "nothing",
    .doc = "What the host must have for this to be measured: cpus N (so many online), vhost, kvm "
           "(at hardware speed), pktgen, openvswitch (running), dpdk (the same with DPDK). Where "
           "something is missing, vrkit run measures nothing, and the claims cannot be tested." },

  { FACTOR (key), .key = "key", .kind = VR_VALUE_TEXT, .max = 200,
    .absent = "none: it names what varies by the factors that go along with it",
    .doc = "What varies: a key of the profile as vrkit tune names it, GROUP.NAME.KEY as "
           "port.left.queue-length or schedule.r1.vcpu.0, or one of [load] or [search], as "
           "load.rate." },
  { FACTOR (levels), .key = "levels", .kind = VR_VALUE_WORDS, .list = VR_LIST_COMMAS,
    .max = VR_EXPERIMENT_LEVELS_MAX, .absent = "none: give levels, or level",
    .doc = "Its values, as they would stand in the profile, in [load] or in [search]." },
  { FACTOR (levels), .key = "level", .kind = VR_VALUE_WORDS, .list = VR_LIST_LINES,
    .max = VR_EXPERIMENT_LEVELS_MAX, .absent = "none",
    .doc = "One more of its values, of which commas are a part." },
  { FACTOR (with), .key = "with", .kind = VR_VALUE_NAME, .absent = "none: it is crossed",
    .doc
    = "A factor of as many levels that it goes along with: the first level of the one with "
      "the first of the other, and so on. Only such a factor may have a level more than once." },

  { CONDITIONS (exclude), .key = "exclude", .kind = VR_VALUE_WORDS, .list = VR_LIST_LINES,
    .max = LINES_MAX, .absent = "none", .doc = "A combination that is left out." },
  { CONDITIONS (list), .key = "list", .kind = VR_VALUE_WORDS, .list = VR_LIST_LINES,
    .max = LINES_MAX, .absent = "none",
    .doc = "A combination that is measured: where there are any, no other is." },

  LOAD (from, "from", "The test port to send from."),
  LOAD (to, "to", "The test port to receive at."),
  LOAD (router, "router", "The router to go through."),
  LOAD (duration, "duration", "How long to send."),
  { .group = "load",
    .offset = G_STRUCT_OFFSET (VrExperimentLoad, quick_duration),
    .key = "quick-duration",
    .kind = VR_VALUE_TEXT,
    .max = TEXT_MAX,
    .absent = "that of duration",
    .doc = "The same with --quick; it needs duration beside it." },
  LOAD (warm_up, "warm-up", "How long to send before that, uncounted."),
  LOAD (settle, "settle", "How long to wait for the last frames."),
  LOAD (line_rate, "line-rate",
        "The bit rate of the line, where rates are shares of it: how long a run takes is told "
        "before the port is asked."),
  LOAD (count, "count", "Frames to send."),
  LOAD (rate, "rate", "Frames or bits a second."),
  LOAD (size, "size", "Bytes of a frame, with FCS; several in turn, or imix."),
  LOAD (flows, "flows", "Flows, in turn or random."),
  LOAD (departures, "departures", "constant, poisson, or burst:N."),
  LOAD (ip, "ip", "Version of IP."),
  LOAD (source, "source", "Address and length to send from."),
  LOAD (destination, "destination", "Address to send to, or with a length the first of many."),
  LOAD (next_hop, "next-hop", "MAC address to send to."),
  LOAD (vlan, "vlan", "VLAN tag."),
  LOAD (ttl, "ttl", "TTL or hop limit."),
  LOAD (generator, "generator",
        "packet, xdp or auto; not pktgen, whose frames tell no latency, which each run has."),
  LOAD (xdp_mode, "xdp-mode", "Of the generator xdp: auto, skb or native."),
  LOAD (xdp_copy, "xdp-copy", "Of the generator xdp: auto, copy or zerocopy."),
  { .group = "load",
    .offset = G_STRUCT_OFFSET (VrExperimentLoad, streams),
    .key = "stream",
    .kind = VR_VALUE_WORDS,
    .list = VR_LIST_LINES,
    .max = LINES_MAX,
    .absent = "one stream",
    .doc = "A stream of its own: settings, KEY=VALUE with blanks between." },

  SEARCH (method, "method", "rfc2544, tst009 or mlr."),
  { .group = "search",
    .offset = G_STRUCT_OFFSET (VrExperimentSearch, upper),
    .key = "upper",
    .kind = VR_VALUE_TEXT,
    .max = TEXT_MAX,
    .absent = "none: it must be given, or vary",
    .doc = "Greatest rate to try, of all streams." },
  SEARCH (lower, "lower", "Least rate to try."),
  SEARCH (width, "width", "How far apart the bounds may be."),
  { .group = "search",
    .offset = G_STRUCT_OFFSET (VrExperimentSearch, loss),
    .key = "loss",
    .kind = VR_VALUE_TEXT,
    .max = TEXT_MAX,
    .absent = "0; mlr needs it",
    .doc = "Share of the frames that may be lost: one, since a run has one result." },
  SEARCH (trial, "trial", "How long a trial is, and the load at the end."),
  { .group = "search",
    .offset = G_STRUCT_OFFSET (VrExperimentSearch, quick_trial),
    .key = "quick-trial",
    .kind = VR_VALUE_TEXT,
    .max = TEXT_MAX,
    .absent = "that of trial",
    .doc = "The same with --quick; it needs trial beside it." },
  SEARCH (pause, "pause", "How long to wait before the next trial."),
  SEARCH (max_repeat, "max-repeat", "Of tst009: trials at one rate at most."),
  SEARCH (verify_up_to, "verify-up-to", "Of tst009: loss above which a trial is not repeated."),
  SEARCH (initial_trial, "initial-trial", "Of mlr: how long the first trials are."),
  SEARCH (duration_sum, "duration-sum", "Of mlr: how long trials at a bound are in all."),
  SEARCH (exceed, "exceed", "Of mlr: share of that time in which more may be lost."),
  SEARCH (max_trials, "max-trials", "A search that has not ended by then has failed."),
  SEARCH (max_time, "max-time", "The same, by the time it has taken."),
  SEARCH (tester_tries, "tester-tries",
          "How often to try a rate at which the tester itself was the limit."),

  { CONTROL (period_ns), .key = "period", .kind = VR_VALUE_DURATION, .min = NS_PER_S / 10,
    .max = 10 * NS_PER_S, .absent = "that of vrkit control",
    .doc = "How often it looks and decides, as --period of vrkit-control(1)." },
  { CONTROL (guess), .key = "guess", .kind = VR_VALUE_CHOICE, .words = truth_words,
    .fallback = "false",
    .doc = "Whether a router without a calibration that holds is controlled by a guess, as with "
           "--guess; otherwise the run fails." },

  { CLAIM_TEXT (row, "row"), .absent = "none",
    .doc = "Which claim of a paper it is: a letter of the paper and a number, A3." },
  { CLAIM (says), .key = "says", .kind = VR_VALUE_TEXT, .presence = VR_KEY_REQUIRED, .max = 200,
    .doc = "The claim in one sentence, for people." },
  { CLAIM (test), .key = "test", .kind = VR_VALUE_CHOICE, .words = test_words, .fallback = "order",
    .doc
    = "The predicate: the series are in an order; the ratio of two lies within bounds; the "
      "means lie on a line that rises with the levels; in overload, from the first level on of "
      "which more than 2 % is lost, no mean falls far below the greatest before it; the ratio of "
      "the spreads of two, their standard deviations, lies within "
      "bounds." },
  { CLAIM_TEXT (measure, "measure"), .fallback = "received_pps",
    .doc = "What of a run is compared: a column of vrkit export, or a measure made of several, see "
           "MEASURES." },
  { CLAIM (along), .key = "along", .kind = VR_VALUE_NAME, .presence = VR_KEY_REQUIRED,
    .doc = "The factor whose levels are the series; of linear and plateau they must be "
           "quantities." },
  { CLAIM_TEXT (where, "where"), .absent = "none",
    .doc = "Levels of other factors that the series have: FACTOR=LEVEL with blanks between, a "
           "level with blanks in double quotes." },
  { CLAIM (peak), .key = "peak", .kind = VR_VALUE_NAME, .absent = "none",
    .doc = "A factor over which a series is swept: its sample is the greatest of the block." },
  { CLAIM (last), .key = "last", .kind = VR_VALUE_NAME, .absent = "none",
    .doc = "A factor of which the highest level counts, as the load of overload; not with peak." },
  { CLAIM_TEXT (order, "order"), .absent = "none: order needs it",
    .doc = "Of order: levels with signs between them. A > B: A is above B; A >= B: A is not below "
           "B by more than the margin; A ~ B: they differ by no more than the margin. A level with "
           "one of these signs stands in double quotes." },
  { CLAIM_TEXT (margin, "margin"), .absent = "0 %",
    .doc = "Of order: a share of the right one of two series, in percent, 5 %." },
  { CLAIM_TEXT (of, "of"), .absent = "none: ratio and spread need it",
    .doc = "Of ratio and spread: two levels, A / B with blanks around the sign; of ratio also one, "
           "whose measure itself is to lie within the bounds." },
  { CLAIM_TEXT (within, "within"), .absent = "none: ratio and spread need it",
    .doc = "Of ratio and spread: its least and its greatest value, 0.9, 1.1." },
  { CLAIM_TEXT (r_squared, "r-squared"), .absent = "none: linear needs it",
    .doc = "Of linear: the least R² of the line." },
  { CLAIM (points), .key = "points", .kind = VR_VALUE_NUMBER, .min = 3,
    .max = VR_EXPERIMENT_LEVELS_MAX, .fallback = "3",
    .doc
    = "Of linear: how many levels the line must have, with to-peak up to the peak. Where it has "
      "fewer, the claim cannot be tested: three lie near some line easily." },
  { CLAIM (to_peak), .key = "to-peak", .kind = VR_VALUE_CHOICE, .words = truth_words,
    .fallback = "false",
    .doc = "Of linear: only up to the first mean that reaches 98 % of the greatest one." },
  { CLAIM_TEXT (fall, "fall"), .absent = "none: plateau needs it",
    .doc
    = "Of plateau: how far below the greatest mean before it is not far yet, in percent, 10 %." },
  { CLAIM_TEXT (confidence, "confidence"), .absent = "that of the experiment",
    .doc = "Of each comparison by itself, in percent, from 50 to below 100." },
  { CLAIM (needs), .key = "needs", .kind = VR_VALUE_WORDS, .list = VR_LIST_COMMAS, .max = NEEDS_MAX,
    .absent = "nothing more",
    .doc = "What the host must have for this claim alone, as in [experiment]; the rest is measured "
           "without." },
};

const VrSchema *
vr_schema_experiment (void)
{
  static const VrSchema schema
      = { groups,          G_N_ELEMENTS (groups), keys, G_N_ELEMENTS (keys),
          "an experiment", "vrkit-experiment(5)" };
  return &schema;
}
