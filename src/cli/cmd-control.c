/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/vr-error.h"
#include "base/vr-fd.h"
#include "cli/vr-calibration-show.h"
#include "cli/vr-traffic-options.h"
#include "control/vr-control-log.h"
#include "control/vr-metrics-server.h"
#include "control/vr-metrics.h"

#define PERIOD_LEAST_NS 100000000ull
#define PERIOD_MOST_NS 10000000000ull

static char *period, *duration, *log_path, *metrics, *directory;
static gboolean once, dry_run, guess, detach;

static const GOptionEntry options[] = {
  { "once", 0, 0, G_OPTION_ARG_NONE, &once,
    "reserve what the calibrations say, once, and end: the loop stays open", NULL },
  { "dry-run", 'n', 0, G_OPTION_ARG_NONE, &dry_run,
    "with --once: print what would be reserved, and do nothing", NULL },
  { "guess", 0, 0, G_OPTION_ARG_NONE, &guess,
    "where a router has no calibration that holds, guess what it forwards", NULL },
  { "period", 0, 0, G_OPTION_ARG_STRING, &period,
    "how often to look and decide, 100ms to 10s (default: 500ms, or without tenants the period of "
    "[balance])",
    "DURATION" },
  { "for", 0, 0, G_OPTION_ARG_STRING, &duration, "end after so long (default: when it is ended)",
    "DURATION" },
  { "log", 0, 0, G_OPTION_ARG_FILENAME, &log_path,
    "append each decision to this file, an object of JSON a line", "FILE" },
  { "metrics", 0, 0, G_OPTION_ARG_STRING, &metrics,
    "serve what is seen and decided to Prometheus at /metrics: 127.0.0.1:PORT, [::1]:PORT or "
    "unix:/PATH",
    "ADDRESS" },
  { "detach", 0, 0, G_OPTION_ARG_NONE, &detach,
    "go on in the background once the first reservations are made", NULL },
  { "calibrations", 0, 0, G_OPTION_ARG_FILENAME, &directory,
    "where calibrations are kept (default: " VR_CALIBRATIONS ")", "DIR" },
  { 0 },
};

/* --- Options ------------------------------------------------------------------------------------
 */

static gboolean
refuse (const char *option, const char *value, const char *what, GError **error)
{
  g_set_error (error, VR_ERROR, VR_ERROR_USAGE, "%s%s%s: %s", option, value != NULL ? "=" : "",
               value != NULL ? value : "", what);
  return FALSE;
}

static gboolean
read_period (guint64 *period_ns, GError **error)
{
  *period_ns = 0;
  return vr_traffic_duration ("--period", period, period_ns, error)
         && (period == NULL || (*period_ns >= PERIOD_LEAST_NS && *period_ns <= PERIOD_MOST_NS)
             || refuse ("--period", period, "100ms to 10s", error));
}

static gboolean
read_request (VrControllerRequest *request, const char *lab, GError **error)
{
  if (dry_run && !once)
    return refuse ("--dry-run", NULL, "goes with --once", error);
  if (once && detach)
    return refuse ("--detach", NULL, "goes without --once", error);
  if (once && (duration != NULL || metrics != NULL))
    return refuse (duration != NULL ? "--for" : "--metrics", duration != NULL ? duration : metrics,
                   "goes without --once", error);
  *request = (VrControllerRequest){
    .holding = { .lab = lab,
                 .calibrations = directory != NULL ? directory : VR_CALIBRATIONS,
                 .trust = guess ? VR_HOLDING_GUESS : VR_HOLDING_MEASURED },
    .mode = !once     ? VR_CONTROL_LOOP
            : dry_run ? VR_CONTROL_REHEARSE
                      : VR_CONTROL_ONCE,
    .clock = vr_clock_system (),
  };
  return read_period (&request->period_ns, error)
         && vr_traffic_duration ("--for", duration, &request->duration_ns, error);
}

/* --- What is told -------------------------------------------------------------------------------
 */

typedef struct {
  const VrCli *cli;
  VrFd log;                /* -1: none */
  gboolean has_log_failed; /* which was told */
  VrFd ready;              /* where the first step is told to whoever waits for it; -1: nobody */
  VrMetricsServer *server; /* NULL: none */
  GArray *problems;        /* guint: of each tenant, as told last */
  GArray *full;            /* gboolean: of each router that follows, likewise */
  char *last_error;
  char *last_events; /* what was told last of what comes again and again */
} Teller;

