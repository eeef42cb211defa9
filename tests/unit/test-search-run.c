/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a search makes of its streams and tells of its result. */
#include "base/vr-json.h"
#include "campaign/vr-search-run.h"

static void
test_split (void)
{
  const VrStream shares[] = { { .rate_pps = 3000 }, { .rate_pps = 1000 }, { .rate_pps = 3 } };
  VrStream streams[G_N_ELEMENTS (shares)] = { { .rate_pps = 0 } };
  for (guint64 rate_pps = 1; rate_pps < 1000000000; rate_pps = rate_pps * 7 / 3 + 1) {
    guint64 sum = 0;
    vr_search_split (shares, G_N_ELEMENTS (shares), rate_pps, streams);
    for (guint i = 0; i < G_N_ELEMENTS (shares); i++) {
      double exact = (double) rate_pps * (double) shares[i].rate_pps / 4003;
      g_assert_cmpfloat_with_epsilon ((double) streams[i].rate_pps, exact, 1.001);
      sum += streams[i].rate_pps;
    }
    g_assert_cmpuint (sum, ==, rate_pps);
  }
}

/* Three frames of 64 bytes to one of 1000 are 298 on average. */
static void
test_packets (void)
{
  const VrStream shares[]
      = { { .rate_pps = 3, .frame.size = 64 }, { .rate_pps = 1, .frame.size = 1000 } };
  g_assert_cmpuint (vr_search_packets (shares, 2, 8 * 298 * 1000), ==, 1000);
  g_assert_cmpuint (vr_search_packets (shares, 1, 8 * 64), ==, 1);
  g_assert_cmpuint (vr_search_packets (shares, 2, 1), ==, 1);
}

static VrSearchReport
report_of (const VrSearchBounds *bounds)
{
  VrSearchReport report = { .from = (char *) "left",
                            .to = (char *) "right",
                            .method = vr_search_method ("mlr", NULL),
                            .mean_size = 64,
                            .trials = 9,
                            .duration_ns = 1500000000 };
  report.settings = report.method->defaults;
  report.bounds[0] = (VrSearchBounds){
    .lower_pps = 990, .upper_pps = 1000, .throughput_pps = 990, .is_narrow = TRUE
  };
  report.bounds[1] = *bounds;
  return report;
}

static void
check_found (const VrSearchBounds *bounds, gboolean is_found, const char *line)
{
  VrSearchReport report = report_of (bounds);
  g_autofree char *table = vr_search_table (&report);
  g_assert_cmpint (vr_search_is_found (&report), ==, is_found);
  g_assert_nonnull (g_strstr_len (table, -1,
                                  "loss up to 0 %: 990/s, 0.507 Mbit/s; "
                                  "bounds 990 and 1000/s\n"));
  g_assert_nonnull (g_strstr_len (table, -1, line));
}

static void
test_found (void)
{
  check_found (
      &(VrSearchBounds){
          .lower_pps = 2000, .upper_pps = 2010, .throughput_pps = 1999.6, .is_narrow = TRUE },
      TRUE, "loss up to 0.5 %: 2000/s, 1.024 Mbit/s; bounds 2000 and 2010/s\n");
  check_found (&(VrSearchBounds){ .lower_pps = 5000, .throughput_pps = 5000 }, TRUE,
               "loss up to 0.5 %: 5000/s, 2.560 Mbit/s at least: no greater rate was too much\n");
  check_found (&(VrSearchBounds){ .upper_pps = 100 }, FALSE, "loss up to 0.5 %: no rate found\n");
  check_found (&(VrSearchBounds){ .lower_pps = 2000,
                                  .upper_pps = 2010,
                                  .upper_by_tester = TRUE,
                                  .throughput_pps = 2000,
                                  .is_narrow = TRUE },
               FALSE, "bounds 2000 and 2010/s; the tester was the limit\n");
}

/* What is known when it ends early is told, and is not found. */
static void
test_partial (void)
{
  VrSearchReport report
      = report_of (&(VrSearchBounds){ .lower_pps = 100, .upper_pps = 9000, .throughput_pps = 100 });
  report.end = VR_SEARCH_TIME_OVER;
  g_autofree char *table = vr_search_table (&report);
  g_autofree char *text = vr_search_json (&report);
  g_autoptr (JsonNode) node = json_from_string (text, NULL);
  JsonObject *object = json_node_get_object (node);
  g_assert_false (vr_search_is_found (&report));
  g_assert_nonnull (g_strstr_len (table, -1,
                                  "left -> ... -> right, mlr: 9 trials, 1.5 s; "
                                  "partial: max-time\n"));
  g_assert_nonnull (g_strstr_len (table, -1, "bounds 100 and 9000/s, wider than asked for\n"));
  g_assert_true (json_object_get_boolean_member (object, "partial"));
  g_assert_false (json_object_get_boolean_member (object, "found"));
  g_assert_cmpstr (json_object_get_string_member (object, "end"), ==, "max-time");
  g_assert_null (g_strstr_len (text, -1, "\n"));
  g_assert_true (json_object_get_null_member (object, "ceiling_pps"));
}

