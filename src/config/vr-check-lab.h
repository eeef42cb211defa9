/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a lab's parts must be to one another, after each was read alone. */
#pragma once

#include "config/vr-places.h"

/* Whether all hold; VR_ERROR_PROFILE with the place otherwise. MACs may still be zero. */
gboolean vr_check_lab (const VrLab *lab, const VrPlaces *places, GError **error);
