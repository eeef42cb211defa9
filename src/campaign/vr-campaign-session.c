/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "campaign/vr-campaign-session.h"

#include "campaign/vr-need.h"

void
vr_campaign_session_clear (VrCampaignSession *session)
{
  g_clear_pointer (&session->table, vr_run_table_free);
  g_clear_pointer (&session->results, vr_results_close);
  vr_campaign_dir_clear (&session->dir);
}

/* What this host lacks; NULL where it cannot be asked, or lacks what the whole experiment needs. */
static char *
ask_host (const VrSite *site, const VrExperiment *experiment, GError **error)
{
  g_autoptr (VrNeedHost) host = vr_need_host_new (site, error);
  return host != NULL && vr_need_check_host (experiment, host, error)
             ? vr_need_lacks (experiment, host)
             : NULL;
}

static gboolean
open_results (VrCampaignSession *session, const char *path, GError **error)
{
  g_autofree char *file = vr_campaign_dir_file (path, VR_CAMPAIGN_RESULTS);
  session->results = vr_results_open (file, VR_RESULTS_WRITE, error);
  return session->results != NULL;
}

gboolean
vr_campaign_session_begin (const VrSite *site, const VrExperiment *experiment,
                           const VrRunChoice *choice, const char *path, VrCampaignSession *session,
                           GError **error)
{
  session->table = vr_run_table_new (experiment, choice, error);
  g_autofree char *lacks = session->table != NULL ? ask_host (site, experiment, error) : NULL;
  g_autoptr (VrRunRoute) route
      = lacks != NULL ? vr_run_route_new (site, session->table, error) : NULL;
  g_autofree char *only
      = choice->only != NULL ? g_strjoinv ("\n", (char **) choice->only) : g_strdup ("");
  return route != NULL
         && vr_campaign_dir_make (path, site, session->table, only, &session->dir, error)
         && open_results (session, path, error)
         && vr_results_set (session->results, VR_RESULTS_LACKS, lacks, error);
}

gboolean
vr_campaign_session_resume (const VrResume *resume, const char *path, VrCampaignSession *session,
                            GError **error)
{
  g_autofree char *lacks = ask_host (resume->site, resume->experiment, error);
  if (lacks == NULL || !vr_campaign_dir_open (path, &session->dir, error)
      || !open_results (session, path, error))
    return FALSE;
  session->table = vr_campaign_resume (&session->dir, session->results, resume, error);
  return session->table != NULL
         && vr_results_set (session->results, VR_RESULTS_LACKS, lacks, error);
}
