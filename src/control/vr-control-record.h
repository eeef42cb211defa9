/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The steps of a controller, kept until somebody asks what it did while a load was sent. */
#pragma once

#include "control/vr-control-figures.h"
#include "control/vr-controller.h"

typedef struct VrControlRecord VrControlRecord;

VrControlRecord *vr_control_record_new (void);
void vr_control_record_free (VrControlRecord *record);

/* In the order of their times. */
void vr_control_record_add (VrControlRecord *record, const VrControlStep *step);

/* The member "control" of vrkit.load/1: figures of that time, and all steps that are kept, which
 * are so no more. The caller owns it. VR_ERROR_TRAFFIC where nothing was decided in that time. */
char *vr_control_record_take (VrControlRecord *record, const VrControlWindow *window,
                              GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VrControlRecord, vr_control_record_free)
