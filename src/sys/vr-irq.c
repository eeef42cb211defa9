/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sys/vr-irq.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/vr-fd.h"

/* write_irq_affinity, kernel/irq/proc.c: EPERM, and EIO before Linux 6.3, whoever asks. */
gboolean
vr_irq_is_managed (guint irq)
{
  g_autofree char *path = g_strdup_printf ("/proc/irq/%u/smp_affinity_list", irq);
  g_autofree char *text = NULL;
  g_auto (VrFd) fd = open (path, O_WRONLY | O_CLOEXEC);
  if (fd < 0 || !g_file_get_contents (path, &text, NULL, NULL))
    return FALSE;
  return write (fd, text, strlen (text)) < 0 && (errno == EPERM || errno == EIO);
}
