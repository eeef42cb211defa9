/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/vr-error.h"
#include "base/vr-unit.h"
#include "cli/vr-cli.h"
#include "config/vr-profile.h"
#include "control/vr-simulate-balance.h"
#include "control/vr-simulate.h"

#define NS_PER_S 1e9

static char *tenants, *cores, *duration, *period, *seed, *load, *fill, *falsify, *noise, *shortage,
    *faults, *balance;
static gboolean open_loop;

static const GOptionEntry options[] = {
  { "balance", 0, 0, G_OPTION_ARG_FILENAME, &balance,
    "cores that follow the load, as [balance] of that profile has it, instead of rates that are "
    "held",
    "PROFILE" },
  { "tenants", 0, 0, G_OPTION_ARG_STRING, &tenants,
    "how many; with --balance, routers (default: 1000, with --balance 100)", "N" },
  { "cores", 0, 0, G_OPTION_ARG_STRING, &cores, "of the host (default: 256, with --balance 64)",
    "N" },
  { "duration", 'd', 0, G_OPTION_ARG_STRING, &duration,
    "how long, of the simulated time (default: 24h, or as long as the recorded load)", "DURATION" },
  { "period", 0, 0, G_OPTION_ARG_STRING, &period, "of the controller, 100ms to 10s (default: 1s)",
    "DURATION" },
  { "seed", 0, 0, G_OPTION_ARG_STRING, &seed, "all that is drawn follows from it (default: 1)",
    "N" },
  { "load", 0, 0, G_OPTION_ARG_FILENAME, &load,
    "a recorded load, lines of time_s,tenant,offered_pps (default: made up)", "FILE" },
  { "fill", 0, 0, G_OPTION_ARG_STRING, &fill,
    "part of each core that its contracts take by their calibrations (default: 65%)", "SHARE" },
  { "falsify", 0, 0, G_OPTION_ARG_STRING, &falsify,
    "calibrations are off by up to so much, to both sides (default: 30%)", "SHARE" },
  { "noise", 0, 0, G_OPTION_ARG_STRING, &noise,
    "of what a router forwards in a period, to both sides (default: 2%)", "SHARE" },
  { "shortage", 0, 0, G_OPTION_ARG_STRING, &shortage,
    "part of the cores that lose a third to two thirds of their capacity for a time (default: 10%)",
    "SHARE" },
  { "faults", 0, 0, G_OPTION_ARG_STRING, &faults,
    "part of the tenants that hang, start anew, or cannot be read for half a minute (default: 5%)",
    "SHARE" },
  { "open-loop", 0, 0, G_OPTION_ARG_NONE, &open_loop, "do not correct the calibrations", NULL },
  { 0 },
};

static gboolean
read_count (const char *option, const char *text, guint most, guint *count, GError **error)
{
  guint64 number;
  if (text == NULL)
    return TRUE;
  if (!g_ascii_string_to_unsigned (text, 10, 1, most, &number, NULL)) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "%s=%s: a number is wanted, 1 to %u", option,
                 text, most);
    return FALSE;
  }
  *count = (guint) number;
  return TRUE;
}

static gboolean
read_seed (guint64 *number, GError **error)
{
  if (seed == NULL || g_ascii_string_to_unsigned (seed, 10, 0, G_MAXINT64, number, NULL))
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
               "--seed=%s: a number is wanted, 0 to %" G_GINT64_FORMAT, seed, G_MAXINT64);
  return FALSE;
}

static gboolean
read_share (const char *option, const char *text, double *share, GError **error)
{
  return text == NULL || vr_unit_parse_ratio (text, share, error)
         || vr_cli_blame_option (option, error);
}

static gboolean
read_duration (const char *option, const char *text, guint64 *duration_ns, GError **error)
{
  return text == NULL || vr_unit_parse_duration (text, duration_ns, error)
         || vr_cli_blame_option (option, error);
}

static gboolean
read_spec (VrSimulateSpec *spec, GError **error)
{
  if (load != NULL && tenants != NULL) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
                 "--tenants=%s: a recorded load (--load) has its own", tenants);
    return FALSE;
  }
  return read_count ("--tenants", tenants, VR_SIMULATE_TENANTS_MAX, &spec->tenants, error)
         && read_count ("--cores", cores, VR_SIMULATE_CORES_MAX, &spec->cores, error)
         && read_duration ("--duration", duration, &spec->duration_ns, error)
         && read_duration ("--period", period, &spec->period_ns, error)
         && read_seed (&spec->seed, error) && read_share ("--fill", fill, &spec->fill, error)
         && read_share ("--falsify", falsify, &spec->falsify, error)
         && read_share ("--noise", noise, &spec->noise, error)
         && read_share ("--shortage", shortage, &spec->shortage, error)
         && read_share ("--faults", faults, &spec->faults, error);
}

