/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding and removing what bears a lab's mark, without its journal: domains by their metadata,
 * interfaces and namespaces by their alias, claims by their files. */
#pragma once

#include "apply/vr-claims.h"
#include "apply/vr-host-backend.h"

/* What is looked for. */
typedef enum {
  VR_SWEEP_EVERYTHING, /* libvirt must answer: the journal, which knows of guests, is lost */
  VR_SWEEP_REACHABLE,  /* everything; guests only where libvirt answers, else that is warned of */
  VR_SWEEP_NETWORK,    /* the journal knows of guests and of claims */
} VrSweepScope;

/* Removes all traces of `lab`; `removed` counts them. Goes on after a failure; the error is the
 * first one. */
gboolean vr_sweep_lab (VrHostBackend *host, VrClaims *claims, const char *lab, VrSweepScope scope,
                       guint *removed, GError **error);

/* Adds to `names` (a set of owned strings) the lab of everything that bears a mark. Where libvirt
 * does not answer, guests are not looked for; where it does and they cannot be listed, `lack`
 * becomes why, and the rest is found all the same. */
gboolean vr_sweep_names (VrHostBackend *host, GHashTable *names, GError **lack, GError **error);
