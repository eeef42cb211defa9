/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/vr-cli.h"

#include <errno.h>
#include <glib-unix.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/vr-error.h"
#include "base/vr-fd.h"
#include "base/vr-name.h"
#include "base/vr-unit.h"
#include "config/vr-profile.h"

#define CLEAR_LINE "\r\033[K"

/* Whether the terminal's last line is one of progress, which the next thing takes the place of. */
static gint line_is_open;

void
vr_cli_clear_line (void)
{
  if (g_atomic_int_exchange (&line_is_open, FALSE))
    fputs (CLEAR_LINE, stderr);
}

void
vr_cli_note (const VrCli *cli, const char *format, ...)
{
  if (cli->quiet)
    return;
  va_list args;
  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  vr_cli_clear_line ();
  fprintf (stderr, "%s\n", text);
}

gboolean
vr_cli_need_root (const char *what, GError **error)
{
  if (geteuid () == 0)
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_PERMISSION,
               "%s changes the host's network and guests and needs root: run it with sudo", what);
  return FALSE;
}

void
vr_cli_keep_first (const VrCli *cli, GError **first, GError **error)
{
  if (*error != NULL && *first != NULL)
    vr_cli_note (cli, "vrkit: %s", (*error)->message);
  else if (*error != NULL)
    *first = g_steal_pointer (error);
  g_clear_error (error);
}

gboolean
vr_cli_print (const char *text, GError **error)
{
  const char *end = g_str_has_suffix (text, "\n") ? "" : "\n";
  vr_cli_clear_line ();
  if (printf ("%s%s", text, end) >= 0 && fflush (stdout) == 0)
    return TRUE;
  vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot write to standard output");
  return FALSE;
}

gboolean
vr_cli_flush (GError **error)
{
  if (fflush (stdout) == 0)
    return TRUE;
  vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot write to standard output");
  return FALSE;
}

gboolean
vr_cli_blame_option (const char *option, GError **error)
{
  if (error != NULL && *error != NULL)
    (*error)->code = VR_ERROR_USAGE;
  g_prefix_error (error, "%s: ", option);
  return FALSE;
}

char *
vr_cli_lab_name (const char *argument, GError **error)
{
  if (strchr (argument, '/') == NULL && !g_str_has_suffix (argument, ".conf")) {
    if (vr_name_check ("lab", argument, error))
      return g_strdup (argument);
    vr_cli_blame_option ("NAME", error);
    return NULL;
  }
  g_autoptr (VrLab) lab = vr_profile_load (argument, error);
  return lab != NULL ? g_strdup (lab->name) : NULL;
}

/* --- Progress -------------------------------------------------------------------------------- */

static const char *
step_verb (VrStep step, const VrOp *op)
{
  if (step == VR_STEP_UNDONE)
    return "undone";
  if (step == VR_STEP_FAILED)
    return "failed";
  return op->kind == VR_OP_READY ? "forwards" : "done";
}

/* On a terminal one line that is written over, elsewhere one line a guest. */
static void
show_progress (VrStep step, const VrOp *op, gpointer data)
{
  const VrCli *cli = data;
  if (step == VR_STEP_KEPT || cli->quiet)
    return;
  gboolean stays = op->kind == VR_OP_READY || step == VR_STEP_FAILED;
  if (!cli->ticker && !stays)
    return;
  fprintf (stderr, "%s%s %s: %s%s", cli->ticker ? CLEAR_LINE : "", vr_op_kind_name (op->kind),
           op->target, step_verb (step, op), stays ? "\n" : "");
  g_atomic_int_set (&line_is_open, !stays);
}

static void
show_warning (const VrOp *op, const GError *cause, gpointer data)
{
  const VrCli *cli = data;
  (void) op;
  vr_cli_note (cli, "warning: %s", cause->message);
}

/* --- Interruption
 * --------------------------------------------------------------------------------- */

static gpointer
wait_for_signals (gpointer data)
{
  GCancellable *cancellable = data;
  sigset_t set;
  int number;
  sigemptyset (&set);
  sigaddset (&set, SIGINT);
  sigaddset (&set, SIGTERM);
  for (;;)
    if (sigwait (&set, &number) == 0)
      g_cancellable_cancel (cancellable);
  return NULL;
}

