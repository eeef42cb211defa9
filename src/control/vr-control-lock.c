/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/vr-control-lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>

#include "base/vr-error.h"

#define PID_SIZE 16
/* By more nobody corrects a calibration: it is no such file. */
#define CORRECTION_MOST 100.0

static char *
path_of (const VrSite *site, const char *lab, const char *name)
{
  return g_build_filename (site->run_dir, "labs", lab, name, NULL);
}

static gboolean
refuse (const char *lab, int fd, GError **error)
{
  char pid[PID_SIZE] = "";
  ssize_t size = pread (fd, pid, sizeof pid - 1, 0);
  pid[MAX (size, 0)] = '\0';
  g_strstrip (pid);
  g_set_error (error, VR_ERROR, VR_ERROR_BUSY,
               "lab %s is controlled by process %s: a lab has one controller; end that one first",
               lab, *pid != '\0' ? pid : "(unknown)");
  return FALSE;
}

gboolean
vr_control_lock (const VrSite *site, const char *lab, VrFd *lock, GError **error)
{
  g_autofree char *path = path_of (site, lab, "control.lock");
  g_auto (VrFd) fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  char pid[PID_SIZE];
  int length = g_snprintf (pid, sizeof pid, "%d\n", (int) getpid ());
  if (fd >= 0 && flock (fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
    return refuse (lab, fd, error);
  if (fd < 0 || ftruncate (fd, 0) != 0 || pwrite (fd, pid, (gsize) length, 0) != length) {
    vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot lock \"%s\"", path);
    return FALSE;
  }
  *lock = vr_fd_steal (&fd);
  return TRUE;
}

VrControlMemory *
vr_control_forget (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

VrControlMemory *
vr_control_recall (const VrSite *site, const char *lab)
{
  VrControlMemory *memory = vr_control_forget ();
  g_autofree char *path = path_of (site, lab, "control.state");
  g_autofree char *text = NULL;
  if (!g_file_get_contents (path, &text, NULL, NULL))
    return memory;
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line != NULL; line++) {
    g_auto (GStrv) words = g_strsplit (*line, " ", 2);
    double correction = g_strv_length (words) == 2 ? g_ascii_strtod (words[1], NULL) : 0;
    if (correction >= 1 / CORRECTION_MOST && correction <= CORRECTION_MOST)
      g_hash_table_insert (memory, g_strdup (words[0]), g_memdup2 (&correction, sizeof correction));
  }
  return memory;
}

gboolean
vr_control_remember (const VrSite *site, const char *lab, VrControlMemory *memory, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) cause = NULL;
  g_autofree char *path = path_of (site, lab, "control.state");
  GHashTableIter iter;
  gpointer name, correction;
  g_hash_table_iter_init (&iter, memory);
  while (g_hash_table_iter_next (&iter, &name, &correction)) {
    char number[G_ASCII_DTOSTR_BUF_SIZE];
    g_ascii_dtostr (number, sizeof number, *(const double *) correction);
    g_string_append_printf (text, "%s %s\n", (const char *) name, number);
  }
  if (g_file_set_contents_full (path, text->str, (gssize) text->len, G_FILE_SET_CONTENTS_CONSISTENT,
                                0644, &cause))
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_HOST, "cannot write \"%s\": %s", path, cause->message);
  return FALSE;
}
