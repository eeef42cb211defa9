/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands in a namespace, here that of the test. */
#include "lab/vr-native.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/vr-error.h"

#define LONG_US (60 * G_USEC_PER_SEC)

static gboolean
run (const char *script, gint64 timeout_us, VrExecResult *result, GError **error)
{
  const char *const argv[] = { "sh", "-c", script, NULL };
  return vr_native_exec (NULL, argv, timeout_us, result, error);
}

static char *
text_of (GBytes *bytes)
{
  gsize size;
  const char *data = g_bytes_get_data (bytes, &size);
  return g_strndup (data != NULL ? data : "", size);
}

static void
test_result (void)
{
  g_autoptr (GError) error = NULL;
  g_auto (VrExecResult) result = { 0 };
  run ("cat; echo out; echo err >&2; exit 7", LONG_US, &result, &error);
  g_assert_no_error (error);
  g_autofree char *output = text_of (result.output), *errors = text_of (result.errors);
  g_assert_cmpstr (output, ==, "out\n");
  g_assert_cmpstr (errors, ==, "err\n");
  g_assert_cmpint (result.exit_status, ==, 7);
  g_assert_cmpint (result.signal, ==, 0);
}

static void
test_signal (void)
{
  g_auto (VrExecResult) result = { 0 };
  g_assert_true (run ("kill -TERM $$", LONG_US, &result, NULL));
  g_assert_cmpint (result.exit_status, ==, -1);
  g_assert_cmpint (result.signal, ==, SIGTERM);
}

static void
test_no_program (void)
{
  static const char *const argv[] = { "vrkit-no-such-program", NULL };
  g_autoptr (GError) error = NULL;
  g_auto (VrExecResult) result = { 0 };
  g_assert_false (vr_native_exec (NULL, argv, LONG_US, &result, &error));
  g_assert_error (error, VR_ERROR, VR_ERROR_GUEST);
  g_assert_nonnull (strstr (error->message, "\"vrkit-no-such-program\""));
}

/* A process that was killed is there until somebody has waited for it. */
static void
await_end (int pid)
{
  for (guint i = 0; kill (pid, 0) == 0 && i < 500; i++) {
    g_autofree char *path = g_strdup_printf ("/proc/%d/stat", pid);
    g_autofree char *stat = NULL;
    if (g_file_get_contents (path, &stat, NULL, NULL) && strstr (stat, ") Z ") != NULL)
      return;
    g_usleep (10000);
  }
  g_assert_cmpint (kill (pid, 0), ==, -1);
  g_assert_cmpint (errno, ==, ESRCH);
}

/* Nobody of its group is left, nor waited for: neither the command nor what it has started. */
static void
test_timeout (void)
{
  static const char *const ends[]
      = { "wait", "exit 0", "trap '' TERM; while :; do sleep 50; done" };
  for (gsize i = 0; i < G_N_ELEMENTS (ends); i++) {
    g_autoptr (GError) error = NULL;
    g_auto (VrExecResult) result = { 0 };
    g_autofree char *path = g_strdup_printf ("%s/vrkit-native-%d", g_get_tmp_dir (), getpid ());
    g_autofree char *script = g_strdup_printf ("sleep 100 & echo $! >%s; %s", path, ends[i]);
    g_autofree char *text = NULL;
    gint64 begin_us = g_get_monotonic_time ();
    g_assert_false (run (script, G_USEC_PER_SEC / 2, &result, &error));
    g_assert_cmpint (g_get_monotonic_time () - begin_us, <, 50 * G_USEC_PER_SEC);
    g_assert_error (error, VR_ERROR, VR_ERROR_GUEST);
    g_assert_nonnull (strstr (error->message, "\"sh\": not done within 0.5 s, and was ended"));
    g_assert_null (result.output);
    g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
    g_assert_cmpint (unlink (path), ==, 0);
    await_end (atoi (text));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/native/result", test_result);
  g_test_add_func ("/native/signal", test_signal);
  g_test_add_func ("/native/no-program", test_no_program);
  g_test_add_func ("/native/timeout", test_timeout);
  return g_test_run ();
}
