/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The board: its order, its verdicts, its marks and its sums; and what is still to be measured. */
#include "campaign/vr-scoreboard.h"

#include <glib/gstdio.h>
#include <string.h>

#include "campaign/vr-campaign-dir.h"
#include "config/vr-profile.h"

#define HEAD                                                                                       \
  "[experiment]\nname = %s\nprofile = lab.conf\n[factor q]\nkey = port.left.queue-length\n"        \
  "levels = 5, 6\n"
#define CLAIM(name, row) "[claim " name "]\n" row "says = x\nalong = q\norder = 5 > 6\n"

#define PROFILE                                                                                    \
  "[port left]\ndevice = test\ntest-address = 198.18.1.2/24\ntest-gateway = 198.18.1.1\n"          \
  "[port right]\ndevice = test\ntest-address = 198.18.2.2/24\ntest-gateway = 198.18.2.1\n"         \
  "[router r1]\nkind = native\ninterface = left 198.18.1.1/24\ninterface = right 198.18.2.1/24\n"
#define EXPERIMENT                                                                                 \
  "[experiment]\nname = one\nprofile = lab.conf\n[factor mtu]\nkey = port.left.mtu\n"              \
  "levels = 1400, 1500\n[claim a]\nsays = x\nalong = mtu\norder = 1500 > 1400\n"

static VrExperiment *
parse (const char *name, const char *claims)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *head = g_strdup_printf (HEAD, name);
  g_autofree char *text = g_strconcat (head, claims, NULL);
  VrExperiment *experiment = vr_experiment_parse (text, "/nowhere/exp.conf", &error);
  g_assert_no_error (error);
  return experiment;
}

/* A score of a campaign that is measured: each claim has that verdict. */
static VrScore *
measured (const char *name, const char *claims, VrVerdict verdict)
{
  VrScore *score = g_new0 (VrScore, 1);
  score->experiment = parse (name, claims);
  score->table = g_new0 (VrClaimTable, 1);
  score->table->experiment = parse (name, claims);
  score->table->planned = score->table->done = 6;
  VrClaimCase of = { .experiment = score->table->experiment };
  score->table->results = vr_claim_judge (&of);
  for (guint i = 0; i < score->table->results->len; i++)
    ((VrClaimResult *) score->table->results->pdata[i])->verdict = verdict;
  score->results = g_ptr_array_ref (score->table->results);
  return score;
}

static VrNeedHost *
host_new (VrSite *site, char **root)
{
  g_autoptr (GError) error = NULL;
  *root = g_build_filename (VRKIT_SOURCE_DIR, "tests/fixtures/hosts/devhost", NULL);
  *site = (VrSite){ .root_dir = *root };
  VrNeedHost *host = vr_need_host_new (site, &error);
  g_assert_no_error (error);
  return host;
}

static void
assert_order (const char *text, const char *const *parts)
{
  const char *p = text;
  for (; *parts != NULL; parts++) {
    const char *found = strstr (p, *parts);
    if (found == NULL)
      g_error ("\"%s\" does not follow in:\n%s", *parts, text);
    p = found + strlen (*parts);
  }
}

