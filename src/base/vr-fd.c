/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/vr-fd.h"

#include <errno.h>

gboolean
vr_fd_write (int fd, gconstpointer data, gsize size)
{
  const char *rest = data;
  while (size > 0) {
    gssize done = write (fd, rest, size);
    if (done < 0 && errno != EINTR)
      return FALSE;
    rest += MAX (done, 0);
    size -= (gsize) MAX (done, 0);
  }
  return TRUE;
}
