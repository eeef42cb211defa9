/* SPDX-License-Identifier: GPL-3.0-or-later */
/* No IP or MAC address twice where two would clash; vr-check-lab.h is for everybody else. */
#pragma once

#include "config/vr-places.h"

/* On one port, and in one router. The ports of interfaces are known to exist. */
gboolean vr_check_addresses (const VrLab *lab, const VrPlaces *places, GError **error);