static void
test_board (void)
{
  VrSite site;
  g_autofree char *root = NULL;
  g_autoptr (VrNeedHost) host = host_new (&site, &root);
  g_autoptr (GPtrArray) scores = g_ptr_array_new_with_free_func ((GDestroyNotify) vr_score_free);
  VrScore *quick = measured ("two", CLAIM ("a", "row = A10\n"), VR_VERDICT_DOES_NOT_HOLD);
  VrScore *part = measured ("three", CLAIM ("a", "row = A2\n"), VR_VERDICT_HOLDS);
  quick->table->is_quick = TRUE;
  VrScore *open = measured ("four", CLAIM ("a", "row = A1\n"), VR_VERDICT_NOT_SHOWN);
  part->table->done = 4;
  part->changed = VR_CAMPAIGN_EXPERIMENT;
  part->failure = g_strdup ("the disk is full");
  g_ptr_array_add (scores, vr_score_new (parse ("one", CLAIM ("a", "row = B1\n")
                                                           CLAIM ("b", "needs = cpus 3\n")),
                                         "/nowhere", host));
  g_ptr_array_add (scores, quick);
  g_ptr_array_add (scores, part);
  g_ptr_array_add (scores, open);
  g_autofree char *text = vr_scoreboard_print (scores), *json = vr_scoreboard_json (scores);
  static const char *const parts[] = {
    "Paper A\n",
    "A1       four",
    "not shown        x",
    "A2       three",
    "holds",
    "-> not measured; the disk is full; 4 of 6 runs are done; the experiment has changed",
    "A10      two",
    "does not hold",
    "(quick)",
    "Paper B\n",
    "not measured",
    "Other claims\n",
    "cannot be tested",
    "needs 3 CPUs",
    "5 claims of 4 experiments: 1 hold, 1 do not hold, 1 not shown either way, 1 cannot be tested, "
    "1 not measured",
    NULL
  };
  assert_order (text, parts);
  static const char *const members[] = { "\"holds\" : 1",
                                         "\"does_not_hold\" : 1",
                                         "\"not_shown\" : 1",
                                         "\"row\" : \"A1\"",
                                         "\"verdict\" : \"does not hold\"",
                                         "\"shown\" : false",
                                         "\"row\" : \"A2\"",
                                         "\"shown\" : true",
                                         "\"row\" : \"A10\"",
                                         "\"verdict\" : \"does not hold\"",
                                         "\"shown\" : true",
                                         "\"quick\" : true",
                                         NULL };
  assert_order (json, members);
}

static void
test_todo (void)
{
  VrSite site;
  g_autofree char *root = NULL;
  g_autoptr (VrNeedHost) host = host_new (&site, &root);
  g_autoptr (VrScore) score = measured ("one", CLAIM ("a", ""), VR_VERDICT_HOLDS);
  g_autoptr (VrScore) none = vr_score_new (parse ("n", CLAIM ("a", "")), "/nowhere", host);
  g_autoptr (VrScore) lacking
      = vr_score_new (parse ("n\nneeds = cpus 3", CLAIM ("a", "")), "/nowhere", host);
#define TODO(score, pace) vr_score_todo (score, VR_PACE_##pace, host)
  g_assert_cmpint (TODO (none, QUICK), ==, VR_SCORE_BEGIN);
  g_assert_cmpint (TODO (lacking, FULL), ==, VR_SCORE_NOTHING);
  g_assert_cmpint (TODO (score, FULL), ==, VR_SCORE_NOTHING);
  g_assert_cmpint (TODO (score, QUICK), ==, VR_SCORE_NOTHING);
  score->table->done = 5;
  g_assert_cmpint (TODO (score, FULL), ==, VR_SCORE_RESUME);
  g_assert_cmpint (TODO (score, QUICK), ==, VR_SCORE_BEGIN);
  score->table->failed = 1;
  g_assert_cmpint (TODO (score, FULL), ==, VR_SCORE_NOTHING);
  score->table->is_quick = TRUE;
  g_assert_cmpint (TODO (score, FULL), ==, VR_SCORE_BEGIN);
  g_assert_cmpint (TODO (score, QUICK), ==, VR_SCORE_NOTHING);
  score->changed = VR_CAMPAIGN_PROFILE;
  g_assert_cmpint (TODO (score, QUICK), ==, VR_SCORE_BEGIN);
}

/* A campaign that told nothing is made anew. */
static void
test_todo_anew (void)
{
  VrSite site;
  g_autofree char *root = NULL;
  g_autoptr (VrNeedHost) host = host_new (&site, &root);
  g_autoptr (VrScore) failed = measured ("one", CLAIM ("a", ""), VR_VERDICT_UNTESTED);
  g_autoptr (VrScore) lacked
      = measured ("two", CLAIM ("a", "needs = cpus 2\n"), VR_VERDICT_UNTESTED);
  g_autoptr (VrScore) lacking
      = measured ("three", CLAIM ("a", "needs = cpus 2, cpus 3\n"), VR_VERDICT_UNTESTED);
  failed->table->done = 1;
  failed->table->failed = 5;
  g_assert_cmpint (TODO (failed, FULL), ==, VR_SCORE_NOTHING);
  failed->table->done = 0;
  failed->table->failed = 6;
  g_assert_cmpint (TODO (failed, FULL), ==, VR_SCORE_BEGIN);
  g_assert_cmpint (TODO (lacked, FULL), ==, VR_SCORE_NOTHING);
  ((VrClaimResult *) lacked->results->pdata[0])->is_lacking = TRUE;
  ((VrClaimResult *) lacking->results->pdata[0])->is_lacking = TRUE;
  g_assert_cmpint (TODO (lacked, FULL), ==, VR_SCORE_BEGIN);
  g_assert_cmpint (TODO (lacking, FULL), ==, VR_SCORE_NOTHING);
}
#undef TODO

