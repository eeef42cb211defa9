/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-scoreboard.h"

#include "campaign/vr-campaign-resume.h"

static void
clear (VrScore *score)
{
  g_clear_pointer (&score->directory, g_free);
  g_clear_pointer (&score->results, g_ptr_array_unref);
  g_clear_pointer (&score->table, vr_claim_table_free);
  g_clear_pointer (&score->failure, g_free);
  score->changed = NULL;
}

void
vr_score_free (VrScore *score)
{
  clear (score);
  vr_experiment_free (score->experiment);
  g_free (score);
}

void
vr_score_refresh (VrScore *score, const char *base, VrNeedHost *host)
{
  g_autoptr (GError) cause = NULL;
  clear (score);
  score->directory = vr_campaign_dir_last (base, score->experiment->name);
  if (score->directory != NULL
      && (score->table = vr_claim_table_read (score->directory, &cause)) == NULL)
    score->failure = g_strdup (cause->message);
  if (score->table != NULL) {
    score->results = g_ptr_array_ref (score->table->results);
    if (!vr_campaign_find_change (score->directory, score->experiment, &score->changed, NULL))
      score->changed = VR_CAMPAIGN_PROFILE;
    return;
  }
  VrClaimCase of = { .experiment = score->experiment, .lack = vr_need_lack, .lack_data = host };
  score->results = vr_claim_judge (&of);
}

VrScore *
vr_score_new (VrExperiment *experiment, const char *base, VrNeedHost *host)
{
  VrScore *score = g_new0 (VrScore, 1);
  score->experiment = experiment;
  vr_score_refresh (score, base, host);
  return score;
}

/* Whether a claim could not be tested where it was measured, and can be on this host. */
static gboolean
is_need_met_now (const VrClaimTable *table, VrNeedHost *host)
{
  for (guint i = 0; i < table->results->len; i++) {
    const VrClaimResult *result = table->results->pdata[i];
    gboolean is_met = result->is_lacking;
    for (guint k = 0; is_met && k < result->claim->needs->len; k++) {
      g_autofree char *lack = vr_need_lack (result->claim->needs->pdata[k], host);
      is_met = lack == NULL;
    }
    if (is_met)
      return TRUE;
  }
  return FALSE;
}

/* Whether nothing of the campaign is worth to be kept. */
static gboolean
is_void (const VrScore *score, VrNeedHost *host)
{
  const VrClaimTable *table = score->table;
  return table == NULL || score->changed != NULL || table->failed == table->planned
         || is_need_met_now (table, host);
}

VrScoreTodo
vr_score_todo (const VrScore *score, VrPace pace, VrNeedHost *host)
{
  const VrClaimTable *table = score->table;
  if (!vr_need_check_host (score->experiment, host, NULL))
    return VR_SCORE_NOTHING;
  /* A quick campaign does for quick verdicts alone. */
  if (is_void (score, host) || (table->is_quick && pace == VR_PACE_FULL))
    return VR_SCORE_BEGIN;
  if (table->done + table->failed == table->planned)
    return VR_SCORE_NOTHING;
  return table->is_quick == (pace == VR_PACE_QUICK) ? VR_SCORE_RESUME : VR_SCORE_BEGIN;
}
