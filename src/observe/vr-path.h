/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The stages that a packet passes from one test port to another through a router, with the counter
 * of each: read before and after, they tell where packets went. */
#pragma once

#include "model/vr-lab.h"
#include "sys/vr-virt.h"

typedef struct {
  const VrLab *lab;
  const VrRouter *router;
  const VrPort *from; /* both are test ports of the router; they may be the same */
  const VrPort *to;
} VrPath;

/* One stage, in the order in which packets pass. */
typedef struct {
  const char *id;  /* "sender-port", "lower-in", "macvtap-in", "guest-in", …: stable, for JSON */
  guint64 count;   /* packets that passed, since the interface was made */
  guint64 dropped; /* packets that the stage dropped itself */
} VrStage;

/* The stages as they are now (VrStage, owned by the array). `virt` may be NULL for a native router.
 */
GArray *vr_path_read (const VrPath *path, VrVirt *virt, GError **error);
