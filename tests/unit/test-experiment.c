/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Experiments: what is read of them, which conditions and in which order they make, and what is
 * refused before anything runs. */
#include "campaign/vr-experiment.h"

#include <glib/gstdio.h>
#include <string.h>

#include "base/vr-error.h"
#include "campaign/vr-run-table.h"
#include "campaign/vr-search-spec.h"

#define PROFILE                                                                                    \
  "[port left]\ndevice = test\ntest-address = 198.18.1.2/24\ntest-gateway = 198.18.1.1\n"          \
  "[port right]\ndevice = test\ntest-address = 198.18.2.2/24\ntest-gateway = 198.18.2.1\n"         \
  "[router r1]\ninterface = left 198.18.1.1/24\ninterface = right 198.18.2.1/24\n"
#define HEAD "[experiment]\nprofile = lab.conf\n"
#define RATES "[factor rate]\nkey = load.rate\nlevels = 1kpps, 2kpps, 4kpps\n"
#define QUEUES "[factor queue]\nkey = port.left.queue-length\nlevels = 5, 35\n"
#define WIDTHS "[factor width]\nkey = search.width\nlevels = 1%, 20%\n"
#define SEARCH "[search]\nupper = 1kpps\ntrial = 1s\n"
#define LOAD "[load]\nduration = 1s\n"

typedef struct {
  char *folder, *profile, *path;
} Place;

static void
place_set_up (Place *place, gconstpointer unused)
{
  (void) unused;
  g_autoptr (GError) error = NULL;
  place->folder = g_dir_make_tmp ("vrkit-experiment-XXXXXX", &error);
  g_assert_no_error (error);
  place->profile = g_build_filename (place->folder, "lab.conf", NULL);
  place->path = g_build_filename (place->folder, "exp.conf", NULL);
  g_assert_true (g_file_set_contents (place->profile, PROFILE, -1, &error));
}

static void
place_tear_down (Place *place, gconstpointer unused)
{
  (void) unused;
  g_assert_cmpint (g_unlink (place->profile), ==, 0);
  g_assert_cmpint (g_rmdir (place->folder), ==, 0);
  g_free (place->folder);
  g_free (place->profile);
  g_free (place->path);
}

static VrExperiment *
parse (const Place *place, const char *text)
{
  g_autoptr (GError) error = NULL;
  VrExperiment *experiment = vr_experiment_parse (text, place->path, &error);
  g_assert_no_error (error);
  return experiment;
}

static VrRunTable *
tabulate (const VrExperiment *experiment, const VrRunChoice *choice)
{
  g_autoptr (GError) error = NULL;
  VrRunTable *table = vr_run_table_new (experiment, choice, &error);
  g_assert_no_error (error);
  return table;
}

static const VrRunChoice everything = { NULL, 0 };

/* The labels of the conditions, with bars between. */
static char *
labels (const Place *place, const char *text, const VrRunChoice *choice)
{
  g_autoptr (VrExperiment) experiment = parse (place, text);
  g_autoptr (VrRunTable) table = tabulate (experiment, choice);
  GString *all = g_string_new (NULL);
  for (guint i = 0; i < table->conditions->len; i++) {
    const VrCondition *condition = table->conditions->pdata[i];
    g_string_append_printf (all, "%s%s", i > 0 ? "|" : "", condition->label);
  }
  return g_string_free (all, FALSE);
}

static void
assert_labels (const Place *place, const char *text, const char *wanted)
{
  g_autofree char *got = labels (place, text, &everything);
  g_assert_cmpstr (got, ==, wanted);
}

/* The ids of the conditions in the order of the runs. */
static char *
order_of (const VrRunTable *table)
{
  GString *order = g_string_new (NULL);
  for (guint i = 0; i < table->runs->len; i++)
    g_string_append_printf (order, "%u ",
                            g_array_index (table->runs, VrPlannedRun, i).condition->id);
  return g_string_free (order, FALSE);
}

