/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/vr-process.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

#include "base/vr-error.h"
#include "base/vr-fd.h"

#define COMPLAINT_LINES 12

/* Its standard error goes to a file without a name, so that no pipe can fill up. */
static GSubprocess *
start (const char *const *argv, const char *directory, VrFd *complaints, GError **error)
{
  g_autoptr (GSubprocessLauncher) launcher
      = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_autofree char *path = NULL;
  g_autoptr (GError) cause = NULL;
  *complaints = g_file_open_tmp ("vrkit-XXXXXX", &path, &cause);
  if (*complaints < 0) {
    g_set_error (error, VR_ERROR, VR_ERROR_HOST, "cannot make a temporary file: %s",
                 cause->message);
    return NULL;
  }
  g_unlink (path);
  g_subprocess_launcher_take_stderr_fd (launcher, dup (*complaints));
  g_subprocess_launcher_setenv (launcher, "LC_ALL", "C", TRUE);
  g_subprocess_launcher_setenv (launcher, "DEBIAN_FRONTEND", "noninteractive", TRUE);
  if (directory != NULL)
    g_subprocess_launcher_set_cwd (launcher, directory);
  g_autoptr (GSubprocess) process = g_subprocess_launcher_spawnv (launcher, argv, &cause);
  if (process == NULL)
    g_set_error (error, VR_ERROR, VR_ERROR_HOST, "cannot run \"%s\": %s", argv[0], cause->message);
  return g_steal_pointer (&process);
}

static char *
read_complaints (int fd)
{
  g_autoptr (GString) text = g_string_new (NULL);
  char block[4096];
  ssize_t count;
  for (off_t at = 0; (count = pread (fd, block, sizeof block, at)) > 0; at += count)
    g_string_append_len (text, block, count);
  g_strchomp (text->str);
  char *start = text->str + strlen (text->str);
  for (guint lines = 0; start > text->str; start--)
    if (start[-1] == '\n' && ++lines == COMPLAINT_LINES)
      break;
  return g_utf8_make_valid (start, -1);
}

static gboolean
finish (GSubprocess *process, const char *program, int complaints, GError **error)
{
  if (g_subprocess_get_successful (process))
    return TRUE;
  g_autofree char *how
      = g_subprocess_get_if_exited (process)
            ? g_strdup_printf ("exit status %d", g_subprocess_get_exit_status (process))
            : g_strdup_printf ("signal %d", g_subprocess_get_term_sig (process));
  g_autofree char *text = read_complaints (complaints);
  g_autofree char *name = g_path_get_basename (program);
  g_set_error (error, VR_ERROR, VR_ERROR_HOST, "%s failed (%s)%s%s", name, how,
               *text != '\0' ? ": " : "", text);
  return FALSE;
}

char *
vr_process_output (const char *const *argv, GError **error)
{
  g_auto (VrFd) complaints = -1;
  g_autoptr (GSubprocess) process = start (argv, NULL, &complaints, error);
  g_autofree char *output = NULL;
  g_autoptr (GError) cause = NULL;
  if (process == NULL)
    return NULL;
  if (!g_subprocess_communicate_utf8 (process, NULL, NULL, &output, NULL, &cause)) {
    g_set_error (error, VR_ERROR, VR_ERROR_HOST, "cannot read what \"%s\" prints: %s", argv[0],
                 cause->message);
    return NULL;
  }
  if (!finish (process, argv[0], complaints, error))
    return NULL;
  return g_steal_pointer (&output);
}

gboolean
vr_process_stream (const char *const *argv, const char *directory, VrProcessLine line,
                   gpointer data, GError **error)
{
  g_auto (VrFd) complaints = -1;
  g_autoptr (GSubprocess) process = start (argv, directory, &complaints, error);
  g_autoptr (GError) cause = NULL;
  if (process == NULL)
    return FALSE;
  g_autoptr (GDataInputStream) stream
      = g_data_input_stream_new (g_subprocess_get_stdout_pipe (process));
  for (;;) {
    g_autofree char *text = g_data_input_stream_read_line_utf8 (stream, NULL, NULL, NULL);
    if (text == NULL)
      break;
    if (line != NULL)
      line (text, data);
  }
  if (!g_subprocess_wait (process, NULL, &cause)) {
    g_set_error (error, VR_ERROR, VR_ERROR_HOST, "cannot wait for \"%s\": %s", argv[0],
                 cause->message);
    return FALSE;
  }
  return finish (process, argv[0], complaints, error);
}
