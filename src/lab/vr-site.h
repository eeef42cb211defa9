/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where labs live: directories and the connection's name, given by whoever calls. */
#pragma once

#include <gio/gio.h>

typedef struct {
  const char *root_dir;               /* "/": where facts about the host are read */
  const char *run_dir;                /* "/run/vrkit": state of labs that are up, and of the host */
  const char *images_dir;             /* "/var/lib/vrkit/images" */
  const char *uri;                    /* libvirt's, for labs that have none on record */
  gint64 (*now_ns) (gpointer unused); /* a monotonic clock */
  gboolean uri_is_given;              /* by people: a lab that is at another one is refused */
} VrSite;