/* A signal ends waits and is then rolled back like any failure, so all threads block it but one. */
static GCancellable *
catch_signals (void)
{
  static GCancellable *cancellable;
  sigset_t set;
  if (cancellable != NULL)
    return cancellable;
  cancellable = g_cancellable_new ();
  sigemptyset (&set);
  sigaddset (&set, SIGINT);
  sigaddset (&set, SIGTERM);
  pthread_sigmask (SIG_BLOCK, &set, NULL);
  g_thread_unref (g_thread_new ("signals", wait_for_signals, cancellable));
  return cancellable;
}

/* --- The end of the parent
 * -------------------------------------------------------------------------------- */

typedef struct {
  VrFd parent; /* pidfd_open(2) */
  GCancellable *cancellable;
} Watch;

static gpointer
wait_for_parent (gpointer data)
{
  Watch *watch = data;
  struct pollfd ended = { .fd = watch->parent, .events = POLLIN };
  while (poll (&ended, 1, -1) < 0 && errno == EINTR)
    ;
  g_cancellable_cancel (watch->cancellable);
  vr_fd_clear (&watch->parent);
  g_object_unref (watch->cancellable);
  g_free (watch);
  return NULL;
}

/* A signal at the parent's death (prctl(2)) would come as soon as the parent's thread ends. */
void
vr_cli_end_with_parent (GCancellable *cancellable)
{
  pid_t parent = getppid ();
  struct sigaction hangup;
  if (parent <= 1 || sigaction (SIGHUP, NULL, &hangup) != 0 || hangup.sa_handler == SIG_IGN)
    return;
  g_auto (VrFd) fd = (int) syscall (SYS_pidfd_open, parent, 0);
  if (getppid () != parent)
    g_cancellable_cancel (cancellable);
  else if (fd >= 0) {
    Watch *watch = g_new (Watch, 1);
    *watch = (Watch){ vr_fd_steal (&fd), g_object_ref (cancellable) };
    g_thread_unref (g_thread_new ("parent", wait_for_parent, watch));
  }
}

/* --- Fault points: how tests prove that a kill at any moment loses nothing
 * -------------------------- */

static void
die_at (guint point, gpointer data)
{
  if (point == GPOINTER_TO_UINT (data))
    raise (SIGKILL);
}

static guint
fault_point (void)
{
  const char *text = g_getenv ("VRKIT_FAULT_POINT");
  guint64 point = 0;
  if (text != NULL)
    g_ascii_string_to_unsigned (text, 10, 1, G_MAXUINT, &point, NULL);
  return (guint) point;
}

VrLabOptions
vr_cli_lab_options (VrCli *cli)
{
  guint point = fault_point ();
  return (VrLabOptions){
    .ready_timeout_us = 60 * G_USEC_PER_SEC,
    .progress = show_progress,
    .progress_data = cli,
    .warn = show_warning,
    .warn_data = cli,
    .fault = point > 0 ? die_at : NULL,
    .fault_data = GUINT_TO_POINTER (point),
    .cancellable = catch_signals (),
  };
}

gboolean
vr_cli_set_timeout (const char *duration, VrLabOptions *lab_options, GError **error)
{
  guint64 ns;
  if (duration == NULL)
    return TRUE;
  if (!vr_unit_parse_duration (duration, &ns, NULL) || ns < 1000000000 || ns > 86400000000000) {
    g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
                 "--timeout=%s: a duration from 1s to 24h is wanted", duration);
    return FALSE;
  }
  lab_options->ready_timeout_us = (gint64) (ns / 1000);
  return TRUE;
}

static void
print_step (VrStep step, const VrOp *op, gpointer data)
{
  (void) data;
  if (step == VR_STEP_APPLIED || step == VR_STEP_UNDONE)
    g_print ("%s %s %s  # %s\n", step == VR_STEP_APPLIED ? "+" : "-", vr_op_kind_name (op->kind),
             op->target, op->why);
}

void
vr_cli_print_steps (VrLabOptions *lab_options)
{
  lab_options->progress = print_step;
}
