/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The control processor of an MSR, and the routers that it speaks with. */
#pragma once

#include "config/vr-places.h"

/* Whether it can be, of an MSR whose interfaces are known to be good. VR_ERROR_PROFILE. */
gboolean vr_check_control (const VrPlaces *places, const VrMsr *msr, GError **error);
