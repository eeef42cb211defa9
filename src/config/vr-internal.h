/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ports that are a bridge between routers of the lab and nothing else. */
#pragma once

#include "config/vr-places.h"

/* Gives them attach = bridge. VR_ERROR_PROFILE where a key of theirs is one of a device or of a far
 * end, which they do not have. */
gboolean vr_internal_settle (VrLab *lab, const VrPlaces *places, GError **error);
