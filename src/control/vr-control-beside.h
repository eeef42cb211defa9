/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A controller in a thread of its own, beside the loads of a campaign. */
#pragma once

#include "campaign/vr-beside.h"

/* Static. */
const VrBesideKind *vr_control_beside (void);
