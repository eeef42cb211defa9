/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The counters that a packet passes from one test port to another through a router: of the far
 * ends, the host's interfaces and the router's kernel. Read before and after, vr-stage.h makes of
 * them where packets went. */
#pragma once

#include "model/vr-lab.h"
#include "observe/vr-stage.h"
#include "sys/vr-virt.h"

typedef struct {
  const VrLab *lab;
  const VrRouter *router;
  const VrPort *from; /* both are test ports of the router; they may be the same */
  const VrPort *to;
} VrPath;

/* Those that the host keeps, as they are now; a router's own kernel is not asked. */
gboolean vr_path_read_host (const VrPath *path, VrCounters *counters, GError **error);

/* What one member of a PVR has counted. */
typedef struct {
  guint number;                /* of the member, from 1 */
  guint64 received, forwarded; /* packets */
} VrMemberCount;

/* The counters as they are now, of all members that answer where the router is one of a PVR: each
 * of them is appended to `members` (VrMemberCount), too, unless that is NULL. `virt` may be NULL
 * for a native router. */
gboolean vr_path_read (const VrPath *path, VrVirt *virt, VrCounters *counters, GArray *members,
                       GError **error);
