/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The balancers, back-ends and internal ports of the multistage routers of a profile. */
#pragma once

#include "config/vr-places.h"

/* Adds them to the lab, once all of it is read and the members of PVRs are there. VR_ERROR_PROFILE
 * where an MSR cannot be. */
gboolean vr_parts_add (VrLab *lab, const VrPlaces *places, GError **error);