static void
write_text (const char *folder, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

/* Makes the campaign one-1 in the folder of the experiment, with nothing measured yet. */
static void
write_campaign (const char *folder, const VrExperiment *experiment)
{
  g_autoptr (GError) error = NULL;
  VrRunChoice choice = { .only = NULL };
  g_autofree char *store = g_build_filename (folder, "one-1", NULL);
  g_autofree char *path = g_build_filename (store, VR_CAMPAIGN_RESULTS, NULL);
  g_assert_cmpint (g_mkdir (store, 0700), ==, 0);
  g_autoptr (VrLab) lab = vr_profile_load (experiment->profile, &error);
  g_assert_no_error (error);
  g_autofree char *profile = vr_profile_print (lab);
  write_text (store, VR_CAMPAIGN_EXPERIMENT, experiment->text);
  write_text (store, VR_CAMPAIGN_PROFILE, profile);
  g_autoptr (VrRunTable) table = vr_run_table_new (experiment, &choice, &error);
  g_assert_no_error (error);
  g_autoptr (VrResults) results = vr_results_create (path, table, "", &error);
  g_assert_no_error (error);
}

static void
remove_all (const char *folder)
{
  static const char *const names[]
      = { "one-1/" VR_CAMPAIGN_EXPERIMENT, "one-1/" VR_CAMPAIGN_PROFILE,
          "one-1/" VR_CAMPAIGN_RESULTS, "one-1", "lab.conf" };
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = g_build_filename (folder, names[i], NULL);
    g_assert_cmpint (g_remove (path), ==, 0);
  }
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

/* A campaign counts no more once its experiment or its profile is another. */
static void
test_changed (void)
{
  g_autoptr (GError) error = NULL;
  VrSite site;
  g_autofree char *root = NULL, *folder = g_mkdtemp (g_strdup ("/dev/shm/vrkit-score-XXXXXX"));
  g_assert_nonnull (folder);
  g_autofree char *path = g_build_filename (folder, "exp.conf", NULL);
  g_autoptr (VrNeedHost) host = host_new (&site, &root);
  write_text (folder, "lab.conf", PROFILE);
  VrExperiment *experiment = vr_experiment_parse (EXPERIMENT, path, &error);
  g_assert_no_error (error);
  write_campaign (folder, experiment);
  g_autoptr (VrScore) same = vr_score_new (experiment, folder, host);
  g_assert_cmpstr (same->failure, ==, NULL);
  g_assert_nonnull (same->table);
  g_assert_null (same->changed);
  g_assert_cmpint (vr_score_todo (same, VR_PACE_FULL, host), ==, VR_SCORE_RESUME);
  write_text (folder, "lab.conf", PROFILE "# a comment changes nothing\n");
  vr_score_refresh (same, folder, host);
  g_assert_null (same->changed);
  write_text (folder, "lab.conf", PROFILE "[lab]\nname = another\n");
  vr_score_refresh (same, folder, host);
  g_assert_cmpstr (same->changed, ==, VR_CAMPAIGN_PROFILE);
  g_assert_cmpint (vr_score_todo (same, VR_PACE_FULL, host), ==, VR_SCORE_BEGIN);
  g_autoptr (GPtrArray) scores = g_ptr_array_new ();
  g_ptr_array_add (scores, same);
  g_autofree char *text = vr_scoreboard_print (scores);
  g_assert_nonnull (strstr (text, "; the profile has changed since"));
  VrExperiment *other = vr_experiment_parse (EXPERIMENT "# new\n", path, &error);
  g_assert_no_error (error);
  g_autoptr (VrScore) changed = vr_score_new (other, folder, host);
  g_assert_cmpstr (changed->changed, ==, VR_CAMPAIGN_EXPERIMENT);
  remove_all (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/scoreboard/board", test_board);
  g_test_add_func ("/scoreboard/todo", test_todo);
  g_test_add_func ("/scoreboard/todo-anew", test_todo_anew);
  g_test_add_func ("/scoreboard/changed", test_changed);
  return g_test_run ();
}
