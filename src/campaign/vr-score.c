/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-scoreboard.h"

#include <string.h>

#include "campaign/vr-campaign-dir.h"

static void
clear (VrScore *score)
{
  g_clear_pointer (&score->directory, g_free);
  g_clear_pointer (&score->results, g_ptr_array_unref);
  g_clear_pointer (&score->table, vr_claim_table_free);
  g_clear_pointer (&score->failure, g_free);
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
    score->is_of_other_text = strcmp (score->table->experiment->text, score->experiment->text) != 0;
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

VrScoreTodo
vr_score_todo (const VrScore *score, VrPace pace, VrNeedHost *host)
{
  const VrClaimTable *table = score->table;
  if (!vr_need_check_host (score->experiment, host, NULL))
    return VR_SCORE_NOTHING;
  /* A quick campaign does for quick verdicts alone. */
  if (table == NULL || score->is_of_other_text || (table->is_quick && pace == VR_PACE_FULL))
    return VR_SCORE_BEGIN;
  if (table->done + table->failed == table->planned)
    return VR_SCORE_NOTHING;
  return table->is_quick == (pace == VR_PACE_QUICK) ? VR_SCORE_RESUME : VR_SCORE_BEGIN;
}
