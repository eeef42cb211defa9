/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The backend of --dry-run: looks through another backend and only pretends to change anything. The
 * executor's progress function then tells what would be done. */
#pragma once

#include "apply/vr-backend.h"

typedef struct VrRehearsal VrRehearsal;

/* Borrows `inner`, of which only probe is called. */
VrRehearsal *vr_rehearsal_new (VrBackend *inner);
void vr_rehearsal_free (VrRehearsal *rehearsal);
VrBackend *vr_rehearsal_base (VrRehearsal *rehearsal);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrRehearsal, vr_rehearsal_free)
