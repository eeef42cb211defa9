/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The counters that a packet passes from one test port to another through a router, or a chain of
 * them: of the far ends, the host's interfaces and the routers' kernels. Read before and after,
 * vr-stage.h makes of them where packets went. */
#pragma once

#include "model/vr-lab.h"
#include "observe/vr-stage.h"
#include "sys/vr-virt.h"

#define VR_PATH_HOPS_MAX 16

typedef struct {
  const VrRouter *router;
  const VrPort *in, *out; /* by which packets come to it, and leave it */
} VrHop;

typedef struct {
  const VrLab *lab;
  const VrPort *from, *to; /* test ports, of the first router and the last; may be the same */
  guint hops_count;        /* of several, none is a PVR or an MSR */
  VrHop hops[VR_PATH_HOPS_MAX];
} VrPath;

/* Finds the fewest routers that stand one behind the other between two ports of the lab, each with
 * a port in common with the next; of several such ways, that of the routers which stand first in
 * the profile. Those of a PVR or an MSR have no part in it. FALSE where there is none, or none of
 * VR_PATH_HOPS_MAX at most. */
gboolean vr_path_find_chain (const VrLab *lab, const VrPort *from, const VrPort *to, VrPath *path);

/* The outward names of its routers, in order and with commas between; the caller owns it. */
char *vr_path_routers (const VrPath *path);
/* Whether libvirt knows of one of them. */
gboolean vr_path_has_guest (const VrPath *path);

/* Those that the host keeps, as they are now; a router's own kernel is not asked. Of a chain, the
 * points at its routers are their sums. */
gboolean vr_path_read_host (const VrPath *path, VrCounters *counters, GError **error);

/* What one member of a PVR has counted. */
typedef struct {
  guint number;                /* of the member, from 1 */
  guint64 received, forwarded; /* packets */
} VrMemberCount;

/* The counters as they are now, of all members that answer where the router is one of a PVR: each
 * of them is appended to `members` (VrMemberCount), too, unless that is NULL. `virt` may be NULL
 * where no guest is among the routers. */
gboolean vr_path_read (const VrPath *path, VrVirt *virt, VrCounters *counters, GArray *members,
                       GError **error);
