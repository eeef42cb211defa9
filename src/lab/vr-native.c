/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lab/vr-native.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/vr-error.h"
#include "sys/vr-netns.h"

typedef struct {
  const char *const *argv;
  GSubprocess *process;
  pid_t group; /* its own, of the same number */
  GCancellable *given_up;
  gboolean ended;
  VrExecResult *result;
  GError *error;
} Run;

/* In the child, between fork and exec. A terminal's ^C does not reach a group of its own. */
static void
set_up_child (gpointer unused)
{
  (void) unused;
  setpgid (0, 0);
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

static gboolean
spawn (gpointer data, GError **error)
{
  Run *run = data;
  g_autoptr (GError) cause = NULL;
  g_autoptr (GSubprocessLauncher) launcher
      = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_subprocess_launcher_set_child_setup (launcher, set_up_child, NULL, NULL);
  run->process = g_subprocess_launcher_spawnv (launcher, run->argv, &cause);
  if (run->process == NULL) {
    g_set_error (error, VR_ERROR, VR_ERROR_GUEST, "cannot run \"%s\": %s", run->argv[0],
                 cause->message);
    return FALSE;
  }
  const char *pid = g_subprocess_get_identifier (run->process);
  run->group = pid != NULL ? atoi (pid) : 0;
  return TRUE;
}

/* What the command has left in the background may hold its output open. */
static gboolean
give_up (gpointer data)
{
  Run *run = data;
  if (run->group > 1)
    kill (-run->group, SIGKILL);
  g_cancellable_cancel (run->given_up);
  return G_SOURCE_REMOVE;
}

static void
take_output (GObject *source, GAsyncResult *answer, gpointer data)
{
  Run *run = data;
  VrExecResult *result = run->result;
  run->ended = TRUE;
  g_subprocess_communicate_finish (G_SUBPROCESS (source), answer, &result->output, &result->errors,
                                   &run->error);
}

static void
communicate (Run *run, gint64 timeout_us)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GSource) timer = g_timeout_source_new ((guint) MIN (timeout_us / 1000, G_MAXINT));
  g_source_set_callback (timer, give_up, run, NULL);
  g_source_attach (timer, context);
  g_main_context_push_thread_default (context);
  g_subprocess_communicate_async (run->process, NULL, run->given_up, take_output, run);
  while (!run->ended)
    g_main_context_iteration (context, TRUE);
  g_main_context_pop_thread_default (context);
  g_source_destroy (timer);
}

static gboolean
judge (const Run *run, gint64 timeout_us, GError **error)
{
  if (g_cancellable_is_cancelled (run->given_up)) {
    g_set_error (error, VR_ERROR, VR_ERROR_GUEST,
                 "running \"%s\": not done within %.1f s, and was ended", run->argv[0],
                 (double) timeout_us / G_USEC_PER_SEC);
    return FALSE;
  }
  if (run->error != NULL) {
    g_set_error (error, VR_ERROR, VR_ERROR_GUEST, "running \"%s\": %s", run->argv[0],
                 run->error->message);
    return FALSE;
  }
  gboolean exited = g_subprocess_get_if_exited (run->process);
  run->result->exit_status = exited ? g_subprocess_get_exit_status (run->process) : -1;
  run->result->signal = exited ? 0 : g_subprocess_get_term_sig (run->process);
  return TRUE;
}

gboolean
vr_native_exec (const char *netns, const char *const *argv, gint64 timeout_us, VrExecResult *result,
                GError **error)
{
  Run run = { .argv = argv, .result = result };
  if (!vr_netns_call (netns, spawn, &run, error))
    return FALSE;
  run.given_up = g_cancellable_new ();
  communicate (&run, timeout_us);
  gboolean good = judge (&run, timeout_us, error);
  if (!good)
    vr_exec_result_clear (result);
  g_clear_error (&run.error);
  g_object_unref (run.given_up);
  g_object_unref (run.process);
  return good;
}