static void
test_defaults (Place *place, gconstpointer unused)
{
  (void) unused;
  g_autoptr (VrExperiment) experiment = parse (place, HEAD);
  g_assert_cmpstr (experiment->name, ==, "exp");
  g_assert_cmpstr (experiment->profile, ==, place->profile);
  g_assert_cmpuint (experiment->repetitions, ==, 10);
  g_assert_cmpuint (experiment->order, ==, VR_ORDER_RANDOM);
  g_assert_cmpfloat (vr_experiment_confidence (experiment), ==, 0.99);
  g_assert_cmpuint (experiment->pause_ns, ==, 500000000);
  g_autoptr (VrRunTable) table = tabulate (experiment, &everything);
  g_assert_cmpuint (table->conditions->len, ==, 1);
  g_assert_cmpuint (table->runs->len, ==, 10);
  const VrCondition *condition = table->conditions->pdata[0];
  g_assert_cmpuint (condition->load->streams_count, ==, 1);
  g_assert_cmpuint (condition->load->streams[0].count, ==, 1000);
  g_assert_cmpuint (vr_load_spec_time_ns (condition->load), ==, 1200000000);
}

static void
test_conditions (Place *place, gconstpointer unused)
{
  (void) unused;
  assert_labels (place, HEAD QUEUES RATES LOAD,
                 "queue=5 rate=1kpps|queue=5 rate=2kpps|queue=5 rate=4kpps|"
                 "queue=35 rate=1kpps|queue=35 rate=2kpps|queue=35 rate=4kpps");
  assert_labels (place,
                 HEAD RATES "[factor size]\nkey = load.size\nlevels = 64, 128, 256\n"
                            "with = rate\n" LOAD,
                 "rate=1kpps size=64|rate=2kpps size=128|rate=4kpps size=256");
  assert_labels (place,
                 HEAD RATES "[factor size]\nkey = load.size\nlevels = 64, 128, 64\n"
                            "with = rate\n[conditions]\nlist = size=64\n" LOAD,
                 "rate=1kpps size=64|rate=4kpps size=64");
  assert_labels (place,
                 HEAD "[factor name]\nlevels = low, high\n"
                      "[factor a]\nkey = load.rate\nlevels = 1k, 2k\nwith = name\n" LOAD,
                 "name=low a=1k|name=high a=2k");
  assert_labels (place,
                 HEAD QUEUES RATES "[conditions]\nexclude = queue=5 rate=4kpps\n"
                                   "exclude = rate=2kpps\n" LOAD,
                 "queue=5 rate=1kpps|queue=35 rate=1kpps|queue=35 rate=4kpps");
  assert_labels (place,
                 HEAD QUEUES RATES "[conditions]\nlist = queue=35 rate=1kpps\n"
                                   "list = queue=5\nexclude = rate=4kpps\n" LOAD,
                 "queue=5 rate=1kpps|queue=5 rate=2kpps|queue=35 rate=1kpps");
  assert_labels (place,
                 HEAD "[factor vcpu]\nkey = schedule.r1.vcpu.0\nlevel = deadline 50ms/200ms @0,1\n"
                      "level = other\n[conditions]\nexclude = \"vcpu=other\"\n" LOAD,
                 "vcpu=deadline 50ms/200ms @0,1");
  assert_labels (place, HEAD "[factor flows]\nkey = load.flows\nlevels = 1, 16384\n" LOAD,
                 "flows=1|flows=16384");
}

static void
test_composed (Place *place, gconstpointer unused)
{
  (void) unused;
  g_autoptr (VrExperiment) experiment = parse (
      place, HEAD QUEUES "[factor second]\nkey = load.stream.2\nlevels = rate=7k, rate=9k\n"
                         "[load]\nduration = 1s\nsize = 128\nstream = rate=1k\n"
                         "stream = rate=2k size=256\n");
  g_autoptr (VrRunTable) table = tabulate (experiment, &everything);
  const VrCondition *last = table->conditions->pdata[3];
  g_assert_cmpuint (vr_lab_port (last->lab, "left")->queue_length, ==, 35);
  g_assert_cmpuint (last->load->streams_count, ==, 2);
  g_assert_cmpuint (last->load->streams[0].rate_pps, ==, 1000);
  g_assert_cmpuint (last->load->streams[0].sizes[0], ==, 128);
  g_assert_cmpuint (last->load->streams[1].rate_pps, ==, 9000);
  g_assert_cmpuint (last->load->streams[1].sizes[0], ==, 128);
  g_assert_cmpuint (last->load->streams[1].seed, ==, 2);
  g_assert_cmpstr (last->changes[0], ==, "port.left.queue-length=35");
  g_assert_null (last->changes[1]);
}

