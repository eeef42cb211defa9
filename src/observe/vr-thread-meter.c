/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "observe/vr-thread-meter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/vr-error.h"

/* Fields of stat behind the name: state is the first, processor the 37th, proc(5). */
#define STAT_PROCESSOR 36
#define TEXT_MAX 1024

static gboolean
open_file (const char *root_dir, pid_t tid, const char *name, VrFd *fd, GError **error)
{
  g_autofree char *path
      = g_strdup_printf ("%s/proc/%d/task/%d/%s", root_dir, (int) tid, (int) tid, name);
  *fd = open (path, O_RDONLY | O_CLOEXEC);
  if (*fd < 0 && (errno == EMFILE || errno == ENFILE))
    g_set_error (error, VR_ERROR, VR_ERROR_HOST,
                 "cannot open %s: %s; two files stay open for each thread of a lab's guests: "
                 "`ulimit -n` sets how many there may be",
                 path, g_strerror (errno));
  return *fd >= 0;
}

gboolean
vr_thread_meter_open (VrThreadMeter *meter, const char *root_dir, pid_t tid, GError **error)
{
  g_auto (VrThreadMeter) opened = VR_THREAD_METER_INIT;
  if (!open_file (root_dir, tid, "schedstat", &opened.schedstat, error)
      || !open_file (root_dir, tid, "stat", &opened.stat, error))
    return FALSE;
  meter->schedstat = vr_fd_steal (&opened.schedstat);
  meter->stat = vr_fd_steal (&opened.stat);
  return TRUE;
}

static gboolean
read_text (int fd, char text[TEXT_MAX])
{
  gssize size = pread (fd, text, TEXT_MAX - 1, 0);
  text[MAX (size, 0)] = '\0';
  return size > 0;
}

/* The name stands in parentheses, and may hold both these and blanks. */
static gboolean
parse_processor (const char *stat, guint *cpu)
{
  const char *at = strrchr (stat, ')');
  for (guint i = 0; at != NULL && i <= STAT_PROCESSOR; i++)
    at = strchr (at + 1, ' ');
  return at != NULL && sscanf (at, " %u", cpu) == 1;
}

gboolean
vr_thread_meter_read (const VrThreadMeter *meter, VrThreadReading *reading)
{
  char text[TEXT_MAX];
  VrThreadReading now;
  if (!read_text (meter->schedstat, text)
      || sscanf (text, "%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT, &now.cpu_time_ns,
                 &now.wait_time_ns)
             != 2
      || !read_text (meter->stat, text) || !parse_processor (text, &now.last_cpu))
    return FALSE;
  *reading = now;
  return TRUE;
}

void
vr_thread_meter_clear (VrThreadMeter *meter)
{
  vr_fd_clear (&meter->schedstat);
  vr_fd_clear (&meter->stat);
}
