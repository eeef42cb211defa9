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

/* The counters along a path at one time. */
typedef struct {
  VrCounters counters;
  GArray *members;  /* VrMemberCount, of a PVR's that run; NULL or empty: of no PVR, or not known */
  char *silent;     /* a router that runs and could not be asked; NULL: all were */
  char *silent_why; /* what came of asking it */
} VrPathReading;

void vr_path_reading_clear (VrPathReading *reading);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VrPathReading, vr_path_reading_clear)

/* The counters as they are now, into `reading`, which holds nothing before. `virt` may be NULL
 * where no guest is among the routers. A guest that runs and does not answer is no error: the
 * points of the routers, being sums, are then not known of any, and no further one is asked, so
 * that one alone is waited for (vr_virt_read_file() says how long). VR_ERROR_GUEST: one does not
 * run, unless it is a part of a PVR or an MSR, whose others are read. */
gboolean vr_path_read (const VrPath *path, VrVirt *virt, VrPathReading *reading, GError **error);