/* To the period after its last line. */
static void
follow_record (VrSimulateSpec *spec, const VrSimulateRecord *record)
{
  const VrSimulateRow *last = &g_array_index (record->rows, VrSimulateRow, record->rows->len - 1);
  spec->record = record;
  if (duration == NULL)
    spec->duration_ns = (guint64) (last->time_s * NS_PER_S) + spec->period_ns;
}

/* --- Cores that follow the load -----------------------------------------------------------------
 */

/* What only rates that are held have. */
static gboolean
refuse_others (GError **error)
{
  const struct {
    const char *name;
    gboolean is_given;
  } others[] = { { "--period", period != NULL }, { "--load", load != NULL },
                 { "--fill", fill != NULL },     { "--shortage", shortage != NULL },
                 { "--faults", faults != NULL }, { "--open-loop", open_loop } };
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    if (others[i].is_given) {
      g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
                   "%s and --balance=%s: that is of tenants that are held to their rates%s: leave "
                   "out one",
                   others[i].name, balance, i == 0 ? ", and [balance] has its own period" : "");
      return FALSE;
    }
  return TRUE;
}

static VrLab *
read_balance (GError **error)
{
  g_autoptr (VrLab) lab = vr_profile_load (balance, error);
  if (lab == NULL || lab->follow != NULL)
    return g_steal_pointer (&lab);
  g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "--balance=%s: the profile has no group [balance]",
               balance);
  return NULL;
}

static int
run_balance (VrCli *cli, GError **error)
{
  VrSimulateBalanceSpec spec = vr_simulate_balance_spec_default ();
  if (!refuse_others (error)
      || !read_count ("--tenants", tenants, VR_SIMULATE_BALANCE_ROUTERS_MAX, &spec.routers, error)
      || !read_count ("--cores", cores, VR_SIMULATE_BALANCE_CORES_MAX, &spec.cores, error)
      || !read_duration ("--duration", duration, &spec.duration_ns, error)
      || !read_seed (&spec.seed, error) || !read_share ("--falsify", falsify, &spec.falsify, error)
      || !read_share ("--noise", noise, &spec.noise, error))
    return 1;
  g_autoptr (VrLab) lab = read_balance (error);
  if (lab == NULL)
    return 1;
  spec.settings = lab->follow;
  g_autoptr (VrSimulateBalanceResult) result = vr_simulate_balance_run (&spec, error);
  if (result == NULL)
    return 1;
  g_autofree char *text = cli->json ? vr_simulate_balance_result_json (result)
                                    : vr_simulate_balance_result_table (result);
  if (!vr_cli_print (text, error))
    return 1;
  return vr_simulate_balance_result_is_good (result) ? 0 : VR_ERROR_UNWANTED;
}

static int
run (VrCli *cli, char **arguments, GError **error)
{
  (void) arguments;
  if (balance != NULL)
    return run_balance (cli, error);
  VrSimulateSpec spec = vr_simulate_spec_default ();
  g_autoptr (VrSimulateRecord) record = NULL;
  spec.is_open_loop = open_loop;
  if (!read_spec (&spec, error))
    return VR_ERROR_USAGE;
  if (load != NULL) {
    record = vr_simulate_record_read (load, VR_SIMULATE_TENANTS_MAX, error);
    if (record == NULL)
      return VR_ERROR_USAGE;
    follow_record (&spec, record);
  }
  g_autoptr (VrSimulateResult) result = vr_simulate_run (&spec, error);
  if (result == NULL)
    return 1;
  g_autofree char *text
      = cli->json ? vr_simulate_result_json (result) : vr_simulate_result_table (result);
  if (!vr_cli_print (text, error))
    return 1;
  return vr_simulate_result_is_good (result) ? 0 : VR_ERROR_UNWANTED;
}

const VrCommand *
vr_cmd_simulate (void)
{
  static const VrCommand command = {
    .name = "simulate",
    .synopsis = "",
    .summary = "try the controller of rates on a host that is made up",
    .doc = "Runs the code that decides upon tenants' reservations against a simulated host, by "
           "default a day of 1,000 tenants on 256 cores, and looks in each period at what must "
           "hold: contracts while capacity suffices, bounds, no oscillation, fairness when it does "
           "not. Needs no root, and touches nothing. Exit status 1 when something did not hold; "
           "the first break is told. With --balance it is the code by which cores follow the load "
           "that is tried. See vrkit-simulate(1). With --json the schema is vrkit.simulate/1, or "
           "vrkit.follow/1.",
    .options = options,
    .least = 0,
    .most = 0,
    .run = run,
  };
  return &command;
}
