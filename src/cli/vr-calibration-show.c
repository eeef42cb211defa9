/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/vr-calibration-show.h"

#include <string.h>

#include "base/vr-error.h"
#include "base/vr-unit.h"
#include "campaign/vr-calibrate-thread.h"
#include "campaign/vr-calibration-contract.h"
#include "campaign/vr-calibration-origin.h"
#include "campaign/vr-calibration-print.h"
#include "config/vr-profile.h"
#include "host/vr-host.h"
#include "lab/vr-inspect.h"

char *
vr_calibration_stored (const char *directory, const char *lab, const char *router)
{
  return vr_calibration_path (directory != NULL ? directory : VR_CALIBRATIONS, lab, router);
}

gboolean
vr_calibration_rate (const char *option, const char *text, guint64 *rate_pps, GError **error)
{
  if (text == NULL)
    return TRUE;
  if (!vr_unit_parse_packet_rate (text, rate_pps, error))
    return vr_cli_blame_option (option, error);
  if (*rate_pps > 0)
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "%s=%s: above 0", option, text);
  return FALSE;
}

/* The lab as it is; where it is not up, as the profile has it that was named. */
static VrLab *
read_lab (const VrCli *cli, const char *argument, const char *name, GError **error)
{
  g_autoptr (GError) cause = NULL;
  VrLab *lab = vr_inspect_lab (&cli->site, name, &cause);
  if (lab == NULL && strcmp (argument, name) != 0)
    return vr_profile_load (argument, error);
  if (lab == NULL)
    g_propagate_error (error, g_steal_pointer (&cause));
  return lab;
}

static gboolean
fill_contracts (const VrCli *cli, const VrCalibration *calibration, const VrLab *lab,
                guint64 rate_pps, VrCalibrationContract *contracts, GError **error)
{
  g_autoptr (VrHost) host = vr_host_read (cli->site.root_dir, error);
  for (guint i = 0; host != NULL && i < calibration->curves->len; i++)
    vr_calibration_contract_fill (calibration, calibration->curves->pdata[i], lab, host, rate_pps,
                                  &contracts[i]);
  return host != NULL;
}

static int
tell_contracts (const VrCli *cli, VrCalibrationTold *told, const VrLab *lab, const char *contract,
                GError **error)
{
  guint count = told->calibration->curves->len;
  guint64 rate_pps;
  g_autofree VrCalibrationContract *contracts = g_new0 (VrCalibrationContract, count);
  if (!vr_calibration_rate ("--contract", contract, &rate_pps, error)
      || !fill_contracts (cli, told->calibration, lab, rate_pps, contracts, error))
    return 1;
  told->contracts = contracts;
  g_autofree char *text = cli->json ? vr_calibration_json (told) : vr_calibration_table (told);
  int status = vr_cli_print (text, error) ? 0 : VR_ERROR_HOST;
  for (guint i = 0; i < count; i++) {
    if (contracts[i].error != NULL && status == 0)
      status = vr_error_exit_status (contracts[i].error);
    vr_calibration_contract_clear (&contracts[i]);
  }
  return status;
}

static int
tell (const VrCli *cli, VrCalibrationTold *told, const VrLab *lab, const char *contract,
      GError **error)
{
  if (contract != NULL && told->stale == NULL)
    return tell_contracts (cli, told, lab, contract, error);
  g_autofree char *text = cli->json ? vr_calibration_json (told) : vr_calibration_table (told);
  if (!vr_cli_print (text, error))
    return VR_ERROR_HOST;
  return told->stale == NULL ? 0 : VR_ERROR_UNWANTED;
}

int
vr_calibration_show (const VrCli *cli, const VrCalibrationAsked *asked, GError **error)
{
  g_autoptr (GError) cause = NULL;
  guint64 unused;
  if (!vr_calibration_rate ("--contract", asked->contract, &unused, error))
    return VR_ERROR_USAGE;
  g_autoptr (VrLab) lab = read_lab (cli, asked->argument, asked->lab, error);
  const VrRouter *of = lab != NULL ? vr_calibrate_router (lab, asked->router, error) : NULL;
  if (of == NULL)
    return 1;
  g_autofree char *path
      = vr_calibration_stored (asked->directory, asked->lab, vr_router_outward (of));
  g_autoptr (VrCalibration) calibration = vr_calibration_read (path, &cause);
  if (calibration == NULL && cause == NULL)
    g_set_error (&cause, VR_ERROR, VR_ERROR_UNWANTED,
                 "router %s of lab %s is not calibrated (there is no \"%s\"): `vrkit calibrate %s` "
                 "does it",
                 vr_router_outward (of), asked->lab, path, asked->lab);
  if (calibration == NULL) {
    g_propagate_error (error, g_steal_pointer (&cause));
    return 1;
  }
  g_autoptr (JsonNode) now = vr_calibration_origin_new (&cli->site, lab, of, error);
  if (now == NULL)
    return 1;
  g_autofree char *stale = vr_calibration_origin_difference (calibration->origin, now);
  VrCalibrationTold told = { .calibration = calibration, .stale = stale };
  return tell (cli, &told, lab, asked->contract, error);
}
