/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cpusets of guests (cgroup version 1) that were made while a CPU was offline. libvirt makes such a
 * group with the CPUs of the one above, which lacks the CPU; nothing gives it back later. Only
 * vr-offline.c includes it. */
#pragma once

#include "apply/vr-offline-record.h"

typedef struct VrOfflineNew VrOfflineNew;

/* Those below libvirt's group of all guests, and that one, of which the record has nothing. To be
 * called when `cpu` is back and nothing is restored yet. */
VrOfflineNew *vr_offline_new_read (const VrOfflineRecord *record, guint cpu);
void vr_offline_new_free (VrOfflineNew *later);

/* Gives each that had the CPUs of the group above those that this has now. One with others was
 * given them on purpose; so were vrkit's own. */
gboolean vr_offline_new_widen (const VrOfflineNew *later, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrOfflineNew, vr_offline_new_free)
