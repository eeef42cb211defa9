/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/vr-cli-run.h"

#include <stdio.h>

#include "control/vr-control-beside.h"

static gint64
sample_of (const VrCampaignEvent *event, const char *name)
{
  return event->attempt->sample->values[vr_sample_column (name)];
}

static char *
event_text (const VrCampaignEvent *event)
{
  g_autofree char *left = vr_run_time_text (event->left_ns);
  g_autofree char *head = g_strdup_printf ("run %u of %u, block %u, %s", event->run, event->runs,
                                           event->block, event->condition->label);
  if (event->step == VR_CAMPAIGN_BEGIN)
    return g_steal_pointer (&head);
  if (event->step == VR_CAMPAIGN_FAILED)
    return g_strdup_printf ("%s: try %u failed: %s", head, event->attempt->number,
                            event->attempt->reason);
  const char *notes = event->attempt->host->notes;
  return g_strdup_printf ("%s: received %" G_GINT64_FORMAT "/s of %" G_GINT64_FORMAT
                          "/s, lost %" G_GINT64_FORMAT "; %s left%s%s",
                          head, sample_of (event, "received_pps"), sample_of (event, "offered_pps"),
                          sample_of (event, "lost"), left, *notes != '\0' ? "; host: " : "", notes);
}

/* On a terminal a line that is written over, but for failures; elsewhere a line each. */
static void
show_event (const VrCampaignEvent *event, gpointer data)
{
  const VrCli *cli = data;
  if (cli->quiet || (event->step == VR_CAMPAIGN_BEGIN && !cli->ticker))
    return;
  g_autofree char *text = event_text (event);
  gboolean stays = !cli->ticker || event->step == VR_CAMPAIGN_FAILED;
  fprintf (stderr, "%s%s%s", cli->ticker ? "\r\033[K" : "", text, stays ? "\n" : "");
}

gboolean
vr_cli_run_session (VrCli *cli, const VrCampaignSession *session, const char *calibrations,
                    VrCampaignOutcome *outcome, GError **error)
{
  VrCampaign campaign = { .table = session->table,
                          .directory = session->dir.path,
                          .results = session->results,
                          .clock = vr_clock_system (),
                          .lab_options = vr_cli_lab_options (cli),
                          .beside = vr_control_beside (),
                          .calibrations = calibrations != NULL ? calibrations : VR_CALIBRATIONS,
                          .tell = show_event,
                          .tell_data = cli };
  gboolean good = vr_campaign_run (&cli->site, &campaign, outcome, error);
  if (cli->ticker && !cli->quiet)
    fputs ("\r\033[K", stderr);
  return good;
}
