/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a calibration belongs to: with any of it otherwise, its figures mean nothing. */
#pragma once

#include "base/vr-json.h"
#include "lab/vr-site.h"
#include "model/vr-lab.h"

/* An object with host (CPU model, CPUs, kernel, what runs guests), versions (of the hypervisor),
 * image (name and digest), and profile (vr_calibration_origin_profile()), as they are now for a
 * guest of the lab. Reads the machine; asks libvirt. */
JsonNode *vr_calibration_origin_new (const VrSite *site, const VrLab *lab, const VrRouter *router,
                                     GError **error);

/* The part of the lab's profile that has to do with what the router forwards: of each key of the
 * router, its ports, its schedule and the host, "port.left.queue-length" → "50". Of a schedule only
 * the CPUs count where a thread has a reservation or no more than anybody, since calibrating, and
 * what follows from it, changes that; @auto counts as nothing said. Of a PVR's member it is that of
 * the PVR, and how many members there are does not count. The caller owns it. */
JsonNode *vr_calibration_origin_profile (const VrLab *lab, const VrRouter *router);

/* What is not as it was, as vr_json_difference() has it; NULL where nothing is. The caller owns it.
 */
char *vr_calibration_origin_difference (JsonNode *then, JsonNode *now);