static void
teller_clear (Teller *teller)
{
  vr_fd_clear (&teller->log);
  vr_fd_clear (&teller->ready);
  g_clear_pointer (&teller->server, vr_metrics_server_stop);
  g_clear_pointer (&teller->problems, g_array_unref);
  g_clear_pointer (&teller->full, g_array_unref);
  g_clear_pointer (&teller->last_error, g_free);
  g_clear_pointer (&teller->last_events, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Teller, teller_clear)

static void
tell_problems (Teller *teller, const VrControlStep *step)
{
  const GArray *tenants = step->holding->contract->tenants;
  g_array_set_size (teller->problems, tenants->len);
  for (guint i = 0; i < tenants->len; i++) {
    guint *told = &g_array_index (teller->problems, guint, i);
    guint problems = step->results[i].problems, news = problems & ~*told, gone = *told & ~problems;
    const char *name = g_array_index (tenants, VrDecideTenant, i).name;
    for (guint k = 0; k < VR_DECIDE_PROBLEMS; k++)
      if ((news | gone) & (1u << k))
        vr_cli_note (teller->cli, "tenant %s: %s%s", name, vr_decide_problem_text (k),
                     news & (1u << k) ? "" : ": no longer");
    *told = problems;
  }
}

/* Where a router should have more than there is, and where that is over. */
static void
tell_full (Teller *teller, const VrControlStep *step)
{
  const VrFollow *follow = step->holding->follow;
  if (follow == NULL || !step->has_followed)
    return;
  g_array_set_size (teller->full, follow->routers->len);
  for (guint i = 0; i < follow->routers->len; i++) {
    const VrFollowRouter *router = follow->routers->pdata[i];
    gboolean *told = &g_array_index (teller->full, gboolean, i);
    gboolean is_full = vr_cores_results (follow->cores)[i].reason == VR_CORES_FULL;
    if (is_full != *told)
      vr_cli_note (teller->cli,
                   "router %s: more arrives than it has cores for, and no CPU has room%s",
                   router->name, is_full ? "" : ": no longer");
    *told = is_full;
  }
}

static void
tell_events (Teller *teller, const VrControlStep *step)
{
  g_autoptr (GString) events = g_string_new (NULL);
  for (guint i = 0; i < step->events->len; i++)
    g_string_append_printf (events, "%s%s", i > 0 ? "\n" : "",
                            (const char *) step->events->pdata[i]);
  if (events->len > 0 && g_strcmp0 (events->str, teller->last_events) != 0)
    vr_cli_note (teller->cli, "%s", events->str);
  g_free (teller->last_events);
  teller->last_events = g_strdup (events->str);
}

static void
tell_people (Teller *teller, const VrControlStep *step)
{
  tell_events (teller, step);
  if (g_strcmp0 (step->error, teller->last_error) != 0 && step->error != NULL)
    vr_cli_note (teller->cli, "nothing was changed: %s", step->error);
  g_free (teller->last_error);
  teller->last_error = g_strdup (step->error);
  tell_problems (teller, step);
  tell_full (teller, step);
}

static void
tell_first (Teller *teller, const VrControlStep *step)
{
  g_autofree char *table = vr_control_log_table (step);
  for (char **note = step->holding->contract->notes; *note != NULL; note++)
    vr_cli_note (teller->cli, "note: %s", *note);
  const VrFollow *follow = step->holding->follow;
  for (char **note = follow != NULL ? follow->notes : NULL; note != NULL && *note != NULL; note++)
    vr_cli_note (teller->cli, "note: %s", *note);
  if (!teller->cli->json)
    vr_cli_print (table, NULL);
  vr_cli_flush (NULL);
}

/* Nobody reads what goes on in the background. */
static void
leave_terminal (Teller *teller)
{
  g_auto (VrFd) nothing = open ("/dev/null", O_RDWR | O_CLOEXEC);
  for (int fd = STDIN_FILENO; nothing >= 0 && fd <= STDERR_FILENO; fd++)
    dup2 (nothing, fd);
  if (!vr_fd_write (teller->ready, "1", 1))
    g_debug ("nobody waits any more");
  vr_fd_clear (&teller->ready);
}

static void
publish (const Teller *teller, const VrControlStep *step)
{
  const GArray *tenants = step->holding->contract->tenants;
  VrMetricsControl control = { .tenants = (const VrDecideTenant *) (gconstpointer) tenants->data,
                               .results = step->results,
                               .count = tenants->len,
                               .follow = step->holding->follow,
                               .contract = step->holding->contract };
  g_autofree char *text = vr_metrics_text (step->holding->lab->name, step->snapshot, &control);
  vr_metrics_server_publish (teller->server, text);
}

/* A decision that is not on record is told of once; so is that the next one is again. */
static void
write_log (Teller *teller, const char *line)
{
  g_autofree char *whole = g_strconcat (line, "\n", NULL);
  gboolean has_failed = teller->log >= 0 && !vr_fd_write (teller->log, whole, strlen (whole));
  int cause = errno;
  if (has_failed && !teller->has_log_failed)
    vr_cli_note (teller->cli, "--log=%s: decisions are not on record: %s", log_path,
                 g_strerror (cause));
  else if (!has_failed && teller->has_log_failed)
    vr_cli_note (teller->cli, "--log=%s: decisions are on record again", log_path);
  teller->has_log_failed = has_failed;
}

static void
tell (const VrControlStep *step, gpointer data)
{
  Teller *teller = data;
  if (teller->server != NULL && step->snapshot->ports != NULL)
    publish (teller, step);
  g_autofree char *line = vr_control_log_line (step);
  write_log (teller, line);
  if (teller->cli->json) {
    vr_cli_print (line, NULL);
    vr_cli_flush (NULL);
  }
  if (step->number == 0)
    tell_first (teller, step);
  tell_people (teller, step);
  if (teller->ready >= 0)
    leave_terminal (teller);
}

static gboolean
open_log (Teller *teller, GError **error)
{
  if (log_path == NULL)
    return TRUE;
  teller->log = open (log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (teller->log >= 0)
    return TRUE;
  vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot open \"%s\"", log_path);
  return FALSE;
}

/* --- The command --------------------------------------------------------------------------------
 */

static gboolean
start_metrics (Teller *teller, GError **error)
{
  VrMetricsOptions own = { .address = metrics };
  if (metrics == NULL)
    return TRUE;
  teller->server = vr_metrics_server_start (&own, error);
  if (teller->server == NULL)
    return FALSE;
  vr_cli_note (teller->cli, "metrics at %s", vr_metrics_server_address (teller->server));
  return TRUE;
}

static int
control (VrCli *cli, Teller *teller, VrControllerRequest *request, GError **error)
{
  request->lab_options = vr_cli_lab_options (cli);
  request->lab_options.progress = NULL;
  if (!start_metrics (teller, error))
    return 1;
  request->tell = tell;
  request->tell_data = teller;
  VrControlEnd end;
  if (!vr_controller_run (&cli->site, request, &end, error))
    return 1;
  if (end == VR_CONTROL_LAB_GONE)
    vr_cli_note (cli, "lab %s was taken down: control of it ends", request->holding.lab);
  return 0;
}

/* Of the process that stays in the foreground: until the other has begun, or has failed. */
static int
wait_until_ready (const VrCli *cli, pid_t child, int ready)
{
  char byte;
  int status = 0;
  ssize_t size;
  do
    size = read (ready, &byte, 1);
  while (size < 0 && errno == EINTR);
  if (size == 1) {
    vr_cli_note (cli, "process %d goes on%s", (int) child,
                 log_path == NULL && metrics == NULL
                     ? ", and nobody is told what it decides: --log and --metrics do that"
                     : "");
    return 0;
  }
  while (waitpid (child, &status, 0) < 0 && errno == EINTR)
    ;
  return WIFEXITED (status) ? WEXITSTATUS (status) : VR_ERROR_INTERNAL;
}

/* In two processes from here on, before there is a second thread: the new one's `teller` has whom
 * to tell. Returns -1 there, and the exit status in the old one. */
static int
part (const VrCli *cli, Teller *teller, GError **error)
{
  int ends[2];
  pid_t child;
  if (pipe2 (ends, O_CLOEXEC) != 0 || (child = fork ()) < 0) {
    vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot go into the background");
    return VR_ERROR_HOST;
  }
  if (child != 0) {
    close (ends[1]);
    return wait_until_ready (cli, child, ends[0]);
  }
  close (ends[0]);
  teller->ready = ends[1];
  setsid ();
  return -1;
}

static int
run (VrCli *cli, char **arguments, GError **error)
{
  VrControllerRequest request;
  g_auto (Teller) teller = { .cli = cli,
                             .log = -1,
                             .ready = -1,
                             .problems = g_array_new (FALSE, TRUE, sizeof (guint)),
                             .full = g_array_new (FALSE, TRUE, sizeof (gboolean)) };
  g_autofree char *name = vr_cli_lab_name (arguments[0], error);
  if (name == NULL || !read_request (&request, name, error))
    return VR_ERROR_USAGE;
  if (!vr_cli_need_root ("control", error) || !open_log (&teller, error))
    return 1;
  int status = detach ? part (cli, &teller, error) : -1;
  return status >= 0 ? status : control (cli, &teller, &request, error);
}

const VrCommand *
vr_cmd_control (void)
{
  static const VrCommand command = {
    .name = "control",
    .synopsis = "LAB|PROFILE",
    .summary = "hold the tenants of a lab to their rates, and have cores follow the load",
    .doc
    = "Turns the rates of the lab's [tenant NAME] groups into reservations, by what calibrate has "
      "measured, and makes them as tune does. Then it looks each period at what passes, corrects "
      "what the calibration had wrong, and serves what is to spare. Routers of [balance] have more "
      "or less reserved, on more or fewer cores, as more or less arrives for them. It runs until "
      "it is ended by "
      "SIGINT or SIGTERM, for --for, or until the lab is down; however it ends, the last "
      "reservations stand, and the next one goes on from them. Exit status 1 when the lab is not "
      "up, or a router has no calibration that holds; 5 when what is guaranteed does not fit, "
      "saying what would; 6 when another process controls or calibrates the lab. See "
      "vrkit-control(1). With "
      "--json each decision is an object on a line, of the schema vrkit.control/1.",
    .options = options,
    .least = 1,
    .most = 1,
    .run = run,
  };
  return &command;
}