static void
test_order (Place *place, gconstpointer unused)
{
  (void) unused;
  static const char text[] = HEAD "repetitions = 4\nseed = 7\n" QUEUES RATES LOAD;
  g_autoptr (VrExperiment) experiment = parse (place, text);
  g_autoptr (VrExperiment) again = parse (place, text);
  g_autoptr (VrExperiment) other
      = parse (place, HEAD "repetitions = 4\nseed = 8\n" QUEUES RATES LOAD);
  g_autoptr (VrExperiment) fixed
      = parse (place, HEAD "repetitions = 2\norder = fixed\n" RATES LOAD);
  VrRunChoice longer = { NULL, 6 };
  g_autoptr (VrRunTable) table = tabulate (experiment, &everything);
  g_autoptr (VrRunTable) table_again = tabulate (again, &everything);
  g_autoptr (VrRunTable) table_longer = tabulate (again, &longer);
  g_autoptr (VrRunTable) table_other = tabulate (other, &everything);
  g_autoptr (VrRunTable) table_fixed = tabulate (fixed, &everything);
  g_autofree char *order = order_of (table), *same = order_of (table_again);
  g_autofree char *more = order_of (table_longer), *different = order_of (table_other);
  g_autofree char *plain = order_of (table_fixed);
  g_assert_cmpstr (order, ==, same);
  g_assert_true (g_str_has_prefix (more, order));
  g_assert_cmpstr (order, !=, different);
  g_assert_cmpstr (plain, ==, "1 2 3 1 2 3 ");
  for (guint block = 0; block < 4; block++) {
    guint seen = 0;
    for (guint i = 0; i < 6; i++) {
      const VrPlannedRun *run = &g_array_index (table->runs, VrPlannedRun, block * 6 + i);
      g_assert_cmpuint (run->block, ==, block + 1);
      g_assert_cmpuint (run->id, ==, block * 6 + i + 1);
      seen |= 1u << run->condition->id;
    }
    g_assert_cmphex (seen, ==, 0x7e);
  }
  g_assert_false (memcmp (order, order + 12, 12) == 0 && memcmp (order, order + 24, 12) == 0);
}

static void
test_only (Place *place, gconstpointer unused)
{
  (void) unused;
  static const char *const only[] = { "rate=1kpps", "queue=35", "rate=4kpps", NULL };
  static const char *const none[] = { "rate=1kpps", "queue=5", NULL };
  static const char *const bad[][2]
      = { { "rate=3kpps", NULL }, { "speed=1", NULL }, { "rate", NULL }, { "", NULL } };
  g_autoptr (VrExperiment) experiment = parse (place, HEAD QUEUES RATES LOAD);
  VrRunChoice choice = { only, 1 };
  g_autofree char *got = labels (place, HEAD QUEUES RATES LOAD, &choice);
  g_assert_cmpstr (got, ==, "queue=35 rate=1kpps|queue=35 rate=4kpps");
  g_autoptr (VrRunTable) table = tabulate (experiment, &choice);
  g_assert_cmpuint (((const VrCondition *) table->conditions->pdata[0])->id, ==, 4);
  g_assert_nonnull (vr_run_table_condition (table, 6));
  g_assert_null (vr_run_table_condition (table, 5));
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    VrRunChoice wrong = { bad[i], 0 };
    g_assert_null (vr_run_table_new (experiment, &wrong, &error));
    g_assert_error (error, VR_ERROR, VR_ERROR_USAGE);
  }
  g_autoptr (GError) error = NULL;
  g_autoptr (VrExperiment) less
      = parse (place, HEAD QUEUES RATES "[conditions]\nexclude = rate=1kpps queue=5\n" LOAD);
  VrRunChoice nothing = { none, 0 };
  g_assert_null (vr_run_table_new (less, &nothing, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_USAGE);
}

/* Fewer and shorter runs, and no blocks beyond them. */
static void
test_quick (Place *place, gconstpointer unused)
{
  (void) unused;
  static const VrRunChoice quick = { .pace = VR_PACE_QUICK };
  g_autoptr (VrExperiment) experiment
      = parse (place, HEAD "repetitions = 9\nquick-repetitions = 2\nstop-width = 5\n"
                           "max-repetitions = 12\n[load]\nduration = 8s\nquick-duration = 3s\n");
  g_autoptr (VrRunTable) full = tabulate (experiment, &everything);
  g_autoptr (VrRunTable) table = tabulate (experiment, &quick);
  const VrCondition *longer = full->conditions->pdata[0], *shorter = table->conditions->pdata[0];
  g_assert_cmpuint (full->runs->len, ==, 9);
  g_assert_cmpuint (table->runs->len, ==, 2);
  g_assert_cmpuint (vr_run_table_most (full), ==, 12);
  g_assert_cmpuint (vr_run_table_most (table), ==, 2);
  g_assert_cmpuint (longer->load->duration_ns, ==, 8 * G_GUINT64_CONSTANT (1000000000));
  g_assert_cmpuint (shorter->load->duration_ns, ==, 3 * G_GUINT64_CONSTANT (1000000000));
}