/* Where the bound is above what the tester can send, how much that is is told. */
static void
test_ceiling (void)
{
  VrSearchReport report = report_of (&(VrSearchBounds){
      .lower_pps = 95000, .upper_pps = 200000, .upper_by_tester = TRUE, .throughput_pps = 95000 });
  report.ceiling_pps = 100000;
  report.end = VR_SEARCH_CEILING;
  g_autofree char *table = vr_search_table (&report);
  g_autofree char *text = vr_search_json (&report);
  g_autoptr (JsonNode) node = json_from_string (text, NULL);
  JsonObject *object = json_node_get_object (node);
  g_assert_false (vr_search_is_found (&report));
  g_assert_nonnull (g_strstr_len (table, -1, "partial: ceiling\n"));
  g_assert_nonnull (
      g_strstr_len (table, -1, "\nthe tester can send 100000/s of these frames on this path"));
  g_assert_cmpint (json_object_get_int_member (object, "ceiling_pps"), ==, 100000);
  g_assert_cmpstr (json_object_get_string_member (object, "end"), ==, "ceiling");
}

static void
test_trial (void)
{
  VrSearchReport report = report_of (
      &(VrSearchBounds){ .lower_pps = 1000, .upper_pps = 2000, .upper_by_tester = TRUE });
  VrSearchTold told = { .number = 3,
                        .step = { 1500, 500000000 },
                        .asked = 750,
                        .sent = 740,
                        .received = 703,
                        .lost = 37,
                        .loss_ratio = 0.05,
                        .verdict = VR_SEARCH_AGAIN };
  g_autofree char *line = vr_search_trial_line (&report, &told);
  g_autofree char *text = vr_search_trial_json (&report, &told);
  g_autoptr (JsonNode) node = json_from_string (text, NULL);
  g_assert_cmpstr (line, ==,
                   "    3         1500      0.5          740           37   5.0000 %  "
                   "990..1000  1000..2000 (tester)  the tester was the limit: again");
  g_assert_cmpstr (json_object_get_string_member (json_node_get_object (node), "verdict"), ==,
                   "repeated");
}

/* What the bursts cannot have caused alone is the router's. */
static void
test_late_loss (void)
{
  VrTrial trial = { .sender = { .sent = 100, .lateness = { .caught_up = 20 } } };
  static const guint64 received[] = { 100, 99, 80, 79 };
  for (guint i = 0; i < G_N_ELEMENTS (received); i++) {
    trial.receiver = vr_receiver_result_counted (received[i]);
    g_assert_cmpint (vr_trial_late_burst (&trial), ==, i == 1 || i == 2);
    vr_receiver_result_free (trial.receiver);
  }
}

/* A bound that bursts of the tester may have made is not told as any other. */
static void
test_late_burst (void)
{
  VrSearchReport report = report_of (&(VrSearchBounds){
      .lower_pps = 2000, .upper_pps = 2010, .throughput_pps = 2000, .is_narrow = TRUE });
  VrSearchTold told = { .number = 3, .step = { 2010, 500000000 }, .late_burst = TRUE };
  report.upper_late_burst[1] = TRUE;
  g_autofree char *line = vr_search_trial_line (&report, &told);
  g_autofree char *trial = vr_search_trial_json (&report, &told);
  g_autofree char *table = vr_search_table (&report);
  g_autofree char *text = vr_search_json (&report);
  g_autoptr (JsonNode) node = json_from_string (text, NULL);
  JsonArray *goals = json_object_get_array_member (json_node_get_object (node), "goals");
  g_assert_true (vr_search_is_found (&report));
  g_assert_true (g_str_has_suffix (line, "  lost perhaps by a burst of the tester's"));
  g_assert_nonnull (g_strstr_len (trial, -1, "\"tester_limited\":false,\"late_burst\":true"));
  g_assert_nonnull (g_strstr_len (table, -1, "bounds 990 and 1000/s\n"));
  g_assert_nonnull (g_strstr_len (table, -1, "bounds 2000 and 2010/s; bursts of the tester"));
  for (guint i = 0; i < 2; i++)
    g_assert_cmpint (
        json_object_get_boolean_member (json_array_get_object_element (goals, i), "late_burst"), ==,
        i == 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/search-run/split", test_split);
  g_test_add_func ("/search-run/packets", test_packets);
  g_test_add_func ("/search-run/found", test_found);
  g_test_add_func ("/search-run/partial", test_partial);
  g_test_add_func ("/search-run/trial", test_trial);
  g_test_add_func ("/search-run/ceiling", test_ceiling);
  g_test_add_func ("/search-run/late-loss", test_late_loss);
  g_test_add_func ("/search-run/late-burst", test_late_burst);
  return g_test_run ();
}
