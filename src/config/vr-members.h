/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The members of the parallel virtual routers of a profile. */
#pragma once

#include "config/vr-places.h"

/* Adds them to the lab, once all of it is read. VR_ERROR_PROFILE where a PVR cannot be. */
gboolean vr_members_add (VrLab *lab, const VrPlaces *places, GError **error);