/* What is wrong, the line that is named, and what is said of it. */
static void
test_refusals (Place *place, gconstpointer unused)
{
  (void) unused;
  static const struct {
    const char *text;
    guint line;
    const char *says;
  } rows[] = {
    { "", 1, "no group [experiment]" },
    { RATES, 1, "no group [experiment]" },
    { "[experiment]\ntitle = x\n", 1, "lacks the key \"profile\"" },
    { "[experimnt]\n", 1, "did you mean [experiment]" },
    { "[router r1]\n", 1, "vrkit-experiment(5)" },
    { HEAD "repetitons = 3\n", 3, "did you mean \"repetitions\"" },
    { HEAD "repetitions = 0\n", 3, "1 to 10000" },
    { HEAD "confidence = 98%\n", 3, "90%, 95% or 99%" },
    { HEAD "pause = 1ms\n", 3, "10ms to 1h" },
    { HEAD "pause = soon\n", 3, "soon" },
    { HEAD "seed = 1\nseed = 2\n", 4, "seed" },
    { HEAD "stop-width = 5\n", 1, "add max-repetitions" },
    { HEAD "max-repetitions = 5\n", 1, "add stop-width" },
    { HEAD "max-repetitions = 9\nstop-width = 5\n", 1, "must not be less" },
    { "[experiment]\nprofile = none.conf\n", 1, "none.conf" },
    { HEAD "[factor a]\nkey = load.rate\n", 3, "has no levels" },
    { HEAD "[factor a]\nlevels = 1\n", 3, "varies nothing" },
    { HEAD "[factor a]\nlevels = 1\n[factor b]\nlevels = 2\nwith = a\n", 3, "varies nothing" },
    { HEAD "[factor a]\nkey = load.rate\nlevels = 1k, 1k\n", 3, "twice" },
    { HEAD "[factor a]\nkey = load.rate\nlevels = 1k, 1k\n"
           "[factor b]\nkey = load.size\nlevels = 64, 64\nwith = a\n",
      3, "twice" },
    { HEAD "[factor a]\nkey = load.rate\nlevels = 1k,,2k\n", 5, "empty item" },
    { HEAD RATES "[factor b]\nkey = load.rate\nlevels = 1k\n", 6, "as [factor rate] does" },
    { HEAD RATES "[factor b]\nkey = load.size\nlevels = 64\nwith = rate\n", 6, "has 3" },
    { HEAD RATES "[factor b]\nkey = load.size\nlevels = 64\nwith = none\n", 6, "no other factor" },
    { HEAD RATES "[factor b]\nkey = load.size\nlevels = 64\nwith = b\n", 6, "no other factor" },
    { HEAD "[factor a]\nkey = load.rat\nlevels = 1k\n", 3, "did you mean \"rate\"" },
    { HEAD "[factor a]\nkey = load.stream\nlevels = rate=1k\n", 3, "stream.1" },
    { HEAD "[factor a]\nkey = load.stream.1\nlevels = rate=1k\n", 3, "0 streams" },
    { HEAD "[factor a]\nkey = port.left.quue-length\nlevels = 1\n", 3, "queue-length" },
    { HEAD "[factor a]\nkey = queue\nlevels = 1\n", 3, "GROUP.NAME.KEY" },
    { HEAD "[factor a]\nkey = search.width\nlevels = 1%\n", 3, "makes no search" },
    { HEAD WIDTHS SEARCH "[load]\ncount = 5\n", 10, "count is of a load" },
    { HEAD WIDTHS SEARCH "[load]\nduration = 1s\n", 10, "duration is of a load" },
    { HEAD SEARCH "[factor a]\nkey = load.count\nlevels = 1\n", 6, "search.trial" },
    { HEAD SEARCH "[factor a]\nkey = search.widht\nlevels = 1%\n", 6, "did you mean \"width\"" },
    { HEAD SEARCH "[factor a]\nkey = search.width\nlevels = 1%, 0%\n", 6, "search.width=0%" },
    { HEAD SEARCH "[factor a]\nkey = search.method\nlevels = guess\n", 6, "search.method: " },
    { HEAD SEARCH "[factor a]\nkey = search.loss\nlevels = 200%\n", 6, "a=200%" },
    { HEAD WIDTHS "[search]\ntrial = 1s\n", 3, "search.upper is wanted" },
    { HEAD WIDTHS SEARCH "max-repeat = 2\n", 3, "no option of method rfc2544" },
    { HEAD WIDTHS SEARCH "method = mlr\n", 3, "2 ratios, and a run has one" },
    { HEAD WIDTHS SEARCH "[load]\nstream = count=9\n", 3, "has no count" },
    { HEAD WIDTHS SEARCH "[load]\nline-rate = 1Gbit/s\nrate = 5%\n", 3, "pps or bit/s" },
    { HEAD "[search]\nupper = 1k\nquick-trial = 1s\n", 5, "trial, which is not given" },
    { HEAD "[control]\n" SEARCH, 3, "whose trials come one after the other" },
    { HEAD "[control]\nperiod = 50ms\n", 4, "100ms to 10s" },
    { HEAD "[control]\nguess = perhaps\n", 4, "false or true" },
    { HEAD QUEUES "[control]\n", 3, "[control]: lab lab has neither tenants nor [balance]" },
    { HEAD "[factor a]\nkey = port.left.queue-length\nlevels = 35, x\n", 3, "a=x" },
    { HEAD "[factor a]\nkey = router.r1.vcpus\nlevels = 1, 1000\n", 3, "a=1000" },
    { HEAD "[factor a]\nkey = load.size\nlevels = 64, 63\n", 3, "63" },
    { HEAD "[factor a]\nkey = load.router\nlevels = r1, r2\n", 3, "no router r2" },
    { HEAD "[load]\nrate = fast\n", 3, "load.rate: " },
    { HEAD "[load]\nquick-duration = 1s\n", 4, "duration, which is not given" },
    { HEAD "quick-repetitions = 1\n", 3, "2 to 10000" },
    { HEAD "[factor a]\nkey = load.quick-duration\nlevels = 1s\n", 3, "no key" },
    { HEAD "[load]\nduration = 25h\n", 3, "up to 24h" },
    { HEAD "[load]\nrate = 50%\nduration = 1s\n", 3, "wants line-rate" },
    { HEAD "[load]\nline-rate = 0Mbit/s\n", 3, "up to 1000Gbit/s" },
    { HEAD "[load]\nstream = rate=1k colour=red\n", 3, "load.stream.1: " },
    { HEAD "[load]\ngenerator = pigeon\n", 3, "\"pigeon\" is no generator" },
    { HEAD "[load]\ngenerator = pktgen\n", 3, "pktgen tell no latency" },
    { HEAD "[load]\ngenerator = xdp\nxdp-mode = fast\n", 3, "auto, skb, native" },
    { HEAD "[load]\ngenerator = xdp\nxdp-copy = no\n", 3, "auto, copy, zerocopy" },
    { HEAD "[load]\nxdp-mode = skb\n", 3, "xdp-mode skb is of the generator xdp, not of auto" },
    { HEAD "[load]\nxdp-copy = copy\n[factor a]\nkey = load.generator\nlevels = xdp, packet\n", 5,
      "xdp-copy copy is of the generator xdp, not of packet" },
    { HEAD "[load]\nfrom = left\nto = middle\n", 3, "middle" },
    { HEAD RATES "[conditions]\nexclude = rate=3kpps\n", 6, "no such level" },
    { HEAD RATES "[conditions]\nlist = rat=1kpps\n", 6, "no such factor" },
    { HEAD RATES "[conditions]\nlist = \"rate=1kpps\n", 6, "list: " },
    { HEAD RATES "[conditions]\nlist = rate=1kpps\nexclude = rate=1kpps\n", 6, "nothing" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (VrExperiment) experiment = vr_experiment_parse (rows[i].text, place->path, &error);
    g_autoptr (VrRunTable) table
        = experiment != NULL ? vr_run_table_new (experiment, &everything, &error) : NULL;
    if (table != NULL)
      g_error ("not refused (%s):\n%s", rows[i].says, rows[i].text);
    g_assert_error (error, VR_ERROR, VR_ERROR_PROFILE);
    g_autofree char *head = g_strdup_printf ("%s:%u: ", place->path, rows[i].line);
    if (!g_str_has_prefix (error->message, head) || strstr (error->message, rows[i].says) == NULL)
      g_error ("\"%s\" is not at line %u, or does not say \"%s\"", error->message, rows[i].line,
               rows[i].says);
  }
}

/* A controller of a lab whose router follows its load. */
static void
test_control (Place *place, gconstpointer unused)
{
  (void) unused;
  static const char follows[] = PROFILE "[balance]\npolicy = dynamic\nrouters = r1\n";
  g_assert_true (g_file_set_contents (place->profile, follows, -1, NULL));
  g_autoptr (VrExperiment) plain = parse (place, HEAD "[control]\n" RATES);
  g_autoptr (VrExperiment) full
      = parse (place, HEAD "[control]\nperiod = 200ms\nguess = true\n" RATES);
  g_autoptr (VrRunTable) table = tabulate (full, &everything);
  const VrCondition *condition = table->conditions->pdata[0];
  g_assert_false (plain->control->guess);
  g_assert_cmpuint (plain->control->period_ns, ==, 0);
  g_assert_true (full->control->guess);
  g_assert_cmpuint (full->control->period_ns, ==, 200000000);
  g_assert_true (condition->control == full->control);
}

/* A search's trials and its load are as long as it says, and what it takes is told beforehand. */
static void
test_search (Place *place, gconstpointer unused)
{
  (void) unused;
  g_autoptr (VrExperiment) experiment
      = parse (place, HEAD "pause = 100ms\n" WIDTHS SEARCH "quick-trial = 200ms\npause = 0\n"
                           "[load]\nsettle = 100ms\n");
  const VrRunChoice quickly = { .pace = VR_PACE_QUICK };
  g_autoptr (VrRunTable) full = tabulate (experiment, &everything);
  g_autoptr (VrRunTable) quick = tabulate (experiment, &quickly);
  guint64 times_ns[2];
  for (guint i = 0; i < 2; i++) {
    const VrCondition *condition = full->conditions->pdata[i];
    const VrCondition *fast = quick->conditions->pdata[i];
    g_assert_cmpfloat (condition->search->settings.width.ratio, ==, i == 0 ? 0.01 : 0.2);
    g_assert_cmpuint (condition->search->settings.upper_pps, ==, 1000);
    g_assert_cmpuint (condition->search->pause_ns, ==, 0);
    g_assert_cmpuint (condition->load->duration_ns, ==, 1000000000);
    g_assert_cmpuint (condition->load->settle_ns, ==, 100000000);
    g_assert_cmpuint (condition->load->streams[0].count, ==, 0);
    g_assert_cmpuint (fast->search->settings.trial_ns, ==, 200000000);
    times_ns[i] = vr_search_spec_time_ns (condition->search);
    g_assert_cmpuint (times_ns[i] % 1100000000, ==, 0);
    g_assert_cmpuint (vr_run_time_ns (experiment, condition), >, times_ns[i] + 1100000000);
  }
  /* A trial halves what is left, from all to a hundredth, or to a fifth. */
  g_assert_cmpuint (times_ns[0] / 1100000000, >=, 6);
  g_assert_cmpuint (times_ns[0] / 1100000000, <=, 12);
  g_assert_cmpuint (times_ns[1], <, times_ns[0]);
}

static void
test_times (void)
{
  g_autofree char *none = vr_run_time_text (0), *s = vr_run_time_text (1);
  g_autofree char *min = vr_run_time_text (61 * G_GUINT64_CONSTANT (1000000000));
  g_autofree char *h = vr_run_time_text (7325 * G_GUINT64_CONSTANT (1000000000));
  g_assert_cmpstr (none, ==, "0 s");
  g_assert_cmpstr (s, ==, "1 s");
  g_assert_cmpstr (min, ==, "1 min 1 s");
  g_assert_cmpstr (h, ==, "2 h 2 min");
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*run) (Place *place, gconstpointer unused);
  } cases[] = {
    { "/experiment/defaults", test_defaults }, { "/experiment/conditions", test_conditions },
    { "/experiment/composed", test_composed }, { "/experiment/order", test_order },
    { "/experiment/only", test_only },         { "/experiment/refusals", test_refusals },
    { "/experiment/quick", test_quick },       { "/experiment/search", test_search },
    { "/experiment/control", test_control },
  };
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add (cases[i].path, Place, NULL, place_set_up, cases[i].run, place_tear_down);
  g_test_add_func ("/experiment/times", test_times);
  return g_test_run ();
}
