/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/vr-control-lock.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/file.h>

#include "base/vr-error.h"

#define HOLDER_SIZE 32
/* By more nobody corrects a calibration: it is no such file. */
#define CORRECTION_MOST 100.0
/* A line is the same one where it differs by no more than rounding, as a part of it. */
#define NEAR 1e-9

static const char *const use_names[] = {
  [VR_CONTROL_CONTROLLED] = "controlled",
  [VR_CONTROL_CALIBRATED] = "calibrated",
};

static char *
path_of (const VrSite *site, const char *lab, const char *name)
{
  return g_build_filename (site->run_dir, "labs", lab, name, NULL);
}

/* "PID controlled" */
static gboolean
refuse (const char *lab, int fd, GError **error)
{
  char text[HOLDER_SIZE] = "";
  ssize_t size = pread (fd, text, sizeof text - 1, 0);
  text[MAX (size, 0)] = '\0';
  g_auto (GStrv) words = g_strsplit (g_strstrip (text), " ", 2);
  gboolean is_known = g_strv_length (words) == 2;
  gboolean is_calibrated = is_known && strcmp (words[1], use_names[VR_CONTROL_CALIBRATED]) == 0;
  g_set_error (error, VR_ERROR, VR_ERROR_BUSY,
               "lab %s is %s by process %s: a lab has one controller, and none while it is "
               "calibrated; end that one first",
               lab, use_names[is_calibrated ? VR_CONTROL_CALIBRATED : VR_CONTROL_CONTROLLED],
               is_known ? words[0] : "(unknown)");
  return FALSE;
}

gboolean
vr_control_lock (const VrSite *site, const char *lab, VrControlUse use, VrFd *lock, GError **error)
{
  g_autofree char *path = path_of (site, lab, "control.lock");
  g_auto (VrFd) fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  char text[HOLDER_SIZE];
  int length = g_snprintf (text, sizeof text, "%d %s\n", (int) getpid (), use_names[use]);
  if (fd >= 0 && flock (fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
    return refuse (lab, fd, error);
  if (fd < 0 || ftruncate (fd, 0) != 0 || pwrite (fd, text, (gsize) length, 0) != length) {
    vr_error_set_errno (error, VR_ERROR_HOST, errno, "cannot lock \"%s\"", path);
    return FALSE;
  }
  *lock = vr_fd_steal (&fd);
  return TRUE;
}

void
vr_control_memory_free (VrControlMemory *memory)
{
  g_hash_table_unref (memory->learnt);
  g_hash_table_unref (memory->support);
  g_free (memory);
}

VrControlMemory *
vr_control_forget (void)
{
  VrControlMemory *memory = g_new0 (VrControlMemory, 1);
  memory->learnt = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  memory->support = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return memory;
}

void
vr_control_learn (VrControlMemory *memory, const char *thread, const VrControlLearnt *learnt)
{
  g_hash_table_insert (memory->learnt, g_strdup (thread), g_memdup2 (learnt, sizeof *learnt));
}

static gboolean
is_near (double a, double b)
{
  return fabs (a - b) <= NEAR * MAX (fabs (a), fabs (b));
}

double
vr_control_correction (const VrControlMemory *memory, const char *thread, double intercept_pps,
                       double slope_pps)
{
  const VrControlLearnt *learnt = g_hash_table_lookup (memory->learnt, thread);
  gboolean is_of_line = learnt != NULL && is_near (learnt->intercept_pps, intercept_pps)
                        && is_near (learnt->slope_pps, slope_pps);
  return is_of_line ? learnt->correction : 0;
}

/* "r1/vcpu.0 INTERCEPT SLOPE CORRECTION", or a change that supports: "schedule.r1.emulator=…". */
static void
read_line (VrControlMemory *memory, const char *line)
{
  g_auto (GStrv) words = g_strsplit (line, " ", 5);
  if (g_str_has_prefix (line, "schedule.") && strchr (line, '=') != NULL) {
    g_hash_table_add (memory->support, g_strdup (line));
    return;
  }
  if (g_strv_length (words) != 4)
    return;
  VrControlLearnt learnt = { .intercept_pps = g_ascii_strtod (words[1], NULL),
                             .slope_pps = g_ascii_strtod (words[2], NULL),
                             .correction = g_ascii_strtod (words[3], NULL) };
  if (learnt.correction >= 1 / CORRECTION_MOST && learnt.correction <= CORRECTION_MOST)
    vr_control_learn (memory, words[0], &learnt);
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
  for (char **line = lines; *line != NULL; line++)
    read_line (memory, *line);
  return memory;
}

static void
add_learnt (GString *text, const char *thread, const VrControlLearnt *learnt)
{
  const double values[] = { learnt->intercept_pps, learnt->slope_pps, learnt->correction };
  g_string_append (text, thread);
  for (guint i = 0; i < G_N_ELEMENTS (values); i++) {
    char number[G_ASCII_DTOSTR_BUF_SIZE];
    g_string_append_printf (text, " %s", g_ascii_dtostr (number, sizeof number, values[i]));
  }
  g_string_append_c (text, '\n');
}

gboolean
vr_control_remember (const VrSite *site, const char *lab, const VrControlMemory *memory,
                     GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) cause = NULL;
  g_autofree char *path = path_of (site, lab, "control.state");
  GHashTableIter iter;
  gpointer name, learnt;
  g_hash_table_iter_init (&iter, memory->learnt);
  while (g_hash_table_iter_next (&iter, &name, &learnt))
    add_learnt (text, name, learnt);
  g_hash_table_iter_init (&iter, memory->support);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    g_string_append_printf (text, "%s\n", (const char *) name);
  if (g_file_set_contents_full (path, text->str, (gssize) text->len, G_FILE_SET_CONTENTS_CONSISTENT,
                                0644, &cause))
    return TRUE;
  g_set_error (error, VR_ERROR, VR_ERROR_HOST, "cannot write \"%s\": %s", path, cause->message);
  return FALSE;
}
